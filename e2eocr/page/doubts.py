"""Lines whose reading is in doubt are read again, narrower, wider or with more room, and the surest reading is kept.

Letters that are set condensed or wide, as those of receipts are, look unlike most that a recognizer has learned, and
less so once they are as wide as most. A number of one or two digits, as that of a page, is read surer amid more paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from recognizers.base import LineText, Recognizer

HARDLY_LEGIBLE, SURE = 0.65, 0.95  # legibility under which a line may be no text, and from which it is read but once
WIDTHS = (0.75, 1.3)  # times as wide as it is, one after the other while it is not sure
SCRIPTS = ("Latn", "Cyrl", "Grek", "Armn", "Geor", "Zyyy")  # whose letters stand apart; of others it loses as much
ILLEGIBLE, PLAIN = 0.3, 0.91  # legibility under which a line is read but once, and of a reading that makes it text,
PLAIN_CHARACTERS = 3  # which has as many letters and digits at least
CHARACTERS = 2  # of a line: what looks like one may be a speck
SHORT = 3  # characters of the longest line that is read with more room,
ROOM = 0.12  # of the height of its crop, on every side,
FAINT, PROVEN = 0.5, 0.9  # legibility from which it is, and from which the same reading shows that it is text
GAIN = 0.03  # of legibility, by which another reading must be surer,
NUMBER_GAIN = 0.1  # and one without letters: of a number nothing tells what is wrong


def read_lines(crops: Sequence[np.ndarray], recognizer: Recognizer) -> list[LineText]:
    """Read lines, those in doubt at several widths.

    Args:
        crops: As recognizers take them, `(h, w)` uint8 grey each.
        recognizer: Reads them.

    Returns:
        One reading per crop, in the same order; none depends on the other crops.
    """
    readings = list(recognizer.read(crops))
    for width in WIDTHS:
        doubted = [at for at, reading in enumerate(readings) if _is_doubted(reading, ILLEGIBLE)]
        others = recognizer.read([_as_wide(crops[at], width) for at in doubted]) if doubted else []
        for at, other in zip(doubted, others, strict=True):
            if readings[at].legibility >= HARDLY_LEGIBLE or _is_plain(other):
                readings[at] = _surer(readings[at], other)
    short = [at for at, reading in enumerate(readings) if _is_doubted(reading, FAINT, SHORT)]
    others = recognizer.read([_with_room(crops[at]) for at in short]) if short else []
    for at, other in zip(short, others, strict=True):
        if other.text == readings[at].text and other.legibility >= PROVEN:  # another text may have lost a sign
            readings[at] = _surer(readings[at], other)
    return readings


def _with_room(crop: np.ndarray) -> np.ndarray:
    """A crop amid more paper, as grey as most of its edge."""
    edge = np.concatenate([crop[0], crop[-1], crop[:, 0], crop[:, -1]])
    room = max(1, round(ROOM * crop.shape[0]))
    paper = float(np.median(edge))
    return cv2.copyMakeBorder(crop, room, room, room, room, cv2.BORDER_CONSTANT, value=paper)


def _is_doubted(reading: LineText, least: float = HARDLY_LEGIBLE, longest: float = math.inf) -> bool:
    is_in_doubt = least <= reading.legibility < SURE and CHARACTERS <= len(reading.text) <= longest
    return is_in_doubt and reading.script in SCRIPTS


def _as_wide(crop: np.ndarray, factor: float) -> np.ndarray:
    height, width = crop.shape
    return cv2.resize(crop, (max(1, round(factor * width)), height), interpolation=cv2.INTER_LINEAR)


def _surer(first: LineText, other: LineText) -> LineText:
    """The other reading of a line where it is clearly surer, and of the same recognizer."""
    gain = GAIN if any(map(str.isalpha, first.text)) else NUMBER_GAIN
    return other if other.recognizer == first.recognizer and other.legibility >= first.legibility + gain else first


def _is_plain(reading: LineText) -> bool:
    """Whether a reading is so sure and so long that it is no chance."""
    return reading.legibility >= PLAIN and reading.alphanumerics >= PLAIN_CHARACTERS
