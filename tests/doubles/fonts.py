"""Fonts made by code, for the tests that render."""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

LETTERS = "aehonstEHNRbdpgqylu"


def build_font(path: Path, family: str = "Made Sans", characters: str = LETTERS, height: int = 700) -> Path:
    """A font of boxes of a height in thousandths; its space and its `z` are empty, as in careless fonts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {character: f"uni{ord(character):04X}" for character in characters + " z"}
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((50, height), (450, height), (450, 0)):
        pen.lineTo(point)
    pen.closePath()
    box, empty = pen.glyph(), TTGlyphPen(None).glyph()
    order = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    builder.setupGlyf({name: empty if name in (names[" "], names["z"]) else box for name in order})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (500, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path
