"""Squares of forms that are ticked or left empty: four rules of about one length, and nothing else near them.

Their edges are found as combs' are, by opening the page's ink with level and with upright runs: what is written into a
square, or across it, has no runs so long.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detectors.ink import find_ink
from detectors.marks import sparse_boxes
from e2eocr.page.combs import reduced

WORKING_HEIGHT = 22.0  # pixels of a line, to which a page is made smaller at most
MIN_HEIGHT = 12.0  # pixels of a line from which on its squares can be told from letters
SIDE = (0.45, 1.5)  # heights of a line, the side of a square
RUN = 0.8  # of the shortest side, the length of a run that is an edge
EVEN = 0.25  # of its side, by which a square may be higher or less high than wide,
ASIDE = 0.15  # and its lower edge stand to the side of the upper one
THIN = 0.16  # of its side, the thickness of its edges at most, or
LEAST_THIN = 2.0  # pixels
WHOLE, HALF = 0.85, 0.5  # of an upright edge, that is there, and of its outermost column
FREE = (0.14, 0.3)  # of its side, the room around a square that no rule crosses,
MAX_AROUND = 0.28  # and of which so much is ink, by what was written across it
BEFORE, BEHIND = 0.3, 0.25  # of its side, the room that letters leave it
CORNER = 2  # pixels of each of its corners, in which there is ink
MAX_EDGES = 3000  # of a page; one with more is a half-tone or a pattern


@dataclass(frozen=True, slots=True, eq=False)
class Square:
    """A square `(4,)` of a page, its outer edges, and how thick these are, pixels."""

    box: np.ndarray
    edge: float


def find_squares(page: np.ndarray, height: float) -> list[Square]:
    """The squares of a page `(H, W, 3)` uint8 RGB whose lines are so many pixels high; none where that is too low."""
    if height < MIN_HEIGHT:
        return []
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    factor = max(1, int(height / WORKING_HEIGHT))
    scale = 1 / factor
    ink = find_ink(reduced(grey, factor))
    run = round(RUN * SIDE[0] * height * scale)
    level, upright = (cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8)) for shape in ((1, run), (run, 1)))
    edges = _edges(level, height * scale)
    if len(edges) > MAX_EDGES:
        return []
    rules = cv2.bitwise_or(level, upright)
    squares = []
    for above, below in _pairs(edges):
        box = _box(upright, edges[above], edges[below])
        if box is not None and _has_corners(ink, box) and _stands_free(ink, rules, box):
            squares.append(Square(box / scale, float(edges[above, 3] - edges[above, 1]) / scale))
    return squares


def _edges(level: np.ndarray, height: float) -> np.ndarray:
    """Level rules as long as the side of a square, `(n, 4)` boxes in order of their left ends."""
    boxes = sparse_boxes(level)
    widths, thick = (boxes[:, 2:] - boxes[:, :2]).T
    shortest, longest = SIDE
    is_long = (widths >= shortest * height) & (widths <= longest * height)
    kept = boxes[is_long & (thick <= np.maximum(LEAST_THIN, THIN * widths))]
    return kept[np.argsort(kept[:, 0], kind="stable")]


def _pairs(edges: np.ndarray) -> list[tuple[int, int]]:
    """Edges that lie beneath each other as those of a square do."""
    sides = edges[:, 2] - edges[:, 0]
    found = []
    for above, side in enumerate(sides.tolist()):
        near = slice(
            *np.searchsorted(edges[:, 0], (edges[above, 0] - ASIDE * side - 1, edges[above, 0] + ASIDE * side + 2))
        )
        others = edges[near]
        beside = np.abs(others[:, [0, 2]] - edges[above, [0, 2]]).max(axis=1) <= ASIDE * side + 1
        down = others[:, 3] - edges[above, 1]
        square = beside & (np.abs(down - side) <= EVEN * side)
        found += [(above, int(near.start + at)) for at in np.flatnonzero(square)]
    return found


def _box(upright: np.ndarray, above: np.ndarray, below: np.ndarray) -> np.ndarray | None:
    """The box `(4,)` of two edges `(4,)` whose ends upright rules join; None where none do.

    These do not lie beyond the ends, as the sides of round letters do; the ends may go beyond them, by strokes of what
    was written across a corner.
    """
    reach = max(1, round(ASIDE * (above[2] - above[0])))
    left, right = int(min(above[0], below[0])), int(max(above[2], below[2]))
    ends = slice(max(0, left - 1), left + reach + 1), slice(right - reach - 1, right + 1)
    sides = []
    for columns in ends:
        rules = upright[above[1] : below[3], columns] > 0
        if rules.any(axis=1).mean() < WHOLE:
            return None
        sides.append(columns.start + np.flatnonzero(rules.mean(axis=0) >= HALF))
    if not all(map(len, sides)):
        return None
    return np.array([sides[0][0], above[1], sides[1][-1] + 1, below[3]], float)


def _stands_free(ink: np.ndarray, rules: np.ndarray, box: np.ndarray) -> bool:
    """Whether a square stands apart as no letter does: no rule of a grid crosses the room around it, little else is
    there, least of all before it and behind it."""
    side = int(box[2] - box[0])
    left, top, right, bottom = box.astype(int).tolist()
    near, far = (max(2, round(share * side)) for share in FREE)
    rows, columns = slice(max(0, top - far - 1), bottom + far + 1), slice(max(0, left - far - 1), right + far + 1)
    around = np.ones(ink[rows, columns].shape, bool)
    y, x = rows.start, columns.start
    around[max(0, top - near - y) : bottom + near - y, max(0, left - near - x) : right + near - x] = False
    crossing = int((rules[rows, columns][around] > 0).sum())
    if crossing >= far - near or (ink[rows, columns][around] > 0).mean() > MAX_AROUND:
        return False
    level = slice(top + side // 4, bottom - side // 4)  # strokes across its corners reach out above and below
    before = ink[level, max(0, left - 1 - round(BEFORE * side)) : max(0, left - 1)]
    behind = ink[level, right + 1 : right + 1 + max(1, round(BEHIND * side))]
    return not before.any() and not behind.any()


def _has_corners(ink: np.ndarray, box: np.ndarray) -> bool:
    """Whether ink fills the corners of a square, which those of letters do not."""
    left, top, right, bottom = box.astype(int).tolist()
    rows, columns = (
        (slice(first, first + CORNER), slice(last - CORNER, last)) for first, last in ((top, bottom), (left, right))
    )
    return all(ink[row, column].any() for row in rows for column in columns)
