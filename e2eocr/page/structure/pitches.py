"""The distances between the lines of a table: where they fall into two groups, the near ones are lines of one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median, quantiles

import numpy as np

from e2eocr.page.structure.columns import Piece
from e2eocr.page.structure.frame import Frame

MIN_LINES = 6  # whose distances tell
EDGE = 0.1  # of the lines at least are near ones, and as many far ones
MIN_JUMP = 0.07  # heights of the text between the farthest of the near lines and the nearest of the far ones,
MIN_APART = 0.15  # and between the usual ones of both
TIGHT = 1.5  # times the quartiles of each group lie apart: the jump is wider
SOME = 0.6  # of the columns of a row go on in its near lines, as a rule: in rows that stand in groups, all do
FULL = 0.8  # of them have a text in a line that is a row, near or not


def near_lines(frame: Frame, pieces: Sequence[Sequence[Piece]]) -> np.ndarray:
    """Which lines belong to the row of the line above them, since rows stand farther apart.

    Args:
        frame: The words of the page.
        pieces: Those of each line of a table, from top to bottom.

    Returns:
        `(n,)` bool; no line is near where the distances do not fall into two groups, or where near lines are as full as
        rows.
    """
    near = np.zeros(len(pieces), bool)
    places = ((frame.boxes[:, 1] + frame.boxes[:, 3]) / 2).tolist()
    middles = [_middles(places, line) for line in pieces]
    found = {at + 1: _pitch(*pair) for at, pair in enumerate(pairwise(middles))}
    pitches = {at: pitch / frame.height for at, pitch in found.items() if pitch is not None}
    limit = _limit(sorted(pitches.values()))
    near[[at for at, pitch in pitches.items() if pitch < limit]] = True
    shares = np.zeros(len(pieces))
    for start, end in _runs(near):
        shares[start:end] = _shares(middles[start:end])
    return near & (shares <= FULL) if shares[near].sum() <= SOME * near.sum() else np.zeros(len(pieces), bool)


def _middles(places: Sequence[float], line: Sequence[Piece]) -> dict[int, float]:
    """How far down the text of each column is, where it stands over no other; of each word its middle is known."""
    return {piece.low: places[piece.words[0]] for piece in line if piece.low == piece.high}


def _pitch(upper: dict[int, float], lower: dict[int, float]) -> float | None:
    """The usual distance between two lines in the columns they share, in which no slope of the page counts."""
    shared = [lower[column] - upper[column] for column in upper.keys() & lower.keys()]
    return median(shared) if shared else None


def _limit(pitches: Sequence[float]) -> float:
    """Below which pitch, of some from low to high, a line is near; 0 where there are no two groups."""
    least = max(2, round(EDGE * len(pitches)))
    if len(pitches) < max(MIN_LINES, 2 * least):
        return 0.0
    jump, at = max((pitches[at] - pitches[at - 1], at) for at in range(least, len(pitches) - least + 1))
    near, far = pitches[:at], pitches[at:]
    spread = max(map(_spread, (near, far)))
    if jump < max(MIN_JUMP, TIGHT * spread) or median(far) - median(near) < MIN_APART:
        return 0.0
    return (near[-1] + far[0]) / 2


def _spread(values: Sequence[float]) -> float:
    low, _, high = quantiles(values, method="inclusive")
    return high - low


def _runs(near: np.ndarray) -> Iterator[tuple[int, int]]:
    """Where lines that belong together start and end, if they are several."""
    starts = [*np.flatnonzero(~near).tolist(), len(near)]
    return ((start, end) for start, end in pairwise(starts) if end - start > 1)


def _shares(lines: Sequence[dict[int, float]]) -> list[float]:
    """How many of the columns of a row have a text in each of its lines."""
    columns = len(set().union(*lines))
    return [len(line) / columns for line in lines]
