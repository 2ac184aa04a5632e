"""Boxes to groups of boxes: who is whose right-hand neighbour, and what hangs together."""

from __future__ import annotations

import numpy as np

RAYS = (-0.25, 0.0, 0.25)  # where neighbours are looked for, in heights from a box's middle
STEPS_PER_HEIGHT = 6  # how finely


def right_neighbours(boxes: np.ndarray, reach: np.ndarray, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Find for each box the first boxes to its right.

    Three rays leave each box rightwards over a coarse picture of all boxes; what a ray meets first is a
    neighbour.

    Args:
        boxes: `(n, 4)` float32 (x0, y0, x1, y1), pixels.
        reach: `(n,)` longest gap to look across, pixels.
        cell: Pixels to a cell of the coarse picture.

    Returns:
        Pairs as two `(m,)` index arrays, left and right, each pair once.
    """
    grid = _paint_boxes(boxes, cell)
    heights = boxes[:, 3] - boxes[:, 1]
    step = max(cell, float(np.median(heights)) / STEPS_PER_HEIGHT)
    count = int(np.ceil(min(float(np.max(reach)), 60 * step) / step)) + 1
    distance = np.arange(count) * step + cell / 2
    lefts, rights = [], []
    own = np.arange(len(boxes), dtype=np.int32)[:, None] + 1
    for ray in RAYS:
        y = ((boxes[:, 1] + boxes[:, 3]) / 2 + ray * heights) / cell
        x = (boxes[:, 2:3] + distance) / cell  # (n, count)
        rows = np.clip(y, 0, grid.shape[0] - 1).astype(np.intp)[:, None]
        met = grid[rows, np.minimum(x, grid.shape[1] - 1).astype(np.intp)]
        hit = (met > 0) & (met != own) & (distance <= reach[:, None] + step)
        first = np.argmax(hit, axis=1)
        found = np.flatnonzero(hit[np.arange(len(boxes)), first])
        lefts.append(found)
        rights.append(met[found, first[found]] - 1)
    pairs = np.unique(np.concatenate(lefts).astype(np.int64) * len(boxes) + np.concatenate(rights))
    return pairs // len(boxes), pairs % len(boxes)


def _paint_boxes(boxes: np.ndarray, cell: float) -> np.ndarray:
    """A coarse picture of the boxes: 0 for nothing, else the index of a box plus 1; small boxes lie on top."""
    corners = np.concatenate([np.floor(boxes[:, :2] / cell), np.ceil(boxes[:, 2:] / cell)], axis=1).astype(int)
    grid = np.zeros((max(1, corners[:, 3].max()) + 1, max(1, corners[:, 2].max()) + 2), np.int32)
    sizes = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    order = np.argsort(-sizes, kind="stable")
    for index, (x0, y0, x1, y1) in zip(order.tolist(), corners[order].tolist(), strict=True):
        grid[y0:y1, x0:x1] = index + 1
    return grid


def label_groups(count: int, lefts: np.ndarray, rights: np.ndarray) -> np.ndarray:
    """Number the groups that pairs of `count` things form: `(count,)` group of each, from 0, by first member."""
    labels = np.arange(count)
    while True:
        smallest = np.minimum(labels[lefts], labels[rights])
        previous = labels.copy()
        np.minimum.at(labels, lefts, smallest)
        np.minimum.at(labels, rights, smallest)
        labels = labels[labels]
        if np.array_equal(labels, previous):
            return np.unique(labels, return_inverse=True)[1].reshape(-1)


def group_boxes(boxes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The box around each group, `(groups, 4)` float32, of `(n, 4)` boxes labelled 0, 1, …"""
    around = np.empty((int(labels.max(initial=-1)) + 1, 4), np.float32)
    around[:, :2], around[:, 2:] = np.inf, -np.inf
    np.minimum.at(around[:, :2], labels, boxes[:, :2])
    np.maximum.at(around[:, 2:], labels, boxes[:, 2:])
    return around


def row_overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How far boxes stand on one row, `(m,)`: shared height over the lower one's height, below 0 when apart."""
    shared = np.minimum(first[:, 3], second[:, 3]) - np.maximum(first[:, 1], second[:, 1])
    lower = np.minimum(first[:, 3] - first[:, 1], second[:, 3] - second[:, 1])
    return shared / np.maximum(lower, 1e-3)
