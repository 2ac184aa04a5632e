"""Documents of tiny lines, all in one place, for tests of what is written of them."""

from __future__ import annotations

import dataclasses
from typing import Any

from e2eocr.results import Document, Engine, Line, Page, Source, Word

BOX = (0.0, 0.0, 10.0, 5.0)
SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 5.0), (0.0, 5.0))


def make_line(text: str, block: int = 0, words: tuple[Word, ...] = ()) -> Line:
    return Line(text, 0.98, SQUARE, "Latn", block, words)


def make_document(*pages: Page) -> Document:
    source = Source("a/b.pdf", "0" * 64, 12345, "application/pdf")
    return Document(source, Engine("0.1.0", "projection", ("alphabetic",), {"dpi": 200.0, "order": "columns"}), pages)


def make_page(*lines: Line, index: int = 0, **changes: Any) -> Page:
    return dataclasses.replace(Page(index, 100, 50, dpi=200.0, lines=lines), **changes)
