"""Pictures without text: what a page shows beside it, or what stands behind it."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from e2eocr.documents import open_document
from e2eocr.documents.kinds import is_document
from e2eocr.errors import DataError
from e2eocr.synthesis.effects.blocks import smooth_noise
from e2eocr.synthesis.pages.chance import any_colour, numpy_rng

_LONG_SIDE = 1600  # of a photograph that is kept in memory, pixels
_KEPT = 24  # photographs
_PHOTOGRAPHS = 0.7  # share of pictures, where there are some
_LEAST_SHOWN = 0.35  # of a photograph's shorter side
_MOST_ENLARGED = 3.0
_HALFTONED = 0.15


class Pictures:
    """Pictures without text, of any size: parts of photographs, or drawn where there are none.

    Args:
        photographs: Files without text.
    """

    def __init__(self, photographs: Sequence[Path] = ()) -> None:
        self._photographs = list(photographs)

    @classmethod
    def of_folder(cls, folder: Path) -> Pictures:
        """Those that a folder and its folders hold.

        Raises:
            DataError: If it holds none.
        """
        found = sorted(path for path in folder.rglob("*") if path.is_file() and is_document(path))
        if not found:
            raise DataError(f"{folder} holds no picture. Name a folder of photographs without text.")
        return cls(found)

    def draw(self, width: int, height: int, rng: random.Random) -> np.ndarray:
        """A picture, `(height, width, 3)` RGB uint8, at least 8 pixels wide and high.

        Raises:
            DocumentError: If a photograph cannot be read.
        """
        width, height = max(width, 8), max(height, 8)
        if self._photographs and rng.random() < _PHOTOGRAPHS:
            image = _part(_photograph(rng.choice(self._photographs)), width, height, rng)
        else:
            image = _drawn(width, height, rng)
        return _halftoned(image, rng) if rng.random() < _HALFTONED else image


DRAWN_PICTURES = Pictures()


@lru_cache(maxsize=_KEPT)
def _photograph(path: Path) -> np.ndarray:
    with open_document(path) as opened:
        pixels = opened.read_page(0).pixels
    pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if pixels.ndim == 2 else pixels
    scale = _LONG_SIDE / max(pixels.shape[:2])
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels


def _part(photograph: np.ndarray, width: int, height: int, rng: random.Random) -> np.ndarray:
    """A part of a photograph, mirrored half the time, in another light; repeated mirrored where it is too small."""
    wide, high = photograph.shape[1] / width, photograph.shape[0] / height
    step = max(min(wide, high) * rng.uniform(_LEAST_SHOWN, 1.0), 1.0 / _MOST_ENLARGED)
    size = max(round(width * step), 1), max(round(height * step), 1)
    spare = [whole - part for whole, part in zip(photograph.shape[1::-1], size, strict=True)]
    left, top = (rng.randint(0, max(each, 0)) for each in spare)
    right, bottom = (max(-each, 0) for each in spare)
    repeated = cv2.copyMakeBorder(photograph, 0, bottom, 0, right, cv2.BORDER_REFLECT)
    part = repeated[top : top + size[1], left : left + size[0]]
    part = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if step > 1 else cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        part = part[:, ::-1]
    lit = np.float32(255) * (part / np.float32(255)) ** np.float32(math.exp(rng.uniform(-0.5, 0.5)))
    return np.clip(lit * numpy_rng(rng).uniform(0.8, 1.15, 3), 0, 255).astype(np.uint8)


def _drawn(width: int, height: int, rng: random.Random) -> np.ndarray:
    """Something like a photograph or drawing without text, `(height, width, 3)` uint8."""
    arrays = numpy_rng(rng)
    corners = arrays.integers(0, 256, (2, 2, 3)).astype(np.float32)
    ground = cv2.resize(corners, (width, height))
    for cell in (0.5, 0.12, 0.03)[: rng.randint(1, 3)]:
        field = smooth_noise((height, width), arrays, (max(cell * height, 2.0), max(cell * width, 2.0)))
        ground += field[:, :, None] * arrays.uniform(-60, 60, 3).astype(np.float32)
    image = np.clip(ground, 0, 255).astype(np.uint8)
    for _ in range(rng.randint(0, 25)):
        draw_shape(image, rng)
    return image


def draw_shape(image: np.ndarray, rng: random.Random) -> None:
    """Draw an ellipse, a box, a polygon or a row of bars somewhere on an `(height, width, 3)` uint8 picture."""
    height, width = image.shape[:2]
    centre = (rng.randint(0, width), rng.randint(0, height))
    reach = max(2, round(min(width, height) * rng.uniform(0.01, 0.3)))
    thickness = rng.choice((-1, -1, 1, 2, 4))
    colour, kind = any_colour(rng), rng.randrange(4)
    if kind == 0:
        axes = (reach, max(1, round(reach * rng.uniform(0.2, 1.0))))
        cv2.ellipse(image, centre, axes, rng.randint(0, 180), 0, 360, colour, thickness, cv2.LINE_AA)
    elif kind == 1:
        cv2.rectangle(image, centre, (centre[0] + reach, centre[1] + rng.randint(1, reach)), colour, thickness)
    elif kind == 2:
        points = [[centre[0] + rng.randint(-reach, reach), centre[1] + rng.randint(-reach, reach)] for _ in range(5)]
        cv2.fillPoly(image, [np.array(points, np.int32)], colour, cv2.LINE_AA)
    else:  # a fence, a keyboard, a row of windows: what is most like text
        step = max(3, reach // rng.randint(2, 6))
        for place in range(rng.randint(3, 14)):
            x = centre[0] + place * step
            cv2.rectangle(image, (x, centre[1]), (x + max(1, step // 2), centre[1] + reach // 2), colour, -1)


def _halftoned(image: np.ndarray, rng: random.Random) -> np.ndarray:
    height, width = image.shape[:2]
    pitch = rng.uniform(3.0, 7.0)
    rows = np.cos(np.arange(height, dtype=np.float32) * np.float32(2 * math.pi / pitch))[:, None]
    columns = np.cos(np.arange(width, dtype=np.float32) * np.float32(2 * math.pi / pitch))[None, :]
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dots = np.where(grey > 127.5 + 63 * (rows + columns), 255, 20).astype(np.uint8)
    return cv2.cvtColor(dots, cv2.COLOR_GRAY2RGB)
