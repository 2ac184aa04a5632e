"""What a page is made of beside its lines: tables, blocks and the order in which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from e2eocr.page.order import arrange_lines
from e2eocr.page.structure.blocks import Region, name_blocks
from e2eocr.page.structure.frame import Frame, make_frames
from e2eocr.page.structure.parting import (
    FoundTable,
    PartedLine,
    make_table,
    order_cells,
    part_lines,
    table_quad,
)
from e2eocr.page.structure.sketch import Sketch, make_sketch
from e2eocr.page.structure.tables import find_tables
from e2eocr.page.structure.weight import line_weights
from e2eocr.results import Page

ALTERNATING = 2.0  # how often a text goes from block to block, times the number of blocks, where its order is none


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
    frames = list(make_frames(page.lines))
    tables = [
        FoundTable(frame, grid)
        for frame in frames
        for grid in find_tables(frame, lambda frame: _draw(picture, page.width, frame))
    ]
    parted = part_lines(page.lines, tables)
    regions = _arrange(frames[0], parted, tables, order, keep=keep_order)
    return _assemble(page, picture, parted, tables, regions)


def _draw(picture: np.ndarray | None, width: int, frame: Frame) -> Sketch | None:
    return None if picture is None else make_sketch(picture, width, frame)


def _arrange(
    frame: Frame, parted: Sequence[PartedLine], tables: Sequence[FoundTable], order: str, *, keep: bool
) -> list[Region]:
    """The parts of a page in reading order, as it is in its frame: tables, and lines that belong together."""
    free = [at for at, part in enumerate(parted) if part.home is None]
    quads = [np.array(parted[at].line.polygon) for at in free]
    quads += [table_quad(table.frame, table.grid.box) for table in tables]
    units = (np.array(quads).reshape(-1, 4, 2) @ frame.to_page.T).astype(np.float32)
    solid = np.arange(len(free), len(quads))
    blocks = arrange_lines(units, order=order, solid=solid)
    if keep and order == "columns":
        blocks = _in_given_order(blocks, parted, free)
    regions = []
    for block in blocks:
        regions += _part_block(block, free)
    return regions


def _part_block(block: Sequence[int], free: Sequence[int]) -> list[Region]:
    """A block of units as regions: its tables stand alone."""
    regions: list[Region] = []
    for unit in block:
        if unit >= len(free):
            regions.append(Region((), unit - len(free)))
        elif regions and regions[-1].table is None:
            regions[-1] = Region((*regions[-1].lines, free[unit]))
        else:
            regions.append(Region((free[unit],)))
    return regions


def _in_given_order(blocks: list[list[int]], parted: Sequence[PartedLine], free: Sequence[int]) -> list[list[int]]:
    """Blocks in the order in which the lines were given, unless that goes to and fro between them."""
    home = {unit: number for number, block in enumerate(blocks) for unit in block}
    unit_of = {at: unit for unit, at in enumerate(free)}
    given: list[int] = []
    for at, part in enumerate(parted):
        unit = unit_of[at] if part.home is None else len(free) + part.home[0]
        if unit not in given[-1:] and (part.home is None or unit not in given):
            given.append(unit)
    runs: list[list[int]] = []
    for unit in given:
        if runs and home[runs[-1][-1]] == home[unit]:
            runs[-1].append(unit)
        else:
            runs.append([unit])
    return blocks if len(runs) > ALTERNATING * len(blocks) else runs


def _assemble(
    page: Page,
    picture: np.ndarray | None,
    parted: Sequence[PartedLine],
    tables: Sequence[FoundTable],
    regions: Sequence[Region],
) -> Page:
    """The page with its lines in the order of its regions."""
    cells = [order_cells(table, parted, number) for number, table in enumerate(tables)]
    order: list[int] = []
    spread = []
    for region in regions:
        members = region.lines
        if region.table is not None:
            members = tuple(at for each in cells[region.table].values() for at in each)
        spread.append(Region(tuple(range(len(order), len(order) + len(members))), region.table))
        order += members
    lines = [parted[at].line for at in order]
    place = {at: number for number, at in enumerate(order)}
    made = []
    for region in spread:
        if region.table is not None:
            found = {cell: [place[at] for at in members] for cell, members in cells[region.table].items()}
            made.append(make_table(tables[region.table], lines, found, (page.width, page.height)))
    blocks = name_blocks(lines, spread, page, line_weights(picture, page.width, lines))
    numbers = {at: number for number, block in enumerate(blocks) for at in block.lines}
    numbered = tuple(replace(line, block=numbers[at]) for at, line in enumerate(lines))
    return replace(page, lines=numbered, blocks=tuple(blocks), tables=tuple(made))
