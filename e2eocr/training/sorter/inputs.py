"""Labelled lines -> training batches of a sorter: lines, short pieces of them, some upside down, and no text at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from e2eocr.errors import DataError
from e2eocr.synthesis.effects.lines import degrade
from e2eocr.training.batches.mixture import Draw, Mixture
from e2eocr.training.batches.stream import Batch
from e2eocr.training.batches.widths import pack_by_width, stack_pictures
from e2eocr.training.recognizer.inputs import load_picture
from e2eocr.training.recognizer.recipe import LineSet
from e2eocr.training.sorter.labels import GroupLabels
from e2eocr.training.sorter.recipe import SorterRecipe
from e2eocr.training.sorter.textless import draw_textless
from e2eocr.truth.lines import LineStore, open_lines
from recognizers.sorter.reader import SorterSettings, prepare_line

log = logging.getLogger(__name__)

_PACKED = 64  # batches that are sorted by width together
_MIN_SIDE = 4  # pixels; degradation needs as many
_PIECE_WIDTHS = (1.5, 6.0)  # of a piece that is cut out of a line, in heights


@dataclass(frozen=True, slots=True)
class SortedSet:
    """A line set and the script groups of its lines.

    Attributes:
        source: The set.
        store: Its lines.
        usable: Numbers of the lines that can be learned.
        groups: Of each line of the store, the number of its group; -1 for one that cannot be learned.
        pure: Of each, whether any piece of it is of its group.
    """

    source: LineSet
    store: LineStore
    usable: np.ndarray
    groups: np.ndarray
    pure: np.ndarray


def sort_set(source: LineSet, labels: GroupLabels) -> SortedSet:
    """Open a line set and find the groups of its lines; those of no group, and specks, are counted and left out.

    Raises:
        DataError: If no line is left.
    """
    store = open_lines(Path(source.path))
    groups = [labels.group_of(text) if text.strip() else None for text in store.texts]
    large = np.minimum(store.widths, store.heights) >= _MIN_SIDE
    known = np.array([group is not None for group in groups], bool) & large
    if not known.any():
        raise DataError(f"{source.path} holds no line whose script group is known.")
    if not known.all():
        log.warning("%s: %d of %d lines left out: of no group, or too small", source.label, (~known).sum(), len(known))
    pure = np.array([labels.is_pure(text) for text in store.texts], bool)
    numbers = np.array([-1 if group is None else group for group in groups], np.int64)
    return SortedSet(source, store, np.flatnonzero(known), numbers, pure)


@dataclass(frozen=True, slots=True, eq=False)
class KindSample:
    """A line as it is trained on: `(height, w)` float16 picture, ink positive, its group, and which way up it is."""

    picture: np.ndarray
    group: int
    upside_down: bool


class KindInputs:
    """Lines drawn from sets, cut, degraded, turned over, and prepared as a sorter's reader prepares them.

    A batch's input is `(B, height, W, 1)` float32, ink positive; its truth `(B,)` int32 groups and `(B,)` float32, 1
    for lines upside down.
    """

    def __init__(self, recipe: SorterRecipe, sets: Sequence[SortedSet], settings: SorterSettings) -> None:
        """Take the lines of some sets.

        Args:
            recipe: Weights, shares, seed and size of batches.
            sets: What to learn from.
            settings: How the reader prepares lines.
        """
        weights = [each.source.weight for each in sets]
        self.mixture = Mixture([len(each.usable) for each in sets], weights, seed=recipe.seed)
        self.chunk_samples = max(1, _PACKED * recipe.batch_pixels // (settings.pieces * settings.piece_width))
        self._recipe, self._sets, self._settings = recipe, sets, settings
        self._plain = next(number for number, group in enumerate(recipe.groups) if group.everywhere)

    def render(self, draw: Draw) -> KindSample | None:
        """Make a sample of a line; None where its picture cannot be read."""
        rng = np.random.default_rng(draw.seed)
        recipe, chosen = self._recipe, self._sets[draw.set_number]
        number = int(chosen.usable[draw.index])
        textless, cut, turned = rng.random(3) < (recipe.textless, recipe.cut, recipe.upside_down)
        picture = draw_textless(rng) if textless else load_picture(chosen.store, number)
        if picture is None:
            return None
        if cut and chosen.pure[number] and not textless:
            picture = cut_piece(picture, rng)
        picture = _degraded(picture, rng, chosen.source)
        upside_down = bool(turned and not textless)
        prepared = prepare_line(picture[::-1, ::-1] if upside_down else picture, self._settings)
        group = self._plain if textless else int(chosen.groups[number])
        return KindSample(prepared.astype(np.float16), group, upside_down)

    def pack(self, samples: Sequence[KindSample]) -> list[list[KindSample]]:
        """Samples sorted by width and cut into batches."""
        return pack_by_width(samples, batch_pixels=self._recipe.batch_pixels, bucket=self._recipe.bucket)

    def collate(self, samples: Sequence[KindSample]) -> Batch:
        """The arrays of a batch."""
        pixels, filled = stack_pictures(samples, bucket=self._recipe.bucket)
        groups = np.array([sample.group for sample in samples], np.int32)
        upside_down = np.array([sample.upside_down for sample in samples], np.float32)
        return Batch((pixels,), (groups, upside_down), filled)


def cut_piece(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A short piece of a line `(h, w)`, from anywhere in it; itself where it is no longer than that."""
    height, width = picture.shape
    length = max(_MIN_SIDE, round(height * rng.uniform(*_PIECE_WIDTHS)))
    if length >= width:
        return picture
    start = int(rng.integers(width - length + 1))
    return picture[:, start : start + length]


def _degraded(picture: np.ndarray, rng: np.random.Generator, source: LineSet) -> np.ndarray:
    return degrade(picture, rng, source.degradation) if source.degrade > 0 else picture


def held_lines(held: SortedSet, most: int) -> Iterator[tuple[np.ndarray, int]]:
    """Up to `most` lines of a set, evenly spread, with their groups; degraded by a fixed seed where the set says so."""
    step = max(1, len(held.usable) // most)
    for number in held.usable[::step][:most].tolist():
        picture = load_picture(held.store, number)
        if picture is not None:
            yield _degraded(picture, np.random.default_rng(number), held.source), int(held.groups[number])
