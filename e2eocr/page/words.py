"""Lines and their words, back on the page that they were read from."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from e2eocr.page.crops import pad_quad, span_quad
from e2eocr.page.legibility import ReadLine
from e2eocr.page.straighten import map_points
from e2eocr.results import Line, Polygon, Word
from recognizers.base import LineText
from recognizers.charset import script_of

_MAX_STEPS_PER_BLOCK = 2  # from block to block: a PDF that steps more often draws its columns row by row


class PageMapping:
    """The way back from an upright picture to the page it was made of."""

    def __init__(self, to_page: np.ndarray, width: int, height: int, padding: float, margin: float = 0.0) -> None:
        """Prepare the way back.

        Args:
            to_page: `(3, 3)` matrix from places on the upright picture to the page's.
            width: Of the page, pixels.
            height: Of the page, pixels.
            padding: What crops were cut with, as a fraction of the line's height.
            margin: Room that the outlines of lines leave around their quads, likewise; those of words lie close.
        """
        self.to_page = to_page
        self.limit = (width, height)
        self.padding = padding
        self.margin = margin

    def lines(self, lines: Sequence[ReadLine], blocks: Sequence[Sequence[int]]) -> tuple[Line, ...]:
        """Lines of the page in reading order, given their blocks as indices of `lines`."""
        numbered = ((block, lines[at]) for block, members in enumerate(blocks) for at in members)
        return tuple(self.line(line.quad, line.reading, block) for block, line in numbered)

    def line(self, quad: np.ndarray, reading: LineText, block: int) -> Line:
        """A reading as a line of the page; `quad` is `(4, 2)`, on the upright picture."""
        return Line(
            text=reading.text,
            confidence=round(reading.confidence, 4),
            polygon=self.outline(quad),
            script=reading.script,
            block=block,
            words=self.words(quad, reading),
        )

    def place(self, line: Line) -> Line:
        """A line of a text layer: its script told, its corners and those of its words on the page."""
        words = tuple(replace(word, polygon=self.polygon(np.array(word.polygon))) for word in line.words)
        polygon = self.polygon(np.array(line.polygon))
        return replace(line, polygon=polygon, script=script_of(line.text), words=words)

    def words(self, quad: np.ndarray, reading: LineText) -> tuple[Word, ...]:
        """The words of a line, each with the part of the line's quad that its characters take."""
        if len(reading.spans) != len(reading.text):
            return ()  # A recognizer that cannot tell where its characters are gives lines only.
        words = []
        for match in re.finditer(r"\S+", reading.text):
            spans = reading.spans[match.start() : match.end()]
            left, right = min(span.left for span in spans), max(span.right for span in spans)
            confidence = math.prod(span.confidence for span in spans)
            part = span_quad(quad, left, right, padding=self.padding)
            words.append(Word(match.group(), round(confidence, 4), self.polygon(part)))
        return tuple(words)

    def outline(self, quad: np.ndarray) -> Polygon:
        """Corners of a line on the page."""
        return self.polygon(pad_quad(quad, self.margin))

    def polygon(self, quad: np.ndarray) -> Polygon:
        """Corners on the page, to a tenth of a pixel, none beyond its edges."""
        corners = np.clip(map_points(quad, self.to_page), 0, self.limit)
        return tuple((round(float(x), 1), round(float(y), 1)) for x, y in corners)


def arrange_known(lines: Sequence[Line], blocks: Sequence[Sequence[int]]) -> tuple[Line, ...]:
    """Lines in reading order with their blocks numbered.

    Args:
        lines: Lines of a page.
        blocks: Those of the layout in reading order, as indices of `lines`.
    """
    return tuple(replace(lines[at], block=number) for number, members in enumerate(blocks) for at in members)


def keep_order(lines: Sequence[Line], blocks: Sequence[Sequence[int]]) -> tuple[Line, ...]:
    """Lines in the order in which their PDF draws them, where that reads block by block; else in reading order.

    Args:
        lines: In the PDF's own order.
        blocks: As for `arrange_known`. Where the PDF goes from one to another, a block ends.
    """
    home = {at: number for number, members in enumerate(blocks) for at in members}
    steps = [home[at] != home[at - 1] for at in range(1, len(lines))]
    if sum(steps) > _MAX_STEPS_PER_BLOCK * len(blocks):
        return arrange_known(lines, blocks)
    numbers = itertools.accumulate([0, *steps])
    return tuple(replace(line, block=number) for line, number in zip(lines, numbers, strict=False))
