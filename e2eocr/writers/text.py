"""Plain text: a line a line, a row of a table a line, an empty line between blocks, a form feed between pages."""

from __future__ import annotations

from e2eocr.results import Document, Page
from e2eocr.writers.characters import one_line
from e2eocr.writers.layout import Section, sections, side_by_side, table_rows
from e2eocr.writers.source import SourceFile

_BETWEEN = "  "  # between texts on one row that are no cells of a table


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write the lines of a document in reading order, as UTF-8.

    Every page ends with a line break, so a page without text is an empty line, and splitting at form feeds
    gives as many parts as the document has pages.
    """
    return "\f".join(_page_text(page) + "\n" for page in document.pages).encode("utf-8")


def _page_text(page: Page) -> str:
    return "\n\n".join("\n".join(_section_lines(section)) for section in sections(page))


def _section_lines(section: Section) -> list[str]:
    if section.table is not None:
        return ["\t".join(map(one_line, row)).rstrip("\t") for row in table_rows(section.table)]
    return [_BETWEEN.join(one_line(line.text) for line in row) for row in side_by_side(section.lines)]
