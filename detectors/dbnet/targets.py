"""What DBNet learns to draw: shrunk lines, their borders, and where either counts.

After Liao et al. 2020: a line of area `A` and perimeter `L` is shrunk by `D = A (1 - r^2) / L`, and its border reaches
`D` to both sides of its outline. Offsets are told by the distance of each place to the outline, so outlines may be
curved. Where a share of the height is kept instead, `strips` says what is drawn. `postprocess` holds the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.dbnet.strips import line_height, strip_of

MIN_SIDE = 2.5  # places across a line below which it is too thin to be learned
LOW, HIGH = 0.3, 0.7  # range of the threshold map, as published
_MIN_THICKNESS = 1.2  # places across a strip
_FINE = 4  # times as fine as the maps strips are drawn: of small print they are hardly two places thick
_SHIFT = 4  # binary digits of a fraction of a pixel that OpenCV's drawing knows


@dataclass(frozen=True, slots=True)
class TargetMaps:
    """What a picture's maps should be, each `(h, w)` float32.

    Attributes:
        shrink: 1 in the shrunk lines, else 0; of strips, the share of each place that they cover.
        threshold: 0.7 on the outline of a line, falling to 0.3 at the distance `D` from it.
        border: 1 where `threshold` counts: in the lines and up to `D` around them.
        valid: 1 where `shrink` counts.
    """

    shrink: np.ndarray
    threshold: np.ndarray
    border: np.ndarray
    valid: np.ndarray


def shrink_distance(polygon: np.ndarray, ratio: float) -> float:
    """How far the edges of a `(k, 2)` polygon move inwards when it is shrunk by `ratio`, in its own unit."""
    polygon = np.asarray(polygon, np.float32)
    perimeter = cv2.arcLength(polygon, True)
    return float(cv2.contourArea(polygon) * (1 - ratio**2) / perimeter) if perimeter > 0 else 0.0


def draw_targets(
    polygons: Sequence[np.ndarray] | np.ndarray,
    ignored: Sequence[np.ndarray] | np.ndarray,
    shape: tuple[int, int],
    *,
    ratio: float,
    kept_height: float = 0.0,
    partial: bool = False,
) -> TargetMaps:
    """Draw the maps of one picture.

    Where two shrunk lines overlap, neither is drawn, so that they stay apart.

    Args:
        polygons: Outlines of the lines, each `(k, 2)`, x then y, in places of the maps; (0, 0) is the corner
            of the first place, not its middle. Lines that are too thin to be learned do not count.
        ignored: Outlines of what is neither right nor wrong, likewise.
        shape: Height and width of the maps.
        ratio: How far lines are shrunk by their area, 0–1; used where `kept_height` is 0.
        kept_height: Share of a line's height that its strip keeps, 0–1; see `strips`. Outlines then run along the
            text: as many points of the upper edge in reading direction as of the lower edge back.
        partial: Whether some lines have no outline: then only what is near an outline counts.

    Raises:
        ValueError: If `ratio` or `kept_height` is out of its range.
    """
    if not 0 < ratio < 1 or not 0 <= kept_height < 1:
        raise ValueError(
            "Invalid `ratio` or `kept_height`. Expected 0 < ratio < 1 and 0 <= kept_height < 1. "
            f"Received: {ratio=}, {kept_height=}"
        )
    strips = np.zeros((shape[0] * _FINE, shape[1] * _FINE), np.uint8)
    count = np.zeros(shape, np.uint8)
    threshold, border = np.zeros(shape, np.float32), np.zeros(shape, bool)
    outlines = [np.asarray(polygon, np.float32) for polygon in polygons]
    thin = [outline for outline in outlines if not _is_learnable(outline)]
    valid = np.full(shape, 0 if partial else 1, np.uint8)
    for outline in filter(_is_learnable, outlines):
        reach = (1 - kept_height) / 2 * line_height(outline) if kept_height else shrink_distance(outline, ratio)
        window = _window(outline, reach, shape)
        inside, distance = _distances(outline, window)
        if kept_height:
            _add_strip(strips, strip_of(outline, kept_height, _MIN_THICKNESS))
        else:  # a shrunk line is at least one place thick
            deepest = float(distance.max(initial=0, where=inside))
            count[window] += inside & (distance >= min(reach, deepest - 0.5))
        near = inside | (distance <= reach)
        threshold[window] = np.maximum(threshold[window], np.clip(1 - distance / reach, 0, 1))
        border[window] |= near
        if partial:
            valid[window] |= near
    for outline in [*map(np.asarray, ignored), *thin]:
        fixed = np.round((outline - 0.5) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(valid, [fixed.reshape(-1, 1, 2)], 0, shift=_SHIFT)
    shrink = (count == 1).astype(np.float32)
    if kept_height:
        shrink = cv2.resize((strips == 1).astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)
    return TargetMaps(
        shrink=shrink,
        threshold=(LOW + (HIGH - LOW) * threshold) * border,
        border=border.astype(np.float32),
        valid=np.maximum(valid, shrink > 0).astype(np.float32),
    )


def _is_learnable(outline: np.ndarray) -> bool:
    return min(cv2.minAreaRect(outline)[1]) >= MIN_SIDE and cv2.contourArea(outline) >= MIN_SIDE**2


def _add_strip(strips: np.ndarray, strip: np.ndarray) -> None:
    """Count a strip, in places of the maps, on the finer map `strips`."""
    fine = strip * _FINE
    window = _window(fine, 1.0, (strips.shape[0], strips.shape[1]))
    part = strips[window]
    if part.size:
        mask = np.zeros(part.shape, np.uint8)
        corner = np.array([window[1].start, window[0].start], np.float32)
        fixed = np.round((fine - corner - 0.5) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(mask, [fixed.reshape(-1, 1, 2)], 1, shift=_SHIFT)
        part += mask


def _window(outline: np.ndarray, reach: float, shape: tuple[int, int]) -> tuple[slice, slice]:
    """The part of the maps that an outline and its border touch."""
    left, top = np.floor(outline.min(axis=0) - reach).astype(int).tolist()
    right, bottom = np.ceil(outline.max(axis=0) + reach).astype(int).tolist()
    height, width = shape
    return slice(max(0, top), max(0, min(height, bottom))), slice(max(0, left), max(0, min(width, right)))


def _distances(outline: np.ndarray, window: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    """Where the middle of each place of a window is.

    Returns:
        Whether it lies inside an outline (bool), and its distance to the outline (float32); both `(h, w)`.
    """
    rows, columns = window
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + 0.5
    x = np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5
    inside = np.zeros((len(y), len(x)), bool)
    squared = np.full((len(y), len(x)), np.inf, np.float32)
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        length = float(np.hypot(*(end - start)))
        if length < 1e-6:
            continue
        ex, ey = ((end - start) / length).tolist()
        dx, dy = x - start[0], y - start[1]
        along = ex * dx + ey * dy
        across = ex * dy - ey * dx
        beyond = np.maximum(np.maximum(-along, along - length), 0)
        squared = np.minimum(squared, across * across + beyond * beyond)
        # A ray to the right crosses the edge where the edge passes the place's height with the place to its left.
        passes = (dy < 0) != (y < end[1])
        inside ^= passes & (across > 0 if ey > 0 else across < 0)
    return inside, np.sqrt(squared)
