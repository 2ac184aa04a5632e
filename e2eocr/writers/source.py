"""The file that a document was read from, for the formats that show its pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from e2eocr.errors import DocumentError, UsageError
from e2eocr.results import Document, Page
from e2eocr.settings import ReadSettings

if TYPE_CHECKING:
    from e2eocr.documents import OpenDocument, PageImage


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Where the file is, what may unlock it, and what a PDF of it may look like.

    Attributes:
        path: The file.
        passwords: Tried in turn.
        signed: Whether text may be added to a signed PDF, which breaks the signature: `refuse` or `break`.
        pdf_images: Whether pictures go into a PDF as they are, `keep`, or `smaller` at some loss.
    """

    path: Path
    passwords: tuple[str, ...] = ()
    signed: Literal["refuse", "break"] = "refuse"
    pdf_images: Literal["keep", "smaller"] = "keep"

    def open(self, document: Document) -> OpenDocument:
        """Open it as it was when the document was read, so that its pages have the same size again.

        Raises:
            DocumentError: If it cannot be opened.
            UsageError: If it cannot be the file of this document.
        """
        # Imported here: most formats are written without it, and it brings the decoders along.
        from e2eocr.documents import open_document

        known = ReadSettings(passwords=self.passwords).opening()
        settings = {name: document.engine.settings.get(name, value) for name, value in known.items()}
        try:
            opened = open_document(self.path, **settings)
        except (TypeError, ValueError) as error:
            raise UsageError(f"{document.source.path}: its settings cannot be used: {error}") from error
        if any(page.index >= opened.page_count for page in document.pages):
            with opened:
                raise UsageError(f"{self.path}: has fewer pages than {document.source.path}. Name the file it is of.")
        return opened


def required(source: SourceFile | None, document: Document, format: str) -> SourceFile:
    """The source of a format that cannot do without.

    Raises:
        UsageError: If there is none.
    """
    if source is None:
        raise UsageError(
            f"{document.source.path}: format {format!r} shows the pages of the document, and needs the file they "
            "are in. Name it by `source`."
        )
    return source


@contextmanager
def page_pictures(document: Document, source: SourceFile) -> Iterator[Iterator[tuple[Page, PageImage | str]]]:
    """The pages of a document, each with its picture, or with the reason why it cannot be had.

    One picture is in memory at a time; the file is open as long as the `with` block.
    """
    with source.open(document) as opened:
        yield ((page, read_picture(opened, page)) for page in document.pages)


def read_picture(opened: OpenDocument, page: Page) -> PageImage | str:
    """The picture of a page, or the reason why it cannot be read."""
    try:
        return opened.read_page(page.index)
    except DocumentError as error:
        return page.error or error.reason
