"""Pictures in which a detector may see a line and where there is none: paper, specks, rules, pieces of pictures."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

_HEIGHTS, _WIDTHS = (12, 48), (0.5, 8.0)  # pixels, and heights


def draw_textless(rng: np.random.Generator) -> np.ndarray:
    """A picture without text, `(h, w)` uint8 grey."""
    height = int(rng.integers(*_HEIGHTS))
    width = max(8, int(height * rng.uniform(*_WIDTHS)))
    paper = np.full((height, width), int(rng.integers(190, 256)), np.uint8)
    kinds: tuple[Callable[[np.ndarray, np.random.Generator], None], ...] = (_scatter, _rule, _shade, _outline)
    for kind in rng.permutation(len(kinds))[: int(rng.integers(0, 3))].tolist():
        kinds[kind](paper, rng)
    return paper


def _scatter(image: np.ndarray, rng: np.random.Generator) -> None:
    """Specks and blots."""
    height, width = image.shape
    for _ in range(int(rng.integers(1, 12))):
        centre = int(rng.integers(width)), int(rng.integers(height))
        axes = int(rng.integers(1, max(2, height // 4))), int(rng.integers(1, max(2, height // 4)))
        cv2.ellipse(image, centre, axes, float(rng.uniform(0, 180)), 0, 360, int(rng.integers(0, 150)), -1)


def _rule(image: np.ndarray, rng: np.random.Generator) -> None:
    """A rule or two along or across, or a row of dots."""
    height, width = image.shape
    ink, thickness = int(rng.integers(0, 130)), int(rng.integers(1, 4))
    for _ in range(int(rng.integers(1, 3))):
        place, across = rng.random(), rng.random() < 0.3
        if across:
            cv2.line(image, (int(place * width), 0), (int(place * width), height), ink, thickness)
        else:
            y, step = int(place * height), int(rng.choice((1, thickness + int(rng.integers(2, 8)))))
            for left in range(0, width, step):
                image[y : y + thickness, left : left + thickness] = ink


def _shade(image: np.ndarray, rng: np.random.Generator) -> None:
    """A piece of a photograph: soft noise of a coarse grain."""
    height, width = image.shape
    grain = max(2, int(rng.integers(2, 10)))
    coarse = rng.integers(0, 256, (height // grain + 2, width // grain + 2)).astype(np.uint8)
    image[:] = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _outline(image: np.ndarray, rng: np.random.Generator) -> None:
    """Curves and angles of a drawing."""
    height, width = image.shape
    corners = rng.integers(0, (width, height), (int(rng.integers(3, 8)), 2)).astype(np.int32)
    closed = bool(rng.random() < 0.5)
    cv2.polylines(image, [corners], closed, int(rng.integers(0, 130)), int(rng.integers(1, 4)), cv2.LINE_AA)
