"""Initials: large first letters of paragraphs, beside which several lines stand, joined to the text they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from e2eocr.page.layout import level_boxes, levelling
from e2eocr.results import Line, Polygon, Word

HIGH = 1.6  # times the height of the lines beside it, an initial
MIN_LINES = 2  # beside it
# Lengths are in heights of the lines beside it.
OVER, APART = 0.5, 1.5  # by which these begin before its end, since boxes are wide, or behind it
SAME_TOP = 0.9
SAME_EDGE = 1.0  # the line under it begins where it does,
NEXT_LINE = 1.5  # and as close as this
SPACE = 0.3  # from which on a letter that is a word stands alone
QUOTES = "\"'“„‘‚«»‹›¿¡("
WORDS = frozenset("AIOYEUÀÁÉÈÓÒÚÍÝŌАВИКОСУЯІЄЙΗΟ")  # letters that are words in some language


def join_initials(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Put each initial before the first line beside it: `T` and `HE old` are `THE old`.

    The box of that line reaches to the left edge of the initial, and is no higher than it was.

    Args:
        lines: Of a page, in any order.
    """
    candidates = [at for at, line in enumerate(lines) if _may_begin(line.text)]
    if not candidates:
        return lines
    quads = np.array([line.polygon for line in lines], np.float32).reshape(-1, 4, 2)
    boxes = level_boxes(quads, levelling(quads, np.ones(len(lines), bool)))
    joined = dict(enumerate(lines))
    for at in candidates:
        first = _first_beside(boxes, at)
        if first is not None and first not in candidates:
            joined[first] = _join(lines[at], joined[first], boxes[at], boxes[first])
            del joined[at]
    return tuple(joined.values())


def _may_begin(text: str) -> bool:
    """Whether a line is a capital alone, or with a mark before it."""
    letter = text.strip().lstrip(QUOTES)
    return len(letter) == 1 and letter.isupper()


def _first_beside(boxes: np.ndarray, at: int) -> int | None:
    """The first of several lines that stand beside an initial and go on under it; None if there are none."""
    x0, y0, x1, y1 = boxes[at]
    left, top, right, bottom = boxes.T
    middles, heights = (top + bottom) / 2, bottom - top
    level = (middles > y0) & (middles < y1) & (y1 - y0 > HIGH * heights)
    near = (left > x1 - OVER * heights) & (left < x1 + APART * heights) & (left > x0)
    beside = np.flatnonzero(level & near)
    if len(beside) < MIN_LINES:
        return None
    height = float(np.median(heights[beside]))
    first = int(beside[top[beside].argmin()])
    start = float(left[beside].min())
    under = (np.abs(left - x0) < SAME_EDGE * height) & (np.abs(top - y1) < NEXT_LINE * height) & (right > start)
    under &= top > top[beside].max()
    return first if abs(top[first] - y0) < SAME_TOP * height and under.any() else None


def _join(initial: Line, first: Line, box: np.ndarray, beside: np.ndarray) -> Line:
    """A line with an initial before it; both have a box on the page turned level."""
    text = initial.text.strip()
    gap = float(beside[0] - box[2]) / float(beside[3] - beside[1])
    space = " " if text[-1] in WORDS and gap > SPACE else ""
    reach = float(beside[0] - box[0])
    polygon = _reaching(first.polygon, reach)
    words = _words(Word(text, initial.confidence, polygon), first.words, float(box[2] - box[0]), reach, bool(space))
    return replace(
        first,
        text=text + space + first.text,
        confidence=round(initial.confidence * first.confidence, 4),
        polygon=polygon,
        words=words,
        outline=_reaching(first.outline, reach) if first.outline else (),
    )


def _words(initial: Word, words: Sequence[Word], width: float, reach: float, apart: bool) -> tuple[Word, ...]:
    """The words of a line that an initial begins: it is one of them, or a part of the first."""
    if not words:
        return ()
    if apart:
        return replace(initial, polygon=_reaching(words[0].polygon, reach, width)), *words
    confidence = round(initial.confidence * words[0].confidence, 4)
    polygon = _reaching(words[0].polygon, reach)
    return Word(initial.text + words[0].text, confidence, polygon), *words[1:]


def _reaching(outline: Polygon, reach: float, width: float | None = None) -> Polygon:
    """The outline of a text that begins earlier by `reach` pixels; with a width, of the part that was added alone."""
    points = np.array(outline)
    along = points[1] - points[0]
    along = along / max(float(np.hypot(*along)), 1e-6)
    starts = points[[0, -1]] - along * reach
    if width is None:
        points[[0, -1]] = starts
    else:
        points = np.array([starts[0], starts[0] + along * width, starts[1] + along * width, starts[1]])
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in points.tolist())
