"""The order in which a person reads the lines of a page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from e2eocr.page.gutters import Interval, cut_bands, merge_intervals, widest_gutter
from e2eocr.page.layout import GUTTER, Layout, Part
from e2eocr.page.rows import middle, percentile, slices

ORDERS = ("columns", "rows")
ON_END = 4.0  # line heights from which a line that is higher than wide is no letter on its own
INDENT = (0.8, 6.0)  # line heights by which the first line of a paragraph is set in,
FLUSH = 0.5  # and by which the others may be
EDGE_BANDS = 3  # at the top of a page and at its foot, among which running heads and lines of dates are,
EDGE_GAP = 0.7  # line heights that part them from the text,
LARGE = 1.2  # times the height of the text, from which a text is a heading
NO_WALLS = np.zeros((0, 2, 2), np.float32)
DEEPEST = 40  # cuts inside cuts; no page that a person made comes near


def arrange_lines(
    quads: np.ndarray,
    *,
    order: str = "columns",
    solid: Sequence[int] | np.ndarray = (),
    running: Sequence[int] | np.ndarray = (),
    small: Sequence[int] | np.ndarray = (),
    walls: np.ndarray = NO_WALLS,
) -> list[list[int]]:
    """Order lines and gather them to blocks.

    `columns` is a recursive XY-cut (Nagy and Seth): the page falls into bands where a strip is empty from side
    to side, bands that share an empty strip from top to bottom become columns, and each column is cut again. A
    table, form or receipt, whose rows go on across that strip, is read row by row.

    Args:
        quads: Line corners, `(n, 4, 2)` float32 page pixels, clockwise from the text's top left.
        order: `columns`, or `rows` for top to bottom over the whole width and left to right in each row.
        solid: Which quads are no lines but whole tables: they say nothing of how high lines are and how they run.
        running: Which quads are known for lines of running text, whose columns are no columns of a table.
        small: Which quads are lines that begin with a small letter.
        walls: Upright rules, `(m, 2, 2)` float32 page pixels: upper and lower end of each.

    Returns:
        Blocks in reading order, each the indices of its lines in reading order; every index stands once.

    Raises:
        ValueError: If `order` is neither.
    """
    if order not in ORDERS:
        raise ValueError(f"Invalid `order`. Expected one of {', '.join(ORDERS)}. Received: order={order!r}")
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    if not len(quads):
        return []
    kinds = {"solid": solid, "running": running, "small": small}
    page = _Order(quads, walls, **{kind: _marked(members, len(quads)) for kind, members in kinds.items()})
    if order == "rows":
        return page.read_rows(np.arange(len(quads)))
    upright = page.are_upright()
    return page.read_columns(np.flatnonzero(upright)) + [[at] for at in np.flatnonzero(~upright).tolist()]


def _marked(members: Sequence[int] | np.ndarray, count: int) -> np.ndarray:
    """Which of so many things are some of them, `(count,)` bool."""
    marked = np.zeros(count, bool)
    marked[np.asarray(members, int)] = True
    return marked


class _Order(Layout):
    """The lines of one page, put in order."""

    def are_upright(self) -> np.ndarray:
        """Which lines are no notes up a margin, on end beside lines that lie level, `(n,)` bool: such are read last."""
        on_end = (self.heights > ON_END * self.height) & (self.heights > 1.5 * self.widths) & ~self.solid
        return ~on_end if on_end.mean() < 0.5 else np.ones(len(on_end), bool)

    def read_columns(self, members: np.ndarray, depth: int = 0) -> list[list[int]]:
        """Blocks of a region whose columns are read one after the other."""
        blocks: list[list[int]] = []
        flow: list[np.ndarray] = []  # bands from side to side, waiting to be read as one text
        for part in self._regions(members):
            if not part.gutters or depth == DEEPEST or self.is_table(part):
                flow.append(part.members)
                continue
            blocks += self._read_flow(flow)
            flow = []
            homes = np.searchsorted(part.gutters, self.x0[part.members], side="right")
            for column in range(len(part.gutters) + 1):
                blocks += self.read_columns(part.members[homes == column], depth + 1)
        return blocks + self._read_flow(flow)

    def read_rows(self, members: np.ndarray) -> list[list[int]]:
        """Blocks of a region that is read row by row; one ends before a row that is far, larger, smaller or set in."""
        rows = self.rows(members)
        starts = np.cumsum([0, *(len(row) for row in rows[:-1])])
        ordered = np.concatenate(rows)
        tops = np.minimum.reduceat(self.y0[ordered], starts)
        bottoms = np.maximum.reduceat(self.y1[ordered], starts)
        heights = np.array([median(self.heights[row].tolist()) for row in rows])
        gaps = tops[1:] - bottoms[:-1]
        usual = middle(gaps) if len(gaps) else 0.0
        larger, smaller = np.maximum(heights[1:], heights[:-1]), np.minimum(heights[1:], heights[:-1])
        ends = (gaps > max(usual, 0.0) + 0.5 * self.height) | (larger > 1.6 * smaller) | self._indented(rows)[1:]
        blocks: list[list[int]] = [[]]
        for row, new in zip(rows, [False, *ends.tolist()], strict=True):
            if new:
                blocks.append([])
            blocks[-1] += row.tolist()
        return blocks

    def _indented(self, rows: list[np.ndarray]) -> np.ndarray:
        """Which rows begin a paragraph by an indent, `(r,)` bool: the rows before and after them stand flush left."""
        lefts = self.x0[[row[0] for row in rows]]  # a row goes from left to right
        offsets = (lefts - percentile(lefts, 0.25)) / self.height
        flush = (np.abs(offsets) < FLUSH) & np.array([len(row) == 1 for row in rows])
        indented = (offsets > INDENT[0]) & (offsets < INDENT[1])
        if flush.mean() < 0.5:
            return np.zeros(len(rows), bool)
        before, after = np.append(True, flush[:-1]), np.append(flush[1:], True)
        return indented & before & after

    def _read_flow(self, bands: list[np.ndarray]) -> list[list[int]]:
        return self.read_rows(np.concatenate(bands)) if bands else []

    def _regions(self, members: np.ndarray) -> list[Part]:
        """Cut a region into parts from top to bottom."""
        bands = self._bands(members)
        intervals = [self.taken(band, members) for band in bands]
        alone = self._edge_rows(bands) if len(members) == len(self.x0) else set()
        parts: list[Part] = []
        start = 0
        for end in self._cuts(intervals, alone):
            part = self._part(bands, intervals, start, end)
            if parts and not alone & {parts[-1].start, start}:
                both = self._part(bands, intervals, parts[-1].start, end)
                if both.walled or self.is_one_text(both, parts[-1].members, part.members):
                    part = both
                    parts.pop()
            parts.append(part)
            start = end
        return parts

    def _part(self, bands: list[np.ndarray], intervals: list[list[Interval]], start: int, end: int) -> Part:
        """The part of a region from one band to another."""
        members = np.concatenate(bands[start:end])
        taken = merge_intervals([each for band in intervals[start:end] for each in band], GUTTER * self.height)
        walled = self.walled_gutters(members, taken)
        starts = np.sort(self.x0[members]).tolist()
        return Part(members, start, taken, walled or widest_gutter(taken, starts), bool(walled))

    def _cuts(self, bands: list[list[Interval]], alone: set[int]) -> list[int]:
        """Where groups of bands end; those that stand alone are groups of their own."""
        stops = sorted({*alone, *(at + 1 for at in alone), len(bands)} - {0})
        parts = pairwise([0, *stops])
        return [start + end for start, stop in parts for end in cut_bands(bands[start:stop], GUTTER * self.height)]

    def _edge_rows(self, bands: list[np.ndarray]) -> set[int]:
        """Bands near the top and the foot of the page that are a row of their own: a running head, a line of dates."""
        near = {*range(EDGE_BANDS), *range(len(bands) - EDGE_BANDS, len(bands))} & {*range(len(bands))}
        rows = [at for at in near if len(bands[at]) > 1 and len(self.rows(bands[at])) == 1]
        return {at for at in rows if not self._is_large(bands[at]) and self._is_apart(bands, at)}

    def _is_apart(self, bands: list[np.ndarray], at: int) -> bool:
        """Whether there is room, a heading or nothing at all above a band and below it."""
        return all(
            self.y0[lower].min() - self.y1[upper].max() > EDGE_GAP * self.height
            or self._is_large(lower)
            or self._is_large(upper)
            for upper, lower in pairwise(bands[max(at - 1, 0) : at + 2])
        )

    def _is_large(self, band: np.ndarray) -> bool:
        return middle(self.heights[band]) > LARGE * self.height

    def _bands(self, members: np.ndarray) -> list[np.ndarray]:
        """Cut a region wherever a level strip through it is empty, `(m,)` indices a band, from top to bottom."""
        # A little of each line's height is left out, for ascenders and what is left of a slope.
        top = self.y0[members] + 0.2 * self.heights[members]
        bottom = self.y1[members] - 0.2 * self.heights[members]
        order = np.argsort(top, kind="stable")
        lowest = np.maximum.accumulate(bottom[order])
        return slices(members[order], np.flatnonzero(top[order][1:] >= lowest[:-1]) + 1)
