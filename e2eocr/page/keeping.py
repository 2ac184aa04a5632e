"""A page with some of its lines alone, and all that refers to them put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from e2eocr.results import Page


def keep_lines(page: Page, kept: Sequence[int]) -> Page:
    """The page with those of its lines alone whose indices are given, in that order; blocks left without any go."""
    places = {at: place for place, at in enumerate(kept)}
    blocks = [replace(block, lines=_moved(block.lines, places)) for block in page.blocks]
    tables = (
        replace(table, cells=tuple(replace(cell, lines=_moved(cell.lines, places)) for cell in table.cells))
        for table in page.tables
    )
    numbers = [number for number, block in enumerate(blocks) if block.lines or block.kind == "table"]
    new = {old: number for number, old in enumerate(numbers)}
    lines = (replace(page.lines[at], block=new.get(page.lines[at].block, page.lines[at].block)) for at in kept)
    return replace(page, lines=tuple(lines), blocks=tuple(blocks[at] for at in numbers), tables=tuple(tables))


def _moved(lines: tuple[int, ...], places: dict[int, int]) -> tuple[int, ...]:
    return tuple(places[at] for at in lines if at in places)
