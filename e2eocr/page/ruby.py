"""Ruby: small characters above those of a line that tell how these are read, as in books for the young in Japan.

A recognizer takes them for parts of the characters beneath. Lines are read again without them, and where they stand is
told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from e2eocr.page.fit import find_ink
from e2eocr.page.legibility import UnreadLine
from e2eocr.page.locate import LocatedLines
from recognizers.base import LineText, Recognizer

SCRIPTS = ("Hani", "Hira", "Kana")
ABOVE, LAST = 0.03, 0.5  # of a line's ink, what stands above the row between both at least; of its rows, the last such
CLEAR, EMPTY = 0.3, 0.05  # of the ink in a row of characters, that of the row above them and of the one beneath at most
HIGH, SMALL, LARGE = 0.28, 0.15, 0.7  # of their height, that of all ruby, and of a mark of it at least and at most
RISES = (0.0, 0.05, -0.05, 0.1, -0.1, 0.2, -0.2)  # of a crop's height, by which its line may rise or fall
WIDE = 0.5  # of their height, the columns with ruby at least
ROOM = 0.1  # of their height, left above them


@dataclass(frozen=True, slots=True)
class Bare:
    """A line without its ruby.

    Attributes:
        crop: Its picture, `(h, w)` uint8.
        begin: Where its characters begin, as a share of the height of the crop with ruby.
    """

    crop: np.ndarray
    begin: float


def read_without_ruby(
    located: LocatedLines, crops: Sequence[np.ndarray], readings: Sequence[LineText], recognizer: Recognizer
) -> tuple[list[LineText], list[UnreadLine]]:
    """Read East Asian lines that have ruby once more without it, and keep the surer reading.

    Args:
        located: The lines of a page.
        crops: Of each, `(h, w)` uint8 grey, columns laid level.
        readings: Of each.
        recognizer: Reads lines.

    Returns:
        The readings, and where the ruby stands that was left out.
    """
    settled, ruby = list(readings), []
    bare = {at: rest for at, reading in enumerate(readings) if reading.script in SCRIPTS
            and (rest := without_ruby(crops[at])) is not None}  # fmt: skip
    others = recognizer.read([rest.crop for rest in bare.values()]) if bare else []
    for (at, rest), other in zip(bare.items(), others, strict=True):
        if other.recognizer == readings[at].recognizer and other.legibility >= readings[at].legibility:
            settled[at] = other
            ruby.append(UnreadLine(_upper_part(located.quads[at], rest.begin, located.padding), "ruby"))
    return settled, ruby


def _upper_part(quad: np.ndarray, share: float, padding: float) -> np.ndarray:
    """The upper part of a line's quad `(4, 2)`, down to a share of the height of its crop, which was cut with room."""
    down = float(np.clip(share * (1 + 2 * padding) - padding, 0.0, 1.0))
    return np.array([quad[0], quad[1], quad[1] + down * (quad[2] - quad[1]), quad[0] + down * (quad[3] - quad[0])])


def without_ruby(crop: np.ndarray) -> Bare | None:
    """A line's crop `(h, w)` uint8 without the ruby above its characters; None where it has none."""
    ink = find_ink(crop)
    if ink is None:
        return None
    for rise in RISES:
        rows = _rows_of_characters(_leaned(ink, rise * len(ink), 0))
        if rows is not None:
            top, bottom = rows
            paper = int(np.median(crop))
            rest = _leaned(crop, rise * len(ink), paper)
            rest[:top] = rest[bottom:] = paper
            room = round(ROOM * (bottom - top))
            return Bare(rest[max(0, top - room) : bottom + room], top / len(crop))
    return None


def _leaned(picture: np.ndarray, rise: float, paper: int) -> np.ndarray:
    """A picture `(h, w)` uint8 whose columns are moved, those of its end down by `rise` pixels, of its beginning up."""
    height, width = picture.shape
    lean = np.array([[1.0, 0.0, 0.0], [rise / width, 1.0, -rise / 2]])
    return cv2.warpAffine(picture, lean, (width, height), flags=cv2.INTER_LINEAR, borderValue=paper)


def _rows_of_characters(ink: np.ndarray) -> tuple[int, int] | None:
    """First and last row, exclusive, of the characters in a line's ink `(h, w)`; None where they have no ruby."""
    height, rows = len(ink), ink.sum(axis=1).astype(np.float64)
    first = int(np.searchsorted(rows.cumsum(), ABOVE * rows.sum()))
    last = round(LAST * height)
    if last <= first or not rows.any():  # leaned, a line of thin specks may have lost them
        return None
    top = first + int(np.argmin(rows[first:last]))
    below = top + round(LAST * (height - top))
    empty = np.flatnonzero(rows[below:] <= EMPTY * rows[top:].mean())  # beneath stands the ruby of the next line
    bottom = below + int(empty[0]) if len(empty) else height
    high = bottom - top
    if rows[top] > CLEAR * rows[top:bottom].mean() or top - np.flatnonzero(rows)[0] < HIGH * high:
        return None
    _, _, marks, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(ink[:top]), connectivity=8)
    heights = marks[1:, cv2.CC_STAT_HEIGHT]
    ruby = (heights >= SMALL * high) & (heights <= LARGE * high)
    return (top, bottom) if marks[1:, cv2.CC_STAT_WIDTH][ruby].sum() >= WIDE * high else None
