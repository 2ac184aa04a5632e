"""Fonts made by code, for the tests that render."""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

LETTERS = "aehonstEHNRbdpgqylu"


def build_font(
    path: Path, family: str = "Made Sans", characters: str = LETTERS, height: int = 700, wide: str = ""
) -> Path:
    """A font of boxes of a height in thousandths; its space and its `z` are empty, as in careless fonts.

    Characters that are `wide` are twice as wide as all others.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {character: f"uni{ord(character):04X}" for character in characters + " z"}
    widths = {names[character]: 1000 if character in wide else 500 for character in names} | {".notdef": 500}
    order = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    empty = (names[" "], names["z"])
    builder.setupGlyf({name: _box(0 if name in empty else widths[name], height) for name in order})
    builder.setupHorizontalMetrics({name: (width, 50) for name, width in widths.items()})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def _box(width: int, height: int) -> Glyph:
    """A glyph that fills its width but for 50 at each side; an empty one where there is none."""
    pen = TTGlyphPen(None)
    if width:
        pen.moveTo((50, 0))
        for point in ((50, height), (width - 50, height), (width - 50, 0)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()
