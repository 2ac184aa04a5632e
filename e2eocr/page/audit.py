"""Ink that looks like text and that no reading proved: what of it stands amid lines that were read is told.

In pictures there is much that looks like letters, and none of it stands in a row or a column with lines of its height.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.geometry import boxes_from_quads

MAX_UNLIKE = 2.0  # times the height of a line, that of one beside it
SHARED = 0.5  # of the narrower one's width or the lower one's height, in one column or row
MAX_ACROSS = 12.0  # heights between lines of a row,
MAX_DOWN = 2.5  # and of a column, that stand together
MIN_BESIDE = 2  # lines that were read, beside what is told


def stand_amid(quads: Sequence[np.ndarray], read: Sequence[np.ndarray]) -> np.ndarray:
    """Which of some lines stand amid lines that were read, `(n,)` bool: in their rows or columns, and of their height.

    Args:
        quads: `(4, 2)` each, on an upright page.
        read: The lines that were read, likewise.
    """
    if not len(quads) or not len(read):
        return np.zeros(len(quads), bool)
    others = boxes_from_quads(np.array(read, np.float32))
    boxes = boxes_from_quads(np.array(quads, np.float32))
    return np.array([_count_beside(box, others) >= MIN_BESIDE for box in boxes], bool)


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
