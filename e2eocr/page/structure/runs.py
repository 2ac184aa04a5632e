"""Runs: pixels that follow each other along a row of a picture, and stand out."""

from __future__ import annotations

import cv2
import numpy as np

CONTRAST = 20  # grey values by which a pixel stands out from what is beside it
_BITS, _FULL_BYTE = 8, 255


def long_runs(strength: np.ndarray, length: int) -> np.ndarray:
    """Runs of pixels that stand out, of `length` at least, `(n, 3)` int: row, start and end of each.

    Args:
        strength: By how many grey values each pixel stands out, `(h, w)` uint8.
        length: Pixels, more than none.
    """
    mask = cv2.threshold(strength, CONTRAST, 1, cv2.THRESH_BINARY)[1]
    rows = _rows_with_runs(mask, length)
    runs = _runs(mask, rows)
    return runs[runs[:, 2] - runs[:, 1] >= length]


def _runs(mask: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """All runs in some rows `(n,)` of a mask `(h, w)` of 0 and 1, `(m, 3)` int: row, start and end of each."""
    width = mask.shape[1] + 2  # with an empty pixel at either end
    padded = np.zeros((len(rows), width), np.uint8)
    padded[:, 1:-1] = mask[rows]
    flat = padded.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]).reshape(-1, 2)
    homes = edges[:, :1] // width
    return np.concatenate([rows[homes], edges - homes * width], axis=1)


def _rows_with_runs(mask: np.ndarray, length: int) -> np.ndarray:
    """Rows of a mask `(h, w)` of 0 and 1 that may have a run of such a length, `(n,)`: few have long ones.

    A run of 15 pixels fills one byte of eight at least, wherever it begins, and one of 8 more pixels one more.
    """
    if length < 2 * _BITS - 1:
        return np.arange(len(mask))
    packed = np.packbits(mask, axis=1)
    full = (packed == _FULL_BYTE).ravel()  # runs over the end of a row are let through as well
    found, wanted = 1, (length - _BITS + 1) // _BITS
    while found < wanted and len(full):
        step = min(found, wanted - found)
        full = full[step:] & full[:-step]
        found += step
    return np.unique(np.flatnonzero(full) // packed.shape[1])
