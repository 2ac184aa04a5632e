"""Pages for people to correct: a ZIP of each page's picture, as it was read, and its text in another program's form.

What was found stands in pixels of the page as it was read: turned as the file says, drawn at the resolution of the
scan. So the pictures go with it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

import cv2
import numpy as np

from e2eocr.errors import DocumentError
from e2eocr.results import Document, Page
from e2eocr.writers.source import SourceFile, page_pictures

# Describes a page whose picture has this name, as a file of UTF-8.
DescribePage = Callable[[Page, str], bytes]

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a ZIP needs a time; the same document gives the same bytes
_FEW_TONES = 48
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92]


def zip_pages(document: Document, source: SourceFile, suffix: str, describe: DescribePage) -> bytes:
    """Put the pages of a document into a ZIP: `b.pdf.1.png` and `b.pdf.1` with the suffix, and so on.

    A page that cannot be had is told in a text file.

    Raises:
        DocumentError: If the source cannot be opened, or none of its pages can be had.
    """
    stem = _file_name(document.source.path)
    buffer, lost = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w") as archive, page_pictures(document, source) as pictures:
        for page, picture in pictures:
            name = f"{stem}.{page.index + 1}"
            if isinstance(picture, str):
                lost.append(picture)
                _add(archive, f"{name}.lost.txt", picture.encode("utf-8", "replace"))
                continue
            kind, data, (width, height) = _encode(picture.pixels, (page.width, page.height))
            _add(archive, name + kind, data, packed=False)
            _add(archive, name + suffix, describe(replace(page, width=width, height=height), name + kind))
    if lost and len(lost) == len(document.pages):
        raise DocumentError(document.source.path, f"no page can be shown: {lost[0]}")
    return buffer.getvalue()


def _file_name(path: str) -> str:
    """The last part of a path, with what a file's name cannot hold replaced."""
    name = PurePosixPath(path).name
    return "".join(each if each.isprintable() and each not in '<>:"|?*\\' else "_" for each in name) or "document"


def _add(archive: zipfile.ZipFile, name: str, data: bytes, *, packed: bool = True) -> None:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)


def _encode(pixels: np.ndarray, size: tuple[int, int]) -> tuple[str, bytes, tuple[int, int]]:
    """A page `(H, W, 3)` uint8 RGB in the size that it was read in: PNG where it has few tones, else JPEG.

    Returns:
        The suffix, the file, and its width and height; those of the pixels where the page has none.
    """
    if all(size) and pixels.shape[1::-1] != size:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    grey = bool((pixels[..., :1] == pixels).all())
    picture = pixels[..., 0] if grey else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    flat = grey and len(np.unique(picture[::4, ::4])) < _FEW_TONES
    kind = ".png" if flat else ".jpg"
    data = cv2.imencode(kind, picture, [] if flat else _JPEG)[1].tobytes()
    return kind, data, (pixels.shape[1], pixels.shape[0])
