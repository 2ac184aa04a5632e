"""Lines that stand on their heads beside others: answers beneath a puzzle, one of two spines, a sheet scanned in."""

from __future__ import annotations

import numpy as np

from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine, has_word
from e2eocr.page.locate import LocatedLines
from recognizers.base import Recognizer

DOUBTED, UNSURE = 0.9, 0.5  # legibility and confidence below which a line may stand on its head
MIN_LETTERS = 4  # of such a line
MAX_LINES = 40  # of a page; one with more is hard to read whichever way it lies
SURE = 0.9  # legibility of what is read of a line once it is turned,
GAIN = 0.1  # by which it must be surer


def turn_over(page: np.ndarray, located: LocatedLines, parted: PartedLines, recognizer: Recognizer) -> PartedLines:
    """Read lines in doubt from their other end, and keep what is far surer.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        recognizer: Reads lines.

    Returns:
        The same lines; those that stand on their heads begin where their text does.
    """
    doubted = [line for line in parted.legible if _is_doubted(line)]
    illegible = [line for line in parted.unread if line.reason == "illegible"]
    both: list[ReadLine | UnreadLine] = [*doubted, *illegible]
    if not 0 < len(both) <= MAX_LINES:
        return parted
    quads = [np.roll(line.quad, 2, axis=0) for line in both]
    turned: dict[int, ReadLine] = {}
    for line, quad, reading in zip(both, quads, recognizer.read(located.cut_again(page, quads)), strict=True):
        before = line.reading.legibility if isinstance(line, ReadLine) else 0.0
        if has_word(reading) and reading.legibility >= max(SURE, before + GAIN):
            turned[id(line)] = ReadLine(quad, reading)
    legible = [turned.get(id(line), line) for line in parted.legible]
    found = [turned[id(line)] for line in illegible if id(line) in turned]
    unread = tuple(line for line in parted.unread if id(line) not in turned)
    return PartedLines((*legible, *found), unread)


def _is_doubted(line: ReadLine) -> bool:
    reading = line.reading
    letters = reading.alphanumerics
    unsure = reading.legibility < DOUBTED and reading.confidence < UNSURE
    return line.outline is None and unsure and letters >= MIN_LETTERS
