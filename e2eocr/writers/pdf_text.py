"""Invisible text for PDF pages: a font without glyphs, and the operators that lay each word on its place.

The font is of type CIDFontType2 with the encoding Identity-H. A character of the document gets the next free code; the
ToUnicode map tells which it is, also beyond the Basic Multilingual Plane. All codes lead to the same invisible glyph,
so one font serves every script.
"""

from __future__ import annotations

import functools
import io
import math
import unicodedata
from collections.abc import Iterable, Iterator

import numpy as np
import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name

from e2eocr.results import Line, Polygon
from e2eocr.writers.characters import one_line
from e2eocr.writers.layout import is_right_to_left, words_of

_NAME = "E2EOCRGlyphless"
_UNITS = 1000  # of a font, in an em
_ADVANCE = 500  # of every character: half an em
_ASCENT, _DESCENT = 800, -200  # together an em, so that a word's font size is its height
_LAST_CODE = 0xFFFF
_REPLACEMENT = "\ufffd"
_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_PER_BLOCK = 100  # entries that a block of a CMap may have
_MIN_SIDE = 0.01  # points
_TINY = 1e-6
_ASLANT = math.radians(8)  # words that are less aslant than this are laid level
_SPACE_SHARE = 0.2  # of the line's height: a space where the next word leaves no room for one

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
    """The font of one PDF. Characters get their codes as they come; `finish` writes down which they are."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._codes: dict[str, int] = {_REPLACEMENT: 1}
        self.reference = pdf.make_indirect(Dictionary(Type=Name.Font))

    def encode(self, text: str) -> str:
        """The codes of a text in hexadecimal, four digits a character."""
        return "".join(f"{self._code(character):04X}" for character in text)

    def finish(self) -> None:
        """Fill in the font, once all text is encoded."""
        font = self.reference
        font.Subtype, font.BaseFont, font.Encoding = Name.Type0, Name(f"/{_NAME}"), Name("/Identity-H")
        font.DescendantFonts = Array([self._pdf.make_indirect(self._descendant())])
        font.ToUnicode = self._pdf.make_stream(_to_unicode(self._codes).encode("ascii"))

    def _code(self, character: str) -> int:
        code = self._codes.get(character)
        if code is None:
            if len(self._codes) >= _LAST_CODE:
                return self._codes[_REPLACEMENT]
            code = self._codes[character] = len(self._codes) + 1
        return code

    def _descendant(self) -> Dictionary:
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name(f"/{_NAME}"),
            Flags=5,  # monospaced, with characters of its own
            FontBBox=[0, _DESCENT, _ADVANCE, _ASCENT],
            ItalicAngle=0,
            Ascent=_ASCENT,
            Descent=_DESCENT,
            CapHeight=_ASCENT,
            StemV=80,
            FontFile2=self._pdf.make_stream(_font_file(), Length1=len(_font_file())),
        )
        every_code_to_glyph_1 = b"\0\1" * (len(self._codes) + 1)
        return Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name(f"/{_NAME}"),
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=self._pdf.make_indirect(descriptor),
            DW=_ADVANCE,
            CIDToGIDMap=self._pdf.make_stream(every_code_to_glyph_1),
        )


def text_operators(lines: Iterable[Line], to_points: np.ndarray, font: InvisibleFont, resource: str) -> bytes:
    """The content that lays the words of a page invisibly on their places.

    Args:
        lines: In reading order.
        to_points: `(2, 3)` affine map from page pixels to the page's user space in points.
        font: What encodes the text.
        resource: Name of the font among the page's resources, with its slash.
    """
    body = "".join(part for line in lines for part in _line_operators(line, to_points, font, resource))
    return f"q\nBT\n3 Tr\n{body}ET\nQ\n".encode("ascii")


def _line_operators(line: Line, to_points: np.ndarray, font: InvisibleFont, resource: str) -> Iterator[str]:
    """Each word, and behind it a space as wide as the gap to the next unless that is glued to it.

    The last has one too, to part it from other lines.
    """
    words = [word for word in words_of(line) if one_line(word.text).strip()]
    quads = [_level(_map_corners(word.polygon, to_points)) for word in words]
    for at, (word, quad) in enumerate(zip(words, quads, strict=True)):
        following = quads[at + 1] if at + 1 < len(quads) else None
        yield _show(visual_order(one_line(word.text)), quad, font, resource)
        if at + 1 < len(words) and words[at + 1].glued:
            continue
        yield _show(" ", _space_after(quad, following, is_right_to_left(line.text)), font, resource)


def _map_corners(polygon: Polygon, to_points: np.ndarray) -> np.ndarray:
    """`(4, 2)` corners in points."""
    return np.asarray(polygon, np.float64) @ to_points[:, :2].T + to_points[:, 2]


def _level(quad: np.ndarray) -> np.ndarray:
    """A word's quad `(4, 2)` laid along the nearest side of the page, unless it is far aslant.

    Poppler ends a word where its letters leave their level by half a point.
    """
    along, up = quad[2] - quad[3], quad[0] - quad[3]
    angle = math.atan2(along[1], along[0])
    nearest = round(angle / (math.pi / 2)) * math.pi / 2
    if abs(angle - nearest) > _ASLANT or not along.any():
        return quad
    width, height = float(np.hypot(*along)), float(np.hypot(*up))
    across = np.array([round(math.cos(nearest)), round(math.sin(nearest))]) * (width / 2)
    upwards = np.array([-round(math.sin(nearest)), round(math.cos(nearest))]) * (height / 2)
    middle = quad.mean(axis=0)
    return np.array(
        [middle - across + upwards, middle + across + upwards, middle + across - upwards, middle - across - upwards]
    )


def _space_after(quad: np.ndarray, following: np.ndarray | None, leftwards: bool) -> np.ndarray:
    """The quad of the space between a word and the next, `(4, 2)` in points."""
    top_left, top_right, bottom_right, bottom_left = quad
    along = _unit(bottom_right - bottom_left)
    width = _SPACE_SHARE * float(np.hypot(*(top_left - bottom_left)))
    if leftwards:
        if following is not None:
            width = max(float(np.dot(bottom_left - following[2], along)), width)
        return np.array([top_left - along * width, top_left, bottom_left, bottom_left - along * width])
    if following is not None:
        width = max(float(np.dot(following[3] - bottom_right, along)), width)
    return np.array([top_right, top_right + along * width, bottom_right + along * width, bottom_right])


def _unit(vector: np.ndarray) -> np.ndarray:
    """The direction of a vector; level where it has none."""
    length = float(np.hypot(*vector))
    return vector / length if length > _TINY else np.array([1.0, 0.0])


def _show(text: str, quad: np.ndarray, font: InvisibleFont, resource: str) -> str:
    """Operators that stretch a text over a quad `(4, 2)` in points."""
    along, up = quad[2] - quad[3], quad[0] - quad[3]
    width, height = max(float(np.hypot(*along)), _MIN_SIDE), max(float(np.hypot(*up)), _MIN_SIDE)
    cosine, sine = _unit(along)
    x, y = quad[3] + up * (-_DESCENT / _UNITS)
    stretch = 100 * width / (len(text) * height * _ADVANCE / _UNITS)
    matrix = " ".join(_number(value) for value in (cosine, sine, -sine, cosine, x, y))
    codes = font.encode(text)
    return f"{resource} {_number(height)} Tf {_number(stretch)} Tz {matrix} Tm <{codes}> Tj\n"


def _number(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")


def visual_order(text: str) -> str:
    """A word's characters from left to right as they stand on the page; those who extract text turn them back.

    Runs of right-to-left letters are turned, with their brackets as they look there; numbers and Latin letters within
    them are not. It is the part of the Unicode bidirectional algorithm that one word needs.
    """
    if not any(unicodedata.bidirectional(character) in ("R", "AL") for character in text):
        return text
    runs = _bidi_runs(text)
    if is_right_to_left(text):
        runs.reverse()
    return "".join(run[::-1].translate(_MIRRORED) if backwards else run for run, backwards in runs)


def _bidi_runs(text: str) -> list[tuple[str, bool]]:
    """Runs of a text, each with whether it runs from right to left; what has no direction goes as the text does."""
    base = is_right_to_left(text)
    runs: list[tuple[str, bool]] = []
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "EN", "AN"):
            backwards = False
        elif kind in ("R", "AL"):
            backwards = True
        elif kind in ("NSM", "BN", "CS", "ES", "ET") and runs:
            backwards = runs[-1][1]
        else:
            backwards = base
        if runs and runs[-1][1] == backwards:
            runs[-1] = (runs[-1][0] + character, backwards)
        else:
            runs.append((character, backwards))
    return runs


def _to_unicode(codes: dict[str, int]) -> str:
    """The CMap that tells readers which character each code is."""
    entries = [f"<{code:04X}> <{character.encode('utf-16-be').hex().upper()}>\n" for character, code in codes.items()]
    blocks = (entries[start : start + _PER_BLOCK] for start in range(0, len(entries), _PER_BLOCK))
    body = "".join(f"{len(block)} beginbfchar\n{''.join(block)}endbfchar\n" for block in blocks)
    return _CMAP_HEAD + body + _CMAP_TAIL


@functools.cache
def _font_file() -> bytes:
    """A TrueType font of an empty glyph, and one that takes room but paints nothing."""
    glyphs = {".notdef": Glyph(), "invisible": _invisible_glyph()}
    builder = FontBuilder(_UNITS, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (_ADVANCE, 0)))
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    builder.setupNameTable({"familyName": _NAME, "styleName": "Regular", "psName": _NAME})
    builder.setupOS2(sTypoAscender=_ASCENT, sTypoDescender=_DESCENT, usWinAscent=_ASCENT, usWinDescent=-_DESCENT)
    builder.setupPost()
    # The same font whenever it is made; without this it would tell the time.
    builder.font.recalcTimestamp = False
    builder.updateHead(created=0, modified=0)
    stream = io.BytesIO()
    builder.save(stream)
    return stream.getvalue()


def _invisible_glyph() -> Glyph:
    """A line from corner to corner: it has no area to fill, but PDFium passes over text whose box has no width."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, _DESCENT))
    pen.lineTo((_ADVANCE, _ASCENT))
    pen.closePath()
    return pen.glyph()
