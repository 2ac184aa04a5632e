"""Labelled lines -> training batches: drawn by weight, degraded on the fly, put together by width."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from e2eocr.errors import DataError
from e2eocr.synthesis.effects.lines import degrade
from e2eocr.synthesis.text.alphabets import canonical
from e2eocr.training.batches.mixture import Draw, Mixture
from e2eocr.training.batches.stream import Batch
from e2eocr.training.batches.widths import pack_by_width, stack_pictures
from e2eocr.training.recognizer.recipe import LineSet, Recipe
from e2eocr.truth.lines import LineStore, open_lines
from recognizers.charset import Charset
from recognizers.crops import padded_width, prepare_crop, scaled_width
from recognizers.ctc.decoding import steps_needed
from recognizers.directions import to_visual

log = logging.getLogger(__name__)

_LABEL_BUCKET = 16
_PACKED = 64  # batches that are sorted by width together
_MIN_SIDE = 4  # pixels; degradation needs as many
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


def check_set(
    source: LineSet, charset: Charset, *, height: int, time_stride: int, direction: str = "ltr"
) -> CheckedSet:
    """Open a line set and find the lines that cannot be learned; they are named, counted and left out.

    Of pictures, as many are decoded as takes a second or two, spread over the set; where one of them cannot be read,
    all are.

    Args:
        source: The set.
        charset: The characters of the classes.
        height: Of the model's input, pixels.
        time_stride: Pixels of the model's input a step.
        direction: `rtl`: lines are learned as they stand from left to right; see `recognizers.directions`.

    Raises:
        DataError: If no line is left.
    """
    store = open_lines(Path(source.path))
    sizes = zip(store.widths.tolist(), store.heights.tolist(), strict=True)
    scaled = np.array([scaled_width(w, h, height) for w, h in sizes], np.int64)
    labels: dict[int, list[int]] = {}
    refused: Counter[str] = Counter({_UNREADABLE: len(store.broken)})
    for index, known in enumerate(map(canonical, store.texts)):
        text = to_visual(known) if direction == "rtl" else known
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
    if side < _MIN_SIDE:
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


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line as it is trained on: `(height, w)` float16 picture, ink positive, and the classes of its text."""

    picture: np.ndarray
    label: list[int]


class LineInputs:
    """Lines drawn from sets, degraded, and packed by the width that they then have.

    A batch's input is `(B, height, W, 1)` float32, ink positive; its truth `(B, L)` int32 classes, padded with the
    blank's 0. Lines of about one width stand together, so that `B * W` is at most `batch_pixels`.
    """

    def __init__(
        self, recipe: Recipe, sets: Sequence[CheckedSet], *, height: int, time_stride: int, bucket: int
    ) -> None:
        """Take the lines of some sets.

        Args:
            recipe: Weights, seed and size of batches.
            sets: What to learn from.
            height: Of the model's input, pixels.
            time_stride: Pixels of a step of its output.
            bucket: Widths are padded to multiples of this.
        """
        weights = [checked.source.weight for checked in sets]
        self.mixture = Mixture([len(checked.usable) for checked in sets], weights, seed=recipe.seed)
        width = np.average([checked.widths[checked.usable].mean() for checked in sets], weights=weights)
        self.chunk_samples = max(1, int(_PACKED * recipe.batch_pixels / max(1.0, width)))
        self._sets = sets
        self._height, self._time_stride, self._bucket = height, time_stride, bucket
        self._batch_pixels = recipe.batch_pixels

    def render(self, draw: Draw) -> Line | None:
        """Decode and degrade a line; None where its picture cannot be read."""
        checked = self._sets[draw.set_number]
        number = int(checked.usable[draw.index])
        label = checked.labels[number]
        image = load_picture(checked.store, number)
        if image is None:
            return None
        picture = image
        if checked.source.degrade > 0:
            picture = degrade(image, np.random.default_rng(draw.seed), checked.source.degradation)
        prepared = prepare_crop(picture, self._height)
        if steps_needed(label) > prepared.shape[1] // self._time_stride:  # degraded too narrow to be read
            prepared = prepare_crop(image, self._height)
        return Line(prepared.astype(np.float16), label)

    def pack(self, samples: Sequence[Line]) -> list[list[Line]]:
        """Lines sorted by width and cut into batches."""
        return pack_by_width(samples, batch_pixels=self._batch_pixels, bucket=self._bucket)

    def collate(self, samples: Sequence[Line]) -> Batch:
        """The arrays of a batch."""
        pixels, filled = stack_pictures(samples, bucket=self._bucket)
        longest = max(len(line.label) for line in samples)
        labels = np.zeros((len(samples), padded_width(longest, _LABEL_BUCKET)), np.int32)
        for row, line in enumerate(samples):
            labels[row, : len(line.label)] = line.label
        return Batch((pixels,), (labels,), filled)


class TeacherInputs(LineInputs):
    """Lines for a model that writes them: its second input is what stands before each place, `(B, L + 1)` int32.

    The first place has the edge of the line, class 0, before it, and the last one is that behind the last character.
    """

    def collate(self, samples: Sequence[Line]) -> Batch:
        """The arrays of a batch."""
        batch = super().collate(samples)
        return replace(batch, inputs=(*batch.inputs, np.pad(batch.truth[0], ((0, 0), (1, 0)))))


def validation_crops(checked: CheckedSet, most: int) -> Iterator[tuple[np.ndarray, str]]:
    """Up to `most` lines of a set, evenly spread, with their texts; degraded by a fixed seed where the set says so."""
    step = max(1, len(checked.usable) // most)
    for index in checked.usable[::step][:most].tolist():
        image = load_picture(checked.store, index)
        if image is None:
            continue
        if checked.source.degrade > 0:
            image = degrade(image, np.random.default_rng(index), checked.source.degradation)
        yield image, canonical(checked.store.texts[index])
