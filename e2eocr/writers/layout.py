"""What several writers ask of a page: its blocks, the words of its lines, whole-pixel boxes."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from e2eocr.results import Block, BlockKind, Box, Line, Page, Polygon, Table, Word, bounding_box
from recognizers.spacing import word_ranges

_STRONG = {"L": False, "R": True, "AL": True}
_DEGREES_UPRIGHT = 0.5
_SAME_ROW = 0.6  # of the height of the lower of two lines that stand on one row
_SPACE = 0.8  # heights of a line that a word takes beside its letters: the space before it, and what is not exact
_SHORT = 0.8  # of the room, for a line that ends early
_MANY = 5
_EARLY = 0.25  # of the ends of lines; the last lines of paragraphs that were not told apart are fewer
_NEARLY_LEVEL, _PARALLEL = 10.0, 5.0  # degrees by which lines of one row may be aslant, and differ
_LONG = 4.0  # heights of a line that is long enough to tell how it runs,
_STOUTEST = 4.0  # and how much more shorter ones may differ


@dataclass(frozen=True, slots=True)
class Section:
    """A block of a page with its lines, and its table where it is one."""

    kind: BlockKind
    lines: tuple[Line, ...]
    level: int = 0
    table: Table | None = None


def sections(page: Page) -> list[Section]:
    """The blocks of a page in reading order; paragraphs, where nobody has looked what they are."""
    if not page.blocks:
        return [Section("paragraph", tuple(lines)) for lines in blocks(page)]
    tables = iter(page.tables)
    return [_section(page, block, next(tables, None) if block.kind == "table" else None) for block in page.blocks]


def _section(page: Page, block: Block, table: Table | None) -> Section:
    return Section(block.kind, tuple(page.lines[at] for at in block.lines), block.level, table)


def table_rows(table: Table) -> list[list[str]]:
    """The texts of a table, row by row; a cell over several places stands in its first, and the others are empty."""
    rows = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


def side_by_side(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that follow each other on one row together: the names and values of a form."""
    rows: list[list[Line]] = []
    for line in lines:
        if rows and _is_beside(rows[-1][-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def keeps_lines(lines: Sequence[Line]) -> bool:
    """Whether lines end where their writer wanted, as those of an address do.

    A line of running text ends where the first word of the next has no room any more.
    """
    lengths = [_length(line.polygon) for line in lines]
    # One line of many may be longer than there is room: its box is wrong, or it hangs over.
    room = sorted(lengths)[-1 if len(lines) < _MANY else -1 - len(lines) // 4] if lines else 0.0
    ends = list(zip(lines, lines[1:], lengths, strict=False))
    early = sum(
        length < _SHORT * room and length + _length(words_of(after)[0].polygon) + _SPACE * _height(line) < room
        for line, after, length in ends
        if after.text.strip()
    )
    return early > _EARLY * len(ends)


def _length(polygon: Polygon) -> float:
    return math.dist(polygon[0], polygon[1])


def _height(line: Line) -> float:
    return math.dist(line.polygon[0], line.polygon[3])


def _is_beside(first: Line, second: Line) -> bool:
    """Whether two lines that are level, or nearly so, stand on one row, neither over the other."""
    shorter, longer = sorted((first, second), key=lambda line: _length(line.polygon))
    angle = text_angle(longer)
    # A price is too short for its corners to tell exactly how it runs.
    stout = _LONG * _height(shorter) / max(_length(shorter.polygon), 1.0)
    slack = _PARALLEL * min(max(stout, 1.0), _STOUTEST)
    if abs(angle) > _NEARLY_LEVEL or abs(text_angle(shorter) - angle) > slack:
        return False
    (left, top, right, bottom), (x0, y0, x1, y1) = _levelled(first.polygon, angle), _levelled(second.polygon, angle)
    shared = min(bottom, y1) - max(top, y0)
    return shared >= _SAME_ROW * max(min(bottom - top, y1 - y0), 1.0) and (x0 >= right or x1 <= left)


def _levelled(polygon: Polygon, degrees: float) -> Box:
    """The box of a polygon on a page that was turned so that lines at this angle lie level."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return bounding_box(tuple((x * cosine - y * sine, x * sine + y * cosine) for x, y in polygon))


def blocks(page: Page) -> list[list[Line]]:
    """The lines of a page in reading order, those of a block together."""
    return [list(lines) for _, lines in groupby(page.lines, key=lambda line: line.block)]


def words_of(line: Line) -> tuple[Word, ...]:
    """The words of a line; where the reader could not tell where they stand, by their share of the line's length."""
    if line.words:
        return line.words
    length = len(line.text)
    words, reached = [], -1
    for start, end in word_ranges(line.text):
        left, right = start / length, end / length
        if is_right_to_left(line.text):
            left, right = 1 - right, 1 - left
        words.append(Word(line.text[start:end], line.confidence, _part(line.polygon, left, right), start == reached))
        reached = end
    return tuple(words)


def is_right_to_left(text: str) -> bool:
    """Whether the first letter of a text belongs to a script that runs from right to left."""
    for character in text:
        strong = _STRONG.get(unicodedata.bidirectional(character))
        if strong is not None:
            return strong
    return False


def whole_box(box: Box) -> tuple[int, int, int, int]:
    """The smallest box `(x0, y0, x1, y1)` of whole pixels around a box."""
    return math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3])


def box_around(lines: Iterable[Line]) -> tuple[int, int, int, int]:
    """The box of whole pixels around lines."""
    boxes = [whole_box(line.bbox) for line in lines]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def text_angle(line: Line) -> float:
    """How far the line is turned on the page, in degrees counter-clockwise (-180 to 180); 0 where it is all but level.

    A line turned clockwise by a quarter, which reads downwards, is at -90.
    """
    (x0, y0), (x1, y1) = line.polygon[0], line.polygon[1]
    angle = math.degrees(math.atan2(y0 - y1, x1 - x0))
    return 0.0 if abs(angle) < _DEGREES_UPRIGHT else angle


def _part(polygon: Polygon, left: float, right: float) -> Polygon:
    """The part of a quad between two fractions of its width."""
    top_left, top_right, bottom_right, bottom_left = polygon

    def between(start: tuple[float, float], end: tuple[float, float], at: float) -> tuple[float, float]:
        return start[0] + (end[0] - start[0]) * at, start[1] + (end[1] - start[1]) * at

    return (
        between(top_left, top_right, left),
        between(top_left, top_right, right),
        between(bottom_left, bottom_right, right),
        between(bottom_left, bottom_right, left),
    )
