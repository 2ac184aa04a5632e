"""The case of a letter that stands alone, told by the height of its ink beside that of others around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from detectors.geometry import boxes_from_quads
from e2eocr.page.fit import find_ink, without_rules
from e2eocr.page.locate import LocatedLines
from e2eocr.page.lookalikes import nearest_in_line
from recognizers.base import LineText

SIZED = frozenset("CcOoSsVvWwXxZz")  # letters that are small capitals in lower case
TAILED = frozenset("JQ")  # which reach below their line in some faces
LOWER, UPPER = 0.84, 0.88  # of the height of a capital, at most that of a small letter, and at least that of a capital
SMALL, CAPITAL = frozenset("aemnru"), 1.33  # letters as high as a small x; a capital by that
TALL = re.compile("[A-Z0-9bdfhkl]")  # as high as a capital
REACHING = re.compile(r"[gjpqyJQ,;()\[\]{}/|\\$@_&]")  # below their line, or above a capital
MIN_SIZED = 2  # texts beside it that tell how high a capital is


def settle_case(located: LocatedLines, crops: Sequence[np.ndarray], readings: Sequence[LineText]) -> list[LineText]:
    """Write a letter that stands alone, and is the same in both cases but for its size, in the case of its size.

    Args:
        located: The lines of a page.
        crops: Of each, `(h, w)` uint8.
        readings: Of each.
    """
    settled = list(readings)
    lone = [at for at, reading in enumerate(readings) if len(reading.text) == 1 and reading.text in SIZED]
    if not lone:
        return settled
    small = np.array([reading.text in SMALL for reading in readings])
    telling = small | np.array([_is_tall(reading.text) for reading in readings])
    heights = np.zeros(len(readings))
    for at in {*lone, *np.flatnonzero(telling).tolist()}:
        heights[at] = ink_height(crops[at]) * _scale(located.quads[at], crops[at], located.padding)
    capitals, boxes = np.where(small, CAPITAL * heights, heights), boxes_from_quads(located.quads)
    for at in lone:
        beside = np.concatenate([nearest_in_line(boxes, at, telling & (heights > 0), axis) for axis in (0, 1)])
        if len(beside) >= MIN_SIZED and heights[at] > 0:
            share, text = float(heights[at] / np.median(capitals[beside])), readings[at].text
            cased = text.lower() if share <= LOWER else text.upper() if share >= UPPER else text
            settled[at] = replace(readings[at], text=cased)
    return settled


def ink_height(crop: np.ndarray) -> float:
    """The height of the highest mark in a crop `(h, w)` uint8 that is no rule, pixels; 0 where none stands out."""
    ink = find_ink(crop)
    if ink is None:
        return 0.0
    _, marks = without_rules(ink)
    return float(marks[:, cv2.CC_STAT_HEIGHT].max(initial=0))


def _scale(quad: np.ndarray, crop: np.ndarray, padding: float) -> float:
    """Pixels of the page for one of a crop of a line `(4, 2)`, that was cut with a margin."""
    return float(np.linalg.norm(quad[3] - quad[0])) * (1 + 2 * padding) / len(crop)


def _is_tall(text: str) -> bool:
    """Whether the highest mark of a text is surely as high as a figure or a capital."""
    if len(text) == 1:
        return text.isdigit() or (text.isupper() and text not in SIZED and text not in TAILED)
    return text.isascii() and TALL.search(text) is not None and REACHING.search(text) is None
