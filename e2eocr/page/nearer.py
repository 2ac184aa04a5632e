"""Places that gave no reading, each looked at once more by itself.

A look at a whole page may take for one line an icon and the words beneath it, or letters of several sizes; one at the
place alone tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detectors.geometry import boxes_from_quads, quads_from_boxes, share_inside
from e2eocr.page.crops import cut_lines, cut_part
from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine, has_word, is_text
from e2eocr.page.locate import LocatedLines
from e2eocr.page.recut import is_free
from e2eocr.page.straighten import map_points
from recognizers.base import LineText, Recognizer

MAX_PLACES = 48  # of a page; one with more is a picture, or print that nothing reads
ROOM, LEAST_ROOM = 0.25, 4.0  # around a place: a share of its shorter side, and pixels
MIN_SIDE = 12.0  # pixels of a place that may hold lines
SURE, CONFIDENT = 0.85, 0.5  # legibility and confidence of a reading that proves a line
INSIDE = 0.5  # of a line, that lies in a place

FindQuads = Callable[[np.ndarray], np.ndarray]


def look_nearer(
    page: np.ndarray, located: LocatedLines, parted: PartedLines, find: FindQuads, recognizer: Recognizer
) -> PartedLines:
    """Look again at each place of a page that gave no reading, and keep the lines that are sure.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        find: The quads `(n, 4, 2)` of the lines of an upright picture, `(h, w, 3)` uint8 RGB.
        recognizer: Reads lines.

    Returns:
        The same lines, and those that were found. A place in which some were is no longer told as unread as a whole,
        but the rest of its lines are.
    """
    places = [line for line in parted.unread if line.reason != "unknown-script"]
    if not 0 < len(places) <= MAX_PLACES:
        return parted
    home = {line.reading.recognizer for line in parted.legible}
    legible = list(parted.legible)
    unread = [line for line in parted.unread if line.reason == "unknown-script"]
    for place in places:
        lines = _look_at(page, located, place.quad, find, recognizer)
        taken = [line.quad for line in legible]
        new = [line for line in lines if is_proven(line.reading, home) and is_free(line.quad, taken)]
        legible += new
        unread += _left(place, lines, new) if new else [place]
    return PartedLines(tuple(legible), tuple(unread))


def _look_at(
    page: np.ndarray, located: LocatedLines, quad: np.ndarray, find: FindQuads, recognizer: Recognizer
) -> list[ReadLine]:
    """The lines of a part of a page around a quad `(4, 2)` of the upright page."""
    box = boxes_from_quads(quad[None])[0]
    side = float(min(box[2:] - box[:2]))
    if side < MIN_SIDE:
        return []
    room = max(LEAST_ROOM, ROOM * side)
    corner = np.floor(box[:2] - room)
    around = quads_from_boxes(np.concatenate([corner, np.ceil(box[2:] + room)])[None])[0]
    part = cut_part(page, map_points(around[None], located.upright.to_page)[0])
    quads = find(part)
    readings = recognizer.read(cut_lines(part, quads, padding=located.padding)) if len(quads) else []
    moved = (quads + corner).astype(np.float32)
    return [ReadLine(at, reading) for at, reading in zip(moved, readings, strict=True)]


def is_proven(reading: LineText, home: set[str]) -> bool:
    """Whether a reading is sure, and by a recognizer that read lines of the page, where any were."""
    is_sure = reading.legibility >= SURE and reading.confidence >= CONFIDENT
    return is_sure and is_text(reading) and has_word(reading) and (not home or reading.recognizer in home)


def _left(place: UnreadLine, lines: Sequence[ReadLine], read: Sequence[ReadLine]) -> list[UnreadLine]:
    """What of a place is still unread, given all its lines and those of them that were read."""
    rest = [line.quad for line in lines if not any(line is other for other in read)]
    taken = [line.quad for line in read]
    return [
        UnreadLine(quad, place.reason)
        for quad in rest
        if share_inside(quad, place.quad) >= INSIDE and is_free(quad, taken)
    ]
