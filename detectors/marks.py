"""The ink of a page as marks: letters, and the dots that belong to them, told from rules, pictures and specks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detectors.geometry import weighted_median
from detectors.ink import find_ink

MAX_COMPONENTS = 40_000
DOTTED = 1.25  # print is made of dots where closing gaps of two pixels makes letters this much higher,
MAX_DOT = 13.0  # pixels, the height from which marks are letters and no dots
CLOSABLE_PRINT = 16.0  # pixels, unless the print is so small that such gaps part whole letters
MIN_FIELD = 1000  # marks that may be a field of specks; of so many of them are asked
AT_ONCE = 100  # of these whose distances to all marks are taken at once
MIN_DIRECTED = 0.12  # of print, how much the nearest letters lie in the same directions; specks have half as much


@dataclass(frozen=True, slots=True)
class Marks:
    """What is on a page: `letters` make lines, `dots` (points, accents, dashes) only join them.

    Both are `(n, 4)` float32 boxes; `height` is the usual height of a letter, pixels.
    """

    letters: np.ndarray
    dots: np.ndarray
    height: float


def find_marks(image: np.ndarray, scale: float, height: float = 0.0) -> Marks:
    """Find letters and dots on a page that is first made smaller by `scale`; boxes are in its pixels.

    `height` is that of most letters in these pixels, where it is known: that of most marks may be that of icons.
    """
    if scale < 1:
        size = (max(3, round(image.shape[1] * scale)), max(3, round(image.shape[0] * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    ink = find_ink(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    page_side = min(ink.shape)
    marks = sort_marks(*component_boxes(ink), page_side, height)
    if marks.height >= MAX_DOT or height:
        return marks
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    whole = sort_marks(*component_boxes(closed), page_side)
    dotted = whole.height >= CLOSABLE_PRINT and whole.height > DOTTED * marks.height
    return whole if dotted else marks


def are_scattered(boxes: np.ndarray) -> bool:
    """Whether boxes `(n, 4)` are specks: many, and the nearest of each lies in no direction more often than in others.

    In print it lies beside or below, however the page is turned or bent. The directions of nearest neighbours are those
    of L. O'Gorman, "The document spectrum for page layout analysis" (1993).
    """
    if len(boxes) < MIN_FIELD:
        return False
    asked = np.linspace(0, len(boxes) - 1, MIN_FIELD).astype(int)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    offsets = np.concatenate([_to_nearest(middles, part) for part in np.array_split(asked, MIN_FIELD // AT_ONCE)])
    angles = np.arctan2(offsets[:, 1], offsets[:, 0])
    # Lines have two directions and columns of them four; in a field these cancel each other.
    return all(abs(np.exp(1j * fold * angles).mean()) < MIN_DIRECTED for fold in (2, 4))


def _to_nearest(middles: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """From some of the points `(n, 2)`, told by their indices `(m,)`, to that nearest to each, `(m, 2)`."""
    distances = np.square(middles[:, 0] - middles[asked, :1])  # (m, n)
    distances += np.square(middles[:, 1] - middles[asked, 1:])
    distances[np.arange(len(asked)), asked] = np.inf
    nearest: np.ndarray = middles[distances.argmin(axis=1)] - middles[asked]
    return nearest


def component_boxes(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes `(n, 4)` and areas `(n,)`, both float32, of what hangs together; the largest if they are too many."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
    stats = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= 3]
    if len(stats) > MAX_COMPONENTS:
        stats = stats[np.argsort(-stats[:, cv2.CC_STAT_AREA], kind="stable")[:MAX_COMPONENTS]]
    boxes = stats[:, :4].astype(np.float32)
    boxes[:, 2:] += boxes[:, :2]
    return boxes, stats[:, cv2.CC_STAT_AREA].astype(np.float32)


def sparse_boxes(ink: np.ndarray) -> np.ndarray:
    """Boxes `(n, 4)` int of what hangs together in a picture that is nearly empty, from top to bottom.

    Following outlines takes a hundredth of the time of numbering pixels there.
    """
    outlines, hierarchy = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes = np.zeros(0, bool) if hierarchy is None else hierarchy[0, :, 3] >= 0
    found = [cv2.boundingRect(outline) for outline, is_hole in zip(outlines, holes, strict=True) if not is_hole]
    boxes = np.array(found, int).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes[np.lexsort((boxes[:, 0], boxes[:, 1]))]


def usual_height(boxes: np.ndarray, page_side: float) -> float:
    """The height of most letters among component boxes `(n, 4)`: a median in which high boxes count more.

    What is as high as a quarter of the page is a picture where there is anything smaller, and else a letter.
    """
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    likely = (heights >= 5) & (widths < 8 * heights) & (heights < 8 * widths)
    small = likely & (heights < max(page_side / 4, 40))
    candidates = heights[small if small.any() else likely]
    return weighted_median(candidates, candidates) if len(candidates) else 0.0


def sort_marks(boxes: np.ndarray, areas: np.ndarray, page_side: float, height: float = 0.0) -> Marks:
    """Tell letters and dots from rules, frames, pictures and specks.

    Args:
        boxes: Components, `(n, 4)` float32.
        areas: Ink of each, `(n,)` pixels.
        page_side: The page's shorter side, pixels.
        height: That of most letters, where it is known.
    """
    height = height or usual_height(boxes, page_side)
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    filled = areas / np.maximum(widths * heights, 1)
    rule = ((heights < 0.35 * height) & (widths > 3 * height)) | ((widths < 0.35 * height) & (heights > 3 * height))
    frame = (filled < 0.12) & (widths > 3 * height) & (heights > 1.5 * height)
    block = (filled > 0.85) & (np.minimum(widths, heights) > 1.5 * height)
    letter = (heights >= 0.45 * height) & (heights <= 8 * height) & (widths <= 40 * heights)
    letter &= ~rule & ~frame & ~block
    dot = ~letter & ~rule & (heights < 0.6 * height) & (widths < 2 * height) & (areas >= 0.01 * height**2)
    return Marks(boxes[letter], boxes[dot], height)
