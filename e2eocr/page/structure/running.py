"""Lines that are read down, column by column: running text, and the entries of an index. They are no cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from e2eocr.page.rows import percentile, slices
from e2eocr.page.structure.frame import Frame, hull, hulls, starts_of_runs
from e2eocr.page.structure.segments import chains_of

MIN_LINES = 4  # under each other that show what they are
MOSTLY = 0.35  # of the words of a part of a page, in columns that are read down, for all of it to be no table
ENTRIES = 0.4  # of the lines of an index end with numbers of pages
LONG = 4.0  # heights of the text: shortest line that may be set in
MAX_CELL_LINES = 6  # for each row that level rules part: cells of tables may hold running text, but not pages of it
FULL = 0.75  # of the width of a column, for a line to fill it,
MIN_FULL = (0.4, 0.6)  # and the share of lines that do: where lines begin with small letters, and where none can
MIN_LETTERS = 0.65  # of the characters
MIN_GOING_ON = 0.25  # of the lines begin with a small letter, as they do in the middle of a sentence
MIN_WORDS = 1.3  # in a line,
MIN_SIGNS = 5.0  # and signs in one of a script without capitals
PAGES = re.compile(r",\s+\d+(?:[\s,\-–—]+\d+)*[.,]?$")  # of an entry of an index,
MAX_PAGES = 60  # characters that are looked at for them


class RunningLines:
    """The lines of a frame that are read down."""

    def __init__(self, frame: Frame) -> None:
        starts = starts_of_runs(frame.lines)
        self._numbers = frame.lines[starts]  # of the lines on their page
        members = slices(np.arange(len(frame.lines)), starts[1:])
        self._homes = np.repeat(np.arange(len(members)), [len(words) for words in members])  # the line of each word
        self._boxes = hulls(frame.boxes, starts)
        texts = [frame.text(words) for words in members]
        self._entries = np.array([_is_entry(text) for text in texts])
        self._chains = -np.ones(len(members), int)  # of each line; -1 where it is in none that is read down
        for number, chain in enumerate(chains_of(self._boxes, frame.height, LONG)):
            words = sum(len(members[at]) for at in chain)
            if len(chain) >= MIN_LINES and _is_running(self._boxes[chain], [texts[at] for at in chain], words):
                self._chains[chain] = number

    @property
    def words(self) -> np.ndarray:
        """Which words of the frame stand in such lines, `(n,)` bool."""
        return self._chains[self._homes] >= 0

    def lines(self, count: int) -> np.ndarray:
        """Which of so many lines of the page they are, `(count,)` bool."""
        found = np.zeros(count, bool)
        found[self._numbers] = self._chains >= 0
        return found

    def take_most_of(self, words: np.ndarray, ruled_rows: int) -> bool:
        """Whether most of some words stand in columns beside each other that are read down, or in an index.

        Args:
            words: Indices of the frame's words.
            ruled_rows: How many rows level rules part there.
        """
        lines = np.unique(self._homes[words])
        if self._entries[lines].mean() >= ENTRIES:
            return True
        longest = np.bincount(self._chains[lines] + 1, minlength=2)[1:].max()
        if longest <= MAX_CELL_LINES * max(ruled_rows, 0):
            return False
        down = self._beside_others(lines)
        return float(np.isin(self._homes[words], lines[down]).mean()) >= MOSTLY

    def _beside_others(self, lines: np.ndarray) -> np.ndarray:
        """Which lines are read down and have such of another column beside them, `(n,)` bool."""
        chains, boxes = self._chains[lines], self._boxes[lines]
        numbers = np.unique(chains[chains >= 0])
        hulls = np.array([hull(boxes[chains == number]) for number in numbers]).reshape(-1, 4)
        x0, y0, x1, y1 = hulls.T
        level = (y0[:, None] < y1) & (y1[:, None] > y0)
        apart = (x0[:, None] >= x1) | (x1[:, None] <= x0)
        return np.isin(chains, numbers[(level & apart).any(axis=1)])


def _is_entry(text: str) -> bool:
    """Whether a line is an entry of an index: words, and the pages on which they stand."""
    return bool(PAGES.search(text[-MAX_PAGES:])) and any(map(str.isalpha, text))


def _is_running(boxes: np.ndarray, texts: Sequence[str], words: int) -> bool:
    """Whether lines are running text: letters for the most part, full, begun in the middle of sentences."""
    widths = boxes[:, 2] - boxes[:, 0]
    full = (widths > FULL * percentile(widths, 0.9)).mean()
    signs = "".join(texts).replace(" ", "")
    if full < min(MIN_FULL) or sum(map(str.isalpha, signs)) < MIN_LETTERS * len(signs):
        return False
    small = [first.islower() for first in _beginnings(texts)]
    if len(small) < 0.5 * len(texts):  # of a script without small letters, and perhaps without spaces
        return bool(full >= MIN_FULL[1] and len(signs) >= MIN_SIGNS * len(texts))
    goes_on = words >= MIN_WORDS * len(texts) and sum(small) / len(small) >= MIN_GOING_ON
    return bool(goes_on and full >= MIN_FULL[0])


def _beginnings(texts: Sequence[str]) -> Iterator[str]:
    """The first letter or digit of each text, but letters of scripts that have no small ones."""
    for text in texts:
        first = next((sign for sign in text if sign.isalnum()), "")
        if first.isdigit() or first.islower() or first.isupper():
            yield first
