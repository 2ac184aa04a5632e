"""Building blocks of the degradation effects: noise, grey levels, fading, shading. Pictures: `(h, w)` uint8 grey."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np


@lru_cache(maxsize=1)
def _noise_bank() -> np.ndarray:
    """Standard normal noise, `(192, 4096)` float32: a random window of it is far cheaper than fresh draws."""
    return np.random.default_rng(20).standard_normal((192, 4096), dtype=np.float32)


def noise(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A read-only window of white noise, `shape` float32."""
    bank = _noise_bank()
    height, width = shape
    if height > bank.shape[0] // 2 or width > bank.shape[1] - 64:
        return rng.standard_normal((height, width), dtype=np.float32)
    top = int(rng.integers(bank.shape[0] - height))
    left = int(rng.integers(bank.shape[1] - width))
    return bank[top : top + height, left : left + width]


def smooth_noise(shape: tuple[int, ...], rng: np.random.Generator, cell: tuple[float, float]) -> np.ndarray:
    """Smooth noise of about unit spread, `shape` float32, that varies over `cell` (rows, columns) pixels."""
    height, width = shape
    rows, columns = math.ceil(height / cell[0]) + 1, math.ceil(width / cell[1]) + 1
    return cv2.resize(noise((rows, columns), rng), (width, height))


def levels(image: np.ndarray) -> tuple[float, float]:
    """The grey of the ink and of the paper, from a sample of the pixels."""
    sample = (image[::3, ::5] if image.size > 4000 else image[::2, ::2]).ravel()
    ordered = np.sort(sample, kind="stable")  # radix sort for uint8: steady even where most greys are equal
    return float(ordered[int(0.03 * sample.size)]), float(ordered[int(0.8 * sample.size)])


def blend(image: np.ndarray, other: np.ndarray, weight: float) -> np.ndarray:
    weight = min(max(weight, 0.0), 1.0)
    return cv2.addWeighted(image, 1.0 - weight, other, weight, 0.0)


def fade(image: np.ndarray, amount: np.ndarray | float) -> np.ndarray:
    """Take `amount` (0–1, broadcast to the picture) of the ink away; paper stays."""
    paper = np.float32(levels(image)[1])
    ink = np.maximum(paper - image, np.float32(0.0))
    return cv2.add(image, ink * amount, dtype=cv2.CV_8U)


def shade(image: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Multiply by `factor`, `(h, w)` float32, as light does."""
    return cv2.multiply(image, factor, dtype=cv2.CV_8U)


def affine(image: np.ndarray, matrix: Any, size: tuple[int, int]) -> np.ndarray:
    """Warp onto a canvas of `size` (width, height) of paper."""
    paper = levels(image)[1]
    return cv2.warpAffine(image, np.array(matrix, np.float64), size, borderValue=paper)


def room_for_ink(image: np.ndarray) -> float:
    """How much heavier the type may become, 1 (light or regular) to 0 (bold, where more ink would close letters)."""
    ink, paper = levels(image)
    if paper - ink < 20.0:
        return 1.0
    sample = image[::2, ::3]
    covered = np.count_nonzero(sample < int(0.5 * (ink + paper))) / sample.size
    return min(max((0.3 - covered) / 0.14, 0.0), 1.0)


def signed(rng: np.random.Generator, limit: float) -> float:
    return float(rng.uniform(-limit, limit))
