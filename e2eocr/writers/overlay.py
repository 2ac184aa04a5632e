"""A picture for people: the pages one under the other, with what was found drawn on them.

Words are boxes coloured by confidence, lines are numbered in reading order, what is illegible is boxed in grey. The
rows of the picture are compressed as they come, so that a document of any length takes the memory of one page.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np

from e2eocr.results import Document, Page, Polygon
from e2eocr.writers.confidence import COLOURS, confidence_level
from e2eocr.writers.layout import words_of
from e2eocr.writers.source import SourceFile, page_pictures, required

if TYPE_CHECKING:
    from e2eocr.documents import PageImage

Size = tuple[int, int]  # width, height

_GAP = 12  # rows between pages
_GREY = 128
_LOST_PAGE = (600, 200)
_SHIFT = 3  # corners are drawn to an eighth of a pixel
_RGB_8_BIT = bytes([8, 2, 0, 0, 0])
_FILTER_UP = 2  # rows are kept as the difference to the row above


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Draw all pages of a document on one PNG, as large as they were read.

    Raises:
        UsageError: If there is no source.
        DocumentError: If the source cannot be opened.
    """
    source = required(source, document, "overlay")
    sizes = [(page.width, page.height) if page.width and page.height else _LOST_PAGE for page in document.pages]
    width = max((size[0] for size in sizes), default=1)
    height = max(sum(size[1] + _GAP for size in sizes) - _GAP, 1)
    return _encode(_draw_pages(document, source, sizes, width), width, height)


def _draw_pages(document: Document, source: SourceFile, sizes: list[Size], width: int) -> Iterator[np.ndarray]:
    """Bands of the picture, each `(h, width, 3)` uint8 RGB, from top to bottom."""
    if not sizes:
        yield np.full((1, width, 3), _GREY, np.uint8)
    with page_pictures(document, source) as pictures:
        for (page, picture), size in zip(pictures, sizes, strict=True):
            if page.index != document.pages[0].index:
                yield np.full((_GAP, width, 3), _GREY, np.uint8)
            band = np.full((size[1], width, 3), _GREY, np.uint8)
            band[:, : size[0]] = _draw_page(page, picture, size)
            yield band


def _draw_page(page: Page, picture: PageImage | str, size: Size) -> np.ndarray:
    """A page with its boxes, `(height, width, 3)` uint8 RGB; a page that cannot be had is grey and says so."""
    if isinstance(picture, str):
        canvas = np.full((size[1], size[0], 3), _GREY, np.uint8)
        return cv2.putText(canvas, f"page {page.index + 1}: lost", (20, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0))
    pixels = picture.pixels
    if pixels.shape[1::-1] != size:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    canvas = np.ascontiguousarray(pixels)
    for polygon in page.illegible:
        _draw_box(canvas, polygon, (_GREY, _GREY, _GREY))
    for number, line in enumerate(page.lines, start=1):
        for word in words_of(line):
            _draw_box(canvas, word.polygon, COLOURS[confidence_level(word.confidence)])
        _draw_number(canvas, line.polygon, number)
    return canvas


def _draw_box(canvas: np.ndarray, polygon: Polygon, colour: tuple[int, int, int]) -> None:
    corners = np.rint(np.array(polygon, np.float64) * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(canvas, [corners], True, colour, 2, cv2.LINE_AA, _SHIFT)


def _draw_number(canvas: np.ndarray, polygon: Polygon, number: int) -> None:
    """Write the number of a line on a patch at its first corner, left of it where there is room."""
    text, font, scale = str(number), cv2.FONT_HERSHEY_SIMPLEX, 0.6
    (width, height), _ = cv2.getTextSize(text, font, scale, 2)
    x, y = (round(value) for value in polygon[0])
    x, y = max(x - width - 6, 0), max(y, 0) + height
    cv2.rectangle(canvas, (x - 1, y - height - 2), (x + width + 1, y + 3), (255, 255, 255), cv2.FILLED)
    cv2.putText(canvas, text, (x, y), font, scale, (20, 60, 160), 2, cv2.LINE_AA)


def _encode(bands: Iterator[np.ndarray], width: int, height: int) -> bytes:
    """A PNG of bands `(h, width, 3)` uint8 RGB that are `height` rows together."""
    compress = zlib.compressobj(6)
    above = np.zeros((1, width, 3), np.uint8)
    data = [_chunk(b"IHDR", struct.pack(">II", width, height) + _RGB_8_BIT)]
    for band in bands:
        rows = np.empty((len(band), 1 + 3 * width), np.uint8)
        rows[:, 0] = _FILTER_UP
        rows[:, 1:] = (band - np.concatenate([above, band[:-1]])).reshape(len(band), -1)
        above = band[-1:]
        data.append(_chunk(b"IDAT", compress.compress(rows.tobytes())))
    data += [_chunk(b"IDAT", compress.flush()), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(data)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
