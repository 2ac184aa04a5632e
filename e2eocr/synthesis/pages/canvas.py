"""A page while it is drawn: pixels, and the truth of the lines that were placed on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from e2eocr.synthesis.pages.typesetting import SetWord, Type, is_right_to_left, line_width, visual_order
from e2eocr.truth.records import LineTruth, TableTruth, WordTruth, box_polygon

Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
_MARGIN = 0.05  # around the ink of a line, in units of its height


@dataclass(frozen=True, slots=True)
class Backing:
    """What lies below letters: their own shape, as a contour, a shadow, or a glow has it.

    Attributes:
        ink: Colour.
        grown: Pixels by which it is wider than the letters on each side.
        moved: Pixels to the right and down.
        blurred: Sigma of its edge, pixels.
    """

    ink: Colour
    grown: int = 0
    moved: tuple[int, int] = (0, 0)
    blurred: float = 0.0

    def shape(self, mask: np.ndarray) -> tuple[np.ndarray, int]:
        """Its mask below a letter's `(h, w)` uint8, and how far it reaches beyond that on each side."""
        reach = self.grown + math.ceil(2 * self.blurred)
        wide = cv2.copyMakeBorder(mask, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * self.grown + 1, 2 * self.grown + 1))
        wide = cv2.dilate(wide, kernel) if self.grown else wide
        return (cv2.GaussianBlur(wide, (0, 0), self.blurred) if self.blurred else wide), reach


class Canvas:
    """A page of `(H, W, C)` uint8, C 1 (grey) or 3 (RGB), with its lines in reading order.

    Whatever would not lie wholly on the page is not placed.

    Attributes:
        pixels: What is drawn so far.
        lines: Their truth.
        tables: The truth of tables.
        backings: What lies below the letters that are placed from now on, the lowest first.
    """

    def __init__(self, width: int, height: int, paper: Colour = WHITE, *, colour: bool = False) -> None:
        self.pixels = np.empty((height, width, 3 if colour else 1), np.uint8)
        self.pixels[:] = self.tone(paper)
        self._paper = paper
        self.lines: list[LineTruth] = []
        self.tables: list[TableTruth] = []
        self.backings: Sequence[Backing] = ()
        self._blocks = 0

    @property
    def width(self) -> int:
        """Pixels."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.pixels.shape[0]

    def next_leaf(self) -> Canvas:
        """An empty canvas of the same size and paper."""
        leaf = Canvas(self.width, self.height, self._paper, colour=self.pixels.shape[2] == 3)
        leaf._blocks = self._blocks
        return leaf

    def tone(self, colour: Colour) -> np.ndarray:
        """An RGB colour as the canvas holds it, `(C,)` uint16."""
        red, green, blue = colour
        grey = round(0.299 * red + 0.587 * green + 0.114 * blue)
        return np.array(colour if self.pixels.shape[2] == 3 else (grey,), np.uint16)

    def new_block(self) -> int:
        """Number of a block that begins."""
        self._blocks += 1
        return self._blocks - 1

    def place_line(
        self,
        words: Sequence[SetWord],
        type_: Type,
        left: float,
        baseline: float,
        *,
        ink: Colour,
        language: str,
        block: int,
        space: float | None = None,
        jitter: Sequence[float] = (),
        kind: str = "",
    ) -> LineTruth | None:
        """Place words on a baseline.

        Args:
            words: Words in logical order.
            type_: What they are set in.
            left: Where the line begins, pixels.
            baseline: Row of the baseline, pixels.
            ink: Colour.
            language: Language code.
            block: Block the line belongs to.
            space: Pixels between words; None is that of the type.
            jitter: Pixels by which the pieces stand low, taken in turn.
            kind: Of the line's block, as in `LineTruth`.

        Returns:
            The line's truth, which the canvas keeps; None if there is nothing, or no room for it.
        """
        space = type_.space if space is None else space
        right_to_left = any(is_right_to_left(word.text) for word in words)
        order = visual_order(words) if right_to_left else list(range(len(words)))
        placed = _placed([words[place] for place in order], left, baseline, space, jitter)
        inks = dict(zip(order, placed, strict=True))
        line = _truth(words, [inks[place] for place in range(len(words))], type_, baseline, language, block)
        if line is None or not self._holds(line.polygon):
            return None
        line = replace(line, kind=kind)
        self._letter((piece for pieces in placed for piece in pieces), ink)
        self.lines.append(line)
        return line

    def join_lines(self, first: int) -> None:
        """Make one line of those from number `first` on, which stand side by side as parts of one do."""
        parts = self.lines[first:]
        if len(parts) > 1:
            points = np.concatenate([part.polygon for part in parts])
            (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
            words = tuple(word for part in parts for word in part.words)
            text = " ".join(part.text for part in parts)
            self.lines[first:] = [
                replace(parts[0], text=text, polygon=box_polygon(left, top, right, bottom), words=words)
            ]

    def place_column(
        self,
        words: Sequence[SetWord],
        type_: Type,
        centre: float,
        top: float,
        *,
        ink: Colour,
        language: str,
        block: int,
    ) -> LineTruth | None:
        """Place characters below one another, as Chinese and Japanese columns stand; None if there is no room."""
        pitch = 1.08 * type_.size
        bottom = top + pitch * len(words)
        half = 0.54 * type_.size
        polygon = box_polygon(centre - half, top, centre + half, bottom)
        if not words or not self._holds(polygon):
            return None
        letters = []
        for row, word in enumerate(words):
            for piece, start in word.pieces:
                x = centre - word.width / 2 + start + piece.left
                y = top + (row + 0.5) * pitch + 0.38 * type_.size + piece.top
                letters.append((piece.mask, round(x), round(y)))
        self._letter(letters, ink)
        text = "".join(word.text for word in words)
        line = LineTruth(text, polygon, language, block, (WordTruth(text, polygon),), vertical=True)
        self.lines.append(line)
        return line

    def place_turned(self, other: Canvas, centre: tuple[float, float], degrees: float, ink: Colour) -> bool:
        """Lay the ink (bright on black) of a small grey canvas over this one, turned clockwise; its lines follow.

        Returns:
            Whether there was room.
        """
        height, width = other.pixels.shape[:2]
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        turned_width = math.ceil(abs(width * cosine) + abs(height * sine)) + 2
        turned_height = math.ceil(abs(width * sine) + abs(height * cosine)) + 2
        left, top = round(centre[0] - turned_width / 2), round(centre[1] - turned_height / 2)
        if not self._holds(box_polygon(left, top, left + turned_width, top + turned_height)):
            return False
        turn = np.array([[cosine, -sine], [sine, cosine]])
        middle = np.array([turned_width / 2, turned_height / 2])
        shift = middle - turn @ np.array([width / 2, height / 2])
        centres = shift + turn @ np.array([0.5, 0.5]) - 0.5  # cv2 counts from the centre of the first pixel
        matrix = np.column_stack([turn, centres])
        mask = cv2.warpAffine(other.pixels[:, :, 0], matrix, (turned_width, turned_height))
        self._letter([(mask, left, top)], ink)
        for line in other.lines:
            moved = line.moved(lambda points: points @ turn.T + shift + (left, top))
            self.lines.append(replace(moved, block=self.new_block()))
        return True

    def fill(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a box."""
        self.pixels[max(round(top), 0) : max(round(bottom), 0), max(round(left), 0) : max(round(right), 0)] = self.tone(
            colour
        )

    def frame(self, left: float, top: float, right: float, bottom: float, colour: Colour, thickness: int = 1) -> None:
        """Draw the outline of a box."""
        corners = (round(left), round(top)), (round(right), round(bottom))
        cv2.rectangle(self.pixels, *corners, self._scalar(colour), thickness)

    def rule(
        self, start: tuple[float, float], end: tuple[float, float], colour: Colour, thickness: int = 1, dash: int = 0
    ) -> None:
        """Draw a straight rule, of dashes of `dash` pixels where that is not 0."""
        first, last = np.array(start), np.array(end)
        parts = max(1, int(np.linalg.norm(last - first) / (2 * dash))) if dash else 1
        for part in range(parts):
            begin = first + (last - first) * (part / parts)
            stop = first + (last - first) * ((part + (0.5 if dash else 1.0)) / parts)
            corners = tuple(begin.round().astype(int).tolist()), tuple(stop.round().astype(int).tolist())
            cv2.line(self.pixels, *corners, self._scalar(colour), thickness)

    def curve(self, points: np.ndarray, colour: Colour, thickness: int = 1, *, closed: bool = False) -> None:
        """Draw a smooth pen stroke through `(n, 2)` points."""
        fixed = (points * 8).round().astype(np.int32)
        cv2.polylines(self.pixels, [fixed], closed, self._scalar(colour), thickness, cv2.LINE_AA, shift=3)

    def paste(self, picture: np.ndarray, left: float, top: float) -> None:
        """Lay an `(h, w, 3)` RGB picture on the page, cut at its edges."""
        x, y = max(round(left), 0), max(round(top), 0)
        part = picture[: max(self.height - y, 0), : max(self.width - x, 0)]
        if self.pixels.shape[2] == 1:
            part = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)[:, :, None] if part.size else part[:, :, :1]
        self.pixels[y : y + part.shape[0], x : x + part.shape[1]] = part

    def blit(self, mask: np.ndarray, left: float, top: float, ink: Colour) -> None:
        """Lay ink on the page where an `(h, w)` uint8 mask says so."""
        self._blit(mask, round(left), round(top), self.tone(ink))

    def _letter(self, letters: Iterable[_Letter], ink: Colour) -> None:
        """Draw letters, and below all of them what backs them."""
        letters = list(letters)
        for backing in self.backings:
            tone = self.tone(backing.ink)
            for mask, x, y in letters:
                shape, reach = backing.shape(mask)
                self._blit(shape, x + backing.moved[0] - reach, y + backing.moved[1] - reach, tone)
        for mask, x, y in letters:
            self._blit(mask, x, y, self.tone(ink))

    def _blit(self, mask: np.ndarray, x: int, y: int, tone: np.ndarray) -> None:
        x0, y0 = max(x, 0), max(y, 0)
        mask = mask[y0 - y : max(self.height - y, 0), x0 - x : max(self.width - x, 0)]
        region = self.pixels[y0 : y0 + mask.shape[0], x0 : x0 + mask.shape[1]]
        alpha = mask[:, :, None].astype(np.uint16)
        region[:] = (region * (255 - alpha) + tone * alpha) // 255

    def _holds(self, polygon: np.ndarray) -> bool:
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        return bool(low.min() >= 0 and high[0] <= self.width and high[1] <= self.height)

    def _scalar(self, colour: Colour) -> list[int]:
        return [int(value) for value in self.tone(colour)]


_Letter = tuple[np.ndarray, int, int]  # mask, column, row
_Placed = list[list[_Letter]]


def _placed(words: Sequence[SetWord], left: float, baseline: float, space: float, jitter: Sequence[float]) -> _Placed:
    """Mask, column and row of each piece of each word."""
    placed: _Placed = []
    pen, count = left, 0
    for number, word in enumerate(words):
        pen += space if number and not word.glued else 0.0
        pieces = []
        for piece, start in word.pieces:
            low = jitter[count % len(jitter)] if jitter else 0.0
            count += 1
            pieces.append((piece.mask, round(pen + start) + piece.left, round(baseline + low) + piece.top))
        placed.append(pieces)
        pen += word.width
    return placed


def _truth(
    words: Sequence[SetWord], placed: _Placed, type_: Type, baseline: float, language: str, block: int
) -> LineTruth | None:
    """Truth of a line: as high as its ink, at least from x-height to baseline, the same along the line."""
    if not words:
        return None
    flat = [piece for pieces in placed for piece in pieces]
    top = min(baseline - 1.1 * type_.x_height, min(y for _, _, y in flat))
    bottom = max(baseline + 0.08 * type_.size, max(y + mask.shape[0] for mask, _, y in flat))
    margin = max(1.0, _MARGIN * (bottom - top))
    runs: list[tuple[str, float, float]] = []
    for word, pieces in zip(words, placed, strict=True):
        left, right = min(x for _, x, _ in pieces), max(x + mask.shape[1] for mask, x, _ in pieces)
        if word.glued and runs:
            text, first, last = runs.pop()
            runs.append((text + word.text, min(first, left), max(last, right)))
        else:
            runs.append((word.text, left, right))
    truths = tuple(
        WordTruth(text, box_polygon(first - margin / 2, top - margin, last + margin / 2, bottom + margin))
        for text, first, last in runs
    )
    start, end = min(run[1] for run in runs), max(run[2] for run in runs)
    polygon = box_polygon(start - margin, top - margin, end + margin, bottom + margin)
    return LineTruth(" ".join(run[0] for run in runs), polygon, language, block, truths)


def centred(words: Sequence[SetWord], type_: Type, left: float, width: float, align: str) -> float:
    """Where a line begins that stands `left`, `centre` or `right` in a box."""
    spare = width - line_width(words, type_.space)
    return left + {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * spare
