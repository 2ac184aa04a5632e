"""What happens to a page's picture, places unchanged: paper, copying, light, optics, coding.

Each takes `(image, rng, strength)`, `(H, W)` or `(H, W, 3)` uint8, and gives a picture of the same shape.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from e2eocr.synthesis.effects.blocks import smooth_noise

_BANK = 1024


@lru_cache(maxsize=1)
def _grain_bank() -> np.ndarray:
    """White noise of spread 40, `(_BANK, _BANK)` int8; fresh noise for each page would cost more than all else."""
    noise = np.random.default_rng(21).standard_normal((_BANK, _BANK), dtype=np.float32)
    return np.clip(noise * 40, -127, 127).astype(np.int8)


def grain(shape: tuple[int, ...], rng: np.random.Generator, sigma: float) -> np.ndarray:
    """White noise of spread `sigma`, `(H, W)` int16, for a picture of that height and width."""
    height, width = shape[:2]
    shifted = np.roll(_grain_bank(), (int(rng.integers(_BANK)), int(rng.integers(_BANK))), (0, 1))
    tiled = np.tile(shifted, (math.ceil(height / _BANK), math.ceil(width / _BANK)))[:height, :width]
    return (tiled * np.float32(sigma / 40)).astype(np.int16)


def _add(image: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Add `(H, W)` signed values to a grey or colour picture."""
    change = change if image.ndim == 2 else cv2.merge([change] * 3)
    return cv2.add(image, change, dtype=cv2.CV_8U)


def _multiply(image: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Multiply a grey or colour picture by `(H, W)` float32."""
    factor = factor if image.ndim == 2 else cv2.merge([factor] * 3)
    return cv2.multiply(image, factor, dtype=cv2.CV_8U)


def paper_texture(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Fibres, and clouds of darker paper."""
    size = max(image.shape[:2])
    clouds = smooth_noise(image.shape[:2], rng, (size / rng.uniform(3, 30), size / rng.uniform(3, 30)))
    shaded = _multiply(image, np.clip(1.0 + 0.03 * strength * clouds, 0.6, 1.1).astype(np.float32))
    fibres = cv2.blur(grain(image.shape, rng, 14.0 * strength), (int(rng.integers(1, 4)), int(rng.integers(1, 4))))
    return _add(shaded, fibres)


def tint(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Yellowed, grey or coloured paper."""
    if image.ndim == 2:
        return cv2.convertScaleAbs(image, alpha=1.0 - min(strength * rng.uniform(0.02, 0.35), 0.6))
    depth = float(rng.uniform(0.02, 0.35)) * min(strength, 1.8)
    brightness = 1.0 - 0.5 * depth * rng.random()
    warm = (1.0, 1.0 - depth * rng.uniform(0.2, 0.5), 1.0 - depth)
    factors = warm if rng.random() < 0.9 else tuple(rng.permutation(warm))
    parts = zip(cv2.split(image), factors, strict=True)
    return cv2.merge([cv2.convertScaleAbs(part, alpha=float(factor * brightness)) for part, factor in parts])


def show_through(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The other side of the leaf: the page mirrored, soft and faint."""
    back = cv2.blur(cv2.flip(image, 1), (5, 5))
    back = np.roll(back, int(rng.integers(5, 40)), axis=0)
    share = min(strength * float(rng.uniform(0.05, 0.22)), 0.4)
    faint = cv2.convertScaleAbs(back, alpha=share, beta=255.0 * (1.0 - share))
    return cv2.min(image, faint)


def change_ink(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Strokes a fraction of a pixel fatter or thinner."""
    kernel = np.ones((2, 2), np.uint8)
    other = cv2.erode(image, kernel) if rng.random() < 0.6 else cv2.dilate(image, kernel)
    weight = min(strength * float(rng.uniform(0.1, 0.5)), 0.6)
    return cv2.addWeighted(image, 1.0 - weight, other, weight, 0.0)


def fade_ink(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Ink that is paler here than there, all over the page and from letter to letter."""
    size = max(image.shape[:2])
    field = smooth_noise(image.shape[:2], rng, (size / 4, size / 4)) * 0.15
    field += smooth_noise(image.shape[:2], rng, (10.0, 14.0)) * 0.12
    amount = np.clip((0.15 + field) * strength, 0.0, 0.6).astype(np.float32)
    paper = float(np.percentile(image[::7, ::7], 80))
    gain = amount if image.ndim == 2 else cv2.merge([amount] * 3)
    lighter = cv2.multiply(cv2.subtract(np.full_like(image, int(paper)), image), gain, dtype=cv2.CV_8U)
    return cv2.add(image, lighter)


def photocopy_dirt(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Specks, blots, streaks and the holes of a binder."""
    height, width = image.shape[:2]
    dirty = image.copy()
    ink = (int(rng.integers(0, 70)),) * 3
    for _ in range(int(strength * rng.integers(5, 220))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(dirty, centre, int(rng.integers(0, 3 if rng.random() < 0.95 else 7)), ink, -1)
    if rng.random() < 0.25:
        x = int(rng.integers(width))
        cv2.line(dirty, (x, 0), (x + int(rng.integers(-8, 9)), height), ink, 1)
    if rng.random() < 0.3:
        for share in (0.36, 0.64):
            cv2.circle(dirty, (round(0.025 * width), round(share * height)), max(3, height // 110), ink, -1)
    return dirty


def blacken_edges(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The ragged black that a copier leaves beside a page: at some edges, never far in."""
    height, width = image.shape[:2]
    dark = image.copy()
    for turn in range(4):
        if rng.random() < 0.4:
            side = np.rot90(dark, turn)
            ragged = np.clip(1.0 + smooth_noise((1, side.shape[1]), rng, (1, 25))[0], 0.0, 2.0)
            depth = 0.02 * min(strength, 1.2) * min(height, width) * ragged  # less than any page's margin
            rows = np.arange(min(side.shape[0], 60))[:, None]
            side[: len(rows)][rows < depth[None, :]] = int(rng.integers(0, 60))
    return dark


def binding_shadow(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The dark of a gutter at the left or right."""
    width = image.shape[1]
    distance = np.arange(width, dtype=np.float32) / np.float32(width * rng.uniform(0.02, 0.12))
    profile = 1.0 - np.float32(min(strength * rng.uniform(0.3, 0.7), 0.85)) * np.exp(-distance)
    profile = profile if rng.random() < 0.5 else profile[::-1]
    return _multiply(image, np.ascontiguousarray(np.broadcast_to(profile, image.shape[:2])))


def uneven_light(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Light that falls off, and perhaps the soft shadow of a hand."""
    height, width = image.shape[:2]
    low = max(0.3, 1.0 - strength * float(rng.uniform(0.1, 0.6)))
    light = cv2.resize(rng.uniform(low, 1.0, (3, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.35:
        points = (rng.random((4, 2)) * (width, height)).astype(np.int32)
        shadow = np.ones((height // 8, width // 8), np.float32)
        cv2.fillConvexPoly(shadow, cv2.convexHull(points // 8), float(rng.uniform(0.5, 0.85)))
        light = cv2.multiply(light, cv2.resize(cv2.blur(shadow, (15, 15)), (width, height)))
    return _multiply(image, np.clip(light, 0.2, 1.1))


def blur(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Out of focus, or moved."""
    if rng.random() < 0.75:
        return cv2.GaussianBlur(image, (0, 0), max(0.3, strength * float(rng.uniform(0.4, 1.3))))
    size = 3 if rng.random() < 0.6 else 5
    kernel = np.zeros((size, size), np.float32)
    angle = float(rng.uniform(0, math.pi))
    reach = size // 2
    offset = (round(reach * math.cos(angle)), round(reach * math.sin(angle)))
    cv2.line(kernel, (reach - offset[0], reach - offset[1]), (reach + offset[0], reach + offset[1]), 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def sensor_noise(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Noise of the sensor."""
    return _add(image, grain(image.shape, rng, strength * float(rng.uniform(1.5, 9.0))))


def change_contrast(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Paler ink and darker paper, or the reverse."""
    gain = 1.0 + float(rng.uniform(-0.4, 0.3)) * min(strength, 1.5)
    return cv2.convertScaleAbs(image, alpha=gain, beta=128.0 * max(1.0 - gain, 0.0) * float(rng.uniform(0.4, 1.6)))


def lower_resolution(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Scanned too coarsely and enlarged again."""
    height, width = image.shape[:2]
    factor = float(rng.uniform(0.45, 0.8)) if strength >= 1.0 else 0.85
    small = cv2.resize(image, (max(8, int(width * factor)), max(8, int(height * factor))), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def binarise(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A 1-bit scan with ragged edges."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    sample = grey[::5, ::5]
    ink, paper = float(np.percentile(sample, 1)), float(np.percentile(sample, 80))
    if paper - ink < 30:
        return image
    rough = cv2.add(grey, grain(grey.shape, rng, 0.06 * strength * (paper - ink)), dtype=cv2.CV_8U)
    level = ink + (paper - ink) * float(rng.uniform(0.5, 0.75))
    bits = cv2.threshold(rough, level, 255, cv2.THRESH_BINARY)[1]
    return bits if image.ndim == 2 else cv2.merge([bits] * 3)


def compress(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """JPEG of quality 25 to 85."""
    quality = int(max(25.0, 90.0 - strength * rng.uniform(5, 60)))
    data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if image.ndim == 2 else cv2.IMREAD_COLOR))
