"""What shows over several pages alone: headers and footers that repeat, and tables that go on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from e2eocr.page.keeping import keep_lines
from e2eocr.results import Block, Page, Table

EDGE = 0.13  # of the height of a page, above and below, where headers and footers stand
MIN_PAGES = 2  # on which a header stands,
MIN_SHARE = 0.25  # and the share of all: left and right pages have headers of their own
SAME_PLACE = 0.02  # of a page: how far apart the same header, or edge of a table, may be on two pages
MAX_CHARACTERS = 150
_DIGITS = re.compile(r"\d+")
_FURNITURE = ("header", "footer", "page-number")
_BESIDE_TABLES = (*_FURNITURE, "footnote", "caption")


def join_pages(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages of a document: headers and footers that repeat are named and in their places, tables go on."""
    named = _name_furniture(pages)
    if len(named) > 1:
        named = [_with_furniture_at_edges(page) for page in named]
    following = [*named[1:], None][: len(named)]
    return tuple(_with_continued(page, after) for page, after in zip(named, following, strict=True))


def _name_furniture(pages: Sequence[Page]) -> list[Page]:
    counts: dict[tuple[str, str], list[float]] = {}
    for page in pages:
        for key, place in _candidates(page):
            counts.setdefault(key, []).append(place)
    least = max(MIN_PAGES, MIN_SHARE * sum(page.status == "ok" for page in pages))
    repeated = {key: places for key, places in counts.items() if len(places) >= least}
    return [_named(page, repeated) for page in pages]


def _candidates(page: Page) -> Iterator[tuple[tuple[str, str], float]]:
    """What may be a header or footer: the edge it is at and its text without digits, and how far down it stands."""
    for block in page.blocks:
        if (key := _key(page, block)) is not None:
            yield key, _place(page, block)


def _key(page: Page, block: Block) -> tuple[str, str] | None:
    if block.kind in ("table", "page-number") or not page.height:
        return None
    text = " ".join(page.lines[at].text for at in block.lines)
    if block.bbox[3] <= EDGE * page.height:
        edge = "header"
    elif block.bbox[1] >= (1 - EDGE) * page.height:
        edge = "footer"
    else:
        return None
    return (edge, _DIGITS.sub("#", text).casefold()) if len(text) <= MAX_CHARACTERS else None


def _place(page: Page, block: Block) -> float:
    return (block.bbox[1] + block.bbox[3]) / 2 / page.height


def _named(page: Page, repeated: dict[tuple[str, str], list[float]]) -> Page:
    blocks = []
    for block in page.blocks:
        key = _key(page, block)
        if key is not None and key in repeated:
            near = sum(abs(_place(page, block) - place) <= SAME_PLACE for place in repeated[key])
            if near >= MIN_PAGES:
                block = replace(block, kind="header" if key[0] == "header" else "footer", level=0)
        blocks.append(block)
    return replace(page, blocks=tuple(blocks))


def _with_furniture_at_edges(page: Page) -> Page:
    """The page with what stands at its head read first and at its foot last, in whichever order its file draws them."""
    order = sorted(range(len(page.blocks)), key=lambda at: _edge(page, page.blocks[at]))
    if order == [*range(len(order))]:
        return page
    numbers = {old: number for number, old in enumerate(order)}
    lines = tuple(replace(line, block=numbers[line.block]) for line in page.lines)
    blocks = tuple(page.blocks[at] for at in order)
    return keep_lines(replace(page, lines=lines, blocks=blocks), [at for block in blocks for at in block.lines])


def _edge(page: Page, block: Block) -> int:
    """-1 for what stands at the head of a page, 1 at its foot, 0 for all between."""
    if block.kind not in _FURNITURE:
        return 0
    return -1 if _place(page, block) < 0.5 else 1


def _with_continued(page: Page, after: Page | None) -> Page:
    """The page, its last table marked where the next page begins with the rest of it."""
    if after is None or after.index != page.index + 1 or not (page.tables and after.tables):
        return page
    ends = [block.kind for block in page.blocks if block.kind not in _BESIDE_TABLES]
    begins = [block.kind for block in after.blocks if block.kind not in _BESIDE_TABLES]
    if ends[-1] != "table" or begins[0] != "table" or not _fit(page, page.tables[-1], after, after.tables[0]):
        return page
    return replace(page, tables=(*page.tables[:-1], replace(page.tables[-1], continues=True)))


def _fit(page: Page, first: Table, after: Page, second: Table) -> bool:
    """Whether two tables have as many columns, and the same edges on their pages."""
    edges = [(first.bbox[at] / page.width, second.bbox[at] / after.width) for at in (0, 2)]
    return first.columns == second.columns and all(abs(a - b) <= SAME_PLACE for a, b in edges)
