"""Where the points of a page go when it is scanned or photographed; pictures and polygons go the same way."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np

_STEPS = 512
_HALF_PIXEL = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # cv2 counts from the centre of the first pixel


class Bend(Protocol):
    """Paper that does not lie flat, and that changes the light where it does not."""

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Where `(n, 2)` points of the flat page come to lie."""

    def backward(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The points of the flat page, `(H, W)` float32 each, that lie at `x` and `y` of the bent one."""

    def light(self, image: np.ndarray) -> np.ndarray:
        """The flat page `(H, W[, 3])` uint8 in the light that falls on the bent one."""


@dataclass(frozen=True, eq=False)
class Curl:
    """Paper that does not lie flat: columns move down by `drop(x)` and crowd together towards the gutter.

    Attributes:
        width: Width of the page, pixels.
        drops: `(_STEPS + 1,)` pixels, at columns of the flat page evenly over its width.
        places: `(_STEPS + 1,)` where those columns come to lie, growing from 0 to the width.
    """

    width: float
    drops: np.ndarray
    places: np.ndarray

    @property
    def _columns(self) -> np.ndarray:
        return np.linspace(0.0, self.width, _STEPS + 1)

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Where `(n, 2)` points of the flat page come to lie."""
        x = np.interp(points[:, 0], self._columns, self.places)
        y = points[:, 1] + np.interp(points[:, 0], self._columns, self.drops)
        return np.column_stack([x, y])

    def backward(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The points of the flat page, `(H, W)` float32 each, that lie at `x` and `y` of the curled one."""
        table_x = np.linspace(0.0, self.width, 4 * _STEPS + 1)
        flat = np.interp(table_x, self.places, self._columns)
        drop = np.interp(flat, self._columns, self.drops)
        index = np.clip(x * (4 * _STEPS / self.width), 0, 4 * _STEPS).astype(np.int32)
        outside = np.where((x < 0) | (x > self.width), np.float32(-1e4), np.float32(0.0))
        return flat.astype(np.float32)[index] + outside, y - drop.astype(np.float32)[index]

    def light(self, image: np.ndarray) -> np.ndarray:
        """The page as it is: a curl is lit by the effects of its capture."""
        return image


def draw_curl(width: float, height: float, rng: np.random.Generator, strength: float = 1.0) -> Curl:
    """A page near a gutter at its left or right, or a sheet that waves."""
    columns = np.linspace(0.0, 1.0, _STEPS + 1)
    if rng.random() < 0.6:
        side = columns if rng.random() < 0.5 else 1.0 - columns
        drops = np.exp(-side / rng.uniform(0.06, 0.2)) * rng.uniform(-0.05, 0.05)
        density = 1.0 - rng.uniform(0.1, 0.45) * strength * np.exp(-side / rng.uniform(0.05, 0.15))
    else:
        drops = np.sin(math.pi * (rng.uniform(0.6, 1.8) * columns + rng.uniform(0, 2))) * rng.uniform(0.005, 0.025)
        density = np.ones_like(columns)
    places = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return Curl(width, drops * strength * height, places * (width / places[-1]))


@dataclass(frozen=True, eq=False)
class Warp:
    """A bend, if any, then a homography, from one page of pixels onto another.

    Attributes:
        matrix: `(3, 3)` in pixels from the corner of the picture.
        size: Width and height of the picture it gives.
        bend: What comes before.
    """

    matrix: np.ndarray
    size: tuple[int, int]
    bend: Bend | None = field(default=None)

    def points(self, points: np.ndarray) -> np.ndarray:
        """Where `(n, 2)` points come to lie."""
        flat = points if self.bend is None else self.bend.forward(points)
        mapped = np.column_stack([flat, np.ones(len(flat))]) @ self.matrix.T
        return mapped[:, :2] / mapped[:, 2:]

    def image(self, image: np.ndarray, background: np.ndarray) -> np.ndarray:
        """Warp a page onto a background of the same kind, `size` pixels; it is overwritten and given back."""
        if self.bend is None:
            matrix = np.linalg.inv(_HALF_PIXEL) @ self.matrix @ _HALF_PIXEL
            return cv2.warpPerspective(
                image, matrix, self.size, background, cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
            )
        map_x, map_y = self.bend.backward(*self._bent_points())
        shift = np.float32(0.5)
        return cv2.remap(
            self.bend.light(image),
            map_x - shift,
            map_y - shift,
            cv2.INTER_LINEAR,
            background,
            borderMode=cv2.BORDER_TRANSPARENT,
        )

    def _bent_points(self) -> tuple[np.ndarray, np.ndarray]:
        """For each pixel of the result, its place on the bent page, `(H, W)` float32 each."""
        width, height = self.size
        inverse = np.linalg.inv(self.matrix).astype(np.float32)
        x = np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5)
        y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)
        parts = [inverse[row, 0] * x + inverse[row, 1] * y + inverse[row, 2] for row in range(3)]
        return parts[0] / parts[2], parts[1] / parts[2]


def turn_about_centre(size: tuple[float, float], degrees: float, scale: float = 1.0) -> np.ndarray:
    """Matrix `(3, 3)` that turns a picture of `size` (width, height) clockwise and scales it, about its centre."""
    cosine, sine = scale * math.cos(math.radians(degrees)), scale * math.sin(math.radians(degrees))
    x, y = size[0] / 2, size[1] / 2
    return np.array([[cosine, -sine, x - cosine * x + sine * y], [sine, cosine, y - sine * x - cosine * y], [0, 0, 1]])


def tilt(size: tuple[float, float], rng: np.random.Generator, strength: float) -> np.ndarray:
    """Homography of a page seen from aside: each corner moves in by up to `strength` of the page."""
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    moved = corners + inwards * (rng.random((4, 2)) * strength * np.array(size)).astype(np.float32)
    return cv2.getPerspectiveTransform(corners, moved).astype(np.float64)


def quarter_points(points: np.ndarray, turns: int, size: tuple[int, int]) -> np.ndarray:
    """Where `(n, 2)` points of a picture of `size` (width, height) lie once it is turned clockwise `turns` times."""
    width, height = size
    x, y = points[:, 0], points[:, 1]
    turned = ((x, y), (height - y, x), (width - x, height - y), (y, width - x))[turns % 4]
    return np.column_stack(turned)
