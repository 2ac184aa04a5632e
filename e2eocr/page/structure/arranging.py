"""The order in which the parts of a page are read: its tables, and the lines between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from e2eocr.page.order import arrange_lines
from e2eocr.page.structure.blocks import Region
from e2eocr.page.structure.frame import Frame, corners_of_words
from e2eocr.page.structure.parting import FoundTable, PartedLine, table_quad
from e2eocr.page.structure.running import RunningLines
from recognizers.directions import is_mostly_from_right

ALTERNATING = 2.0  # how often a text goes from block to block, times the number of blocks, where its order is none


def arrange_regions(
    frame: Frame,
    running: RunningLines,
    parted: Sequence[PartedLine],
    tables: Sequence[FoundTable],
    walls: np.ndarray,
    order: str,
    *,
    keep_order: bool,
) -> list[Region]:
    """The parts of a page in reading order, as it is in its frame: tables, and lines that belong together.

    Args:
        frame: The words of the page that run the usual way.
        running: Which of its lines are running text.
        parted: All lines of the page.
        tables: Of the page.
        walls: Upright rules of the frame, `(m, 3)`: upper end, lower end and x of each.
        order: `columns` or `rows`.
        keep_order: Whether lines stay in the order in which they are given, if that is one.
    """
    free = [at for at, part in enumerate(parted) if part.home is None]
    lines = corners_of_words([parted[at].line for at in free])
    quads = np.concatenate([lines, *(table_quad(table.frame, table.grid.box)[np.newaxis] for table in tables)])
    units = (quads @ frame.to_page.T).astype(np.float32)
    if is_mostly_from_right(" ".join(part.line.text for part in parted)):
        units, walls = _mirrored(units), walls * [1, 1, -1]
    solid = np.arange(len(free), len(quads))
    small = [place for place, at in enumerate(free) if parted[at].line.text[:1].islower()]
    known = _running(running, parted, free)
    blocks = arrange_lines(
        units, order=order, solid=solid, running=known, small=small, walls=walls[:, [[2, 0], [2, 1]]]
    )
    if keep_order and order == "columns":
        blocks = _in_given_order(blocks, parted, free)
    regions = []
    for block in blocks:
        regions += _part_block(block, free)
    return regions


def _mirrored(units: np.ndarray) -> np.ndarray:
    """Quads `(n, 4, 2)` as a mirror shows them: there the columns and rows of Arabic and Hebrew run as Latin ones."""
    return (units * np.array([-1, 1], np.float32))[:, [1, 0, 3, 2]]


def _running(running: RunningLines, parted: Sequence[PartedLine], free: Sequence[int]) -> np.ndarray:
    """Which of some lines are running text: their places among these."""
    numbers = np.array([part.number for part in parted], int)
    return np.flatnonzero(running.lines(int(numbers.max(initial=0)) + 1)[numbers[free]])


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
    runs: list[list[int]] = []
    for unit in _given_units(parted, free):
        if runs and home[runs[-1][-1]] == home[unit]:
            runs[-1].append(unit)
        else:
            runs.append([unit])
    return blocks if len(runs) > ALTERNATING * len(blocks) else runs


def _given_units(parted: Sequence[PartedLine], free: Sequence[int]) -> list[int]:
    """Lines and tables in the order in which the lines were given; a table where its first line was."""
    unit_of = {at: unit for unit, at in enumerate(free)}
    units = (
        unit_of[at] if part.home is None else len(free) + part.home[0]  # tables are numbered after the lines
        for at, part in enumerate(parted)
    )
    return list(dict.fromkeys(units))
