"""How the lines of a page lie, and whether what stands beside each other is columns of text or the rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from detectors.geometry import bounds_of, weighted_median
from e2eocr.page.gutters import Interval, merge_intervals
from e2eocr.page.rows import middle, part_rows

GUTTER = 0.3  # narrowest empty strip between columns, in line heights
SAME_ROW = 0.5  # of the height of the lower of two lines: how far their middles may be apart
CELL = 8.0  # text narrower than this many line heights is a cell of a table, not a column of prose
ALIGNED = 0.6  # how far beyond chance the rows beside a gutter go on across it to be rows of a table,
ALIGNED_CELLS = 0.25  # and where both sides are cells
PROSE = 1.6  # of 3: how close, flush and full the lines of narrow columns of prose are
PROSE_LINES = 8  # fewest lines of such a column
ALIKE = 0.75  # how much of the widest one the narrowest must be
MOSTLY = 0.8  # and the share of lines in such columns, beside notes and the like
RUNNING = 0.5  # of the lines of columns of running text are known for it
MARK = 3.0  # line heights: a column that is no wider holds the marks of notes, or their numbers
BESIDE = 0.3  # of the lines of the smaller of two columns have a line of the other beside them
APART = 1.5  # line heights between a row of its own and all others
HEADLINE = 1.6  # times the height of the text: a line as large that has nothing beside it parts what is above and below
GOING_ON = 0.3  # of the lines of columns of running text begin with small letters; entries of tables hardly do
GOING_ON_COLUMNS = 3  # that have one width,
GOING_ON_ALIKE = 0.6  # the narrowest as much of the widest one,
CLOSE = 0.55  # and lines that fill as much of their height
JOINED_LINES = 6  # of a column as a rule, for what stands in such columns to be one text however ragged its lines are
WALL = 0.7  # of the height of a region, for an upright rule to part its columns


@dataclass(frozen=True, slots=True)
class Part:
    """Bands of a region: their lines, the first of them, what they take of the width, and the gutters that part them.

    `walled` says that upright rules run in these.
    """

    members: np.ndarray
    start: int
    taken: list[Interval]
    gutters: list[float]
    walled: bool


class Layout:
    """The lines of one page, turned so that most of them lie level."""

    def __init__(
        self, quads: np.ndarray, walls: np.ndarray, *, solid: np.ndarray, running: np.ndarray, small: np.ndarray
    ) -> None:
        turn = levelling(quads, ~solid)
        boxes = level_boxes(quads, turn)
        self.walls = walls @ turn
        self.x0, self.y0, self.x1, self.y1 = boxes.T
        self.spans = list(zip(self.x0.tolist(), self.x1.tolist(), strict=True))
        self.widths, self.heights = self.x1 - self.x0, self.y1 - self.y0
        self.middles = (self.y0 + self.y1) / 2
        self.solid, self.running, self.small = solid, running, small
        self.height = max(middle(self.heights[~solid]) if not solid.all() else 1.0, 1e-3)

    def taken(self, band: np.ndarray, members: np.ndarray) -> list[Interval]:
        """What a band takes of the width; a headline with nothing beside it takes all, however short it is."""
        if len(band) == 1 and self.heights[band[0]] > HEADLINE * self.height and not self.solid[band[0]]:
            return [(float(self.x0[members].min()), float(self.x1[members].max()))]
        return self.intervals(band)

    def intervals(self, members: np.ndarray) -> list[Interval]:
        return merge_intervals([self.spans[at] for at in members.tolist()], GUTTER * self.height)

    def rows(self, members: np.ndarray) -> list[np.ndarray]:
        """Rows from top to bottom, each `(m,)` indices from left to right."""
        return part_rows(members, self.x0[members], self.middles[members], self.heights[members], SAME_ROW)

    def walled_gutters(self, members: np.ndarray, taken: list[Interval]) -> list[float]:
        """The gutters of a region in which upright rules run most of the way down."""
        if len(taken) < 2 or not len(self.walls):
            return []
        top, bottom = self.y0[members].min(), self.y1[members].max()
        x, (upper, lower) = self.walls[:, :, 0].mean(axis=1), self.walls[:, :, 1].T
        inside = np.maximum(np.minimum(lower, bottom) - np.maximum(upper, top), 0)
        gutters = [(left[1], right[0]) for left, right in pairwise(taken)]
        return [(a + b) / 2 for a, b in gutters if inside[(x > a) & (x < b)].sum() > WALL * (bottom - top)]

    def is_one_text(self, part: Part, above: np.ndarray, below: np.ndarray) -> bool:
        """Whether columns alike go down through all of a part, although ragged lines leave more gutters in it.

        Args:
            part: Two parts, one below the other, taken for one.
            above: The lines of the upper one.
            below: Those of the lower one.
        """
        if len(part.taken) < GOING_ON_COLUMNS or self.y0[below].min() - self.y1[above].max() > APART * self.height:
            return False
        homes = np.searchsorted([start for start, _ in part.taken], self.x0[part.members], side="right")
        return middle(np.bincount(homes)[1:]) >= JOINED_LINES and self.goes_on(part.members)

    def is_table(self, part: Part) -> bool:
        """Whether the rows of a region go on across its first gutter: entries, with a partner on the other side."""
        members, walled = part.members, part.walled
        right_side = self.x0[members] >= part.gutters[0]
        left, right = members[~right_side], members[right_side]
        if self._is_row_apart(left, right) or not self._side_by_side(left, right):
            return True
        if self._are_running(left, right) or self._is_narrow_prose(members) or self.goes_on(members):
            return False
        if walled and self.small[members].mean() >= GOING_ON:
            return False
        cells = self._are_cells(left) + self._are_cells(right)
        return cells > 0 and self._aligned(left, right) >= (ALIGNED_CELLS if cells == 2 and not walled else ALIGNED)

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

    def goes_on(self, members: np.ndarray) -> bool:
        """Whether a region is columns alike of close lines, many of which begin as the middle of a sentence does.

        What is found so stays known for running text, however the region is cut further.
        """
        if float(self.small[members].mean()) < GOING_ON:
            return False
        columns = np.array(self.intervals(members))  # (k, 2)
        widths = columns[:, 1] - columns[:, 0]
        if len(columns) < GOING_ON_COLUMNS or widths.min() < GOING_ON_ALIKE * widths.max():
            return False
        home = np.searchsorted(columns[:, 0], self.x0[members], side="right") - 1
        close = [self._closeness(members[home == column]) for column in range(len(columns))]
        if median(close) < CLOSE:
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
        chance = min(2 * near / middle(rows), 0.9) if len(rows) else 0.5
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
        columns = np.array(self.intervals(members))  # (k, 2)
        home = np.searchsorted(columns[:, 0], self.x0[members], side="right") - 1
        full = widths > 0.8 * (columns[:, 1] - columns[:, 0])[home]
        return typical < CELL * self.height or float(full.mean()) < 0.4

    def _is_narrow_prose(self, members: np.ndarray) -> bool:
        """Whether a region is set in columns of one width, whose lines stand close, flush left and full.

        Newspapers have columns as narrow as the entries of tables. Entries stand apart, begin and end where they like,
        and their columns are as wide as they need to be.
        """
        columns = np.array(self.intervals(members))  # (k, 2)
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


def levelling(quads: np.ndarray, are_lines: np.ndarray) -> np.ndarray:
    """What turns a page by the usual slope of its lines, a matrix `(2, 2)`: a place `(x, y)` goes to `(x, y) @ it`."""
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    lengths = np.hypot(along[:, 0], along[:, 1])
    angles = np.arctan2(along[:, 1], along[:, 0])
    weights = lengths * are_lines
    angle = weighted_median(angles, weights) if weights.any() else 0.0
    if abs(angle) > np.pi / 4:
        angle = 0.0  # text that reads upwards or downwards: the page itself is taken as it lies
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def level_boxes(quads: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Upright boxes `(n, 4)` around quads after the page is turned."""
    return bounds_of(quads @ turn)
