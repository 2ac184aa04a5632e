"""What of the lines that were read is text: specks, patterns and ruined print are told from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.base import SURE_SCORE
from e2eocr.page.locate import LocatedLines
from e2eocr.page.lookalikes import settle_rounds
from recognizers.base import LineText

SURE_MARK = 0.9  # confidence at which a line without a letter or digit is taken for text
SURE_READING = 0.85  # legibility at which a line that the ink alone told of is taken for text
SURE_DASH = 0.4  # and one that is a dash, of which a recognizer knows several
DASHES = frozenset("-‐‑‒–—―−")
HARD_PAGE = 0.45  # median legibility from which a page that is hard to read is text all the same


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line that was read: its quad `(4, 2)` on the upright page, its reading, and the detector's score."""

    quad: np.ndarray
    reading: LineText
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class PartedLines:
    """The lines of a page: what could be read, and what looks like text but cannot be read."""

    legible: tuple[ReadLine, ...]
    illegible: tuple[ReadLine, ...] = ()


def pair_lines(located: LocatedLines, readings: Sequence[LineText]) -> list[ReadLine]:
    """The lines of which there is something to tell, each with its reading: those that are no specks or patterns."""
    settled = settle_rounds(located.quads, readings)
    lines = (ReadLine(*line) for line in zip(located.quads, settled, located.scores.tolist(), strict=True))
    return [line for line in lines if is_text(line.reading) and (line.score >= SURE_SCORE or is_sure(line.reading))]


def is_text(reading: LineText) -> bool:
    """Whether a reading is worth keeping: specks and bits of rules read as doubtful marks are not."""
    if any(character.isalnum() for character in reading.text):
        return True
    return bool(reading.text.strip()) and reading.confidence >= SURE_MARK


def is_sure(reading: LineText) -> bool:
    """Whether a reading proves that ink is text which the detector did not take for it."""
    if reading.text in DASHES:
        return reading.legibility >= SURE_DASH
    lone = len(reading.text) == 1 and reading.text.isalnum()  # of which there may be lookalikes in other scripts
    return reading.legibility >= SURE_READING or (lone and reading.confidence >= SURE_MARK)


def part_legible(lines: Sequence[ReadLine], min_legibility: float) -> PartedLines:
    """Part what was read from what only looks like text: stamps, handwriting, patterns.

    All is legible where half of it or more would go and the rest can nearly be read: then the page as a whole is hard
    to read, and its text must not vanish.
    """
    legible = [line for line in lines if line.reading.legibility >= min_legibility]
    if lines and 2 * len(legible) <= len(lines) and _usual_legibility(lines) >= HARD_PAGE:
        return PartedLines(tuple(lines))
    return PartedLines(tuple(legible), tuple(line for line in lines if line.reading.legibility < min_legibility))


def _usual_legibility(lines: Sequence[ReadLine]) -> float:
    return float(np.median([line.reading.legibility for line in lines]))
