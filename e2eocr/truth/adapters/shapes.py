"""Outlines as data sets have them, made quads: clockwise from the text's own top left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike

_RIGHT = np.array([1.0, 0.0], np.float32)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def numbers_of(values: ArrayLike) -> np.ndarray:
    """Numbers as float32; those that are too large are infinite, and no outline of them has an area.

    Raises:
        ValueError: If one is no number.
    """
    with np.errstate(over="ignore"):
        return np.asarray(values, np.float32)


def points_of(text: str) -> np.ndarray:
    """Points `(n, 2)` float32 of a list of numbers, x before y: `1,2 3,4` or `1 2 3 4`.

    Raises:
        ValueError: If a number has no partner.
    """
    return numbers_of([float(number) for number in _NUMBER.findall(text)]).reshape(-1, 2)


def upright_box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Corners `(4, 2)` of a box whose sides may have been told in either order."""
    x0, x1, y0, y1 = min(left, right), max(left, right), min(top, bottom), max(top, bottom)
    return numbers_of([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def box_around(points: Iterable[np.ndarray]) -> np.ndarray:
    """The upright box `(4, 2)` around outlines `(n, 2)`."""
    every = np.concatenate(list(points))
    return upright_box(*every.min(axis=0).tolist(), *every.max(axis=0).tolist())


def quad_of_text(points: np.ndarray, baseline: np.ndarray | None = None) -> np.ndarray:
    """The quad `(4, 2)` float32 of an outline `(n, 2)` of three or more points.

    Four corners stay where they are, others become the narrowest quad around them; points that are not finite give
    corners that are none. With a baseline `(k, 2)` the text runs along it. Without one, four corners that go clockwise
    are taken to begin at the text's own top left, as programs write them. Anything else was drawn by a person, and
    taken for text that runs to the right.
    """
    points = numbers_of(points).reshape(-1, 2)
    if not np.isfinite(points).all():
        return np.full((4, 2), np.nan, np.float32)
    direction = None if baseline is None or len(baseline) < 2 else baseline[-1] - baseline[0]
    if direction is not None and not (np.isfinite(direction).all() and direction.any()):
        direction = None
    if len(points) != 4:
        corners = cv2.boxPoints(cv2.minAreaRect(points)) if direction is None else _along(points, direction)
        return _begun(corners, _RIGHT if direction is None else direction)
    if direction is None and cv2.contourArea(points, oriented=True) > 0:
        return points
    return _begun(points, _RIGHT if direction is None else direction)


def _begun(corners: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Four corners clockwise, from the one whose edge runs most nearly in a direction `(2,)`."""
    clockwise = corners if cv2.contourArea(corners, oriented=True) > 0 else corners[::-1]
    edges = np.roll(clockwise, -1, axis=0) - clockwise
    first = int(np.argmax(edges @ direction / np.maximum(np.linalg.norm(edges, axis=1), 1e-6)))
    return np.roll(clockwise, -first, axis=0).astype(np.float32)


def _along(points: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The narrowest quad around points whose upper edge runs in a direction `(2,)`."""
    unit = direction / max(float(np.linalg.norm(direction)), 1e-6)
    axes = np.array([unit, [-unit[1], unit[0]]], np.float32)  # along the text, and down from it
    turned = points @ axes.T
    box = upright_box(*turned.min(axis=0).tolist(), *turned.max(axis=0).tolist())
    return (box @ axes).astype(np.float32)


def outline(numbers: Sequence[float]) -> np.ndarray:
    """The quad of a flat list of coordinates.

    Raises:
        ValueError: If it has not at least three points.
    """
    points = numbers_of(numbers).reshape(-1, 2)
    if len(points) < 3:
        raise ValueError(f"{len(points)} points are no outline")
    return quad_of_text(points)
