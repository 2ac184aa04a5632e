"""Leaders: the rows of dots that lead the eye from an entry to its page number, which are no text.

A recognizer cannot tell how many dots there are, nor where among them a title ends. Lines that were read with dots are
cut without them and read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from detectors.geometry import boxes_from_quads
from e2eocr.page.crops import LINE_PADDING, cut_lines, span_quad
from e2eocr.page.fit import find_ink
from e2eocr.page.legibility import SURE_READING, PartedLines, ReadLine, UnreadLine, is_text, usual_height
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import map_points
from recognizers.base import Recognizer

DOTS = re.compile(r"\s[.·․‥…]|[.·․‥…]\s?[.·․‥…]")  # what the beginning of a leader is read as,
DOT = re.compile(r"[.,:;]$")  # and the first of its dots, before the number of a page
NUMBER = re.compile(r"\W*[\divxlcIVXLC]{1,7}\W*")
MAX_LINES = 200  # of a page, that are looked at
REACH = 30.0  # heights of a line, before and behind it, in which its leader goes on
MIN_DOTS = 8  # of a leader: fewer are an ellipsis,
MIN_REACH = 3.0  # heights of the line from the first to the last of them
DOT_HEIGHT = 0.3  # of the line's height, that a dot has at most,
ROUND = 1.8  # times as wide as high, or as high as wide
ALIGNED = 0.7  # heights of a dot, that the next one may stand higher or lower
MAX_STEP = 14.0  # heights of a dot to the next one,
EVEN = 2.4  # times the usual step of the leader: a dot may be missing
SPECK = 3  # pixels
TEXT = 0.2  # of the line's height, that what stands beside a leader has at least
LEGIBLE = 0.5  # of what is read beside a leader


def without_leaders(
    page: np.ndarray, located: LocatedLines, parted: PartedLines, recognizer: Recognizer
) -> PartedLines:
    """Read lines that have leaders again, without them.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        recognizer: Reads lines.

    Returns:
        The same lines; one with a leader is the lines before and behind it, and one that is all dots is none. Places
        that gave no reading because they begin or end with a leader are lines, where what stands beside it is sure.
    """
    numbers = _numbers(parted)
    dotted = [line.outline is None and _may_have_leader(line, numbers) for line in parted.legible]
    blank = [line.reason != "unknown-script" for line in parted.unread]
    if not any(dotted) or sum(dotted) + sum(blank) > MAX_LINES:
        return parted
    cutter = _Cutter(page, located, parted)
    quads = [*(line.quad for line in parted.legible), *(line.quad for line in parted.unread)]
    parts = [cutter.parts(quad) if asked else None for quad, asked in zip(quads, dotted + blank, strict=True)]
    cut = [quad for beside in parts for quad in beside or ()]
    readings = iter(recognizer.read(located.cut_again(page, cut)) if cut else ())
    read = [None if beside is None else [ReadLine(quad, next(readings)) for quad in beside] for beside in parts]
    of_lines, of_unread = read[: len(dotted)], read[len(dotted) :]
    legible = [new for line, beside in zip(parted.legible, of_lines, strict=True) for new in _told(line, beside)]
    proven = [new for beside in of_unread for new in beside or () if _is_legible(new, SURE_READING)]
    unread = [line for line, beside in zip(parted.unread, of_unread, strict=True) if not _is_told(beside)]
    lost = [UnreadLine(part.quad, "illegible") for beside in of_lines for part in _lost(beside or ())]
    return PartedLines((*legible, *proven), (*unread, *lost))


def _numbers(parted: PartedLines) -> np.ndarray:
    """The boxes `(n, 4)` of what may be a number at the end of a leader."""
    numbers = [line.quad for line in parted.legible if NUMBER.fullmatch(line.reading.text)]
    quads = np.array([*numbers, *(line.quad for line in parted.unread)], np.float32)
    return boxes_from_quads(quads.reshape(-1, 4, 2))


def _may_have_leader(line: ReadLine, numbers: np.ndarray) -> bool:
    """Whether a line is read as one with a leader, or ends with a dot and a number `(n, 4)` is behind it in its row."""
    if DOTS.search(line.reading.text):
        return True
    if not DOT.search(line.reading.text):
        return False
    _, top, right, bottom = boxes_from_quads(line.quad[None])[0].tolist()
    middles = (numbers[:, 1] + numbers[:, 3]) / 2
    return bool(((middles > top) & (middles < bottom) & (numbers[:, 0] >= right)).any())


def _told(line: ReadLine, beside: Sequence[ReadLine] | None) -> Sequence[ReadLine]:
    """What is told of a line: the lines beside its leaders, if it has any, as far as they can be read."""
    if beside is None:
        return [line]
    told = [replace(part, score=line.score) for part in beside if _is_legible(part, LEGIBLE)]
    return told if told or not beside else [line]


def _lost(beside: Sequence[ReadLine]) -> list[ReadLine]:
    """Of the lines beside the leaders of one, the text that cannot be read, where others can."""
    illegible = [part for part in beside if is_text(part.reading) and not _is_legible(part, LEGIBLE)]
    return illegible if any(_is_legible(part, LEGIBLE) for part in beside) else []


def _is_told(beside: Sequence[ReadLine] | None) -> bool:
    """Whether a place that was not read is leaders, and all that stands beside them is read now."""
    return beside is not None and all(_is_legible(part, SURE_READING) for part in beside)


def _is_legible(line: ReadLine, least: float) -> bool:
    return is_text(line.reading) and line.reading.legibility >= least


class _Cutter:
    """Cuts lines of a page beside their leaders."""

    def __init__(self, page: np.ndarray, located: LocatedLines, parted: PartedLines) -> None:
        self._page, self._to_page = page, located.upright.to_page
        self._height = usual_height(parted.legible)

    def parts(self, quad: np.ndarray) -> list[np.ndarray] | None:
        """What of a line `(4, 2)` stands beside leaders, `(4, 2)` each; None of a line without one."""
        longer, reach = self._longer(quad)
        crop = cut_lines(self._page, map_points(longer[None], self._to_page), padding=0.0)[0]
        marks, (height, width) = _marks(crop), crop.shape

        def place(column: np.ndarray) -> np.ndarray:
            """Along the quad, 0 its start and 1 its end, a column of the longer crop."""
            return (1 + 2 * reach) * column / width - reach

        leaders = place(np.array(list(_leaders(marks, height))).reshape(-1, 2))
        leaders = np.clip(leaders[(leaders[:, 1] > 0) & (leaders[:, 0] < 1)], 0, 1)
        if not len(leaders):
            return None
        texts = marks[(marks[:, 3] >= TEXT * height) & ~_are_dots(marks, height)]
        starts, ends = place(texts[:, 0]), place(texts[:, 0] + texts[:, 2])
        rests = np.concatenate([[0.0], leaders.ravel(), [1.0]]).reshape(-1, 2).tolist()
        room = LINE_PADDING * (1 + 2 * reach) * height / width  # with it a crop would reach the next dot
        kept = []
        for first, last in rests:
            inside = (starts + ends > 2 * first) & (starts + ends < 2 * last)
            if inside.any():
                start = first if first == 0 else min(first + room, starts[inside].min())
                end = last if last == 1 else max(last - room, ends[inside].max())
                kept.append(span_quad(quad, start, end, padding=0.0))
        return kept

    def _longer(self, quad: np.ndarray) -> tuple[np.ndarray, float]:
        """A line that goes on straight at both ends, as high as lines are, and how far: in lengths of the quad."""
        start, end = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
        along = end - start
        width = max(float(np.linalg.norm(along)), 1e-6)
        height = max(float(np.linalg.norm(quad[3] - quad[0] + quad[2] - quad[1])) / 2, self._height)
        down = np.array([-along[1], along[0]]) / width * height / 2
        reach = REACH * height / width
        start, end = start - reach * along, end + reach * along
        return np.array([start - down, end - down, end + down, start + down], np.float32), reach


def _marks(crop: np.ndarray) -> np.ndarray:
    """The marks in a line's picture `(h, w)` from left to right: left, top, width, height and area, `(n, 5)`."""
    ink = find_ink(crop)
    if ink is None:
        return np.zeros((0, 5))
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    stats = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= SPECK]
    return stats[np.argsort(stats[:, cv2.CC_STAT_LEFT], kind="stable")].astype(float)


def _are_dots(marks: np.ndarray, height: float) -> np.ndarray:
    """Which marks `(n, 5)` of a line so high are as small and round as dots, `(n,)` bool."""
    widths, heights = marks[:, 2], marks[:, 3]
    dots: np.ndarray = (heights <= DOT_HEIGHT * height) & (widths <= ROUND * heights) & (heights <= ROUND * widths)
    return dots


def _leaders(marks: np.ndarray, height: float) -> Iterator[tuple[float, float]]:
    """Where leaders begin and end among marks `(n, 5)` of a line so high."""
    lefts, tops, widths, heights = marks[:, :4].T
    dots = _are_dots(marks, height)
    middles, levels = lefts + widths / 2, tops + heights / 2
    size = np.maximum(heights[1:], heights[:-1])
    joined = dots[1:] & dots[:-1] & (np.abs(np.diff(levels)) <= ALIGNED * size) & (np.diff(middles) <= MAX_STEP * size)
    for run in np.split(middles, 1 + np.flatnonzero(~joined)):
        if len(run) >= MIN_DOTS and run[-1] - run[0] >= MIN_REACH * height:
            usual = float(np.median(np.diff(run)))
            if np.diff(run).max() <= EVEN * usual:
                yield float(run[0] - usual / 2), float(run[-1] + usual / 2)
