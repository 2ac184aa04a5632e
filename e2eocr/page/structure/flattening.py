"""Pages that were photographed aslant, or lay curled, are laid flat before their parts are looked for.

How lines run, and how the edges of columns lean, tell how a page lies: both are fitted as they change over the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from detectors.geometry import bounds_of, weighted_median
from e2eocr.page.rows import middle, percentile
from e2eocr.page.structure.frame import corners_of, words_of
from e2eocr.page.structure.sketch import SmallPicture
from e2eocr.results import Box, Line, Page, Polygon, bounding_box

PARALLEL = 0.005  # slope by which the lines of a flat page differ at most,
USUAL = 0.9  # but for a tenth of them
MIN_LINES = 8
MIN_LENGTH = 1.5  # heights of the text of a line that tells how it runs
BENT, LEANING = 0.012, 0.03  # by which slopes of lines, and the leaning of edges, differ on a page that is laid flat
SHEARED = 0.035  # from the upright of its lines, the edges of columns on such a page
STEEP = 0.1  # slope from the usual one, from where on a word is no more off
EXPLAINED = 0.9  # of how much slopes differ, what the fit leaves at most: a crumpled sheet has others everywhere
MIN_EDGES = 3  # of columns,
MIN_EDGE, MAX_EDGE = 5, 200  # and lines that make one, of which so many are looked at
STEP = (0.5, 2.2)  # heights from a line to the next one of an edge
ASIDE = (1.0, 0.3)  # heights by which that may begin beside it, and the share of the way down
STRAIGHT, MOSTLY = 0.2, 0.6  # heights beside an edge, within which that share of its lines begin
ROUNDS = 4  # of a fit in which what lies off counts less,
OFF = 2.0  # times the usual distance
RIDGE = 1e-3  # of the weights, that holds all but the constant near 0
ITERATIONS = 8  # back from the flat page
GRID = 16  # pixels of a picture between places that are worked out; it bends too little for more


@dataclass(frozen=True, slots=True)
class Warp:
    """Where places of a page are once it lies flat.

    Attributes:
        centre: `(2,)`: stays where it is.
        size: Pixels that are 1 in what follows.
        slope: `(6,)`, of lines: factors of 1, x, y, x^2, x y and x^2 y.
        lean: `(3,)`, of the edges of columns, once their lines are level: factors of 1, x and y.
    """

    centre: np.ndarray
    size: float
    slope: np.ndarray
    lean: np.ndarray

    def to_flat(self, points: np.ndarray) -> np.ndarray:
        """Places `(..., 2)` of the page on the flat page."""
        x, y = np.moveaxis((points - self.centre) / self.size, -1, 0)
        y = y - self._rise(x, y)
        return self.centre + self.size * np.stack([x - self._shift(x, y), y], axis=-1)

    def to_page(self, points: np.ndarray) -> np.ndarray:
        """Places `(..., 2)` of the flat page on the page."""
        flat_x, flat_y = np.moveaxis((points - self.centre) / self.size, -1, 0)
        x, y = flat_x, flat_y
        for _ in range(ITERATIONS):
            x = flat_x + self._shift(x, flat_y)
        for _ in range(ITERATIONS):
            y = flat_y + self._rise(x, y)
        return self.centre + self.size * np.stack([x, y], axis=-1)

    def picture(self, picture: SmallPicture) -> SmallPicture:
        """The picture of the page laid flat."""
        height, width = picture.grey.shape
        # A place for the middle of each square of pixels, and of those around the picture.
        rows, columns = (GRID * (np.arange(-1, -(-side // GRID) + 1) + 0.5) - 0.5 for side in (height, width))
        grid = np.stack(np.meshgrid(columns, rows), axis=-1)
        places = (self.to_page(grid * picture.scale) / picture.scale).astype(np.float32)
        size = GRID * len(columns), GRID * len(rows)
        x, y = (
            cv2.resize(each, size)[GRID : GRID + height, GRID : GRID + width] for each in np.moveaxis(places, -1, 0)
        )
        return replace(picture, grey=cv2.remap(picture.grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    def _rise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """How far a line has fallen at a place, from where it is in the middle of the page."""
        c = self.slope
        return c[0] * x + c[1] * x**2 / 2 + c[3] * x**3 / 3 + y * (c[2] * x + c[4] * x**2 / 2 + c[5] * x**3 / 3)

    def _shift(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """How far to the right an edge has come at a place, likewise."""
        c = self.lean
        return c[0] * y + c[1] * x * y + c[2] * y**2 / 2


def find_warp(page: Page) -> Warp | None:
    """How a page with lines lies; None of one that is flat, or whose lines do not tell."""
    quads = corners_of([line.polygon for line in page.lines])
    along = quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]
    heights = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    tells = (along[:, 0] > 2 * MIN_LENGTH * heights) & (np.abs(along[:, 1]) < along[:, 0] / 2)
    if tells.sum() < MIN_LINES:
        return None
    slopes, lengths = along[tells, 1] / along[tells, 0], along[tells, 0]
    usual = weighted_median(slopes, lengths)
    if percentile(np.abs(slopes - usual), USUAL) < PARALLEL:
        return None
    centre, size = np.array([page.width, page.height]) / 2, max(page.width, page.height) / 2
    height = middle(heights)
    slope = _fit_slope(page, centre, size, height)
    if slope is None:
        return None
    level = Warp(centre, size, slope, np.zeros(3))
    lean = _fit_lean(level.to_flat(quads), level, height)
    return replace(level, lean=lean)


def _fit_slope(page: Page, centre: np.ndarray, size: float, height: float) -> np.ndarray | None:
    """Factors of the slope of lines `(6,)`; None where it hardly changes, or not as they say."""
    words = corners_of([word.polygon for line in page.lines for word in words_of(line)])
    along = (words[:, 1] - words[:, 0] + words[:, 2] - words[:, 3]) / 2
    runs = (along[:, 0] > height) & (np.abs(along[:, 1]) < along[:, 0] / 2)
    if runs.sum() < MIN_LINES:
        return None
    words, along = words[runs], along[runs]
    slopes, weights = along[:, 1] / along[:, 0], along[:, 0]
    x, y = ((words.mean(axis=1) - centre) / size).T
    terms = np.stack([np.ones_like(x), x, y, x**2, x * y, x**2 * y], axis=1)
    factors = _fit(terms, slopes, weights)
    told = terms @ factors
    before, after = (
        float(np.average(np.minimum(np.abs(slopes - each), STEEP), weights=weights))
        for each in (weighted_median(slopes, weights), told)
    )
    is_bent = percentile(told, 0.95) - percentile(told, 0.05) >= BENT and after <= EXPLAINED * before
    return factors if is_bent else None


def _fit_lean(quads: np.ndarray, warp: Warp, height: float) -> np.ndarray:
    """Factors of the leaning of edges `(3,)`, given level quads `(n, 4, 2)`; upright to their lines, if none tell."""
    upright = np.array([-warp.slope[0], 0.0, 0.0])
    edges = [edge for side in ((0, 3), (1, 2)) for edge in _edges(quads[:, side].mean(axis=1), height)]
    if len(edges) < MIN_EDGES:
        return upright
    leans, counts = (np.array(each) for each in zip(*[(lean, len(points)) for points, lean in edges], strict=True))
    x, y = ((np.array([points.mean(axis=0) for points, _ in edges]) - warp.centre) / warp.size).T
    terms = np.stack([np.ones_like(x), x, y], axis=1)
    factors = _fit(terms, leans, counts.astype(float))
    told = terms @ factors
    leaning = np.ptp(told) >= LEANING or abs(factors[0] - upright[0]) >= SHEARED
    return factors if leaning else upright


def _edges(points: np.ndarray, height: float) -> Iterator[tuple[np.ndarray, float]]:
    """Places under each other `(n, 2)` on a straight edge, and how far to the right it runs for each step down."""
    for chain in _chains(points, height):
        run = points[chain[:: -(-len(chain) // MAX_EDGE)]]
        if len(run) >= MIN_EDGE:
            steps = run[None] - run[:, None]
            far = steps[..., 1] > height
            lean = float(np.median(steps[far][:, 0] / steps[far][:, 1]))
            beside = run[:, 0] - lean * run[:, 1]
            if (np.abs(beside - np.median(beside)) < STRAIGHT * height).mean() >= MOSTLY:
                yield run, lean


def _chains(points: np.ndarray, height: float) -> Iterator[list[int]]:
    """Places that stand under each other: from each to the nearest below it."""
    order = np.argsort(points[:, 1], kind="stable")
    levels = points[order, 1]
    firsts, lasts = (np.searchsorted(levels, levels + step * height).tolist() for step in STEP)
    below: dict[int, int] = {}
    for at, first, last in zip(order.tolist(), firsts, lasts, strict=True):
        others = order[first:last]
        aside = np.abs(points[others, 0] - points[at, 0]) - ASIDE[1] * (points[others, 1] - points[at, 1])
        near = others[aside < ASIDE[0] * height]
        if len(near):
            below[at] = int(near[0])
    starts = sorted(set(below) - set(below.values()))
    taken: set[int] = set()
    for start in starts:
        chain = [start]
        while chain[-1] in below and below[chain[-1]] not in taken:
            chain.append(below[chain[-1]])
        taken.update(chain)
        yield chain


def _fit(terms: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Factors of terms `(n, k)`, of which the first is 1, whose sums are near values `(n,)`; some may lie off."""
    counted = weights
    ridge = np.diag([0.0] + [RIDGE * float(weights.sum())] * (terms.shape[1] - 1))
    for _ in range(ROUNDS):
        factors = np.linalg.solve(terms.T @ (counted[:, None] * terms) + ridge, terms.T @ (counted * values))
        left = np.abs(values - terms @ factors)
        usual = max(OFF * weighted_median(left, weights), 1e-4)
        counted = weights / (1 + np.square(left / usual))
    return factors


class FlatPage:
    """A page as it lies flat, and the way back for what was found on it."""

    def __init__(self, page: Page, warp: Warp) -> None:
        self._warp = warp
        flat = self._flat([line.polygon for line in page.lines])
        words = iter(self._flat([word.polygon for line in page.lines for word in line.words]))
        lines = []
        for line, polygon in zip(page.lines, flat, strict=True):
            laid = tuple(replace(word, polygon=next(words)) for word in line.words)
            lines.append(replace(line, polygon=polygon, words=laid, outline=()))
        self.page = replace(page, lines=tuple(lines))
        self._lines = dict(zip(((line.polygon, line.text) for line in lines), page.lines, strict=True))
        self._words = {
            flat_word.polygon: word.polygon
            for flat_line, line in zip(lines, page.lines, strict=True)
            for flat_word, word in zip(flat_line.words, line.words, strict=True)
        }

    def _flat(self, polygons: Sequence[Polygon]) -> list[Polygon]:
        return [_as_polygon(quad, 3) for quad in self._warp.to_flat(corners_of(polygons))]

    def restored(self, found: Page) -> Page:
        """What was found on the flat page, on the page as it is."""
        lines = tuple(self._line(line) for line in found.lines)
        blocks = tuple(replace(block, bbox=_around([lines[at].bbox for at in block.lines])) for block in found.blocks)
        tables = tuple(
            replace(
                table,
                bbox=self._box(table.bbox, found),
                cells=tuple(replace(cell, bbox=self._box(cell.bbox, found)) for cell in table.cells),
            )
            for table in found.tables
        )
        return replace(found, lines=lines, blocks=blocks, tables=tables)

    def _line(self, line: Line) -> Line:
        known = self._lines.get((line.polygon, line.text))
        if known is not None and len(known.words) == len(line.words):
            return replace(known, block=line.block)
        words = tuple(
            replace(word, polygon=self._words.get(word.polygon) or self._polygon(word.polygon)) for word in line.words
        )
        return replace(line, polygon=self._polygon(line.polygon), words=words)

    def _polygon(self, polygon: Polygon) -> Polygon:
        return _as_polygon(self._warp.to_page(np.array(polygon)), 1)

    def _box(self, box: Box, page: Page) -> Box:
        x0, y0, x1, y1 = box
        corners = self._warp.to_page(np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]]))
        left, top, right, bottom = np.clip(bounds_of(corners)[0], 0, [page.width, page.height] * 2).round(1).tolist()
        return left, top, right, bottom


def _as_polygon(quad: np.ndarray, digits: int) -> Polygon:
    return tuple((round(x, digits), round(y, digits)) for x, y in quad.tolist())


def _around(boxes: Sequence[Box]) -> Box:
    return bounding_box(tuple(corner for x0, y0, x1, y1 in boxes for corner in ((x0, y0), (x1, y1))))
