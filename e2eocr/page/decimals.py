"""Decimals with a room behind their point, as some print sets them and matrix printers leave it: `55. 64`, alone in its
cell, is 55.64."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from detectors.geometry import boxes_from_quads
from recognizers.base import LineText

SPACED = re.compile(r"[-+−–]?\d{1,4}\. \d{2,3}%?")
NUMBERED = re.compile(r"(\d{1,4})\. \S")


def join_decimals(quads: np.ndarray, readings: Sequence[LineText]) -> list[LineText]:
    """Take out the space behind the point of numbers that are a line by themselves, and no items of a numbered list.

    Args:
        quads: `(n, 4, 2)` float32, on an upright page.
        readings: Of each.
    """
    spaced = [at for at, reading in enumerate(readings) if SPACED.fullmatch(reading.text)]
    if not spaced:
        return list(readings)
    boxes = boxes_from_quads(quads)
    matches = ((at, NUMBERED.match(reading.text)) for at, reading in enumerate(readings))
    numbered = {at: int(found[1]) for at, found in matches if found}
    decimals = {at for at in spaced if not _is_item(at, numbered, boxes)}
    return [_joined(reading) if at in decimals else reading for at, reading in enumerate(readings)]


def _is_item(at: int, numbered: Mapping[int, int], boxes: np.ndarray) -> bool:
    """Whether a line is an item of a list: with the lines of its column that begin with a number, it counts up one by
    one."""
    if at not in numbered:  # it has a sign
        return False
    column = [other for other in numbered if boxes[other, 0] < boxes[at, 2] and boxes[other, 2] > boxes[at, 0]]
    column.sort(key=lambda other: float(boxes[other, 1]))
    steps = np.diff([numbered[other] for other in column])
    return len(steps) > 0 and bool((steps == 1).all())


def _joined(reading: LineText) -> LineText:
    space = reading.text.index(" ")
    spans = reading.spans[:space] + reading.spans[space + 1 :]
    return replace(reading, text=reading.text.replace(" ", ""), spans=spans)
