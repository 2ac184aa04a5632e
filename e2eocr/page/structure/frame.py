"""The words of a page in a level frame: what tables are looked for in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from detectors.geometry import bounds_of, weighted_median
from e2eocr.page.rows import middle
from e2eocr.results import Line, Polygon, Word

WORD_SPACE = 0.3  # heights of the text: the usual space between words,
MAX_WORD_SPACE = 1.5  # and from where on a gap is none
MIN_WORD_SPACES = 10  # that tell of themselves how wide they are
MIN_HEIGHT = 0.7  # of the usual height of text: dashes and dots are taken for as high as that
DIGITS = 0.4  # of the characters of a number
_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """Words that run the same way, on a page that is turned so that they lie level.

    Attributes:
        boxes: `(n, 4)` float64: left, top, right and bottom of each word, in pixels of the turned page. All words of a
            line have its top and bottom.
        lines: `(n,)` int: the line that each word belongs to, in order.
        places: `(n,)` int: its place among the words of the line.
        texts: What each word says.
        numbers: Which of them are numbers.
        height: The usual height of the text, pixels.
        to_page: `(2, 2)` matrix: a place `(x, y)` of the frame is `(x, y) @ to_page` on the page.
    """

    boxes: np.ndarray
    lines: np.ndarray
    places: np.ndarray
    texts: tuple[str, ...]
    numbers: tuple[bool, ...]
    height: float
    to_page: np.ndarray

    def middles(self, members: np.ndarray) -> np.ndarray:
        """How far down the middles of some words are, `(m,)`."""
        return self.boxes[members][:, [1, 3]].mean(axis=1)

    def text(self, members: Sequence[int] | np.ndarray) -> str:
        """What some words say together."""
        return " ".join([self.texts[at] for at in members])

    def word_space(self, members: np.ndarray) -> float:
        """The usual space between words of one line, of some that follow each other."""
        boxes, lines = self.boxes[members], self.lines[members]
        next_to = np.flatnonzero((lines[1:] == lines[:-1]) & (boxes[1:, 0] > boxes[:-1, 0]))
        gaps = boxes[next_to + 1, 0] - boxes[next_to, 2]
        gaps = gaps[(gaps > 0) & (gaps < MAX_WORD_SPACE * self.height)]
        return middle(gaps) if len(gaps) >= MIN_WORD_SPACES else WORD_SPACE * self.height

    def words_in(self, box: Sequence[float], free: np.ndarray) -> np.ndarray:
        """The words whose middles lie in a box and that are `free`, `(n,)` bool; their indices."""
        across, down = self.boxes[:, [0, 2]].mean(axis=1), self.boxes[:, [1, 3]].mean(axis=1)
        inside = (across > box[0]) & (across < box[2]) & (down > box[1]) & (down < box[3])
        return np.flatnonzero(inside & free)


def hull(boxes: np.ndarray) -> tuple[float, float, float, float]:
    """The box around boxes `(n, 4)`."""
    left, top, right, bottom = boxes.T.tolist()  # most are few, for which `min` of numpy takes longer
    return min(left), min(top), max(right), max(bottom)


def hulls(boxes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The boxes `(m, 4)` around groups of boxes `(n, 4)` that follow each other; each has one at least."""
    if not len(starts):
        return np.zeros((0, 4))
    lowest, highest = np.minimum.reduceat(boxes[:, :2], starts), np.maximum.reduceat(boxes[:, 2:], starts)
    return np.concatenate([lowest, highest], axis=1)


def starts_of(counts: Sequence[int]) -> np.ndarray:
    """Where groups begin that follow each other, given how many are in each, `(m,)` int."""
    return np.cumsum([0, *counts])[:-1]


def starts_of_runs(values: np.ndarray) -> np.ndarray:
    """Where among values `(n,)` another begins than the one before, `(m,)` int."""
    return np.append(True, values[1:] != values[:-1])[: len(values)].nonzero()[0]


def make_frames(lines: Sequence[Line]) -> Iterator[Frame]:
    """A frame for each of the four ways in which lines run, where there are any; the commonest way first."""
    if not lines:
        return
    quads = corners_of([line.polygon for line in lines])
    along = quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]
    angles = np.arctan2(along[:, 1], along[:, 0])
    # A line of one or two letters does not tell which way it runs: it goes with the others.
    lengths = np.hypot(along[:, 0], along[:, 1]) * np.array([len(line.text) > 2 for line in lines])
    quarters = np.round(angles / (np.pi / 2)).astype(int) % _QUARTERS
    weights = np.bincount(quarters, weights=lengths, minlength=_QUARTERS)
    quarters[lengths == 0] = int(weights.argmax())
    for quarter in np.argsort(-weights, kind="stable").tolist():
        members = np.flatnonzero(quarters == quarter)
        if len(members):
            residues = (angles[members] - quarter * np.pi / 2 + np.pi) % (2 * np.pi) - np.pi
            skew = _weighted_median(residues, lengths[members])
            yield _make_frame(lines, members, quarter * np.pi / 2 + (skew if abs(skew) < np.pi / 4 else 0.0))


def _make_frame(lines: Sequence[Line], members: np.ndarray, angle: float) -> Frame:
    # Rows are points: the x axis of the frame runs along the text.
    to_page = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    words = [(at, place, word) for at in members.tolist() for place, word in enumerate(words_of(lines[at]))]
    owners = np.array([at for at, _, _ in words])
    corners = corners_of([word.polygon for _, _, word in words]) @ to_page.T
    boxes = _with_heights_of_lines(bounds_of(corners), owners)
    texts = tuple(word.text for _, _, word in words)
    height = max(_weighted_median(boxes[:, 3] - boxes[:, 1], np.array([len(text) for text in texts], float)), 1.0)
    places = np.array([place for _, place, _ in words])
    numbers = tuple(map(is_number, texts))
    return Frame(_as_high_as_text(boxes, height), owners, places, texts, numbers, height, to_page)


def corners_of(polygons: Sequence[Polygon]) -> np.ndarray:
    """The corners of polygons of four, `(n, 4, 2)` float64."""
    numbers = chain.from_iterable(chain.from_iterable(polygons))  # `np.array` looks at each tuple, which takes longer
    return np.fromiter(numbers, np.float64, 8 * len(polygons)).reshape(-1, 4, 2)


def corners_of_words(lines: Sequence[Line]) -> np.ndarray:
    """The corners of lines `(n, 4, 2)`, each as far as its words go: the room that quads leave may bridge a gutter."""
    if not lines:
        return np.zeros((0, 4, 2))
    corners = corners_of([line.polygon for line in lines])
    starts, along = (
        (corners[:, 0] + corners[:, 3]) / 2,
        (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]) / 2,
    )
    counts = [len(words_of(line)) for line in lines]
    owners = np.repeat(np.arange(len(lines)), counts)
    words = corners_of([word.polygon for line in lines for word in words_of(line)])
    places = np.einsum("nci,ni->nc", words - starts[owners, None], along[owners])
    places /= np.maximum(np.square(along).sum(axis=1), 1e-6)[owners, None]
    firsts = starts_of_runs(owners)
    first = np.clip(np.minimum.reduceat(places.min(axis=1), firsts), 0, 1)[:, None]
    last = np.clip(np.maximum.reduceat(places.max(axis=1), firsts), 0, 1)[:, None]
    top, bottom = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 3]
    ends = [corners[:, 0] + top * first, corners[:, 0] + top * last, corners[:, 3] + bottom * last]
    return np.stack([*ends, corners[:, 3] + bottom * first], axis=1)


def is_number(text: str) -> bool:
    """Whether a text is a number, a price, a date: digits make up much of it."""
    packed = text.replace(" ", "")
    if packed.isalpha():
        return False
    return sum(map(str.isdigit, packed)) >= max(DIGITS * len(packed), 1)


def words_of(line: Line) -> tuple[Word, ...]:
    """The words of a line, or the line as one where nobody knows where its words are."""
    return line.words or (Word(line.text, line.confidence, line.polygon),)


def _with_heights_of_lines(boxes: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Give every word the top and bottom of its line: one without high letters is no lower than its neighbour."""
    starts = starts_of_runs(owners)
    counts = np.diff(np.append(starts, len(owners)))
    lines = np.repeat(hulls(boxes, starts), counts, axis=0)
    return np.stack([boxes[:, 0], lines[:, 1], boxes[:, 2], lines[:, 3]], axis=1)


def _as_high_as_text(boxes: np.ndarray, height: float) -> np.ndarray:
    missing = np.maximum(MIN_HEIGHT * height - (boxes[:, 3] - boxes[:, 1]), 0) / 2
    return boxes + np.stack([0 * missing, -missing, 0 * missing, missing], axis=1)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The median by weights, of which none is nothing."""
    return weighted_median(values, np.maximum(weights, 1e-6))
