"""Lines of two sizes: small print beside larger one, as the time beneath a message, is cut out and read by itself.

In the crop of a line all of it is as high as its largest letters, and what is much smaller is too small to be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from e2eocr.page.crops import span_quad
from e2eocr.page.fit import find_ink, without_rules
from e2eocr.page.legibility import PartedLines, ReadLine, is_text
from e2eocr.page.locate import LocatedLines
from recognizers.base import LineText, Recognizer

DOUBTED = 0.95  # mean confidence of the characters of a word, below which its line is looked at
MAX_LINES = 60  # of a page, that are; one with more is hard to read for other reasons
FAINT = 0.2  # of the depth of the darkest ink: small print is often grey
# Lengths in heights of the line.
GAP = 0.4  # between parts of different sizes
UNLIKE = 0.85  # of the height of the larger part, that of the smaller one at most
FEW = 3  # marks, which tell of no size
LEAST = 0.2  # height of a part: a dash or a point has no size
ROOM = 0.25  # of a part's own height, above and below it
LEGIBLE, GAIN = 0.75, 0.03  # legibility of each part, and by how much it is higher than that of the line's worst word,
MAX_LOST = 2  # letters and digits, which signs were taken for


def read_by_size(page: np.ndarray, located: LocatedLines, parted: PartedLines, recognizer: Recognizer) -> PartedLines:
    """Read lines that hold two sizes of print part by part, where that is surer.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        recognizer: Reads lines.

    Returns:
        The same lines; one of two sizes is as many lines as it has parts.
    """
    doubted = [line for line in parted.legible if line.outline is None and _is_doubted(line.reading)]
    if not 0 < len(doubted) <= MAX_LINES:
        return parted
    crops = located.cut_again(page, [line.quad for line in doubted])
    cut = [(line, _parts(line.quad, crop, located.padding)) for line, crop in zip(doubted, crops, strict=True)]
    cut = [(line, quads) for line, quads in cut if len(quads) > 1]
    if not cut:
        return parted
    readings = iter(recognizer.read(located.cut_again(page, [quad for _, quads in cut for quad in quads])))
    told: dict[int, list[ReadLine]] = {}
    for line, quads in cut:
        parts = [ReadLine(quad, next(readings), line.score) for quad in quads]
        if _are_surer([part.reading for part in parts], line.reading):
            told[id(line)] = parts
    legible = tuple(new for line in parted.legible for new in told.get(id(line), [line]))
    return PartedLines(legible, parted.unread)


def _is_doubted(reading: LineText) -> bool:
    """Whether a reading has a word that is not sure."""
    return len(reading.spans) == len(reading.text) and _worst_word(reading) < DOUBTED


def _worst_word(reading: LineText) -> float:
    """The mean confidence of the characters of the word that is the least sure, 0-1."""
    ends = [-1, *(at for at, character in enumerate(reading.text) if character == " "), len(reading.text)]
    words = [reading.spans[before + 1 : behind] for before, behind in pairwise(ends)]
    return min((float(np.mean([span.confidence for span in word])) for word in words if word), default=1.0)


def _are_surer(parts: Sequence[LineText], whole: LineText) -> bool:
    """Whether what was read part by part is text, surer than the worst word of the whole line, and no less of it."""
    lost = _letters(whole.text) - sum(_letters(part.text) for part in parts)
    least = min(part.legibility for part in parts)
    return all(map(is_text, parts)) and least >= max(LEGIBLE, _worst_word(whole) + GAIN) and lost <= MAX_LOST


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _parts(quad: np.ndarray, crop: np.ndarray, padding: float) -> list[np.ndarray]:
    """The parts of a line `(4, 2)` whose print is of different sizes, `(4, 2)` each, as high as their own ink."""
    ink = find_ink(crop, FAINT)
    if ink is None:
        return []
    marks = without_rules(ink)[1]
    marks = marks[np.argsort(marks[:, cv2.CC_STAT_LEFT], kind="stable")]
    boxes = np.concatenate([marks[:, :2], marks[:, :2] + marks[:, 2:4]], axis=1)
    gaps = boxes[1:, 0] - np.maximum.accumulate(boxes[:, 2])[:-1]
    groups = np.split(boxes, 1 + np.flatnonzero(gaps >= GAP * len(crop)))
    parts: list[np.ndarray] = []
    for group in groups:
        if parts and (min(len(parts[-1]), len(group)) < FEW or not _differ(parts[-1], group, len(crop))):
            parts[-1] = np.concatenate([parts[-1], group])
        else:
            parts.append(group)
    return [_quad_of(quad, part, crop.shape, padding) for part in parts] if len(parts) > 1 else []


def _differ(first: np.ndarray, other: np.ndarray, height: int) -> bool:
    """Whether the letters of two parts, boxes `(n, 4)` each, are of different sizes, in a line so high."""
    sizes = sorted(float((boxes[:, 3] - boxes[:, 1]).max()) for boxes in (first, other))
    return LEAST * height <= sizes[0] <= UNLIKE * sizes[1]


def _quad_of(quad: np.ndarray, boxes: np.ndarray, shape: tuple[int, ...], padding: float) -> np.ndarray:
    """Where boxes `(n, 4)` of the crop of a line are on its page, with room above and below them, `(4, 2)`."""
    height, width = shape
    span = span_quad(quad, boxes[:, 0].min() / width, boxes[:, 2].max() / width, padding=padding)
    top, bottom = float(boxes[:, 1].min()), float(boxes[:, 3].max())
    room = ROOM * (bottom - top)
    upper, lower = ((1 + 2 * padding) * np.clip(edge / height, 0, 1) - padding for edge in (top - room, bottom + room))
    down = span[[3, 2]] - span[[0, 1]]
    first, last = span[[0, 1]] + upper * down, span[[0, 1]] + lower * down
    return np.array([first[0], first[1], last[1], last[0]], np.float32)
