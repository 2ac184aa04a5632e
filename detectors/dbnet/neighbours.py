"""Lines beside each other in a row, found so wide that a letter lies in both: it stays with the word it belongs to."""

from __future__ import annotations

import numpy as np

from detectors.dbnet.frames import InkIndex, QuadFrame, inside
from detectors.geometry import boxes_from_quads

MAX_SHARED = 1.2  # heights of the lower line, that two lines of a row share
LEVEL = 0.7  # of the higher line's height, that both have in common
SPACE = 1.0  # of the lower line's height, from which a gap parts lines; narrower ones may be gaps inside one line
MAX_HUG = 0.15  # likewise, the gap between such a letter and the word that it belongs to
TRIM = 0.1  # of a line's height, kept between its end and the letter that is not its own


def part_ends(quads: np.ndarray, letters: InkIndex) -> np.ndarray:
    """Take letters at the end of a line out of it that belong to its neighbour, whose end they lie in, too.

    Args:
        quads: `(n, 4, 2)` float32.
        letters: The letters of the page.

    Returns:
        The quads, ends moved inwards where that is so.
    """
    parted = quads.copy()
    for left, right in _sharing(boxes_from_quads(quads)):
        frames = QuadFrame.of(parted[left]), QuadFrame.of(parted[right])
        near = letters.boxes[np.union1d(letters.near(parted[left]), letters.near(parted[right])).astype(int)]
        own = [inside(frame, near) for frame in frames]
        gaps = _gaps(near[own[0] & own[1]], near[own[0] & ~own[1]], near[own[1] & ~own[0]])
        height = min(frame.height for frame in frames)
        if gaps is None or max(gaps) < SPACE * height or min(gaps) > MAX_HUG * height:
            continue
        shared = near[own[0] & own[1]]
        if gaps[0] < gaps[1]:
            start = frames[1].extents(shared)[0].max() + TRIM * frames[1].height
            parted[right] = frames[1].cut(start, 0.0, frames[1].width, frames[1].height)
        else:
            end = frames[0].extents(shared)[0].min() - TRIM * frames[0].height
            parted[left] = frames[0].cut(0.0, 0.0, end, frames[0].height)
    return parted


def _sharing(boxes: np.ndarray) -> list[tuple[int, int]]:
    """Which boxes `(n, 4)` stand in one row and share a little of it: the left one, and the right one."""
    heights, pairs = boxes[:, 3] - boxes[:, 1], []
    for left, box in enumerate(boxes):
        shared = box[2] - boxes[:, 0]
        common = np.minimum(boxes[:, 3], box[3]) - np.maximum(boxes[:, 1], box[1])
        beside = (shared > 0) & (shared <= MAX_SHARED * np.minimum(heights, heights[left]))
        beside &= (boxes[:, 0] > box[0]) & (boxes[:, 2] > box[2])
        beside &= common >= LEVEL * np.maximum(heights, heights[left])
        pairs += [(left, right) for right in np.flatnonzero(beside).tolist()]
    return pairs


def _gaps(shared: np.ndarray, before: np.ndarray, behind: np.ndarray) -> tuple[float, float] | None:
    """Gaps from letters `(n, 4)` in both lines to those of the left one, and of the right one; None if any is bare."""
    if not (len(shared) and len(before) and len(behind)):
        return None
    return float(shared[:, 0].min() - before[:, 2].max()), float(behind[:, 0].min() - shared[:, 2].max())
