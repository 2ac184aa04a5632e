"""A line detector from a trained DBNet: pages in, lines out, whatever runs the model.

A page is looked at on a small picture first. Where its text turns out too small or too large for the net, it is looked
at again at the size that the text needs, and what both looks found is put together. Large pictures go through the net
in overlapping tiles, whose maps are joined before lines are looked for: no line ends at a tile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from detectors.base import Detections, Layout
from detectors.dbnet.postprocess import ComponentSettings, find_lines
from detectors.geometry import boxes_from_quads, check_image, clip_quads, quad_overlap

Model = Callable[[np.ndarray], np.ndarray]

GRANULE = 32  # sides of the net's input are multiples of this
CELL = 4  # input pixels along a cell of its maps
_LOW_QUANTILE = 0.25  # of the lines' heights, for "the small text of this page"
_MOST_REDUCED = 4.0  # the first look reduces no page further
_MOST_ENLARGED = 3.0
_COVERED = 0.5  # of a line of the first look, by lines of the second: then those stand for it
_LEAST_SIDE = 2.0  # page pixels


@dataclass(frozen=True, slots=True)
class DBNetSettings:
    """All that reading with a DBNet needs beside its weights; `runtime` of a bundle.

    Attributes:
        subpixels: Places along a side of an output cell, as in the architecture.
        components: What counts as a line.
        look_side: Longer side of the picture of the first look, pixels.
        text_height: Height of a line, in pixels of the net's input, at which it is found best.
        lowest: Height below which lines are looked at again, from nearer by.
        highest: Height above which, from further away.
        tile: Longest side of the net's input, pixels; a multiple of 32.
        overlap: Pixels of a tile's edge that count in its neighbour's place; a multiple of 32.
        most_pixels: Largest picture to look at, pixels.
    """

    subpixels: int = 2
    components: ComponentSettings = field(default_factory=ComponentSettings)
    look_side: int = 960
    text_height: float = 16.0
    lowest: float = 9.0
    highest: float = 64.0
    tile: int = 1280
    overlap: int = 96
    most_pixels: int = 25_000_000

    def __post_init__(self) -> None:
        if self.tile % GRANULE or self.overlap % GRANULE or self.tile <= 2 * self.overlap:
            raise ValueError(
                f"Invalid settings. Expected `tile` and `overlap` in multiples of {GRANULE}, `tile` more than twice "
                f"`overlap`. Received: tile={self.tile}, overlap={self.overlap}"
            )


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at a page found: `quads` in page pixels, `scale` in net pixels a page pixel."""

    scale: float
    quads: np.ndarray
    scores: np.ndarray

    @property
    def heights(self) -> np.ndarray:
        """Height of each line as the net saw it, `(n,)`: the shorter side."""
        sides = np.linalg.norm(self.quads - np.roll(self.quads, -1, axis=1), axis=2)  # (n, 4)
        return np.minimum(sides[:, 0] + sides[:, 2], sides[:, 1] + sides[:, 3]) / 2 * self.scale


class DBNetDetector:
    """Finds text lines with a trained DBNet."""

    layout: Layout = "any-angle"

    def __init__(self, name: str, model: Model, settings: DBNetSettings) -> None:
        """Put a detector together.

        Args:
            name: What results call it.
            model: `(B, H, W, 1)` float32, sides in multiples of 32, to the logits of the shrink map,
                `(B, H / 4, W / 4, subpixels ** 2)` float32.
            settings: How pages are looked at and lines taken from maps.
        """
        self.name = name
        self._model = model
        self._settings = settings

    def detect(self, image: np.ndarray) -> Detections:
        """Find the text lines of a picture.

        Args:
            image: Page, `(H, W, 3)` uint8 RGB.

        Returns:
            One quad a line, in no particular order; the score is the mean probability of its places.

        Raises:
            ValueError: If `image` is not a picture.
        """
        check_image(image)
        height, width = image.shape[:2]
        if min(height, width) < 1:
            return Detections(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
        found = self._look(image, self._bound_scale(self._first_scale(width, height), width, height))
        nearer = self._bound_scale(self._needed_scale(found), width, height)
        if not 0.8 < nearer / found.scale < 1.25:
            found = _join_looks(*sorted([found, self._look(image, nearer)], key=lambda look: look.scale))
        return Detections(found.quads, found.scores)

    def _first_scale(self, width: int, height: int) -> float:
        return min(1.0, max(self._settings.look_side / max(width, height), 1 / _MOST_REDUCED))

    def _needed_scale(self, look: _Look) -> float:
        """The scale at which the text that was found has the height the net is best at; the look's own, if it has."""
        if not len(look.quads):  # blank, or the print is too small to be seen from here
            return min(1.0, 2 * look.scale) if look.scale < 0.5 else look.scale
        small = float(np.quantile(look.heights, _LOW_QUANTILE))
        if small < self._settings.lowest:
            return min(_MOST_ENLARGED, look.scale * self._settings.text_height / max(small, 1.0))
        if small > self._settings.highest:
            return look.scale * 2 * self._settings.text_height / small
        return look.scale

    def _bound_scale(self, scale: float, width: int, height: int) -> float:
        return min(scale, math.sqrt(self._settings.most_pixels / (width * height)))

    def _look(self, image: np.ndarray, scale: float) -> _Look:
        height, width = image.shape[:2]
        grey = _scale_grey(image, scale)
        quads, scores = find_lines(self._map_page(grey), self._settings.components)
        places = np.array([grey.shape[1], grey.shape[0]], np.float32) * self._settings.subpixels / CELL
        quads = clip_quads(quads * np.array([width, height], np.float32) / places, width, height)
        sides = np.linalg.norm(quads - np.roll(quads, -1, axis=1), axis=2).min(axis=1, initial=np.inf)
        kept = (sides >= _LEAST_SIDE) & np.array([cv2.contourArea(quad) >= _LEAST_SIDE for quad in quads], bool)
        return _Look(scale, quads[kept], scores[kept])

    def _map_page(self, grey: np.ndarray) -> np.ndarray:
        """The probability of each place, `(h, w)` uint8, of a whole `(H, W)` uint8 picture, tile by tile."""
        settings = self._settings
        stride = CELL // settings.subpixels
        height, width = (-(-side // stride) for side in grey.shape)
        joined = np.empty((height, width), np.uint8)
        for rows, core_rows in _tiles(grey.shape[0], settings.tile, settings.overlap):
            for columns, core_columns in _tiles(grey.shape[1], settings.tile, settings.overlap):
                logits = self._model(prepare_pixels(grey[rows, columns]))[0]  # (h, w, subpixels ** 2)
                places = _to_bytes(unpack_places(logits))
                top, left = (core_rows.start - rows.start) // stride, (core_columns.start - columns.start) // stride
                target = joined[
                    core_rows.start // stride : -(-core_rows.stop // stride),
                    core_columns.start // stride : -(-core_columns.stop // stride),
                ]
                target[:] = places[top : top + target.shape[0], left : left + target.shape[1]]
        return joined


def prepare_pixels(grey: np.ndarray) -> np.ndarray:
    """The net's input `(1, H', W', 1)` float32, -1 black to 1 white, of `(H, W)` uint8 grey.

    Sides grow to multiples of 32 at the right and at the bottom, by the outermost pixels going on.
    """
    bottom, right = (-side % GRANULE for side in grey.shape)
    if bottom or right:
        grey = cv2.copyMakeBorder(grey, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return (grey.astype(np.float32) / 127.5 - 1)[None, :, :, None]


def unpack_places(cells: np.ndarray) -> np.ndarray:
    """Lay the places of `(h, w, s * s)` cells out as a map `(h * s, w * s)`; the inverse of `pack_places`."""
    height, width, places = cells.shape
    side = math.isqrt(places)
    return cells.reshape(height, width, side, side).transpose(0, 2, 1, 3).reshape(height * side, width * side)


def pack_places(places: np.ndarray, side: int) -> np.ndarray:
    """Gather a map `(h * side, w * side)` into cells `(h, w, side * side)`, each row by row."""
    height, width = places.shape[0] // side, places.shape[1] // side
    cells = places.reshape(height, side, width, side).transpose(0, 2, 1, 3)
    return cells.reshape(height, width, side * side)


def _to_bytes(logits: np.ndarray) -> np.ndarray:
    """The logistic function as uint8, 255 for 1."""
    return (127.5 * np.tanh(logits / 2) + 128).astype(np.uint8)


def _scale_grey(image: np.ndarray, scale: float) -> np.ndarray:
    """A page as `(H * scale, W * scale)` uint8 grey; made small before grey, which takes the least memory."""
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    if (height, width) != image.shape[:2]:
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        image = cv2.resize(image, (width, height), interpolation=interpolation)
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def _tiles(length: int, tile: int, overlap: int) -> Iterator[tuple[slice, slice]]:
    """Cut a side into tiles: what the net sees, and the part of it that counts. The latter cover the side once."""
    if length <= tile:
        yield slice(0, length), slice(0, length)
        return
    step = tile - 2 * overlap
    start = 0
    while True:
        last = start + tile >= length
        end = length if last else start + tile
        yield slice(start, end), slice(start + (overlap if start else 0), end if last else end - overlap)
        if last:
            return
        start += step


def _join_looks(far: _Look, near: _Look) -> _Look:
    """Put together what was seen from far and from near.

    A line seen from far gives way where lines seen from near cover it: they show it more exactly, or that it is
    several. Where they cover less, they are pieces of a letter that is too large to be seen from near, and go.
    """
    far_boxes, near_boxes = boxes_from_quads(far.quads), boxes_from_quads(near.quads)
    far_kept, near_kept = np.ones(len(far.quads), bool), np.ones(len(near.quads), bool)
    for index, (quad, box) in enumerate(zip(far.quads, far_boxes, strict=True)):
        touching = ((near_boxes[:, :2] < box[2:]) & (near_boxes[:, 2:] > box[:2])).all(axis=1)
        numbers = np.flatnonzero(touching)
        common = np.array([_common_area(quad, near.quads[number]) for number in numbers])
        if common.sum() >= _COVERED * cv2.contourArea(quad):
            far_kept[index] = False
            continue
        areas = np.array([cv2.contourArea(near.quads[number]) for number in numbers])
        near_kept[numbers[common >= _COVERED * areas]] = False
    quads = np.concatenate([far.quads[far_kept], near.quads[near_kept]])
    return _Look(near.scale, quads, np.concatenate([far.scores[far_kept], near.scores[near_kept]]))


def _common_area(first: np.ndarray, second: np.ndarray) -> float:
    overlap = quad_overlap(first, second)
    return overlap * (cv2.contourArea(first) + cv2.contourArea(second)) / (1 + overlap)
