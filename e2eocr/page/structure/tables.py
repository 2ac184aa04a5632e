"""The tables of a page in one frame: where they may be, and which of these are tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from e2eocr.page.rows import middle
from e2eocr.page.structure.frame import Frame, is_number
from e2eocr.page.structure.grid import Grid, build_grid
from e2eocr.page.structure.regions import ACROSS, NO_STROKES, Region, bare_regions, closed_regions, ruled_regions
from e2eocr.page.structure.rules import Rules
from e2eocr.page.structure.running import RunningLines
from e2eocr.page.structure.segments import find_segments
from e2eocr.page.structure.sketch import Sketch
from e2eocr.page.structure.spans import word_rows
from e2eocr.page.structure.weight import WordWeights

MIN_CELLS = 4
MIN_FILLED = 0.4  # of the places of a table; charts have their numbers here and there
WORDY_FILLED = 0.7  # and of one that has neither rules between its columns nor many numbers; forms have gaps
MAX_SMALL = 0.3  # of the cells of such a table begin with small letters, as lines do in the middle of a sentence
LOOSE = 1.8  # heights of the text from line to line, which are more than in prose
NUMBERS = 0.6  # of the cells of a column, for it to be one of numbers
STRUCK = 3  # words that no rule runs through,
INSIDE = 0.3  # heights of the text from both their ends: places of words are not exact
NO_RULES = Rules(NO_STROKES, NO_STROKES)


def find_tables(
    frame: Frame, running: RunningLines, draw: Callable[[Frame], Sketch | None]
) -> tuple[list[Grid], Rules]:
    """Find the tables of a page, and its rules.

    Args:
        frame: Its words.
        running: Its lines of running text.
        draw: Gives its picture, if there is one. It is not called for a page that has no two entries beside each other.
    """
    segments = find_segments(frame, np.arange(len(frame.texts)), running.words)
    if len(np.unique(segments.rows)) in (len(segments.rows), 0):
        return [], NO_RULES
    sketch = draw(frame)
    rules = _without_creases(sketch.rules(frame), frame) if sketch else NO_RULES
    search = _Search(frame, running, sketch, rules)
    for box, own in ruled_regions(rules, frame.height):
        search.look_at(Region(box, frame.words_in(box, search.free), own, ruled=True))
    if search.grids:
        segments = find_segments(frame, np.flatnonzero(search.free), running.words)
    for region in bare_regions(frame, segments, rules):
        search.look_at(region)
    for region in closed_regions(frame, segments, rules):
        if search.free[region.words].all():
            search.look_at(region)
    return search.grids, rules


def _without_creases(rules: Rules, frame: Frame) -> Rules:
    """Leave out upright lines that run through words: creases and scratches, which part nothing."""
    left, top, right, bottom = frame.boxes.T
    middles, inside = (top + bottom) / 2, INSIDE * frame.height
    struck = [
        np.count_nonzero((middles > start) & (middles < end) & (left < x - inside) & (right > x + inside))
        for start, end, x in rules.upright.tolist()
    ]
    return replace(rules, upright=rules.upright[np.array(struck, int) < STRUCK])


class _Search:
    """Tables found so far, and the words that are in none of them."""

    def __init__(self, frame: Frame, running: RunningLines, sketch: Sketch | None, rules: Rules) -> None:
        self.frame, self.running, self.sketch, self.rules = frame, running, sketch, rules
        self.weights = WordWeights(sketch, frame)
        self.free = np.ones(len(frame.texts), bool)
        self.grids: list[Grid] = []

    def look_at(self, region: Region) -> None:
        """Take a region for a table if it looks like one."""
        words = region.words[self.free[region.words]]
        if len(words) < MIN_CELLS:
            return
        grid = build_grid(self.weights, words, region.rules, region.box, ruled=region.ruled)
        if not self._is_table(grid, region, words) or self._is_drawing(grid):
            return
        self.free[words] = False
        self.grids.append(grid)

    def _is_table(self, grid: Grid, region: Region, words: np.ndarray) -> bool:
        if grid.rows < 2 or grid.columns < 2 or len(grid.cells) < MIN_CELLS or grid.filled < MIN_FILLED:
            return False
        across = self._rules_across(region)
        is_likely = region.ruled or (self._has_rows(grid, across) and self._has_entries(grid, region))
        return is_likely and not self.running.take_most_of(words, across - 1)

    def _has_entries(self, grid: Grid, region: Region) -> bool:
        """Whether the texts of a region whose columns no rules part are entries: numbers, or begun as names are."""
        numbers = sum(self._is_column_of_numbers(grid, column) for column in range(grid.columns))
        if 2 * numbers >= grid.columns - 1:
            return True
        if region.goes_on:
            return False
        small = np.mean([self.frame.texts[cell.words[0]][:1].islower() for cell in grid.cells])
        begin_small = small > MAX_SMALL and not self._is_loose(region)
        return grid.filled >= WORDY_FILLED and not begin_small

    def _is_loose(self, region: Region) -> bool:
        """Whether upright rules run between columns whose lines stand apart as those of prose do not."""
        upright, (x0, _, x1, _) = region.rules.upright, region.box
        between = (upright[:, 2] > x0 + self.frame.height) & (upright[:, 2] < x1 - self.frame.height)
        middles = [self.frame.middles(row).mean() for row in word_rows(self.frame.boxes, region.words)]
        return bool(between.any() and middle(np.diff(middles)) > LOOSE * self.frame.height)

    def _has_rows(self, grid: Grid, rules_across: int) -> bool:
        """Whether a region whose columns no rules part has enough rows with several entries."""
        counts = np.bincount([cell.top for cell in grid.cells], minlength=grid.rows)
        several = int((counts >= 2).sum())
        if rules_across >= 2:
            return several >= 2
        if several < 3:
            return False
        numbers = [self._is_column_of_numbers(grid, column) for column in range(1, grid.columns)]
        return any(numbers) or (grid.columns >= 3 and several >= 4)

    def _rules_across(self, region: Region) -> int:
        """How many level rules go across a region or close it."""
        x0, y0, x1, y1 = region.box
        level, height = self.rules.level, self.frame.height
        across = np.minimum(level[:, 1], x1) - np.maximum(level[:, 0], x0) > ACROSS * (x1 - x0)
        return int((across & (level[:, 2] > y0 - height) & (level[:, 2] < y1 + 1.5 * height)).sum())

    def _is_column_of_numbers(self, grid: Grid, column: int) -> bool:
        texts = [self.frame.text(cell.words) for cell in grid.cells if cell.left == cell.right == column]
        return len(texts) > 1 and float(np.mean([is_number(text) for text in texts])) >= NUMBERS

    def _is_drawing(self, grid: Grid) -> bool:
        """Whether more is drawn in a table than rules: then it is a chart or a picture with words in it."""
        if self.sketch is None:
            return False
        return self.sketch.holds_drawing(self.frame, self.rules, grid.box) or self.sketch.holds_bars(
            self.frame, grid.box
        )
