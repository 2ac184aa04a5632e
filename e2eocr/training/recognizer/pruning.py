"""A recognizer made smaller: weak filters cut out step by step, or weak weights made zero by a schedule.

Both are trained on as they go, so that what is left takes over. TensorFlow's model optimization toolkit does the second
for Keras 2 only; this works on any backend of Keras 3.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.errors import DataError, UsageError
from e2eocr.models.bundles import Bundle
from e2eocr.models.graphs import load_graph
from e2eocr.models.parts import load_charset, load_config
from e2eocr.training.batches.stream import Batch, Place
from e2eocr.training.recognizer.heritage import HELD, KEPT, part_lines, reading_of, write_heritage
from e2eocr.training.recognizer.loop import RecognizerTraining
from e2eocr.training.recognizer.recipe import LineSet, Recipe
from e2eocr.training.recognizer.slimming import layer_weights, put_layer_weights, slim_config, slim_weights
from e2eocr.training.run.average import WeightAverage
from e2eocr.training.run.folder import take_machine
from e2eocr.truth.lines import open_lines
from recognizers.charset import Charset
from recognizers.crnn import CRNNConfig

log = logging.getLogger(__name__)

FILTERS, WEIGHTS = KINDS = ("filters", "weights")
MIN_LINES = 100
_STEPS = 3  # in which filters are cut
_RAMP = 0.6  # of a run, over which weights become zero
_MASK_EVERY = 20  # steps between two choices of the weights that are zero


@dataclass(frozen=True, slots=True)
class PruneSettings:
    """How a recognizer is made smaller.

    Attributes:
        kind: `filters`: whole filters and units are cut out; `weights`: single weights become zero.
        share: Of the filters and units, or of the weights of each matrix, that goes, 0–1.
        lines: To learn in all.
        learning_rate: At its peak.
        seed: Of what is drawn.
    """

    kind: str = FILTERS
    share: float = 0.5
    lines: int = 30_000
    learning_rate: float = 5e-4
    seed: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not 0 < self.share < 1 or self.lines < _STEPS:
            raise UsageError(
                f"Invalid settings. Expected `kind` of {', '.join(KINDS)}, `share` between 0 and 1, `lines` from "
                f"{_STEPS}. Received: {self}"
            )


class SparseTraining(RecognizerTraining):
    """A training in which more and more weights of each matrix are zero, the smallest ones first.

    Their share rises as a cubic to its goal (Zhu and Gupta 2017), and stays there.
    """

    def __init__(self, *arguments: Any, sparsity: float, **more: Any) -> None:
        """Open a run; see `RecognizerTraining`. `sparsity` is the share of zeros at its end, 0–1."""
        super().__init__(*arguments, **more)
        self._sparsity = sparsity
        self._masks: list[np.ndarray | None] = []

    def _step(self, place: Place, batch: Batch) -> None:
        super()._step(place, batch)
        if not self._masks or self.progress.steps % _MASK_EVERY == 0:
            share = zeros_at(self.progress.seen / self.recipe.total, self._sparsity)
            self._masks = [smallest_out(each, share) for each in self.model.get_weights()]
        self.model.set_weights(_masked(self.model.get_weights(), self._masks))
        self.average.values = _masked(self.average.values, self._masks)


def zeros_at(progress: float, sparsity: float) -> float:
    """The share of weights that are zero at a point of a run, 0–1."""
    return sparsity * (1 - (1 - min(1.0, progress / _RAMP)) ** 3)


def smallest_out(weights: np.ndarray, share: float) -> np.ndarray | None:
    """What keeps all but a share of the smallest weights of a matrix: bool, of its shape; None of what is no matrix."""
    if weights.ndim < 2:
        return None
    magnitudes = np.abs(weights)
    count = int(share * weights.size)
    if not count:
        return np.ones(weights.shape, bool)
    return np.asarray(magnitudes > np.partition(magnitudes, count - 1, axis=None)[count - 1])


def _masked(weights: Sequence[np.ndarray], masks: Sequence[np.ndarray | None]) -> list[np.ndarray]:
    return [each if mask is None else each * mask for each, mask in zip(weights, masks, strict=True)]


def prune(
    bundle: Bundle, run: Path, lines: Path, settings: PruneSettings, report: Callable[[str], None] = log.info
) -> None:
    """Make a recognizer smaller, in a run that can be exported then.

    Args:
        bundle: The recognizer.
        run: The run's folder; it must not be there, or be empty.
        lines: Lines of the kind that it was made with, to learn; a tenth of them is measured on.
        settings: How.
        report: Takes lines about how far it is.

    Raises:
        UsageError: If the folder holds something.
        DataError: If there are too few lines, or filters are to be cut of another model than a lean CRNN.
        BundleError: If the bundle carries no weights.
    """
    if run.exists() and any(run.iterdir()):
        raise UsageError(f"{run} is there and holds something. Name a new folder by -o.")
    charset, config = load_charset(bundle), load_config(bundle)
    if settings.kind == FILTERS and getattr(config, "backbone", "") != "lean":
        raise DataError(f"{bundle.path}: filters are cut of CRNNs with the backbone `lean` alone. Take --kind weights.")
    store = open_lines(lines)
    if len(store.texts) < MIN_LINES:
        raise DataError(f"{lines} holds {len(store.texts)} lines. Pruning needs {MIN_LINES} or more to learn again.")
    part_lines(store, run)
    if settings.kind == FILTERS:
        _cut_filters(bundle, charset, config, run, settings, report)
    else:
        recipe = _recipe(bundle, run, config, settings, settings.lines)
        SparseTraining(recipe, run, start_from=bundle.path, charset=charset, sparsity=settings.share).run(report=report)
    write_heritage(run, bundle, charset, dev=[HELD], learned=[])


def _cut_filters(
    bundle: Bundle,
    charset: Charset,
    config: CRNNConfig,
    run: Path,
    settings: PruneSettings,
    report: Callable[[str], None],
) -> None:
    """Cut a part of the filters and train on, time and again, the last time in the run's folder."""
    weights = layer_weights(load_graph(bundle))
    full = config
    for step in range(1, _STEPS + 1):
        slim = slim_config(full, (1 - settings.share) ** (step / _STEPS))
        recipe = _recipe(bundle, run, slim, settings, settings.lines // _STEPS)
        folder = run if step == _STEPS else run / f"step{step}"
        take_machine(run, folder)
        training = RecognizerTraining(recipe, folder, charset=charset)
        put_layer_weights(training.model, slim_weights(weights, config, slim))
        training.average = WeightAverage(training.model, recipe.average)
        report(f"step {step} of {_STEPS}: {training.model.count_params():,} weights")
        training.run(report=report)
        with training.average.applied():
            weights, config = layer_weights(training.model), slim
        if step < _STEPS:
            take_machine(training.folder, run)
            shutil.rmtree(training.folder)


def _recipe(bundle: Bundle, run: Path, config: CRNNConfig, settings: PruneSettings, lines: int) -> Recipe:
    return Recipe(
        family=bundle.family,
        architecture=config.to_dict(),
        reading=reading_of(bundle),
        train=(LineSet(str(run / KEPT)),),
        validation=(LineSet(str(run / HELD)),),
        lines=lines,
        epoch_lines=max(1, lines // 2),
        warmup_lines=max(1, lines // 20),
        learning_rate=settings.learning_rate,
        average=0.98,
        batch_pixels=12_288,
        seed=settings.seed,
    )
