"""Lines that gave no reading, cut anew: all of the ink that they touch, as level as the lines of their page are.

What finds lines tells where text is better than how far it goes: a quad may hold a part of a digit, end between two, or
lie aslant between two rules.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from detectors.geometry import boxes_from_quads, in_boxes, quads_from_boxes, share_inside
from e2eocr.page.audit import stand_amid
from e2eocr.page.crops import cut_lines
from e2eocr.page.fit import find_ink
from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine, is_text
from e2eocr.page.locate import LocatedLines
from e2eocr.page.rows import middle
from e2eocr.page.straighten import map_points
from recognizers.base import LineText, Recognizer

SURE, CONFIDENT = 0.95, 0.8  # legibility and confidence of a reading that proves the new cut
MAX_LINES = 48  # of a page; one with more is a picture, or print that nothing reads
# All lengths are in usual heights of a line of the page.
BESIDE = (2.0, 6.0, 20.0)  # room beside a quad in which its ink is looked for, more where it goes on,
ABOVE = 0.8  # and above and below it
MAX_HEIGHT = 2.2  # of ink that is text
RULE = (3.0, 0.3)  # from which length on, and up to which height, ink is a rule
GAP = 0.5  # between parts of one text
SHARED = 0.5  # of the height of the lower one of two parts that stand beside each other,
TOUCHED = 0.3  # and of that of ink and the quad that it belongs to
MARGIN = 0.12  # of a text's own height, around its ink
MIN_PIXELS = 3  # of a speck
TAKEN = 0.2  # of a quad, from where on it is what another holds


def read_again(page: np.ndarray, located: LocatedLines, parted: PartedLines, recognizer: Recognizer) -> PartedLines:
    """Read what gave no reading once more, and keep what is sure.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        recognizer: Reads lines.

    Returns:
        The same lines, with those that are read now among the legible ones.
    """
    unread = [line.quad for line in parted.unread if line.reason != "unknown-script"]
    if not parted.legible or not 0 < len(unread) <= MAX_LINES:
        return parted
    read = [line.quad for line in parted.legible]
    whole = _Recutter(page, located, read).whole(unread)
    new = [quad for quad, amid in zip(whole, stand_amid(whole, read), strict=True) if amid and is_free(quad, read)]
    if not new:
        return parted
    found: list[ReadLine] = []
    for quad, reading in zip(new, recognizer.read(located.cut_again(page, new)), strict=True):
        if _proves(reading) and is_free(quad, [line.quad for line in found]):
            found.append(ReadLine(quad, reading))
    return PartedLines((*parted.legible, *found), still_unread(parted.unread, found))


def _proves(reading: LineText) -> bool:
    return is_text(reading) and reading.legibility >= SURE and reading.confidence >= CONFIDENT


def is_free(quad: np.ndarray, others: Sequence[np.ndarray]) -> bool:
    """Whether no other quad holds much of one."""
    return all(share_inside(quad, other) < TAKEN for other in others)


def still_unread(unread: Sequence[UnreadLine], found: Sequence[ReadLine]) -> tuple[UnreadLine, ...]:
    """The lines that are still unread: those whose middles lie in no line that was found."""
    boxes = boxes_from_quads(np.array([line.quad for line in found], np.float32).reshape(-1, 4, 2))
    middles = np.array([line.quad.mean(axis=0) for line in unread]).reshape(-1, 2)
    inside = in_boxes(middles, boxes)
    return tuple(line for line, is_found in zip(unread, inside, strict=True) if not is_found)


class _Recutter:
    """Cuts lines of a page by their ink."""

    def __init__(self, page: np.ndarray, located: LocatedLines, read: Sequence[np.ndarray]) -> None:
        self._page, self._to_page = page, located.upright.to_page
        slope = np.radians(located.upright.skew)
        along, down = [np.cos(slope), np.sin(slope)], [-np.sin(slope), np.cos(slope)]  # the lines of the page
        self._axes = np.array([along, down])
        self._height = middle(np.array([np.linalg.norm(quad[3] - quad[0]) for quad in read]))

    def whole(self, quads: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Quads `(4, 2)` around the ink that others touch, where there is some."""
        found = (self._whole(quad @ self._axes.T) for quad in quads)
        return [(quads_from_boxes(box[None])[0] @ self._axes).astype(np.float32) for box in found if box is not None]

    def _whole(self, quad: np.ndarray) -> np.ndarray | None:
        """The box of the ink that a quad touches, both level; None where there is none, or no end of it."""
        box = np.concatenate([quad.min(axis=0), quad.max(axis=0)])
        for beside in BESIDE:
            room = np.array([beside, ABOVE]) * self._height
            window = np.concatenate([box[:2] - room, box[2:] + room])
            hull = self._hull(window, box)
            end = GAP * self._height
            if hull is None or (hull[0] > window[0] + end and hull[2] < window[2] - end):
                return hull
        return None

    def _hull(self, window: np.ndarray, box: np.ndarray) -> np.ndarray | None:
        """The box of the ink in a window that another box touches, with a margin; all boxes level, `(4,)`."""
        parts = self._parts(window)
        held = _touching(parts, box, TOUCHED, 0.0)
        while held.any():
            hull = np.concatenate([parts[held, :2].min(axis=0), parts[held, 2:].max(axis=0)])
            more = held | _touching(parts, hull, SHARED, GAP * self._height)
            if (more == held).all():
                margin = MARGIN * (hull[3] - hull[1])
                return hull + np.array([-margin, -margin, margin, margin])
            held = more
        return None

    def _parts(self, window: np.ndarray) -> np.ndarray:
        """Boxes `(n, 4)` of what hangs together in the ink of a window and may be a part of text."""
        corners = map_points(quads_from_boxes(window[None]) @ self._axes, self._to_page)
        ink = find_ink(cut_lines(self._page, corners, padding=0.0)[0])
        if ink is None:
            return np.zeros((0, 4))
        ink = 1 - ink if 2 * ink.sum() > ink.size else ink  # beside thick rules the paper stands out
        _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        left, top, width, height, area = stats[1:].T
        rows, columns = ink.shape
        inside = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows)
        scale = (window[2:] - window[:2]) / (columns, rows)
        boxes = np.stack([left, top, left + width, top + height], axis=1)[inside & (area >= MIN_PIXELS)]
        boxes = boxes * np.tile(scale, 2) + np.tile(window[:2], 2)
        sides = (boxes[:, 2:] - boxes[:, :2]) / self._height
        is_rule = (sides[:, 0] > RULE[0]) & (sides[:, 1] < RULE[1])
        return boxes[~is_rule & (sides[:, 1] < MAX_HEIGHT)]


def _touching(parts: np.ndarray, box: np.ndarray, shared: float, gap: float) -> np.ndarray:
    """Which parts `(n, 4)` stand beside a box `(4,)` or in it, no farther than a gap, `(n,)` bool."""
    common = np.minimum(parts[:, 2:], box[2:]) - np.maximum(parts[:, :2], box[:2])
    lower = np.minimum(parts[:, 3] - parts[:, 1], box[3] - box[1])
    return (common[:, 0] > -gap) & (common[:, 1] > shared * lower)
