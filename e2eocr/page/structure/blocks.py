"""What the blocks of a page are: headings, paragraphs, lists, captions, footnotes and the numbers of pages."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from e2eocr.page.rows import middle
from e2eocr.page.structure.frame import hull
from e2eocr.page.structure.regions import CAPTION
from e2eocr.page.structure.weight import BOLD
from e2eocr.results import Block, BlockKind, Box, Line, Page

HEADING = (1.7, 1.35, 1.15)  # times the height of the text, from which a heading has level 1, 2, 3
MAX_HEADING_LINES = 3
MAX_HEADING_CHARACTERS = 160
SMALL = 0.93  # of the height of the text: footnotes are set smaller
LOWER_PART = 0.5  # of the page, for footnotes
EDGE = 0.12  # of the page, for its number and what repeats over pages
NEAR_TABLE = 3.0  # heights of the text between a caption and its table
MAX_CAPTION_LINES = 4
MARK = re.compile(r"^\s*(?:[•●▪■◦○➢❖✓✔☐☑☒]|(?:[–—\-*·]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])(?:\s+|$))")
BULLET = re.compile(r"^\s*[•●▪■◦○➢❖✓✔☐☑☒]")
NUMBERED_HEADING = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+\S")
NOTE = re.compile(r"^\s*(?:\(?\d{1,2}\)?|[*†‡§¹²³⁴⁵⁶⁷⁸⁹]+|\([a-z]\))\s*\S")
CAPTION_END = re.compile(r"^\w+\.?\s*[\w.\-]+\s*(?:[:.|–—\-]|$)")
PAGE_NUMBER = re.compile(
    r"^[\s\-–—|]*(?:page|seite|pag(?:e|ina|\.)?|página|strona|side|sida|стр\.|σελ\.|p\.)?\s*"
    r"(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|von|de|di|sur|z|av|из|/)\s*\d{1,4})?[\s\-–—|]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page: indices of lines, or the number of a table."""

    lines: tuple[int, ...]
    table: int | None = None


def name_blocks(
    lines: Sequence[Line], regions: Sequence[Region], page: Page, weights: np.ndarray | None = None
) -> list[Block]:
    """Part regions where lists begin and end, and say of each block what it is.

    Args:
        lines: Of the page, in reading order.
        regions: That hold every line once, in the same order.
        page: What they are on; only its size matters.
        weights: How heavy the print of each line is, `(n,)`, 1 as a rule.
    """
    look = _Look(lines, page, np.ones(len(lines)) if weights is None else weights)
    blocks = []
    for region in regions:
        if region.table is not None:
            blocks.append(Block("table", look.box_around(region.lines), region.lines))
        else:
            blocks += [look.block(members) for members in _part_lists(lines, region.lines)]
    return look.with_captions(blocks)


def _part_lists(lines: Sequence[Line], members: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Cut lines that belong together before the first item of a list, and after the last."""
    marked = [bool(MARK.match(lines[at].text)) for at in members]
    is_list = sum(marked) >= 2 or any(BULLET.match(lines[at].text) for at in members)
    if not is_list:
        yield tuple(members)
        return
    first = marked.index(True)
    last = first
    lefts = [lines[at].bbox[0] for at in members]
    edge = min(left for left, is_marked in zip(lefts, marked, strict=True) if is_marked)
    for place in range(first, len(members)):
        height = line_height(lines[members[place]])
        if marked[place] or (last == place - 1 and lefts[place] > edge + 0.3 * height):
            last = place
    for part in (members[:first], members[first : last + 1], members[last + 1 :]):
        if part:
            yield tuple(part)


def line_height(line: Line) -> float:
    """How high a line is, across its text, in pixels."""
    return math.dist(line.polygon[0], line.polygon[3])


class _Look:
    """How the text of a page looks as a rule, beside which its blocks are judged."""

    def __init__(self, lines: Sequence[Line], page: Page, weights: np.ndarray) -> None:
        self.lines, self.page, self.weights = lines, page, weights
        self.boxes = np.array([line.bbox for line in lines]).reshape(-1, 4)
        self.heights = [line_height(line) for line in lines]
        self.height = max(middle(np.repeat(self.heights, [max(len(line.text), 1) for line in lines])), 1.0)

    def block(self, members: tuple[int, ...]) -> Block:
        """A block of lines, with its kind."""
        box = self.box_around(members)
        kind, level = self._kind(members, box)
        return Block(kind, box, members, level)

    def box_around(self, members: Sequence[int]) -> Box:
        """The upright box around some lines."""
        return hull(self.boxes[list(members)])

    def _kind(self, members: Sequence[int], box: Box) -> tuple[BlockKind, int]:
        texts = [self.lines[at].text for at in members]
        size = median([self.heights[at] for at in members]) / self.height
        if self._is_page_number(texts, box):
            return "page-number", 0
        if BULLET.match(texts[0]) or (len(texts) > 1 and sum(bool(MARK.match(text)) for text in texts) > 1):
            return "list", 0
        if size < SMALL and box[1] > LOWER_PART * self.page.height and NOTE.match(texts[0]) and len(texts[0]) > 8:
            return "footnote", 0
        is_bold = float(self.weights[list(members)].min()) >= BOLD
        level = self._heading_level(texts, size, is_bold=is_bold)
        return ("heading", level) if level else ("paragraph", 0)

    def _is_page_number(self, texts: Sequence[str], box: Box) -> bool:
        at_edge = box[3] < EDGE * self.page.height or box[1] > (1 - EDGE) * self.page.height
        return at_edge and len(texts) == 1 and bool(PAGE_NUMBER.match(texts[0]))

    def _heading_level(self, texts: Sequence[str], size: float, *, is_bold: bool) -> int:
        """From 1; 0 where it is no heading."""
        text = " ".join(texts)
        if len(texts) > MAX_HEADING_LINES or len(text) > MAX_HEADING_CHARACTERS:
            return 0
        if sum(map(str.isalpha, text)) < max(3, len(text) // 3):
            return 0
        if NUMBERED_HEADING.match(text) and len(texts) <= 2 and not text.rstrip().endswith((".", ";", ",")):
            return min(text.split()[0].strip(".").count(".") + 1, 6)
        by_size = next((level for level, least in enumerate(HEADING, start=1) if size >= least), 0)
        return by_size or (len(HEADING) if is_bold and len(texts) <= 2 and text[-1:] not in ".,;" else 0)

    def with_captions(self, blocks: list[Block]) -> list[Block]:
        """Blocks, of which those are captions that say so and stand by a table, or say so as captions do."""
        named = []
        tables = [block.bbox for block in blocks if block.kind == "table"]
        for block in blocks:
            text = self.lines[block.lines[0]].text
            short = len(block.lines) <= MAX_CAPTION_LINES and block.kind in ("paragraph", "heading")
            if short and CAPTION.match(text) and (self._is_near(block.bbox, tables) or CAPTION_END.match(text)):
                block = Block("caption", block.bbox, block.lines)
            named.append(block)
        return named

    def _is_near(self, box: Box, others: Sequence[Box]) -> bool:
        reach = NEAR_TABLE * self.height
        return any(
            min(box[2], other[2]) > max(box[0], other[0]) and max(other[1] - box[3], box[1] - other[3]) < reach
            for other in others
        )
