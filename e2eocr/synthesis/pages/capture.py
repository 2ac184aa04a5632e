"""How a drawn page becomes a picture: print and paper, the place before the lens, light, optics and coding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from e2eocr.synthesis.effects import handheld
from e2eocr.synthesis.effects import pages as effects
from e2eocr.synthesis.effects.crumpling import draw_crumple
from e2eocr.synthesis.effects.warping import Bend, Warp, draw_curl, tilt, turn_about_centre
from e2eocr.truth.records import LineTruth, PageSample

Effect = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]
_BEND = 24.0  # pixels between the points of a curved edge
_SHRINK = 0.96
_MIN_SCALE = 0.6
_SCALES = {"page": (1.0, 1.0), "beyond": (1.1, 1.4), "dark": (0.93, 1.06), "table": (0.8, 1.05)}


@dataclass(frozen=True)
class Capture:
    """A way to take a picture of a page.

    Attributes:
        before: Effects on the page itself, each with how often it comes and how strongly.
        after: Effects on the picture of it.
        skew: Largest tilt, degrees; most pages have far less.
        ground: What lies behind the page: `page` (more of its paper), `dark` (a scanner), `table`,
            `beyond` (nothing: more is there than the picture shows).
        perspective: How far each corner may move in, in units of the page.
        curl: How often the paper is curled.
        crumple: How often it was folded or crumpled.
    """

    before: tuple[tuple[Effect, float, float], ...] = ()
    after: tuple[tuple[Effect, float, float], ...] = ()
    skew: float = 0.0
    ground: str = "page"
    perspective: float = 0.0
    curl: float = 0.0
    crumple: float = 0.0


_CODING = ((effects.compress, 0.5, 0.8),)
_COPY = (
    (effects.change_ink, 0.5, 1.0), (effects.fade_ink, 0.35, 1.0), (effects.photocopy_dirt, 0.5, 1.0),
    (effects.blacken_edges, 0.35, 1.0),
)  # fmt: skip
CAPTURE_STYLES: dict[str, Capture] = {
    "digital": Capture(after=((effects.lower_resolution, 0.1, 0.5), (effects.compress, 0.3, 0.6))),
    "office": Capture(
        before=((effects.change_ink, 0.4, 0.7), (effects.show_through, 0.15, 0.7)),
        after=(
            (effects.blur, 0.5, 0.6), (effects.sensor_noise, 0.6, 0.6), (effects.change_contrast, 0.3, 0.5), *_CODING,
        ),
        skew=2.5,
    ),
    "archive": Capture(
        before=(
            (effects.fade_ink, 0.5, 1.2), (effects.change_ink, 0.5, 1.0), (effects.show_through, 0.45, 1.2),
            (effects.tint, 0.85, 1.0), (effects.paper_texture, 0.8, 1.0),
        ),
        after=(
            (effects.binding_shadow, 0.35, 1.0), (effects.uneven_light, 0.25, 0.6), (effects.blur, 0.6, 0.8),
            (effects.sensor_noise, 0.4, 0.7), *_CODING,
        ),
        skew=4.0, ground="dark", perspective=0.01, curl=0.2,
    ),
    "photocopy": Capture(
        before=_COPY,
        after=((effects.blur, 0.4, 0.7), (effects.binding_shadow, 0.15, 1.0), (effects.change_contrast, 0.5, 1.0),
               (effects.sensor_noise, 0.5, 1.0), *_CODING),
        skew=5.0, ground="dark",
    ),
    "bilevel": Capture(
        before=_COPY,
        after=((effects.blur, 0.5, 0.5), (effects.binding_shadow, 0.1, 0.5), (effects.binarise, 1.0, 1.0)),
        skew=5.0, ground="dark",
    ),
    "photo": Capture(
        before=((effects.tint, 0.4, 0.6), (effects.paper_texture, 0.4, 0.6)),
        after=(
            (effects.uneven_light, 0.9, 1.0), (effects.blur, 0.7, 0.9), (effects.lower_resolution, 0.15, 1.0),
            (effects.sensor_noise, 0.7, 1.2), (effects.change_contrast, 0.5, 0.8), (effects.compress, 0.8, 1.0),
        ),
        skew=10.0, ground="table", perspective=0.09, curl=0.35,
    ),
    "handheld": Capture(
        before=((effects.tint, 0.4, 0.8), (effects.paper_texture, 0.4, 0.8), (effects.show_through, 0.15, 0.6)),
        after=(
            (handheld.cast_shadow, 0.7, 1.0), (effects.uneven_light, 0.7, 1.0), (handheld.hold, 0.35, 1.0),
            (effects.blur, 0.6, 0.8), (effects.sensor_noise, 0.6, 0.9), (effects.compress, 0.6, 0.9),
        ),
        skew=12.0, ground="table", perspective=0.12, curl=0.4, crumple=0.6,
    ),
    "outdoors": Capture(
        after=(
            (effects.uneven_light, 0.6, 0.8), (effects.blur, 0.5, 0.9), (effects.lower_resolution, 0.2, 1.0),
            (effects.sensor_noise, 0.5, 1.0), (effects.change_contrast, 0.5, 0.8), (effects.compress, 0.8, 1.0),
        ),
        skew=12.0, ground="beyond", perspective=0.16,
    ),
    "low": Capture(
        before=((effects.change_ink, 0.3, 0.8),),
        after=((effects.blur, 0.4, 0.6), (effects.lower_resolution, 1.0, 1.0), (effects.compress, 0.9, 1.1)),
        skew=3.0,
    ),
}  # fmt: skip
CAPTURES: dict[str, dict[str, float]] = {
    "paper": {"digital": 0.16, "office": 0.22, "archive": 0.16, "photocopy": 0.1, "bilevel": 0.08, "photo": 0.1,
              "handheld": 0.12, "low": 0.06},
    "screen": {"digital": 0.72, "photo": 0.16, "low": 0.12},
    "street": {"outdoors": 0.8, "digital": 0.1, "low": 0.1},
    "shop": {"digital": 0.5, "low": 0.2, "outdoors": 0.2, "photo": 0.1},
}  # fmt: skip


def capture(page: PageSample, style: Capture, rng: np.random.Generator) -> PageSample:
    """Take the picture of a page: what is seen of it, and lines and tables where they come to lie."""
    image = _with_effects(page.image, style.before, rng)
    warp = draw_warp((image.shape[1], image.shape[0]), page.lines, style, rng)
    if warp is not None:
        image = warp.image(image, _ground(warp.size, image, style.ground, rng))
        lines = (line if warp.bend is None else line.bent(_BEND) for line in page.lines)
        tables = tuple(table.moved(warp.points) for table in page.tables)
        page = replace(page, lines=tuple(line.moved(warp.points) for line in lines), tables=tables)
    return replace(page, image=_with_effects(image, style.after, rng))


def _with_effects(
    image: np.ndarray, chosen: tuple[tuple[Effect, float, float], ...], rng: np.random.Generator
) -> np.ndarray:
    for effect, share, strength in chosen:
        if rng.random() < share:
            image = effect(image, rng, strength)
    return image


def draw_warp(
    size: tuple[int, int], lines: Sequence[LineTruth], style: Capture, rng: np.random.Generator
) -> Warp | None:
    """Where the page lies before the lens; None where it lies straight. No line leaves the picture."""
    if style.skew == 0.0 or (style.ground != "table" and rng.random() < 0.25):
        return None
    spread = style.skew if rng.random() < 0.25 else 0.25 * style.skew
    degrees = float(np.clip(rng.normal(0.0, spread / 2), -style.skew, style.skew))
    bend = _draw_bend(size, style, rng)
    lens = tilt(size, rng, style.perspective) if style.perspective else np.eye(3)
    scale = float(rng.uniform(*_SCALES[style.ground]))
    corners = _corners(lines, bend)
    while True:
        matrix = turn_about_centre(size, degrees, scale) @ lens
        warp = Warp(matrix, size, bend)
        if _inside(warp, corners) or scale < _MIN_SCALE:
            return warp if _inside(warp, corners) else None
        scale *= _SHRINK


def _draw_bend(size: tuple[int, int], style: Capture, rng: np.random.Generator) -> Bend | None:
    if rng.random() < style.crumple:
        return draw_crumple(size[0], size[1], rng)
    return draw_curl(size[0], size[1], rng) if rng.random() < style.curl else None


def _corners(lines: Sequence[LineTruth], bend: Bend | None) -> np.ndarray:
    """All points of the lines, `(n, 2)`."""
    bent = [line.bent(_BEND).polygon if bend is not None else line.polygon for line in lines]
    return np.concatenate(bent) if bent else np.zeros((0, 2), np.float32)


def _inside(warp: Warp, points: np.ndarray) -> bool:
    if not len(points):
        return True
    moved = warp.points(points)
    return bool(moved.min() >= 0 and (moved <= np.array(warp.size)).all())


def _ground(size: tuple[int, int], page: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """What is seen beside the page."""
    width, height = size
    shape = (height, width, *page.shape[2:])
    if kind in ("page", "beyond"):
        edge = np.median(page[:3].reshape(-1, *page.shape[2:]), axis=0)
        return np.full(shape, edge.astype(np.uint8))
    if kind == "dark":
        return np.full(
            shape, int(rng.choice((rng.integers(0, 60), rng.integers(0, 60), rng.integers(200, 256)))), np.uint8
        )
    return _table(shape, rng)


def _table(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Wood, cloth or stone."""
    height, width = shape[:2]
    colour = rng.integers(20, 200, 3)
    ground = np.empty((height, width, 3), np.uint8)
    ground[:] = colour
    grained = effects.paper_texture(ground, rng, 3.0)
    along = cv2.blur(effects.grain(shape, rng, 60.0), (int(rng.integers(1, 120)), int(rng.integers(1, 4))))
    grained = cv2.add(grained, cv2.merge([along] * 3), dtype=cv2.CV_8U)
    return grained if len(shape) == 3 else cv2.cvtColor(grained, cv2.COLOR_RGB2GRAY)
