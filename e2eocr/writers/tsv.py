"""Tab-separated values with the columns of Tesseract: a row a page, block, paragraph, line and word."""

from __future__ import annotations

from collections.abc import Iterator

from e2eocr.results import Document, Page
from e2eocr.writers.characters import one_line
from e2eocr.writers.layout import blocks, box_around, whole_box, words_of
from e2eocr.writers.source import SourceFile

COLUMNS = (
    "level",
    "page_num",
    "block_num",
    "par_num",
    "line_num",
    "word_num",
    "left",
    "top",
    "width",
    "height",
    "conf",
    "text",
)
_NO_CONFIDENCE = -1


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write a document as rows, as UTF-8. Fields are not quoted: no text has a tab or a line break."""
    rows = [COLUMNS, *(row for page in document.pages for row in _page(page))]
    return "".join("\t".join(map(str, row)) + "\n" for row in rows).encode("utf-8")


def _page(page: Page) -> Iterator[tuple[object, ...]]:
    number = page.index + 1
    yield 1, number, 0, 0, 0, 0, 0, 0, page.width, page.height, _NO_CONFIDENCE, ""
    for block, lines in enumerate(blocks(page), start=1):
        place = _place(box_around(lines))
        yield 2, number, block, 0, 0, 0, *place, _NO_CONFIDENCE, ""
        yield 3, number, block, 1, 0, 0, *place, _NO_CONFIDENCE, ""
        for at, line in enumerate(lines, start=1):
            yield 4, number, block, 1, at, 0, *_place(whole_box(line.bbox)), _NO_CONFIDENCE, ""
            for count, word in enumerate(words_of(line), start=1):
                place = _place(whole_box(word.bbox))
                yield 5, number, block, 1, at, count, *place, round(100 * word.confidence, 2), one_line(word.text)


def _place(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """A box as left, top, width and height."""
    return box[0], box[1], box[2] - box[0], box[3] - box[1]
