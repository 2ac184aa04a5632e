"""Labelled lines -> training batches: drawn by weight, degraded on the fly, put together by width."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from e2eocr.errors import DataError
from e2eocr.synthesis.effects.lines import DegradeSettings, degrade
from e2eocr.synthesis.text.alphabets import canonical
from e2eocr.training.recognizer.recipe import LineSet, Recipe
from e2eocr.truth.lines import LineStore, open_lines
from recognizers.charset import Charset
from recognizers.crops import padded_width, prepare_crop, scaled_width
from recognizers.ctc.decoding import steps_needed

log = logging.getLogger(__name__)

_LABEL_BUCKET = 16
_SHUFFLED = 64  # batches that are sorted by width together
_SMALLEST_SIDE = 4  # pixels; degradation needs as many
_LOOKED_AT = 2000  # pictures of a set that are decoded before training; all, where one of them cannot be read


def load_picture(store: LineStore, index: int) -> np.ndarray | None:
    """The picture of a line, `(h, w)` uint8 grey; None where it cannot be read."""
    try:
        return store[index].image
    except DataError as error:
        log.debug("%s", error)
        return None


@dataclass(frozen=True, slots=True)
class CheckedSet:
    """A line set whose every line can be learned: `usable` are the numbers of those lines."""

    source: LineSet
    store: LineStore
    labels: dict[int, list[int]]
    usable: np.ndarray
    widths: np.ndarray


def check_set(source: LineSet, charset: Charset, *, height: int, time_stride: int) -> CheckedSet:
    """Open a line set and find the lines that cannot be learned; they are named, counted and left out.

    Of pictures, as many are decoded as takes a second or two, spread over the set; where one of them cannot be read,
    all are.

    Raises:
        DataError: If no line is left.
    """
    store = open_lines(Path(source.path))
    sizes = zip(store.widths.tolist(), store.heights.tolist(), strict=True)
    scaled = np.array([scaled_width(w, h, height) for w, h in sizes], np.int64)
    labels: dict[int, list[int]] = {}
    refused: Counter[str] = Counter({_UNREADABLE: len(store.broken)})
    for index, text in enumerate(map(canonical, store.texts)):
        side = int(min(store.widths[index], store.heights[index]))
        reason = _reason_against(source, charset, text, int(scaled[index]), side, time_stride)
        if reason:
            refused[reason] += 1
            log.debug("%s line %d left out: %s: %r", source.label, index, reason, text)
        else:
            labels[index] = charset.encode(text)
    for index in _find_unreadable(store, list(labels)):
        refused[_UNREADABLE] += 1
        del labels[index]
    for reason in store.broken:
        log.debug("%s", reason)
    refused = +refused
    total = len(store.texts) + len(store.broken)
    for reason, count in refused.items():
        log.warning("%s: %d of %d lines left out: %s", source.label, count, total, reason)
    if not labels:
        raise DataError(f"{source.path} holds no line that can be learned. Left out: {_enumerate(refused)}.")
    return CheckedSet(source, store, labels, np.array(sorted(labels)), scaled)


_UNREADABLE = "picture cannot be read"


def _reason_against(source: LineSet, charset: Charset, text: str, width: int, side: int, time_stride: int) -> str:
    """Why a line cannot be learned, by its label, its scaled width and its shorter side; empty where it can."""
    if not text:
        return "label is empty"
    if charset.unknown(text):
        return "label has characters outside the charset"
    if source.max_width and width > source.max_width:
        return "picture is wider than max_width"
    if side < _SMALLEST_SIDE:
        return "picture is too small"
    if steps_needed(charset.encode(text)) > width // time_stride:
        return "label is too long for the picture's width"
    return ""


def _find_unreadable(store: LineStore, indices: list[int]) -> list[int]:
    """The lines whose picture cannot be decoded."""
    step = max(1, -(-len(indices) // _LOOKED_AT))
    if all(load_picture(store, index) is not None for index in indices[::step]):
        return []
    return [index for index in indices if load_picture(store, index) is None]


def _enumerate(counts: Counter[str]) -> str:
    return "; ".join(f"{count} lines: {reason}" for reason, count in counts.items()) or "none, it is empty"


@dataclass(frozen=True, slots=True)
class _Draw:
    """One line of an epoch: which set, which line, and the seed of its degradation."""

    set_number: int
    index: int
    seed: int
    width: int


class LineBatches(keras.utils.PyDataset):
    """The batches of one epoch after another, each a pure function of recipe, epoch and number.

    A batch is `(pixels, labels)`: `(B, height, W, 1)` float32, ink positive, and `(B, L)` int32 classes, padded
    with the blank's 0. Lines of about one width stand together, so that `B * W` is about `batch_pixels`.

    Attributes:
        unreadable: Lines of the epoch so far that were left out because their picture could not be decoded.
    """

    def __init__(self, recipe: Recipe, sets: Sequence[CheckedSet], *, height: int, time_stride: int) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._recipe = recipe
        self._sets = sets
        self._height = height
        self._time_stride = time_stride
        self._settings = [DegradeSettings(strength=checked.source.degrade) for checked in sets]
        self.unreadable = 0
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Draw the lines of an epoch."""
        self.unreadable = 0
        rng = np.random.default_rng((self._recipe.seed, epoch))
        self._batches = self._group(self._draw(rng), rng)

    @property
    def lines(self) -> int:
        """Lines of the epoch drawn last."""
        return sum(map(len, self._batches))

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        rendered = [self._render(draw) for draw in self._batches[number]]
        lines = [line for line in rendered if line is not None]
        self.unreadable += len(rendered) - len(lines)
        if not lines:
            raise DataError(f"No picture of batch {number} can be read. Write the line sets of this recipe again.")
        width = max(padded_width(picture.shape[1], self._recipe.bucket) for picture, _ in lines)
        longest = max(len(label) for _, label in lines)
        pixels = np.zeros((len(lines), self._height, width, 1), np.float32)
        labels = np.zeros((len(lines), padded_width(longest, _LABEL_BUCKET)), np.int32)
        for row, (picture, label) in enumerate(lines):
            pixels[row, :, : picture.shape[1], 0] = picture
            labels[row, : len(label)] = label
        return pixels, labels

    def _draw(self, rng: np.random.Generator) -> list[_Draw]:
        weights = np.array([checked.source.weight for checked in self._sets])
        chosen = rng.choice(len(self._sets), size=self._recipe.epoch_lines, p=weights / weights.sum())
        draws = []
        for number, checked in enumerate(self._sets):
            count = int((chosen == number).sum())
            indices = np.concatenate(
                [rng.permutation(checked.usable) for _ in range(-(-count // len(checked.usable)))] or [np.array([])]
            )[:count].astype(np.int64)
            seeds = rng.integers(2**31, size=count)
            draws += [
                _Draw(number, int(index), int(seed), int(checked.widths[index]))
                for index, seed in zip(indices, seeds, strict=True)
            ]
        return [draws[position] for position in rng.permutation(len(draws))]

    def _group(self, draws: list[_Draw], rng: np.random.Generator) -> list[list[_Draw]]:
        """Sort some thousand lines at a time by width, cut them into batches, and shuffle those."""
        mean = max(1.0, float(np.mean([draw.width for draw in draws])))
        chunk = max(1, int(_SHUFFLED * self._recipe.batch_pixels / mean))
        batches: list[list[_Draw]] = []
        for start in range(0, len(draws), chunk):
            batch: list[_Draw] = []
            for draw in sorted(draws[start : start + chunk], key=lambda draw: draw.width):
                columns = (len(batch) + 1) * padded_width(draw.width, self._recipe.bucket)
                if batch and columns > self._recipe.batch_pixels:
                    batches.append(batch)
                    batch = []
                batch.append(draw)
            batches.append(batch)
        return [batches[position] for position in rng.permutation(len(batches))]

    def _render(self, draw: _Draw) -> tuple[np.ndarray, list[int]] | None:
        checked = self._sets[draw.set_number]
        label = checked.labels[draw.index]
        image = load_picture(checked.store, draw.index)
        if image is None:
            return None
        picture = image
        if checked.source.degrade > 0:
            picture = degrade(image, np.random.default_rng(draw.seed), self._settings[draw.set_number])
        prepared = prepare_crop(picture, self._height)
        if steps_needed(label) > prepared.shape[1] // self._time_stride:  # degraded too narrow to be read
            prepared = prepare_crop(image, self._height)
        return prepared, label


def validation_crops(checked: CheckedSet, most: int) -> Iterator[tuple[np.ndarray, str]]:
    """Up to `most` lines of a set, evenly spread, with their texts; degraded by a fixed seed where the set says so."""
    step = max(1, len(checked.usable) // most)
    settings = DegradeSettings(strength=checked.source.degrade)
    for index in checked.usable[::step][:most].tolist():
        image = load_picture(checked.store, index)
        if image is None:
            continue
        if checked.source.degrade > 0:
            image = degrade(image, np.random.default_rng(index), settings)
        yield image, canonical(checked.store.texts[index])
