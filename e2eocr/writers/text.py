"""Plain text: a line a line, an empty line between blocks, a form feed between pages."""

from __future__ import annotations

from itertools import groupby

from e2eocr.results import Document, Page
from e2eocr.writers.characters import one_line
from e2eocr.writers.source import SourceFile


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write the lines of a document in reading order, as UTF-8.

    Every page ends with a line break, so a page without text is an empty line, and splitting at form feeds
    gives as many parts as the document has pages.
    """
    return "\f".join(_page_text(page) + "\n" for page in document.pages).encode("utf-8")


def _page_text(page: Page) -> str:
    blocks = groupby(page.lines, key=lambda line: line.block)
    return "\n\n".join("\n".join(one_line(line.text) for line in lines) for _, lines in blocks)
