"""Intervals on a line, and rows of words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

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
    return sum(b - a for a, b in merge_spans(parts, 0.0)) / (end - start)


def gather(values: np.ndarray, tolerance: float) -> list[np.ndarray]:
    """Indices of values `(n,)`, those together that follow each other by no more than `tolerance`."""
    if not len(values):
        return []
    order = np.argsort(values, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(values[order]) > tolerance) + 1)


def part_rows(boxes: np.ndarray, members: np.ndarray) -> list[np.ndarray]:
    """Rows of words that stand side by side, from top to bottom, each `(m,)` indices from left to right."""
    middles = boxes[:, [1, 3]].mean(axis=1)
    heights = boxes[:, 3] - boxes[:, 1]
    rows: list[list[int]] = []
    middle, height = -np.inf, 0.0
    for at in members[np.argsort(middles[members], kind="stable")].tolist():
        if rows and middles[at] - middle <= _SAME_ROW * min(height, heights[at]):
            rows[-1].append(at)
            middle += (middles[at] - middle) / len(rows[-1])
            height = max(height, float(heights[at]))
        else:
            rows.append([at])
            middle, height = float(middles[at]), float(heights[at])
    return [np.array(sorted(row, key=lambda index: (boxes[index, 0], index))) for row in rows]


def word_spans(boxes: np.ndarray, row: np.ndarray, gap: float) -> list[Span]:
    """What the words of a row take of the width, gaps narrower than `gap` along with them."""
    return merge_spans(zip(boxes[row, 0].tolist(), boxes[row, 2].tolist(), strict=True), gap)
