"""The order in which a person reads the lines of a page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from detectors.geometry import weighted_median
from e2eocr.page.gutters import Interval, cut_bands, merge_intervals, widest_gutter

ORDERS = ("columns", "rows")
GUTTER = 0.3  # narrowest empty strip between columns, in line heights
CELL = 8.0  # text narrower than this many line heights is a cell of a table, not a column of prose
ALIGNED = 0.6  # how far beyond chance the rows beside a gutter go on across it to be rows of a table,
ALIGNED_CELLS = 0.25  # and where both sides are cells
ON_END = 4.0  # line heights from which a line that is higher than wide is no letter on its own
PROSE = 1.6  # of 3: how close, flush and full the lines of narrow columns of prose are
PROSE_LINES = 8  # fewest lines of such a column
ALIKE = 0.75  # how much of the widest one the narrowest must be
INDENT = (0.8, 6.0)  # line heights by which the first line of a paragraph is set in,
FLUSH = 0.5  # and by which the others may be
MOSTLY = 0.8  # and the share of lines in such columns, beside notes and the like
RUNNING = 0.5  # of the lines of columns of running text are known for it
MARK = 3.0  # line heights: a column that is no wider holds the marks of notes, or their numbers
BESIDE = 0.3  # of the lines of the smaller of two columns have a line of the other beside them
EDGE_BANDS = 3  # at the top of a page and at its foot, among which running heads and lines of dates are,
EDGE_GAP = 0.7  # line heights that part them from the text,
LARGE = 1.2  # times the height of the text, from which a text is a heading
APART = 1.5  # line heights between a row of its own and all others
HEADLINE = 1.6  # times the height of the text: a line as large that has nothing beside it parts what is above and below
GOING_ON = 0.3  # of the lines of columns of running text begin with small letters; entries of tables hardly do
GOING_ON_COLUMNS = 3  # that have one width,
GOING_ON_ALIKE = 0.6  # the narrowest as much of the widest one,
CLOSE = 0.55  # and lines that fill as much of their height
DEEPEST = 40  # cuts inside cuts; no page that a person made comes near


def arrange_lines(
    quads: np.ndarray,
    *,
    order: str = "columns",
    solid: Sequence[int] | np.ndarray = (),
    running: Sequence[int] | np.ndarray = (),
    small: Sequence[int] | np.ndarray = (),
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
    places = np.arange(len(quads))
    page = _Layout(quads, *(np.isin(places, each) for each in (solid, running, small)))
    if order == "rows":
        return page.read_rows(np.arange(len(quads)))
    upright = page.are_upright()
    return page.read_columns(np.flatnonzero(upright)) + [[at] for at in np.flatnonzero(~upright).tolist()]


class _Layout:
    """The lines of one page, turned so that most of them lie level."""

    def __init__(self, quads: np.ndarray, solid: np.ndarray, running: np.ndarray, small: np.ndarray) -> None:
        boxes = _level_boxes(quads, ~solid)
        self.x0, self.y0, self.x1, self.y1 = boxes.T
        self.widths, self.heights = self.x1 - self.x0, self.y1 - self.y0
        self.middles = (self.y0 + self.y1) / 2
        self.solid, self.running, self.small = solid, running, small
        self.height = max(float(np.median(self.heights[~solid])) if not solid.all() else 1.0, 1e-3)

    def are_upright(self) -> np.ndarray:
        """Which lines are no notes up a margin, on end beside lines that lie level, `(n,)` bool: such are read last."""
        on_end = (self.heights > ON_END * self.height) & (self.heights > 1.5 * self.widths) & ~self.solid
        return ~on_end if on_end.mean() < 0.5 else np.ones(len(on_end), bool)

    def read_columns(self, members: np.ndarray, depth: int = 0) -> list[list[int]]:
        """Blocks of a region whose columns are read one after the other."""
        blocks: list[list[int]] = []
        flow: list[np.ndarray] = []  # bands from side to side, waiting to be read as one text
        for region, gutter in self._regions(members):
            if gutter is None or depth == DEEPEST or self._is_table(region, gutter):
                flow.append(region)
                continue
            blocks += self._read_flow(flow)
            flow = []
            right = self.x0[region] >= gutter
            blocks += self.read_columns(region[~right], depth + 1) + self.read_columns(region[right], depth + 1)
        return blocks + self._read_flow(flow)

    def read_rows(self, members: np.ndarray) -> list[list[int]]:
        """Blocks of a region that is read row by row; one ends before a row that is far, larger, smaller or set in."""
        rows = self._rows(members)
        tops = np.array([self.y0[row].min() for row in rows])
        bottoms = np.array([self.y1[row].max() for row in rows])
        heights = np.array([np.median(self.heights[row]) for row in rows])
        gaps = tops[1:] - bottoms[:-1]
        usual = float(np.median(gaps)) if len(gaps) else 0.0
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
        lefts = np.array([self.x0[row].min() for row in rows])
        offsets = (lefts - np.percentile(lefts, 25)) / self.height
        flush = (np.abs(offsets) < FLUSH) & np.array([len(row) == 1 for row in rows])
        indented = (offsets > INDENT[0]) & (offsets < INDENT[1])
        if flush.mean() < 0.5:
            return np.zeros(len(rows), bool)
        before, after = np.append(True, flush[:-1]), np.append(flush[1:], True)
        return indented & before & after

    def _read_flow(self, bands: list[np.ndarray]) -> list[list[int]]:
        return self.read_rows(np.concatenate(bands)) if bands else []

    def _regions(self, members: np.ndarray) -> list[tuple[np.ndarray, float | None]]:
        """Cut a region into parts from top to bottom, each with the x of a gutter through all of it, or None."""
        bands = self._bands(members)
        intervals = [self._taken(band, members) for band in bands]
        regions: list[tuple[np.ndarray, float | None]] = []
        alone = self._edge_rows(bands) if len(members) == len(self.x0) else set()
        start = 0
        for end in self._cuts(intervals, alone):
            taken = merge_intervals([each for band in intervals[start:end] for each in band], GUTTER * self.height)
            regions.append((np.concatenate(bands[start:end]), widest_gutter(taken)))
            start = end
        return regions

    def _cuts(self, bands: list[list[Interval]], alone: set[int]) -> list[int]:
        """Where groups of bands end; those that stand alone are groups of their own."""
        stops = sorted({*alone, *(at + 1 for at in alone), len(bands)} - {0})
        parts = pairwise([0, *stops])
        return [start + end for start, stop in parts for end in cut_bands(bands[start:stop], GUTTER * self.height)]

    def _edge_rows(self, bands: list[np.ndarray]) -> set[int]:
        """Bands near the top and the foot of the page that are a row of their own: a running head, a line of dates."""
        tops = np.array([self.y0[band].min() for band in bands])
        bottoms = np.array([self.y1[band].max() for band in bands])
        large = np.array([float(np.median(self.heights[band])) > LARGE * self.height for band in bands])
        gaps = (tops[1:] - bottoms[:-1] > EDGE_GAP * self.height) | large[1:] | large[:-1]
        apart = np.concatenate([[True], gaps, [True]])
        near = {*range(EDGE_BANDS), *range(len(bands) - EDGE_BANDS, len(bands))}
        alone = [at for at in near if 0 <= at < len(bands) and apart[at] and apart[at + 1] and not large[at]]
        return {at for at in alone if len(bands[at]) > 1 and len(self._rows(bands[at])) == 1}

    def _bands(self, members: np.ndarray) -> list[np.ndarray]:
        """Cut a region wherever a level strip through it is empty, `(m,)` indices a band, from top to bottom."""
        # A little of each line's height is left out, for ascenders and what is left of a slope.
        top = self.y0[members] + 0.2 * self.heights[members]
        bottom = self.y1[members] - 0.2 * self.heights[members]
        order = np.argsort(top, kind="stable")
        lowest = np.maximum.accumulate(bottom[order])
        return np.split(members[order], np.flatnonzero(top[order][1:] >= lowest[:-1]) + 1)

    def _taken(self, band: np.ndarray, members: np.ndarray) -> list[Interval]:
        """What a band takes of the width; a headline with nothing beside it takes all, however short it is."""
        if len(band) == 1 and self.heights[band[0]] > HEADLINE * self.height and not self.solid[band[0]]:
            return [(float(self.x0[members].min()), float(self.x1[members].max()))]
        return self._intervals(band)

    def _intervals(self, members: np.ndarray) -> list[Interval]:
        spans = list(zip(self.x0[members].tolist(), self.x1[members].tolist(), strict=True))
        return merge_intervals(spans, GUTTER * self.height)

    def _rows(self, members: np.ndarray) -> list[np.ndarray]:
        """Rows from top to bottom, each `(m,)` indices from left to right."""
        ordered = members[np.argsort(self.middles[members], kind="stable")]
        rows: list[list[int]] = []
        middle, height = -np.inf, 0.0
        for index in ordered.tolist():
            if rows and self.middles[index] - middle <= 0.5 * min(height, self.heights[index]):
                rows[-1].append(index)
                middle += (self.middles[index] - middle) / len(rows[-1])
                height = max(height, float(self.heights[index]))
            else:
                rows.append([index])
                middle, height = float(self.middles[index]), float(self.heights[index])
        return [np.array(sorted(row, key=lambda index: (self.x0[index], index))) for row in rows]

    def _is_table(self, members: np.ndarray, gutter: float) -> bool:
        """Whether the rows of a region go on across its gutter: entries, with a partner on the other side."""
        right_side = self.x0[members] >= gutter
        left, right = members[~right_side], members[right_side]
        if self._is_row_apart(left, right) or not self._side_by_side(left, right):
            return True
        if self._are_running(left, right) or self._is_narrow_prose(members) or self._goes_on(members):
            return False
        cells = self._are_cells(left) + self._are_cells(right)
        return cells > 0 and self._aligned(left, right) >= (ALIGNED_CELLS if cells == 2 else ALIGNED)

    def _is_row_apart(self, left: np.ndarray, right: np.ndarray) -> bool:
        """Whether one line stands beside another that is apart from all others on its side: a running head, a foot."""
        fewer, more = sorted((left, right), key=len)
        if len(fewer) > 1 or len(more) == 1:
            return len(fewer) == 1
        gaps = np.where(self.y0[more] > self.y1[fewer], self.y0[more] - self.y1[fewer], self.y0[fewer] - self.y1[more])
        level = gaps < 0
        return bool(level.sum() == 1 and gaps[~level].min() > APART * self.height)

    def _are_running(self, left: np.ndarray, right: np.ndarray) -> bool:
        """Whether text runs on one side of a gutter or on both, and no column of marks or numbers stands beside it."""
        narrower = min(self.x1[side].max() - self.x0[side].min() for side in (left, right))
        running = self.running[left].sum() + self.running[right].sum()
        return bool(running >= RUNNING * (len(left) + len(right)) and narrower > MARK * self.height)

    def _goes_on(self, members: np.ndarray) -> bool:
        """Whether a region is columns alike of close lines, many of which begin as the middle of a sentence does.

        What is found so stays known for running text, however the region is cut further.
        """
        if float(self.small[members].mean()) < GOING_ON:
            return False
        columns = np.array(self._intervals(members))  # (k, 2)
        widths = columns[:, 1] - columns[:, 0]
        if len(columns) < GOING_ON_COLUMNS or widths.min() < GOING_ON_ALIKE * widths.max():
            return False
        home = np.searchsorted(columns[:, 0], self.x0[members], side="right") - 1
        close = [self._closeness(members[home == column]) for column in range(len(columns))]
        if float(np.median(close)) < CLOSE:
            return False
        self.running[members] = True
        return True

    def _aligned(self, left: np.ndarray, right: np.ndarray) -> float:
        """How far beyond chance (0) the lines on the emptier side of a gutter stand level with one beyond it (1)."""
        fewer, more = sorted((left, right), key=len)
        levels = np.sort(self.middles[more])
        above = np.searchsorted(levels, self.middles[fewer])
        nearest = np.stack([levels[np.maximum(above - 1, 0)], levels[np.minimum(above, len(levels) - 1)]])
        near = 0.3 * self.height
        level = float(np.mean(np.abs(nearest - self.middles[fewer]).min(axis=0) <= near))
        rows = np.diff(levels)[np.diff(levels) > near]
        chance = min(2 * near / float(np.median(rows)), 0.9) if len(rows) else 0.5
        return (level - chance) / (1 - chance)

    def _side_by_side(self, left: np.ndarray, right: np.ndarray) -> bool:
        """Whether two groups of lines stand beside each other at all, not one below the other, nor in turns."""
        shared = min(self.y1[left].max(), self.y1[right].max()) - max(self.y0[left].min(), self.y0[right].min())
        lower = min(np.ptp(self.y1[left]), np.ptp(self.y1[right])) + self.height
        return bool(shared > 0.3 * lower) and self._are_level(left, right)

    def _are_level(self, left: np.ndarray, right: np.ndarray) -> bool:
        """Whether enough lines of the smaller of two groups have one of the other beside them."""
        fewer, more = sorted((left, right), key=len)
        top, bottom = self.y0[fewer, None], self.y1[fewer, None]
        beside = ((self.y0[more] < bottom) & (self.y1[more] > top)).any(axis=1)
        return float(beside.mean()) > BESIDE

    def _are_cells(self, members: np.ndarray) -> bool:
        """Whether lines look like entries (short, or of many lengths) and not like a column of prose."""
        widths = self.widths[members]
        typical = float((widths**2).sum() / max(float(widths.sum()), 1e-3))
        columns = np.array(self._intervals(members))  # (k, 2)
        home = np.searchsorted(columns[:, 0], self.x0[members], side="right") - 1
        full = widths > 0.8 * (columns[:, 1] - columns[:, 0])[home]
        return typical < CELL * self.height or float(full.mean()) < 0.4

    def _is_narrow_prose(self, members: np.ndarray) -> bool:
        """Whether a region is set in columns of one width, whose lines stand close, flush left and full.

        Newspapers have columns as narrow as the entries of tables. Entries stand apart, begin and end where they like,
        and their columns are as wide as they need to be.
        """
        columns = np.array(self._intervals(members))  # (k, 2)
        widths = columns[:, 1] - columns[:, 0]
        home = np.searchsorted(columns[:, 0], self.x0[members], side="right") - 1
        counts = np.bincount(home, minlength=len(columns))
        long = np.flatnonzero(counts >= PROSE_LINES)
        most = counts[long].sum() >= MOSTLY * len(members)
        if len(long) < 2 or not most or widths[long].min() < ALIKE * widths[long].max():
            return False
        close = [self._closeness(members[home == column]) for column in long]
        body = np.isin(home, long)
        flush = (self.x0[members] - columns[home, 0] < 0.5 * self.height)[body]
        full = (self.widths[members] > 0.8 * widths[home])[body]
        return float(np.average(close, weights=counts[long]) + flush.mean() + full.mean()) >= PROSE

    def _closeness(self, members: np.ndarray) -> float:
        """How much of the height of a column its lines fill, 0 to 1."""
        extent = float(self.y1[members].max() - self.y0[members].min())
        return min(float(self.heights[members].sum()) / max(extent, 1e-3), 1.0)


def _level_boxes(quads: np.ndarray, are_lines: np.ndarray) -> np.ndarray:
    """Upright boxes `(n, 4)` around quads after the page is turned by the usual slope of its lines."""
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    lengths = np.hypot(along[:, 0], along[:, 1])
    angles = np.arctan2(along[:, 1], along[:, 0])
    weights = lengths * are_lines
    angle = weighted_median(angles, weights) if weights.any() else 0.0
    if abs(angle) > np.pi / 4:
        angle = 0.0  # text that reads upwards or downwards: the page itself is taken as it lies
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    level = quads @ turn
    return np.concatenate([level.min(axis=1), level.max(axis=1)], axis=1)
