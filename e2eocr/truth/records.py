"""What is known of a page or of a line: its picture, and each line and word with its place.

Places are in pixels of the picture, origin top left, where pixel `(i, j)` covers `i..i+1` and `j..j+1`. A polygon
runs clockwise from the text's own top-left corner: four corners of a straight line; of a curved one, the points of
its upper edge in reading direction, then as many of the lower edge back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

# What reading a field of plain data can raise that is not there, of another type or out of range.
WRONG_DATA = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
PointMap = Callable[[np.ndarray], np.ndarray]
# Pixels: the most that the picture of a line is stored with.
STORED_HEIGHT = 48
LONGEST = STORED_HEIGHT * 50
NO_PLACE = np.zeros((0, 2), np.float32)
_MAX_SKEW = 25.0  # degrees, of a page; lines that run farther from level are on the slant on it


@dataclass(frozen=True, eq=False, slots=True)
class WordTruth:
    """A word (or what a script without spaces sets in one run) and its `(k, 2)` float32 polygon."""

    text: str
    polygon: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class LineTruth:
    """A line of one column or cell.

    Attributes:
        text: What stands there, in logical order.
        polygon: `(k, 2)` float32, k at least 4; `NO_PLACE`, `(0, 2)`, where it is not known where the line stands.
        language: Language code.
        block: Lines of one paragraph, cell or heading share a number; numbers grow in reading order.
        words: Its words in reading order; their polygons are as high as the line's.
        vertical: Whether characters stand below one another.
        ignore: Whether it is too odd to be learned or asked for: round stamps, print too small to read.
        kind: What its block is: `heading`, `paragraph`, `list`, `table`, `caption`, `header`, `footer` or
            `page-number`; empty where that is not known.
    """

    text: str
    polygon: np.ndarray
    language: str
    block: int
    words: tuple[WordTruth, ...] = ()
    vertical: bool = False
    ignore: bool = False
    kind: str = ""

    @property
    def placed(self) -> bool:
        """Whether it is known where the line stands."""
        return len(self.polygon) > 0

    def moved(self, point_map: PointMap) -> LineTruth:
        """The line with every point of its polygons mapped by `(n, 2) -> (n, 2)`."""
        words = tuple(WordTruth(word.text, _mapped(word.polygon, point_map)) for word in self.words)
        return replace(self, polygon=_mapped(self.polygon, point_map), words=words)

    def bent(self, step: float) -> LineTruth:
        """The line with points at least every `step` pixels of its long edges, for maps that curve them."""
        words = tuple(WordTruth(word.text, with_points(word.polygon, step)) for word in self.words)
        return replace(self, polygon=with_points(self.polygon, step), words=words)


@dataclass(frozen=True, slots=True)
class CellTruth:
    """A cell with text: row and column from 0, how many of each it spans, and the numbers of its lines in the page."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class TableTruth:
    """A table: its outline, `(4, 2)` float32, and its cells row by row; those without text may be left out."""

    polygon: np.ndarray
    cells: tuple[CellTruth, ...]

    def moved(self, point_map: PointMap) -> TableTruth:
        """The table with its outline mapped by `(n, 2) -> (n, 2)`."""
        return replace(self, polygon=_mapped(self.polygon, point_map))

    def behind(self, lines: int) -> TableTruth:
        """The table of a page that comes behind so many lines of another."""
        cells = tuple(replace(cell, lines=tuple(line + lines for line in cell.lines)) for cell in self.cells)
        return replace(self, cells=cells)


class KnownLines:
    """What follows from the lines of a page."""

    __slots__ = ()
    lines: tuple[LineTruth, ...]

    @property
    def text(self) -> str:
        """The lines that count, in reading order, one below the other."""
        return "\n".join(line.text for line in self.lines if not line.ignore)

    @property
    def placed(self) -> tuple[LineTruth, ...]:
        """The lines that count and whose place is known."""
        return tuple(line for line in self.lines if line.placed and not line.ignore)

    @property
    def quads(self) -> np.ndarray:
        """Corners of the placed lines, `(n, 4, 2)` float32, clockwise from the text's own top left."""
        return quads_of(self.placed)

    @property
    def ignored(self) -> np.ndarray:
        """Places where finding text is neither right nor wrong, `(k, 4, 2)` float32."""
        return quads_of([line for line in self.lines if line.placed and line.ignore])


@dataclass(frozen=True, eq=False, slots=True)
class PageTruth(KnownLines):
    """What is right for a page whose picture has not been opened.

    Attributes:
        lines: Lines in reading order; of some or all only the text may be known.
        index: Page of the document, from 0; None when the text is that of the whole document.
        width: Width of the page in the unit of the polygons; None when they are in pixels of the page.
        rotation: Degrees by which the page lies turned clockwise: 0, 90, 180 or 270.
    """

    lines: tuple[LineTruth, ...]
    index: int | None = None
    width: float | None = None
    rotation: int = 0

    def scaled_to(self, width: int) -> PageTruth:
        """The same in pixels of a picture of the page that is `width` pixels wide."""
        if not self.width or not width:
            return replace(self, width=None)
        scale = np.float32(width / self.width)
        return replace(self, lines=tuple(line.moved(lambda points: points * scale) for line in self.lines), width=None)


@dataclass(frozen=True, eq=False, slots=True)
class PageSample(KnownLines):
    """A page and its truth.

    Attributes:
        image: `(H, W)` grey or `(H, W, 3)` RGB, uint8.
        lines: Lines in reading order; polygons in pixels of the picture.
        rotation: Degrees by which the page lies turned clockwise: 0, 90, 180 or 270.
        skew: Degrees by which its lines fall to the right (clockwise), once the quarter turns are undone.
        dpi: Pixels an inch; of a drawn page, what a scanner would have had for one of the usual size. 0: not known.
        layout: Name of the layout of a drawn page.
        partial: Whether there is text on it whose place is not known.
        tables: The tables whose cells are known.
    """

    image: np.ndarray
    lines: tuple[LineTruth, ...]
    rotation: int = 0
    skew: float = 0.0
    dpi: float = 0.0
    layout: str = ""
    partial: bool = False
    tables: tuple[TableTruth, ...] = ()

    @property
    def rgb(self) -> np.ndarray:
        """The picture in colour, be it grey: `(H, W, 3)` uint8."""
        return self.image if self.image.ndim == 3 else cv2.cvtColor(self.image, cv2.COLOR_GRAY2RGB)


@dataclass(frozen=True, eq=False, slots=True)
class LineSample:
    """One line of text, cut out: its picture and what stands in it.

    Attributes:
        image: `(h, w)` uint8 grey, 0 is black.
        text: The right reading, Unicode NFC.
        language: Language code such as `de`; empty where it is not known.
        source: Where the line comes from: a font file, a data set.
    """

    image: np.ndarray
    text: str
    language: str
    source: str


def _mapped(polygon: np.ndarray, point_map: PointMap) -> np.ndarray:
    return np.asarray(point_map(polygon), dtype=np.float32)


def box_polygon(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Corners of an upright box, `(4, 2)` float32, clockwise from its top left."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def with_points(polygon: np.ndarray, step: float) -> np.ndarray:
    """Put points on the upper and lower edge of a `(4, 2)` quad, at most `step` pixels apart: `(2 m, 2)`."""
    if len(polygon) != 4:
        raise ValueError(f"Invalid `polygon`. Expected four corners. Received: {polygon.shape=}")
    long_edge = float(np.linalg.norm(polygon[1] - polygon[0]))
    share = np.linspace(0.0, 1.0, max(2, math.ceil(long_edge / step) + 1), dtype=np.float32)[:, None]
    upper = polygon[0] + share * (polygon[1] - polygon[0])
    lower = polygon[2] + share * (polygon[3] - polygon[2])
    return np.concatenate([upper, lower])


def quad_of(polygon: np.ndarray) -> np.ndarray:
    """The narrowest quad around a polygon, `(4, 2)` float32, from the corner nearest to the polygon's first point."""
    if len(polygon) == 4:
        return polygon
    corners = cv2.boxPoints(cv2.minAreaRect(np.ascontiguousarray(polygon, dtype=np.float32)))
    area = cv2.contourArea(corners, oriented=True)
    clockwise = corners if area > 0 else corners[::-1]
    first = int(np.argmin(np.linalg.norm(clockwise - polygon[0], axis=1)))
    return np.roll(clockwise, -first, axis=0).astype(np.float32)


def quads_of(lines: Sequence[LineTruth]) -> np.ndarray:
    """The corners of placed lines, `(n, 4, 2)` float32."""
    return np.array([quad_of(line.polygon) for line in lines], np.float32).reshape(-1, 4, 2)


def skew_of(lines: Iterable[LineTruth]) -> float:
    """Median angle of the upper edges of lines that are long enough to tell, degrees clockwise; 0 without any.

    Lines on the slant, as the labels of a chart are, run otherwise than their page.
    """
    angles = []
    for line in lines:
        edge = line.polygon[len(line.polygon) // 2 - 1] - line.polygon[0]
        height = float(np.linalg.norm(line.polygon[-1] - line.polygon[0]))
        if not line.vertical and not line.ignore and np.linalg.norm(edge) > 3.0 * height:
            angles.append(math.degrees(math.atan2(edge[1], edge[0])))
    angles = [angle for angle in angles if abs(angle) <= _MAX_SKEW]
    return float(np.median(angles)) if angles else 0.0


def line_to_json(line: LineTruth) -> dict[str, Any]:
    """Plain data of a line; polygons to a hundredth of a pixel."""
    record: dict[str, Any] = {"text": line.text, "polygon": _rounded(line.polygon), "language": line.language}
    record |= {"block": line.block, "words": [[word.text, _rounded(word.polygon)] for word in line.words]}
    record |= {flag: True for flag in ("vertical", "ignore") if getattr(line, flag)}
    return record | ({"kind": line.kind} if line.kind else {})


def line_from_json(record: dict[str, Any]) -> LineTruth:
    """The inverse of `line_to_json`."""
    words = tuple(WordTruth(text, np.array(polygon, np.float32)) for text, polygon in record["words"])
    return LineTruth(
        record["text"],
        np.array(record["polygon"], np.float32),
        record["language"],
        record["block"],
        words,
        record.get("vertical", False),
        record.get("ignore", False),
        record.get("kind", ""),
    )


def table_to_json(table: TableTruth) -> dict[str, Any]:
    """Plain data of a table; a cell is row, column, spans of rows and columns, and lines."""
    cells = [[cell.row, cell.column, cell.row_span, cell.column_span, list(cell.lines)] for cell in table.cells]
    return {"polygon": _rounded(table.polygon), "cells": cells}


def table_from_json(record: dict[str, Any]) -> TableTruth:
    """The inverse of `table_to_json`."""
    cells = [
        CellTruth(row, column, row_span, column_span, tuple(lines))
        for row, column, row_span, column_span, lines in record["cells"]
    ]
    return TableTruth(np.array(record["polygon"], np.float32), tuple(cells))


def _rounded(polygon: np.ndarray) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in polygon]


def encode_png(image: np.ndarray) -> bytes:
    """A picture `(H, W)` grey or `(H, W, 3)` RGB, uint8, as PNG."""
    picture = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", picture)[1].tobytes()
