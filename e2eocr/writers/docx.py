"""Office Open XML text, for Word and LibreOffice: headings, paragraphs, lists, tables, and a page a page."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import TYPE_CHECKING

from e2eocr.results import Document, Page, Table
from e2eocr.writers.characters import xml_characters
from e2eocr.writers.layout import Section, keeps_lines, sections
from e2eocr.writers.markdown import join_lines, list_items
from e2eocr.writers.source import SourceFile
from e2eocr.writers.tables import cells_of

if TYPE_CHECKING:
    from docx.document import Document as Text

_NO_TIME = datetime.datetime(1980, 1, 1)  # the same document gives the same bytes
_MAX_COLUMNS = 63  # that a table of Word may have; wider ones are written as lines
_STYLES = {"caption": "Caption", "header": "Header", "footer": "Footer", "page-number": "Footer"}


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write a document as text to go on with. A page without text is an empty one."""
    import docx

    text = docx.Document()
    properties = text.core_properties
    properties.created = properties.modified = _NO_TIME
    properties.author, properties.comments = "", ""
    properties.title = xml_characters(document.source.path)[:255]
    for at, page in enumerate(document.pages):
        if at:
            text.add_page_break()
        _add_page(text, page)
    buffer = io.BytesIO()
    text.save(buffer)
    return _without_times(buffer.getvalue())


def _add_page(text: Text, page: Page) -> None:
    for section in sections(page):
        if section.table is not None and section.table.columns <= _MAX_COLUMNS:
            _add_table(text, section.table)
        else:
            _add_section(text, section)


def _add_section(text: Text, section: Section) -> None:
    lines = [xml_characters(line.text) for line in section.lines]
    if section.kind == "heading":
        text.add_heading(join_lines(lines), min(max(section.level, 1), 9))
    elif section.kind == "list":
        for item in list_items(lines):
            # Numbers stay as they are: Word would count them anew.
            shown = item.text if item.is_bullet else f"{item.mark} {item.text}"
            text.add_paragraph(shown, style="List Bullet" if item.is_bullet else None)
    else:
        shown = "\n".join(lines) if keeps_lines(section.lines) else join_lines(lines)
        text.add_paragraph(shown, style=_STYLES.get(section.kind))


def _add_table(text: Text, table: Table) -> None:
    grid = text.add_table(table.rows, table.columns, style="Table Grid")
    places = [row.cells for row in grid.rows]
    for cell in cells_of(table):
        place = places[cell.row][cell.column]
        if cell.row_span > 1 or cell.column_span > 1:
            place = place.merge(places[cell.row + cell.row_span - 1][cell.column + cell.column_span - 1])
        run = place.paragraphs[0].add_run(xml_characters(cell.text))
        run.bold = cell.row < table.head_rows or None
    text.add_paragraph()  # Word joins tables that nothing parts


def _without_times(data: bytes) -> bytes:
    """The same archive with no times in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _NO_TIME.timetuple()[:6]), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
