"""Texts on one row: words that stand close, and which of them are lines of running text."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from e2eocr.page.rows import slices
from e2eocr.page.structure.frame import Frame, hulls
from e2eocr.page.structure.spans import word_rows

# All lengths are in heights of the text.
SPACES = 2.2  # times the usual space between words part two texts,
PARTS = (0.9, 1.8)  # within these bounds: fonts of one width have wide spaces
INDENT = 4.0  # by which the first line of a paragraph may be set in, or the others
FLUSH = 0.7
NEXT_LINE = (0.5, 1.3)  # from where to where a line looks for the next
LONG = 8.0  # shortest line that is set in
PROSE = ((3, 14.0), (5, 8.0))  # lines and width from which a column of text is prose
TWO_LINES = 25.0  # width of a paragraph of two lines
FULL = 0.75  # of the width of the widest line; most lines of prose are
MOSTLY = 0.6
WORDS = 3.0  # in a line of prose, at least
SHORT = 7.0  # an entry beside a line, level with it
LEVEL = 0.25
AT_ONCE = 256  # texts that are held against all others, so that pages of thousands take no memory


@dataclass(frozen=True, slots=True)
class Segments:
    """Texts from top to bottom, and from left to right in each row.

    Attributes:
        boxes: `(n, 4)`.
        rows: `(n,)` int: the row of each.
        words: Indices of the words of each.
        prose: `(n,)` bool: which are lines of running text.
    """

    boxes: np.ndarray
    rows: np.ndarray
    words: tuple[np.ndarray, ...]
    prose: np.ndarray


def find_segments(frame: Frame, members: np.ndarray, running: np.ndarray) -> Segments:
    """Gather words to texts wherever the space between them is that of words.

    Args:
        frame: The words of the page.
        members: Those that are gathered, indices.
        running: Which words of the frame stand in lines that are known for running text, `(n,)` bool.
    """
    widest = widest_space(frame, members)
    rows = word_rows(frame.boxes, members)
    if not rows:
        return Segments(np.zeros((0, 4)), np.zeros(0, int), (), np.zeros(0, bool))
    members, homes = np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    starts = _starts_of_texts(frame.boxes[members], homes, widest)
    boxes, numbers = hulls(frame.boxes[members], starts), homes[starts]
    words = np.add.reduceat((~np.array(frame.numbers, bool))[members].astype(int), starts)
    prose = _find_prose(boxes, numbers, words, frame.height)
    wide = boxes[:, 2] - boxes[:, 0] > PROSE[0][1] * frame.height
    prose |= wide & np.logical_and.reduceat(running[members], starts)
    texts = tuple(slices(members, starts[1:]))
    return Segments(boxes, numbers, texts, prose | _between(boxes, prose, frame.height))


def _starts_of_texts(boxes: np.ndarray, homes: np.ndarray, widest: float) -> np.ndarray:
    """Where among words `(n, 4)`, of rows `(n,)` one after the other, texts begin, `(m,)` int."""
    lefts, rights = boxes[:, 0], boxes[:, 2]
    # One row is laid behind the other, so that what is reached in each row shows at once.
    shifts = homes * (rights.max() - lefts.min() + 1)
    reach = np.maximum.accumulate(rights + shifts)
    begins = (lefts[1:] + shifts[1:] - reach[:-1] > widest) | (homes[1:] > homes[:-1])
    return np.flatnonzero(np.append(True, begins))


def widest_space(frame: Frame, members: np.ndarray) -> float:
    """The widest space between some words, in order, that does not part two texts."""
    usual = SPACES * frame.word_space(members)
    return min(max(usual, PARTS[0] * frame.height), PARTS[1] * frame.height)


def _find_prose(boxes: np.ndarray, rows: np.ndarray, counts: np.ndarray, height: float) -> np.ndarray:
    prose = np.zeros(len(boxes), bool)
    for chain in chains_of(boxes, height):
        if _is_prose(boxes[chain], counts[chain], height):
            beside = [_has_entry_beside(boxes, rows, at, height) for at in chain]
            prose[chain] = len(chain) == 2 or float(np.mean(beside)) < MOSTLY
    return prose


def _between(boxes: np.ndarray, prose: np.ndarray, height: float) -> np.ndarray:
    """Which texts stand alone between two lines of running text, `(n,)` bool: headings, the ends of paragraphs."""
    found = np.zeros(len(boxes), bool)
    if prose.any():
        others = np.flatnonzero(~prose)
        for part in slices(others, range(AT_ONCE, len(others), AT_ONCE)):
            found[part] = _are_between(boxes, prose, part, height)
    return found


def _are_between(boxes: np.ndarray, prose: np.ndarray, others: np.ndarray, height: float) -> np.ndarray:
    """Which of some texts that are none `(m,)` stand between two lines of running text, `(m,)` bool."""
    x0, y0, x1, y1 = boxes.T
    left, top, right, bottom = boxes[others, :, None].transpose(1, 0, 2)  # (4, m, 1)
    meets = (x0 < right) & (x1 > left)  # (m, n)
    above = np.where(meets & (y1 <= top + 0.3 * height), y1, -np.inf)
    below = np.where(meets & (y0 >= bottom - 0.3 * height), y0, np.inf)
    upper, lower = above.argmax(axis=1), below.argmin(axis=1)
    left, top, right, bottom = boxes[others].T
    near = np.maximum(top - above.max(axis=1), below.min(axis=1) - bottom) < NEXT_LINE[1] * height
    inside = (left > np.minimum(x0[upper], x0[lower]) - height) & (right < np.maximum(x1[upper], x1[lower]) + height)
    return prose[upper] & prose[lower] & near & inside


def _is_prose(boxes: np.ndarray, counts: np.ndarray, height: float) -> bool:
    """Whether lines under each other are running text: long, with many words but numbers, as long as they can be."""
    widths = boxes[:, 2] - boxes[:, 0]
    widest = float(widths.max())
    if len(boxes) == 2:
        return widest > TWO_LINES * height and widths.min() > 0.3 * widest and counts.mean() > WORDS + 1
    wide = any(len(boxes) >= lines and widest >= width * height for lines, width in PROSE)
    return wide and counts.mean() >= WORDS and float((widths > FULL * widest)[:-1].mean()) >= MOSTLY


def chains_of(boxes: np.ndarray, height: float, long: float = LONG) -> list[list[int]]:
    """Texts that stand under each other, flush left and close; those that stand alone are left out.

    Args:
        boxes: Of the texts, `(n, 4)`.
        height: Usual height of a text.
        long: From how many heights of the text a line may begin a paragraph and be set in.
    """
    below = _next_below(boxes, height, long)
    starts = set(range(len(boxes))) - set(below.values())
    chains = []
    for start in sorted(starts):
        chain = [start]
        while chain[-1] in below:
            chain.append(below[chain[-1]])
        if len(chain) > 1:
            chains.append(chain)
    return chains


def _next_below(boxes: np.ndarray, height: float, long: float) -> dict[int, int]:
    """For each text the one under it, where there is one; no two have the same."""
    order = np.argsort(boxes[:, 1], kind="stable").tolist()
    places = boxes.tolist()  # plain numbers: each text has few others under it
    tops = [places[at][1] for at in order]
    below: dict[int, int] = {}
    taken: set[int] = set()
    for at in order:
        left, top, right, bottom = places[at]
        reach = (INDENT if right - left > long * height else FLUSH) * height
        first = bisect_left(tops, top + NEXT_LINE[0] * height)
        last = bisect_left(tops, bottom + NEXT_LINE[1] * height)
        for under in order[first:last]:
            start, _, end, _ = places[under]
            if under not in taken and abs(start - left) < reach and min(end, right) > max(start, left):
                below[at] = under
                taken.add(under)
                break
    return below


def _has_entry_beside(boxes: np.ndarray, rows: np.ndarray, at: int, height: float) -> bool:
    """Whether the next text on the right is short and level with this one, as in a table."""
    if at + 1 == len(boxes) or rows[at + 1] != rows[at]:
        return False
    step = abs(boxes[at + 1, [1, 3]].mean() - boxes[at, [1, 3]].mean())
    return bool(boxes[at + 1, 2] - boxes[at + 1, 0] < SHORT * height and step < LEVEL * height)
