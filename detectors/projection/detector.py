"""Text lines without a trained model: ink, its connected components, and who stands beside whom."""

from __future__ import annotations

import numpy as np

from detectors.base import Detections, Layout
from detectors.geometry import check_image, clip_quads
from detectors.marks import Marks, find_marks
from detectors.projection.grouping import group_boxes, label_groups, right_neighbours, row_overlap

WORKING_PIXELS = 4_200_000  # an A4 page at 200 dpi
MAX_PIXELS = 20_000_000  # when the print turns out to be too small to work on at that size
MIN_PRINT_HEIGHT = 9.0  # pixels of a letter's height below which letters fall together
SLOPE_LETTERS = 60  # of a line, enough to tell its slope
STEEPEST = 0.2  # slope that is believed
DOTS_AT_ONCE = 500  # rows of a distance matrix
MAX_LETTER_HEIGHT = 4.5  # usual heights; a line with a higher one stands only where it lies over no other
WIDE_SPACE = 1.4  # usual spaces that a gap between columns takes at least,
GUTTER_ROWS = 6  # and rows that it goes through
LETTER_GAP = 0.45  # widest gap inside a word, in letter heights
LOW, WIDE_LOW = 0.6, 0.45  # usual heights that a few letters have at least, and several of them beside each other


class ProjectionDetector:
    """Finds lines by their ink. It needs no weights and knows no script; text must lie upright."""

    name = "projection"
    layout: Layout = "level"

    def detect(self, image: np.ndarray) -> Detections:
        """Find the text lines of a picture.

        Args:
            image: Page, `(H, W, 3)` uint8 RGB.

        Returns:
            One quad a line, from ascenders to descenders, in no particular order. Scores tell how regular a
            line is: letters of one height side by side.

        Raises:
            ValueError: If `image` is not such an array.
        """
        check_image(image)
        height, width = image.shape[:2]
        if height < 3 or width < 3:
            return _nothing()
        scale = min(1.0, (WORKING_PIXELS / (height * width)) ** 0.5)
        marks = find_marks(image, scale)
        if marks.height < MIN_PRINT_HEIGHT and scale < 1:
            wanted = 1.5 * MIN_PRINT_HEIGHT / max(marks.height, 4.0)
            scale = min(1.0, scale * wanted, (MAX_PIXELS / (height * width)) ** 0.5)
            marks = find_marks(image, scale)
        quads, scores = find_lines(marks, (round(height * scale), round(width * scale)))
        return Detections(clip_quads(quads / scale, width, height), scores)


def _nothing() -> Detections:
    return Detections(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))


def find_lines(marks: Marks, page_size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Group marks to lines: quads `(n, 4, 2)` and scores `(n,)`, both float32, of a page (height, width)."""
    letters = marks.letters
    if not len(letters):
        nothing = _nothing()
        return nothing.quads, nothing.scores
    words = join_letters(letters, marks.height)
    home = nearest_words(marks.dots, group_boxes(letters, words), marks.height)
    pieces = np.concatenate([letters, marks.dots[home >= 0]])
    words = np.concatenate([words, home[home >= 0]])
    lines = join_words(group_boxes(pieces, words), marks.height)[words]
    tallest = np.zeros(lines.max() + 1, np.float32)
    np.maximum.at(tallest, lines, pieces[:, 3] - pieces[:, 1])
    owner = resolve_overlaps(group_boxes(pieces, lines), tallest > MAX_LETTER_HEIGHT * marks.height)
    lines = owner[lines]
    quads, scores = [], []
    for members in _members(lines)[int((lines < 0).any()) :]:
        inside = pieces[members[members < len(letters)]]
        if is_text(inside, marks.height, page_size):
            quads.append(fit_line(pieces[members]))
            scores.append(regularity(inside))
    return np.array(quads, np.float32).reshape(-1, 4, 2), np.array(scores, np.float32)


def _members(labels: np.ndarray) -> list[np.ndarray]:
    """The indices of each group, group after group."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def join_letters(letters: np.ndarray, height: float) -> np.ndarray:
    """Number the words that letter boxes `(n, 4)` form: `(n,)` labels."""
    heights = letters[:, 3] - letters[:, 1]
    reach = LETTER_GAP * np.maximum(heights, 0.8 * height)
    left, right = right_neighbours(letters, reach, max(1.0, height / 6))
    ratio = np.maximum(heights[left], heights[right]) / np.minimum(heights[left], heights[right])
    fits = (row_overlap(letters[left], letters[right]) > 0.5) & (ratio < 2.5)
    return label_groups(len(letters), left[fits], right[fits])


def nearest_words(dots: np.ndarray, words: np.ndarray, height: float) -> np.ndarray:
    """The word that each dot `(m, 4)` belongs to, of word boxes `(n, 4)`: `(m,)` indices, -1 for none.

    A point or dash stands at most a letter's height beside its word, an accent at most half of that above it.
    """
    home = np.full(len(dots), -1)
    size = np.maximum(words[:, 3] - words[:, 1], 0.7 * height)
    for start in range(0, len(dots), DOTS_AT_ONCE):
        part = dots[start : start + DOTS_AT_ONCE, None]  # (k, 1, 4) against (n, 4)
        beside = np.maximum(np.maximum(words[:, 0] - part[..., 2], part[..., 0] - words[:, 2]), 0) / size
        beyond = np.maximum(np.maximum(words[:, 1] - part[..., 3], part[..., 1] - words[:, 3]), 0) / size
        distance = beside + 2 * beyond
        nearest = np.argmin(distance, axis=1)
        rows = np.arange(len(nearest))
        home[start : start + DOTS_AT_ONCE] = np.where(distance[rows, nearest] <= 0.8, nearest, -1)
    return home


def join_words(words: np.ndarray, height: float) -> np.ndarray:
    """Number the lines that word boxes `(n, 4)` form: `(n,)` labels."""
    heights = words[:, 3] - words[:, 1]
    left, right = right_neighbours(words, 3 * np.maximum(heights, height), max(1.0, height / 6))
    ratio = np.maximum(heights[left], heights[right]) / np.minimum(heights[left], heights[right])
    fits = (row_overlap(words[left], words[right]) > 0.55) & (ratio < 2.6)
    left, right = left[fits], right[fits]
    gaps = words[right, 0] - words[left, 2]
    size = np.maximum(np.maximum(heights[left], heights[right]), height)
    near = gaps <= widest_space(gaps / size) * size
    wide = gaps > WIDE_SPACE * usual_space(gaps / size) * size
    adjacent = wide & (gaps == nearest(gaps, left, len(words))) & (gaps == nearest(gaps, right, len(words)))
    near &= ~wide | adjacent
    near[adjacent] &= ~are_gutters(words, left[adjacent], right[adjacent])
    return label_groups(len(words), left[near], right[near])


def nearest(gaps: np.ndarray, words: np.ndarray, count: int) -> np.ndarray:
    """For each gap `(m,)` the smallest one of its word, `words` `(m,)` being indices under `count`."""
    smallest = np.full(count, np.inf, gaps.dtype)
    np.minimum.at(smallest, words, gaps)
    return smallest[words]


def are_gutters(words: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Which wide gaps between words `(n, 4)` part columns: `(m,)` bool for the gaps from `left` to `right`.

    A gutter is an upright white line through many rows with a wide gap at it and no word across it.
    """
    start, end = words[left, 2], words[right, 0]
    middle, level = (start + end) / 2, (words[left, 1] + words[left, 3]) / 2
    gutters = np.zeros(len(left), bool)
    for first in range(0, len(left), DOTS_AT_ONCE):
        part = slice(first, first + DOTS_AT_ONCE)
        at, own = middle[part, None], level[part, None]  # (k, 1) against (n,) words and (m,) gaps
        levels = (words[:, 1] + words[:, 3]) / 2
        across = (words[:, 0] < at) & (at < words[:, 2])
        above = np.where(across & (levels < own), levels, -np.inf).max(axis=1, keepdims=True)
        below = np.where(across & (levels > own), levels, np.inf).min(axis=1, keepdims=True)
        rows = (start < at) & (at < end) & (above < level) & (level < below)
        gutters[part] = rows.sum(axis=1) >= GUTTER_ROWS
    return gutters


def widest_space(gaps: np.ndarray) -> float:
    """The widest gap that is still a space, from all gaps between neighbours, in letter heights."""
    return float(np.clip(3 * usual_space(gaps), 1.0, 2.2))


def usual_space(gaps: np.ndarray) -> float:
    """The usual space between words among gaps between neighbours, in letter heights."""
    spaces = gaps[(gaps > 0.2) & (gaps < 1.5)]
    return float(np.median(spaces)) if len(spaces) else 0.5


def resolve_overlaps(lines: np.ndarray, towering: np.ndarray) -> np.ndarray:
    """What becomes of each line box `(n, 4)`, `(n,)`: its own index, that of a line that covers it, or -1.

    Towering lines, `(n,)` bool, hold letters too high for a line among others. Where they lie over other lines they
    are writing, stamps or blots, and are given up.
    """
    areas = np.prod(lines[:, 2:] - lines[:, :2], axis=1)
    owner = np.arange(len(lines))
    over = np.zeros(len(lines), bool)
    for start in range(0, len(lines), DOTS_AT_ONCE):
        part, own = lines[start : start + DOTS_AT_ONCE, None], areas[start : start + DOTS_AT_ONCE, None]
        wide = np.minimum(part[..., 2], lines[:, 2]) - np.maximum(part[..., 0], lines[:, 0])
        high = np.minimum(part[..., 3], lines[:, 3]) - np.maximum(part[..., 1], lines[:, 1])
        covered = np.maximum(wide, 0) * np.maximum(high, 0) * (areas > own) / np.maximum(own, 1)
        over |= ((covered > 0.5) & ~towering[start : start + DOTS_AT_ONCE, None]).any(axis=0)
        covered *= ~towering
        best = np.argmax(covered, axis=1)
        inner = covered[np.arange(len(best)), best] > 0.7
        owner[start : start + DOTS_AT_ONCE][inner] = best[inner]
    return np.where(towering & over, -1, owner)


def is_text(letters: np.ndarray, height: float, page_size: tuple[int, int]) -> bool:
    """Whether the letters `(n, 4)` of a line can be print: of a credible size, and not the edge of a page."""
    if not len(letters):
        return False
    x0, y0 = letters[:, :2].min(axis=0)
    x1, y1 = letters[:, 2:].max(axis=0)
    high = y1 - y0
    if len(letters) > 3:
        return bool(high >= 0.5 * height)
    cut = min(x0, y0, page_size[1] - x1, page_size[0] - y1) <= 2
    least = WIDE_LOW if x1 - x0 > high else LOW
    return bool(not cut and least * height <= high <= 2.5 * height and x1 - x0 > 0.12 * high)


def regularity(letters: np.ndarray) -> float:
    """How much a line looks like print, 0-1: several letters `(n, 4)` of about one height."""
    heights = letters[:, 3] - letters[:, 1]
    usual = float(np.median(heights))
    spread = float(np.median(np.abs(heights - usual))) / max(usual, 1.0)
    return max(0.1, 1 - spread) * min(1.0, (len(letters) + 2) / 5)


def fit_line(pieces: np.ndarray) -> np.ndarray:
    """Lay a quad `(4, 2)` around the boxes `(n, 4)` of one line, along its slope."""
    x0, x1 = pieces[:, 0].min(), pieces[:, 2].max()
    heights = pieces[:, 3] - pieces[:, 1]
    letters = pieces[heights >= 0.6 * np.median(heights)]
    slope = line_slope(letters) if x1 - x0 > 6 * heights.max() and len(letters) >= 6 else 0.0
    middle = (x0 + x1) / 2
    rise = slope * ((pieces[:, 0] + pieces[:, 2]) / 2 - middle)
    top, bottom = (pieces[:, 1] - rise).min(), (pieces[:, 3] - rise).max()
    left, right = slope * (x0 - middle), slope * (x1 - middle)
    return np.array([[x0, top + left], [x1, top + right], [x1, bottom + right], [x0, bottom + left]], np.float32)


def line_slope(letters: np.ndarray) -> float:
    """The slope of the feet of letters `(n, 4)`: the median over pairs of letters far apart (Theil and Sen)."""
    letters = letters[np.linspace(0, len(letters) - 1, min(len(letters), SLOPE_LETTERS)).astype(int)]
    x, y = (letters[:, 0] + letters[:, 2]) / 2, letters[:, 3]
    run, rise = x[:, None] - x, y[:, None] - y
    far = run > 0.3 * np.ptp(x)
    slope = float(np.median(rise[far] / run[far]))
    off = np.abs(y - slope * x - np.median(y - slope * x))
    # Feet that lie on no common line say nothing about its slope.
    scattered = float(np.median(off)) > 0.2 * float(np.median(letters[:, 3] - letters[:, 1]))
    return 0.0 if scattered or abs(slope) > STEEPEST else slope
