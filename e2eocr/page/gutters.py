"""Gutters: strips that are empty from top to bottom, and cuts that leave as many as can be."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from math import inf

CUT = 4.0  # gutters through so many bands must be won by cutting a page between two bands
MAX_COLUMNS = 40
FEW = 3  # lines that make a column
MAX_BANDS = 400  # that are looked at together

Interval = tuple[float, float]


def cut_bands(bands: list[list[Interval]], gap: float) -> list[int]:
    """Gather bands from top to bottom so that as many gutters as can be run through as many of them as can be.

    A line that stands across some gutters, such as a date above the columns of a newspaper, is better left alone than
    taken along at the price of these gutters.

    Args:
        bands: What each band takes of the width.
        gap: Narrowest gutter.

    Returns:
        Where each group of bands ends, in order; the last is the number of bands.
    """
    best = [0.0] + [-inf] * len(bands)
    cut = [0] * (len(bands) + 1)
    for start in range(len(bands)):
        taken: list[Interval] = []
        for end in range(start + 1, min(start + MAX_BANDS, len(bands)) + 1):
            before, taken = taken, merge_intervals(taken + bands[end - 1], gap)
            gutters = len(taken) - 1 if len(taken) <= MAX_COLUMNS else 0
            if not gutters and end > start + 1:
                break
            new = max(len(taken) - len(before), 0) if before else 0  # columns that begin in the last line, as it seems
            worth = best[start] + ((gutters - new) * (end - start) - CUT * (1 + new) if gutters else 0.0)
            if worth > best[end]:
                best[end], cut[end] = worth, start
    ends = [len(bands)]
    while cut[ends[-1]]:
        ends.append(cut[ends[-1]])
    return ends[::-1]


def merge_intervals(intervals: list[Interval], gap: float) -> list[Interval]:
    """Join intervals that are closer than `gap`; the rest from left to right."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def widest_gutter(intervals: list[Interval], starts: list[float]) -> list[float]:
    """The middle of the widest gap between ordered intervals, if there is one.

    One beside which hardly a line stands, as beside a speck in a picture, is taken only where there is no other.

    Args:
        intervals: What lines take of the width.
        starts: Where each line starts, in order.
    """
    gaps = [(right[0] - left[1], (left[1] + right[0]) / 2) for left, right in pairwise(intervals)]
    before = [bisect_left(starts, place) for _, place in gaps]
    within = [gap for gap, count in zip(gaps, before, strict=True) if FEW <= count <= len(starts) - FEW]
    return [max(within or gaps)[1]] if gaps else []
