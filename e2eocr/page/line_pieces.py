"""Pieces of a line that were read one by one, put together as one reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recognizers.base import CharSpan, LineText
from recognizers.directions import is_mostly_from_right

SPACE = 0.99  # confidence of the spaces between pieces


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part of a line, between two places along it, pixels: its reading has its characters at such places, too."""

    left: float
    right: float
    reading: LineText

    @classmethod
    def of_crop(cls, left: float, right: float, reading: LineText, margin: float) -> Piece:
        """What was read in the crop of a part, that was cut with a margin of so many pixels."""
        places = np.array([[span.left, span.right] for span in reading.spans]).reshape(-1, 2)
        places = np.clip(left - margin + places * (right - left + 2 * margin), left, right)
        spans = tuple(
            replace(span, left=first, right=last)
            for span, (first, last) in zip(reading.spans, places.tolist(), strict=True)
        )
        return cls(left, right, replace(reading, spans=spans))


def joined(pieces: Sequence[Piece], left: float, right: float, margin: float) -> LineText:
    """The pieces of a line as one reading, with spaces between.

    Args:
        pieces: From left to right.
        left: Where the line begins, pixels along it.
        right: Where it ends.
        margin: Room beyond both in its crop, pixels.
    """
    longest = max((piece.reading for piece in pieces), key=lambda reading: len(reading.text))
    ordered = list(reversed(pieces)) if is_mostly_from_right(longest.text) else list(pieces)
    text, before = "", None
    spans: list[CharSpan] = []
    for piece in ordered:
        if before is not None:
            first, second = sorted((before, piece), key=lambda each: each.left)
            text, spans = text + " ", [*spans, CharSpan(first.right, second.left, SPACE)]
        text, spans, before = text + piece.reading.text, [*spans, *piece.reading.spans], piece
    width = right - left + 2 * margin
    places = [
        replace(span, left=(span.left - left + margin) / width, right=(span.right - left + margin) / width)
        for span in spans
    ]
    confidence = min(piece.reading.confidence for piece in pieces)
    return replace(longest, text=text, confidence=confidence, spans=tuple(places) if len(places) == len(text) else ())
