"""Check boxes of forms, told as ☐, ☑ and ☒ in the lines that they stand beside.

Recognizers read them as whatever they look like, or join them with the letters beside them, so that whether a form says
yes or no is lost. Here they are found as the squares they are; the rest of their lines is read without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detectors.dbnet.frames import QuadFrame
from detectors.geometry import bounds_of, boxes_from_quads, quads_from_boxes, share_inside
from e2eocr.page.crops import cut_lines, pad_quad
from e2eocr.page.fit import find_ink
from e2eocr.page.legibility import PartedLines, ReadLine, is_text, usual_height
from e2eocr.page.line_pieces import Piece, joined
from e2eocr.page.locate import LocatedLines
from e2eocr.page.squares import Square, find_squares
from e2eocr.page.straighten import map_points
from recognizers.base import CharSpan, LineText, Recognizer

EMPTY, TICKED, CROSSED = "☐", "☑", "☒"
MARKED = 0.05  # of the inside of a square, ink from which it is not empty
INSET = 0.06  # of its side, beside its edge, where nothing is looked for
CROSS = 0.3  # of the ink in its fullest quarter, that in the upper left one: a tick leaves it free
LIKE_MARKS = frozenset("XxVvYyJjUuNnKkZzW/71lI%&*×✓✔√")  # what a tick or a cross may be read as
SURE = 0.9  # confidence at which any other letter in a square is one, and the square no check box
TOLD = 0.99  # confidence of a check box
EAST_ASIAN = frozenset({"Hani", "Hira", "Kana", "Hang"})  # their print has squares for characters, and a reader of them
SIDE = (0.5, 1.5)  # heights of its line, the side of a box: small letters are lower
REACH = 1.2  # heights of a line, beside its ends, within which a square belongs to it
LONE = 0.6  # of a line, that lies in a square and has nothing else,
ROOM = 0.35  # of whose side there is room around it
BESIDE = 0.13  # heights of a line between a square and the rest of it
MIN_TEXT = 0.3  # heights, the width of what may be text
CLOSE, CLOSEST = 0.6, 0.1  # of its side, where letters of its word stand beside a letter, and where its own edge is
LEGIBLE = 0.5  # of what is read beside a square,
MISREAD = 2  # and letters that a box was read as at most: a line with fewer has lost some


@dataclass(frozen=True, slots=True, eq=False)
class CheckBox:
    """A check box: its quad `(4, 2)` on the upright page, the same with room around it, and the character it is."""

    quad: np.ndarray
    room: np.ndarray
    mark: str

    def holds(self, quad: np.ndarray) -> bool:
        """Whether a line is nothing but this box."""
        return share_inside(quad, self.room) >= LONE


def tell_check_boxes(
    page: np.ndarray, located: LocatedLines, parted: PartedLines, recognizer: Recognizer
) -> PartedLines:
    """Find the check boxes of a page, and tell each in the line that it stands beside.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        recognizer: Reads lines.

    Returns:
        The same lines; what has check boxes in it is read without them and told with them. A box that stands beside no
        line is told where it was found as a line. Pages of East Asian print stay: their recognizer knows such boxes.
    """
    lines = [line for line in parted.legible if line.outline is None]
    eastern = sum(line.reading.script in EAST_ASIAN for line in lines)
    if not lines or 2 * eastern >= len(lines):
        return parted
    teller = _Teller(page, located, recognizer)
    boxes = teller.find(usual_height(lines))
    if not boxes:
        return parted
    texts = [
        line
        for line in lines
        if line.reading.script not in EAST_ASIAN and not any(box.holds(line.quad) for box in boxes)
    ]
    owned = [(box, _owner(box, texts)) for box in boxes]
    owned = [(box, at) for box, at in owned if at is None or not teller.is_in_word(box, texts[at])]
    boxes, owners = [box for box, _ in owned], [at for _, at in owned]
    told: dict[int, ReadLine] = {}
    for at in sorted({at for at in owners if at is not None}):
        new = teller.tell(texts[at], [box for box, owner in zip(boxes, owners, strict=True) if owner == at])
        told |= {} if new is None else {id(texts[at]): new}
    settled = [box for box, at in zip(boxes, owners, strict=True) if at is not None and id(texts[at]) in told]
    legible: list[ReadLine] = []
    for line in parted.legible:
        box = next((box for box in boxes if line.outline is None and box.holds(line.quad)), None)
        if box is None:
            legible.append(told.get(id(line), line))
        elif box not in settled and _is_letter(line.reading):
            legible.append(line)
        elif box not in settled:
            alone = replace(_mark(box.mark, 0.0, 1.0), recognizer=line.reading.recognizer)
            legible.append(replace(line, reading=alone))
    unread = tuple(line for line in parted.unread if not any(box.holds(line.quad) for box in settled))
    return PartedLines(tuple(legible), unread)


def _mark(mark: str, left: float, right: float) -> LineText:
    """A check box as a reading, between two places."""
    return LineText(mark, TOLD, (CharSpan(left, right, TOLD),))


def _owner(box: CheckBox, lines: Sequence[ReadLine]) -> int | None:
    """The line that a box belongs to: the nearest that it stands in or beside, at its height."""
    nearest, least = None, REACH
    for at, line in enumerate(lines):
        frame = QuadFrame.of(line.quad)
        along, across = frame.extents(boxes_from_quads(box.quad[None]))
        if 0 <= across.mean() <= frame.height and SIDE[0] <= np.ptp(across) / frame.height <= SIDE[1]:
            gap = max(0.0, float(-along[0, 1]), float(along[0, 0]) - frame.width) / frame.height
            if gap < least:
                nearest, least = at, gap
    return nearest


class _Teller:
    """Finds the check boxes of a page, and reads lines without them."""

    def __init__(self, page: np.ndarray, located: LocatedLines, recognizer: Recognizer) -> None:
        self._page, self._located, self._recognizer = page, located, recognizer

    def find(self, height: float) -> list[CheckBox]:
        """The check boxes of the page, whose lines are so many pixels high: squares that hold no letter."""
        squares = find_squares(self._page, height)
        if not squares:
            return []
        on_page = quads_from_boxes(np.array([square.box for square in squares]))
        to_page = self._located.upright.to_page
        upright = quads_from_boxes(bounds_of(map_points(on_page, np.linalg.inv(to_page))))
        crops = cut_lines(self._page, map_points(upright, to_page), padding=0.0)
        marks = [_mark_of(crop, square) for crop, square in zip(crops, squares, strict=True)]
        marked = [at for at, mark in enumerate(marks) if mark != EMPTY]
        inner = [_inside(crops[at], squares[at]) for at in marked]
        letters = {at for at, each in zip(marked, self._recognizer.read(inner), strict=True) if _is_letter(each)}
        return [
            CheckBox(quad, pad_quad(quad, ROOM), mark)
            for at, (quad, mark) in enumerate(zip(upright, marks, strict=True))
            if at not in letters
        ]

    def is_in_word(self, box: CheckBox, line: ReadLine) -> bool:
        """Whether what looks like a box stands between two letters or digits of a line's reading, as an o may."""
        frame = QuadFrame.of(line.quad)
        left, right = frame.extents(boxes_from_quads(box.quad[None]))[0][0].tolist()
        reading = self._cut(0.0, frame.width, line.reading, frame.height).reading
        inside = [at for at, span in enumerate(reading.spans) if left <= (span.left + span.right) / 2 <= right]
        beside = [reading.text[at - 1 : at] + reading.text[at + 1 : at + 2] for at in inside]
        return len(inside) == 1 and len(beside[0]) > 1 and beside[0].isalnum() and self._has_close_neighbours(box)

    def _has_close_neighbours(self, box: CheckBox) -> bool:
        """Whether there is ink close before and close behind a box, at the height of its middle."""
        frame = QuadFrame.of(box.quad)
        around = frame.cut(-CLOSE * frame.width, 0.0, (1 + CLOSE) * frame.width, frame.height)
        [crop] = self._located.cut_again(self._page, [around])
        ink = find_ink(crop)
        if ink is None:
            return False
        level = ink[len(ink) // 4 : -len(ink) // 4]
        width = round(level.shape[1] * (CLOSE - CLOSEST) / (1 + 2 * CLOSE))
        return bool(level[:, :width].any() and level[:, -width:].any())

    def tell(self, line: ReadLine, boxes: Sequence[CheckBox]) -> ReadLine | None:
        """A line with its check boxes; None where what stands beside them cannot be read."""
        frame = QuadFrame.of(line.quad)
        places = frame.extents(boxes_from_quads(np.array([box.quad for box in boxes])))[0]
        pairs = zip(boxes, places.tolist(), strict=True)
        marks = [Piece(left, right, _mark(box.mark, left, right)) for box, (left, right) in pairs]
        marks.sort(key=lambda piece: piece.left)
        texts = self._texts(line, frame, marks)
        if texts is None:
            return None
        pieces = sorted([*marks, *texts], key=lambda piece: piece.left)
        left, right = min(0.0, pieces[0].left), max(frame.width, *(piece.right for piece in pieces))
        reading = joined(pieces, left, right, self._located.padding * frame.height)
        if reading.alphanumerics < line.reading.alphanumerics - MISREAD * len(boxes):
            return None
        return ReadLine(frame.cut(left, 0.0, right, frame.height), reading, line.score)

    def _texts(self, line: ReadLine, frame: QuadFrame, marks: Sequence[Piece]) -> list[Piece] | None:
        """What of a line stands beside the boxes in it."""
        if all(mark.right <= 0 or mark.left >= frame.width for mark in marks):
            return [self._cut(0.0, frame.width, line.reading, frame.height)]
        room = BESIDE * frame.height
        edges = [0.0, *(edge for mark in marks for edge in (mark.left - room, mark.right + room)), frame.width]
        spans = [(left, right) for left, right in zip(edges[::2], edges[1::2], strict=True)]
        spans = [(left, right) for left, right in spans if right - left >= MIN_TEXT * frame.height]
        if not spans:
            return None
        quads = [frame.cut(left, 0.0, right, frame.height) for left, right in spans]
        readings = self._recognizer.read(self._located.cut_again(self._page, quads))
        found = [
            self._cut(*span, reading, frame.height)
            for span, reading in zip(spans, readings, strict=True)
            if is_text(reading)
        ]
        return found if found and all(piece.reading.legibility >= LEGIBLE for piece in found) else None

    def _cut(self, left: float, right: float, reading: LineText, height: float) -> Piece:
        """A part of a line that was cut out of the page, and its reading."""
        return Piece.of_crop(left, right, reading, self._located.padding * height)


def _mark_of(crop: np.ndarray, square: Square) -> str:
    """The state of a check box in its crop `(h, w)` uint8 grey."""
    inside = _inside(crop, square).astype(float)
    paper = float(np.quantile(inside, 0.9))
    edge = float(np.quantile(crop, 0.05))
    ink = np.abs(inside - paper) > abs(edge - paper) / 2
    if ink.mean() < MARKED:
        return EMPTY
    middle_row, middle_column = ink.shape[0] // 2, ink.shape[1] // 2
    quarters = [
        float(part.mean())
        for rows in (ink[:middle_row], ink[middle_row:])
        for part in (rows[:, :middle_column], rows[:, middle_column:])
    ]
    return CROSSED if quarters[0] >= CROSS * max(quarters) else TICKED


def _inside(crop: np.ndarray, square: Square) -> np.ndarray:
    """What is within the edges of a square, `(h, w)` uint8, of its crop."""
    side = square.box[2] - square.box[0]
    margin = [max(1, round((square.edge / side + INSET) * length)) for length in crop.shape]
    return np.ascontiguousarray(crop[margin[0] : -margin[0], margin[1] : -margin[1]])


def _is_letter(reading: LineText) -> bool:
    """Whether what stands in a square was read as a letter or digit that no tick looks like."""
    text = reading.text.strip()
    return text.isalnum() and not LIKE_MARKS.issuperset(text) and reading.confidence >= SURE
