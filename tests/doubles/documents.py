"""Documents made by code, for the tests that open them, and how such pictures are compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

from e2eocr.documents import PageImage, open_document


def read(path: Path, **options: object) -> PageImage:
    with open_document(path, **options) as document:  # type: ignore[arg-type]
        size = document.page_size(0)
        page = document.read_page(0)
    assert page.pixels.shape == (size.height, size.width, 3)
    assert page.pixels.dtype == np.uint8 and page.dpi == size.dpi
    return page


def corners(width: int = 60, height: int = 40) -> np.ndarray:
    """A picture that tells how it was turned: red, green, blue and black corners on white."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[:10, :10] = (255, 0, 0)
    pixels[:10, -10:] = (0, 255, 0)
    pixels[-10:, -10:] = (0, 0, 255)
    pixels[-10:, :10] = (0, 0, 0)
    return pixels


def looks_like(pixels: np.ndarray, wanted: np.ndarray, tolerance: int = 12) -> bool:
    return pixels.shape == wanted.shape and int(np.abs(pixels.astype(int) - wanted).max()) <= tolerance


def make_pdf(path: Path, sizes: list[tuple[float, float]], rotation: int = 0) -> Path:
    document = pypdfium2.PdfDocument.new()
    for width, height in sizes:
        page = document.new_page(width, height)
        picture = pypdfium2.PdfImage.new(document)
        bitmap = pypdfium2.PdfBitmap.from_pil(Image.fromarray(corners()))
        picture.set_bitmap(bitmap)
        picture.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        page.insert_obj(picture)
        page.gen_content()
        page.set_rotation(rotation)
    document.save(path)
    document.close()
    return path
