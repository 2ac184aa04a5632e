"""Lines parted where the cells of a table part them, and tables that know their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from detectors.geometry import bounds_of
from e2eocr.page.directions import direction_of
from e2eocr.page.structure.cells import GridCell
from e2eocr.page.structure.frame import Frame, corners_of_words, words_of
from e2eocr.page.structure.grid import Grid
from e2eocr.results import Box, Cell, Line, Table, join_words
from recognizers.charset import script_of
from recognizers.directions import is_mostly_from_right
from recognizers.spacing import join_texts

Home = tuple[int, int]  # a table and one of its cells
CellLines = dict[int, list[int]]  # the lines of each cell of a table that has some, in reading order


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table as it was found: in its frame."""

    frame: Frame
    grid: Grid


@dataclass(frozen=True, slots=True)
class PartedLine:
    """A line, or the part of one that stands in a cell.

    Attributes:
        line: It.
        home: The cell; None for a line in no table.
        number: That of the line on the page; parts of one line share it.
    """

    line: Line
    home: Home | None
    number: int


def part_lines(lines: Sequence[Line], tables: Sequence[FoundTable]) -> list[PartedLine]:
    """Part lines that stand in several cells; all others stay as they are, and all keep their order."""
    homes: dict[int, dict[int, Home]] = {}  # of the words of each line that stand in a table
    for number, table in enumerate(tables):
        owners, places = table.frame.lines.tolist(), table.frame.places.tolist()
        for home, cell in enumerate(table.grid.cells):
            for word in cell.words:
                homes.setdefault(owners[word], {})[places[word]] = number, home
    return [part for at, line in enumerate(lines) for part in _part_line(line, at, homes.get(at, {}))]


def _part_line(line: Line, at: int, homes: dict[int, Home]) -> Iterator[PartedLine]:
    owners = [homes.get(place) for place in range(len(words_of(line)))] if homes else [None]
    if len(set(owners)) == 1:
        yield PartedLine(line, owners[0], at)
        return
    start = 0
    for owner, group in groupby(owners):
        end = start + len(list(group))
        yield PartedLine(_cut(line, start, end), owner, at)
        start = end


def _cut(line: Line, start: int, end: int) -> Line:
    """The part of a line from one word to another."""
    first, *others = line.words[start:end]
    words = (replace(first, glued=False), *others)
    text = join_words(words)
    # A part is right more often than the whole: by its share of the characters, were these independent.
    confidence = round(line.confidence ** (len(text) / max(len(line.text), 1)), 4)
    corners = corners_of_words([replace(line, words=words)])[0].tolist()
    polygon = tuple((round(x, 1), round(y, 1)) for x, y in corners)
    script = script_of(text)
    direction = direction_of(text, script, polygon)
    part = replace(line, text=text, confidence=confidence, polygon=polygon, words=words, outline=())
    return replace(part, script=script, direction=direction)


def order_cells(table: FoundTable, parted: Sequence[PartedLine], number: int) -> CellLines:
    """The lines of each cell of a table, cells and lines in reading order, as indices of `parted`."""
    found: CellLines = {}
    for at, part in enumerate(parted):
        if part.home is not None and part.home[0] == number:
            found.setdefault(part.home[1], []).append(at)
    cells = table.grid.cells
    if is_mostly_from_right(" ".join(parted[at].line.text for members in found.values() for at in members)):
        ordered = sorted(found, key=lambda cell: (cells[cell].top, -cells[cell].right))
    else:
        ordered = sorted(found)
    return {cell: _in_order(table.frame, parted, found[cell]) for cell in ordered}


def _in_order(frame: Frame, parted: Sequence[PartedLine], members: list[int]) -> list[int]:
    """Lines of a cell from top to bottom, those side by side in the direction of their writing."""
    if len(members) == 1:
        return members
    corners = np.array([parted[at].line.polygon for at in members]).reshape(-1, 4, 2) @ frame.to_page.T
    tops, bottoms = corners[:, :, 1].min(axis=1), corners[:, :, 1].max(axis=1)
    lefts = corners[:, :, 0].min(axis=1)
    if is_mostly_from_right(" ".join(parted[at].line.text for at in members)):
        lefts = -lefts
    rows = np.cumsum(_steps((tops + bottoms) / 2, bottoms - tops))
    by_row = {at: row for at, row in zip(np.argsort((tops + bottoms) / 2, kind="stable").tolist(), rows, strict=True)}
    return [members[at] for at in sorted(range(len(members)), key=lambda at: (by_row[at], lefts[at], at))]


def _steps(middles: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Where, from top to bottom, a new row begins, `(n,)` bool."""
    ordered = np.sort(middles)
    return np.append(False, np.diff(ordered) > 0.5 * float(heights.min(initial=np.inf)))


def make_table(table: FoundTable, lines: Sequence[Line], cells: CellLines, limit: tuple[int, int]) -> Table:
    """A table of the page.

    Args:
        table: As it was found.
        lines: Of the page, in their final order.
        cells: The lines of each cell, as indices of `lines`.
        limit: Width and height of the page.
    """
    grid = table.grid
    mirrored = is_mostly_from_right(" ".join(lines[at].text for members in cells.values() for at in members))
    places = [*grid.cells, *_empty(grid)]
    xs, ys = grid.xs, grid.ys
    boxes = [(xs[cell.left], ys[cell.top], xs[cell.right + 1], ys[cell.bottom + 1]) for cell in places]
    *bounds, whole = _on_page(table.frame, np.array([*boxes, grid.box]), limit)
    made = []
    for number, (cell, bound) in enumerate(zip(places, bounds, strict=True)):
        members = tuple(cells.get(number, ()))
        made.append(
            Cell(
                row=cell.top,
                column=grid.columns - 1 - cell.right if mirrored else cell.left,
                text=join_texts(lines[at].text for at in members),
                bbox=bound,
                lines=members,
                row_span=cell.bottom - cell.top + 1,
                column_span=cell.right - cell.left + 1,
            )
        )
    made.sort(key=lambda cell: (cell.row, cell.column))
    return Table(whole, tuple(made), grid.head_rows)


def _empty(grid: Grid) -> list[GridCell]:
    """A cell for each place that none takes."""
    free = np.ones((grid.rows, grid.columns), bool)
    for cell in grid.cells:
        free[cell.top : cell.bottom + 1, cell.left : cell.right + 1] = False
    return [GridCell(row, column, row, column) for row, column in np.argwhere(free).tolist()]


def _on_page(frame: Frame, boxes: np.ndarray, limit: tuple[int, int]) -> list[Box]:
    """The boxes around boxes `(n, 4)` of a frame, on a page of a width and a height."""
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2) @ frame.to_page
    rounded = np.round(np.clip(bounds_of(corners), 0.0, np.tile(limit, 2)), 1).tolist()
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in rounded]


def table_quad(frame: Frame, box: Sequence[float]) -> np.ndarray:
    """The corners of a box of a frame, `(4, 2)`, on the page, clockwise from its top left."""
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ frame.to_page
