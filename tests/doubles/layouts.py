"""Pages made of lines whose places are known, and pictures with rules: what a structure is looked for in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from e2eocr.results import Line, Page, Polygon, Word

HEIGHT = 20
ADVANCE = 10  # width of a character
SIZE = (1000, 1400)  # width and height of a page


def quad(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def text_line(text: str, x: float, y: float, *, height: float = HEIGHT) -> Line:
    """A line from its top left, each character as wide as another, in proportion to its height."""
    advance = ADVANCE * height / HEIGHT
    words = tuple(
        Word(match.group(), 0.9, quad(x + match.start() * advance, y, x + match.end() * advance, y + height))
        for match in re.finditer(r"\S+", text)
    )
    return Line(text, 0.9, quad(x, y, x + len(text) * advance, y + height), "Latn", 0, words)


def rows_of(texts: Sequence[Sequence[str]], xs: Sequence[float], top: float, pitch: float = 40) -> list[Line]:
    """A line for each text that is not empty: a row below another, a text at the x of its column."""
    return [
        text_line(text, x, top + at * pitch)
        for at, row in enumerate(texts)
        for text, x in zip(row, xs, strict=False)
        if text
    ]


def paragraph(x: float, y: float, width: float, lines: int, *, pitch: float = 28) -> list[Line]:
    """Running text, its last line short."""
    letters = int(width / ADVANCE)
    full = ("lorem ipsum dolor sit amet consectetur " * 10)[:letters].rstrip()
    return [
        text_line(full if at < lines - 1 else full[: letters // 2].rstrip(), x, y + at * pitch) for at in range(lines)
    ]


def make_page(lines: Iterable[Line], **changes: object) -> Page:
    return Page(0, *SIZE, dpi=200.0, lines=tuple(lines), **changes)  # type: ignore[arg-type]


def draw_rules(*rules: tuple[float, float, float, float], size: tuple[int, int] = SIZE) -> np.ndarray:
    """A white page with rules, each from one place to another, `(H, W, 3)` uint8."""
    picture = np.full((size[1], size[0], 3), 255, np.uint8)
    for x0, y0, x1, y1 in rules:
        cv2.line(picture, (round(x0), round(y0)), (round(x1), round(y1)), (0, 0, 0), 2)
    return picture


def draw_letters(picture: np.ndarray, lines: Iterable[Line], thickness: int = 3) -> None:
    """Letters as bars, in place; those of bold print are twice as thick."""
    for line in lines:
        for x in range(int(line.bbox[0]), int(line.bbox[2]), ADVANCE):
            picture[int(line.bbox[1]) : int(line.bbox[3]), x : x + thickness] = 0


def grid_rules(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float, float, float]]:
    """The rules of a table that is ruled all over."""
    level = [(xs[0], y, xs[-1], y) for y in ys]
    return level + [(x, ys[0], x, ys[-1]) for x in xs]


def turn_page(page: Page, picture: np.ndarray, quarters: int) -> tuple[Page, np.ndarray]:
    """The page and its picture after clockwise quarter turns."""
    lines, width, height = page.lines, page.width, page.height
    for _ in range(quarters):
        lines = tuple(_turn_line(line, height) for line in lines)
        width, height = height, width
    return Page(0, width, height, dpi=page.dpi, lines=lines), np.ascontiguousarray(np.rot90(picture, -quarters))


def _turn_line(line: Line, height: float) -> Line:
    def turn(polygon: Polygon) -> Polygon:
        return tuple((height - y, x) for x, y in polygon)

    words = tuple(Word(word.text, word.confidence, turn(word.polygon)) for word in line.words)
    return Line(line.text, line.confidence, turn(line.polygon), line.script, line.block, words)


def texts_of(page: Page, number: int = 0) -> list[list[str]]:
    """The texts of a table, row by row; a cell over several places stands in the first of them."""
    table = page.tables[number]
    places = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        places[cell.row][cell.column] = cell.text
    return places
