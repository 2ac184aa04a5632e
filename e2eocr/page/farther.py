"""Words too large for the looks at a page: letters of a poster that are as high as a good part of it.

From near their strokes are shapes with edges of their own, and what finds lines takes them for pictures; on a picture
of the page as small as a stamp they are letters like any others.
"""

from __future__ import annotations

import cv2
import numpy as np

from detectors.geometry import bounds_of, boxes_from_quads, in_boxes, quads_from_boxes
from detectors.marks import find_marks
from e2eocr.page.crops import cut_part
from e2eocr.page.legibility import PartedLines, ReadLine, without_doubles
from e2eocr.page.locate import LocatedLines
from e2eocr.page.nearer import FindQuads, is_proven
from e2eocr.page.recut import still_unread
from e2eocr.page.straighten import map_points
from recognizers.base import Recognizer

STAMP = 96  # pixels of the longer side of the picture on which their strokes are ink, however thick they are
LARGE = 0.08  # of that side, the height of letters that nothing else finds,
LONGEST = 3.0  # times their height, their width at most
SEEN = 32.0  # pixels at which what finds lines is shown them


def look_farther(
    page: np.ndarray, located: LocatedLines, parted: PartedLines, find: FindQuads, recognizer: Recognizer
) -> PartedLines:
    """Look at a small picture of a page where very large letters stand in no line, and keep what is read surely.

    Args:
        page: `(H, W, 3)` uint8 RGB, as it came.
        located: Its lines.
        parted: What was read of them.
        find: The quads `(n, 4, 2)` of the lines of an upright picture, `(h, w, 3)` uint8 RGB.
        recognizer: Reads lines.

    Returns:
        The same lines, with those that were found among the legible ones in place of pieces of their letters.
    """
    to_page = located.upright.to_page
    edges = quads_from_boxes(np.array([[0, 0, *page.shape[1::-1]]]))
    upright = quads_from_boxes(bounds_of(map_points(edges, np.linalg.inv(to_page))))[0]
    around = map_points(upright[None], to_page)[0]
    scale = STAMP / max(page.shape[:2])
    read = np.array([line.quad for line in parted.legible], np.float32).reshape(-1, 4, 2)
    letters = _large_letters(_reduced(page, around, scale), (read - upright[0]) * scale) / scale
    if not len(letters):
        return parted
    scale = SEEN / float(np.median(letters))
    quads = find(_reduced(page, around, scale)) / scale + upright[0]
    quads = quads[np.ptp(quads[:, :, 1], axis=1) >= letters.min()].astype(np.float32)
    readings = recognizer.read(located.cut_again(page, quads))
    home = {line.reading.recognizer for line in parted.legible}
    lines = [ReadLine(quad, reading) for quad, reading in zip(quads, readings, strict=True)]
    found = [line for line in lines if is_proven(line.reading, home)]
    return PartedLines(without_doubles((*parted.legible, *found)), still_unread(parted.unread, found))


def _reduced(page: np.ndarray, part: np.ndarray, scale: float) -> np.ndarray:
    """A part `(4, 2)` of a page that was made so many times as large, upright."""
    size = [max(1, round(side * scale)) for side in page.shape[1::-1]]
    return cut_part(cv2.resize(page, size, interpolation=cv2.INTER_AREA), part * scale)


def _large_letters(stamp: np.ndarray, read: np.ndarray) -> np.ndarray:
    """Heights of the large letters of a small picture that stand in none of the quads `(n, 4, 2)`, pixels."""
    letters = find_marks(stamp, 1.0).letters
    widths, heights = (letters[:, 2:] - letters[:, :2]).T
    taken = in_boxes((letters[:, :2] + letters[:, 2:]) / 2, boxes_from_quads(read))
    large: np.ndarray = heights[(heights >= LARGE * STAMP) & (widths <= LONGEST * heights) & ~taken]
    return large
