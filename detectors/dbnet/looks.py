"""Looks at a page: what was found at one size, and how looks at several sizes are put together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detectors.geometry import boxes_from_quads, quad_overlap

_COVERED = 0.5  # of a line of the first look, by lines of the second: then those stand for it


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a page found: `quads` in page pixels, `scale` in net pixels a page pixel."""

    scale: float
    quads: np.ndarray
    scores: np.ndarray

    @property
    def heights(self) -> np.ndarray:
        """Height of each line as the net saw it, `(n,)`: the shorter side."""
        sides = np.linalg.norm(self.quads - np.roll(self.quads, -1, axis=1), axis=2)  # (n, 4)
        return np.minimum(sides[:, 0] + sides[:, 2], sides[:, 1] + sides[:, 3]) / 2 * self.scale


def join_looks(far: Look, near: Look, max_height: float) -> Look:
    """Put together what was seen from far and from near.

    A line seen from far gives way where lines seen from near cover it: they show it more exactly, or that it is
    several. Where they cover less, or are higher than `max_height` in pixels of their look, they are pieces of letters
    that are too large to be seen from near, and go.
    """
    far_boxes, near_boxes = boxes_from_quads(far.quads), boxes_from_quads(near.quads)
    far_kept, near_kept = np.ones(len(far.quads), bool), np.ones(len(near.quads), bool)
    fits = near.heights <= max_height
    for index, (quad, box) in enumerate(zip(far.quads, far_boxes, strict=True)):
        touching = ((near_boxes[:, :2] < box[2:]) & (near_boxes[:, 2:] > box[:2])).all(axis=1)
        numbers = np.flatnonzero(touching)
        common = np.array([_common_area(quad, near.quads[number]) for number in numbers])
        if common[fits[numbers]].sum() >= _COVERED * cv2.contourArea(quad):
            far_kept[index] = False
            continue
        areas = np.array([cv2.contourArea(near.quads[number]) for number in numbers])
        near_kept[numbers[common >= _COVERED * areas]] = False
    quads = np.concatenate([far.quads[far_kept], near.quads[near_kept]])
    return Look(near.scale, quads, np.concatenate([far.scores[far_kept], near.scores[near_kept]]))


def _common_area(first: np.ndarray, second: np.ndarray) -> float:
    overlap = quad_overlap(first, second)
    return overlap * (cv2.contourArea(first) + cv2.contourArea(second)) / (1 + overlap)
