"""Comma-separated values: the tables of a document, an empty line between them."""

from __future__ import annotations

import csv
import io

from e2eocr.results import Document
from e2eocr.writers.characters import one_line
from e2eocr.writers.layout import side_by_side, table_rows
from e2eocr.writers.source import SourceFile
from e2eocr.writers.tables import whole_tables


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write tables as RFC 4180 has it, as UTF-8; of a document without tables, each row of text as one of one field."""
    tables = [table_rows(whole.table) for whole in whole_tables(document)] or [_text_rows(document)]
    parts = []
    for rows in tables:
        buffer = io.StringIO()
        csv.writer(buffer).writerows([one_line(text) for text in row] for row in rows)
        parts.append(buffer.getvalue())
    return "\r\n".join(parts).encode("utf-8")


def _text_rows(document: Document) -> list[list[str]]:
    return [[line.text for line in row] for page in document.pages for row in side_by_side(page.lines)]
