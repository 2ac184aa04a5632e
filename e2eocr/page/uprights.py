"""Lines that were found across the upright rules of a table, parted at them: each cell is a line by itself.

Read as one line, a rule between two cells is a letter.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from detectors.base import Detections
from e2eocr.page.crops import cut_part, span_quad
from e2eocr.page.fit import runs_of

# All lengths are in heights of a line.
LONG = 1.5  # length of one that may hold two cells, or a cell and its edge
BEYOND = 0.6  # above and below it, where a rule goes on and letters do not
WIDEST = 0.15  # of a rule
ROOM = 0.06  # beside it
INK = 0.4  # of the way from paper to the darkest ink, from which on a pixel is ink,
DEPTH = 12  # grey levels, that it has at least
DARK, THROUGH = 0.01, 0.95  # of the pixels, those that tell of the darkest ink; of a column, what of a rule is ink
SAMPLED = 12  # rows that tell whether there may be a rule
MIN_INK = 0.04  # width of what stands in a cell


def part_at_rules(image: np.ndarray, found: Detections) -> Detections:
    """Lines of a page, `(H, W, 3)` uint8 RGB, parted at the upright rules that go through them; bent ones stay."""
    bent = np.zeros(len(found), bool) if found.outlines is None else np.isfinite(found.outlines).all(axis=(1, 2))
    sides = np.linalg.norm(found.quads[:, [1, 2]] - found.quads[:, [0, 1]], axis=2)
    asked = np.flatnonzero(~bent & (sides[:, 0] >= LONG * sides[:, 1]) & (sides[:, 1] >= 1))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    crops = (cut_part(grey, _higher(quad)) for quad in found.quads[asked])
    parted = {at: parts for at, crop in zip(asked.tolist(), crops, strict=True) if (parts := _cells(crop)) is not None}
    if not parted:
        return found
    quads, places = [], []
    for at, quad in enumerate(found.quads):
        cells = [span_quad(quad, *ends, padding=0.0) for ends in parted[at]] if at in parted else [quad]
        quads += cells
        places += [at] * len(cells)
    outlines = None if found.outlines is None else found.outlines[places]
    return Detections(np.array(quads, np.float32).reshape(-1, 4, 2), found.scores[places], outlines)


def _higher(quad: np.ndarray) -> np.ndarray:
    """A quad `(4, 2)` with what is right above and below it."""
    left, right = BEYOND * (quad[3] - quad[0]), BEYOND * (quad[2] - quad[1])
    return quad + np.array([-left, -right, right, left])


def _cells(crop: np.ndarray) -> list[tuple[float, float]] | None:
    """From where to where the cells of a line reach, as fractions of its length; None where no rule goes through.

    Args:
        crop: Of the line with what is above and below it, `(h, w)` uint8.
    """
    some = crop[:: max(1, len(crop) // SAMPLED)]
    levels = np.sort(some[:, :: max(1, some.shape[1] // 256)], axis=None)  # in a tenth of the time of `np.quantile`
    paper, darkest = int(levels[len(levels) // 2]), int(levels[int(DARK * len(levels))])
    ends = np.sort(cv2.erode(some, np.ones((1, 3), np.uint8)), axis=0)[-2]  # of each column, but for one row of them
    if paper - darkest < DEPTH or ends.min() >= paper - INK * (paper - darkest):
        return None
    ink = (crop < paper - INK * (paper - darkest)).astype(np.uint8)
    through = cv2.dilate(ink, np.ones((1, 3), np.uint8)).mean(axis=0) >= THROUGH
    height = len(crop) / (1 + 2 * BEYOND)
    widest = WIDEST * height + 2  # as much as it was widened
    beyond, least = round(BEYOND * height), INK * (paper - darkest)
    free = np.median(np.concatenate([crop[:beyond], crop[len(crop) - beyond :]]), axis=0)
    rules = [
        (start, end)
        for start, end in np.transpose(runs_of(through)).tolist()
        if end - start <= widest and _stands_out(free, start, end, math.ceil(widest), least)
    ]
    if not rules:
        return None
    width, room = crop.shape[1], ROOM * height
    inside = np.asarray(ink[beyond : len(crop) - beyond].any(axis=0))
    edges = np.array([0.0, *(end for rule in rules for end in (rule[0] - room, rule[1] + room)), width]).reshape(-1, 2)
    cells = [(left, right) for left, right in edges.tolist() if _holds_ink(inside, left, right, MIN_INK * height)]
    return [(max(left, 0) / width, min(right, width) / width) for left, right in cells]


def _stands_out(free: np.ndarray, start: int, end: int, reach: int, least: float) -> bool:
    """Whether columns are darker than what is beside them, above and below the letters: on shaded paper all are dark.

    Args:
        free: Grey of each column there, `(w,)`.
        start, end: The columns.
        reach: How far beside them to look.
        least: By how many grey levels.
    """
    before, behind = free[max(0, start - reach) : start], free[end : end + reach]
    lightest = min((side.max() for side in (before, behind) if len(side)), default=0.0)
    return bool(lightest - free[start:end].min() >= least)


def _holds_ink(columns: np.ndarray, left: float, right: float, least: float) -> bool:
    """Whether there is ink in as many columns between two places."""
    return bool(columns[max(0, round(left)) : max(0, round(right))].sum() > least)
