"""Opening a document: by what it holds, not by what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from e2eocr.documents.base import OpenDocument, explain
from e2eocr.documents.images import open_image
from e2eocr.documents.kinds import PDF, SUFFIXES, sniff, suffix_media_type
from e2eocr.documents.pdf import open_pdf
from e2eocr.errors import DocumentError
from e2eocr.settings import DEFAULT_MAX_PIXELS, PDF_ENGINES


def open_document(
    path: Path,
    *,
    dpi: float = 200,
    pdf_engine: str = "auto",
    passwords: Sequence[str] = (),
    max_pixels: int = DEFAULT_MAX_PIXELS,
) -> OpenDocument:
    """Open a document by what its first bytes say it is, whatever its name says.

    Args:
        path: A PDF or picture file.
        dpi: Resolution at which PDF pages are rendered.
        pdf_engine: `poppler`, `pdfium`, or `auto`: poppler where it is installed, PDFium else.
        passwords: Tried in turn on a PDF that needs one.
        max_pixels: No page is given with more pixels: PDF pages are rendered at a lower resolution, pictures
            are reduced by a whole factor. A picture that takes over 4 bytes for each of them when decoded
            (1 byte a pixel for grey, 4 for colour) is refused.

    Returns:
        The open document; close it by leaving its `with` block.

    Raises:
        DocumentError: If it cannot be read; PasswordError and TooLargeError are the special cases.
        MissingDependencyError: If poppler was asked for and is not installed.
        ValueError: If an argument is out of range.
    """
    if not dpi > 0:
        raise ValueError(f"Invalid `dpi`. Expected a positive number. Received: dpi={dpi!r}")
    if max_pixels < 1:
        raise ValueError(f"Invalid `max_pixels`. Expected a positive number. Received: max_pixels={max_pixels!r}")
    if pdf_engine not in PDF_ENGINES:
        raise ValueError(f"Invalid `pdf_engine`. Expected one of {PDF_ENGINES}. Received: pdf_engine={pdf_engine!r}")
    kind = sniff(_read_head(path))
    if kind is None:
        raise DocumentError(path, _explain_unknown(path))
    if kind == PDF:
        return open_pdf(path, dpi=dpi, engine=pdf_engine, passwords=passwords, max_pixels=max_pixels)
    return open_image(path, kind, max_pixels=max_pixels)


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        remedy = "Check the path and its permissions."
        raise DocumentError(path, explain(error.strerror or str(error), remedy)) from error
    if not head:
        raise DocumentError(path, explain("the file is empty (0 bytes)", "Copy or scan it again."))
    return head


def _explain_unknown(path: Path) -> str:
    promised = suffix_media_type(path)
    if promised:
        return explain(f"the content is not {promised}, nor any kind we read", "The file is damaged or misnamed.")
    return explain("not a kind of file we read", f"Readable are: {' '.join(sorted(SUFFIXES))}")
