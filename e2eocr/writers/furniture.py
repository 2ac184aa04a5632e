"""Headers, footers and page numbers, left out of text that is read on from page to page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from e2eocr.page.keeping import keep_lines
from e2eocr.results import Block, Document, Page

_NUMBER = re.compile(r"\d+|\b[ivxlcIVXLC]+\b")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_MAX_STEP = 2  # by which numbers grow from picture to picture: one may show two pages


def leave_out_furniture(document: Document) -> Document:
    """The document without its headers, footers and page numbers.

    A lone number at the edge of a page may be anything: it is left out where those of other pages count on with it.
    """
    numbers = {page.index: number for page in document.pages if (number := _page_number(page)) is not None}
    return replace(document, pages=tuple(_bare(page, numbers) for page in document.pages))


def _bare(page: Page, numbers: Mapping[int, int]) -> Page:
    furniture = {at for block in page.blocks if _is_furniture(page, block, numbers) for at in block.lines}
    return keep_lines(page, [at for at in range(len(page.lines)) if at not in furniture]) if furniture else page


def _is_furniture(page: Page, block: Block, numbers: Mapping[int, int]) -> bool:
    if block.kind != "page-number":
        return block.kind in ("header", "footer")
    number = numbers.get(page.index)
    return number is not None and any(_counts_on(page.index, number, *other) for other in numbers.items())


def _counts_on(page: int, number: int, other_page: int, other_number: int) -> bool:
    """Whether the numbers of two pages are as far apart as the pages."""
    return page != other_page and 0 < (other_number - number) / (other_page - page) <= _MAX_STEP


def _page_number(page: Page) -> int | None:
    """The first number that a page has at its edge."""
    texts = (page.lines[block.lines[0]].text for block in page.blocks if block.kind == "page-number")
    match = _NUMBER.search(next(texts, ""))
    return None if match is None else _value(match.group().lower())


def _value(text: str) -> int:
    """What a number says; letters are Roman, one before a greater one is taken off."""
    if text.isdigit():
        return int(text)
    values = [_ROMAN[letter] for letter in text]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
