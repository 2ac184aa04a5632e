"""Paper that was folded, creased or crumpled: where its points come to lie, and how the light falls on it.

After the way in which synthetic warped documents are made for learning to flatten them (Ma et al. 2018, "DocUNet"):
the page is a heap of creases, each of which moves what lies beside it, and light changes from facet to facet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

_CELL = 8  # pixels between the points at which a crumple is known
_ROUNDS = 4  # of finding what lies at a place


@dataclass(frozen=True, eq=False)
class Crumple:
    """A field of shifts over the flat page, and of light.

    Attributes:
        size: Width and height of the page, pixels.
        shifts: `(h, w, 2)` float32, how far right and down the page's points move, at every eighth pixel.
        brightness: `(h, w)` float32, 1 where the paper faces the light as a flat one does.
    """

    size: tuple[float, float]
    shifts: np.ndarray
    brightness: np.ndarray

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Where `(n, 2)` points of the flat page come to lie."""
        x, y = points[:, 0].astype(np.float32), points[:, 1].astype(np.float32)
        return np.asarray(points + self._shift_at(x[None], y[None])[0])

    def backward(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The points of the flat page, `(H, W)` float32 each, that lie at `x` and `y` of the crumpled one."""
        coarse_x, coarse_y = x[::_CELL, ::_CELL], y[::_CELL, ::_CELL]
        flat_x, flat_y = coarse_x, coarse_y
        for _ in range(_ROUNDS):
            shift = self._shift_at(flat_x, flat_y)
            flat_x, flat_y = coarse_x - shift[..., 0], coarse_y - shift[..., 1]
        moved = cv2.merge([flat_x - coarse_x, flat_y - coarse_y])
        # Coarse points stand at whole multiples of the cell, as `warpAffine` counts, not in the middles of cells.
        grow = np.array([[_CELL, 0, 0], [0, _CELL, 0]], np.float32)
        fine = cv2.warpAffine(moved, grow, x.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return x + fine[..., 0], y + fine[..., 1]

    def light(self, image: np.ndarray) -> np.ndarray:
        """The flat page `(H, W[, 3])` uint8 in the light that falls on the crumpled one."""
        factor = cv2.resize(self.brightness, (image.shape[1], image.shape[0]))
        return cv2.multiply(image, factor if image.ndim == 2 else cv2.merge([factor] * 3), dtype=cv2.CV_8U)

    def _shift_at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The shifts `(H, W, 2)` of points of the flat page."""
        return cv2.remap(self.shifts, x / _CELL, y / _CELL, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def draw_crumple(width: float, height: float, rng: np.random.Generator, strength: float = 1.0) -> Crumple:
    """A sheet folded like a letter, or crumpled and smoothed again."""
    shape = (math.ceil(height / _CELL) + 1, math.ceil(width / _CELL) + 1)
    shifts, slope = np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
    folded = rng.random() < 0.4
    for _ in range(int(rng.integers(1, 4)) if folded else int(rng.integers(6, 30))):
        direction = _fold_direction(rng) if folded else float(rng.uniform(0, math.pi))
        distance = _distance_from_crease(shape, direction, rng)
        reach = float(rng.uniform(0.15, 0.5) if folded else rng.uniform(0.03, 0.25)) * max(shape)
        _add_crease(shifts, slope, distance, direction, reach, strength * (1.0 if folded else 0.7), rng)
    brightness = np.clip(1.0 + cv2.GaussianBlur(slope, (0, 0), 0.7), 0.45, 1.25)
    return Crumple((width, height), shifts * np.float32(max(width, height)), brightness)


def _fold_direction(rng: np.random.Generator) -> float:
    """Letters are folded along their sides, or nearly."""
    return float(rng.choice((0.0, math.pi / 2)) + rng.normal(0, 0.03))


def _distance_from_crease(shape: tuple[int, int], direction: float, rng: np.random.Generator) -> np.ndarray:
    """How far each point lies from a straight line across the page, `(h, w)` float32 in cells; negative on one side."""
    rows = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(rng.uniform(0.1, 0.9) * shape[0])
    columns = np.arange(shape[1], dtype=np.float32)[None] - np.float32(rng.uniform(0.1, 0.9) * shape[1])
    return columns * np.float32(math.cos(direction)) + rows * np.float32(math.sin(direction))


def _add_crease(
    shifts: np.ndarray,
    slope: np.ndarray,
    distance: np.ndarray,
    direction: float,
    reach: float,
    strength: float,
    rng: np.random.Generator,
) -> None:
    """Lift the paper along a crease: it moves as seen from above and aside, and its two faces take the light."""
    falling = np.exp(-np.abs(distance) / np.float32(reach))
    drift = float(rng.uniform(0, 2 * math.pi))
    amount = np.float32(strength * rng.normal(0, 0.006))
    shifts[..., 0] += falling * amount * np.float32(math.cos(drift))
    shifts[..., 1] += falling * amount * np.float32(math.sin(drift))
    lit = np.float32(strength * rng.uniform(0.02, 0.14) * math.cos(direction - drift))
    slope += lit * np.sign(distance) * falling
    slope -= np.float32(rng.uniform(0.0, 0.25)) * np.exp(-((distance / np.float32(0.5)) ** 2))
