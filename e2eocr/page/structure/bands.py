"""The rows of a table: parted by level rules, and between lines that do not go on a text of the line above."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from e2eocr.page.structure.columns import Piece, column_widths
from e2eocr.page.structure.frame import Frame
from e2eocr.page.structure.pitches import near_lines
from e2eocr.page.structure.separators import Separator, gap_separator, rule_separators
from e2eocr.page.structure.weight import WordWeights

SAME_FLOOR = 0.4  # heights of the text: level rules that are as close as this are one
EDGE = 0.5
FULL = 0.7  # of the width of a table, for a rule to go across it
WORD_SPACE = 0.3
MOSTLY = 0.6
LETTERS = 0.4  # of its characters are letters in a text that may be broken; numbers are not
MAX_HEAD_LINES = 6
MIN_FULL_COLUMNS = 3  # with entries, for a row to be full
CLOSER = 0.5
SOME = 0.5  # of the entries of a row
SAME_GAP = 0.15  # heights of the text by which gaps that are alike differ
FAR = (1.3, 0.35)  # gap before a line that goes on no text: times the usual one, or heights of the text more


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a table from top to bottom: the words of each, by columns.

    Attributes:
        weights: The words of the page, and how heavy their print is.
        pieces: A list of pieces for each line.
        tops: `(n,)`; `bottoms` likewise.
        gaps: From the foot of each to the top of the next, `(n - 1,)`; `usual_gap` is their median.
        near: Which of them stand closer to the line above than rows do, `(n,)` bool.
        widths: Width of the widest text of each column, `(columns,)`.
        ruled: Whether upright rules part the columns.
    """

    weights: WordWeights
    pieces: list[list[Piece]]
    tops: np.ndarray
    bottoms: np.ndarray
    gaps: np.ndarray
    usual_gap: float
    near: np.ndarray
    widths: np.ndarray
    ruled: bool

    @property
    def frame(self) -> Frame:
        return self.weights.frame

    @property
    def middles(self) -> np.ndarray:
        return (self.tops + self.bottoms) / 2

    def columns(self, at: int) -> set[int]:
        """Which columns have words in a line."""
        return {column for piece in self.pieces[at] for column in range(piece.low, piece.high + 1)}


def make_lines(
    weights: WordWeights, rows: Sequence[np.ndarray], pieces: list[list[Piece]], columns: int, *, ruled: bool
) -> Lines:
    """Put together what is known of the lines of a table."""
    frame = weights.frame
    tops = np.array([frame.boxes[row, 1].min() for row in rows])
    bottoms = np.array([frame.boxes[row, 3].max() for row in rows])
    gaps = tops[1:] - bottoms[:-1]
    usual = median(gaps.tolist()) if len(gaps) else 0.0
    near, widths = near_lines(frame, pieces), column_widths(frame, pieces, columns)
    return Lines(weights, pieces, tops, bottoms, gaps, usual, near, widths, ruled)


def row_separators(
    lines: Lines, levels: np.ndarray, box: tuple[float, float, float, float]
) -> tuple[list[Separator], float]:
    """The separators between the rows of a table, from top to bottom, and where its head ends.

    Args:
        lines: Those of the table.
        levels: Its level rules, `(n, 3)`.
        box: The table.

    Returns:
        The separators, and the y of the rule under the head; the top of the table where there is none.
    """
    height = lines.frame.height
    floors = rule_separators(levels, box[1] + EDGE * height, box[3] - EDGE * height, SAME_FLOOR * height)
    head = _foot_of_head(lines, floors, box)
    homes = np.searchsorted([floor.place for floor in floors], lines.middles)
    bands = [np.flatnonzero(homes == home) for home in np.unique(homes)]
    single = [_is_one_row(lines, band) for band in bands]
    row_ruled = lines.ruled and len(bands) > 1 and float(np.mean(single[1:])) >= MOSTLY
    found = list(floors)
    for band, is_single in zip(bands, single, strict=True):
        if row_ruled and (is_single or not _is_listing(lines, band)):
            continue
        is_head = not lines.ruled and lines.middles[band[-1]] < head and len(band) <= MAX_HEAD_LINES
        found += _part_band(lines, band, is_head=is_head)
    return sorted(found, key=lambda separator: separator.place), head


def _foot_of_head(lines: Lines, floors: Sequence[Separator], box: tuple[float, float, float, float]) -> float:
    """The y of the first rule across the table, if what is above it is words and not numbers; else its top."""
    height = lines.frame.height
    full = (floor.place for floor in floors if floor.is_drawn(box[0] + height, box[2] - height, FULL))
    foot = next((place for place in full if (lines.middles < place).any()), box[1])
    above = [piece for at in np.flatnonzero(lines.middles < foot) for piece in lines.pieces[at]]
    if above and np.mean([is_wordy(lines.frame, piece.words) for piece in above]) >= MOSTLY:
        return foot
    return box[1]


def _part_band(lines: Lines, band: np.ndarray, *, is_head: bool) -> Iterator[Separator]:
    """Separators between the lines of a band that are rows of their own."""
    row = [int(band[0])]
    for lower in band[1:].tolist():
        upper = row[-1]
        lowest = lines.bottoms[row].max()
        beside = lines.tops[lower] < lowest - 0.25 * lines.frame.height
        is_same = beside and not lines.columns(upper) & lines.columns(lower)  # a text of one line beside one of several
        is_same |= is_head and not _stands_over(lines.pieces[upper], lines.pieces[lower])
        if is_same or _goes_on(lines, row, lower):
            row.append(lower)
            continue
        yield gap_separator(float(lines.bottoms[upper]), float(lines.tops[lower]))
        row = [lower]


def _stands_over(upper: Sequence[Piece], lower: Sequence[Piece]) -> bool:
    """Whether a head stands over several others."""
    return any(
        sum(under.low >= piece.low and under.high <= piece.high for under in lower) >= 2
        for piece in upper
        if piece.high > piece.low
    )


def is_wordy(frame: Frame, words: Sequence[int]) -> bool:
    """Whether a text is made of letters more than of anything else."""
    text = "".join([frame.texts[at] for at in words])
    return sum(map(str.isalpha, text)) >= LETTERS * len(text)


def is_broken(frame: Frame, upper: Sequence[int], lower: Sequence[int], width: float) -> bool:
    """Whether a line had to end: the first word of the next would not have had room on it.

    Args:
        frame: The words of the page.
        upper: Words of a line, from left to right.
        lower: Words of the next one in the same column.
        width: Of the column.
    """
    if not (is_wordy(frame, upper) and is_wordy(frame, lower)):
        return False
    boxes = frame.boxes
    taken = boxes[upper, 2].max() - boxes[upper, 0].min() + boxes[lower[0], 2] - boxes[lower[0], 0]
    return bool(taken + WORD_SPACE * frame.height > width - 0.2 * frame.height)


def _is_one_row(lines: Lines, band: np.ndarray) -> bool:
    """Whether the lines between two rules are one row, with cells of several lines."""
    columns: dict[tuple[int, int], list[Piece]] = {}
    for at in band.tolist():
        for piece in lines.pieces[at]:
            columns.setdefault((piece.low, piece.high), []).append(piece)
    several = [pieces for pieces in columns.values() if len(pieces) > 1]
    if len(band) == 1 or len(several) <= max(1, len(columns) // 3):
        return True
    broken = [_is_piece_broken(lines, *pair) for pieces in several for pair in pairwise(pieces)]
    return float(np.mean(broken)) >= 0.5


def _is_piece_broken(lines: Lines, upper: Piece, lower: Piece) -> bool:
    width = float(lines.widths[upper.low]) if upper.low == upper.high else np.inf
    return is_broken(lines.frame, upper.words, lower.words, width)


def _is_listing(lines: Lines, band: np.ndarray) -> bool:
    """Whether the lines between two rules are rows: most have an entry in most columns."""
    columns = len(lines.widths)
    full = [len(lines.columns(at)) >= 0.7 * columns for at in band.tolist()]
    return len(full) >= 2 and columns >= 3 and float(np.mean(full)) >= 0.8


def _stands_in_row(lines: Lines, row: Sequence[int], lower: int) -> bool:
    """Whether a few entries belong to the row above them: to a row as full as the next, which is no closer."""
    above, below = _columns(lines, row), lines.columns(lower)
    if 0 in below and not _goes_on_in_first(lines, row[-1], lower):
        return False
    if len(below) > SOME * len(above) or (len(below) > 1 and _has_spans(lines, [*row, lower])):
        return False
    full = max(MIN_FULL_COLUMNS, MOSTLY * len(lines.widths))
    after = next((at for at in range(lower + 1, len(lines.pieces)) if len(lines.columns(at)) > 1), None)
    if after is None or min(len(above), len(lines.columns(after))) < full:
        return False
    return bool(lines.gaps[lower - 1] <= lines.gaps[after - 1] + SAME_GAP * lines.frame.height)


def _goes_on_in_first(lines: Lines, upper: int, lower: int) -> bool:
    """Whether the text of the first column had to be broken between two lines."""
    first, second = lines.pieces[upper][0], lines.pieces[lower][0]
    return first.high == second.high == 0 and _is_piece_broken(lines, first, second)


def _stands_close(lines: Lines, lower: int) -> bool:
    """Whether a line is closer to the one above it than rows are as a rule."""
    return bool(lines.gaps[lower - 1] < lines.usual_gap - CLOSER * lines.frame.height)


def _columns(lines: Lines, row: Sequence[int]) -> set[int]:
    return set().union(*(lines.columns(at) for at in row))


def _has_spans(lines: Lines, row: Sequence[int]) -> bool:
    """Whether a text stands over several columns."""
    return any(piece.high > piece.low for at in row for piece in lines.pieces[at])


def _goes_on(lines: Lines, row: Sequence[int], lower: int) -> bool:
    """Whether a line goes on the texts of the lines of a row above it: each text they share had to be broken."""
    above, below = _columns(lines, row), lines.columns(lower)
    shared, fewest = above & below, min(len(above), len(below))
    if not shared:
        return False
    if lines.near[lower] and not _stands_over(lines.pieces[row[-1]], lines.pieces[lower]):
        return True
    usual = lines.usual_gap
    if lines.gaps[lower - 1] > max(FAR[0] * usual, usual + FAR[1] * lines.frame.height):
        return False
    if _stands_in_row(lines, row, lower) or (0 not in below and _stands_close(lines, lower)):
        return True
    if fewest > 1 and len(shared) > max(1, fewest // 2):
        return False
    texts = {piece.low: piece for at in row for piece in lines.pieces[at] if piece.low == piece.high}
    pairs = [
        (texts[piece.low], piece) for piece in lines.pieces[lower] if piece.low == piece.high and piece.low in texts
    ]
    if not pairs or not all(_is_piece_broken(lines, *pair) for pair in pairs):
        return False
    is_alone = len(row) == len(lines.pieces[row[0]]) == 1
    return not (is_alone and lines.weights.heads(pairs[0][0].words, pairs[0][1].words))
