"""Intervals on a line, and rows of words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from e2eocr.page.rows import part_rows, slices

Span = tuple[float, float]
_SAME_ROW = 0.4  # of the height of the lower of two words: how far their middles may be apart


def merge_spans(spans: Iterable[Span], gap: float) -> list[Span]:
    """Join spans that are closer than `gap`; the rest in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def covered(spans: Iterable[Span], start: float, end: float) -> float:
    """How much of the way from `start` to `end` spans cover, 0 to 1."""
    if end <= start:
        return 0.0
    parts = [(max(a, start), min(b, end)) for a, b in spans if b > start and a < end]
    if len(parts) > 1:
        parts = merge_spans(parts, 0.0)
    return sum([b - a for a, b in parts]) / (end - start)


def gather(values: np.ndarray, tolerance: float) -> list[np.ndarray]:
    """Indices of values `(n,)`, those together that follow each other by no more than `tolerance`."""
    order = np.argsort(values, kind="stable")
    return slices(order, np.flatnonzero(np.diff(values[order]) > tolerance) + 1)


def word_rows(boxes: np.ndarray, members: np.ndarray) -> list[np.ndarray]:
    """Rows of words that stand side by side, from top to bottom, each `(m,)` indices from left to right."""
    left, top, _, bottom = boxes[members].T
    return part_rows(members, left, (top + bottom) / 2, bottom - top, _SAME_ROW)


def word_spans(boxes: np.ndarray, row: np.ndarray, gap: float) -> list[Span]:
    """What the words of a row take of the width, gaps narrower than `gap` along with them."""
    return merge_spans(zip(boxes[row, 0].tolist(), boxes[row, 2].tolist(), strict=True), gap)
