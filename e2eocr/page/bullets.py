"""Small rings before the items of a list, which look like letters, figures and signs of every script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from e2eocr.page.fit import find_ink, runs_of, without_rules
from recognizers.base import LineText
from recognizers.directions import is_mostly_from_right

RING = "◦"
SIGNS, LETTERS = "○◦。°◯", "०๐໐၀0OoОоΟοՕօ"  # that rings are read as; of a letter or figure a space must follow
FEW, COLUMN = 2, 0.6  # items of a list, and how far apart they begin at most, in heights: a full stop stands alone
LEAST_LETTERS = 2  # of the item
GAP = 0.2  # of the height of a crop, between a bullet and its item at least
HIGHEST = 0.56  # of the highest mark behind it, a ring: a small letter is two thirds as high as a capital
ROUND = 0.7  # its height by its width, or the other way round, at least
LEVEL = 0.25  # of the height behind it, that the middle of a ring may be from that of its item: a full stop is lower
SMALLEST = 4  # pixels


def settle_bullets(quads: np.ndarray, crops: Sequence[np.ndarray], readings: Sequence[LineText]) -> list[LineText]:
    """Write the small rings before the items of a list as the bullets that they are.

    Args:
        quads: Of all lines, `(n, 4, 2)` on an upright page.
        crops: Of each, `(h, w)` uint8 grey.
        readings: Of each.
    """
    settled = list(readings)
    items = [at for at, each in enumerate(readings) if _may_be_item(each) and _begins_with_ring(crops[at], each)]
    begins = {at: _begin(quads[at], readings[at]) for at in items}
    for at in items:
        near = COLUMN * float(np.linalg.norm(quads[at][3] - quads[at][0]))
        if sum(abs(begins[at] - begin) <= near for begin in begins.values()) >= FEW:
            settled[at] = replace(readings[at], text=RING + readings[at].text[1:])
    return settled


def _begin(quad: np.ndarray, reading: LineText) -> float:
    """Where a line begins on the page: its left end, or the right one where it runs from there."""
    return float(quad[1, 0] if is_mostly_from_right(reading.text) else quad[0, 0])


def _may_be_item(reading: LineText) -> bool:
    first, second = reading.text[:1], reading.text[1:2]
    begins = bool(first) and (first in SIGNS or (first in LETTERS and second == " "))
    return begins and sum(map(str.isalpha, reading.text[1:])) >= LEAST_LETTERS


def _begins_with_ring(crop: np.ndarray, reading: LineText) -> bool:
    """Whether the first mark of a line is round, stands off from the rest, and is lower than its letters."""
    ink = find_ink(crop)
    if ink is None:
        return False
    ink, _ = without_rules(ink)
    if is_mostly_from_right(reading.text):
        ink = ink[:, ::-1]
    starts, ends = runs_of(np.asarray(ink.any(axis=0)))
    wide = np.flatnonzero(starts[1:] - ends[:-1] >= GAP * len(ink))
    if not len(wide):
        return False
    ring, rest = ink[:, starts[0] : ends[wide[0]]], ink[:, starts[wide[0] + 1] :]
    width, height = ring.shape[1], _height(ring)
    is_round = min(width, height) >= max(SMALLEST, ROUND * max(width, height))
    level = (_middle(ring) - _middle(rest)) / _height(rest)
    return is_round and height <= HIGHEST * _height(rest) and abs(level) <= LEVEL


def _height(ink: np.ndarray) -> int:
    """From the first row with ink to the last."""
    rows = np.flatnonzero(ink.any(axis=1))
    return int(rows[-1] - rows[0] + 1)


def _middle(ink: np.ndarray) -> float:
    rows = np.flatnonzero(ink.any(axis=1))
    return float(rows[-1] + rows[0]) / 2
