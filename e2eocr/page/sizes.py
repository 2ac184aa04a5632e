"""Lines of two sizes: small print beside larger one, as the time beneath a message, is cut out and read by itself.

In the crop of a line all of it is as high as its largest letters, and what is much smaller is too small to be read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from detectors.dbnet.frames import QuadFrame
from detectors.geometry import boxes_from_quads
from e2eocr.page.crops import span_quad
from e2eocr.page.fit import find_ink, without_rules
from e2eocr.page.legibility import PartedLines, ReadLine, is_text
from e2eocr.page.line_pieces import Piece, joined
from e2eocr.page.locate import LocatedLines
from recognizers.base import LineText, Recognizer
from recognizers.directions import is_mostly_from_right

DOUBTED = 0.9  # confidence of a character, below which what it stands in is looked at
PARTS = 2  # of a line: with more, its words are as unlike as those of others
MAX_LINES = 60  # of a page, that are looked at; one with more is hard to read for other reasons
FAINT = 0.2  # of the depth of the darkest ink: small print is often grey
# Lengths in heights of the line.
GAP, LEAST_GAP = 0.4, 0.25  # between parts of different sizes: by their ink, and by the places of their characters
UNLIKE, UNLIKE_USUAL = 0.85, 0.88  # of the height of the larger part, that of the smaller one; and of most marks
FEW = 3  # marks, which tell of no size
LEAST = 0.2  # height of a part: a dash or a point has no size
ROOM = 0.25  # of a part's own height, above and below it
LEGIBLE, GAIN = 0.75, 0.05  # legibility of the small print, and by how much it is higher than it was in the line,
MAX_LOST = 2  # letters and digits, which signs were taken for


def read_by_size(page: np.ndarray, located: LocatedLines, parted: PartedLines, recognizer: Recognizer) -> PartedLines:
    """Read the small print of lines that hold two sizes by itself, where that is surer.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        recognizer: Reads lines.

    Returns:
        The same lines, of those of two sizes what was read of both.
    """
    doubted = [line for line in parted.legible if line.outline is None and _is_doubted(line)]
    if not 0 < len(doubted) <= MAX_LINES:
        return parted
    crops = located.cut_again(page, [line.quad for line in doubted])
    found = [_two_sizes(line, crop, located.padding) for line, crop in zip(doubted, crops, strict=True)]
    cut = [each for each in found if each is not None]
    readings = recognizer.read(located.cut_again(page, [each.small for each in cut])) if cut else []
    told = {id(each.line): each.told(reading) for each, reading in zip(cut, readings, strict=True)}
    return PartedLines(tuple(told.get(id(line), line) for line in parted.legible), parted.unread)


@dataclass(frozen=True, slots=True, eq=False)
class _TwoSizes:
    """A line of two sizes: where its small print is, `(4, 2)`, and what was read of its large and of its small part."""

    line: ReadLine
    small: np.ndarray
    large: Piece
    old: Piece
    padding: float

    def told(self, reading: LineText) -> ReadLine:
        """The line, its small print read so; as it was where that is not surer, or has lost text."""
        old = self.old
        lost = old.reading.alphanumerics - reading.alphanumerics
        is_surer = reading.legibility >= max(LEGIBLE, old.reading.legibility + GAIN)
        if not is_text(reading) or not is_surer or lost > MAX_LOST:
            return self.line
        frame = QuadFrame.of(self.line.quad)
        left, right = frame.extents(boxes_from_quads(self.small[None]))[0][0].tolist()
        new = Piece.of_crop(left, right, reading, self.padding * QuadFrame.of(self.small).height)
        ordered = sorted((self.large, new), key=lambda piece: piece.left)
        return replace(self.line, reading=joined(ordered, 0.0, frame.width, self.padding * frame.height))


def _is_doubted(line: ReadLine) -> bool:
    """Whether a line, from left to right, has a character that is not sure, and somewhere a wide gap."""
    spans, text = line.reading.spans, line.reading.text
    if len(spans) != len(text) or min((span.confidence for span in spans), default=1.0) >= DOUBTED:
        return False
    inked = [span for span, character in zip(spans, text, strict=True) if character != " "]
    gaps = [behind.left - before.right for before, behind in pairwise(inked)]
    frame = QuadFrame.of(line.quad)
    return max(gaps, default=0.0) * frame.width >= LEAST_GAP * frame.height and not is_mostly_from_right(text)


def _two_sizes(line: ReadLine, crop: np.ndarray, padding: float) -> _TwoSizes | None:
    """A line and its small print, if that is at one of its ends and was not read for sure.

    Args:
        line: With the place of each character.
        crop: Of it, `(h, w)` uint8.
        padding: With which it was cut, in heights of the line.
    """
    parts = _parts(crop)
    if len(parts) != PARTS:
        return None
    is_first = bool(np.ptp(parts[0][:, [1, 3]]) < np.ptp(parts[1][:, [1, 3]]))
    small = _quad_of(line.quad, parts[0 if is_first else 1], crop.shape, padding)
    middle = float(parts[0][:, 2].max() + parts[1][:, 0].min()) / 2 / crop.shape[1]
    frame, margin = QuadFrame.of(line.quad), padding * QuadFrame.of(line.quad).height
    behind = sum((span.left + span.right) / 2 < middle for span in line.reading.spans)
    whole = Piece.of_crop(0.0, frame.width, line.reading, margin).reading
    along = middle * (frame.width + 2 * margin) - margin
    pieces = (
        Piece(0.0, along, _slice(whole, 0, behind)),
        Piece(along, frame.width, _slice(whole, behind, len(whole.text))),
    )
    old, large = pieces if is_first else pieces[::-1]
    is_doubted = bool(old.reading.text) and min(span.confidence for span in old.reading.spans) < DOUBTED
    return _TwoSizes(line, small, large, old, padding) if is_doubted else None


def _slice(reading: LineText, first: int, last: int) -> LineText:
    """Some characters of a reading, without spaces at their ends."""
    while first < last and reading.text[first] == " ":
        first += 1
    while first < last and reading.text[last - 1] == " ":
        last -= 1
    return replace(reading, text=reading.text[first:last], spans=reading.spans[first:last])


def _parts(crop: np.ndarray) -> list[np.ndarray]:
    """The parts of a line's crop `(h, w)` whose print is of different sizes: the boxes `(n, 4)` of their marks."""
    ink = find_ink(crop, FAINT)
    if ink is None:
        return []
    marks = without_rules(ink)[1]
    marks = marks[np.argsort(marks[:, cv2.CC_STAT_LEFT], kind="stable")]
    boxes = np.concatenate([marks[:, :2], marks[:, :2] + marks[:, 2:4]], axis=1)
    gaps = boxes[1:, 0] - np.maximum.accumulate(boxes[:, 2])[:-1]
    parts: list[np.ndarray] = []
    for group in np.split(boxes, 1 + np.flatnonzero(gaps >= GAP * len(crop))):
        if parts and (min(len(parts[-1]), len(group)) < FEW or not _differ(parts[-1], group, len(crop))):
            parts[-1] = np.concatenate([parts[-1], group])
        else:
            parts.append(group)
    return parts


def _differ(first: np.ndarray, other: np.ndarray, height: int) -> bool:
    """Whether the letters of two parts, boxes `(n, 4)` each, are of different sizes, in a line so high.

    Both their highest and most of them are: words without high letters are lower than others, and figures higher.
    """
    heights = [boxes[:, 3] - boxes[:, 1] for boxes in (first, other)]
    low, high = sorted(float(each.max()) for each in heights)
    usual = sorted(float(np.median(each)) for each in heights)
    return LEAST * height <= low <= UNLIKE * high and usual[0] <= UNLIKE_USUAL * usual[1]


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
