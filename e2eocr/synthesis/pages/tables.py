"""Tables of any pitch, ruled or bare, with the truth of their rows, columns and cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from e2eocr.synthesis.pages.canvas import Colour
from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.typesetting import Type, break_lines, set_words
from e2eocr.truth.records import CellTruth, TableTruth, box_polygon

RULES = ("grid", "grid", "rows", "columns", "head", "book", "outer", "striped", "bare", "bare")
_BARE_PAD = 0.7  # heights of the type between the columns of a table without rules, on each side
_RULED_PAD = 0.18
_MAX_PAD = 0.12  # of a cell's width


@dataclass(frozen=True)
class TableLook:
    """How a table is drawn.

    Attributes:
        rules: Which rules it has: one of `RULES`. `book` has three, `head` one below its head.
        pitch: Distance of its rows, in heights of the type.
        pad: White left and right in its cells, in heights of the type.
        thickness: Of the rules, pixels.
        stripe: Colour of every other row, where it is striped, and of its head at times.
        dash: Length of the rules' dashes, pixels; 0: unbroken.
    """

    rules: str
    pitch: float
    pad: float
    thickness: int = 1
    stripe: Colour = (225, 225, 225)
    dash: int = 0


def draw_look(scene: Scene, *, close: bool = False) -> TableLook:
    """A look; `close`: rows as near to each other as the type allows."""
    rng, rules = scene.rng, scene.rng.choice(RULES)
    pitch = rng.uniform(0.92, 1.15) if close else rng.choice((rng.uniform(0.95, 1.3), rng.uniform(1.2, 2.4)))
    if rules in ("grid", "rows"):
        pitch = max(pitch, 1.08)
    pad = (_RULED_PAD if rules in ("grid", "columns") else _BARE_PAD) * rng.uniform(1.0, 2.5)
    dash = rng.choice((0, 0, 0, 0, 1, 3))
    return TableLook(rules, pitch, pad, rng.choice((1, 1, 1, 2, 3)), any_colour(rng, 200, 240), dash)


@dataclass(frozen=True)
class Column:
    """A column: its width in pixels, how its cells stand, and what makes their text."""

    width: float
    align: str
    make: Callable[[], str]


@dataclass
class TableSetter:
    """Places cells in a grid and keeps their truth.

    Attributes:
        scene: Where the table is drawn.
        left: Its left edge, pixels.
        top: Its upper edge, pixels.
        columns: From left to right.
        type_: What cells are set in.
        look: How it is drawn.
    """

    scene: Scene
    left: float
    top: float
    columns: Sequence[Column]
    type_: Type
    look: TableLook
    cells: list[CellTruth] = field(default_factory=list)
    edges: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.edges = [self.top]

    @property
    def bottom(self) -> float:
        """Where the next row begins, pixels."""
        return self.edges[-1]

    @property
    def row(self) -> int:
        """Number of the row that comes next."""
        return len(self.edges) - 1

    @property
    def pitch(self) -> float:
        """Height of a row of one line, pixels."""
        return self.look.pitch * self.type_.height

    def sides(self, first: int, span: int = 1) -> tuple[float, float]:
        """Left and right edge of some columns side by side, pixels."""
        widths = [column.width for column in self.columns]
        left = self.left + sum(widths[:first])
        return left, left + sum(widths[first : first + span])

    def end_row(self, rows_of_type: int = 1) -> None:
        """Close a row of so many lines of type."""
        height = (self.look.pitch + (rows_of_type - 1) * 1.05) * self.type_.height
        self.edges.append(self.bottom + height)

    def place(
        self,
        column: int,
        text: str,
        *,
        span: int = 1,
        rows: int = 1,
        align: str | None = None,
        ink: Colour | None = None,
        type_: Type | None = None,
    ) -> int:
        """Set a cell's text, broken into lines where it is too long; gives how many lines it takes."""
        left, right = self.sides(column, span)
        type_ = type_ or self.type_
        pad = min(self.look.pad * self.type_.height, _MAX_PAD * (right - left))
        width = right - left - 2 * pad
        words = set_words(text, type_, self.scene.text.script)
        rows_of_words = break_lines(words, type_, width)[:3]
        first, block = len(self.scene.canvas.lines), self.scene.canvas.new_block()
        y = self.bottom + (self.look.pitch - 1.0) / 2 * self.type_.height
        for row in rows_of_words:
            line = " ".join(word.text for word in row) if not any(word.glued for word in row) else ""
            text_of_row = line or "".join(word.text for word in row)
            self.scene.line(
                text_of_row, type_, left + pad, y, width,
                align=align or self.columns[column].align, ink=ink, block=block, kind="table",
            )  # fmt: skip
            y += 1.05 * type_.height
        lines = tuple(range(first, len(self.scene.canvas.lines)))
        if lines:
            self.cells.append(CellTruth(self.row, column, rows, span, lines))
        return max(len(rows_of_words), 1)

    def fill_row(self, makers: Sequence[Callable[[], str]] | None = None, *, ink: Colour | None = None) -> None:
        """A row of cells, each made by its column."""
        taken = 1
        if self.look.rules == "striped" and self.row % 2:
            left, right = self.sides(0, len(self.columns))
            self.scene.canvas.fill(left, self.bottom, right, self.bottom + self.pitch, self.look.stripe)
        for number, column in enumerate(self.columns):
            make = column.make if makers is None else makers[number]
            taken = max(taken, self.place(number, make(), ink=ink))
        self.end_row(taken)

    def rule(self, row: int, *, first: int = 0, double: bool = False) -> None:
        """A level rule above a row, from a column's left edge on."""
        y, scene = self.edges[row], self.scene
        left, right = self.sides(first, len(self.columns) - first)
        for shift in (0, 2 + self.look.thickness) if double else (0,):
            scene.canvas.rule((left, y + shift), (right, y + shift), scene.ink, self.look.thickness, self.look.dash)

    def finish(self) -> float:
        """Draw the rules, keep the truth; gives where the table ends, pixels."""
        self._draw_rules()
        if self.cells:
            self.scene.canvas.tables.append(TableTruth(self._outline(), tuple(self.cells)))
        return self.bottom

    def _outline(self) -> np.ndarray:
        """The box around its grid and the lines in it, `(4, 2)`: in close rows accents reach beyond the first."""
        left, right = self.sides(0, len(self.columns))
        grid = box_polygon(left, self.top, right, self.bottom)
        lines = [self.scene.canvas.lines[number].polygon for cell in self.cells for number in cell.lines]
        points = np.concatenate([grid, *lines])
        return box_polygon(*points.min(axis=0).tolist(), *points.max(axis=0).tolist())

    def _draw_rules(self) -> None:
        rules, last = self.look.rules, len(self.edges) - 1
        level = {
            "grid": range(last + 1),
            "rows": range(last + 1),
            "head": (1,),
            "book": (0, 1, last),
            "outer": (0, last),
        }
        for row in level.get(rules, ()):
            self.rule(min(row, last))
        upright = range(len(self.columns) + 1) if rules in ("grid", "columns") else ()
        for number in (0, len(self.columns)) if rules == "outer" else upright:
            x = self.sides(0, number)[1] if number else self.left
            ends = (x, self.top), (x, self.bottom)
            self.scene.canvas.rule(*ends, self.scene.ink, self.look.thickness, self.look.dash)
