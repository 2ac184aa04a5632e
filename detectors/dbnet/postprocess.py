"""From DBNet's shrink map back to lines: components, their rectangles, and the way back from shrunk to whole.

The inverse of `dbnet_targets`. Liao et al. 2020 grow a component of area `A'` and perimeter `L'` by `A' r' / L'` with
a fixed `r'`; here the distance is the one by which a rectangle was shrunk that now measures so much, which is exact for
lines of any length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

_UPSAMPLING = 2  # outlines are followed on a map so many times larger, between the middles of the places
_LEAST_PLACES = 3.0  # area of a component that can be a line


@dataclass(frozen=True, slots=True)
class ComponentSettings:
    """What counts as a line.

    Attributes:
        shrink_ratio: By how much the lines of the training targets were shrunk, 0–1.
        threshold: Least probability of a place of a line.
        least_score: Least mean probability of a line's places.
        most_lines: Of more lines, the largest are kept.
    """

    shrink_ratio: float = 0.6
    threshold: float = 0.3
    least_score: float = 0.5
    most_lines: int = 4000

    def __post_init__(self) -> None:
        if not 0 < self.shrink_ratio < 1 or not 0 < self.threshold < 1 or self.most_lines < 1:
            raise ValueError(
                "Invalid settings. Expected `shrink_ratio` and `threshold` in 0-1, `most_lines` from 1. "
                f"Received: {self}"
            )


def find_lines(probability: np.ndarray, settings: ComponentSettings) -> tuple[np.ndarray, np.ndarray]:
    """Find the lines of a shrink map.

    Args:
        probability: `(h, w)` uint8, 255 for certainty.
        settings: What counts as a line.

    Returns:
        Quads `(n, 4, 2)` float32 in places of the map, (0, 0) the corner of its first place, and scores `(n,)`
        float32: the mean probability of each line's places.
    """
    height, width = probability.shape
    fine = cv2.resize(probability, (width * _UPSAMPLING, height * _UPSAMPLING), interpolation=cv2.INTER_LINEAR)
    binary = cv2.threshold(fine, math.ceil(255 * settings.threshold) - 1, 255, cv2.THRESH_BINARY)[1]
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    quads, scores = [], []
    for contour in _largest(list(contours), settings.most_lines):
        score = _mean_inside(fine, contour)
        if score >= settings.least_score:
            quads.append(_whole_quad(contour, settings.shrink_ratio) / _UPSAMPLING)
            scores.append(score)
    return np.array(quads, np.float32).reshape(-1, 4, 2), np.array(scores, np.float32)


def unclip_distance(length: float, thickness: float, ratio: float) -> float:
    """How far the sides of a shrunk rectangle move outwards to where they were.

    A rectangle of `a` by `b` is shrunk by `D = ab (1 - r^2) / 2(a + b)` on each side. With `a = length + 2 D` and
    `b = thickness + 2 D` this is a quadratic equation for `D`.

    Args:
        length: One side of the shrunk rectangle.
        thickness: The other one.
        ratio: By how much it was shrunk, 0–1.
    """
    kept = 1 - ratio**2
    square, linear, constant = 8 - 4 * kept, 2 * (1 - kept) * (length + thickness), kept * length * thickness
    return (math.sqrt(linear**2 + 4 * square * constant) - linear) / (2 * square)


def order_corners(corners: np.ndarray) -> np.ndarray:
    """Order a rectangle's `(4, 2)` corners clockwise from the top left of a text that lies rather level than upright.

    A text that runs down the page gets the corner at the page's top left as its first, too: a column of upright
    characters starts there, and whether a line is turned instead is told by the page, not by its outline.
    """
    corners = np.asarray(corners, np.float32)
    if cv2.contourArea(corners, oriented=True) < 0:
        corners = corners[::-1]
    edges = np.roll(corners, -1, axis=0) - corners
    first = int(np.argmax(edges[:, 0] / np.maximum(np.hypot(edges[:, 0], edges[:, 1]), 1e-6)))
    return np.roll(corners, -first, axis=0)


def _largest(contours: list[np.ndarray], most: int) -> list[np.ndarray]:
    areas = [_area(contour) for contour in contours]
    order = sorted(range(len(contours)), key=lambda index: -areas[index])[:most]
    return [contours[index] for index in order if areas[index] >= _LEAST_PLACES * _UPSAMPLING**2]


def _area(contour: np.ndarray) -> float:
    """Pixels of a component: a contour runs through the middles of the outermost ones (Pick's theorem)."""
    return cv2.contourArea(contour) + cv2.arcLength(contour, True) / 2 + 1


def _mean_inside(probability: np.ndarray, contour: np.ndarray) -> float:
    left, top, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [contour - np.array([left, top])], 1)
    return cv2.mean(probability[top : top + height, left : left + width], mask)[0] / 255


def _whole_quad(contour: np.ndarray, ratio: float) -> np.ndarray:
    """The `(4, 2)` quad of a component, grown to the line it is the shrunk picture of, in pixels."""
    centre, size, angle = cv2.minAreaRect(contour)
    length, thickness = max(size) + 1, min(size) + 1
    # A bowed line is thinner than its rectangle.
    distance = unclip_distance(length, min(thickness, _area(contour) / length), ratio)
    grown = (size[0] + 1 + 2 * distance, size[1] + 1 + 2 * distance)
    return order_corners(cv2.boxPoints(((centre[0] + 0.5, centre[1] + 0.5), grown, angle)))
