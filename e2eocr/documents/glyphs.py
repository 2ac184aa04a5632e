"""The characters of a PDF page as PDFium tells them: what they say, where they stand, in which font, and whether shown.

One record of arrays for a page, since a page has thousands of characters and each costs calls into a C library.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pypdfium2.raw as pdfium
from pypdfium2 import PdfPage, PdfTextPage

HYPHENS = ("\x02", "\u00ad", "\ufffe")  # what PDFium makes of a hyphen that ends a line
_MIN_PICTURE = 0.001  # of the page
_INVISIBLE_MODES = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_LEVEL = (1.0, 0.0)
_NAME_BYTES = 256


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of a page in the PDF's own order, one entry each.

    Attributes:
        texts: The character, or what PDFium gives for it.
        boxes: `(n, 4)` float64 pixels of the page as seen: left, top, right, bottom.
        origins: `(n, 2)` float64 pixels: where the character stands on its baseline.
        directions: `(n, 2)` float64: the way the text runs, of length 1.
        fonts: Name of the font with what tells it from others of that name; empty where none is known.
        is_sane: Whether the font maps it to a character of Unicode that can be printed.
        is_hidden: Whether it is drawn invisibly, or painted over by a picture.
        is_made: Whether PDFium put it in, as it does with spaces between words.
        ends_line: Whether PDFium ends a line behind it.
    """

    texts: list[str]
    boxes: np.ndarray
    origins: np.ndarray
    directions: np.ndarray
    fonts: list[str]
    is_sane: list[bool]
    is_hidden: list[bool]
    is_made: list[bool]
    ends_line: list[bool]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class PageMap:
    """From PDF user space to pixels of the page as seen: `pixel = matrix @ point + shift`.

    Attributes:
        matrix: `(2, 2)` float64.
        shift: `(2,)` float64.
        width: Of the page, pixels.
        height: Of the page, pixels.
    """

    matrix: np.ndarray
    shift: np.ndarray
    width: float
    height: float

    def boxes(self, corners: np.ndarray) -> np.ndarray:
        """Boxes `(n, 4)` as left, bottom, right, top in points -> left, top, right, bottom in pixels."""
        ends = corners.reshape(-1, 2, 2) @ self.matrix.T + self.shift
        return np.concatenate([ends.min(axis=1), ends.max(axis=1)], axis=1)

    def on_page(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes `(n, 4)` in pixels, none beyond the page's edges, to a tenth of a pixel."""
        limits = (self.width, self.height, self.width, self.height)
        return np.round(np.clip(boxes, 0, limits), 1)

    def direction(self, x: float, y: float) -> tuple[float, float]:
        """A vector turned (not shifted) and scaled to length 1; to the right if it has no length."""
        across, down = (float(value) for value in self.matrix @ (x, y))
        length = math.hypot(across, down)
        return (across / length, down / length) if length > 0 and math.isfinite(length) else _LEVEL


@dataclass(slots=True)
class _TextObjects:
    """What the page's objects tell of the characters in them, by the object's address."""

    directions: dict[int, tuple[float, float]] = field(default_factory=dict)
    fonts: dict[int, str] = field(default_factory=dict)
    orders: dict[int, int] = field(default_factory=dict)
    invisible: set[int] = field(default_factory=set)


def map_page(page: PdfPage, scale: float) -> PageMap:
    """The way from a page's points to its pixels at `scale` pixels a point, rotation and crop box applied."""
    left, bottom, right, top = page.get_bbox()
    # Where a step to the right and a step up in the PDF lead on the page as seen (y down), by its clockwise rotation.
    right_step, up_step = {
        0: ((1, 0), (0, -1)),
        90: ((0, 1), (1, 0)),
        180: ((-1, 0), (0, 1)),
        270: ((0, -1), (-1, 0)),
    }[page.get_rotation()]
    matrix = np.array([right_step, up_step], float).T * scale
    corners = np.array([[left, bottom], [right, top]]) @ matrix.T
    width, height = corners.max(axis=0) - corners.min(axis=0)
    return PageMap(matrix, -corners.min(axis=0), float(width), float(height))


def read_glyphs(page: PdfPage, page_map: PageMap) -> Glyphs:
    """All characters of an open page; the caller holds the PDFium lock."""
    objects, pictures = _list_objects(page, page_map)
    textpage = page.get_textpage()
    try:
        return _read_glyphs(textpage, page_map, objects, pictures)
    finally:
        textpage.close()


def is_printable(text: str) -> bool:
    """Whether a character is a space or can be seen: no control, private or unassigned one, and not U+FFFD."""
    return text.isspace() or (text != "\ufffd" and _category(text) not in ("Cc", "Co", "Cn"))


@lru_cache(maxsize=4096)
def _category(text: str) -> str:
    return unicodedata.category(text)


def _read_glyphs(
    textpage: PdfTextPage, page_map: PageMap, objects: _TextObjects, pictures: list[tuple[int, np.ndarray]]
) -> Glyphs:
    raw = textpage.raw
    indexes = range(textpage.count_chars())
    texts = [_read_text(raw, index) for index in indexes]
    addresses = [_address(pdfium.FPDFText_GetTextObject(raw, index)) for index in indexes]
    boxes, origins = _read_places(raw, len(texts))
    # A hyphen at a line's end: PDFium joins the word with the next line and gives the hyphen a code of its own.
    is_hyphen = [text in HYPHENS and pdfium.FPDFText_IsHyphen(raw, index) == 1 for index, text in enumerate(texts)]
    places = page_map.boxes(boxes)
    return Glyphs(
        texts=["-" if hyphen else text for text, hyphen in zip(texts, is_hyphen, strict=True)],
        boxes=places,
        origins=origins @ page_map.matrix.T + page_map.shift,
        directions=np.array(
            [_direction(raw, index, address, page_map, objects) for index, address in enumerate(addresses)]
        ).reshape(-1, 2),
        fonts=[objects.fonts.get(address, "") for address in addresses],
        is_sane=[
            hyphen or (is_printable(text) and pdfium.FPDFText_HasUnicodeMapError(raw, index) != 1)
            for index, (text, hyphen) in enumerate(zip(texts, is_hyphen, strict=True))
        ],
        is_hidden=_find_hidden(addresses, places, objects, pictures),
        is_made=[pdfium.FPDFText_IsGenerated(raw, index) == 1 for index in indexes],
        ends_line=[hyphen or text in "\r\n" for text, hyphen in zip(texts, is_hyphen, strict=True)],
    )


def _read_text(raw: pdfium.FPDF_TEXTPAGE, index: int) -> str:
    code = pdfium.FPDFText_GetUnicode(raw, index)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _read_places(raw: pdfium.FPDF_TEXTPAGE, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes `(n, 4)` as left, bottom, right, top, and origins `(n, 2)`, both in points."""
    values = np.zeros((count, 6))
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    for index in range(count):
        pdfium.FPDFText_GetCharBox(raw, index, left, right, bottom, top)
        pdfium.FPDFText_GetCharOrigin(raw, index, x, y)
        values[index] = left.value, bottom.value, right.value, top.value, x.value, y.value
    return values[:, :4], values[:, 4:]


def _direction(
    raw: pdfium.FPDF_TEXTPAGE, index: int, address: int, page_map: PageMap, objects: _TextObjects
) -> tuple[float, float]:
    """The way a character runs: the same for all of a text object; what belongs to none follows no way of its own."""
    known = objects.directions.get(address)
    if known is None:
        matrix = pdfium.FS_MATRIX()
        found = pdfium.FPDFText_GetMatrix(raw, index, matrix)
        known = page_map.direction(matrix.a, matrix.b) if found else _LEVEL
        if address:
            objects.directions[address] = known
    return known


def _list_objects(page: PdfPage, page_map: PageMap) -> tuple[_TextObjects, list[tuple[int, np.ndarray]]]:
    """Walk the page's objects in painting order, into nested forms too: its text objects, and its larger pictures."""
    objects, pictures = _TextObjects(), []
    outer_box = np.zeros(4)
    for order, item in enumerate(page.get_objects()):
        if item.level == 0 and item.type in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM):
            # A nested picture is taken to fill its outermost form, whose place on the page is known.
            outer_box = page_map.boxes(np.array([item.get_bounds()]))[0]
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE and _is_large(outer_box, page_map):
            pictures.append((order, outer_box))
        elif item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            address = _address(item.raw)
            objects.orders[address] = order
            objects.fonts[address] = _font_of(item.raw)
            if pdfium.FPDFTextObj_GetTextRenderMode(item.raw) in _INVISIBLE_MODES:
                objects.invisible.add(address)
    return objects, pictures


def _is_large(box: np.ndarray, page_map: PageMap) -> bool:
    """Whether a picture is more than a bullet or a speck: thousands of these would slow the page down."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    return bool(area > _MIN_PICTURE * page_map.width * page_map.height)


def _address(pointer: pdfium.FPDF_PAGEOBJECT) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def _font_of(text_object: pdfium.FPDF_PAGEOBJECT) -> str:
    """The font's name and the size of its file: two subsets of one face are told apart by either."""
    font = pdfium.FPDFTextObj_GetFont(text_object)
    if not font:
        return ""
    name = ctypes.create_string_buffer(_NAME_BYTES)
    pdfium.FPDFFont_GetBaseFontName(font, name, _NAME_BYTES)
    size = ctypes.c_size_t()
    pdfium.FPDFFont_GetFontData(font, None, 0, size)
    return f"{name.value.decode('utf-8', 'replace')}/{size.value}"


def _find_hidden(
    addresses: list[int], boxes: np.ndarray, objects: _TextObjects, pictures: list[tuple[int, np.ndarray]]
) -> list[bool]:
    """Which characters are drawn invisibly, or lie under a picture that is painted after them."""
    hidden = np.array([address in objects.invisible for address in addresses], bool)
    if pictures and addresses:
        never = max(order for order, _ in pictures)  # text of unknown order is painted after all pictures
        orders = np.array([objects.orders.get(address, never) for address in addresses])
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        for order, box in pictures:
            hidden |= (order > orders) & (middles >= box[:2]).all(axis=1) & (middles <= box[2:]).all(axis=1)
    return [bool(value) for value in hidden]
