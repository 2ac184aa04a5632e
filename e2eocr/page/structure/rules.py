"""Rules on the picture of a page: long thin strokes, and the long edges of shaded fields, level or upright."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

CONTRAST = 20  # grey values by which a rule stands out from what is beside it
RULE = 3.0  # shortest rule, in heights of the text: strokes of letters are shorter
UPRIGHT = 1.7
EDGE = 6.0  # shortest edge of a shaded field: the foot of a row of letters is no edge
UPRIGHT_EDGE = 3.6
MAX_THICKNESS = 0.9  # of the height of the text
MAX_SLOPE = 0.03
MAX_RULES = 2000  # each way; a page of barcodes or hatching has more, and no table
_BITS, _FULL_BYTE = 8, 255
_REACH = 3  # pixels beside a stroke where the paper is


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of a page.

    Attributes:
        level: `(n, 3)` float64: left end, right end and y of each.
        upright: `(m, 3)` float64: upper end, lower end and x of each.
    """

    level: np.ndarray
    upright: np.ndarray

    def scaled(self, scale: float, origin: np.ndarray) -> Rules:
        """The rules on a picture that is larger by `scale` and whose zero is elsewhere."""
        x, y = origin
        return Rules(self.level * scale + [x, x, y], self.upright * scale + [y, y, x])


def find_rules(grey: np.ndarray, height: float) -> Rules:
    """Find the rules of a level picture.

    A stroke that is darker, or lighter, than what lies on both sides of it is kept where it is long (a morphological
    opening); so is an edge between two shades, which must be longer.

    Args:
        grey: `(h, w)` uint8.
        height: Usual height of its text, pixels.
    """
    level = _strokes(grey, height, RULE, EDGE)
    upright = _strokes(np.ascontiguousarray(grey.T), height, UPRIGHT, UPRIGHT_EDGE)
    return Rules(level, upright)


def _strokes(grey: np.ndarray, height: float, rule: float, edge: float) -> np.ndarray:
    """Start, end and place of the level strokes of a picture, `(n, 3)`."""
    padded = cv2.copyMakeBorder(grey, _REACH, _REACH, 0, 0, cv2.BORDER_REPLICATE)
    above, below = padded[: -2 * _REACH], padded[2 * _REACH :]
    near_above, near_below = padded[_REACH - 1 : -_REACH - 1], padded[_REACH + 1 : len(padded) - _REACH + 1]
    aside = cv2.max(
        cv2.subtract(cv2.min(above, below), grey),  # darker than both sides,
        cv2.subtract(grey, cv2.max(above, below)),  # or lighter
    )
    found = _long_runs(aside, rule * height)
    found |= _long_runs(cv2.subtract(near_above, near_below), edge * height)
    found |= _long_runs(cv2.subtract(near_below, near_above), edge * height)
    return _gather_strokes(found, height)


def _long_runs(strength: np.ndarray, length: float) -> np.ndarray:
    """Where runs of strong pixels along a row are at least `length` long: a morphological opening, `(h, w)` uint8."""
    mask = cv2.threshold(strength, CONTRAST, 1, cv2.THRESH_BINARY)[1]
    kernel = np.ones((1, max(int(length), 5)), np.uint8)
    rows = _rows_with_runs(mask, kernel.shape[1])
    found = np.zeros_like(mask)
    if len(rows):
        starts = cv2.erode(mask[rows], kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        found[rows] = cv2.dilate(starts, kernel)
    return found


def _rows_with_runs(mask: np.ndarray, length: int) -> np.ndarray:
    """Rows of a mask, `(h, w)` of 0 and 1, that may have a run of such a length, `(n,)`: few have long ones.

    A run of 15 pixels fills one byte of eight at least, wherever it begins, and one of 8 more pixels one more.
    """
    full = np.packbits(mask, axis=1) == _FULL_BYTE
    for _ in range((length - _BITS + 1) // _BITS - 1):
        full = full[:, 1:] & full[:, :-1]
    return np.flatnonzero(full.any(axis=1)) if length >= 2 * _BITS - 1 else np.arange(len(mask))


def _gather_strokes(found: np.ndarray, height: float) -> np.ndarray:
    """Runs of pixels that touch, as start, end and place of strokes, `(n, 3)`."""
    # Most rows of pixels are empty: two beside each that is not keep strokes apart.
    rows = np.flatnonzero(np.convolve(found.any(axis=1), np.ones(5), mode="same"))
    if not len(rows):
        return np.zeros((0, 3))
    dense = cv2.dilate(found[rows], np.ones((3, 3), np.uint8))
    left, top, width, thickness = cv2.connectedComponentsWithStats(dense, connectivity=8)[2][1:, :4].T
    thin = thickness <= np.maximum(MAX_THICKNESS * height, MAX_SLOPE * width)
    middles = (rows[top] + rows[top + thickness - 1] + 1) / 2
    strokes = np.stack([left + 1, left + width - 1, middles], axis=1)[thin]
    return strokes if len(strokes) <= MAX_RULES else np.zeros((0, 3))
