"""Ink that looks like text and that no reading proved: what of it stands amid lines that were read is told.

In pictures there is much that looks like letters, and none of it stands in a row or a column with lines of its height.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from detectors.geometry import boxes_from_quads

MAX_UNLIKE = 2.0  # times the height of a line, that of one beside it
SHARED = 0.5  # of the narrower one's width or the lower one's height, in one column or row
MAX_ACROSS = 12.0  # heights between lines of a row,
MAX_DOWN = 2.5  # and of a column, that stand together
MIN_BESIDE = 2  # lines that were read, beside what is told
COVERED = 0.5  # of a quad across rows, from which lines that were read are what stands there,
ROWS, ROW = 3, 0.08  # of these at least, each such a share of it: fewer may lie under handwriting
ACROSS, ALONG = 8, 24  # places of it that are asked


def stand_amid(quads: Sequence[np.ndarray], read: Sequence[np.ndarray], least: int = MIN_BESIDE) -> np.ndarray:
    """Which of some lines stand amid lines that were read, `(n,)` bool: in their rows or columns, and of their height.

    Args:
        quads: `(4, 2)` each, on an upright page.
        read: The lines that were read, likewise.
        least: How many of these stand beside one, at least.
    """
    if not len(quads) or not len(read):
        return np.zeros(len(quads), bool)
    others = boxes_from_quads(np.array(read, np.float32))
    boxes = boxes_from_quads(np.array(quads, np.float32))
    return np.array([_count_beside(box, others) >= least for box in boxes], bool)


def are_covered(quads: Sequence[np.ndarray], read: Sequence[np.ndarray]) -> np.ndarray:
    """Which of some quads lie across several lines that were read, `(n,)` bool, as on bent paper: their text is told.

    Args:
        quads: `(4, 2)` each, on an upright page.
        read: The outlines of lines that were read, `(m, 2)` each.
    """
    outlines = [outline.astype(np.float32) for outline in read]
    return np.array([_lies_across(quad, outlines) for quad in quads], bool)


def _lies_across(quad: np.ndarray, outlines: Sequence[np.ndarray]) -> bool:
    down, along = np.meshgrid((np.arange(ACROSS) + 0.5) / ACROSS, (np.arange(ALONG) + 0.5) / ALONG, indexing="ij")
    top = quad[0] + along[..., None] * (quad[1] - quad[0])
    bottom = quad[3] + along[..., None] * (quad[2] - quad[3])
    points = (top + down[..., None] * (bottom - top)).reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    beneath = [
        np.array([cv2.pointPolygonTest(outline, point, False) >= 0 for point in points.tolist()])
        for outline in outlines
        if (outline.max(axis=0) > low).all() and (outline.min(axis=0) < high).all()
    ]
    rows = [inside for inside in beneath if inside.mean() >= ROW]
    return len(rows) >= ROWS and bool(np.any(rows, axis=0).mean() >= COVERED)


def _count_beside(box: np.ndarray, others: np.ndarray) -> int:
    """How many of the boxes `(m, 4)` stand beside one `(4,)`."""
    sizes, own = others[:, 2:] - others[:, :2], box[2:] - box[:2]
    shared = np.minimum(others[:, 2:], box[2:]) - np.maximum(others[:, :2], box[:2])  # (m, 2); negative where apart
    inline = shared >= SHARED * np.minimum(sizes, own)
    high = np.maximum(sizes[:, 1], own[1])
    alike = high <= MAX_UNLIKE * np.maximum(np.minimum(sizes[:, 1], own[1]), 1e-3)
    in_row = inline[:, 1] & (-shared[:, 0] <= MAX_ACROSS * own[1])
    in_column = inline[:, 0] & (-shared[:, 1] <= MAX_DOWN * own[1])
    return int((alike & (in_row | in_column)).sum())
