"""Quads: four corners, x then y, clockwise from the text's own top left. All functions are pure."""

from __future__ import annotations

import cv2
import numpy as np


def quads_from_boxes(boxes: np.ndarray) -> np.ndarray:
    """Turn `(n, 4)` upright boxes (x0, y0, x1, y1) into `(n, 4, 2)` float32 quads."""
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    return boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)


def boxes_from_quads(quads: np.ndarray) -> np.ndarray:
    """The upright boxes `(n, 4)` float32 (x0, y0, x1, y1) around `(n, 4, 2)` quads."""
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)


def order_corners(points: np.ndarray) -> np.ndarray:
    """Order four corners clockwise, from the top left of text that reads more rightwards than any other way.

    Args:
        points: `(4, 2)` corners of a convex quad in any order.

    Returns:
        `(4, 2)` float32. The longer pair of sides becomes top and bottom, so a quad that is taller than wide
        by more than half is taken for text that reads upwards or downwards; of the two ways to read along it,
        the one that goes right (or, for an upright quad, down) is chosen.
    """
    points = np.asarray(points, np.float32).reshape(4, 2)
    spokes = points - points.mean(axis=0)
    clockwise = points[np.argsort(np.arctan2(spokes[:, 1], spokes[:, 0]), kind="stable")]
    turns = np.stack([np.roll(clockwise, -k, axis=0) for k in range(4)])
    along = (turns[:, 1] - turns[:, 0] + turns[:, 2] - turns[:, 3]) / 2  # (4, 2), mean of top and bottom
    across = np.roll(np.hypot(along[:, 0], along[:, 1]), -1)
    length = np.hypot(along[:, 0], along[:, 1])
    rightwards = along[:, 0] >= np.abs(along[:, 1])
    downwards = (along[:, 1] > np.abs(along[:, 0])) & (length > 1.5 * across)
    return turns[int(np.argmax(rightwards + 2 * downwards))]


def quad_sizes(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Width along the text and height across it, both `(n,)` float32 pixels, of `(n, 4, 2)` quads."""
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=2)  # (n, 4): top, right, bottom, left
    return (sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2


def clip_quads(quads: np.ndarray, width: int, height: int) -> np.ndarray:
    """Move every corner of `(n, 4, 2)` quads that lies outside a picture onto its edge."""
    return np.clip(np.asarray(quads, np.float32), 0, np.array([width, height], np.float32))


def quad_overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union, 0-1, of two convex `(4, 2)` quads; 0 where either has no area."""
    first, second = np.asarray(first, np.float32), np.asarray(second, np.float32)
    area = cv2.contourArea(first) + cv2.contourArea(second)
    if cv2.contourArea(first) <= 0 or cv2.contourArea(second) <= 0:
        return 0.0
    common, _ = cv2.intersectConvexConvex(first, second)
    return float(min(1.0, common / max(area - common, 1e-6)))
