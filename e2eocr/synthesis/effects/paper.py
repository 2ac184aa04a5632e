"""Effects of ink and paper on a line: what was wrong with the page before anyone scanned it.

Each takes `(image, rng, strength)`, `(h, w)` uint8 grey, and gives a new picture of the same size.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from e2eocr.synthesis.effects.blocks import (
    affine,
    blend,
    fade,
    levels,
    noise,
    room_for_ink,
    shade,
    signed,
    smooth_noise,
)


def spread_ink(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Strokes grow by a fraction of a pixel, as ink runs into paper."""
    kernel = np.ones((2, 2) if image.shape[0] < 28 or rng.random() < 0.5 else (3, 3), np.uint8)
    return blend(image, cv2.erode(image, kernel), strength * rng.uniform(0.2, 0.7) * room_for_ink(image))


def thin_ink(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Strokes shrink by a fraction of a pixel; hairlines grow faint but stay."""
    return blend(image, cv2.dilate(image, np.ones((2, 2), np.uint8)), min(strength * rng.uniform(0.1, 0.5), 0.6))


def fill_counters(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Clogged type: the small openings of e, a, o fill with ink."""
    size = max(2, round(image.shape[0] / 10))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return blend(
        image, cv2.morphologyEx(image, cv2.MORPH_OPEN, kernel), strength * rng.uniform(0.2, 0.6) * room_for_ink(image)
    )


def ink_unevenly(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Ink that varies over a few letters."""
    height = image.shape[0]
    field = smooth_noise(image.shape, rng, (height * 0.7, height * rng.uniform(0.7, 3.0)))
    return fade(image, np.clip(field * (0.25 * strength), 0.0, 0.65))


def break_strokes(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Small patches where the ink did not take."""
    size = max(1.5, image.shape[0] / rng.uniform(12.0, 22.0))
    patches = smooth_noise(image.shape, rng, (size, size)) > rng.uniform(0.7, 1.4)
    return fade(image, patches.astype(np.float32) * min(strength * rng.uniform(0.3, 0.7), 0.85))


def strike_unevenly(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Typewriter letters (runs of inked columns) differ in blackness and stand up to a pixel high or low."""
    ink, paper = levels(image)
    inked = image.min(axis=0) < paper - 0.3 * max(paper - ink, 20.0)
    letters = np.cumsum(np.diff(inked, prepend=False) & inked)
    count = int(letters[-1]) + 1
    worn = np.clip(rng.normal(0.1, 0.22, count) * strength, 0.0, 0.6).astype(np.float32)[letters]
    drop = np.clip(rng.normal(0.0, 0.4, count) * strength, -1.0, 1.0).astype(np.float32)[letters]
    padded = cv2.copyMakeBorder(image, 1, 1, 0, 0, cv2.BORDER_REPLICATE).astype(np.float32)
    moved = np.where(drop > 0, padded[:-2], padded[2:])
    shifted = padded[1:-1] + np.abs(drop) * (moved - padded[1:-1])
    return fade(shifted.astype(np.uint8), worn)


def strike_twice(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A second, fainter strike a pixel or so beside the first."""
    reach = image.shape[0] / 24.0
    matrix = [[1, 0, signed(rng, reach)], [0, 1, signed(rng, 0.6 * reach)]]
    second = affine(image, matrix, (image.shape[1], image.shape[0]))
    return cv2.min(image, fade(second, max(0.0, 1.0 - strength * float(rng.uniform(0.25, 0.7)))))


def copy_by_carbon(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Carbon copy: fat, soft, smudged, grey letters."""
    sigma = image.shape[0] * strength * float(rng.uniform(0.012, 0.03))
    fat = blend(image, cv2.erode(image, np.ones((2, 2), np.uint8)), room_for_ink(image))
    soft = cv2.GaussianBlur(fat, (0, 0), max(sigma, 0.1))
    return fade(blend(image, soft, strength), min(strength * rng.uniform(0.05, 0.35), 0.6))


def print_by_dots(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The dots of a needle or thermal head, seen as ink that is weaker between them."""
    height, width = image.shape
    pitch = max(2.3, height / rng.uniform(9.0, 14.0))
    rows = np.cos(np.arange(height, dtype=np.float32) * np.float32(2 * math.pi / pitch))
    columns = np.cos(np.arange(width, dtype=np.float32) * np.float32(2 * math.pi / pitch))
    gaps = np.maximum(-rows[:, None], -columns[None, :]) + np.float32(0.2)
    return fade(image, np.maximum(gaps, np.float32(0.0)) * min(strength * rng.uniform(0.25, 0.55), 0.7))


def fade_thermally(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Old thermal paper: ink goes grey, in bands along the line."""
    bands = smooth_noise((1, image.shape[1]), rng, (1, image.shape[0] * 3.0))
    return fade(image, np.clip((rng.uniform(0.1, 0.5) + 0.12 * bands) * strength, 0.0, 0.68).astype(np.float32))


def streak_columns(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Pale vertical streaks of a worn print head, each a pixel or two wide."""
    width = image.shape[1]
    amount = np.zeros((1, width), np.float32)
    columns = rng.integers(0, width, 1 + width // max(8, image.shape[0]))
    amount[0, columns] = min(strength * rng.uniform(0.3, 0.7), 0.85)
    return fade(image, amount)


def show_through(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The other side of the leaf: the line mirrored, soft and faint, a little higher or lower."""
    height, width = image.shape
    back = cv2.flip(image, 1)
    back = affine(back, [[1, 0, signed(rng, height)], [0, 1, signed(rng, 0.5 * height)]], (width, height))
    back = cv2.blur(back, (3, 3))
    return cv2.min(image, fade(back, max(0.4, 1.0 - strength * float(rng.uniform(0.06, 0.22)))))


def stain(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Foxing: a few soft, darker spots."""
    height = image.shape[0]
    field = smooth_noise(image.shape, rng, (height * 0.5, height * 0.5))
    spots = np.clip(field - np.float32(rng.uniform(0.6, 1.3)), 0.0, 1.0)
    return shade(image, 1.0 - spots * np.float32(min(strength * rng.uniform(0.15, 0.45), 0.6)))


def tint_paper(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Grey or yellowed paper: white becomes 60–95 % of white, black stays."""
    return cv2.convertScaleAbs(image, alpha=1.0 - min(strength * rng.uniform(0.05, 0.4), 0.6))


def add_fibres(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Paper grain: noise smoothed along the fibres, coarse and fine."""
    along, across = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    grain = cv2.blur(noise(image.shape, rng), (along, across))
    scale = strength * rng.uniform(2.0, 9.0) * math.sqrt(along * across) * 0.6
    return cv2.add(image, grain * np.float32(scale), dtype=cv2.CV_8U)


def rule_line(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A ruled or dotted line near the top or bottom edge, never blacker than the ink."""
    height, width = image.shape
    ink, paper = levels(image)
    thickness = 1 if height < 40 or rng.random() < 0.7 else 2
    depth = int(rng.uniform(0, 0.1) * height)
    row = depth if rng.random() < 0.3 else height - thickness - depth
    grey = int(paper - min(1.0, strength * rng.uniform(0.25, 0.9)) * (paper - ink))
    ruled = image.copy()
    step = int(rng.choice((1, 1, 1, 3)))
    band = ruled[row : row + thickness, ::step]
    np.minimum(band, np.uint8(grey), out=band)
    if rng.random() < 0.2:
        side = 0 if rng.random() < 0.5 else width - 1
        ruled[:, side] = np.minimum(ruled[:, side], np.uint8(grey))
    return ruled


def speckle(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Salt and pepper of one or two pixels, in the greys of paper and ink."""
    height, width = image.shape
    ink, paper = levels(image)
    count = 1 + int(strength * rng.uniform(0.0005, 0.006) * height * width)
    rows, columns = rng.integers(0, height, count), rng.integers(0, width, count)
    speckled = image.copy()
    speckled[rows, columns] = np.where(rng.random(count) < 0.5, int(ink), int(paper))
    wide = columns[: count // 2 : 2] - 1
    speckled[rows[: count // 2 : 2], wide] = speckled[rows[: count // 2 : 2], columns[: count // 2 : 2]]
    return speckled
