"""Runs: pixels that follow each other along a row of a picture, and stand out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

CONTRAST = 20  # grey values by which a pixel stands out from what is beside it
MIN_DASHES = 8  # beside each other,
MIN_ALL = 12  # and in a row of pixels
_BESIDE = 4  # pixels; a rule of dots is not as thick
_BITS, _FULL_BYTE = 8, 255


@dataclass(frozen=True, slots=True)
class Marked:
    """Which pixels of a picture stand out.

    Attributes:
        mask: `(h, w)` uint8, 1 where one does, else 0.
        packed: `(h, b)` uint8, eight pixels of a row in each.
    """

    mask: np.ndarray
    packed: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> Marked:
        """The pixels of a mask `(h, w)` uint8."""
        return cls(mask, np.packbits(mask, axis=1))

    def bridged(self, gap: int, least: int, where: np.ndarray) -> Marked:
        """The same, without the gaps along a row between two runs of pixels.

        Args:
            gap: Pixels, than which gaps are narrower.
            least: Pixels of each run.
            where: `(h, w)` uint8, 1 where gaps are closed.
        """
        long = cv2.morphologyEx(self.mask, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
        closed = cv2.morphologyEx(long, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
        return Marked.of(cv2.bitwise_or(self.mask, cv2.bitwise_and(closed, where)))


def mark(strength: np.ndarray) -> Marked:
    """The pixels that stand out by enough grey values, of a picture `(h, w)` uint8 that tells by how many."""
    return Marked.of(_stand_out(strength))


def _stand_out(strength: np.ndarray) -> np.ndarray:
    return cv2.threshold(strength, CONTRAST, 1, cv2.THRESH_BINARY)[1]


def long_runs(marked: Marked, length: int) -> np.ndarray:
    """Runs of pixels that stand out, of `length` at least, `(n, 3)` int: row, start and end of each.

    Args:
        marked: The pixels.
        length: Pixels, more than none.
    """
    rows = _rows_with_runs(marked, length)
    return _as_long(_runs(marked.mask[rows], rows), length)


def long_steps(first: np.ndarray, second: np.ndarray, length: int) -> np.ndarray:
    """Runs of pixels along which one of two pictures is the brighter throughout, as `long_runs` gives them.

    Args:
        first: `(h, w)` uint8.
        second: Likewise.
        length: Pixels, more than none.
    """
    rows = _rows_with_runs(mark(cv2.absdiff(first, second)), length)  # few: in these alone it matters which is brighter
    if not len(rows):
        return np.zeros((0, 3), int)
    ways = ((first[rows], second[rows]), (second[rows], first[rows]))
    return np.concatenate([_as_long(_runs(_stand_out(cv2.subtract(*way)), rows), length) for way in ways])


def _as_long(runs: np.ndarray, length: int) -> np.ndarray:
    return runs[runs[:, 2] - runs[:, 1] >= length]


def dashed_runs(marked: Marked, length: int, longest: int, gap: int) -> np.ndarray:
    """Rows of dots or dashes, all as long and as far apart, `(n, 3)` int: row, start and end of each such row.

    Each reaches as far as the next dash would, so that it meets what it ends at.

    Args:
        marked: The pixels that stand out.
        length: Pixels that the dashes of a row of pixels take together, at least.
        longest: Pixels of a dash: what others cross of a rule lies in longer parts.
        gap: Widest gap between two dashes, pixels.
    """
    height, width = marked.mask.shape
    gap = min(gap, _BITS - 1)  # wider ones may leave a byte of eight pixels empty
    rows = _rows_with_bytes(_lone(marked.packed > 0), length // 2)
    runs = _runs(marked.mask[rows], rows)
    if len(runs) < MIN_DASHES:
        return np.zeros((0, 3), int)
    first, last = _chains(runs, longest, gap)
    step = runs[first + 1, 1] - runs[first, 1]
    found = np.stack([runs[first, 0], runs[first, 1] - step, runs[last, 2] + step], axis=1)
    taken, dashes = (
        np.bincount(found[:, 0], values, height) for values in (np.ptp(found[:, 1:], axis=1), last - first)
    )
    found = found[(taken[found[:, 0]] >= length) & (dashes[found[:, 0]] >= MIN_ALL)]
    return np.clip(found, 0, [height, width, width])


def _lone(rows: np.ndarray) -> np.ndarray:
    """Where something stands in rows of pixels `(h, b)` bool that nothing stands close above and below: no letters."""
    lone = rows.copy()
    lone[_BESIDE:] &= ~rows[:-_BESIDE]
    lone[:-_BESIDE] &= ~rows[_BESIDE:]
    return lone


def _chains(runs: np.ndarray, longest: int, gap: int) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last of several runs that follow each other, all as far apart to a pixel, `(n,)` each."""
    row, start, end = runs.T
    steps, lengths = np.diff(start), end - start
    near = (
        (np.diff(row) == 0) & (lengths[1:] <= longest) & (start[1:] - end[:-1] <= gap) & (np.abs(np.diff(lengths)) <= 1)
    )
    alike = np.append(False, near[1:] & near[:-1] & (np.abs(np.diff(steps)) <= 1))
    starts = np.flatnonzero(near & ~alike)
    ends = np.flatnonzero(near & ~np.append(alike[1:], False)) + 1
    several = ends - starts >= MIN_DASHES - 1
    starts, ends = starts[several], ends[several]
    if not len(starts):
        return starts, ends
    # The first and the last may hang on a rule that they end at.
    bounds = np.stack([starts + 1, ends - 1], axis=1).ravel()
    widest, narrowest = (each.reduceat(np.append(steps, 0), bounds)[::2] for each in (np.maximum, np.minimum))
    even = widest - narrowest <= 1
    return starts[even], ends[even]


def _runs(mask: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """All runs of a mask `(n, w)` of 0 and 1, rows `(n,)` of a picture, `(m, 3)` int: row, start and end of each."""
    width = mask.shape[1] + 2  # with an empty pixel at either end
    padded = np.zeros((len(rows), width), np.uint8)
    padded[:, 1:-1] = mask
    flat = padded.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]).reshape(-1, 2)
    homes = edges[:, :1] // width
    return np.concatenate([rows[homes], edges - homes * width], axis=1)


def _rows_with_runs(marked: Marked, length: int) -> np.ndarray:
    """Rows of a picture that may have a run of such a length, `(n,)`: few have long ones.

    A run of 15 pixels fills one byte of eight at least, wherever it begins, and one of 8 more pixels one more.
    """
    if length < 2 * _BITS - 1:
        return np.arange(len(marked.mask))
    return _rows_with_bytes(marked.packed == _FULL_BYTE, length)


def _rows_with_bytes(bytes_: np.ndarray, length: int) -> np.ndarray:
    """Rows of bytes `(h, b)` bool, `(n,)`, that may have as many that are True as a run of pixels takes whole."""
    full = bytes_.ravel()  # what goes over the end of a row is let through as well
    found, wanted = 1, (length - _BITS + 1) // _BITS
    while found < wanted and len(full):
        step = min(found, wanted - found)
        full = full[step:] & full[:-step]
        found += step
    rows = full.nonzero()[0] // bytes_.shape[1]
    return rows[np.append(True, rows[1:] > rows[:-1])[: len(rows)]]
