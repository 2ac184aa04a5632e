"""Pictures that tempt a reader: they are made of marks like letters, and hold no text, or hardly any."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

A4 = (1654, 1169)  # rows and columns at 140 dpi
FINE_A4 = (2339, 1654)  # at 200 dpi


def _white() -> np.ndarray:
    return np.full(A4, 255, np.uint8)


def specks(count: int = 100_000, shape: tuple[int, int] = A4) -> np.ndarray:
    """Dirt of one to three pixels all over the page."""
    rng, page = np.random.default_rng(1), np.full(shape, 255, np.uint8)
    y, x = rng.integers(0, shape[0] - 3, count), rng.integers(0, shape[1] - 3, count)
    sizes = rng.integers(1, 4, count)
    for size in (1, 2, 3):
        for dy in range(size):
            for dx in range(size):
                page[y[sizes == size] + dy, x[sizes == size] + dx] = 0
    return page


def half_tone() -> np.ndarray:
    """A picture printed in dots."""
    rows, columns = np.mgrid[0 : A4[0], 0 : A4[1]]
    tone = 0.5 + 0.4 * np.sin(columns / 170) * np.cos(rows / 230)
    dots = (np.sin(columns * 0.9) * np.sin(rows * 0.9) + 1) / 2
    return np.where(dots < tone, 255, 0).astype(np.uint8)


def barcode() -> np.ndarray:
    """Bars of four widths."""
    page, rng, x = _white(), np.random.default_rng(2), 200
    while x < 950:
        width = int(rng.integers(1, 5)) * 3
        page[500:700, x : x + width] = 0
        x += width + int(rng.integers(1, 5)) * 3
    return page


def square_code() -> np.ndarray:
    """Squares, black or white at random, with three finders."""
    cells = np.random.default_rng(3).integers(0, 2, (41, 41)).astype(np.uint8)
    for top, left in ((0, 0), (0, 34), (34, 0)):
        cells[top : top + 7, left : left + 7] = 1
        cells[top + 1 : top + 6, left + 1 : left + 6] = 0
        cells[top + 2 : top + 5, left + 2 : left + 5] = 1
    page = _white()
    page[400:810, 350:760] = 255 * (1 - np.kron(cells, np.ones((10, 10), np.uint8)))
    return page


def sheet_music() -> np.ndarray:
    """Staves with notes on stems."""
    page, rng = _white(), np.random.default_rng(4)
    for top in range(120, 1500, 180):
        for line in range(5):
            cv2.line(page, (80, top + 14 * line), (1090, top + 14 * line), 0, 2)
        for x in range(130, 1080, 45):
            y = top + int(rng.integers(0, 9)) * 7
            cv2.ellipse(page, (x, y), (9, 6), -20, 0, 360, 0, -1)
            cv2.line(page, (x + 8, y), (x + 8, y - 45), 0, 2)
    return page


def crossword() -> np.ndarray:
    """A grid without a letter, some of its squares black."""
    page, rng = _white(), np.random.default_rng(5)
    for row in range(15):
        for column in range(15):
            corner = (160 + 56 * column, 300 + 56 * row)
            cv2.rectangle(page, corner, (corner[0] + 56, corner[1] + 56), 0, -1 if rng.random() < 0.18 else 2)
    return page


def leaves() -> np.ndarray:
    """A photograph of something rough: noise of many sizes, without a letter."""
    rng, page = np.random.default_rng(6), np.zeros(A4, np.float32)
    for cell, weight in ((128, 1.0), (64, 0.8), (32, 0.7), (16, 0.6), (8, 0.5), (4, 0.3)):
        noise = rng.normal(0, weight, (A4[0] // cell + 2, A4[1] // cell + 2)).astype(np.float32)
        page += cv2.resize(noise, A4[::-1], interpolation=cv2.INTER_CUBIC)
    lightest, darkest = page.max(), page.min()
    return (255 * (page - darkest) / (lightest - darkest)).astype(np.uint8)


def fax(page: np.ndarray) -> np.ndarray:
    """A grey page `(H, W)` uint8 in two tones, with the noise of the line."""
    noise = np.random.default_rng(7).random(page.shape)
    return np.where((page < 128) ^ (noise < 0.002), 0, 255).astype(np.uint8)


WITHOUT_TEXT: dict[str, Callable[[], np.ndarray]] = {
    "specks": specks,
    "few specks": partial(specks, 10_000),
    "specks on a fine scan": partial(specks, 100_000, FINE_A4),
    "half-tone": half_tone,
    "barcode": barcode,
    "square code": square_code,
    "sheet music": sheet_music,
    "crossword": crossword,
    "leaves": leaves,
}
