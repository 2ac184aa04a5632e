"""A font without glyphs, for text in a PDF that nobody sees.

It is of type CIDFontType2 with the encoding Identity-H. The code of a character is its number in Unicode, which the
ToUnicode map says in a line for each 256 of them; beyond the Basic Multilingual Plane it is one that it has there. All
codes lead to the same invisible glyph, so one font serves every script.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterable

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name

UNITS = 1000  # of the font, in an em
ADVANCE = 500  # of every character: half an em
ASCENT, DESCENT = 800, -200  # together an em, so that a word's font size is its height
_NAME = "E2EOCRGlyphless"
_LAST_CODE = 0xFFFF
_REPLACEMENT = 0xFFFD
_SURROGATES = range(0xD800, 0xE000)  # no characters: their codes stand for those beyond the last one
_PER_BLOCK = 100  # entries that a block of a CMap may have
_SPECIAL = re.compile(rb"[()\\]")

_CMAP_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
_CMAP_TAIL = """endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


class InvisibleFont:
    """The font of one PDF: characters are noted as they come, and `finish` writes down which they are."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._rows: set[int] = set()  # high bytes of the codes that are used
        self._beyond: dict[str, int] = {}  # codes of characters beyond the first 65,536
        self.reference = pdf.make_indirect(Dictionary(Type=Name.Font))

    def encode(self, text: str) -> bytes:
        """The codes of a text as a string of a PDF, two bytes a character."""
        codes = [self._code(character) for character in text]
        self._rows.update(code >> 8 for code in codes)
        data = b"".join(code.to_bytes(2, "big") for code in codes)
        return b"(" + _SPECIAL.sub(rb"\\\g<0>", data).replace(b"\r", rb"\r") + b")"

    def finish(self) -> None:
        """Fill in the font, once all text is encoded."""
        font = self.reference
        font.Subtype, font.BaseFont, font.Encoding = Name.Type0, Name(f"/{_NAME}"), Name("/Identity-H")
        font.DescendantFonts = Array([self._pdf.make_indirect(self._descendant())])
        font.ToUnicode = self._pdf.make_stream(_to_unicode(self._rows, self._beyond).encode("ascii"))

    def _code(self, character: str) -> int:
        code = ord(character)
        if code <= _LAST_CODE:
            return _REPLACEMENT if code in _SURROGATES else code
        if character not in self._beyond and len(self._beyond) < len(_SURROGATES):
            self._beyond[character] = _SURROGATES[len(self._beyond)]
        return self._beyond.get(character, _REPLACEMENT)

    def _descendant(self) -> Dictionary:
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name(f"/{_NAME}"),
            Flags=5,  # monospaced, with characters of its own
            FontBBox=[0, DESCENT, ADVANCE, ASCENT],
            ItalicAngle=0,
            Ascent=ASCENT,
            Descent=DESCENT,
            CapHeight=ASCENT,
            StemV=80,
            FontFile2=self._pdf.make_stream(_font_file(), Length1=len(_font_file())),
        )
        every_code_to_glyph_1 = b"\0\1" * (256 * (max(self._rows, default=0) + 1))
        return Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name(f"/{_NAME}"),
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=self._pdf.make_indirect(descriptor),
            DW=ADVANCE,
            CIDToGIDMap=self._pdf.make_stream(every_code_to_glyph_1),
        )


def _to_unicode(rows: Iterable[int], beyond: dict[str, int]) -> str:
    """The CMap that tells readers which character each code is: itself, unless it is of those beyond."""
    own = sorted(set(rows) - {code >> 8 for code in _SURROGATES})
    ranges = [f"<{row:02X}00> <{row:02X}FF> <{row:02X}00>\n" for row in own]
    single = [f"<{code:04X}> <{character.encode('utf-16-be').hex().upper()}>\n" for character, code in beyond.items()]
    return _CMAP_HEAD + _blocks("bfrange", ranges) + _blocks("bfchar", single) + _CMAP_TAIL


def _blocks(kind: str, entries: list[str]) -> str:
    blocks = (entries[start : start + _PER_BLOCK] for start in range(0, len(entries), _PER_BLOCK))
    return "".join(f"{len(block)} begin{kind}\n{''.join(block)}end{kind}\n" for block in blocks)


@functools.cache
def _font_file() -> bytes:
    """A TrueType font of an empty glyph, and one that takes room but paints nothing.

    It has the tables that a font within a PDF needs, and no others.
    """
    glyphs = {".notdef": Glyph(), "invisible": _invisible_glyph()}
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (ADVANCE, 0)))
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    # The same font whenever it is made; without this it would tell the time.
    builder.font.recalcTimestamp = False
    builder.updateHead(created=0, modified=0)
    stream = io.BytesIO()
    builder.save(stream)
    return stream.getvalue()


def _invisible_glyph() -> Glyph:
    """A line from corner to corner: it has no area to fill, but PDFium passes over text whose box has no width."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    pen.lineTo((ADVANCE, ASCENT))
    pen.closePath()
    return pen.glyph()
