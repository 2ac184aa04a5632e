"""Synthetic pages: a layout filled with text, captured in some way, rendered into shards by several processes."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from e2eocr.synthesis.effects.warping import quarter_points
from e2eocr.synthesis.fonts.faces import Face, find_faces
from e2eocr.synthesis.fonts.stacking import without_loose_marks
from e2eocr.synthesis.pages.canvas import Canvas, Colour
from e2eocr.synthesis.pages.capture import CAPTURE_STYLES, CAPTURES, capture
from e2eocr.synthesis.pages.chance import any_colour, numpy_rng
from e2eocr.synthesis.pages.layouts import LAYOUTS, Layout, check_layouts, fitting
from e2eocr.synthesis.pages.pictures import DRAWN_PICTURES, Pictures
from e2eocr.synthesis.pages.scene import FaceCase, Scene
from e2eocr.synthesis.pages.text import PageText, TextPool
from e2eocr.synthesis.shard_rendering import ANY_SOURCES, ShardTask, Sources, Tick, render_shards
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.synthesis.text.sources import TextSource
from e2eocr.truth.page_shards import PageWriter, write_manifest
from e2eocr.truth.records import LineTruth, PageSample, quad_of, skew_of

LONG_SIDE = 1280
PAGES_PER_SHARD = 100
MIN_HEIGHT = 6.0  # lower lines, in pixels, are not asked for
_A4_INCHES = 11.7
_TURNED = 0.12
_FACING = 0.3  # of books
_BODY = (-3.99, 0.28)  # logarithm of the body's size over the long side: mean, spread
_MIN_BODY, _MAX_BODY = 0.009, 0.034


class PageSynthesizer:
    """Renders page number `index` of an endless row of pages; the same seed gives the same row.

    Args:
        text_source: What is written.
        faces: What it is set in.
        seed: Whole number.
        long_side: Longer side of a page, pixels, on average; pages vary by a quarter.
        pictures: What is shown beside text, or stands behind it.
        layouts: Names of those to draw, where their script may stand in them; none: all.
    """

    def __init__(
        self,
        text_source: TextSource,
        faces: Sequence[Face],
        seed: int,
        *,
        long_side: int = LONG_SIDE,
        pictures: Pictures = DRAWN_PICTURES,
        layouts: Sequence[str] = (),
    ) -> None:
        if long_side < 200:
            raise ValueError(f"Invalid `long_side`. Expected at least 200 pixels. Received: {long_side=}")
        self._pool, self._case = TextPool(text_source, seed), FaceCase(faces)
        self._seed, self._long_side, self._pictures, self._layouts = seed, long_side, pictures, layouts

    def render(self, index: int) -> PageSample:
        """Render a page, a pure function of the seed and the index.

        Raises:
            DataError: If no face covers the text that is drawn.
        """
        rng = random.Random(f"{self._seed}:page:{index}")
        long_side = round(self._long_side * rng.uniform(0.8, 1.25))
        drawn = self._draw(rng, long_side)
        style = CAPTURE_STYLES[_choose(CAPTURES[LAYOUTS[drawn.layout].kind], rng)]
        taken = capture(drawn, style, numpy_rng(rng))
        turns = rng.randint(1, 3) if rng.random() < _TURNED else 0
        return replace(_turned(taken, turns), skew=skew_of(taken.lines))

    def render_layout(self, name: str, index: int) -> PageSample:
        """Render a layout flat and clean, as it was drawn; for looking at and for tests."""
        rng = random.Random(f"{self._seed}:{name}:{index}")
        long_side = round(self._long_side * LAYOUTS[name].enlarged)
        scene = self._scene(LAYOUTS[name], self._pool.draw(rng), rng, long_side)
        LAYOUTS[name].fill(scene)
        return replace(_sample(scene.canvas, name), dpi=long_side / _A4_INCHES)

    def _draw(self, rng: random.Random, long_side: int) -> PageSample:
        """Draw a page, or two of a book that face each other."""
        text = self._pool.draw(rng)
        name = _choose(fitting(text.script, self._layouts), rng)
        layout = LAYOUTS[name]
        long_side = round(long_side * layout.enlarged)
        facing = name == "book" and rng.random() < _FACING
        scene = self._scene(layout, text, rng, round(0.75 * long_side) if facing else long_side)
        layout.fill(scene)
        left = replace(_sample(scene.canvas, name), dpi=long_side / _A4_INCHES)
        if not facing:
            return left
        scene.canvas = scene.canvas.next_leaf()
        layout.fill(scene)
        return _facing(left, _sample(scene.canvas, name))

    def _scene(self, layout: Layout, text: PageText, rng: random.Random, long_side: int) -> Scene:
        aspect = rng.uniform(*layout.aspect)
        width, height = (round(long_side * min(aspect, 1.0)), round(long_side / max(aspect, 1.0)))
        size = long_side * min(max(rng.lognormvariate(*_BODY), _MIN_BODY), _MAX_BODY) * layout.body
        canvas = Canvas(width, height, _paper(rng), colour=rng.random() < layout.colour)
        margin = min(width, height) * rng.uniform(0.05, 0.14)
        return Scene(canvas, text, self._case, rng, max(9, round(size)), margin, _ink(rng), self._pictures)


def _choose(weights: dict[str, float], rng: random.Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _paper(rng: random.Random) -> Colour:
    if rng.random() < 0.55:
        return 255, 255, 255
    if rng.random() < 0.2:
        return any_colour(rng, 225, 255)
    level, warmth = rng.randint(225, 255), rng.randint(0, 25)
    return level, level - warmth // 3, level - warmth


def _ink(rng: random.Random) -> Colour:
    if rng.random() < 0.7:
        level = rng.randint(0, 70)
        return level, level, level
    return any_colour(rng, 0, 110)


def _sample(canvas: Canvas, layout: str) -> PageSample:
    pixels = canvas.pixels if canvas.pixels.shape[2] == 3 else np.ascontiguousarray(canvas.pixels[:, :, 0])
    return PageSample(pixels, tuple(canvas.lines), layout=layout, tables=tuple(canvas.tables))


def _facing(left: PageSample, right: PageSample) -> PageSample:
    """Two pages side by side, a dark gutter between them."""
    image = np.hstack([left.image, right.image])
    middle, reach = left.image.shape[1], max(4, left.image.shape[1] // 14)
    distance = np.abs(np.arange(image.shape[1]) + 0.5 - middle) / reach
    shade = (1.0 - 0.55 * np.exp(-distance)).astype(np.float32)
    shaded = (image * shade.reshape(1, -1, *[1] * (image.ndim - 2))).astype(np.uint8)

    def move(points: np.ndarray) -> np.ndarray:
        return points + np.array([middle, 0.0])

    lines = tuple(line.moved(move) for line in right.lines)
    tables = tuple(table.moved(move).behind(len(left.lines)) for table in right.tables)
    return replace(left, image=shaded, lines=left.lines + lines, tables=left.tables + tables)


def _turned(page: PageSample, turns: int) -> PageSample:
    """The page turned clockwise by quarters, its lines as they are asked for."""
    height, width = page.image.shape[:2]
    lines = tuple(_finished(line, turns, (width, height)) for line in page.lines)
    tables = tuple(table.moved(lambda points: quarter_points(points, turns, (width, height))) for table in page.tables)
    image = np.ascontiguousarray(np.rot90(page.image, -turns))
    return replace(page, image=image, lines=lines, tables=tables, rotation=90 * turns)


def _finished(line: LineTruth, turns: int, size: tuple[int, int]) -> LineTruth:
    """The line on the turned page; too low to be read, it is not asked for."""
    quad = quad_of(line.polygon)
    low = min(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[1] - quad[0])) < MIN_HEIGHT
    turned = line.moved(lambda points: quarter_points(points, turns, size)) if turns else line
    return replace(turned, ignore=turned.ignore or bool(low))


@dataclass(frozen=True)
class PageReport:
    """How many pages and lines were rendered, and the seconds it took, loading included."""

    pages: int
    lines: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PageSynthesis:
    """Pages to draw from some sources, about so many pixels long, in the layouts that are named, or in all."""

    sources: Sources
    long_side: int = LONG_SIDE
    layouts: tuple[str, ...] = ()
    unit: str = "page"
    per_shard: int = PAGES_PER_SHARD

    def prepare(self) -> PageShards:
        """Load text and faces."""
        sources = self.sources
        # Languages that are named may be of any script; to know what all faces hold of all scripts costs memory.
        charset = load_alphabet("ALPHABETIC") if sources.languages is None else None
        text = TextSource(sources.text, charset=charset, languages=sources.languages, seed=sources.seed)
        faces = without_loose_marks(find_faces(sources.faces_files, sources.font_dirs, charset=charset))
        pictures = Pictures.of_folder(sources.pictures) if sources.pictures is not None else DRAWN_PICTURES
        synthesizer = PageSynthesizer(
            text, faces, sources.seed, long_side=self.long_side, pictures=pictures, layouts=self.layouts
        )
        return PageShards(synthesizer)


@dataclass(frozen=True, slots=True)
class PageShards:
    """Writes what a synthesizer draws."""

    synthesizer: PageSynthesizer

    def render_shard(self, task: ShardTask, tick: Tick) -> int:
        """Render a shard; gives how many lines it has."""
        lines = 0
        with PageWriter(task.folder, task.number) as writer:
            for index in range(task.first, task.end):
                sample = self.synthesizer.render(index)
                lines += len(sample.lines)
                writer.write(sample)
                tick()
        return lines


def synth_pages(
    out: Path,
    *,
    pages: int,
    workers: int = 1,
    sources: Sources = ANY_SOURCES,
    long_side: int = LONG_SIDE,
    layouts: tuple[str, ...] = (),
) -> PageReport:
    """Render pages into a folder of shards; the same seed gives the same pages, however many the workers.

    Args:
        out: Folder to write; it must hold no shards yet.
        pages: How many.
        workers: Processes; each holds one core.
        sources: Text and faces to draw from.
        long_side: Longer side of a page, pixels, on average.
        layouts: Names of those to draw; none: all.

    Raises:
        ValueError: If `pages` or `workers` is under 1, or `long_side` under 200.
        OutputError: If the folder holds shards or cannot be written.
        DataError: If there is no text or no font to render.
        UsageError: If there is no such layout.
    """
    check_layouts(layouts)
    began = time.monotonic()
    synthesis = PageSynthesis(sources, long_side, layouts, per_shard=PAGES_PER_SHARD)
    lines = render_shards(synthesis, out, samples=pages, workers=workers)
    write_manifest(
        out, seed=sources.seed, settings=sources.facts() | {"long_side": long_side, "layouts": list(layouts)}
    )
    return PageReport(pages, sum(lines), time.monotonic() - began)
