"""Where the words of a line begin and end: by its ink, since a recognizer tells the places of characters roughly."""

from __future__ import annotations

import numpy as np

_REACH = 0.12  # of the line's height, by which the place of a character may be told too far left
_MIN_GAP = 0.04  # of the line's height
_BLANK = 0.12  # of the way from the line's ground to its full columns, up to which a column holds no ink
_GROUND, _FULL = 0.05, 0.9  # shares of the columns that have no more ink than these two
_MARGIN = 0.1  # of the height, above and below, where neighbouring lines may reach in


def fit_edges(edges: np.ndarray, middles: np.ndarray, text: str, pixels: np.ndarray) -> np.ndarray:
    """Move the edges of words to the gaps of their line; where no gap is free of ink, or edges would cross, they stay.

    Args:
        edges: `(n + 1,)` columns where the `n` characters of the line part, in order.
        middles: `(n,)` columns of their middles, roughly.
        text: The characters, as they stand from left to right.
        pixels: `(height, width)` float32, 0 paper, about 1 ink.

    Returns:
        `(n + 1,)` float64, in order.
    """
    height, width = pixels.shape
    begins, ends = _blank_runs(pixels)
    befores, behinds = _gaps(text)
    if not len(begins) or not len(befores):
        return edges
    low = np.concatenate(([0.0], middles))[befores + 1]
    high = np.concatenate((middles + _REACH * height, [width]))[behinds]
    lefts, rights = np.maximum(begins, low[:, None]), np.minimum(ends, high[:, None])  # (gaps, runs)
    gaps, widest = np.arange(len(befores)), (rights - lefts).argmax(axis=1)
    lefts, rights = lefts[gaps, widest], rights[gaps, widest]
    told = (rights - lefts >= _MIN_GAP * height) & (rights - lefts < high - low)  # where all is blank, no gap is
    fitted = edges.astype(np.float64)
    for at in np.flatnonzero(told).tolist():
        before, behind = befores[at], behinds[at]
        if behind - before == 1:  # the line's first character, or its last
            fitted[behind] = rights[at] if before < 0 else lefts[at]
        else:
            fitted[before + 1 : behind + 1] = np.linspace(lefts[at], rights[at], behind - before)
    return fitted if (np.diff(fitted) > 0).all() else edges


def _gaps(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The characters before and behind each gap: -1 where the line begins, its length where it ends."""
    letters = [place for place, character in enumerate(text) if character != " "]
    befores, behinds = np.array([-1, *letters]), np.array([*letters, len(text)])
    kept = behinds - befores > 1
    kept[[0, -1]] = bool(letters)
    return befores[kept], behinds[kept]


def _blank_runs(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First columns of the runs of columns without ink, and the columns behind their last."""
    margin = round(_MARGIN * len(pixels))
    ink = pixels[margin : len(pixels) - margin].mean(axis=0)  # (width,)
    ordered = np.sort(ink)
    ground, full = ordered[round(_GROUND * (len(ink) - 1))], ordered[round(_FULL * (len(ink) - 1))]
    blank = np.concatenate(([False], ink <= ground + _BLANK * (full - ground), [False]))
    changes = np.flatnonzero(blank[1:] != blank[:-1])
    return changes[::2], changes[1::2]
