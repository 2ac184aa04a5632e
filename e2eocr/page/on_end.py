"""Text that runs up or down a page, of which only pieces were found: the side of a form, a table's heads, an axis.

Its letters stand beneath each other as the rows of a column of cells do. What they are, both readings tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.geometry import boxes_from_quads, in_boxes
from e2eocr.page.crops import cut_lines
from e2eocr.page.doubles import how_much_told
from e2eocr.page.fit import find_ink
from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.nearer import is_proven
from e2eocr.page.straighten import map_points
from recognizers.base import LineText, Recognizer

MAX_CHAINS = 24  # of a page; one with more is a picture
MIN_LENGTH = 3.0  # widths of a line on end, its length
GAP = 1.2  # widths between two of its pieces, at most
SHARED = 0.6  # of the width of the narrower one, in one column,
MAX_UNLIKE = 2.0  # times its width, the width of the other one
REACH = 16.0  # widths beyond the pieces, in which the text may go on,
END = 1.0  # up to room as long as so many, that nothing stands in
ROOM = 0.2  # widths, around its ink
MORE_ROOM = 1.6  # likewise, around the pieces, where ink goes on, as that of an axis does
SHORT = 2  # letters of what may be a piece that was read as it does not run
MIN_LETTERS = 4  # that prove a line on end,
SURE = 0.9  # by a reading of such legibility,
MORE = 1.02  # that tells so many times what its pieces tell


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What may be a piece of a line on end: its box `(4,)` on the upright page, and its reading, if it has one."""

    box: np.ndarray
    line: ReadLine | None = None


def read_on_end(page: np.ndarray, located: LocatedLines, parted: PartedLines, recognizer: Recognizer) -> PartedLines:
    """Read pieces that stand beneath each other as lines that run up or down, and keep what is sure and tells more.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        recognizer: Reads lines.

    Returns:
        The same lines, with lines on end in place of their pieces.
    """
    chains = _chains(_pieces(parted))
    if not 0 < len(chains) <= MAX_CHAINS:
        return parted
    home = {line.reading.recognizer for line in parted.legible}
    found: list[ReadLine] = []
    for chain in chains:
        if _lies_in(_hull(chain), found):
            continue
        quads = [way(box) for box in _guesses(page, located, _hull(chain)) for way in (_upwards, _downwards)]
        readings = recognizer.read(located.cut_again(page, quads))
        ways = [ReadLine(quad, reading) for quad, reading in zip(quads, readings, strict=True)]
        best = max(ways, key=lambda way: how_much_told(way.reading))
        found += [best] if _proves(best.reading, chain, home) else []
    if not found:
        return parted
    legible = [line for line in parted.legible if line.outline is not None or not _lies_in(_box(line), found)]
    unread = [line for line in parted.unread if not _lies_in(_box(line), found)]
    return PartedLines((*legible, *found), tuple(unread))


def _pieces(parted: PartedLines) -> list[_Piece]:
    """What may be pieces: lines that were not read, or as running up or down, or are a letter or two."""
    unread = [_Piece(_box(line)) for line in parted.unread if line.reason != "unknown-script"]
    read = [
        _Piece(_box(line), line)
        for line in parted.legible
        if line.outline is None and (_runs_on_end(line) or line.reading.alphanumerics <= SHORT)
    ]
    return unread + read


def _box(line: ReadLine | UnreadLine) -> np.ndarray:
    box: np.ndarray = boxes_from_quads(line.quad[None])[0]
    return box


def _runs_on_end(line: ReadLine) -> bool:
    along = np.abs(line.quad[1] - line.quad[0])
    return bool(along[1] > along[0])


def _chains(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces of one column that stand close beneath each other, and may make a line on end."""
    left = sorted(pieces, key=lambda piece: float(piece.box[1]))
    chains: list[list[_Piece]] = []
    for piece in left:
        chain = next((chain for chain in chains if any(_goes_on(other.box, piece.box) for other in chain)), None)
        if chain is None:
            chains.append([piece])
        else:
            chain.append(piece)
    return [chain for chain in chains if len(chain) > 1 and _may_be_line(chain)]


def _goes_on(upper: np.ndarray, lower: np.ndarray) -> bool:
    """Whether a box `(4,)` goes on in another one below it."""
    widths = upper[2] - upper[0], lower[2] - lower[0]
    shared = min(upper[2], lower[2]) - max(upper[0], lower[0])
    alike = max(widths) <= MAX_UNLIKE * min(widths)
    return bool(alike and shared >= SHARED * min(widths) and lower[1] - upper[3] <= GAP * min(widths))


def _may_be_line(chain: Sequence[_Piece]) -> bool:
    """Whether pieces are as long as a line, and not all of them characters that were read as they stand."""
    left, top, right, bottom = _hull(chain).tolist()
    as_they_stand = all(piece.line is not None and not _runs_on_end(piece.line) for piece in chain)
    return bottom - top >= MIN_LENGTH * (right - left) and not as_they_stand


def _hull(chain: Sequence[_Piece]) -> np.ndarray:
    """The box `(4,)` of pieces, as wide as most of them."""
    boxes = np.array([piece.box for piece in chain])
    left, right = np.median(boxes[:, [0, 2]], axis=0)
    return np.array([left, boxes[:, 1].min(), right, boxes[:, 3].max()], np.float32)


def _guesses(page: np.ndarray, located: LocatedLines, box: np.ndarray) -> list[np.ndarray]:
    """How far a line on end may go whose pieces lie in a box `(4,)`: as far as its ink, and a letter or two further."""
    room = MORE_ROOM * float(box[2] - box[0])
    return [_whole(page, located, box), box + np.array([0, -room, 0, room], np.float32)]


def _whole(page: np.ndarray, located: LocatedLines, box: np.ndarray) -> np.ndarray:
    """The box of a line on end of which a part is known, up to room at both ends in which there is no ink."""
    width = float(box[2] - box[0])
    longer = box + np.array([0, -REACH * width, 0, REACH * width], np.float32)
    crop = cut_lines(page, map_points(_downwards(longer)[None], located.upright.to_page), padding=0.0)[0]
    ink = find_ink(crop)
    if ink is None:
        return box
    scale = crop.shape[1] / float(longer[3] - longer[1])
    first, last = ((box[[1, 3]] - longer[1]) * scale).round().astype(int).tolist()
    inked = np.flatnonzero(ink.any(axis=0))
    gap = END * width * scale
    above = -_reached(-inked[inked < first][::-1], -first, gap)
    below = _reached(inked[inked > last], last, gap)
    top, bottom = longer[1] + above / scale - ROOM * width, longer[1] + below / scale + ROOM * width
    return np.array([box[0], min(top, box[1]), box[2], max(bottom, box[3])], np.float32)


def _reached(places: np.ndarray, start: int, gap: float) -> int:
    """The last of some places in order, from a start, before a step that is longer than a gap."""
    steps = np.diff(places, prepend=start)
    far = np.flatnonzero(steps > gap)
    near = places[: far[0]] if len(far) else places
    return int(near[-1]) if len(near) else start


def _upwards(box: np.ndarray) -> np.ndarray:
    """The quad of a text in a box that runs up."""
    left, top, right, bottom = box.tolist()
    return np.array([[left, bottom], [left, top], [right, top], [right, bottom]], np.float32)


def _downwards(box: np.ndarray) -> np.ndarray:
    return np.roll(_upwards(box), 2, axis=0)


def _proves(reading: LineText, chain: Sequence[_Piece], home: set[str]) -> bool:
    """Whether a reading is surely a line on end, and tells more than the pieces of a chain."""
    told = sum(how_much_told(piece.line.reading) for piece in chain if piece.line is not None)
    is_sure = is_proven(reading, home) and reading.legibility >= SURE
    return is_sure and sum(map(str.isalpha, reading.text)) >= MIN_LETTERS and how_much_told(reading) >= MORE * told


def _lies_in(box: np.ndarray, found: Sequence[ReadLine]) -> bool:
    """Whether the middle of a box `(4,)` lies in a line on end."""
    lines = boxes_from_quads(np.array([line.quad for line in found], np.float32).reshape(-1, 4, 2))
    return bool(in_boxes((box[:2] + box[2:])[None] / 2, lines)[0])
