"""What the fields of a PDF form hold: a person sees it on the page, but it is no part of the page's own text."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator

import numpy as np
import pypdfium2.raw as pdfium
from pypdfium2 import PdfPage

from e2eocr.documents.base import FORM_FIELD, LayerLine
from e2eocr.documents.glyphs import PageMap
from e2eocr.results import Line, Word

_WRITTEN_FIELDS = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX)
_LETTER_WIDTH = 0.4  # of the height of a line of a field
_UNSEEN = 0x02 | 0x20  # flags of an annotation: hidden, no view


def read_fields(page: PdfPage, page_map: PageMap) -> list[LayerLine]:
    """The text in the fields of an open page, a line a line of a field, in the order of the fields.

    The caller holds the PDFium lock. Fields that are not shown, and buttons and boxes to tick, have no text.
    """
    return [line for annotation in _fields(page) for line in _field_lines(annotation, page_map)]


def _fields(page: PdfPage) -> Iterator[pdfium.FPDF_ANNOTATION]:
    if page.formenv is None:
        return
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetFormFieldType(page.formenv, annotation)
            if kind in _WRITTEN_FIELDS and not pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
                yield annotation
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _field_lines(annotation: pdfium.FPDF_ANNOTATION, page_map: PageMap) -> Iterator[LayerLine]:
    texts = [text for text in _value(annotation).replace("\r", "\n").split("\n") if text.strip()]
    rectangle = pdfium.FS_RECTF()
    if not texts or not pdfium.FPDFAnnot_GetRect(annotation, rectangle):
        return
    corners = np.array([[rectangle.left, rectangle.bottom, rectangle.right, rectangle.top]])
    x0, y0, x1, y1 = page_map.on_page(page_map.boxes(corners))[0].tolist()
    height = (y1 - y0) / len(texts)
    for row, text in enumerate(texts):
        yield LayerLine(_line(text, (x0, y0 + row * height, x1, y0 + (row + 1) * height)), FORM_FIELD, True, False)


def _value(annotation: pdfium.FPDF_ANNOTATION) -> str:
    """UTF-16 with a closing zero, as PDFium gives it."""
    size = pdfium.FPDFAnnot_GetStringValue(annotation, b"V", None, 0)
    buffer = (ctypes.c_ushort * ((size + 1) // 2))()
    pdfium.FPDFAnnot_GetStringValue(annotation, b"V", buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _line(text: str, box: tuple[float, float, float, float]) -> Line:
    """A line of a field, its words from the field's left edge on, each letter as wide as letters usually are."""
    words = unicodedata.normalize("NFC", text).split()
    x0, y0, x1, y1 = box
    letter = min((x1 - x0) / (sum(map(len, words)) + len(words) - 1), _LETTER_WIDTH * (y1 - y0))
    placed, left = [], x0
    for word in words:
        right = left + letter * len(word)
        placed.append(Word(word, 1.0, ((left, y0), (right, y0), (right, y1), (left, y1))))
        left = right + letter
    return Line(" ".join(words), 1.0, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), words=tuple(placed))
