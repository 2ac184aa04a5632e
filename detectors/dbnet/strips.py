"""Lines shrunk to strips along their middle, and the way back: what keeps short neighbours apart.

Shrunk by area and perimeter (Liao et al. 2020), a cell of one digit keeps two thirds of its height, and a column of
such cells at close pitch runs together on a small picture. A strip keeps the same share of the height whatever the
line's length, and loses at its ends what a long line loses above and below, but no more than a share of a short one.
`targets` draws strips, `postprocess` grows them again.
"""

from __future__ import annotations

import numpy as np

END_SHARE = 0.12  # of a line's length that its strip loses at each end, at most


def end_inset(length: float, height: float, kept: float) -> float:
    """How much shorter a strip is than its line at each end, in the unit of the arguments.

    Args:
        length: Of the line, along the text.
        height: Of the line, across it.
        kept: Share of the height that the strip keeps, 0–1.
    """
    return min((1 - kept) / 2 * height, END_SHARE * length)


def whole_size(length: float, thickness: float, kept: float) -> tuple[float, float]:
    """Length and height of the line that a strip of `length` by `thickness` is the picture of."""
    height = thickness / kept
    shortened = length / (1 - 2 * END_SHARE)
    return min(shortened, length + (1 - kept) * height), height


def strip_of(outline: np.ndarray, kept: float, least: float = 0.0) -> np.ndarray:
    """The outline of a line's strip.

    Args:
        outline: `(2 m, 2)`: the points of the line's upper edge in reading direction, then of its lower edge back.
        kept: Share of the height that the strip keeps, 0–1.
        least: Thickness of the strip at least, in the outline's unit.

    Returns:
        `(2 m, 2)` float32, in the same order.
    """
    outline = np.asarray(outline, np.float32)
    count = len(outline) // 2
    upper, lower = outline[:count], outline[count:][::-1]
    middle, across = (upper + lower) / 2, (lower - upper) / 2
    height = line_height(outline)
    share = min(1.0, max(kept, least / max(height, 1e-6)))
    steps = np.linalg.norm(np.diff(middle, axis=0), axis=1)
    places = np.concatenate([[0.0], np.cumsum(steps)])
    inset = end_inset(float(places[-1]), height, kept)
    wanted = np.linspace(inset, places[-1] - inset, count)
    middle, across = (_along(wanted, places, points) for points in (middle, across))
    return np.concatenate([middle - share * across, (middle + share * across)[::-1]]).astype(np.float32)


def line_height(outline: np.ndarray) -> float:
    """Mean distance of the upper and lower edge of an outline `(2 m, 2)`, in its unit."""
    count = len(outline) // 2
    return float(np.linalg.norm(outline[:count] - outline[count:][::-1], axis=1).mean())


def _along(wanted: np.ndarray, places: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points `(n, 2)` of a row of points, `wanted` telling how far along it, in the unit of `places`."""
    return np.column_stack([np.interp(wanted, places, points[:, axis]) for axis in range(2)])
