"""One table as rows and columns of cells, from the words in it and the rules around them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from e2eocr.page.structure.bands import make_lines, row_separators
from e2eocr.page.structure.cells import CellGrid, GridCell
from e2eocr.page.structure.columns import column_separators, part_row
from e2eocr.page.structure.frame import Frame, is_number
from e2eocr.page.structure.rules import Rules
from e2eocr.page.structure.spans import word_rows
from e2eocr.page.structure.weight import WordWeights

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in its frame.

    Attributes:
        box: Around its cells.
        xs: Left edge of each column and right edge of the last.
        ys: Top of each row and bottom of the last.
        cells: With words, in order of rows and then columns.
        head_rows: How many rows at the top name the columns.
    """

    box: Box
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[GridCell, ...]
    head_rows: int

    @property
    def rows(self) -> int:
        return len(self.ys) - 1

    @property
    def columns(self) -> int:
        return len(self.xs) - 1

    @property
    def filled(self) -> float:
        """Which share of its places has words, 0 to 1."""
        places = sum((cell.bottom - cell.top + 1) * (cell.right - cell.left + 1) for cell in self.cells)
        return places / max(self.rows * self.columns, 1)


def build_grid(weights: WordWeights, members: np.ndarray, rules: Rules, box: Box, *, ruled: bool) -> Grid:
    """Part a table into cells.

    Args:
        weights: The words of the page, and how heavy their print is.
        members: Those of the table, at least one.
        rules: Those of the table.
        box: The table.
        ruled: Whether rules part its columns.
    """
    frame = weights.frame
    rows = word_rows(frame.boxes, members)
    columns = column_separators(frame, rows, rules.upright, box[0], box[2], strict=ruled)
    pieces = [part_row(frame, row, columns) for row in rows]
    lines = make_lines(weights, rows, pieces, len(columns) + 1, ruled=ruled)
    separators, head = row_separators(lines, rules.level, box)
    grid = CellGrid(lines, columns, separators, box)
    grid.widen_heads()
    if ruled:
        grid.join_over_open_floors()
    grid.widen_to_rules()
    return _without_empty(grid, box, head)


def _without_empty(grid: CellGrid, box: Box, head: float) -> Grid:
    """The table without rows and columns in which no cell begins."""
    cells = [cell for cell in grid.cells if cell.words]
    rows = sorted({cell.top for cell in cells})
    columns = sorted({cell.left for cell in cells})
    kept = [
        GridCell(
            bisect_left(rows, cell.top),
            bisect_left(columns, cell.left),
            bisect_right(rows, cell.bottom) - 1,
            bisect_right(columns, cell.right) - 1,
            cell.words,
        )
        for cell in cells
    ]
    ys = (box[1], *(grid.ys[row] for row in rows[1:]), box[3])
    xs = (box[0], *(grid.xs[column] for column in columns[1:]), box[2])
    head_rows = _head_rows(grid.frame, kept, sum(grid.ys[row + 1] <= head for row in rows))
    return Grid(box, xs, ys, tuple(sorted(kept, key=lambda cell: (cell.top, cell.left))), head_rows)


def _head_rows(frame: Frame, cells: Sequence[GridCell], least: int) -> int:
    """How many rows are heads, given how many are at least: all that a head of words among these reaches down to."""
    reach = (cell.bottom + 1 for cell in cells if cell.top < least and not is_number(frame.text(cell.words)))
    return max([least, *reach])
