"""Room at the ends of lines in small print, whose last points and hyphens are too faint to be seen as ink."""

from __future__ import annotations

import numpy as np

from detectors.dbnet.frames import QuadFrame

SMALL = 18.0  # pixels of the page: height of a line below which its points are too faint
GROWTH = 0.5  # pixels of room at each end, for each pixel that a line is lower
MAX_ROOM = 0.3  # of a line's height
SHARED = 0.25  # of a line's height, at its edges, into which others may reach that do not stand in its row


def open_ends(quads: np.ndarray) -> np.ndarray:
    """Move the ends of small lines outwards, at most half the way to their neighbours in the row.

    Args:
        quads: Lines that are fitted to their ink, `(n, 4, 2)` float32 page pixels, clockwise from the text's top left.
    """
    return np.array([_open(quad, quads) for quad in quads], np.float32).reshape(-1, 4, 2)


def _open(quad: np.ndarray, quads: np.ndarray) -> np.ndarray:
    frame = QuadFrame.of(quad)
    wanted = min(GROWTH * (SMALL - frame.height), MAX_ROOM * frame.height)
    if wanted <= 0 or frame.height > frame.width:
        return quad
    left, right = (min(wanted, gap / 2) for gap in gaps_beside(frame, quads))
    return frame.cut(-left, 0.0, frame.width + right, frame.height)


def gaps_beside(frame: QuadFrame, quads: np.ndarray) -> tuple[float, float]:
    """How far it is from a line's start and end to what stands before and behind it in its row."""
    along, across = (quads - frame.origin) @ frame.along, (quads - frame.origin) @ frame.across  # (n, 4) each
    beside = (across.max(axis=1) > SHARED * frame.height) & (across.min(axis=1) < (1 - SHARED) * frame.height)
    first, last = along.min(axis=1)[beside], along.max(axis=1)[beside]
    middle = frame.width / 2
    before, behind = -last[last < middle], first[first > middle] - frame.width
    return max(0.0, float(before.min(initial=np.inf))), max(0.0, float(behind.min(initial=np.inf)))
