"""A report for people: each page's picture with boxes, its text beside it, and what to check marked. One file."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING

import cv2

from e2eocr.results import Document, Line, Page, Polygon, Table, join_words
from e2eocr.writers.characters import markup
from e2eocr.writers.confidence import confidence_level
from e2eocr.writers.layout import sections, side_by_side, words_of
from e2eocr.writers.source import SourceFile, page_pictures, required

if TYPE_CHECKING:
    from e2eocr.documents import PageImage

_MAX_SIDE = 1600
_JPEG_QUALITY = 80


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write the report, as UTF-8.

    Raises:
        UsageError: If there is no source.
        DocumentError: If the source cannot be opened.
    """
    source = required(source, document, "html")
    template = resources.files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    head, tail = template.split("{{pages}}")
    head = head.replace("{{summary}}", _summary(document)).replace("{{name}}", markup(document.source.path))
    with page_pictures(document, source) as pictures:
        pages = "".join(part for page, picture in pictures for part in _page(page, picture))
    return (head + pages + tail).encode("utf-8")


def _summary(document: Document) -> str:
    words = [word for page in document.pages for line in page.lines for word in words_of(line)]
    low = sum(confidence_level(word.confidence) == "low" for word in words)
    models = ", ".join((document.engine.detector, *document.engine.recognizers))
    return markup(
        f"{_count(len(document.pages), 'page')}, {_count(len(words), 'word')}, {low} to check. Read by e2eocr "
        f"{document.engine.version} ({models})."
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _page(page: Page, picture: PageImage | str) -> Iterator[str]:
    number = page.index + 1
    yield f'<section class="page" id="page-{number}">\n<h2>Page {number}</h2>\n<div class="sides">\n'
    if isinstance(picture, str):
        yield f'<p class="lost">The page could not be read: {markup(picture)}</p>\n'
    else:
        yield from _figure(page, picture)
    yield '<div class="text">\n'
    if not page.lines and not isinstance(picture, str):
        yield '<p class="none">No text was found.</p>\n'
    places = {id(line): f"text-{number}-{place}" for place, line in enumerate(page.lines, start=1)}
    for section in sections(page):
        if section.table is not None:
            yield from _table(section.table, page.lines, places)
        else:
            yield '<p dir="auto">\n' + _rows(section.lines, places) + "</p>\n"
    yield "</div>\n</div>\n</section>\n"


def _table(table: Table, lines: Sequence[Line], places: Mapping[int, str]) -> Iterator[str]:
    """A table whose cells hold their lines."""
    yield "<table>\n"
    for _, cells in groupby(table.cells, key=lambda cell: cell.row):
        yield "<tr>"
        for cell in cells:
            name = "th" if cell.row < table.head_rows else "td"
            spans = _span("rowspan", cell.row_span) + _span("colspan", cell.column_span)
            yield f'<{name} dir="auto"{spans}>{_rows([lines[at] for at in cell.lines], places)}</{name}>'
        yield "</tr>\n"
    yield "</table>\n"


def _span(name: str, count: int) -> str:
    return f' {name}="{count}"' if count > 1 else ""


def _rows(lines: Sequence[Line], places: Mapping[int, str]) -> str:
    """Lines under each other, those that stand on one row beside each other."""
    return "".join(" ".join(_line(line, places) for line in row) + "<br>\n" for row in side_by_side(lines))


def _line(line: Line, places: Mapping[int, str]) -> str:
    return f'<span class="line" id="{places[id(line)]}">{_line_text(line)}</span>'


def _figure(page: Page, picture: PageImage) -> Iterator[str]:
    """The picture, and over it a drawing of the boxes in the page's own pixels."""
    number, height, width = page.index + 1, *picture.pixels.shape[:2]
    yield f'<figure>\n<img alt="Page {number}" width="{width}" height="{height}" src="{_picture_url(picture)}">\n'
    yield f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Boxes of page {number}">\n'
    for place, line in enumerate(page.lines, start=1):
        yield f'<a href="#text-{number}-{place}" id="box-{number}-{place}">'
        yield "".join(_box(word.polygon, word.text, word.confidence) for word in words_of(line))
        yield "</a>\n"
    yield "</svg>\n</figure>\n"


def _box(polygon: Polygon, text: str, confidence: float) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in polygon)
    title = f"<title>{markup(text)} ({confidence:.0%})</title>"
    return f'<polygon class="{confidence_level(confidence)}" points="{points}">{title}</polygon>'


def _line_text(line: Line) -> str:
    """The text of a line, with its words marked that are not sure."""
    marked = (replace(word, text=_marked(word.text, word.confidence)) for word in words_of(line))
    return join_words(marked)


def _marked(text: str, confidence: float) -> str:
    level = confidence_level(confidence)
    if level == "high":
        return markup(text)
    return f'<mark class="{level}" title="{confidence:.0%}">{markup(text)}</mark>'


def _picture_url(picture: PageImage) -> str:
    """The page as a JPEG within a URL, reduced to what a screen can show."""
    height, width = picture.pixels.shape[:2]
    scale = min(1.0, _MAX_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    pixels = cv2.resize(picture.pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture.pixels
    parameters = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), parameters)
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
