"""What a page is made of beside its lines: tables, blocks and the order in which they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from e2eocr.page.structure.arranging import arrange_regions
from e2eocr.page.structure.blocks import Region, name_blocks
from e2eocr.page.structure.flattening import FlatPage, Warp, find_warp
from e2eocr.page.structure.frame import Frame, make_frames
from e2eocr.page.structure.initials import join_initials
from e2eocr.page.structure.parting import (
    CellLines,
    FoundTable,
    PartedLine,
    make_table,
    order_cells,
    part_lines,
)
from e2eocr.page.structure.running import RunningLines
from e2eocr.page.structure.sketch import Sketch, SmallPicture, make_sketch, shrink
from e2eocr.page.structure.tables import find_tables
from e2eocr.page.structure.weight import line_weights
from e2eocr.results import Line, Page, Table


def structure_page(page: Page, picture: np.ndarray | None, *, order: str = "columns", keep_order: bool = False) -> Page:
    """Find the tables and blocks of a page, and put its lines in reading order.

    Args:
        page: A page with lines.
        picture: Of the page, `(H, W, 3)` or `(H, W)` uint8 at any resolution; without it no rules are seen.
        order: `columns` or `rows`.
        keep_order: Whether the lines are in an order already, which stays, unless it goes to and fro between columns or
            is to be by rows.

    Returns:
        The page with `blocks` and `tables`. Lines that stand in several cells are parted.
    """
    if not page.lines:
        return page
    warp = find_warp(page)
    if warp is None:
        return _structure(page, picture, None, order, keep_order=keep_order)
    flat = FlatPage(page, warp)
    return flat.restored(_structure(flat.page, picture, warp, order, keep_order=keep_order))


def _structure(page: Page, picture: np.ndarray | None, warp: Warp | None, order: str, *, keep_order: bool) -> Page:
    """The same for a page that lies flat, whose picture does once it is warped."""
    page = replace(page, lines=join_initials(page.lines))
    frames = list(make_frames(page.lines))
    small = None if picture is None else shrink(picture, page.width, frames[0].height)
    small = warp.picture(small) if warp and small else small

    def draw(frame: Frame) -> Sketch | None:
        return None if small is None else make_sketch(small, frame)

    running = [RunningLines(frame) for frame in frames]
    found = [find_tables(frame, lines, draw) for frame, lines in zip(frames, running, strict=True)]
    tables = [FoundTable(frame, grid) for frame, (grids, _) in zip(frames, found, strict=True) for grid in grids]
    parted = part_lines(page.lines, tables)
    walls = found[0][1].upright
    regions = arrange_regions(frames[0], running[0], parted, tables, walls, order, keep_order=keep_order)
    return _assemble(page, small, parted, tables, regions)


def _assemble(
    page: Page,
    picture: SmallPicture | None,
    parted: Sequence[PartedLine],
    tables: Sequence[FoundTable],
    regions: Sequence[Region],
) -> Page:
    """The page with its lines in the order of its regions."""
    cells = [order_cells(table, parted, number) for number, table in enumerate(tables)]
    order, spread = _spread(regions, cells)
    lines = [parted[at].line for at in order]
    places = {at: place for place, at in enumerate(order)}
    blocks = name_blocks(lines, spread, page, line_weights(picture, lines))
    numbers = {at: number for number, block in enumerate(blocks) for at in block.lines}
    numbered = tuple(replace(line, block=numbers[at]) for at, line in enumerate(lines))
    made = [
        _table(page, tables[region.table], lines, cells[region.table], places)
        for region in spread
        if region.table is not None
    ]
    return replace(page, lines=numbered, blocks=tuple(blocks), tables=tuple(made))


def _spread(regions: Sequence[Region], cells: Sequence[CellLines]) -> tuple[list[int], list[Region]]:
    """All lines in order, and the regions with the places of theirs in that order; tables have those of their cells."""
    order: list[int] = []
    spread = []
    for region in regions:
        members = region.lines
        if region.table is not None:
            members = tuple(at for each in cells[region.table].values() for at in each)
        spread.append(Region(tuple(range(len(order), len(order) + len(members))), region.table))
        order += members
    return order, spread


def _table(page: Page, table: FoundTable, lines: Sequence[Line], cells: CellLines, places: Mapping[int, int]) -> Table:
    found = {cell: [places[at] for at in members] for cell, members in cells.items()}
    return make_table(table, lines, found, (page.width, page.height))
