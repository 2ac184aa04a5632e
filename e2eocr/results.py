"""What reading gives: documents, pages, lines and words, as frozen plain data.

Polygons are quads: four (x, y) corners in pixels of the page as a person sees it, origin top left,
clockwise from the text's own top-left corner. A line that bends has an outline beside its quad.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

Polygon = tuple[tuple[float, float], ...]
Box = tuple[float, float, float, float]
PageStatus = Literal["ok", "failed"]
DocumentStatus = Literal["ok", "partial", "failed"]
LineOrigin = Literal["ocr", "text-layer"]
Direction = Literal["ltr", "rtl", "ttb"]
PageOrigin = Literal["ocr", "text-layer", "mixed"]
UnreadReason = Literal["illegible", "unknown-script", "no-text-found", "ruby"]
BlockKind = Literal["heading", "paragraph", "list", "table", "caption", "header", "footer", "page-number", "footnote"]


def bounding_box(polygon: Polygon) -> Box:
    """The upright box `(x0, y0, x1, y1)` around a polygon."""
    xs, ys = zip(*polygon, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def hull_quad(outline: Polygon, width: int, height: int) -> Polygon:
    """The narrowest quad around the outline of a bent line that runs as the line does from end to end.

    Its corners are given to a tenth of a pixel, none beyond the edges of the page, which is `width` by `height` pixels.
    """
    half = len(outline) // 2
    (x0, y0), (x1, y1) = (
        ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2)
        for first, last in ((outline[0], outline[-1]), (outline[half - 1], outline[half]))
    )
    length = math.hypot(x1 - x0, y1 - y0)
    cosine, sine = ((x1 - x0) / length, (y1 - y0) / length) if length else (1.0, 0.0)
    left, top, right, bottom = bounding_box(tuple((x * cosine + y * sine, y * cosine - x * sine) for x, y in outline))
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    turned = ((x * cosine - y * sine, x * sine + y * cosine) for x, y in corners)
    return tuple((round(min(max(x, 0.0), width), 1), round(min(max(y, 0.0), height), 1)) for x, y in turned)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line, with its own quad. `glued` tells that no space parts it from the word before it."""

    text: str
    confidence: float
    polygon: Polygon
    glued: bool = False

    @property
    def bbox(self) -> Box:
        return bounding_box(self.polygon)


def join_words(words: Iterable[Word]) -> str:
    """The text of words that follow each other on a line."""
    return "".join(word.text if word.glued else f" {word.text}" for word in words).lstrip(" ")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. `script` is an ISO 15924 code, `block` counts paragraphs from 0 on a page.

    `origin` tells whether it was read from the picture or spelt out by the document. `direction` is that of its text:
    to the right, to the left, or `ttb` where East Asian characters stand upright below each other. A line that bends
    has an `outline`, the points of its upper edge in reading direction and then of its lower edge back; its `polygon`
    is the quad around that.
    """

    text: str
    confidence: float
    polygon: Polygon
    script: str = "Zyyy"
    block: int = 0
    words: tuple[Word, ...] = ()
    origin: LineOrigin = "ocr"
    direction: Direction = "ltr"
    outline: Polygon = ()

    @property
    def bbox(self) -> Box:
        return bounding_box(self.outline or self.polygon)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: `lines` are their indices on the page, in reading order, and none is twice.

    `level` tells how large a heading is, 1 for the largest; it is 0 for all other kinds.
    """

    kind: BlockKind
    bbox: Box
    lines: tuple[int, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its first row and column, from 0, how many it takes, and the lines that stand in it.

    `bbox` is the cell's part of the page, `lines` are indices of the page's lines. Empty cells are cells too.
    """

    row: int
    column: int
    text: str
    bbox: Box
    lines: tuple[int, ...] = ()
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """One table, whose cells cover every place of its rows and columns once, from the top left, row by row.

    `head_rows` counts the rows at its top that name its columns. `continues` tells that it goes on with the first
    table of the next page.
    """

    bbox: Box
    cells: tuple[Cell, ...]
    head_rows: int = 0
    continues: bool = False

    @property
    def rows(self) -> int:
        return max((cell.row + cell.row_span for cell in self.cells), default=0)

    @property
    def columns(self) -> int:
        return max((cell.column + cell.column_span for cell in self.cells), default=0)


@dataclass(frozen=True, slots=True)
class Unread:
    """A place that looks like text and of which no text is told: `reason` says why."""

    polygon: Polygon
    reason: UnreadReason

    @property
    def bbox(self) -> Box:
        return bounding_box(self.polygon)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its size in pixels, how it was turned, and its lines in reading order.

    `index` counts from 0. `rotation` is the clockwise quarter turn (0, 90, 180, 270) and `skew` the angle in
    degrees that were undone before reading; the polygons stand on the page as it was. `illegible` holds the places of
    lines that could not be read and were left out: handwriting, stamps, ruined print; `unread` has these, and all other
    places that look like text and gave none, each with its reason. `blocks` hold every line once, in
    reading order; a line's `block` is the place of its block among them. `tables` are in the order of the blocks of
    kind `table`, one each. A page whose structure nobody has looked for has lines alone. `recognizers` are those that
    read its lines, where several were at hand; files tell them of the document as a whole.
    `covers_text` tells whether the page carries text that nobody can see on it, under a black bar say; None where that
    was not looked at. Files do not tell it.
    """

    index: int
    width: int
    height: int
    dpi: float | None = None
    rotation: int = 0
    skew: float = 0.0
    status: PageStatus = "ok"
    error: str | None = None
    origin: PageOrigin = "ocr"
    lines: tuple[Line, ...] = ()
    illegible: tuple[Polygon, ...] = ()
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    recognizers: tuple[str, ...] = field(default=(), compare=False)
    unread: tuple[Unread, ...] = ()
    covers_text: bool | None = field(default=None, compare=False)

    @property
    def is_mostly_unread(self) -> bool:
        """Whether more lines of the page were found and not read than were read."""
        return sum(each.reason != "ruby" for each in self.unread) > len(self.lines)

    @property
    def is_in_unknown_script(self) -> bool:
        """Whether most of its lines are in a script that nothing at hand reads."""
        strange = sum(each.reason == "unknown-script" for each in self.unread)
        return 2 * strange > len(self.unread) + len(self.lines)


@dataclass(frozen=True, slots=True)
class Origins:
    """How many pages and lines came from where; they add up with `+`. A page that could not be read is not counted.

    Attributes:
        ocr_pages: Pages that were read from their picture alone.
        layer_pages: Pages whose text the document spells out.
        mixed_pages: Pages with lines of both.
        ocr_lines: Lines that were read.
        layer_lines: Lines that the document spells out.
    """

    ocr_pages: int = 0
    layer_pages: int = 0
    mixed_pages: int = 0
    ocr_lines: int = 0
    layer_lines: int = 0

    def __add__(self, other: Origins) -> Origins:
        return Origins(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Origins)))

    def to_plain(self) -> dict[str, dict[str, int]]:
        """The counts by the names of the origins, which `from_plain` takes."""
        return {
            "pages": {"ocr": self.ocr_pages, "text-layer": self.layer_pages, "mixed": self.mixed_pages},
            "lines": {"ocr": self.ocr_lines, "text-layer": self.layer_lines},
        }

    @classmethod
    def from_plain(cls, plain: dict[str, dict[str, int]]) -> Origins:
        """The counts that `to_plain` gives."""
        pages, lines = plain["pages"], plain["lines"]
        return cls(pages["ocr"], pages["text-layer"], pages["mixed"], lines["ocr"], lines["text-layer"])

    def __str__(self) -> str:
        """One line for a person; empty where all was read from pictures."""
        carried = [
            f"{count:,} page{'' if count == 1 else 's'} {how}"
            for count, how in ((self.layer_pages, "by the PDF's own text"), (self.mixed_pages, "by that in part"))
            if count
        ]
        return (
            f"{', '.join(carried)}: {self.layer_lines:,} of {self.layer_lines + self.ocr_lines:,} lines"
            if carried
            else ""
        )


def count_origins(pages: Iterable[Page]) -> Origins:
    """Where the text of pages came from."""
    read = [page for page in pages if page.status == "ok"]
    by_page = Counter(page.origin for page in read)
    # A page of an earlier version tells its origin, and its lines do not.
    by_line = Counter(
        "text-layer" if page.origin == "text-layer" else line.origin for page in read for line in page.lines
    )
    return Origins(by_page["ocr"], by_page["text-layer"], by_page["mixed"], by_line["ocr"], by_line["text-layer"])


@dataclass(frozen=True, slots=True)
class Source:
    """The file a document came from. `path` is relative to the input folder, with `/`."""

    path: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Engine:
    """What read the document: program version, model names, and the settings that change results.

    Of a document, `recognizers` are those that read its lines; of a run, all that may.
    """

    version: str
    detector: str
    recognizers: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    def of_document(self, pages: Iterable[Page]) -> Engine:
        """What read a document of these pages: where there is a choice, those recognizers alone that were chosen."""
        if len(self.recognizers) == 1:
            return self
        used = {name for page in pages for name in page.recognizers}
        return replace(self, recognizers=tuple(name for name in self.recognizers if name in used))

    def may_have_read(self, document: Document) -> bool:
        """Whether a document is as this engine reads it."""
        made = document.engine
        return replace(made, recognizers=self.recognizers) == self and set(made.recognizers) <= set(self.recognizers)


@dataclass(frozen=True, slots=True)
class Document:
    """Everything read from one file."""

    source: Source
    engine: Engine
    pages: tuple[Page, ...]

    @property
    def status(self) -> DocumentStatus:
        """`ok` when every page was read in full, `failed` when none was read, else `partial`."""
        if not any(page.status == "failed" or page.error for page in self.pages):
            return "ok"
        return "failed" if all(page.status == "failed" for page in self.pages) else "partial"
