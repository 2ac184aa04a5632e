"""Tables of a document for the formats that hold tables: one that goes on over pages is one table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from e2eocr.results import Cell, Document, Table

_NUMBER = re.compile(r"^([-−–+]?)(\d+(?:[.,' \u00a0\u202f]\d+)*)$")
_MARK = r"[.,' \u00a0\u202f]"
_MAX_DIGITS = 15  # of a number that a spreadsheet keeps whole
_GROUP = 3  # digits between the marks of thousands


@dataclass(frozen=True, slots=True)
class WholeTable:
    """A table with all of its parts.

    Attributes:
        page: The page on which it begins, from 1.
        number: Which of the tables that begin on this page it is, from 1.
        table: Its cells; heads that are repeated on later pages are left out.
    """

    page: int
    number: int
    table: Table


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a text spells out: its value, how many decimals it shows, and whether it marks thousands."""

    value: float
    decimals: int
    grouped: bool


def whole_tables(document: Document) -> list[WholeTable]:
    """The tables of a document in reading order, those that go on over pages put together."""
    found: list[WholeTable] = []
    goes_on = False
    for page in document.pages:
        begun = 0
        for table in page.tables:
            if goes_on:
                found[-1] = replace(found[-1], table=_append(found[-1].table, table))
            else:
                begun += 1
                found.append(WholeTable(page.index + 1, begun, table))
            goes_on = table.continues
    return found


def _append(first: Table, second: Table) -> Table:
    """One table of two parts, without the head of the second where it is that of the first."""
    shift, skipped = first.rows, _repeated_rows(first, second)
    cells = [replace(cell, row=cell.row + shift - skipped, lines=()) for cell in second.cells if cell.row >= skipped]
    return replace(first, cells=(*first.cells, *cells), continues=second.continues)


def _repeated_rows(first: Table, second: Table) -> int:
    """How many rows of a head the second part of a table repeats."""
    for count in range(min(max(first.head_rows, 1), second.rows), 0, -1):
        if _head(first, count) == _head(second, count):
            return count
    return 0


def _head(table: Table, rows: int) -> list[tuple[int, int, str]]:
    return [(cell.row, cell.column, cell.text) for cell in table.cells if cell.row < rows]


def decimal_mark(texts: Iterable[str]) -> str | None:
    """What parts decimals in the numbers of a table, `.` or `,`; None where they do not tell, or contradict.

    A mark before other than three digits parts decimals, and so does the last of two kinds.
    """
    marks = {mark for text in texts if (mark := _decimal_mark_of(text)) is not None}
    return marks.pop() if len(marks) == 1 else None


def _decimal_mark_of(text: str) -> str | None:
    match = _NUMBER.match(text.strip())
    if match is None:
        return None
    marks = re.findall(r"[.,]", match.group(2))
    last = re.split(r"[.,]", match.group(2))[-1]
    if not marks:
        return None
    if len(marks) > 1 and len(set(marks)) == 1:
        return "," if marks[0] == "." else "."  # marks of thousands
    return marks[-1] if len(set(marks)) > 1 or len(last) != _GROUP else None


def parse_number(text: str, mark: str | None) -> Number | None:
    """The number that a text is beyond doubt; None for all others: codes with zeros in front, dates, long ones.

    Args:
        text: Of a cell.
        mark: What parts decimals in its table. Without it, numbers with a mark are in doubt.
    """
    match = _NUMBER.match(text.strip())
    if match is None:
        return None
    sign, digits = match.groups()
    whole, _, decimals = digits.partition(mark) if mark else (digits, "", "")
    groups = re.split(_MARK, whole)
    if (mark is None and re.search(r"[.,]", digits)) or (decimals and not decimals.isdigit()):
        return None
    grouped = len(groups) > 1
    if grouped and (len(groups[0]) > _GROUP or any(len(group) != _GROUP for group in groups[1:])):
        return None
    if len(set(re.findall(_MARK, whole))) > 1:
        return None
    plain = "".join(groups)
    if len(plain + decimals) > _MAX_DIGITS or (plain.startswith("0") and plain != "0"):
        return None
    value = float(f"{plain}.{decimals or '0'}")
    return Number(-value if sign in ("-", "−", "–") else value, len(decimals), grouped)


def cells_of(table: Table) -> list[Cell]:
    """The cells of a table that hold text or take several places."""
    return [cell for cell in table.cells if cell.text or cell.row_span > 1 or cell.column_span > 1]
