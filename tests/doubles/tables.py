"""A small table on a page, and what holds for the tables of every page."""

from __future__ import annotations

import numpy as np

from doubles.layouts import grid_rules, make_page
from e2eocr.page.structure import structure_page
from e2eocr.results import Line, Page, Table

XS, COLUMNS = (100, 400, 600, 800), (110, 410, 610)
TEXTS = [
    ["Item", "Price", "Sum"],
    ["Oak shelf", "485.00", "970.00"],
    ["Bracket", "64.50", "129.00"],
    ["Paint", "9.90", ""],
]
LONGER = [*TEXTS, ["Bench", "725.00", "1450.00"], ["Delivery", "90.00", "90.00"]]
YS = tuple(190 + 40 * at for at in range(5))
GRID = grid_rules(XS, YS)
STORY = ("the harbour was empty when we came down to the quay in the morning",)


def structure(lines: list[Line], picture: np.ndarray | None = None, **changes: object) -> Page:
    return structure_page(make_page(lines, **changes), picture)


def check_whole(page: Page, lines: list[Line]) -> None:
    """Nothing is lost or told twice: neither a word nor a place of a table nor a line of a block."""
    words = sorted(word.polygon for line in lines for word in line.words)
    assert sorted(word.polygon for line in page.lines for word in line.words) == words
    assert [at for block in page.blocks for at in block.lines] == list(range(len(page.lines)))
    assert [line.block for line in page.lines] == [n for n, block in enumerate(page.blocks) for _ in block.lines]
    assert [block.kind for block in page.blocks].count("table") == len(page.tables)
    for table in page.tables:
        check_table(table)


def check_table(table: Table) -> None:
    taken = np.zeros((table.rows, table.columns), int)
    for cell in table.cells:
        taken[cell.row : cell.row + cell.row_span, cell.column : cell.column + cell.column_span] += 1
    assert (taken == 1).all()
    assert [(cell.row, cell.column) for cell in table.cells] == sorted((cell.row, cell.column) for cell in table.cells)
