"""Rows: what stands side by side, and what is quick for the few things of a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def part_rows(
    members: np.ndarray, lefts: np.ndarray, middles: np.ndarray, heights: np.ndarray, share: float
) -> list[np.ndarray]:
    """Gather things to rows, from top to bottom.

    Args:
        members: Their numbers, `(n,)` int.
        lefts: Where each begins, `(n,)`; things that begin at one place stand in order of their numbers.
        middles: How far down the middle of each is, `(n,)`.
        heights: How high each is, `(n,)`.
        share: Of the height of the lower of two, by which their middles may be apart in one row.

    Returns:
        Rows, each `(m,)` of the numbers from left to right.
    """
    order = np.argsort(middles, kind="stable")
    homes = np.array(_homes(middles[order].tolist(), heights[order].tolist(), share), int)
    order = order[np.lexsort((members[order], lefts[order], homes))]
    return slices(members[order], np.flatnonzero(np.diff(homes)) + 1)


def _homes(middles: Sequence[float], heights: Sequence[float], share: float) -> list[int]:
    """The row of each thing, from top to bottom."""
    homes: list[int] = []
    home, count, middle, height = -1, 0, 0.0, 0.0
    for here, high in zip(middles, heights, strict=True):
        lower = height if height < high else high
        if count and here - middle <= share * lower:
            count += 1
            middle += (here - middle) / count
            height = height if height > high else high
        else:
            home, count, middle, height = home + 1, 1, here, high
        homes.append(home)
    return homes


def slices(values: np.ndarray, places: np.ndarray | Sequence[int]) -> list[np.ndarray]:
    """Cut values `(n,)` before each of some places in order: what `np.split` gives, in a tenth of its time.

    No values at all give no parts.
    """
    if not len(values):
        return []
    bounds = [0, *np.asarray(places, int).tolist(), len(values)]
    return [values[start:end] for start, end in pairwise(bounds)]


def middle(values: np.ndarray) -> float:
    """The median of values `(n,)`, NaN of none, to the bit as `np.median` finds it, which takes far longer."""
    if not len(values):
        return math.nan
    ordered = np.sort(values)
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else (float(ordered[half - 1]) + float(ordered[half])) / 2


def percentile(values: np.ndarray, share: float) -> float:
    """The value below which a share, 0 to 1, of values `(n,)` lies, to the bit as `np.percentile` finds it.

    That looks at its arguments for ten times as long as it takes to sort the lines of a page.
    """
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    part = place - below
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)
