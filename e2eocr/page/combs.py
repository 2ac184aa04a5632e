"""Combs: the rows of boxes of a form, one for each character, which are cut as one line without their rules.

Read as they stand, the rules between characters are letters themselves, and the characters stand too far apart to be
words. An empty box is a space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from detectors.base import Detections
from detectors.geometry import bounds_of
from detectors.marks import sparse_boxes
from e2eocr.page.crops import LINE_PADDING, bound_height, cut_lines, pad_quad
from recognizers.base import CharSpan, LineText

USUAL_PIXELS = 2_000_000  # of the picture on which they are looked for; lengths are of this picture
WINDOW, DEPTH = 25, 12  # pixels around one, than whose mean ink is darker by so many grey levels
LEVEL_RUN = 24  # pixels of a level rule: strokes of letters are shorter
THICK = 9  # pixels of what is no rule, as the dark behind the torn edge of a receipt
LEAST, MOST = 12, 160  # pixels of a rule between two boxes
MAX_WIDTH = (4.0, 0.12)  # of such a rule: pixels, or a share of its length
NEAR = 7  # pixels around the end of a rule, where a level one meets it
MAX_RULES = 3000  # of a page: with more it is a pattern
SAME_END, SAME_LENGTH = 0.15, 0.25  # of a rule's length, by which the next one's foot and length differ,
RISE = 0.03  # and the slope of the row
PITCH = (0.5, 4.0)  # lengths of a rule from one to the next; in closed boxes
MAX_CLOSED = 2.5
COVERED = 0.8  # of the way between two rules, along which a level one runs
EVEN = 0.15  # of the usual width, by which boxes differ
MAX_GAP = 1.3  # widths of a box between two that stand apart
MIN_BOXES = 4
WIDE_GAP = (1.5, 0.15)  # times the usual gap, and a share of the width of a box, between groups of boxes
MIN_OPEN = 3  # boxes without a lid that hold something: else it may be an edge, or a scale
ALONE = 0.9  # of an upright rule's length, at which nothing hangs
OPEN_HEIGHT = 1.2  # widths of a box that is open above: its height
TALL = 0.45  # of the highest character: what is lower is a mark or a speck
MIN_INK = 0.05  # of a square as high as the highest character, the ink of one, points too
MIN_CHARACTER = 0.25  # of a box's height, that of the highest character
MAX_CROWDED = 0.15  # of the boxes that hold something, those that hold several characters: else it is a table
ROOM, ASIDE = 0.28, 0.12  # heights of a character that are cut above and below it, and beside it
FRAME = 0.1  # heights of a comb around it, where its rules may be
INSIDE = 0.6  # of a line, that lies in a comb, from which it is of it,
OUTSIDE = 0.8  # but for what reaches so many heights of the comb beyond it, as a word before it


@dataclass(frozen=True, slots=True, eq=False)
class Comb:
    """A row of boxes.

    Attributes:
        frame: `(4, 2)` float32, corners of all of it, clockwise from the top left.
        parts: `(n, 4, 2)` float32, the middle of each box where its character stands, from the first to the last that
            has one.
        line: `(4, 2)` float32, the corners of these boxes, as high as the characters.
    """

    frame: np.ndarray
    parts: np.ndarray
    line: np.ndarray

    def scaled(self, factor: float) -> Comb:
        """The same on a picture so many times as large."""
        return Comb(*(np.asarray(places * factor, np.float32) for places in (self.frame, self.parts, self.line)))


def find_combs(image: np.ndarray) -> list[Comb]:
    """The combs of an upright page, `(H, W, 3)` uint8 RGB."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    factor = max(1, round((grey.size / USUAL_PIXELS) ** 0.5))  # whole, for which OpenCV is quickest
    grey = reduced(grey, factor)
    if not _may_have_combs(reduced(grey, 2)):
        return []
    ink = _find_ink(grey, WINDOW)
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, LEVEL_RUN), np.uint8))
    level = cv2.subtract(level, cv2.morphologyEx(level, cv2.MORPH_OPEN, np.ones((THICK, 1), np.uint8)))
    level = cv2.dilate(level, np.ones((NEAR, 3), np.uint8))  # and hardly across the room between two boxes
    rules = _upright_rules(ink, level)
    found = (_comb(ink, *boxes) for row in _rows(rules) for boxes in _box_rows(row, level, ink))
    return [comb.scaled(factor) for comb in found if comb is not None]


def cut_comb(image: np.ndarray, parts: np.ndarray, *, padding: float = LINE_PADDING) -> np.ndarray:
    """Cut the characters of a comb out of a page, side by side, `(h, w)` uint8 grey.

    Args:
        image: Page, `(H, W, 3)` uint8 RGB.
        parts: Of the comb, `(n, 4, 2)`.
        padding: Margin at both ends, as for other lines: places in the crop are places in the row of boxes.
    """
    cuts = cut_lines(image, parts, padding=0.0)
    height, width = (round(float(np.median([cut.shape[axis] for cut in cuts]))) for axis in (0, 1))
    row = cv2.hconcat([cv2.resize(cut, (width, height)) for cut in cuts])
    pitch = np.linalg.norm(parts[-1].mean(axis=0) - parts[0].mean(axis=0)) / max(len(parts) - 1, 1)
    margin = round(padding * height * width / max(float(pitch), width))
    return bound_height(cv2.copyMakeBorder(row, 0, 0, margin, margin, cv2.BORDER_REPLICATE))


def space_by_boxes(reading: LineText, count: int) -> LineText:
    """A reading of so many boxes with spaces where boxes are empty, and nowhere else."""
    if len(reading.spans) != len(reading.text):
        return reading
    spaced: list[tuple[str, CharSpan]] = []
    for character, span in zip(reading.text, reading.spans, strict=True):
        if character.isspace():
            continue
        if spaced and abs(_box_of(span, count) - _box_of(before := spaced[-1][1], count)) > 1:
            left, right = sorted((before, span), key=lambda each: each.left)
            spaced.append((" ", CharSpan(left.right, right.left, min(left.confidence, right.confidence))))
        spaced.append((character, span))
    text = "".join(character for character, _ in spaced)
    return replace(reading, text=text, spans=tuple(span for _, span in spaced))


def _box_of(span: CharSpan, count: int) -> int:
    return int(count * (span.left + span.right) / 2)


def without_combs(found: Detections, combs: Sequence[Comb]) -> Detections:
    """Lines that were found, without those in combs; what reaches beyond a comb, as a word before it, stays."""
    quads, kept = found.quads.copy(), np.ones(len(found), bool)
    for frame in [comb.frame for comb in combs]:
        (left, top), (right, bottom) = bounds_of(pad_quad(frame, FRAME)[None]).reshape(2, 2)
        lefts, rights = quads[:, :, 0].min(axis=1), quads[:, :, 0].max(axis=1)
        middles = quads[:, :, 1].mean(axis=1)
        shared = np.minimum(rights, right) - np.maximum(lefts, left)
        beside = (middles > top) & (middles < bottom) & (shared > 0)
        before, after = left - lefts, rights - right
        reaches = np.maximum(before, after) >= OUTSIDE * (bottom - top)
        kept &= ~(beside & ~reaches & (shared >= INSIDE * (rights - lefts)))
        for at in np.flatnonzero(beside & kept):
            limits = (-np.inf, left) if before[at] >= after[at] else (right, np.inf)
            quads[at, :, 0] = np.clip(quads[at, :, 0], *limits)
            kept[at] = cv2.contourArea(quads[at]) >= 1
    outlines = None if found.outlines is None else found.outlines[kept]
    return Detections(quads[kept], found.scores[kept], outlines)


def cover_combs(page: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """A page `(H, W, 3)` uint8 on which combs with the corners `frames`, `(k, 4, 2)`, are blank: they are no tables."""
    if not len(frames):
        return page
    covered = page.copy()
    for frame in frames:
        colour = np.median(cut_lines(page, frame[None])[0])
        reach = pad_quad(frame, FRAME).round().astype(np.int32)
        cv2.fillPoly(covered, [reach], (float(colour),) * 3)
    return covered


def reduced(grey: np.ndarray, factor: int) -> np.ndarray:
    """A page `(H, W)` uint8 made smaller by a whole factor, for which OpenCV is quickest."""
    height, width = (max(1, side // factor) for side in grey.shape)
    if factor == 1:
        return grey
    return cv2.resize(grey[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)


def _find_ink(grey: np.ndarray, window: int) -> np.ndarray:
    return cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, DEPTH)


def _may_have_combs(half: np.ndarray) -> bool:
    """Whether a page at half its size has upright strokes that meet level rules: no is the quick answer for most."""
    ink = _find_ink(half, WINDOW // 2 + 1)
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, LEVEL_RUN // 2), np.uint8))
    if not level.any():
        return False
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((LEAST // 2, 1), np.uint8))
    met = cv2.bitwise_and(upright, cv2.dilate(level, np.ones((NEAR, NEAR), np.uint8)))
    count, _ = cv2.connectedComponents(met)
    return count > MIN_BOXES + 1  # the ground is one, too


def _upright_rules(ink: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Upright rules that end at a level one, from left to right: middle, top, bottom and width, `(n, 4)` float64."""
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((LEAST, 1), np.uint8))
    boxes = sparse_boxes(cv2.bitwise_and(upright, level))
    if len(boxes) > MAX_RULES:
        return np.zeros((0, 4))
    lefts, bottoms, widths = boxes[:, 0], boxes[:, 3], boxes[:, 2] - boxes[:, 0]
    middles = lefts + widths // 2
    wide = cv2.dilate(upright, np.ones((3, 3), np.uint8))  # a rule aslant goes from one column to the next
    lengths = np.array([_length_above(wide, *end) for end in zip(middles.tolist(), bottoms.tolist(), strict=True)])
    least, share = MAX_WIDTH
    rules = (lengths >= LEAST) & (lengths <= MOST) & (widths <= np.maximum(least, share * lengths))
    found = np.stack([lefts + widths / 2, bottoms - lengths, bottoms, widths], axis=1)[rules]
    return found[np.argsort(found[:, 0], kind="stable")]


def _length_above(upright: np.ndarray, column: int, bottom: int) -> int:
    """How far an upright rule goes on above the place where it ends."""
    run = upright[max(0, bottom - MOST - 1) : bottom, column][::-1]
    return len(run) if run.all() else int(run.argmin())


def _rows(rules: np.ndarray) -> Iterator[np.ndarray]:
    """Upright rules `(n, 4)` beside each other on one level, at distances of boxes."""
    free = np.ones(len(rules), bool)
    for start in range(len(rules)):
        row, at = [], start
        while free[at]:
            free[at] = False
            row.append(at)
            height = rules[at, 2] - rules[at, 1]
            steps = rules[:, 0] - rules[at, 0]
            beside = np.abs(rules[:, 2] - rules[at, 2]) <= SAME_END * height + RISE * np.abs(steps)
            alike = np.abs(rules[:, 2] - rules[:, 1] - height) <= SAME_LENGTH * height
            near = (steps >= PITCH[0] * height / 4) & (steps <= PITCH[1] * height)
            following = np.flatnonzero(free & beside & alike & near)
            at = int(following[0]) if len(following) else at
        if len(row) > MIN_BOXES:
            yield rules[row]


def _box_rows(row: np.ndarray, level: np.ndarray, ink: np.ndarray) -> Iterator[tuple[np.ndarray, bool]]:
    """Of a row of upright rules `(n, 4)`, the sides `(m, 2, 4)` of equally wide boxes, and whether these have lids."""
    pairs = np.stack([row[:-1], row[1:]], axis=1)
    widths = pairs[:, 1, 0] - pairs[:, 0, 0]
    closed = np.array([_runs_along(level, pair[:, 0], pair[:, 2]) for pair in pairs])
    if not closed.any():
        return
    usual, height = float(np.median(widths[closed])), float(np.median(row[:, 2] - row[:, 1]))
    boxes = closed & (np.abs(widths - usual) <= EVEN * usual + 2)
    above = [_runs_along(level, pair[:, 0], pair[:, 1]) for pair in pairs[boxes]]
    covered = bool(above) and float(np.mean(above)) >= COVERED
    if not max(PITCH[0] * height, LEAST) <= usual <= (MAX_CLOSED if covered else PITCH[1]) * height:
        return
    if not covered and np.mean([_stands_free(ink, rule) for rule in row]) < COVERED:
        return  # stems of letters that are underlined
    ends = np.flatnonzero(~boxes & (closed | (widths > MAX_GAP * usual)))
    for run in np.split(np.arange(len(pairs)), ends):
        members = pairs[run[boxes[run]]]
        if len(members) >= MIN_BOXES:
            for group in _groups(members, usual):
                yield (group if covered else _opened(group, usual)), covered


def _groups(boxes: np.ndarray, width: float) -> list[np.ndarray]:
    """Boxes `(m, 2, 4)` parted where they stand further apart than others, as those of day, month and year do."""
    gaps = boxes[1:, 0, 0] - boxes[:-1, 1, 0]
    wide = gaps > WIDE_GAP[0] * np.median(gaps) + WIDE_GAP[1] * width
    return np.split(boxes, 1 + np.flatnonzero(wide))


def _stands_free(ink: np.ndarray, rule: np.ndarray) -> bool:
    """Whether nothing hangs on an upright rule to its sides, and it does not end above the level one."""
    middle, top, bottom, width = rule
    rows = slice(int(top), max(int(top) + 1, int(bottom - MAX_WIDTH[0])))
    beside = np.array([middle - width / 2 - 2, middle + width / 2 + 1]).astype(int)
    below = ink[int(bottom) : int(bottom) + NEAR, int(middle)]
    return not below.any() and bool(ink[rows, np.clip(beside, 0, ink.shape[1] - 1)].mean(axis=0).max() <= 1 - ALONE)


def _opened(boxes: np.ndarray, width: float) -> np.ndarray:
    """Boxes `(m, 2, 4)` that are open above, as high as their characters may be."""
    boxes = boxes.copy()
    boxes[:, :, 1] = np.minimum(boxes[:, :, 1], boxes[:, :, 2] - OPEN_HEIGHT * width)
    return boxes


def _runs_along(level: np.ndarray, across: np.ndarray, down: np.ndarray) -> bool:
    """Whether a level rule runs between two places."""
    steps = np.linspace(0.1, 0.9, 9)
    columns, rows = (np.clip(ends[0] + steps * (ends[1] - ends[0]), 0, None).astype(int) for ends in (across, down))
    return bool((level[np.minimum(rows, len(level) - 1), columns] > 0).mean() >= COVERED)


def _comb(ink: np.ndarray, boxes: np.ndarray, closed: bool) -> Comb | None:
    """The comb whose boxes have the sides `boxes`, `(n, 2, 4)`; None of what is rather a table, or a torn edge."""
    insides = [_inside(box) for box in boxes]
    marks = [_marks(ink, inside) for inside in insides]
    highest = max((float(each[:, 3].max()) for each in marks if len(each)), default=0.0)
    first, last = boxes[0, 0], boxes[-1, 1]
    frame = np.array([first[[0, 1]], last[[0, 1]], last[[0, 2]], first[[0, 2]]], np.float32)
    height = float(np.median(boxes[:, :, 2] - boxes[:, :, 1]))
    marks = [each[each[:, 4] >= MIN_INK * highest**2] for each in marks]
    filled = [at for at, each in enumerate(marks) if len(each)]
    if len(filled) < (1 if closed else MIN_OPEN) or highest < MIN_CHARACTER * height:
        return None
    crowded = sum(_is_crowded(marks[at], TALL * highest) for at in filled)
    if crowded > MAX_CROWDED * len(filled):
        return None
    row = range(filled[0], filled[-1] + 1)
    extents = np.array([_extent(marks[at], insides[at]) for at in filled])
    aside, room = ASIDE * highest, ROOM * highest
    half = extents[:, 0].max() + aside
    top, bottom = extents[:, 1].min() - room, extents[:, 2].max() + room
    parts = np.array([_part(insides[at], half, top, bottom) for at in row], np.float32)
    return Comb(frame, parts, _around(boxes[row], parts))


def _inside(box: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a box `(2, 4)` within its rules."""
    edge = box[:, 3].max() / 2 + 2
    left, right = box[0, 0] + edge, box[1, 0] - edge
    top, bottom = box[:, 1].max() + edge, box[:, 2].min() - edge
    return int(left), int(max(top, 0)), max(int(right), int(left) + 1), max(int(bottom), int(top) + 1)


def _marks(ink: np.ndarray, inside: tuple[int, int, int, int]) -> np.ndarray:
    """Boxes and areas of what stands in a box: left, top, width, height and pixels, `(n, 5)`, of the page."""
    left, top, right, bottom = inside
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink[top:bottom, left:right], connectivity=8)
    return stats[1:] + np.array([left, top, 0, 0, 0])


def _is_crowded(marks: np.ndarray, tall: float) -> bool:
    """Whether several of the marks in a box are as high as characters."""
    return int((marks[:, 3] >= tall).sum()) > 1


def _extent(marks: np.ndarray, inside: tuple[int, int, int, int]) -> tuple[float, float, float]:
    """How far from the middle of its box a character reaches to a side, and its top and bottom from the box's top."""
    left, top, right, _ = inside
    middle = (left + right) / 2
    aside = max(middle - marks[:, 0].min(), (marks[:, 0] + marks[:, 2]).max() - middle)
    return float(aside), float(marks[:, 1].min() - top), float((marks[:, 1] + marks[:, 3]).max() - top)


def _part(inside: tuple[int, int, int, int], half: float, first: float, last: float) -> list[tuple[float, float]]:
    """Corners of what is cut of a box: so far to both sides of its middle, between two places below its top."""
    left, top, right, bottom = inside
    middle = (left + right) / 2
    x0, x1 = max(middle - half, left), min(middle + half, right)
    y0, y1 = max(top + first, top), min(top + last, bottom)
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _around(boxes: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """The corners of boxes `(n, 2, 4)`, as high as what is cut of them."""
    left, right = boxes[0, 0, 0], boxes[-1, 1, 0]
    return np.array(
        [(left, parts[0, 0, 1]), (right, parts[-1, 1, 1]), (right, parts[-1, 2, 1]), (left, parts[0, 3, 1])],
        np.float32,
    )
