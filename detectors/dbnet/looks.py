"""Looks at a page: what was found at one size, and how looks at several sizes are put together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from detectors.dbnet.bends import are_bent, straight_outlines
from detectors.dbnet.frames import InkIndex, QuadFrame, free_marks, own_marks
from detectors.dbnet.strips import line_height
from detectors.geometry import boxes_from_quads, quad_overlap

_SAMPLES = 33  # places along the middle of a line
_LETTERS = 2  # that prove that a line is none of the pieces of larger letters,
_LETTER = 0.5  # of its height, that of such a letter,
_OVER = 0.25  # and by which that may reach beyond it
_UNSURER = 0.08  # by which a line from near may be less sure than that around it; pieces of letters are so by more
_SEVERAL = 3  # lines in another that are as sure as it, and show that it is none
_LEFT = 0.4  # of the letters of a line of the first look, that lines of the second leave at most to stand for it
_WITHIN, _LARGEST = 0.8, 1.5  # of a line of the first look, in a surer and hardly too high one of the second: a piece
_COVERED = 0.5  # of a line of the first look, by lines of the second: then those stand for it


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a page found: `quads` and `outlines` in page pixels, `scale` in net pixels a page pixel."""

    scale: float
    quads: np.ndarray
    scores: np.ndarray
    outlines: np.ndarray

    @classmethod
    def of_quads(cls, scale: float, quads: np.ndarray, scores: np.ndarray) -> Look:
        """One in which all lines are straight."""
        return cls(scale, quads, scores, straight_outlines(len(quads)))

    def taken(self, chosen: np.ndarray) -> Look:
        """The lines of it that are chosen, `(n,)` bool."""
        return Look(self.scale, self.quads[chosen], self.scores[chosen], self.outlines[chosen])

    def beside(self, other: Look) -> Look:
        """Its lines and those of another, at the scale of this one."""
        quads, scores = np.concatenate([self.quads, other.quads]), np.concatenate([self.scores, other.scores])
        return Look(self.scale, quads, scores, np.concatenate([self.outlines, other.outlines]))

    @property
    def heights(self) -> np.ndarray:
        """Height of each line as the net saw it, `(n,)`: the shorter side, or that of its strip where it bends."""
        sides = np.linalg.norm(self.quads - np.roll(self.quads, -1, axis=1), axis=2)  # (n, 4)
        heights = np.minimum(sides[:, 0] + sides[:, 2], sides[:, 1] + sides[:, 3]) / 2
        for at in np.flatnonzero(are_bent(self.outlines)):
            heights[at] = line_height(self.outlines[at])
        scaled: np.ndarray = heights * self.scale
        return scaled

    @property
    def lengths(self) -> np.ndarray:
        """Length of each line as the net saw it, `(n,)`: the longer side."""
        sides = np.linalg.norm(self.quads - np.roll(self.quads, -1, axis=1), axis=2)  # (n, 4)
        scaled: np.ndarray = np.maximum(sides[:, 0] + sides[:, 2], sides[:, 1] + sides[:, 3]) / 2 * self.scale
        return scaled

    @property
    def shapes(self) -> list[np.ndarray]:
        """The corners of each line, `(4, 2)`, or the outline of one that bends, `(m, 2)`."""
        bent = are_bent(self.outlines)
        return [outline if at else quad for quad, outline, at in zip(self.quads, self.outlines, bent, strict=True)]


def join_looks(far: Look, near: Look, max_height: float, letters: np.ndarray) -> Look:
    """Put together what was seen from far and from near.

    A line seen from far gives way where lines seen from near cover it: they show it more exactly, or that it is
    several. Where they cover less, or are higher than `max_height` in pixels of their look, they are pieces of letters
    that are too large to be seen from near, and go; but lines in which whole letters stand are none, nor are those that
    are about as sure as what is around them. Where they hold most of its letters, or there are several of the latter,
    the line seen from far gives way to them, too: it is icons with captions, or pictures and what is written on them.
    So does one that lies within a surer line of whole letters from near, though that is a little too high.

    Args:
        far: Seen from far.
        near: Seen from near.
        max_height: Of a line that is seen whole.
        letters: Boxes of the letters of the page, `(n, 4)`.
    """
    far_boxes, near_boxes = boxes_from_quads(far.quads), boxes_from_quads(near.quads)
    far_kept, near_kept = np.ones(len(far.quads), bool), np.ones(len(near.quads), bool)
    fits, index = near.heights <= max_height, InkIndex(letters)
    near_shapes, proven = near.shapes, _hold_letters(near.quads, index)
    for at, (shape, box) in enumerate(zip(far.shapes, far_boxes, strict=True)):
        touching = ((near_boxes[:, :2] < box[2:]) & (near_boxes[:, 2:] > box[:2])).all(axis=1)
        numbers = np.flatnonzero(touching)
        common = np.array([_common_area(shape, near_shapes[number]) for number in numbers])
        if common[fits[numbers]].sum() >= _COVERED * cv2.contourArea(shape):
            far_kept[at] = False
            continue
        large = numbers[(common >= _WITHIN * cv2.contourArea(shape)) & (near.scores[numbers] >= far.scores[at])]
        if (proven[large] & (near.heights[large] <= _LARGEST * max_height)).any():
            far_kept[at] = False
            continue
        areas = np.array([cv2.contourArea(near_shapes[number]) for number in numbers])
        within = numbers[common >= _COVERED * areas]
        surer = fits[within] & (near.scores[within] >= far.scores[at] - _UNSURER)
        is_line = surer.sum() < _SEVERAL
        whole = proven[within] | (surer if is_line else fits[within])
        near_kept[within[~whole]] = False
        far_kept[at] = is_line and not _explain(near.quads[within[whole]], far.quads[at], index)
    return replace(far.taken(far_kept).beside(near.taken(near_kept)), scale=near.scale)


def _hold_letters(quads: np.ndarray, letters: InkIndex) -> np.ndarray:
    """Which quads `(n, 4, 2)` hold a few whole letters that are about as high as they, `(n,)` bool."""
    owners = own_marks(letters, quads)
    holding = np.zeros(len(quads), bool)
    for at, quad in enumerate(quads):
        frame = QuadFrame.of(quad)
        across = frame.extents(letters.boxes[owners == at])[1] / frame.height
        whole = (across[:, 0] >= -_OVER) & (across[:, 1] <= 1 + _OVER) & (np.ptp(across, axis=1) >= _LETTER)
        holding[at] = whole.sum() >= _LETTERS
    return holding


def _explain(lines: np.ndarray, quad: np.ndarray, letters: InkIndex) -> bool:
    """Whether lines `(n, 4, 2)` hold most of the letters of a quad `(4, 2)`."""
    if not len(lines):
        return False
    inside, left = ~free_marks(letters, quad[None]), free_marks(letters, lines)
    return bool((inside & left).sum() <= _LEFT * inside.sum())


def _common_area(first: np.ndarray, second: np.ndarray) -> float:
    """Area that two lines share; where one of them bends, by the part of the first one's middle that lies in both."""
    if max(len(first), len(second)) > 4:
        count = len(first) // 2
        middles = (first[:count] + first[count:][::-1]) / 2
        at = np.linspace(0, count - 1, _SAMPLES)
        points = np.column_stack([np.interp(at, np.arange(count), middles[:, axis]) for axis in (0, 1)])
        inside = [cv2.pointPolygonTest(second, point, False) >= 0 for point in points.tolist()]
        return float(np.mean(inside)) * cv2.contourArea(first)
    overlap = quad_overlap(first, second)
    return overlap * (cv2.contourArea(first) + cv2.contourArea(second)) / (1 + overlap)
