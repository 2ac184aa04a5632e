"""Characters that look alike alone, told by the lines around them: a round letter in a column of numbers is a zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognizers.base import CharSpan, LineText

ROUND = frozenset("0OoОоΟοՕօ")  # of Latin, Cyrillic, Greek and Armenian
NEAREST = 6  # lines of a column that are asked
MIN_NUMBERS = 0.6  # of them that must be numbers
SAME_COLUMN = 0.5  # of the narrower line's width that two lines of a column share


def settle_rounds(quads: np.ndarray, readings: Sequence[LineText]) -> list[LineText]:
    """Read a lone round character as a zero where the lines above and below it are numbers.

    Alone in its crop, nothing tells a zero from the letter O, and a recognizer divides its confidence among all that
    look so. The confidence of a zero that was told by its column is the share of numbers there.

    Args:
        quads: `(n, 4, 2)` float32, on an upright page.
        readings: Of each.

    Returns:
        The readings, those of lone round characters settled where their column settles them.
    """
    lone = [at for at, reading in enumerate(readings) if is_lone_round(reading.text)]
    if not lone:
        return list(readings)
    boxes = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)  # (n, 4)
    known = np.array([bool(reading.text) and not is_lone_round(reading.text) for reading in readings])
    numbers = np.array([_is_number(reading.text) for reading in readings])
    settled = list(readings)
    for at in lone:
        share = _share_of_numbers(boxes, at, known, numbers)
        if share >= MIN_NUMBERS:
            settled[at] = LineText("0", share, (CharSpan(0.0, 1.0, share),), "Zyyy")
    return settled


def is_lone_round(text: str) -> bool:
    """Whether a line is one round character, of which its picture alone does not tell which it is."""
    return len(text) == 1 and text in ROUND


def _share_of_numbers(boxes: np.ndarray, at: int, known: np.ndarray, numbers: np.ndarray) -> float:
    """Of the nearest known lines in a line's column, how many are numbers, 0-1."""
    x0, y0, x1, y1 = boxes[at]
    shared = np.minimum(boxes[:, 2], x1) - np.maximum(boxes[:, 0], x0)
    narrower = np.minimum(boxes[:, 2] - boxes[:, 0], x1 - x0)
    column = np.flatnonzero(known & (shared >= SAME_COLUMN * narrower))
    distances = np.abs((boxes[column, 1] + boxes[column, 3]) / 2 - (y0 + y1) / 2)
    nearest = column[np.argsort(distances, kind="stable")[:NEAREST]]
    return float(numbers[nearest].mean()) if len(nearest) else 0.0


def _is_number(text: str) -> bool:
    return any(map(str.isdigit, text)) and not any(map(str.isalpha, text))
