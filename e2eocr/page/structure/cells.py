"""The cells of a table: pieces of text put into rows and columns, and spans over several of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from e2eocr.page.structure.bands import Lines, is_broken
from e2eocr.page.structure.frame import Frame
from e2eocr.page.structure.separators import Separator
from e2eocr.page.structure.spans import covered

OPEN = 0.3  # share of a side along which no more than that is ruled: it is open there
UNDERLINED = 0.5  # of a column, for a rule to be under it
ONE_TEXT = 0.7  # height of the text: words closer than this are one text
SAME_LEVEL = 0.2
CLOSE = 0.8
MOSTLY_OPEN = 0.3  # of the rules between rows that leave a column out, for a column whose texts they do not part


@dataclass(slots=True)
class GridCell:
    """A cell: rows `top` to `bottom` and columns `left` to `right`, both ends included, and the words in it."""

    top: int
    left: int
    bottom: int
    right: int
    words: list[int] = field(default_factory=list)


class CellGrid:
    """The places of a table, and which cell each belongs to; it is filled once and then joined and widened.

    Attributes:
        cells: Those with words; what was joined to another has none.
        owners: `(rows, columns)` int: the cell of each place, -1 where there is none.
    """

    def __init__(
        self, lines: Lines, columns: Sequence[Separator], rows: Sequence[Separator], box: tuple[float, ...]
    ) -> None:
        self.frame: Frame = lines.frame
        self.lines, self.columns, self.rows = lines, columns, rows
        self.xs = [box[0], *(separator.place for separator in columns), box[2]]
        self.ys = [box[1], *(separator.place for separator in rows), box[3]]
        self.cells: list[GridCell] = []
        self.owners = -np.ones((len(self.ys) - 1, len(self.xs) - 1), int)
        self._place_pieces()

    def _place_pieces(self) -> None:
        """Put every piece of text into its row, together with those it shares a column with."""
        places = [separator.place for separator in self.rows]
        middles = self.frame.boxes[:, [1, 3]].mean(axis=1).tolist()
        for line in self.lines.pieces:
            for piece in line:
                row = bisect_left(places, sum(middles[at] for at in piece.words) / len(piece.words))
                cell = GridCell(row, piece.low, row, piece.high, list(piece.words))
                for other in self._owners_in(cell):
                    cell = GridCell(
                        row,
                        min(cell.left, self.cells[other].left),
                        row,
                        max(cell.right, self.cells[other].right),
                        self.cells[other].words + cell.words,
                    )
                    self.cells[other].words = []
                self.cells.append(cell)
                self._own(len(self.cells) - 1)

    def _owners_in(self, cell: GridCell) -> list[int]:
        """The cells that have places where another lies, from left to right."""
        part = self.owners[cell.top : cell.bottom + 1, cell.left : cell.right + 1]
        return sorted({int(at) for at in part.ravel() if at >= 0}, key=lambda at: self.cells[at].left)

    def _own(self, at: int) -> None:
        cell = self.cells[at]
        self.owners[cell.top : cell.bottom + 1, cell.left : cell.right + 1] = at

    def widen_heads(self) -> None:
        """A text that a rule underlines stands over all columns that the rule goes under, unless these are all."""
        for row, separator in enumerate(self.rows):
            for start, end in separator.spans:
                under = [
                    column
                    for column, (left, right) in enumerate(zip(self.xs[:-1], self.xs[1:], strict=True))
                    if covered([(start, end)], left, right) > UNDERLINED
                ]
                if 2 <= len(under) < len(self.xs) - 1:
                    self._widen_head(GridCell(row, under[0], row, under[-1]))

    def _widen_head(self, head: GridCell) -> None:
        found = self._owners_in(head)
        inside = all(
            self.cells[at].top == self.cells[at].bottom == head.top
            and head.left <= self.cells[at].left
            and self.cells[at].right <= head.right
            for at in found
        )
        if not found or not inside or not self._is_one_text(found):
            return
        for at in found:
            head.words += self.cells[at].words
            self.cells[at].words = []
        self.cells.append(head)
        self._own(len(self.cells) - 1)

    def _is_one_text(self, found: Sequence[int]) -> bool:
        boxes = [self.frame.boxes[self.cells[at].words] for at in found]
        gaps = [right[:, 0].min() - left[:, 2].max() for left, right in pairwise(boxes)]
        return all(gap <= ONE_TEXT * self.frame.height for gap in gaps)

    def join_over_open_floors(self) -> None:
        """Join a broken text across rules that part the rows of other columns and leave out its own."""
        ruled = [row for row, separator in enumerate(self.rows) if separator.spans]
        columns = list(zip(self.xs[:-1], self.xs[1:], strict=True))
        drawn = np.array([[self.rows[row].is_drawn(*column) for column in columns] for row in ruled], bool)
        if not len(drawn):
            return
        loose = np.flatnonzero(drawn.any(axis=0) & ((~drawn).mean(axis=0) >= MOSTLY_OPEN))
        for row in ruled:
            for column in loose.tolist():
                above, below = self.owners[row, column], self.owners[row + 1, column]
                if above >= 0 and below >= 0 and above != below and self._goes_on(int(above), int(below), row):
                    self._join(int(above), int(below))

    def _goes_on(self, above: int, below: int, row: int) -> bool:
        """Whether a text goes on in the cell under it, across the separator of a row."""
        upper, lower = self.cells[above], self.cells[below]
        if (upper.left, upper.right, upper.bottom, row + 1) != (lower.left, lower.right, row, lower.top):
            return False
        if self._is_open(self.rows[row], self.xs, upper.left, upper.right) and not (
            self._is_level_with_others(above) and self._is_level_with_others(below)
        ):
            last, first = _edge_line(self.frame, upper.words, -1), _edge_line(self.frame, lower.words, 0)
            width = float(self.lines.widths[upper.left]) if upper.left == upper.right else np.inf
            gap = self.frame.boxes[first, 1].min() - self.frame.boxes[last, 3].max()
            return bool(gap <= CLOSE * self.frame.height) and is_broken(self.frame, last, first, width)
        return False

    def _is_level_with_others(self, at: int) -> bool:
        """Whether the text of a cell stands as high as that of another in its row."""
        middle = self._middle(at)
        others = {int(other) for other in self.owners[self.cells[at].bottom] if other >= 0} - {at}
        return any(
            abs(self._middle(other) - middle) < SAME_LEVEL * self.frame.height
            for other in others
            if self.cells[other].top == self.cells[other].bottom
        )

    def _middle(self, at: int) -> float:
        return float(self.frame.middles(np.array(self.cells[at].words)).mean())

    def _join(self, above: int, below: int) -> None:
        upper, lower = self.cells[above], self.cells[below]
        upper.words += lower.words
        upper.bottom, lower.words = lower.bottom, []
        self._own(above)

    def widen_to_rules(self) -> None:
        """Let cells take the empty places around them from which no rule parts them, where others are parted."""
        order = sorted(
            (at for at, cell in enumerate(self.cells) if cell.words),
            key=lambda at: (self.cells[at].top, self.cells[at].left),
        )
        for at in order:
            while self._widen_sideways(at):
                pass
            while self._widen_upright(at):
                pass

    def _widen_sideways(self, at: int) -> bool:
        cell = self.cells[at]
        for column, wall in ((cell.right + 1, cell.right), (cell.left - 1, cell.left - 1)):
            if not 0 <= column < len(self.xs) - 1:
                continue
            separator = self.columns[wall]
            if not separator.is_drawn(self.ys[0], self.ys[-1]):  # or it is the wall of a head alone
                continue
            is_free = _are_free(self.owners[cell.top : cell.bottom + 1, column])
            if is_free and self._is_open(separator, self.ys, cell.top, cell.bottom):
                cell.left, cell.right = min(cell.left, column), max(cell.right, column)
                self._own(at)
                return True
        return False

    def _widen_upright(self, at: int) -> bool:
        cell = self.cells[at]
        for row, floor in ((cell.bottom + 1, cell.bottom), (cell.top - 1, cell.top - 1)):
            if not 0 <= row < len(self.ys) - 1:
                continue
            if not self.rows[floor].spans:
                continue
            is_free = _are_free(self.owners[row, cell.left : cell.right + 1])
            if is_free and self._is_open(self.rows[floor], self.xs, cell.left, cell.right):
                cell.top, cell.bottom = min(cell.top, row), max(cell.bottom, row)
                self._own(at)
                return True
        return False

    @staticmethod
    def _is_open(separator: Separator, bounds: Sequence[float], first: int, last: int) -> bool:
        """Whether a separator that is ruled elsewhere is not between these rows or columns."""
        return bool(separator.spans) and not separator.is_drawn(bounds[first], bounds[last + 1], OPEN)


def _are_free(owners: np.ndarray) -> bool:
    """Whether no cell has one of some places, given the cell of each, `(n,)`."""
    return max(owners.tolist()) < 0  # they are few


def _edge_line(frame: Frame, words: Sequence[int], which: int) -> list[int]:
    """The first line (0) or the last one (-1) of the words of a cell, from left to right."""
    middles = frame.middles(np.array(words))
    edge = middles.min() if which == 0 else middles.max()
    line = [at for at, middle in zip(words, middles.tolist(), strict=True) if abs(middle - edge) < 0.5 * frame.height]
    return sorted(line, key=lambda at: frame.boxes[at, 0])
