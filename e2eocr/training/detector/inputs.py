"""Pages -> training batches of a detector: crops at many sizes and angles, degraded on the fly, with their maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from detectors.dbnet.reader import CELL, pack_places
from detectors.dbnet.targets import TargetMaps, draw_targets
from detectors.grey import to_grey
from e2eocr.synthesis.effects.lines import apply_effect
from e2eocr.training.batches.mixture import Draw, Mixture
from e2eocr.training.batches.stream import Batch
from e2eocr.training.detector.pages import outline_along, transform_points, usual_height
from e2eocr.training.detector.recipe import DetectorRecipe, PageSet
from e2eocr.truth.pages import PageSource
from e2eocr.truth.records import PageSample

# What may befall a crop, in this order, with its probability: effects of `synthesis.effects.lines` that move no pixel
# and do not go by the picture's height, which is a line's there and a page's here.
_EFFECTS = (
    ("shade_gradient", 0.2),
    ("lower_contrast", 0.2),
    ("raise_contrast", 0.1),
    ("change_gamma", 0.3),
    ("change_brightness", 0.4),
    ("sharpen", 0.15),
    ("add_noise", 0.4),
    ("compress", 0.4),
)
_BLURRED, _MAX_BLUR = 0.3, 0.08  # share of crops, and greatest sigma in heights of a line
_BLANK_HEIGHT = 24.0  # page pixels: what a line would be high on a page that has none
_NEAR_A_LINE = 0.85  # share of crops that are centred on a line
_BY_ITS_LINE = 0.4  # share of these that are cut by the height of that line, so that headlines are seen at all sizes
_SCALES = (0.1, 3.0)
NO_TURN = -1  # label of a crop that does not tell how it is turned
_CHUNK = 8  # batches that are rendered together
_AS_READ = 0.5  # share of crops whose grey is that of reading; it tells colours where luminance does not
_MARGIN = 2  # page pixels around what a crop shows, for interpolation


@dataclass(frozen=True, slots=True)
class Crop:
    """A crop of a page: `image` `(s, s)` uint8 grey, outlines `(2 m, 2)` in its pixels, its quarter turns."""

    image: np.ndarray
    outlines: list[np.ndarray]
    ignored: list[np.ndarray]
    turn: int
    partial: bool


@dataclass(frozen=True, slots=True, eq=False)
class CropSample:
    """A crop as it is trained on: `(s, s)` uint8 grey, its maps `(s / 4, s / 4, 4 n)` uint8 of 255, its turn."""

    image: np.ndarray
    maps: np.ndarray
    turn: int


class CropInputs:
    """Crops cut out of pages, with their maps.

    A batch's input is `(B, s, s, 1)` float32 from -1 black to 1 white; its truth `(B, s / 4, s / 4, 4 n)` float32, the
    maps of `TargetMaps` in their order with `n` places a cell, and `(B, 1)` int32 quarter turns clockwise or `NO_TURN`.
    """

    def __init__(self, recipe: DetectorRecipe, sets: Sequence[tuple[PageSet, PageSource]], *, subpixels: int) -> None:
        sizes = [len(source) for _, source in sets]
        self.mixture = Mixture(sizes, [pages.weight for pages, _ in sets], seed=recipe.seed)
        self.chunk_samples = _CHUNK * recipe.batch
        self._recipe = recipe
        self._sets = sets
        self._subpixels = subpixels

    def render(self, draw: Draw) -> CropSample:
        """Cut and degrade one crop, and draw its maps."""
        crop = self.crop(draw)
        maps = np.rint(self._pack(self._targets(crop)) * 255).astype(np.uint8)
        return CropSample(crop.image, maps, crop.turn)

    def pack(self, samples: Sequence[CropSample]) -> list[list[CropSample]]:
        """As they come."""
        batch = self._recipe.batch
        return [list(samples[start : start + batch]) for start in range(0, len(samples), batch)]

    def collate(self, samples: Sequence[CropSample]) -> Batch:
        """The arrays of a batch."""
        pixels = np.stack([sample.image for sample in samples])[..., None].astype(np.float32) / 127.5 - 1
        maps = np.stack([sample.maps for sample in samples]).astype(np.float32) / 255
        return Batch((pixels,), (maps, np.array([[sample.turn] for sample in samples], np.int32)))

    def crop(self, draw: Draw) -> Crop:
        """Cut and degrade one crop."""
        pages, source = self._sets[draw.set_number]
        rng = np.random.default_rng(draw.seed)
        crop, line_height = cut_crop(source[draw.index], rng, self._recipe)
        image = degrade_crop(crop.image, rng, pages.degrade, line_height)
        if rng.random() < self._recipe.inverted:
            image = cv2.bitwise_not(image)
        return replace(crop, image=image)

    def _targets(self, crop: Crop) -> TargetMaps:
        scale = self._subpixels / CELL
        side = round(self._recipe.crop_side * scale)
        return draw_targets(
            [outline * scale for outline in crop.outlines],
            [outline * scale for outline in crop.ignored],
            (side, side),
            ratio=self._recipe.shrink_ratio,
            kept_height=self._recipe.kept_height,
            partial=crop.partial,
        )

    def _pack(self, targets: TargetMaps) -> np.ndarray:
        maps = (targets.shrink, targets.threshold, targets.border, targets.valid)
        return np.concatenate([pack_places(each, self._subpixels) for each in maps], axis=-1)


def cut_crop(page: PageSample, rng: np.random.Generator, recipe: DetectorRecipe) -> tuple[Crop, float]:
    """Cut a square of a page, at a size, an angle and a place that are drawn.

    Returns:
        The crop, and the height of the line in its pixels that it was cut by: the page's usual one, or its own.
    """
    height, width = page.image.shape[:2]
    quads = page.quads
    low, high = recipe.text_heights
    usual = usual_height(quads) or _BLANK_HEIGHT
    turn = int(rng.integers(1, 4)) if rng.random() < recipe.turned else 0
    angle = 90.0 * turn + float(np.clip(rng.normal(0, recipe.max_tilt / 3), -recipe.max_tilt, recipe.max_tilt))
    centre = rng.uniform((0, 0), (width, height))
    if len(quads) and rng.random() < _NEAR_A_LINE:
        corners = quads[int(rng.integers(len(quads)))].astype(np.float64)
        centre = corners[0] + (corners[1] - corners[0]) * rng.random() + (corners[3] - corners[0]) * rng.random()
        own = usual_height(corners[None]) if rng.random() < _BY_ITS_LINE else 0.0
        usual = own or usual
    scale = float(np.clip(math.exp(rng.uniform(math.log(low), math.log(high))) / usual, *_SCALES))
    centre += rng.uniform(-0.4, 0.4, 2) * min(recipe.crop_side / scale, max(height, width))
    side = recipe.crop_side
    matrix = _crop_matrix(_pull_inside(centre, side / scale, width, height), scale, angle, side)
    image = _warp(page.rgb, matrix, scale, side, rng)
    outlines = _visible([outline_along(line) for line in page.placed], matrix, side)
    ignored = _visible(page.ignored, matrix, side)
    label = (page.rotation // 90 + turn) % 4 if outlines else NO_TURN
    return Crop(image, outlines, ignored, label, page.partial), usual * scale


def _pull_inside(centre: np.ndarray, extent: float, width: int, height: int) -> np.ndarray:
    """Move the middle of a crop so that most of it lies on the page, or so that the page lies in it."""
    size = np.array([width, height], np.float64)
    half = np.minimum(0.4 * extent, size / 2)
    return np.clip(centre, half, size - half)


def _crop_matrix(centre: np.ndarray, scale: float, angle: float, side: int) -> np.ndarray:
    """The `(2, 3)` matrix from page to crop, both counted from the corner of the first pixel.

    Args:
        centre: What comes to the middle of the crop, page pixels.
        scale: Crop pixels a page pixel.
        angle: By which the page is turned clockwise, degrees.
        side: Of the crop, pixels.
    """
    cosine, sine = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, side / 2 - turn @ centre])


def _warp(image: np.ndarray, matrix: np.ndarray, scale: float, side: int, rng: np.random.Generator) -> np.ndarray:
    """The crop `(side, side)` uint8 grey; only the part of the page around it is touched."""
    height, width = image.shape[:2]
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    corners = transform_points(np.array([[0, 0], [side, 0], [side, side], [0, side]]), inverse)
    margin = _MARGIN / min(scale, 1.0)
    left, top = np.clip(np.floor(corners.min(axis=0) - margin), 0, [width - 1, height - 1]).astype(int).tolist()
    right, bottom = np.clip(np.ceil(corners.max(axis=0) + margin), [left + 1, top + 1], [width, height]).astype(int)
    part = image[top:bottom, left:right]
    before = part.shape
    if scale < 1:  # averaged first: a warp looks at four pixels only
        small = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
        part = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    part = _grey_of(part, rng)
    step_x, step_y = before[1] / part.shape[1], before[0] / part.shape[0]
    to_page = np.array([[step_x, 0, left], [0, step_y, top], [0, 0, 1]])
    whole = np.vstack([matrix, [0, 0, 1]]) @ to_page
    # OpenCV counts from the middle of a pixel.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    whole = np.linalg.inv(half) @ whole @ half
    return cv2.warpAffine(part, whole[:2], (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _grey_of(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grey as reading makes it, or as a sensor of another colour would see it."""
    if rng.random() < _AS_READ:
        return to_grey(image)
    usual = np.array([0.299, 0.587, 0.114])
    weights = 0.6 * usual + 0.4 * rng.dirichlet((2.0, 2.0, 2.0))
    return cv2.transform(image, weights[None].astype(np.float32)).reshape(image.shape[:2])


def _visible(outlines: Sequence[np.ndarray] | np.ndarray, matrix: np.ndarray, side: int) -> list[np.ndarray]:
    """The outlines of a page, taken to a crop, that reach into it."""
    moved = [transform_points(outline, matrix) for outline in outlines]
    return [each for each in moved if (each.max(axis=0) > 0).all() and (each.min(axis=0) < side).all()]


def degrade_crop(image: np.ndarray, rng: np.random.Generator, strength: float, line_height: float) -> np.ndarray:
    """Make a crop `(s, s)` uint8 look less clean; itself where `strength` is 0."""
    if strength <= 0:
        return image
    if rng.random() < _BLURRED:
        sigma = strength * line_height * float(rng.uniform(0.01, _MAX_BLUR))
        image = cv2.GaussianBlur(image, (0, 0), max(sigma, 0.1))
    drawn = rng.random(len(_EFFECTS))
    for (name, probability), number in zip(_EFFECTS, drawn.tolist(), strict=True):
        if number < probability:
            image = apply_effect(name, image, rng, strength)
    return image
