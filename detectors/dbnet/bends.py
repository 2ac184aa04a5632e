"""Lines that bend, as those of a curled or crumpled sheet do: the middle of a component, and the outline along it.

A line that bends fills a rectangle with pieces of its neighbours: cut along its middle instead, it lies level and
alone. What is followed is a polynomial of a few degrees through the middles of the component's columns.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

PLACES = 17  # along each edge of an outline
MIN_LENGTH = 4.0  # thicknesses of a component that can be followed
PIECE = 6.0  # thicknesses of a component for each degree of its curve
MAX_DEGREE = 3
MIN_BEND = 0.35  # of a line's height, from its middle to a straight one: what bends less is read as well straight
MAX_SCATTER = 1.0  # of the thickness of a component, from its middles to the curve: further off, it is several lines
ROOM = 0.12  # of a line's height, in which letters are whole though the map is coarse; ink tells where they end
Grow = Callable[[float, float], tuple[float, float]]


def straight_outlines(count: int) -> np.ndarray:
    """Outlines of so many straight lines, `(n, 2 PLACES, 2)` float32: not a number, for their quads tell all."""
    return np.full((count, 2 * PLACES, 2), np.nan, np.float32)


def are_bent(outlines: np.ndarray) -> np.ndarray:
    """Which of the outlines `(n, m, 2)` are those of bent lines, `(n,)` bool."""
    bent: np.ndarray = np.isfinite(outlines).all(axis=(1, 2))
    return bent


def follow_bend(contour: np.ndarray, grow: Grow) -> np.ndarray | None:
    """The outline of the line that a component is the picture of, where it bends.

    Args:
        contour: Of the component, `(n, 1, 2)` int32.
        grow: Takes length and thickness of a component to length and height of its line.

    Returns:
        `(2 PLACES, 2)` float32: the points of the line's upper edge from left to right, then of its lower edge back;
        None for a line that is straight, runs rather down than along the page, or is not one line.
    """
    left, top, width, height = cv2.boundingRect(contour)
    if width < height:
        return None
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [contour - np.array([left, top])], 1)
    columns, thickness, middles = _middles(mask)
    if width < MIN_LENGTH * thickness:
        return None
    degree = int(np.clip(width / (PIECE * thickness), 1, MAX_DEGREE))
    curve = np.polynomial.Polynomial.fit(columns, middles, degree)
    straight = np.polynomial.Polynomial.fit(columns, middles, 1)
    length, line_height = grow(float(width), thickness)
    bend = float(np.abs(curve(columns) - straight(columns)).max())
    scatter = float(np.quantile(np.abs(middles - curve(columns)), 0.9))
    if bend < MIN_BEND * line_height or scatter > MAX_SCATTER * thickness:
        return None
    beyond = (length - width) / 2
    outline = _around(curve, -beyond, width - 1 + beyond, (0.5 + ROOM) * line_height)
    return (outline + np.array([left + 0.5, top + 0.5])).astype(np.float32)


def _middles(mask: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Columns of a component `(h, w)`, its usual thickness, and its middle in each column, pixels."""
    amounts = mask.sum(axis=0, dtype=np.float32)
    columns = np.flatnonzero(amounts)
    rows = np.arange(len(mask), dtype=np.float32)
    middles = (rows @ mask.astype(np.float32))[columns] / amounts[columns]
    return columns.astype(np.float32), float(np.median(amounts[columns])), middles


def _around(curve: np.polynomial.Polynomial, first: float, last: float, half: float) -> np.ndarray:
    """The outline `half` a height above and below a curve, going on straight beyond its ends, `(2 PLACES, 2)`."""
    across = np.linspace(first, last, PLACES)
    inner = np.clip(across, *curve.domain)
    slopes = curve.deriv()(inner)
    points = np.column_stack([across, curve(inner) + slopes * (across - inner)])
    normals = np.column_stack([-slopes, np.ones_like(slopes)]) / np.hypot(slopes, 1.0)[:, None]
    return np.concatenate([points - half * normals, (points + half * normals)[::-1]])
