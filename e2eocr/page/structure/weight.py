"""How heavy the print of a line is: bold text has more ink on its place than the rest of the page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from e2eocr.page.structure.frame import words_of
from e2eocr.results import Line


def line_weights(grey: np.ndarray | None, width: int, lines: Sequence[Line]) -> np.ndarray:
    """How much ink lines have, relative to the usual line of the page: `(n,)`, 1 for the usual, about 1.4 for bold.

    Args:
        grey: Picture of the page, `(h, w)` uint8 at any resolution; without it all lines are usual ones.
        width: Of the page, pixels.
        lines: Of the page.
    """
    if grey is None or not lines:
        return np.ones(len(lines))
    words = [words_of(line) for line in lines]
    owners = np.repeat(np.arange(len(lines)), [len(each) for each in words])
    corners = np.array([word.polygon for each in words for word in each], float).reshape(-1, 4, 2)
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    ink, areas = _ink(grey, boxes * grey.shape[1] / max(width, 1))
    shares = np.bincount(owners, ink, len(lines)) / np.maximum(np.bincount(owners, areas, len(lines)), 1.0)
    usual = float(np.median(np.repeat(shares, [max(len(line.text), 1) for line in lines])))
    return shares / usual if usual > 0 else np.ones(len(lines))


def _ink(grey: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How dark the pixels of boxes `(n, 4)` are together, and how many they are."""
    total = cv2.integral(cv2.bitwise_not(grey))  # total[y, x]: of all pixels above and left of (x, y)
    height, width = grey.shape
    x0, x1 = np.clip(np.round(boxes[:, [0, 2]]), 0, width).astype(int).T
    y0, y1 = np.clip(np.round(boxes[:, [1, 3]]), 0, height).astype(int).T
    ink = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    return ink.astype(float), ((x1 - x0) * (y1 - y0)).astype(float)
