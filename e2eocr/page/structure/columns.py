"""The columns of a table: parted by upright rules, and by gaps that go down through its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from e2eocr.page.rows import middle, slices
from e2eocr.page.structure.frame import Frame, hulls, starts_of
from e2eocr.page.structure.segments import widest_space
from e2eocr.page.structure.separators import Separator, gap_separator, rule_separators
from e2eocr.page.structure.spans import Span

# All lengths are in heights of the text.
SAME_WALL = 0.6  # rules that are as close as this are one
EDGE = 0.7  # and as close as this to the edge of the table are its frame
WORD_SPACE = 0.35  # narrower gaps are within a text
STRICT_GAP = 1.0  # width of a gap between columns that rules part from others
GAPS = ((3, 0.9), (6, 0.7), (np.inf, 0.5))  # and of others, for up to so many rows: by chance few rows have wide gaps
CROSSING = 0.08  # of the rows may go across a gap
STRICT_ROWS = 3  # fewest rows that show a column within rules,
STRICT_SHARE = 0.6  # and how many of those there are
STRICT_SUPPORT = 0.3  # how many of them have words on both sides
NARROW = 0.35  # what a row counts for a gap that is no wider in it than spaces between words may be
NUMBER_SPACE = 0.25  # wider gaps part two numbers, which are no one text,
NUMBERS = 0.7  # if most rows have numbers there
CLOSING = frozenset(")]}")  # begin no entry, however far they stand from the tick that is not there
GROUP = re.compile(r"^\d{3}$")  # thousands of a number that spaces part
BULLETS = frozenset("•●▪■◦○–—-*·➢❖✓✔o§")


@dataclass(slots=True)
class Piece:
    """Words of one row that stand together, in the columns from `low` to `high`."""

    low: int
    high: int
    words: list[int]


def column_separators(
    frame: Frame, rows: Sequence[np.ndarray], uprights: np.ndarray, left: float, right: float, *, strict: bool
) -> list[Separator]:
    """The separators between the columns of a table, from left to right.

    Args:
        frame: The words of the page.
        rows: Those of the table, a row at a time.
        uprights: Upright rules of the table, `(m, 3)`.
        left: Of the table.
        right: Of the table.
        strict: Whether rules part its cells, so that a gap must be plain to part them too.
    """
    height = frame.height
    walls = rule_separators(uprights, left + EDGE * height, right - EDGE * height, SAME_WALL * height)
    bounds = [left, *(wall.place for wall in walls), right]
    members, homes = np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    middles = frame.boxes[members][:, [0, 2]].mean(axis=1)
    found = list(walls)
    for start, end in pairwise(bounds):
        inside = (middles > start) & (middles < end)
        parts = slices(members[inside], np.flatnonzero(np.diff(homes[inside])) + 1)
        zones = find_gaps(frame, parts, strict=strict or bool(walls))
        found += [gap_separator(*zone) for zone in zones]
    return sorted(found, key=lambda separator: separator.place)


def find_gaps(frame: Frame, rows: Sequence[np.ndarray], *, strict: bool = False) -> list[Span]:
    """Where columns part that no rule parts: empty in nearly all rows that have several entries."""
    height = frame.height
    cell_space = widest_space(frame, np.concatenate(rows)) if rows else 0.0
    counts = np.array([len(entry_spans(frame, row, cell_space)) for row in rows])
    several = counts >= 2
    if not several.any():
        return []
    dense = several if strict else counts >= max(2.0, middle(counts[several]))
    if strict and (dense.sum() < STRICT_ROWS or dense.mean() < STRICT_SHARE):
        return []
    used = [entry_spans(frame, rows[at], WORD_SPACE * height) for at in np.flatnonzero(dense).tolist()]
    width = STRICT_GAP if strict else next(width for most, width in GAPS if len(used) <= most)
    gaps = _empty_zones(used, NUMBER_SPACE * height, int(CROSSING * len(used)))
    wide = [gap for gap in gaps if gap[1] - gap[0] >= width * height or _parts_numbers(frame, rows, gap)]
    if strict:
        gaps = _supported(wide, used, max(2.0, STRICT_SUPPORT * len(used)), 0.0)
    else:
        gaps = _supported(wide, used, 1.0, cell_space)
    return [gap for gap in gaps if not _parts_bullets(frame, rows, gap[0])]


def entry_spans(frame: Frame, row: np.ndarray, gap: float) -> list[Span]:
    """What the entries of a row take of the width; words closer than `gap` are one entry, but for two numbers."""
    spans: list[Span] = []
    before = False
    for at, (left, _, right, _) in zip(row.tolist(), frame.boxes[row].tolist(), strict=True):
        number = frame.numbers[at] and not GROUP.match(frame.texts[at])
        space = NUMBER_SPACE * frame.height if before and number else gap
        if spans and (left - spans[-1][1] < space or frame.texts[at] in CLOSING):
            spans[-1] = (spans[-1][0], max(spans[-1][1], right))
        else:
            spans.append((left, right))
        before = frame.numbers[at]
    return spans


def _parts_numbers(frame: Frame, rows: Sequence[np.ndarray], gap: Span) -> bool:
    """Whether numbers stand on both sides of a gap in most rows that have words on both."""
    both = numbers = 0
    for row in rows:
        left, right = row[frame.boxes[row, 2] <= gap[0] + 1], row[frame.boxes[row, 0] >= gap[1] - 1]
        if len(left) and len(right):
            both += 1
            numbers += frame.numbers[left[-1]] and frame.numbers[right[0]]
    return both >= STRICT_ROWS and numbers >= NUMBERS * both


def _empty_zones(rows: Sequence[Sequence[Span]], width: float, allowed: int) -> list[Span]:
    """Zones at least `width` wide that at most `allowed` rows take a part of, between places where more do."""
    events = sorted([(start, 1) for row in rows for start, _ in row] + [(end, -1) for row in rows for _, end in row])
    zones, level, start = [], 0, np.inf
    for place, step in events:
        if step > 0 and level == allowed and place - start >= width:
            zones.append((float(start), place))
        if step < 0 and level == allowed + 1:
            start = place
        level += step
    return zones


def _supported(gaps: list[Span], rows: Sequence[Sequence[Span]], least: float, space: float) -> list[Span]:
    """The gaps beside which enough rows have an entry in both columns; the fewer count that have less space between."""
    middles = np.array([(start + end) / 2 for start, end in gaps])
    starts = np.full((len(rows), len(gaps) + 1), np.inf)
    ends = -starts
    for at, row in enumerate(rows):
        lefts, rights = np.array(row).T
        homes = np.searchsorted(middles, (lefts + rights) / 2)
        np.minimum.at(starts[at], homes, lefts)
        np.maximum.at(ends[at], homes, rights)
    spaces = starts[:, 1:] - ends[:, :-1]
    worth = np.where(spaces >= space, 1.0, NARROW) * np.isfinite(spaces)
    return [gap for gap, count in zip(gaps, worth.sum(axis=0).tolist(), strict=True) if count >= least]


def _parts_bullets(frame: Frame, rows: Sequence[np.ndarray], place: float) -> bool:
    """Whether there is nothing before a gap but the bullets of a list."""
    before = [frame.texts[at] for row in rows for at in row.tolist() if frame.boxes[at, 2] <= place + 1]
    return bool(before) and all(text in BULLETS for text in before)


def part_row(frame: Frame, row: np.ndarray, separators: Sequence[Separator]) -> list[Piece]:
    """The words of a row, gathered by the columns they stand in; a text across columns is one piece."""
    boxes = frame.boxes[row].tolist()
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    quarter = (bottom - top) / 4
    drawn = [separator.is_drawn(top + quarter, bottom - quarter) for separator in separators]
    pieces: list[Piece] = []
    for at, (left, _, right, _) in zip(row.tolist(), boxes, strict=True):
        low, high = _columns_of(frame, at, (left, right), separators, drawn)
        if pieces and (low <= pieces[-1].high or _goes_on(frame, pieces[-1], at, any(drawn[pieces[-1].high : low]))):
            pieces[-1].high = max(pieces[-1].high, high)
            pieces[-1].words.append(at)
        else:
            pieces.append(Piece(low, high, [at]))
    return pieces


def _columns_of(
    frame: Frame, at: int, span: Sequence[float], separators: Sequence[Separator], drawn: Sequence[bool]
) -> tuple[int, int]:
    """The first and last column of a word, which takes that much of the width."""
    left, right = span
    by_middle = frame.numbers[at]  # and a number stands over no two columns
    low = high = 0
    for separator, is_drawn in zip(separators, drawn, strict=True):
        start, end = separator.zone
        if is_drawn or by_middle:  # a word that a rule runs through belongs where most of it is
            after = separator.place < (left + right) / 2
            low, high = low + after, high + after
            continue
        slack = 0.25 * frame.height if separator.spans else min(0.3 * frame.height, 0.3 * (end - start)) + 1
        low += end - slack < left or separator.place < left
        high += start + slack < right and separator.place < right
    return low, max(low, high)


def _goes_on(frame: Frame, piece: Piece, at: int, is_parted: bool) -> bool:
    """Whether a word goes on a text that stands across columns already."""
    if is_parted or piece.high == piece.low:
        return False
    return bool(frame.boxes[at, 0] - frame.boxes[piece.words, 2].max() < 1.3 * WORD_SPACE * frame.height)


def column_widths(frame: Frame, pieces: Sequence[Sequence[Piece]], columns: int) -> np.ndarray:
    """The width of the widest text that stands in each column alone, `(columns,)`."""
    alone = [piece for row in pieces for piece in row if piece.low == piece.high]
    members = np.array([at for piece in alone for at in piece.words], int)
    boxes = hulls(frame.boxes[members], starts_of([len(piece.words) for piece in alone]))
    widths = np.zeros(columns)
    np.maximum.at(widths, [piece.low for piece in alone], boxes[:, 2] - boxes[:, 0])
    return widths
