"""How finely the picture of a scanned PDF page is stored."""

from __future__ import annotations

import math

import pypdfium2.raw as pdfium
from pypdfium2 import PdfPage
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

_MIN_COVER = 0.5  # of the page, for a picture to be a scan of it
_ENOUGH_PIXELS = 1_500  # on the longer side: a finer scan on a larger page is drawn as finely as pages are by default
_POINTS_PER_INCH = 72.0
_MAX_LONG_SIDE = 540.0  # points: a page as large as a book's is drawn with enough pixels at any usual resolution


def scan_dpi(page: PdfPage) -> float:
    """The resolution at which a small page that is a scan should be drawn; 0 where it is no such page.

    A scan may lie on a page of the size of a stamp: drawn at the usual resolution nothing could be read there.

    Args:
        page: An open page; the caller holds the PDFium lock.

    Returns:
        Pixels an inch: the picture's own, but no more than gives the page 1,500 pixels on its longer side.
    """
    width, height = page.get_size()
    if max(width, height) > _MAX_LONG_SIDE:
        return 0.0
    dpi = 0.0
    for picture in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]):
        left, bottom, right, top = picture.get_bounds()
        if (right - left) * (top - bottom) >= _MIN_COVER * width * height:
            dpi = max(dpi, _picture_dpi(picture.raw, max(right - left, top - bottom)))
    return min(dpi, _POINTS_PER_INCH * _ENOUGH_PIXELS / max(width, height))


def _picture_dpi(picture: pdfium.FPDF_PAGEOBJECT, long_side: float) -> float:
    columns, rows = pdfium.c_uint(), pdfium.c_uint()
    if not pdfium.FPDFImageObj_GetImagePixelSize(picture, columns, rows) or not math.isfinite(long_side):
        return 0.0
    return _POINTS_PER_INCH * max(columns.value, rows.value) / max(long_side, 1e-6)
