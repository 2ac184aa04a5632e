"""Documents and their sources, made by code, for tests of the writers that show pages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image

from e2eocr.results import Document, Engine, Line, Page, Polygon, Source, Word

SETTINGS = {"dpi": 100.0, "max_pixels": 50_000_000, "order": "columns", "pdf_engine": "pdfium", "text_layer": "ignore"}


def box(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def make_document(*pages: Page, name: str = "a.png", media_type: str = "image/png") -> Document:
    engine = Engine("0.1.0", "projection", ("alphabetic",), SETTINGS)
    return Document(Source(name, "0" * 64, 0, media_type), engine, pages)


def make_page(width: int, height: int, *texts: str, index: int = 0, dpi: float | None = 100.0) -> Page:
    """A page of one-word lines, each 40 pixels below the one before."""
    lines = []
    for row, text in enumerate(texts):
        quad = box(20, 20 + 40 * row, 20 + 15 * max(len(text), 1), 50 + 40 * row)
        lines.append(Line(text, 0.9, quad, words=(Word(text, 0.9, quad),)))
    return Page(index, width, height, dpi=dpi, lines=tuple(lines))


def save_picture(
    path: Path, width: int, height: int, *, orientation: int = 1, mode: str = "RGB", dpi: int = 100
) -> Path:
    """A picture with a dark patch in its upper left corner, as it is stored."""
    pixels = np.full((height, width, 3), 230, np.uint8)
    pixels[: height // 3, : width // 3] = (40, 60, 120)
    image = Image.fromarray(pixels).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, dpi=(dpi, dpi), exif=exif)
    return path


def save_pdf(path: Path, *, rotate: int = 0, media: list[int] | None = None, crop: list[int] | None = None) -> Path:
    """A page of 360 x 216 points with a dark patch, whose box and rotation stand in the node above it."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(360, 216))
    page.contents_add(b"q 2 0 0 2 5 5 cm 0.2 g 10 10 40 20 re f")  # never closed, as bad PDFs have it
    parent = page.obj.Parent
    if media is not None:
        del page.obj["/MediaBox"]
        parent.MediaBox = media
    if crop is not None:
        page.obj.CropBox = crop
    parent.Rotate = rotate
    parent.Resources = page.obj.get("/Resources", pikepdf.Dictionary())
    if "/Resources" in page.obj:
        del page.obj["/Resources"]
    pdf.save(path)
    return path
