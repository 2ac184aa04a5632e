"""Office Open XML workbook, for Excel and LibreOffice: a sheet a table, numbers as numbers where that is certain."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from e2eocr.results import Cell, Document, Table
from e2eocr.writers.characters import xml_characters
from e2eocr.writers.layout import side_by_side
from e2eocr.writers.source import SourceFile
from e2eocr.writers.tables import Number, WholeTable, cells_of, decimal_mark, parse_number, whole_tables

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384  # that a sheet may have
_MAX_TEXT = 32_767  # characters that a cell may hold
_MIN_WIDTH, _MAX_WIDTH = 6, 60  # of a column, in characters
_NO_TIME = datetime.datetime(1980, 1, 1)  # the same document gives the same bytes


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write the tables of a document as sheets; of one without tables, its text, a row a row."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _NO_TIME, "comments": xml_characters(document.source.path)})
    formats = _Formats(book.add_format)
    tables = whole_tables(document)
    for name, table in _names(tables):
        _write_table(book.add_worksheet(name), table.table, formats)
    if not tables:
        _write_text(book.add_worksheet("Text"), document)
    book.close()
    return buffer.getvalue()


def _names(tables: list[WholeTable]) -> Iterator[tuple[str, WholeTable]]:
    """Each table with the name of its sheet: its page, and which it is where there are several."""
    several = {table.page for table in tables if table.number > 1}
    for table in tables:
        yield f"Page {table.page}" + (f" table {table.number}" if table.page in several else ""), table


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, add_format) -> None:  # type: ignore[no-untyped-def]  # xlsxwriter has no types
        self._add, self._made = add_format, {}  # type: ignore[var-annotated]

    def get(self, number: Number | None, *, is_head: bool) -> Format:
        """For a cell: wrapped text, or a number shown with as many decimals as it was read with."""
        shown = None if number is None else ("#,##0" if number.grouped else "0") + "." * (number.decimals > 0)
        if number is not None and shown is not None:
            shown += "0" * number.decimals
        key = (shown, is_head)
        if key not in self._made:
            properties = {"valign": "top", "text_wrap": number is None, "bold": is_head}
            if shown is not None:
                properties["num_format"] = shown
            self._made[key] = self._add(properties)
        made: Format = self._made[key]
        return made


def _write_table(sheet: Worksheet, table: Table, formats: _Formats) -> None:
    mark = decimal_mark(cell.text for cell in table.cells)
    for cell in cells_of(table):
        if cell.row + cell.row_span <= _MAX_ROWS and cell.column + cell.column_span <= _MAX_COLUMNS:
            is_head = cell.row < table.head_rows
            number = None if is_head else parse_number(cell.text, mark)
            _write_cell(sheet, cell, number, formats.get(number, is_head=is_head))
    for column in range(min(table.columns, _MAX_COLUMNS)):
        texts = [cell.text for cell in table.cells if cell.column == column and cell.column_span == 1]
        sheet.set_column(column, column, min(max([_MIN_WIDTH, *map(len, texts)]) + 1, _MAX_WIDTH))
    if table.head_rows:
        sheet.freeze_panes(table.head_rows, 0)


def _write_cell(sheet: Worksheet, cell: Cell, number: Number | None, form: Format) -> None:
    if cell.row_span > 1 or cell.column_span > 1:
        last = cell.row + cell.row_span - 1, cell.column + cell.column_span - 1
        sheet.merge_range(cell.row, cell.column, *last, "", form)
    if number is not None:
        sheet.write_number(cell.row, cell.column, number.value, form)
    else:
        sheet.write_string(cell.row, cell.column, xml_characters(cell.text)[:_MAX_TEXT], form)


def _write_text(sheet: Worksheet, document: Document) -> None:
    rows = [row for page in document.pages for row in side_by_side(page.lines)]
    for at, row in enumerate(rows[:_MAX_ROWS]):
        for column, line in enumerate(row[:_MAX_COLUMNS]):
            sheet.write_string(at, column, xml_characters(line.text)[:_MAX_TEXT])
