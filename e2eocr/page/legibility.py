"""What of the lines that were read is text: specks, and what only looks like text, are told from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recognizers.base import LineText

SURE_MARK = 0.9  # confidence at which a line without a letter or digit is taken for text


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line that was read: its quad `(4, 2)` on the upright page, and its reading."""

    quad: np.ndarray
    reading: LineText


@dataclass(frozen=True, slots=True)
class PartedLines:
    """The lines of a page: what could be read, and what only looks like text or cannot be read."""

    legible: tuple[ReadLine, ...]
    illegible: tuple[ReadLine, ...] = ()


def pair_lines(quads: np.ndarray, readings: Sequence[LineText]) -> list[ReadLine]:
    """The lines of which there is something to tell: quads `(n, 4, 2)`, each with its reading, but for specks."""
    lines = (ReadLine(quad, reading) for quad, reading in zip(quads, readings, strict=True))
    return [line for line in lines if is_text(line.reading)]


def is_text(reading: LineText) -> bool:
    """Whether a reading is worth keeping: specks and bits of rules read as doubtful marks are not."""
    if any(character.isalnum() for character in reading.text):
        return True
    return bool(reading.text.strip()) and reading.confidence >= SURE_MARK


def part_legible(lines: Sequence[ReadLine], min_legibility: float) -> PartedLines:
    """Part what was read from what only looks like text: stamps, handwriting, patterns.

    All is legible where half of it or more would go: then the page as a whole is hard to read, or in a script that the
    model does not know, and its text must not vanish.
    """
    legible = [line for line in lines if line.reading.legibility >= min_legibility]
    if 2 * len(legible) <= len(lines):
        return PartedLines(tuple(lines))
    return PartedLines(tuple(legible), tuple(line for line in lines if line.reading.legibility < min_legibility))
