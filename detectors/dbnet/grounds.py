"""What lone signs stand on: a mark on another ground than the lines of its row is a vein of wood, and no dash."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.base import SURE_SCORE
from detectors.geometry import boxes_from_quads

SIGN_SCORE = 0.1  # of a dash or bullet that stands alone, which only its ink tells of
_ALIKE = 0.5  # of the contrast of a line, that the ground of a sign of its row may differ from the line's own


def stand_on_ground_of_text(image: np.ndarray, quads: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Which quads stand on the ground of the text around them: of all but lone signs that is taken for granted.

    Args:
        image: Page, `(H, W, 3)` uint8 RGB.
        quads: Its lines and signs, `(n, 4, 2)`.
        scores: Of each, `(n,)`; signs have `SIGN_SCORE`.

    Returns:
        `(n,)` bool. A sign that has no line in its row stands where it may.
    """
    boxes = boxes_from_quads(quads)
    lines = boxes[scores >= SURE_SCORE]
    kept = np.ones(len(quads), bool)
    for at in np.flatnonzero(scores == np.float32(SIGN_SCORE)):
        line = _nearest_in_row(boxes[at], lines)
        kept[at] = line is None or _are_alike(_greys(image, boxes[at]), _greys(image, line))
    return kept


def _nearest_in_row(box: np.ndarray, lines: np.ndarray) -> np.ndarray | None:
    """Of lines `(k, 4)` that the middle of a box `(4,)` is level with, the nearest."""
    middle = (box[1] + box[3]) / 2
    row = lines[(lines[:, 1] <= middle) & (middle <= lines[:, 3])]
    apart = np.maximum(row[:, 0] - box[2], box[0] - row[:, 2])
    return row[np.argmin(apart)] if len(row) else None


def _greys(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    left, top = (min(max(0, int(low)), side - 1) for low, side in zip(box[:2].tolist(), (width, height), strict=True))
    right, bottom = max(left + 1, int(box[2])), max(top + 1, int(box[3]))
    return cv2.cvtColor(np.ascontiguousarray(image[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)


def _are_alike(sign: np.ndarray, line: np.ndarray) -> bool:
    dark, ground, light = np.percentile(line, (5, 50, 95)).tolist()
    return bool(abs(float(np.median(sign)) - ground) <= _ALIKE * (light - dark))
