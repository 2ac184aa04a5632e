"""Lines and their words, back on the page that they were read from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from e2eocr.page.crops import pad_quad, span_quad
from e2eocr.page.directions import direction_of
from e2eocr.page.legibility import ReadLine, UnreadLine
from e2eocr.page.straighten import map_points
from e2eocr.page.strips import pad_strip, strip_part
from e2eocr.results import Line, Polygon, Unread, Word, hull_quad
from recognizers.base import LineText
from recognizers.spacing import word_ranges


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

    def lines(self, lines: Sequence[ReadLine]) -> tuple[Line, ...]:
        """Lines of the page, in the same order."""
        return tuple(self.line(line.quad, line.reading, line.outline) for line in lines)

    def unread(self, lines: Sequence[UnreadLine]) -> tuple[Unread, ...]:
        """Places of the page that look like text and gave none."""
        return tuple(Unread(self.outline(line.quad), line.reason) for line in lines)

    def line(self, quad: np.ndarray, reading: LineText, outline: np.ndarray | None = None) -> Line:
        """A reading as a line of the page; `quad` `(4, 2)` and a bent line's `outline` are on the upright picture."""
        bent = () if outline is None else self.polygon(pad_strip(outline, self.margin))
        polygon = hull_quad(bent, *self.limit) if bent else self.outline(quad)
        return Line(
            text=reading.text,
            confidence=round(reading.confidence, 4),
            polygon=polygon,
            script=reading.script,
            words=self.words(quad, reading, outline),
            direction=direction_of(reading.text, reading.script, polygon),
            outline=bent,
        )

    def words(self, quad: np.ndarray, reading: LineText, outline: np.ndarray | None = None) -> tuple[Word, ...]:
        """The words of a line, each with the part of the line's quad, or outline, that its characters take."""
        if len(reading.spans) != len(reading.text):
            return ()  # A recognizer that cannot tell where its characters are gives lines only.
        words, reached = [], -1
        for start, end in word_ranges(reading.text):
            spans = reading.spans[start:end]
            left, right = min(span.left for span in spans), max(span.right for span in spans)
            confidence = math.prod(span.confidence for span in spans)
            if outline is None:
                part = span_quad(quad, left, right, padding=self.padding)
            else:
                part = strip_part(outline, left, right, padding=self.padding)
            words.append(Word(reading.text[start:end], round(confidence, 4), self.polygon(part), start == reached))
            reached = end
        return tuple(words)

    def outline(self, quad: np.ndarray) -> Polygon:
        """Corners of a line on the page."""
        return self.polygon(pad_quad(quad, self.margin))

    def polygon(self, quad: np.ndarray) -> Polygon:
        """Corners on the page, to a tenth of a pixel, none beyond its edges."""
        corners = np.clip(map_points(quad, self.to_page), 0, self.limit)
        return tuple((round(float(x), 1), round(float(y), 1)) for x, y in corners)
