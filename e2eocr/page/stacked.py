"""Characters in cells beneath each other that were found as one place: each is read by itself.

A place across two or three rows of a column is no line, and what stands in it was read only where it was found twice.
"""

from __future__ import annotations

import numpy as np

from detectors.geometry import boxes_from_quads, quads_from_boxes
from e2eocr.page.audit import stand_amid
from e2eocr.page.fit import find_ink, runs_of
from e2eocr.page.legibility import PartedLines, ReadLine, usual_height
from e2eocr.page.locate import LocatedLines
from e2eocr.page.recut import is_free
from recognizers.base import Recognizer

TALL = 1.6  # widths of a place, the height from which it may hold several rows
LOW, HIGH = 0.6, 1.2  # of the height of the lone characters around it, one in it
ROOM = 0.3  # of its height, around a character
SURE = 0.9  # confidence of a reading
MAX_PLACES = 60  # of a page; one with more is a picture


def read_stacked(page: np.ndarray, located: LocatedLines, parted: PartedLines, recognizer: Recognizer) -> PartedLines:
    """Read the characters of tall places that gave no reading, in columns of lone characters.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        recognizer: Reads lines.

    Returns:
        The same lines, and those that were found; places all of whose characters are read are no longer told.
    """
    lone = [line for line in parted.legible if line.outline is None and line.reading.alphanumerics == 1]
    may_be = [line.reason != "unknown-script" and _is_tall(line.quad) for line in parted.unread]
    tall = [line for line, is_tall in zip(parted.unread, may_be, strict=True) if is_tall]
    if not lone or not 0 < len(tall) <= MAX_PLACES:
        return parted
    height = usual_height(lone)
    legible = list(parted.legible)
    unread = [line for line, is_tall in zip(parted.unread, may_be, strict=True) if not is_tall]
    for place in tall:
        cells = _cells(page, located, place.quad, height)
        free = [quad for quad in cells if is_free(quad, [line.quad for line in legible])]
        readings = recognizer.read(located.cut_again(page, free)) if free else []
        lines = [ReadLine(quad, reading) for quad, reading in zip(free, readings, strict=True)]
        amid = stand_amid([line.quad for line in lines], [line.quad for line in lone])
        read = [line for line, is_amid in zip(lines, amid, strict=True) if is_amid and _is_character(line)]
        legible += read
        unread += [place] if not cells or len(read) < len(free) else []
    return PartedLines(tuple(legible), tuple(unread))


def _is_tall(quad: np.ndarray) -> bool:
    left, top, right, bottom = boxes_from_quads(quad[None])[0].tolist()
    return bool(bottom - top >= TALL * (right - left))


def _is_character(line: ReadLine) -> bool:
    return len(line.reading.text) == 1 and line.reading.text.isalnum() and line.reading.confidence >= SURE


def _cells(page: np.ndarray, located: LocatedLines, quad: np.ndarray, height: float) -> list[np.ndarray]:
    """The quads of the characters in a place that are as high as those around, from top to bottom."""
    box = boxes_from_quads(quad[None])[0]
    [crop] = located.cut_again(page, quads_from_boxes(box[None]))
    ink = find_ink(crop)
    if ink is None:
        return []
    scale = float(box[3] - box[1]) * (1 + 2 * located.padding) / len(crop)
    above = located.padding * float(box[3] - box[1])
    starts, ends = runs_of(np.asarray(ink.any(axis=1)))
    tops, bottoms = box[1] - above + starts * scale, box[1] - above + ends * scale
    whole = (starts > 0) & (ends < len(crop))
    fits = whole & (bottoms - tops >= LOW * height) & (bottoms - tops <= HIGH * height)
    room = ROOM * (bottoms - tops)
    boxes = np.stack([np.full(len(tops), box[0]), tops - room, np.full(len(tops), box[2]), bottoms + room], axis=1)
    return list(quads_from_boxes(boxes[fits].astype(np.float32)))
