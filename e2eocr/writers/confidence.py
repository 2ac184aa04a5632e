"""How sure a reading is, in three levels with a colour each: what people look at to find what to check."""

from __future__ import annotations

from typing import Literal

Level = Literal["high", "middle", "low"]

# Red, green, blue. They differ in brightness too, for those who cannot tell red from green.
COLOURS: dict[Level, tuple[int, int, int]] = {"high": (0, 120, 90), "middle": (205, 120, 0), "low": (190, 0, 60)}
_HIGH, _MIDDLE = 0.9, 0.7


def confidence_level(confidence: float) -> Level:
    """The level of a confidence: high from 0.9, middle from 0.7."""
    if confidence >= _HIGH:
        return "high"
    return "middle" if confidence >= _MIDDLE else "low"
