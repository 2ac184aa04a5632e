"""Straightening: a page turned so that its lines lie level, and the way back to the page as it was."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

MIN_SKEW = 0.3
_WORKING_SIDE = 1000
_MAX_POINTS = 12_000
_MIN_POINTS = 300
_COARSE_STEP = 0.5
_FINE_STEP = 0.1
_MIN_CONTRAST = 2.0  # of the best angle's score over the median angle's
_MAX_DISAGREEMENT = 1.0  # degrees between the upper and the lower half
_SAMPLE_STEP = 16
_INK_WINDOW = 25
_INK_DEPTH = 15  # grey levels darker than the surroundings
_WARP_LIMIT = 32_000  # OpenCV warps no picture with a side of 2**15 pixels or more


def _identity() -> np.ndarray:
    return np.eye(3, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Straightened:
    """A straightened page.

    Attributes:
        pixels: `(H', W', 3)` uint8 RGB; the very page that was given if there was nothing to do.
        to_page: `(3, 3)` float64, takes homogeneous straightened coordinates `(x, y, 1)` to the given page.
        rotation: Clockwise quarter turn that was undone: 0, 90, 180 or 270 degrees.
        skew: Angle in degrees that was undone; positive where lines fall to the right.
    """

    pixels: np.ndarray
    to_page: np.ndarray = field(default_factory=_identity)
    rotation: int = 0
    skew: float = 0.0


def straighten(pixels: np.ndarray, *, max_skew: float = 10.0) -> Straightened:
    """Level the lines of a page whose skew can be told.

    Args:
        pixels: Page, `(H, W, 3)` uint8 RGB.
        max_skew: Largest skew to look for, in degrees, in 0–45.

    Returns:
        The page turned about its centre, on a canvas that holds all of it, filled up with the page's own background;
        the page itself where the skew is under 0.3° or nothing shows it for sure (photos, blank or sparse pages).

    Raises:
        ValueError: If `max_skew` is out of range.
    """
    skew = find_skew(pixels, max_skew=max_skew)
    if not skew:
        return Straightened(pixels)
    matrix, (width, height) = _turn_matrix(pixels.shape[1], pixels.shape[0], skew)
    sample = pixels[::_SAMPLE_STEP, ::_SAMPLE_STEP].reshape(-1, 3)
    background = tuple(float(value) for value in np.median(sample, axis=0))
    turned = cv2.warpAffine(pixels, matrix[:2], (width, height), flags=cv2.INTER_LINEAR, borderValue=background)
    return Straightened(turned, np.linalg.inv(matrix), 0, skew)


def find_skew(pixels: np.ndarray, *, max_skew: float = 10.0) -> float:
    """The angle at which the lines of a page lie, if it is worth undoing.

    Args:
        pixels: Page, `(H, W, 3)` uint8 RGB.
        max_skew: Largest skew to look for, in degrees, in 0–45.

    Returns:
        Degrees, positive where lines fall to the right; 0 under 0.3° or where nothing shows it for sure.

    Raises:
        ValueError: If `max_skew` is out of range.
    """
    if not 0 <= max_skew <= 45:
        raise ValueError(f"Invalid `max_skew`. Expected 0 <= max_skew <= 45. Received: max_skew={max_skew!r}")
    if min(pixels.shape[:2]) < 2 or max(pixels.shape[:2]) > _WARP_LIMIT:
        return 0.0
    skew = measure_skew(_shrink(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)), max_skew)
    return skew if abs(skew) >= MIN_SKEW else 0.0


def turn_page(pixels: np.ndarray, degrees: int) -> Straightened:
    """Turn a page clockwise.

    Args:
        pixels: Page, `(H, W, 3)` uint8 RGB.
        degrees: 0, 90, 180 or 270.
    """
    height, width = pixels.shape[:2]
    to_page = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, 1, 0], [-1, 0, height]],
        180: [[-1, 0, width], [0, -1, height]],
        270: [[0, -1, width], [1, 0, 0]],
    }[degrees]
    turned = np.ascontiguousarray(np.rot90(pixels, -degrees // 90))
    return Straightened(turned, np.array([*to_page, [0, 0, 1]], np.float64), degrees)


def map_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Take points `(..., 2)`, x then y, through a `(3, 3)` affine or projective matrix; `(..., 2)` float32."""
    flat = np.asarray(points, np.float64).reshape(-1, 2)
    mapped = np.column_stack([flat, np.ones(len(flat))]) @ np.asarray(matrix, np.float64).T  # (n, 3)
    return (mapped[:, :2] / mapped[:, 2:]).astype(np.float32).reshape(np.shape(points))


def measure_skew(grey: np.ndarray, max_skew: float = 10.0) -> float:
    """The angle at which the lines of a page lie.

    The lower edges of the ink are projected along slanted rows; at the true angle the profile has the steepest
    steps (the criterion of W. Postl, 1986). The angle counts only if it stands out from the others, and if the upper
    and the lower half of the page agree on it.

    Args:
        grey: `(H, W)` uint8, about 1,000 pixels on its longer side.
        max_skew: Largest angle to look for, in degrees.

    Returns:
        Degrees, positive where lines fall to the right; 0 if nothing shows it for sure.
    """
    points = _edge_points(grey)
    if len(points) < _MIN_POINTS:
        return 0.0
    angles = np.arange(-max_skew, max_skew + _COARSE_STEP / 2, _COARSE_STEP)
    middle = len(points) // 2  # the points come from top to bottom
    halves = [_steepness(points[:middle], angles), _steepness(points[middle:], angles)]
    scores = halves[0] + halves[1]
    best = int(scores.argmax())
    if best in (0, len(angles) - 1) or scores[best] < _MIN_CONTRAST * np.median(scores):
        return 0.0
    if max(abs(int(half.argmax()) - best) for half in halves) * _COARSE_STEP > _MAX_DISAGREEMENT:
        return 0.0
    near = angles[best] + np.arange(-_COARSE_STEP, _COARSE_STEP + _FINE_STEP / 2, _FINE_STEP)
    return round(_peak(near, _steepness(points, near)), 2)


def _edge_points(grey: np.ndarray) -> np.ndarray:
    """Where ink ends downwards, `(n, 2)` float32, x then y, from top to bottom, thinned out if there are very many."""
    window = cv2.ADAPTIVE_THRESH_MEAN_C
    ink = cv2.adaptiveThreshold(grey, 1, window, cv2.THRESH_BINARY_INV, _INK_WINDOW, _INK_DEPTH).astype(bool)
    if ink.mean() > 0.5:
        return np.empty((0, 2), np.float32)
    rows, columns = np.nonzero(ink[:-1] & ~ink[1:])
    points = np.column_stack([columns, rows]).astype(np.float32)
    if len(points) > _MAX_POINTS:
        # Taken at random, since a regular choice would beat with the lines; seeded, since a page is read alike twice.
        points = points[np.sort(np.random.default_rng(0).choice(len(points), _MAX_POINTS, replace=False))]
    return points


def _steepness(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """How steep the steps of the ink profile are at each angle: `(len(angles),)` sums of squared differences."""
    scores = np.empty(len(angles))
    for place, angle in enumerate(np.radians(angles)):
        rows = points[:, 1] * np.float32(math.cos(angle)) - points[:, 0] * np.float32(math.sin(angle))
        profile = np.bincount((rows - rows.min()).astype(np.int32))
        scores[place] = np.square(np.diff(profile)).sum()
    return scores


def _peak(angles: np.ndarray, scores: np.ndarray) -> float:
    """The angle of the highest score, refined by a parabola through its neighbours."""
    best = int(scores.argmax())
    if best in (0, len(angles) - 1):
        return float(angles[best])
    before, top, after = scores[best - 1 : best + 2]
    bend = before - 2 * top + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(angles[best] + shift * (angles[1] - angles[0]))


def _shrink(grey: np.ndarray) -> np.ndarray:
    """The picture reduced by a whole factor (OpenCV is quickest at these), its longer side about `_WORKING_SIDE`."""
    factor = round(max(grey.shape) / _WORKING_SIDE)
    if factor < 2:
        return grey
    height, width = (max(1, side // factor) for side in grey.shape)
    return cv2.resize(grey[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)


def _turn_matrix(width: int, height: int, skew: float) -> tuple[np.ndarray, tuple[int, int]]:
    """The `(3, 3)` matrix that levels a page, and the canvas that holds all of it."""
    sine, cosine = math.sin(math.radians(skew)), math.cos(math.radians(skew))
    wide = math.ceil(width * cosine + height * abs(sine))
    high = math.ceil(height * cosine + width * abs(sine))
    turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([(wide - 1) / 2, (high - 1) / 2]) - turn[:2, :2] @ [(width - 1) / 2, (height - 1) / 2]
    turn[:2, 2] = shift
    return turn, (wide, high)
