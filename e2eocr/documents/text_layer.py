"""The text that a PDF page carries, as lines with words and quads, if it can be trusted.

A layer is trusted when all of this holds; otherwise the page is better read as a picture:

- it has at least `MIN_CHARACTERS` characters, spaces not counted;
- at least nine in ten of them are sane: their font maps them to Unicode, and to a printable character, not to U+FFFD,
  a control, a private-use or an unassigned code point;
- at least nine in ten of them stand on the page and can be seen: neither drawn in invisible mode nor painted over by a
  picture. What cannot be seen is some other program's reading of a scan, of unknown quality;
- pictures cover less than half of the page, or there are at least `MIN_CHARACTERS_ON_PICTURE` characters: a stamp or a
  page number on a scan is not its text;
- no comment or filled-in form field is on the page: these are seen, but not part of its text.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pypdfium2.raw as pdfium
from pypdfium2 import PdfPage, PdfTextPage

from e2eocr.results import Line, Polygon, Word

MIN_CHARACTERS = 8
MIN_CHARACTERS_ON_PICTURE = 200
_SANE_SHARE = 0.9
_PICTURE_COVER = 0.5
_SMALLEST_PICTURE = 0.001  # of the page
_GRID = 64
_GAP_IN_HEIGHTS = 3.0  # a wider gap parts two columns or table cells
_STEP_IN_HEIGHTS = 0.7  # a larger step across the line begins a new one; superscripts step less
_INVISIBLE_MODES = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_SPEAKING_ANNOTATIONS = (pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)
_HYPHENS = ("\x02", "\u00ad", "\ufffe")


@dataclass(frozen=True, slots=True)
class _Glyph:
    """One character: its box in pixels of the page as seen, origin of its baseline, and writing direction."""

    text: str
    box: tuple[float, float, float, float]
    origin: tuple[float, float]
    direction: tuple[float, float]
    is_sane: bool
    is_seen: bool
    ends_line: bool

    @property
    def is_space(self) -> bool:
        return self.text.isspace()

    @property
    def is_base(self) -> bool:
        """Whether it stands on the line by itself; accents and vowel points float over or under others."""
        return not self.is_space and unicodedata.category(self.text) not in ("Mn", "Me", "Mc")


@dataclass(frozen=True, slots=True)
class _PageMap:
    """From PDF user space to pixels of the page as seen: `pixel = matrix @ point + shift`."""

    matrix: np.ndarray
    shift: np.ndarray
    width: float
    height: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return (
            float(self.matrix[0, 0] * x + self.matrix[0, 1] * y + self.shift[0]),
            float(self.matrix[1, 0] * x + self.matrix[1, 1] * y + self.shift[1]),
        )

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def direction(self, x: float, y: float) -> tuple[float, float]:
        """A vector turned (not shifted) and scaled to length 1; to the right if it has no length."""
        across, down = (float(value) for value in self.matrix @ (x, y))
        length = math.hypot(across, down)
        return (across / length, down / length) if length > 0 and math.isfinite(length) else (1.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Paint:
    """What lies on the page in the order it was painted: pictures, and where each text object comes."""

    pictures: list[tuple[int, tuple[float, float, float, float]]]
    text_orders: dict[int, int]
    invisible: set[int]


def read_text_layer(page: PdfPage, scale: float) -> tuple[Line, ...] | None:
    """Read a page's text in its own order; the caller holds the PDFium lock.

    Args:
        page: An open page.
        scale: Pixels a point.

    Returns:
        Lines in NFC with confidence 1, their quads in pixels of the page as seen; None if the layer is not to be
        trusted (see the module's docstring).
    """
    if _has_speaking_annotation(page):
        return None
    page_map = _map_page(page, scale)
    paint = _list_paint(page, page_map)
    textpage = page.get_textpage()
    try:
        glyphs = [_read_glyph(textpage, index, page_map, paint) for index in range(textpage.count_chars())]
    finally:
        textpage.close()
    if not _is_trusted(glyphs, paint, page_map):
        return None
    lines = (_build_line(part) for run in _split_runs(glyphs) for part in _split_at_gaps(run))
    return tuple(line for line in lines if line is not None)


def _map_page(page: PdfPage, scale: float) -> _PageMap:
    left, bottom, right, top = page.get_bbox()
    rotation = page.get_rotation()
    # Where a step to the right and a step up in the PDF lead on the page as seen (y down), by its clockwise rotation.
    right_step, up_step = {
        0: ((1, 0), (0, -1)),
        90: ((0, 1), (1, 0)),
        180: ((-1, 0), (0, 1)),
        270: ((0, -1), (-1, 0)),
    }[rotation]
    matrix = np.array([right_step, up_step], float).T * scale
    corners = np.array([[left, bottom], [right, top]]) @ matrix.T
    width, height = corners.max(axis=0) - corners.min(axis=0)
    return _PageMap(matrix, -corners.min(axis=0), float(width), float(height))


def _has_speaking_annotation(page: PdfPage) -> bool:
    """Whether a comment, stamp or filled-in field shows text that the page's own content does not hold."""
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            if kind in _SPEAKING_ANNOTATIONS or (kind == pdfium.FPDF_ANNOT_WIDGET and _has_value(annotation)):
                return True
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return False


def _has_value(widget: pdfium.FPDF_ANNOTATION) -> bool:
    # The answer is UTF-16 with a closing zero: 2 bytes for an empty string.
    return pdfium.FPDFAnnot_GetStringValue(widget, b"V", None, 0) > 2


def _list_paint(page: PdfPage, page_map: _PageMap) -> _Paint:
    """Walk the page's objects in painting order, into nested forms too."""
    paint = _Paint([], {}, set())
    outer_box = (0.0, 0.0, 0.0, 0.0)
    for order, item in enumerate(page.get_objects()):
        if item.level == 0 and item.type in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM):
            # A nested picture is taken to fill its outermost form, whose place on the page is known.
            outer_box = page_map.box(*item.get_bounds())
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE and _is_large(outer_box, page_map):
            paint.pictures.append((order, outer_box))
        elif item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            address = _address(item.raw)
            paint.text_orders[address] = order
            if pdfium.FPDFTextObj_GetTextRenderMode(item.raw) in _INVISIBLE_MODES:
                paint.invisible.add(address)
    return paint


def _is_large(box: tuple[float, float, float, float], page_map: _PageMap) -> bool:
    """Whether a picture is more than a bullet or a speck: thousands of these would slow the page down."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    return area > _SMALLEST_PICTURE * page_map.width * page_map.height


def _address(pointer: pdfium.FPDF_PAGEOBJECT) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def _read_glyph(textpage: PdfTextPage, index: int, page_map: _PageMap, paint: _Paint) -> _Glyph:
    code = pdfium.FPDFText_GetUnicode(textpage, index)
    text = chr(code) if code <= 0x10FFFF else "\ufffd"
    box = page_map.box(*textpage.get_charbox(index))
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(textpage, index, x, y)
    # A hyphen at a line's end: PDFium joins the word with the next line and gives the hyphen a special code.
    is_hyphen = text in _HYPHENS and pdfium.FPDFText_IsHyphen(textpage, index) == 1
    return _Glyph(
        text="-" if is_hyphen else text,
        box=box,
        origin=page_map.point(x.value, y.value),
        direction=_read_direction(textpage, index, page_map),
        is_sane=is_hyphen or (_is_printable(text) and pdfium.FPDFText_HasUnicodeMapError(textpage, index) != 1),
        is_seen=_is_seen(_address(pdfium.FPDFText_GetTextObject(textpage, index)), box, page_map, paint),
        ends_line=is_hyphen or text in "\r\n",
    )


def _read_direction(textpage: PdfTextPage, index: int, page_map: _PageMap) -> tuple[float, float]:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFText_GetMatrix(textpage, index, matrix):
        return 1.0, 0.0
    return page_map.direction(matrix.a, matrix.b)


def _is_printable(text: str) -> bool:
    return text.isspace() or (text != "\ufffd" and unicodedata.category(text) not in ("Cc", "Co", "Cn"))


def _is_seen(address: int, box: tuple[float, float, float, float], page_map: _PageMap, paint: _Paint) -> bool:
    if address in paint.invisible:
        return False
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if not (0 <= x <= page_map.width and 0 <= y <= page_map.height):
        return False
    order = paint.text_orders.get(address)
    return order is None or not any(
        later > order and x0 <= x <= x1 and y0 <= y <= y1 for later, (x0, y0, x1, y1) in paint.pictures
    )


def _is_trusted(glyphs: Sequence[_Glyph], paint: _Paint, page_map: _PageMap) -> bool:
    marks = [glyph for glyph in glyphs if not glyph.is_space]
    if len(marks) < MIN_CHARACTERS:
        return False
    enough = _SANE_SHARE * len(marks)
    if sum(glyph.is_sane for glyph in marks) < enough or sum(glyph.is_seen for glyph in marks) < enough:
        return False
    return len(marks) >= MIN_CHARACTERS_ON_PICTURE or _picture_cover(paint, page_map) < _PICTURE_COVER


def _picture_cover(paint: _Paint, page_map: _PageMap) -> float:
    """The share of the page under pictures, counted on a coarse grid."""
    grid = np.zeros((_GRID, _GRID), bool)
    scale = np.array([_GRID / page_map.width, _GRID / page_map.height] * 2)
    for _, box in paint.pictures:
        x0, y0, x1, y1 = np.clip(np.round(np.nan_to_num(box) * scale), 0, _GRID).astype(int)
        grid[y0:y1, x0:x1] = True
    return float(grid.mean())


def _split_runs(glyphs: Sequence[_Glyph]) -> Iterator[list[_Glyph]]:
    """Cut the page's characters into lines: at line ends, and where the text steps aside or turns."""
    run: list[_Glyph] = []
    for glyph in glyphs:
        if glyph.is_base and _steps_aside(run, glyph):
            yield run
            run = []
        if glyph.text not in "\r\n" and (glyph.is_seen or glyph.is_space):
            run.append(glyph)
        if glyph.ends_line:
            yield run
            run = []
    yield run


def _steps_aside(run: Sequence[_Glyph], glyph: _Glyph) -> bool:
    """Whether a character stands on another line than the last one before it."""
    last = next((earlier for earlier in reversed(run) if earlier.is_base), None)
    if last is None:
        return False
    along, across = last.direction
    if along * glyph.direction[0] + across * glyph.direction[1] < 0.9:
        return True
    step = (glyph.origin[1] - last.origin[1]) * along - (glyph.origin[0] - last.origin[0]) * across
    # Small marks such as points do not tell the size of the text: the largest character of the line does.
    height = max(_extent(other, -across, along)[1] for other in (*run[-8:], glyph))
    return abs(step) > _STEP_IN_HEIGHTS * max(height, 1.0)


def _extent(glyph: _Glyph, x: float, y: float) -> tuple[float, float]:
    """Where a character begins along the direction `(x, y)`, and how far it reaches."""
    x0, y0, x1, y1 = glyph.box
    places = [x * corner_x + y * corner_y for corner_x in (x0, x1) for corner_y in (y0, y1)]
    return min(places), max(places) - min(places)


def _split_at_gaps(run: list[_Glyph]) -> list[list[_Glyph]]:
    """Part a line where nothing is drawn over a wide gap; each part keeps its logical order."""
    marks = [glyph for glyph in run if not glyph.is_space]
    if len(marks) < 2:
        return [run]
    x, y = marks[0].direction
    height = max(_extent(glyph, -y, x)[1] for glyph in marks)
    places = sorted((_extent(glyph, x, y) for glyph in marks), key=lambda place: place[0])
    reach, cuts = -math.inf, []
    for start, length in places:
        if math.isfinite(reach) and start - reach > _GAP_IN_HEIGHTS * max(height, 1.0):
            cuts.append((start + reach) / 2)
        reach = max(reach, start + length)
    if not cuts:
        return [run]
    return _group_by_cuts(run, cuts, x, y)


def _group_by_cuts(run: Sequence[_Glyph], cuts: Sequence[float], x: float, y: float) -> list[list[_Glyph]]:
    parts: dict[int, list[_Glyph]] = {}
    part = 0
    for glyph in run:
        if not glyph.is_space:  # a space stays with the character before it
            start, length = _extent(glyph, x, y)
            part = sum(start + length / 2 > cut for cut in cuts)
        parts.setdefault(part, []).append(glyph)
    return list(parts.values())


def _build_line(run: Sequence[_Glyph]) -> Line | None:
    """One line with its words; None if there is nothing but space."""
    groups = itertools.groupby(run, key=lambda glyph: glyph.is_space)
    words = [_build_word(list(group)) for is_space, group in groups if not is_space]
    words = [word for word in words if word.text]
    if not words:
        return None
    marks = [glyph for glyph in run if not glyph.is_space]
    quad = _quad_around(marks)
    return replace(Line("", 1.0, quad), text=" ".join(word.text for word in words), words=tuple(words))


def _build_word(glyphs: Sequence[_Glyph]) -> Word:
    # A character beyond the BMP may come as two surrogate halves: joined here; a lone half is lost.
    text = "".join(glyph.text for glyph in glyphs if _is_printable(glyph.text) or glyph.text == "\ufffd")
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Word(unicodedata.normalize("NFC", whole), 1.0, _quad_around(glyphs))


def _quad_around(glyphs: Sequence[_Glyph]) -> Polygon:
    """The quad around characters, along the first one's direction, clockwise from the text's own top left."""
    x, y = glyphs[0].direction
    boxes = np.array([glyph.box for glyph in glyphs])
    corners = np.concatenate([boxes[:, [0, 1]], boxes[:, [2, 1]], boxes[:, [2, 3]], boxes[:, [0, 3]]])  # (4n, 2)
    axes = np.array([[x, y], [-y, x]])  # along the text, and down from it
    places = corners @ axes.T
    (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
    quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ axes
    return tuple((float(corner[0]), float(corner[1])) for corner in np.round(quad, 2))
