"""A small grey picture of a page, laid level: enough to see rules and drawings on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from e2eocr.page.rows import middle
from e2eocr.page.structure.frame import Frame
from e2eocr.page.structure.rules import Rules, find_rules, outlined_boxes
from e2eocr.page.structure.runs import CONTRAST
from e2eocr.results import Box

TEXT_PIXELS = 10.0  # height of text that rules can be told from
STRIP = 192  # rows of a picture that are made small at once
MAX_SLOPE = 0.004  # of a frame that is taken as level: a quarter of a degree
DRAWN = 40  # grey values by which a drawing stands out
LEADER = 3.0  # between words and the dots that lead from one to the next
LARGE = 3.0  # height of text from which something drawn is no letter that nobody read
MAX_DRAWN = 0.02  # of the area of a table, by what is neither text nor rule

FIELD = 0.6  # heights of the text: the least that a shaded field is high and wide
MIN_BARS = 4  # of as many lengths
SAMPLED = 8  # rows and columns of a picture, one of which is looked at first
WHITE = 255
SAME_START = 3  # pixels


@dataclass(frozen=True, slots=True)
class Sketch:
    """A page in the frame of its words.

    Attributes:
        grey: `(h, w)` uint8.
        scale: Pixels of the frame a pixel of it.
        origin: `(2,)`: where in the frame its top left is.
    """

    grey: np.ndarray
    scale: float
    origin: np.ndarray

    def rules(self, frame: Frame) -> Rules:
        """The rules of the page, in pixels of the frame.

        Dots beside words lead from one to another, and dashes that no rule meets part the sections of a receipt: these
        are none.
        """
        found = find_rules(self.grey, frame.height / self.scale)
        whole, dashed = (rules.scaled(self.scale, self.origin) for rules in found)
        level = ~_are_in_rows(dashed.level, frame.boxes, LEADER * frame.height)
        upright = ~_are_in_rows(dashed.upright, frame.boxes[:, [1, 0, 3, 2]], 0.0)
        every_level = np.concatenate([whole.level, dashed.level[level]])
        every_upright = np.concatenate([whole.upright, dashed.upright[upright]])
        level &= _meet(dashed.level, every_upright, frame.height)
        upright &= _meet(dashed.upright, every_level, frame.height)
        return Rules(
            np.concatenate([whole.level, dashed.level[level]]),
            np.concatenate([whole.upright, dashed.upright[upright]]),
            _boxes(Rules(dashed.level[~level], dashed.upright[~upright])),
        )

    def holds_drawing(self, frame: Frame, rules: Rules, box: Box) -> bool:
        """Whether large things but words and rules take much of a box: a chart or a picture, not letters nobody read.

        Args:
            frame: Words of the page.
            rules: Of the page.
            box: Of the frame.
        """
        drawn = self._drawings(frame, rules, box)
        if cv2.countNonZero(drawn) <= MAX_DRAWN * drawn.size:
            return False
        stats = cv2.connectedComponentsWithStats(drawn, connectivity=8)[2][1:]
        sides = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
        large = stats[sides > LARGE * frame.height / self.scale, cv2.CC_STAT_AREA]
        return bool(large.sum() > MAX_DRAWN * drawn.size)

    def _drawings(self, frame: Frame, rules: Rules, box: Box) -> np.ndarray:
        """Where in a box something is drawn that is neither a word nor a rule, `(h, w)` uint8: 1 at its edges."""
        x0, y0, x1, y1 = self._pixels(np.array([box]))[0].tolist()
        edges = cv2.morphologyEx(self.grey[y0:y1, x0:x1], cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        drawn = cv2.threshold(edges, DRAWN, 1, cv2.THRESH_BINARY)[1]
        margin = 0.35 * frame.height
        around = np.array([-margin, -margin, margin, margin])
        known = np.concatenate([frame.boxes, _boxes(rules), rules.leaders]) + around
        _erase(drawn, self._pixels(known) - [x0, y0, x0, y0])
        return drawn

    def holds_bars(self, frame: Frame, box: Box) -> bool:
        """Whether shaded fields without words, of many lengths, begin at one line of a box of the frame: bars."""
        x0, y0, x1, y1 = self._pixels(np.array([box]))[0].tolist()
        part = self.grey[y0:y1, x0:x1]
        if not part.size:
            return False
        shaded = _off_by(part, median_grey(part), CONTRAST)
        side = max(int(FIELD * frame.height / self.scale), 3)
        whole = np.ones((side, side), np.uint8)
        cores = cv2.erode(shaded, whole)  # with what follows, a morphological opening; most tables end here
        if not cores.any() or len(outlined_boxes(fields := cv2.dilate(cores, whole))) < MIN_BARS:
            return False
        labels, stats = cv2.connectedComponentsWithStats(fields, connectivity=8)[1:3]
        middles = self._pixels(frame.boxes)
        across = middles[:, [0, 2]].mean(axis=1).astype(int) - x0
        down = middles[:, [1, 3]].mean(axis=1).astype(int) - y0
        inside = (across >= 0) & (across < x1 - x0) & (down >= 0) & (down < y1 - y0)
        empty = np.setdiff1d(np.arange(1, len(stats)), labels[down[inside], across[inside]])
        left, top, width, height = stats[empty, :4].T
        return any(_are_bars(*each) for each in ((left, width), (left + width, width), (top + height, height)))

    def _pixels(self, boxes: np.ndarray) -> np.ndarray:
        return np.clip(self.places(boxes), 0, max(self.grey.shape)).astype(int)

    def places(self, boxes: np.ndarray) -> np.ndarray:
        """Where boxes `(n, 4)` of the frame are on the picture, `(n, 4)`."""
        return (boxes - np.tile(self.origin, 2)) / self.scale


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """The picture of a page, as small as its text allows.

    Attributes:
        grey: `(h, w)` uint8.
        scale: Pixels of the page a pixel of it.
    """

    grey: np.ndarray
    scale: float


def shrink(picture: np.ndarray, width: int, height: float) -> SmallPicture:
    """Make the picture of a page small.

    Args:
        picture: Of the page, `(H, W, 3)` or `(H, W)` uint8 at any resolution.
        width: Of the page, pixels.
        height: Usual height of its text, pixels of the page.
    """
    factor = max(int(height * picture.shape[1] / width / TEXT_PIXELS), 1)
    rows, columns = picture.shape[0] // factor, picture.shape[1] // factor
    if factor == 1 or not rows or not columns:
        return SmallPicture(_as_grey(picture), max(width, 1) / picture.shape[1])
    small = np.empty((rows, columns), np.uint8)
    step = max(STRIP // factor, 1)
    for top in range(0, rows, step):  # what is made of a strip is still in the processor's memory when it is averaged
        strip = picture[top * factor : min(top + step, rows) * factor, : columns * factor]
        small[top : top + step] = _average(_as_grey(strip), factor)
    return SmallPicture(small, factor * max(width, 1) / picture.shape[1])


def _as_grey(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def _average(grey: np.ndarray, factor: int) -> np.ndarray:
    """The means of squares of pixels, which is many times as quick where they are whole.

    OpenCV has a way of its own for squares of an even side; for others a running mean takes half the time.
    """
    rows, columns = (side // factor for side in grey.shape)
    if factor % 2:
        return cv2.blur(grey, (factor, factor), anchor=(0, 0))[::factor, ::factor]
    return cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA)


def make_sketch(picture: SmallPicture, frame: Frame) -> Sketch:
    """Lay the picture of a page level, as the words of a frame lie."""
    return _turned(picture.grey, picture.scale, frame.to_page)


def _turned(grey: np.ndarray, scale: float, to_page: np.ndarray) -> Sketch:
    to_frame = to_page.T  # page -> frame, rows as points
    if abs(to_page[0, 1]) < MAX_SLOPE and to_page[0, 0] > 0:
        return Sketch(grey, scale, np.zeros(2))
    height, width = grey.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float) @ to_frame
    low, high = corners.min(axis=0), corners.max(axis=0)
    matrix = np.concatenate([to_frame.T, -low[:, None]], axis=1)
    size = tuple(np.ceil(high - low).astype(int).tolist())
    level = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Sketch(level, scale, low * scale)


def _boxes(rules: Rules) -> np.ndarray:
    """The boxes, without width or without height, that rules take, `(n, 4)`."""
    (left, right, y), (top, bottom, x) = rules.level.T, rules.upright.T
    return np.concatenate([np.stack([left, y, right, y], axis=1), np.stack([x, top, x, bottom], axis=1)])


def _meet(strokes: np.ndarray, others: np.ndarray, slack: float) -> np.ndarray:
    """Which strokes, `(n, 3)` start, end and place, one of those at right angles to them crosses or touches."""
    start, end, place = (strokes[:, np.newaxis, part] for part in range(3))
    reaches = (others[:, 0] - slack <= place) & (place <= others[:, 1] + slack)
    return np.asarray(np.any(reaches & (start - slack <= others[:, 2]) & (others[:, 2] <= end + slack), axis=1))


def _are_in_rows(strokes: np.ndarray, boxes: np.ndarray, beside: float) -> np.ndarray:
    """Which level strokes `(n, 3)` run through words or, no further than `beside` from them, in their row, `(n,)`."""
    start, end, place = strokes.T[:, :, None]
    left, top, right, bottom = boxes.T
    through = (place > top) & (place < bottom)
    return (through & (left < end + beside) & (right > start - beside)).any(axis=1)


def _erase(mask: np.ndarray, boxes: np.ndarray) -> None:
    """Empty the parts of a mask `(h, w)` that boxes `(n, 4)` cover, both ends included."""
    height, width = mask.shape
    x0, y0, x1, y1 = boxes.T
    boxes = boxes[(x1 >= 0) & (y1 >= 0) & (x0 < width) & (y0 < height)]
    for x0, y0, x1, y1 in np.maximum(boxes, 0).tolist():
        mask[y0 : y1 + 1, x0 : x1 + 1] = 0


def _off_by(picture: np.ndarray, grey: int, least: int) -> np.ndarray:
    """Where a picture `(h, w)` uint8 is off a grey value by more than so much, 0 or 1."""
    return cv2.threshold(cv2.inRange(picture, grey - least, grey + least), 0, 1, cv2.THRESH_BINARY_INV)[1]


def median_grey(picture: np.ndarray) -> int:
    """The least grey value up to which half of a picture `(h, w)` uint8 is.

    Counting pixels that are no lighter takes OpenCV a thirtieth of the time of a histogram, and the median of every
    eighth row and column is that of all or near it.
    """
    low, high = 0, WHITE
    guess = int(middle(picture[::SAMPLED, ::SAMPLED].ravel()))
    guesses = [guess - 1, guess]
    while low < high:
        value = min(max(guesses.pop(), low), high - 1) if guesses else (low + high) // 2
        if 2 * cv2.countNonZero(cv2.inRange(picture, 0, value)) >= picture.size:
            high = value
        else:
            low = value + 1
    return low


def _are_bars(starts: np.ndarray, lengths: np.ndarray) -> bool:
    """Whether fields that start at one place have many lengths: the usual place, and at least three of both."""
    if len(starts) < MIN_BARS:
        return False
    alike = np.abs(starts - np.median(starts)) <= SAME_START
    return int(alike.sum()) >= MIN_BARS and int((np.diff(np.sort(lengths[alike])) > SAME_START).sum()) >= MIN_BARS - 1
