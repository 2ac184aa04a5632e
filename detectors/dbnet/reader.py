"""A line detector from a trained DBNet: pages in, lines out, whatever runs the model.

A page is looked at on a small picture first. Where its text turns out too small or too large for the net, it is looked
at again at the size that the text needs, and what both looks found is put together. Large pictures go through the net
in overlapping tiles, whose maps are joined before lines are looked for: no line ends at a tile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from detectors.base import SURE_SCORE, Detections, Layout
from detectors.dbnet.bends import are_bent
from detectors.dbnet.evidence import fit_evidence
from detectors.dbnet.grounds import stand_on_ground_of_text
from detectors.dbnet.looks import Look, join_looks
from detectors.dbnet.page_ink import PageInk
from detectors.dbnet.postprocess import ComponentSettings, find_lines
from detectors.dbnet.slants import are_slanted, find_slants, give_way, turn_level
from detectors.geometry import check_image, clip_quads, have_area
from detectors.grey import to_grey

Model = Callable[[np.ndarray], np.ndarray]

GRANULE = 32  # sides of the net's input are multiples of this
CELL = 4  # input pixels along a cell of its maps
_LOW_QUANTILE = 0.25  # of the lines' heights, for "the small text of this page"
_MAX_REDUCED = 4.0  # the first look reduces no page further
_MAX_ENLARGED = 3.0
_MIN_SIDE = 2.0  # page pixels
_FIELD_SCORE = 0.65  # of a line amid a field of specks, in which the net sees lines that are hardly likelier than not


@dataclass(frozen=True, slots=True)
class DBNetSettings:
    """All that reading with a DBNet needs beside its weights; `runtime` of a bundle.

    Attributes:
        subpixels: Places along a side of an output cell, as in the architecture.
        components: What counts as a line.
        look_side: Longer side of the smallest picture of a first look, pixels.
        near_side: Longer side of the largest picture of a first look.
        letter_height: Height in pixels of the net's input at which the small letters of a page are looked at first.
        text_height: Height of a line, in pixels of the net's input, at which it is found best.
        min_height: Height below which lines are looked at again, from nearer by.
        max_height: Height above which, from further away.
        tile: Longest side of the net's input, pixels; a multiple of 32.
        overlap: Pixels of a tile's edge that count in its neighbour's place; a multiple of 32.
        max_pixels: Largest picture to look at, pixels.
    """

    subpixels: int = 2
    components: ComponentSettings = field(default_factory=ComponentSettings)
    look_side: int = 960
    near_side: int = 2048
    letter_height: float = 9.0
    text_height: float = 16.0
    min_height: float = 9.0
    max_height: float = 64.0
    tile: int = 1280
    overlap: int = 96
    max_pixels: int = 25_000_000

    def __post_init__(self) -> None:
        if self.tile % GRANULE or self.overlap % GRANULE or self.tile <= 2 * self.overlap:
            raise ValueError(
                f"Invalid settings. Expected `tile` and `overlap` in multiples of {GRANULE}, `tile` more than twice "
                f"`overlap`. Received: tile={self.tile}, overlap={self.overlap}"
            )


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
        ink = PageInk.of(image)
        look, ink = self._look_around(image, ink)
        if ink.is_field:
            look = look.taken(look.scores >= _FIELD_SCORE)
        slanted = self._look_aslant(image, ink, look)
        level = look.taken(~give_way(look.quads, slanted.quads, ink.marks.letters))
        found = _settle(level, slanted, ink)
        found = found.taken(stand_on_ground_of_text(image, found.quads, found.scores))
        quads = clip_quads(found.quads, width, height)
        kept = have_area(quads, _MIN_SIDE)  # what the ink told of may lie beyond the edge
        return Detections(quads[kept], found.scores[kept], found.outlines[kept])

    def _look_aslant(self, image: np.ndarray, ink: PageInk, look: Look) -> Look:
        """The lines on the slant, each found on a part of the page that is turned so that it lies level."""
        slanted = nothing = look.taken(np.zeros(len(look.quads), bool))
        for slant in find_slants(ink.marks.letters, look.quads):
            part = turn_level(image, slant)
            part_ink = PageInk.of(part.pixels)
            seen, part_ink = self._look_around(part.pixels, part_ink)
            found = _settle(seen, nothing, part_ink)
            kept = are_slanted(found.quads, part, slant, ink.marks.letters) & (found.scores >= SURE_SCORE)
            on_page = Look.of_quads(look.scale, part.to_page(found.quads[kept]), found.scores[kept])
            slanted = slanted.beside(on_page)
        return slanted

    def _look_around(self, image: np.ndarray, ink: PageInk) -> tuple[Look, PageInk]:
        """What there is to see at all sizes that the page needs, that of its small print and those of what is left, and
        the page's ink, fitted to it."""
        height, width = image.shape[:2]
        found = self._look(image, self._bound_scale(self._first_scale(ink, width, height), width, height))
        ink = ink.fitted_to(image, found.heights / found.scale, found.lengths / found.scale)
        for wanted in (self._nearer_scale, self._farther_scale):
            scale = self._bound_scale(wanted(found, ink), width, height)
            if not 0.8 < scale / found.scale < 1.25:
                far, near = sorted([found, self._look(image, scale)], key=lambda look: look.scale)
                joined = join_looks(far, near, self._settings.max_height, ink.marks.letters)
                found = replace(joined, scale=found.scale)
        return found, ink

    def _first_scale(self, ink: PageInk, width: int, height: int) -> float:
        """That of the page's small letters, but no smaller than for `look_side`, and no larger than for `near_side`."""
        settings, side = self._settings, max(width, height)
        smallest = max(settings.look_side / side, 1 / _MAX_REDUCED)
        wanted = settings.letter_height / ink.small_letter if ink.small_letter else smallest
        return max(min(1.0, smallest), min(wanted, settings.near_side / side, _MAX_ENLARGED))

    def _nearer_scale(self, look: Look, ink: PageInk) -> float:
        """The scale at which the small text that was found has the height the net is best at."""
        if not len(look.quads):  # blank, or the print is too small to be seen from here
            return min(1.0, 2 * look.scale) if look.scale < 0.5 else look.scale
        small = float(np.quantile(look.heights, _LOW_QUANTILE))
        if small >= self._settings.min_height:
            return look.scale
        return min(_MAX_ENLARGED, look.scale * self._settings.text_height / max(small, 1.0))

    def _farther_scale(self, look: Look, ink: PageInk) -> float:
        """The scale at which large text is seen whole: that which was found, or the letters that lie in no line."""
        settings = self._settings
        found = look.heights[look.heights > settings.max_height] / look.scale
        left = ink.large_letters(look.quads, settings.max_height / look.scale / 2)
        if not len(found) and not len(left):
            return look.scale
        return min(look.scale, 2 * settings.text_height / float(np.median(np.concatenate([found, left]))))

    def _bound_scale(self, scale: float, width: int, height: int) -> float:
        return min(scale, math.sqrt(self._settings.max_pixels / (width * height)))

    def _look(self, image: np.ndarray, scale: float) -> Look:
        height, width = image.shape[:2]
        grey = _scale_grey(image, scale)
        quads, scores, outlines = find_lines(self._map_page(grey), self._settings.components)
        places = np.array([grey.shape[1], grey.shape[0]], np.float32) * self._settings.subpixels / CELL
        quads = clip_quads(quads * np.array([width, height], np.float32) / places, width, height)
        kept = have_area(quads, _MIN_SIDE)
        return Look(scale, quads[kept], scores[kept], outlines[kept] * np.array([width, height], np.float32) / places)

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


def _settle(look: Look, apart: Look, ink: PageInk) -> Look:
    """What a look found, brought into line with the ink, and what was found apart, which stays as it is."""
    bent = are_bent(look.outlines)
    known = look.taken(bent).beside(apart)
    quads, scores = fit_evidence(look.quads[~bent], look.scores[~bent], ink, known.quads)
    return Look.of_quads(look.scale, quads, scores).beside(known)


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
    return to_grey(image)


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
