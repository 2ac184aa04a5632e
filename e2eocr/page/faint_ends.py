"""Points and hyphens at the ends of lines that are so faint beside their letters that neither what finds lines nor the
ink of the page tells them: an ellipsis of a light face, a full stop of a worn ribbon, the rest of a last letter."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.dbnet.frames import QuadFrame
from e2eocr.page.crops import cut_lines
from e2eocr.page.ends import gaps_beside

_MIN_HEIGHT = 10.0  # pixels of a line in which such a mark can be told
_BEYOND = 1.1  # of a line's height, beyond its end, where they are looked for,
_WITHIN = 1.5  # and before that, where its letters tell how dark ink is
_FREE = 1.3  # of its height, to what stands beyond it in its row
_CLEAR = 24.0  # grey levels between letters and paper, at least
_DEPTH, _NOISE = 0.16, 4.0  # of the letters' contrast, that of a mark; and of the paper's deviation
_THIN, _SMALL, _LARGEST = 0.3, 0.06, 0.5  # of a line's height: a mark's shorter side at most, its longer one
_REST = 0.5  # of a line's height, what stands out of its last letter
_STEP = 0.45  # of a line's height, from one mark to the next
_HIGHEST = 0.35  # of a line's height from above, the middle of a mark
_ROOM = 0.12  # of a line's height, beyond the last mark


def reach_faint_marks(image: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Move the ends of lines out to faint points and hyphens beyond them.

    Args:
        image: Page, `(H, W, 3)` uint8 RGB.
        quads: Lines that are fitted to their ink, `(n, 4, 2)` float32 page pixels, clockwise from the text's top left.
    """
    frames = [QuadFrame.of(quad) for quad in quads]
    level = [at for at, each in enumerate(frames) if each.width > _WITHIN * each.height and each.height >= _MIN_HEIGHT]
    free = {at: [gap > _FREE * frames[at].height for gap in gaps_beside(frames[at], quads)] for at in level}
    left = _reached(image, frames, [at for at in level if free[at][0]], -1)
    right = _reached(image, frames, [at for at in level if free[at][1]], 1)
    moved = quads.copy()
    for at in left.keys() | right.keys():
        frame = frames[at]
        before, behind = left.get(at, 0.0) * frame.height, right.get(at, 0.0) * frame.height
        moved[at] = frame.cut(-before, 0.0, frame.width + behind, frame.height)
    return moved


def _reached(image: np.ndarray, frames: list[QuadFrame], lines: list[int], way: int) -> dict[int, float]:
    """How far lines go on, in their heights, by their places in `frames`: at their beginnings (`way` -1) or ends."""
    if not lines:
        return {}
    tails = np.array([_tail(frames[at], way) for at in lines], np.float32)
    crops = [crop[:, ::way] for crop in cut_lines(image, tails, padding=0.0)]
    reached = zip(lines, map(_reach, crops), strict=True)
    return {at: reach + _ROOM for at, reach in reached if reach}


def _tail(frame: QuadFrame, way: int) -> np.ndarray:
    within, beyond = _WITHIN * frame.height, _BEYOND * frame.height
    span = (-beyond, within) if way < 0 else (frame.width - within, frame.width + beyond)
    return frame.cut(span[0], 0.0, span[1], frame.height)


def _reach(crop: np.ndarray) -> float:
    """How far marks go on to the right of a line's last letters, in its heights.

    Args:
        crop: These letters and what is beyond them, `(h, w)` uint8.
    """
    height, width = crop.shape
    marks = _marks(crop, round(width * _WITHIN / (_WITHIN + _BEYOND)))
    _, _, stats, middles = cv2.connectedComponentsWithStats(marks, connectivity=8)
    boxes, levels = stats[1:, :4] / height, middles[1:, 1] / height
    reached = 0.0
    for at in np.argsort(boxes[:, 0], kind="stable").tolist():
        left, top, wide, high = boxes[at].tolist()
        inside = top > 0 and top + high < 1 and left + wide < marks.shape[1] / height
        is_rest = left == 0 and wide <= _REST
        if not inside or left - reached > _STEP or not (is_rest or _is_mark(wide, high, float(levels[at]))):
            return 0.0
        reached = max(reached, left + wide)
    return reached


def _is_mark(wide: float, high: float, level: float) -> bool:
    small = min(wide, high) <= _THIN and _SMALL <= max(wide, high) <= _LARGEST
    return small and level >= _HIGHEST


def _marks(crop: np.ndarray, end: int) -> np.ndarray:
    """What beyond column `end` of a crop differs from paper as ink does, though less, `(h, w - end)` uint8, 0 or 1."""
    letters, beyond = crop[:, :end], crop[:, end:].astype(np.float32)
    paper = float(np.median(beyond))
    low, high = np.quantile(letters, (0.05, 0.95)).tolist()
    depth = paper - (low if paper - low >= high - paper else high)
    if abs(depth) < _CLEAR:
        return np.zeros(beyond.shape, np.uint8)
    away = (paper - beyond) / depth
    noise = 1.48 * float(np.median(np.abs(away)))
    return (away > max(_DEPTH, _NOISE * noise)).astype(np.uint8)
