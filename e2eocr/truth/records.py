"""What is known of a page: its picture, and each line and word with its place.

Places are in pixels of the picture, origin top left, where pixel `(i, j)` covers `i..i+1` and `j..j+1`. A polygon
runs clockwise from the text's own top-left corner: four corners of a straight line; of a curved one, the points of
its upper edge in reading direction, then as many of the lower edge back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

PointMap = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False, slots=True)
class WordTruth:
    """A word (or what a script without spaces sets in one run) and its `(k, 2)` float32 polygon."""

    text: str
    polygon: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class LineTruth:
    """A line of one column or cell.

    Attributes:
        text: What stands there, in logical order.
        polygon: `(k, 2)` float32, k even and at least 4.
        language: Language code.
        block: Lines of one paragraph, cell or heading share a number; numbers grow in reading order.
        words: Its words in reading order; their polygons are as high as the line's.
        vertical: Whether characters stand below one another.
        ignore: Whether it is too odd to be learned or asked for: round stamps, print too small to read.
    """

    text: str
    polygon: np.ndarray
    language: str
    block: int
    words: tuple[WordTruth, ...] = ()
    vertical: bool = False
    ignore: bool = False

    def moved(self, point_map: PointMap) -> LineTruth:
        """The line with every point of its polygons mapped by `(n, 2) -> (n, 2)`."""
        words = tuple(WordTruth(word.text, _mapped(word.polygon, point_map)) for word in self.words)
        return replace(self, polygon=_mapped(self.polygon, point_map), words=words)

    def bent(self, step: float) -> LineTruth:
        """The line with points at least every `step` pixels of its long edges, for maps that curve them."""
        words = tuple(WordTruth(word.text, with_points(word.polygon, step)) for word in self.words)
        return replace(self, polygon=with_points(self.polygon, step), words=words)


@dataclass(frozen=True, eq=False, slots=True)
class PageSample:
    """A page and its truth.

    Attributes:
        image: `(H, W)` grey or `(H, W, 3)` RGB, uint8.
        lines: Lines in reading order.
        rotation: Degrees by which the page lies turned clockwise: 0, 90, 180 or 270.
        skew: Degrees by which its lines fall to the right (clockwise), once the quarter turns are undone.
        dpi: Resolution a scanner would have had for a page of the usual size.
        layout: Name of the layout.
    """

    image: np.ndarray
    lines: tuple[LineTruth, ...]
    rotation: int = 0
    skew: float = 0.0
    dpi: float = 0.0
    layout: str = ""

    @property
    def rgb(self) -> np.ndarray:
        """The picture in colour, be it grey: `(H, W, 3)` uint8."""
        return self.image if self.image.ndim == 3 else cv2.cvtColor(self.image, cv2.COLOR_GRAY2RGB)


def _mapped(polygon: np.ndarray, point_map: PointMap) -> np.ndarray:
    return np.asarray(point_map(polygon), dtype=np.float32)


def box_polygon(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Corners of an upright box, `(4, 2)` float32, clockwise from its top left."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def with_points(polygon: np.ndarray, step: float) -> np.ndarray:
    """Put points on the upper and lower edge of a `(4, 2)` quad, at most `step` pixels apart: `(2 m, 2)`."""
    if len(polygon) != 4:
        raise ValueError(f"Invalid `polygon`. Expected four corners. Received: {polygon.shape=}")
    long_edge = float(np.linalg.norm(polygon[1] - polygon[0]))
    share = np.linspace(0.0, 1.0, max(2, math.ceil(long_edge / step) + 1), dtype=np.float32)[:, None]
    upper = polygon[0] + share * (polygon[1] - polygon[0])
    lower = polygon[2] + share * (polygon[3] - polygon[2])
    return np.concatenate([upper, lower])


def quad_of(polygon: np.ndarray) -> np.ndarray:
    """The narrowest quad around a polygon, `(4, 2)` float32, from the corner nearest to the polygon's first point."""
    if len(polygon) == 4:
        return polygon
    corners = cv2.boxPoints(cv2.minAreaRect(np.ascontiguousarray(polygon, dtype=np.float32)))
    area = cv2.contourArea(corners, oriented=True)
    clockwise = corners if area > 0 else corners[::-1]
    first = int(np.argmin(np.linalg.norm(clockwise - polygon[0], axis=1)))
    return np.roll(clockwise, -first, axis=0).astype(np.float32)


def skew_of(lines: Iterable[LineTruth]) -> float:
    """Median angle of the upper edges of lines that are long enough to tell, degrees clockwise; 0 without any."""
    angles = []
    for line in lines:
        edge = line.polygon[len(line.polygon) // 2 - 1] - line.polygon[0]
        height = float(np.linalg.norm(line.polygon[-1] - line.polygon[0]))
        if not line.vertical and not line.ignore and np.linalg.norm(edge) > 3.0 * height:
            angles.append(math.degrees(math.atan2(edge[1], edge[0])))
    return float(np.median(angles)) if angles else 0.0


def line_to_json(line: LineTruth) -> dict[str, Any]:
    """Plain data of a line; polygons to a hundredth of a pixel."""
    record: dict[str, Any] = {"text": line.text, "polygon": _rounded(line.polygon), "language": line.language}
    record |= {"block": line.block, "words": [[word.text, _rounded(word.polygon)] for word in line.words]}
    return record | {flag: True for flag in ("vertical", "ignore") if getattr(line, flag)}


def line_from_json(record: dict[str, Any]) -> LineTruth:
    """The inverse of `line_to_json`."""
    words = tuple(WordTruth(text, np.array(polygon, np.float32)) for text, polygon in record["words"])
    return LineTruth(
        record["text"],
        np.array(record["polygon"], np.float32),
        record["language"],
        record["block"],
        words,
        record.get("vertical", False),
        record.get("ignore", False),
    )


def _rounded(polygon: np.ndarray) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in polygon]
