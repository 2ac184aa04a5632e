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
    return bounds_of(np.asarray(quads, np.float32).reshape(-1, 4, 2))


def bounds_of(quads: np.ndarray) -> np.ndarray:
    """The same of `(n, 4, 2)` numbers of any kind, as they are; a pair of corners at a time takes a quarter as long."""
    first, second, third, fourth = (quads[:, corner] for corner in range(4))
    lowest = np.minimum(np.minimum(first, second), np.minimum(third, fourth))
    highest = np.maximum(np.maximum(first, second), np.maximum(third, fourth))
    return np.concatenate([lowest, highest], axis=1)


def clip_quads(quads: np.ndarray, width: int, height: int) -> np.ndarray:
    """Move every corner of `(n, 4, 2)` quads that lies outside a picture onto its edge."""
    return np.clip(np.asarray(quads, np.float32), 0, np.array([width, height], np.float32))


def have_area(quads: np.ndarray, least: float) -> np.ndarray:
    """Which of `(n, 4, 2)` quads have sides, pixels, and an area, square pixels, of at least so much: `(n,)` bool."""
    sides = np.linalg.norm(quads - np.roll(quads, -1, axis=1), axis=2).min(axis=1, initial=np.inf)
    return (sides >= least) & (np.array(_areas(*quads)) >= least)


def quad_overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union, 0-1, of two convex `(4, 2)` quads; 0 where either has no area."""
    areas = _areas(first, second)
    common = _common_area(first, second)
    return min(1.0, common / max(sum(areas) - common, 1e-6)) if min(areas) > 0 else 0.0


def in_boxes(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which points `(n, 2)` lie in any of the boxes `(m, 4)`, `(n,)` bool."""
    places = points[:, None]
    held = np.asarray(((boxes[:, :2] <= places) & (places <= boxes[:, 2:])).all(axis=2))
    return np.asarray(held.any(axis=1))


def share_inside(quad: np.ndarray, other: np.ndarray) -> float:
    """How much of a convex `(4, 2)` quad, 0-1, lies in another; 0 where either has no area."""
    areas = _areas(quad, other)
    return min(1.0, _common_area(quad, other) / areas[0]) if min(areas) > 0 else 0.0


def _areas(*quads: np.ndarray) -> list[float]:
    return [cv2.contourArea(np.asarray(quad, np.float32)) for quad in quads]


def _common_area(first: np.ndarray, second: np.ndarray) -> float:
    return float(cv2.intersectConvexConvex(np.asarray(first, np.float32), np.asarray(second, np.float32))[0])


def filled_outline(outline: np.ndarray) -> np.ndarray:
    """An outline `(n, 1, 2)` int32 filled, `(h, w)` uint8 0 or 255, in the upright box around it."""
    left, top, width, height = cv2.boundingRect(outline)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [outline - np.array([left, top])], 255)
    return mask


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The smallest of some values, `(n,)`, n > 0, up to which half of their weights, `(n,)`, none negative, lie."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def check_image(image: np.ndarray) -> None:
    """Refuse what is not a picture.

    Raises:
        ValueError: If `image` is not `(H, W, 3)` uint8.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        received = f"{getattr(image, 'dtype', type(image).__name__)} {getattr(image, 'shape', '')}".strip()
        raise ValueError(f"Invalid `image`. Expected a (H, W, 3) uint8 array. Received: image={received}")
