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

from detectors.dbnet.bends import Grow, follow_bend, straight_outlines
from detectors.dbnet.joined import area_of, part_joined
from detectors.dbnet.strips import whole_size

_UPSAMPLING = 2  # outlines are followed on a map so many times larger, between the middles of the places
_MIN_PLACES = 3.0  # area of a component that can be a line
_LONG = 2.5  # times its thickness: the length from which a strip itself tells how its text runs
_NEAREST = 5  # long strips that tell how a short one runs


@dataclass(frozen=True, slots=True)
class ComponentSettings:
    """What counts as a line.

    Attributes:
        shrink_ratio: By how much the lines of the training targets were shrunk, 0–1; used where `kept_height` is 0.
        kept_height: Share of a line's height that its strip in the training targets kept, 0–1; see `strips`.
        room: Heights of a line by which quads grown from strips reach beyond it on every side: too little cuts letters,
            and too much is cut off where quads are fitted to their ink.
        threshold: Least probability of a place of a line.
        min_score: Least mean probability of a line's places.
        max_lines: Of more lines, the largest are kept.
    """

    shrink_ratio: float = 0.6
    kept_height: float = 0.0
    room: float = 0.08
    threshold: float = 0.3
    min_score: float = 0.5
    max_lines: int = 4000

    def __post_init__(self) -> None:
        shares = (self.shrink_ratio, self.threshold)
        if not all(0 < share < 1 for share in shares) or not 0 <= self.kept_height < 1 or self.max_lines < 1:
            raise ValueError(
                "Invalid settings. Expected `shrink_ratio`, `threshold` and `kept_height` in 0-1, `max_lines` from 1. "
                f"Received: {self}"
            )


def find_lines(probability: np.ndarray, settings: ComponentSettings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the lines of a shrink map.

    Args:
        probability: `(h, w)` uint8, 255 for certainty.
        settings: What counts as a line.

    Returns:
        Quads `(n, 4, 2)` float32 in places of the map, (0, 0) the corner of its first place; scores `(n,)` float32: the
        mean probability of each line's places; and outlines `(n, m, 2)` float32 of those that bend, as detectors give
        them.
    """
    height, width = probability.shape
    fine = cv2.resize(probability, (width * _UPSAMPLING, height * _UPSAMPLING), interpolation=cv2.INTER_LINEAR)
    binary = cv2.threshold(fine, math.ceil(255 * settings.threshold) - 1, 255, cv2.THRESH_BINARY)[1]
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = part_joined(fine, _largest(list(contours), settings.max_lines), _MIN_PLACES * _UPSAMPLING**2)
    measured = [(contour, _mean_inside(fine, contour)) for contour in largest]
    sure = [(contour, score) for contour, score in measured if score >= settings.min_score]
    scores = np.array([score for _, score in sure], np.float32)
    if settings.kept_height:
        quads = _grow_strips(sure, settings)
    else:
        quads = [_whole_quad(contour, settings.shrink_ratio) for contour, _ in sure]
    outlines = straight_outlines(len(sure))
    for at, (contour, _) in enumerate(sure):
        outline = follow_bend(contour, _growth(settings))
        if outline is not None:
            outlines[at], quads[at] = outline, order_corners(cv2.boxPoints(cv2.minAreaRect(outline)))
    return np.array(quads, np.float32).reshape(-1, 4, 2) / _UPSAMPLING, scores, outlines / _UPSAMPLING


def _growth(settings: ComponentSettings) -> Grow:
    """How length and thickness of a component grow to those of its line."""

    def unclip(length: float, thickness: float) -> tuple[float, float]:
        distance = unclip_distance(length, thickness, settings.shrink_ratio)
        return length + 2 * distance, thickness + 2 * distance

    def grow_strip(length: float, thickness: float) -> tuple[float, float]:
        return whole_size(length, thickness, settings.kept_height)

    return grow_strip if settings.kept_height else unclip


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
    areas = [area_of(contour) for contour in contours]
    order = sorted(range(len(contours)), key=lambda index: -areas[index])[:most]
    return [contours[index] for index in order if areas[index] >= _MIN_PLACES * _UPSAMPLING**2]


def _mean_inside(probability: np.ndarray, contour: np.ndarray) -> float:
    left, top, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [contour - np.array([left, top])], 1)
    return cv2.mean(probability[top : top + height, left : left + width], mask)[0] / 255


def _grow_strips(found: list[tuple[np.ndarray, float]], settings: ComponentSettings) -> list[np.ndarray]:
    """The `(4, 2)` quads of the lines that strips are the pictures of, in pixels.

    A strip of a digit or two is about as high as it is long: such ones run as the long strips nearest to them do.

    Args:
        found: Contour and mean probability of each component.
        settings: How strips were drawn.
    """
    strips = [_Strip.around(contour) for contour, _ in found]
    long = [strip for strip in strips if strip.length > _LONG * strip.thickness]
    axes = np.array([np.exp(2j * strip.angle) * strip.length for strip in long])
    middles = np.array([strip.middle for strip in long]).reshape(-1, 2)
    quads = []
    for (contour, score), strip in zip(found, strips, strict=True):
        if strip.length <= _LONG * strip.thickness:
            strip = _Strip.along(contour, _usual_angle(strip.middle, middles, axes))
        quads.append(strip.grown(area_of(contour), score, settings))
    return quads


def _usual_angle(middle: np.ndarray, middles: np.ndarray, axes: np.ndarray) -> float:
    """How the strips nearest to a point run, radians; level where there are none.

    Args:
        middle: The point, `(2,)`.
        middles: Of the long strips, `(n, 2)`.
        axes: `(n,)` complex: twice their angle, by length, so that a strip and its half turn are the same.
    """
    if not len(axes):
        return 0.0
    count = min(_NEAREST, len(axes))
    nearest = np.argpartition(((middles - middle) ** 2).sum(axis=1), count - 1)[:count]
    return float(np.angle(axes[nearest].sum())) / 2


@dataclass(frozen=True, slots=True)
class _Strip:
    """A component as a rectangle: `length` along the text, `thickness` across it, pixels; `angle` in radians."""

    middle: np.ndarray
    length: float
    thickness: float
    angle: float

    @classmethod
    def around(cls, contour: np.ndarray) -> _Strip:
        """The narrowest rectangle; the text runs along its longer side."""
        (x, y), (width, height), degrees = cv2.minAreaRect(contour)
        angle = math.radians(degrees if width >= height else degrees + 90)
        return cls(np.array([x + 0.5, y + 0.5]), max(width, height) + 1, min(width, height) + 1, angle)

    @classmethod
    def along(cls, contour: np.ndarray, angle: float) -> _Strip:
        """The rectangle whose sides run at `angle` and across it."""
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        turned = contour.reshape(-1, 2) @ turn.T
        low, high = turned.min(axis=0), turned.max(axis=0)
        length, thickness = (high - low + 1).tolist()
        return cls((low + high) / 2 @ turn + 0.5, length, thickness, angle)

    def grown(self, area: float, score: float, settings: ComponentSettings) -> np.ndarray:
        """Corners `(4, 2)` of the line.

        Probabilities fall off around a strip, so that its edges lie where the sum of them says: it covers no more.
        A bowed strip is thinner than its rectangle, as its area tells.

        Args:
            area: Of the component, pixels.
            score: Its mean probability, 0–1.
            settings: How the strip was drawn.
        """
        thickness = min(self.thickness, area / self.length) if self.length > _LONG * self.thickness else self.thickness
        beyond = _falling_edge(self.length, thickness, score)
        length, height = whole_size(self.length - 2 * beyond, thickness - 2 * beyond, settings.kept_height)
        room = 2 * settings.room * height
        size = (length + room, height + room + self.thickness - thickness)
        return order_corners(cv2.boxPoints((self.middle.tolist(), size, math.degrees(self.angle))))


def _falling_edge(length: float, thickness: float, share: float) -> float:
    """How far the sides of a rectangle move inwards when a share of its area is kept."""
    half = (length + thickness) / 4
    return half - math.sqrt(max(half**2 - length * thickness * (1 - share) / 4, 0.0))


def _whole_quad(contour: np.ndarray, ratio: float) -> np.ndarray:
    """The `(4, 2)` quad of a component, grown to the line it is the shrunk picture of, in pixels."""
    centre, size, angle = cv2.minAreaRect(contour)
    length, thickness = max(size) + 1, min(size) + 1
    # A bowed line is thinner than its rectangle.
    distance = unclip_distance(length, min(thickness, area_of(contour) / length), ratio)
    grown = (size[0] + 1 + 2 * distance, size[1] + 1 + 2 * distance)
    return order_corners(cv2.boxPoints(((centre[0] + 0.5, centre[1] + 0.5), grown, angle)))
