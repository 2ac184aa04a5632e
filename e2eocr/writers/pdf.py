"""PDF to search and copy from: the pages as they were, with the text that was read invisibly under them."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pikepdf
from pikepdf import Dictionary, Name

from e2eocr.errors import DocumentError, PasswordError, SignedError
from e2eocr.page.layer import covered_words
from e2eocr.results import Document, Line, Page
from e2eocr.writers.pdf_claims import drop_claims, is_signed
from e2eocr.writers.pdf_font import InvisibleFont
from e2eocr.writers.pdf_pictures import FilePictures, allowed_bytes, embed_pixels, embed_smaller, placement
from e2eocr.writers.pdf_text import text_operators
from e2eocr.writers.source import SourceFile, read_picture, required

if TYPE_CHECKING:
    from e2eocr.documents import OpenDocument

_PDF = "application/pdf"
_POINTS_PER_INCH = 72.0
_USUAL_DPI = 200.0
_LETTER_PAGE = (612.0, 792.0)  # points; stands for a page that cannot be read
_MAX_TREE_DEPTH = 100
_PAGE_SIDES = (3.0, 14_400.0)  # points; what PDF readers accept


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write a searchable PDF.

    The pages of a PDF stay as they are; lines that were taken from the PDF are there already, and a PDF that needs no
    more stays as it is to the byte. A page that carries text which nobody can see, under a black bar say, becomes a
    picture of itself, so that the text is not given out.
    Pictures become pages of the size that their resolution says.

    Raises:
        UsageError: If there is no source.
        SignedError: If a signature would be broken, and the source does not say that it may be.
        DocumentError: If the source cannot be opened.
    """
    source = required(source, document, "pdf")
    with source.open(document) as opened:
        if opened.media_type == _PDF:
            return _add_to_pdf(document, source, opened)
        return _make_pdf(document, source, opened)


def write_text_pages(document: Document, *, font_name: str) -> bytes:
    """Write the text alone, invisible on pages of the size that their resolution says: to be laid under pictures.

    Args:
        document: What was read.
        font_name: What the pages call the font, after a slash.
    """
    with pikepdf.new() as pdf:
        font = InvisibleFont(pdf)
        for page in document.pages:
            # Programs that take such a page over look for a single stream.
            _add_text_page(pdf, page, font, font_name).contents_coalesce()
        return _save(pdf, font)


def _add_to_pdf(document: Document, source: SourceFile, opened: OpenDocument) -> bytes:
    pages = [replace(page, lines=_new_lines(page)) for page in document.pages]
    covered = {page.index for page in pages if page.status == "ok" and _covers_text(opened, page)}
    if not covered and not any(page.lines for page in pages):
        return source.path.read_bytes()
    with _open_pdf(source.path, source.passwords) as pdf:
        if is_signed(pdf) and source.signed == "refuse":
            raise SignedError(
                source.path,
                "the PDF is signed, and text that is added would break the signature. Allow that by `--signed break`, "
                "or leave out `--format pdf`.",
            )
        drop_claims(pdf)
        font = InvisibleFont(pdf)
        for page, whole in zip(pages, document.pages, strict=True):
            if page.index in covered:
                _replace_by_picture(pdf, whole, font, source, opened)
            elif page.lines:
                pdf_page = pdf.pages[page.index]
                _add_text(pdf, pdf_page, page, _pdf_page_map(pdf_page, page), font)
        return _save(pdf, font)


def _covers_text(opened: OpenDocument, page: Page) -> bool:
    if page.covers_text is not None:
        return page.covers_text
    layer = opened.text_layer(page.index)
    return layer is not None and bool(covered_words(layer))


def _replace_by_picture(
    pdf: pikepdf.Pdf, page: Page, font: InvisibleFont, source: SourceFile, opened: OpenDocument
) -> None:
    """Put a picture of a page in its place, with its text under it."""
    _add_picture(_add_text_page(pdf, page, font), _embed_pixels(pdf, page, source, opened))
    pdf.pages[page.index] = pdf.pages[-1]
    del pdf.pages[-1]


def _new_lines(page: Page) -> tuple[Line, ...]:
    """The lines of a page of a PDF that the PDF does not spell out itself."""
    return () if page.origin == "text-layer" else tuple(line for line in page.lines if line.origin == "ocr")


def _make_pdf(document: Document, source: SourceFile, opened: OpenDocument) -> bytes:
    with pikepdf.new() as pdf:
        font = InvisibleFont(pdf)
        pictures = FilePictures(source.path, opened.media_type)
        with closing(pictures):
            for page in document.pages:
                pdf_page = _add_text_page(pdf, page, font)
                _add_picture(pdf_page, _embed_page(pdf, page, source, opened, pictures))
                _pack_contents(pdf_page)
        return _save(pdf, font, packed=True)


def _pack_contents(pdf_page: pikepdf.Page) -> None:
    """Make one stream of a page's content, as small as may be: beside a bilevel picture the text weighs something."""
    pdf_page.contents_coalesce()
    contents = pdf_page.obj.Contents
    contents.write(zlib.compress(contents.read_bytes(), level=9), filter=Name.FlateDecode)


def _open_pdf(path: Path, passwords: Sequence[str]) -> pikepdf.Pdf:
    """Open a PDF to add to it, trying no password first and then each of `passwords`."""
    for password in ("", *passwords):
        try:
            return pikepdf.open(path, password=password)
        except pikepdf.PasswordError:
            continue
        except (pikepdf.PdfError, OSError) as error:
            reason = " ".join(str(error).split()).removeprefix(f"{path}: ")  # as QPDF words it
            raise DocumentError(path, f"cannot be written anew: {reason}. Save it from another program.") from error
    raise PasswordError(path, "the PDF needs a password. Give it by `--password` or `--password-file`.")


def _save(pdf: pikepdf.Pdf, font: InvisibleFont, *, packed: bool = False) -> bytes:
    """The bytes of the PDF: the same ones each time, unless it is locked, and then it stays so.

    Args:
        pdf: The PDF.
        font: Of its new text.
        packed: Whether its objects are compressed together, which is not for PDFs of others: readers older than
            PDF 1.5 cannot open that.
    """
    font.finish()
    stream = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.preserve
    locked = pdf.is_encrypted
    pdf.save(stream, encryption=locked, deterministic_id=not locked, object_stream_mode=mode)
    return stream.getvalue()


def _add_text(
    pdf: pikepdf.Pdf,
    pdf_page: pikepdf.Page,
    page: Page,
    to_points: np.ndarray,
    font: InvisibleFont,
    font_name: str | None = None,
) -> None:
    """Put the text of a page before all else that is drawn: whatever state that leaves cannot touch it."""
    if "/Resources" not in pdf_page.obj:
        inherited = _inherited(pdf_page, "/Resources")
        pdf_page.obj.Resources = Dictionary() if inherited is None else inherited
    resource = _add_resource(pdf_page, Name.Font, font_name or f"/E2EOCR{page.index}", font.reference)
    pdf_page.contents_add(text_operators(page.lines, to_points, font, resource), prepend=True)


def _embed_page(
    pdf: pikepdf.Pdf, page: Page, source: SourceFile, opened: OpenDocument, pictures: FilePictures
) -> tuple[pikepdf.Stream, int] | None:
    """The picture of a page with its EXIF orientation, as it is in its file if may be; None where it cannot be had."""
    if page.status == "failed":
        return None
    kept = pictures.embed(pdf, opened.frame(page.index))
    if kept is not None and source.pdf_images == "keep":
        return kept
    anew = _embed_pixels(pdf, page, source, opened)
    if kept is None or anew is None:
        return kept or anew
    return kept if _size(kept[0]) <= _size(anew[0]) else anew


def _embed_pixels(
    pdf: pikepdf.Pdf, page: Page, source: SourceFile, opened: OpenDocument
) -> tuple[pikepdf.Stream, int] | None:
    """The picture of a page as it is drawn, upright; None where it cannot be had."""
    picture = read_picture(opened, page)
    if isinstance(picture, str):
        return None
    if source.pdf_images == "smaller":
        return embed_smaller(pdf, picture.pixels), 1
    most = allowed_bytes(source.path, opened.media_type, opened.page_count)
    return embed_pixels(pdf, picture.pixels, max_bytes=most), 1


def _size(stream: pikepdf.Stream) -> int:
    return len(stream.read_raw_bytes())


def _add_picture(pdf_page: pikepdf.Page, embedded: tuple[pikepdf.Stream, int] | None) -> None:
    """Lay the picture over the page, if it can be had."""
    if embedded is None:
        return
    stream, orientation = embedded
    resource = _add_resource(pdf_page, Name.XObject, "/Picture", stream)
    _, _, width, height = (float(value) for value in pdf_page.mediabox)
    pdf_page.contents_add(f"q\n{placement(orientation, width, height)} cm\n{resource} Do\nQ\n".encode("ascii"))


def _add_text_page(pdf: pikepdf.Pdf, page: Page, font: InvisibleFont, font_name: str | None = None) -> pikepdf.Page:
    """Add a page as large as a picture's, with its text."""
    size = _size_in_points(page)
    pdf_page = pdf.add_blank_page(page_size=size)
    _add_text(pdf, pdf_page, page, _seen_map(page, *size), font, font_name)
    return pdf_page


def _add_resource(pdf_page: pikepdf.Page, kind: Name, name: str, value: pikepdf.Object) -> str:
    """Add a resource under a name that the page does not use yet. pikepdf's own choice is a matter of chance."""
    while name in pdf_page.obj.Resources.get(kind, Dictionary()):
        name += "_"
    pdf_page.add_resource(value, kind, Name(name))
    return name


def _size_in_points(page: Page) -> tuple[float, float]:
    """The size of a picture's page: by its resolution, within what PDF readers accept."""
    if not page.width or not page.height:
        return _LETTER_PAGE
    scale = _POINTS_PER_INCH / (page.dpi if page.dpi and page.dpi > 0 else _USUAL_DPI)
    least, most = _PAGE_SIDES
    scale = min(max(scale, least / min(page.width, page.height)), most / max(page.width, page.height))
    return max(page.width * scale, least), max(page.height * scale, least)


def _seen_map(page: Page, width: float, height: float) -> np.ndarray:
    """`(2, 3)` map from page pixels to points of an upright page of this size, with its origin at the lower left."""
    across, down = width / max(page.width, 1), height / max(page.height, 1)
    return np.array([[across, 0.0, 0.0], [0.0, -down, height]])


def _pdf_page_map(pdf_page: pikepdf.Page, page: Page) -> np.ndarray:
    """`(2, 3)` map from the pixels of a PDF page as it is seen to its user space."""
    x0, y0, x1, y1 = _visible_box(pdf_page)
    rotation = int(_inherited(pdf_page, "/Rotate") or 0) % 360
    scale = _scale(page, y1 - y0 if rotation in (90, 270) else x1 - x0)
    # From pixels, y downwards, to the lower left corner of the page as seen, and from there as the page is turned.
    across, down = np.array([scale, 0.0, 0.0]), np.array([0.0, scale, 0.0])
    origin = np.array([0.0, 0.0, 1.0])
    rows = {
        0: (x0 * origin + across, y1 * origin - down),
        90: (x0 * origin + down, y0 * origin + across),
        180: (x1 * origin - across, y0 * origin + down),
        270: (x1 * origin - down, y1 * origin - across),
    }
    return np.array(rows.get(rotation, rows[0]))


def _scale(page: Page, width: float) -> float:
    """Units of user space a pixel. Where units are not points (`UserUnit`), the width of the page tells."""
    if page.dpi and page.dpi > 0 and abs(width * page.dpi / _POINTS_PER_INCH - page.width) <= 1:
        return _POINTS_PER_INCH / page.dpi
    return width / max(page.width, 1)


def _visible_box(pdf_page: pikepdf.Page) -> tuple[float, float, float, float]:
    """The part of user space that is shown: the crop box, as far as it is within the media box."""
    media, crop = _box(pdf_page, "/MediaBox"), _box(pdf_page, "/CropBox")
    media = media or (0.0, 0.0, *_LETTER_PAGE)
    if crop is None:
        return media
    x0, y0, x1, y1 = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else media


def _box(pdf_page: pikepdf.Page, name: str) -> tuple[float, float, float, float] | None:
    """A box of the page with its corners in order; None where there is none or it has no area."""
    value = _inherited(pdf_page, name)
    try:
        xs, ys = sorted([float(value[0]), float(value[2])]), sorted([float(value[1]), float(value[3])])
    except (TypeError, ValueError, IndexError):
        return None
    box = xs[0], ys[0], xs[1], ys[1]
    return box if all(map(math.isfinite, box)) and box[2] > box[0] and box[3] > box[1] else None


def _inherited(pdf_page: pikepdf.Page, name: str) -> Any:
    """A value of the page, or of the nearest node above it in the page tree that has it."""
    node: pikepdf.Object = pdf_page.obj
    seen = 0
    while name not in node and "/Parent" in node and seen < _MAX_TREE_DEPTH:
        node, seen = node["/Parent"], seen + 1
    return node.get(name)
