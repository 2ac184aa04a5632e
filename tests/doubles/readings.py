"""Readings of lines, as sure as a test wants them."""

from __future__ import annotations

from recognizers.base import CharSpan, LineText


def reading(text: str, sure: float = 0.95) -> LineText:
    """A text of which every character is so sure."""
    return LineText(text, sure, tuple(CharSpan(0.0, 1.0, sure) for _ in text))
