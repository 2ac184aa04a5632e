"""Components in which several lines have run together, parted where the map tells.

On crumpled paper and under handwriting the space between rows is seen as half a line, and a block of them becomes one
component, thicker than the lines of its page. At a higher probability its rows stand apart.
"""

from __future__ import annotations

import cv2
import numpy as np

from detectors.geometry import filled_outline

JOINED = 1.9  # times the usual thickness of components, from which one may be several lines
LEVELS = (102, 128, 153, 178)  # probabilities at which lines are looked for in it, 255 for certainty
MIN_COMPONENTS = 6  # of a picture that tells which thickness is usual: a photograph has but a few, of any form
MIN_LENGTH = 2.0  # thicknesses of a line that was parted from others
PIECE = 8.0  # length of components that counts once for the usual thickness, pixels


def part_joined(probability: np.ndarray, contours: list[np.ndarray], min_area: float) -> list[np.ndarray]:
    """Part the components of a map that hold several lines.

    Args:
        probability: The map, `(h, w)` uint8, 255 for certainty.
        contours: Of its components, `(n, 1, 2)` int32 each.
        min_area: Pixels of a component that can be a line.

    Returns:
        The contours, in the place of each that was parted those of its lines.
    """
    if len(contours) < MIN_COMPONENTS:
        return contours
    sizes = np.array([cv2.minAreaRect(contour)[1] for contour in contours]) + 1
    thickness, length = sizes.min(axis=1), sizes.max(axis=1)
    usual = float(np.median(np.repeat(thickness, np.maximum(length / PIECE, 1).astype(int))))
    parted: list[np.ndarray] = []
    for contour, thick in zip(contours, thickness.tolist(), strict=True):
        parted += _rows_in(probability, contour, JOINED * usual, min_area) if thick > JOINED * usual else [contour]
    return parted


def _rows_in(probability: np.ndarray, contour: np.ndarray, most: float, min_area: float) -> list[np.ndarray]:
    """The lines of a component, none thicker than `most`, at the least probability that parts it; else itself."""
    left, top, width, height = cv2.boundingRect(contour)
    inside = cv2.min(probability[top : top + height, left : left + width], filled_outline(contour))
    for level in LEVELS:
        binary = cv2.threshold(inside, level, 255, cv2.THRESH_BINARY)[1]
        found, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(left, top))
        rows = [each for each in found if area_of(each) >= min_area]
        if len(rows) >= 2 and all(_is_line(row, most) for row in rows):
            return rows
    return [contour]


def _is_line(contour: np.ndarray, most: float) -> bool:
    """Whether a component is long, and no thicker than `most`."""
    size = cv2.minAreaRect(contour)[1]
    return min(size) + 1 <= most and max(size) + 1 >= MIN_LENGTH * (min(size) + 1)


def area_of(contour: np.ndarray) -> float:
    """Pixels of a component: a contour runs through the middles of the outermost ones (Pick's theorem)."""
    return cv2.contourArea(contour) + cv2.arcLength(contour, True) / 2 + 1
