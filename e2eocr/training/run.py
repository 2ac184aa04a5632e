"""The training of any model: epochs, deadlines, measuring, checkpoints; on any Keras backend, one folder a run."""

from __future__ import annotations

import json
import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import keras

from e2eocr.errors import BundleError, DataError
from e2eocr.models.bundles import Bundle, find_bundle
from e2eocr.models.families import Kind
from e2eocr.models.loading import load_weights
from e2eocr.training.checkpoint import (
    AVERAGE_EVERY,
    Batches,
    WeightAverage,
    draw_curve,
    fastest_form,
    find_checkpoint,
    load_checkpoint,
    prefetch,
    save_checkpoint,
    set_precision,
)

log = logging.getLogger(__name__)

AnyConfig = TypeVar("AnyConfig")
Held = TypeVar("Held")  # an opened set to measure on


class EpochBatches(Batches[Sequence[Any]], Protocol):
    """The batches of an epoch; the first array of each tells by its length how many samples it holds."""

    def set_epoch(self, epoch: int) -> None: ...


class TrainingRecipe(Protocol):
    """What the recipes of all models have."""

    @property
    def architecture(self) -> dict: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def final_rate(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def average(self) -> float: ...
    @property
    def precision(self) -> str: ...
    @property
    def seed(self) -> int: ...
    def to_dict(self) -> dict[str, Any]: ...


AnyRecipe = TypeVar("AnyRecipe", bound=TrainingRecipe)


@dataclass(slots=True)
class Progress:
    """Where a run stands; saved with each checkpoint.

    Attributes:
        epoch: Epochs done.
        seen: Samples seen: lines or crops.
        seconds: Time spent on training them.
        history: A record an epoch.
    """

    epoch: int = 0
    seen: int = 0
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run's samples and figures are called.

    Attributes:
        kind: Kind of the bundles that the weights go to and come from.
        samples: Key of the samples seen in the records.
        figures: Key of the table of figures by set in the records.
        loss_label: The loss, beside its axis.
        figures_label: The figures, beside their axis.
        title: The figures, in a line of the log.
        scale: Of the figures' axis: `log` or `linear`.
    """

    kind: Kind
    samples: str
    figures: str
    loss_label: str
    figures_label: str
    title: str
    scale: str


def architecture_config(build: Callable[[dict[str, Any]], AnyConfig], architecture: Mapping[str, Any]) -> AnyConfig:
    """The architecture that a recipe asks for.

    Raises:
        DataError: If it has a key or value that an architecture cannot have.
    """
    try:
        return build(dict(architecture))
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"[architecture] of the recipe cannot be used: {error}.") from error


def cosine_rate(recipe: TrainingRecipe, seen: int, total: int, warmup: int) -> float:
    """Learning rate after `seen` of `total` samples: linear warm-up, then a cosine down to `final_rate` of the peak."""
    if seen < warmup:
        return recipe.learning_rate * (seen + 1) / warmup
    done = min(1.0, (seen - warmup) / max(1, total - warmup))
    return recipe.learning_rate * (recipe.final_rate + (1 - recipe.final_rate) * (1 + math.cos(math.pi * done)) / 2)


class Training(ABC, Generic[AnyRecipe, Held]):
    """One run in one folder: builds or resumes, trains epoch by epoch, measures, checkpoints."""

    terms: ClassVar[Terms]

    def __init__(self, recipe: AnyRecipe, folder: Path, *, progress: Progress, start_from: Path | None) -> None:
        """Open a run.

        Args:
            recipe: What to train, on what.
            folder: Where logs and checkpoints go; a checkpoint there is gone on with.
            progress: Where a new run stands.
            start_from: Bundle whose weights to begin with where there is no checkpoint.

        Raises:
            DataError: If the recipe's architecture or precision is not one.
            BundleError: If the bundle's weights are not of this architecture.
        """
        set_precision(recipe.precision)
        keras.utils.set_random_seed(recipe.seed)
        self.recipe = recipe
        self.folder = folder
        self.progress = progress
        self.model = fastest_form(self._build())
        self.optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay, clipnorm=5.0)
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self.optimizer.build(self.model.trainable_variables)
        self._trained = self._compile()
        if start_from is not None:
            self._begin_with(find_bundle(str(start_from), self.terms.kind))
        self.average = WeightAverage(self.model, recipe.average)
        folder.mkdir(parents=True, exist_ok=True)
        checkpoint = find_checkpoint(folder)
        if checkpoint is not None:
            self._resume(checkpoint)

    @abstractmethod
    def _build(self) -> keras.Model:
        """The graph with fresh weights."""

    @abstractmethod
    def _compile(self) -> keras.Model:
        """What is trained: `model` or a graph around it, with its loss."""

    @abstractmethod
    def _open(self) -> tuple[EpochBatches, Sequence[Held]]:
        """What to learn from and what to measure on."""

    @property
    @abstractmethod
    def _total(self) -> int:
        """Samples to see in all."""

    @abstractmethod
    def _rate(self, seen: int) -> float:
        """Learning rate after so many samples."""

    @abstractmethod
    def _train_on(self, batch: Sequence[Any]) -> float:
        """One step; the mean loss of its samples."""

    @abstractmethod
    def _measure(self, held: Held) -> tuple[str, float]:
        """A validation set's name and figure, with the weights as they stand."""

    def run(self, *, deadline: float | None = None, report: Callable[[str], None] = log.info) -> Progress:
        """Train to the recipe's number of samples, or until `deadline` (seconds of `time.monotonic`).

        An epoch that the deadline cuts off is measured and checkpointed like a whole one.
        """
        batches, validation = self._open()
        described = {"kind": self.terms.kind, **self.recipe.to_dict()}
        (self.folder / "recipe.json").write_text(json.dumps(described, indent=1), encoding="utf-8")
        while not self._is_done() and (deadline is None or time.monotonic() < deadline):
            row = self._train_epoch(batches, math.inf if deadline is None else deadline)
            row |= self._measure_all(validation)
            self._end_epoch(row)
            self._save(row)
            report(_describe(row, self.terms))
        return self.progress

    def _is_done(self) -> bool:
        return self.progress.seen >= self._total

    def _end_epoch(self, row: Mapping[str, Any]) -> None:
        """What comes of an epoch beside its record: nothing, unless a model's training says so."""

    def _train_epoch(self, batches: EpochBatches, deadline: float) -> dict[str, Any]:
        batches.set_epoch(self.progress.epoch)
        started, seen, loss, rate = time.monotonic(), 0, 0.0, 0.0
        for step, batch in enumerate(prefetch(batches), 1):
            rate = self._rate(self.progress.seen + seen)
            self.optimizer.learning_rate = rate
            loss += self._train_on(batch) * len(batch[0])
            seen += len(batch[0])
            if step % AVERAGE_EVERY == 0 or step == len(batches):
                self.average.update(AVERAGE_EVERY)
            if not math.isfinite(loss):
                samples = f"{self.progress.seen + seen} {self.terms.samples}"
                raise DataError(f"The loss is {loss} after {samples}. Lower the rate.")
            if time.monotonic() > deadline or self.progress.seen + seen >= self._total:
                break
        seconds = time.monotonic() - started
        self.progress.epoch += 1
        self.progress.seen += seen
        self.progress.seconds += seconds
        return {
            "epoch": self.progress.epoch,
            self.terms.samples: self.progress.seen,
            "hours": round(self.progress.seconds / 3600, 3),
            f"{self.terms.samples}_per_second": round(seen / seconds, 2),
            "learning_rate": float(f"{rate:.3g}"),
            "loss": round(loss / seen, 4),
        }

    def _measure_all(self, validation: Sequence[Held]) -> dict[str, Any]:
        """The figure of each validation set with the averaged weights."""
        if not validation:
            return {}
        with self.average.applied():
            figures = dict(self._measure(held) for held in validation)
        return {self.terms.figures: {name: round(figure, 4) for name, figure in figures.items()}}

    def _begin_with(self, bundle: Bundle) -> None:
        weights = load_weights(bundle)
        if [value.shape for value in self.model.get_weights()] != [value.shape for value in weights]:
            raise BundleError(f"{bundle.path} has another architecture than the recipe. Start without it.")
        self.model.set_weights(weights)

    def _save(self, row: dict[str, Any]) -> None:
        """Write the checkpoint, the record of all epochs, and the curve."""
        terms = self.terms
        self.progress.history.append(row)
        save_checkpoint(self.folder, self.model, self.average, self.optimizer, asdict(self.progress))
        draw_curve(
            self.progress.history,
            self.folder / "curve.png",
            seen=terms.samples,
            measured=terms.figures,
            labels=(f"{terms.samples} seen", terms.loss_label, terms.figures_label),
            scale=terms.scale,
        )

    def _resume(self, checkpoint: Path) -> None:
        self.average, progress = load_checkpoint(checkpoint, self.model, self.optimizer, self.recipe.average)
        self.progress = type(self.progress)(**progress)
        log.info("resumed after %d %s", self.progress.seen, self.terms.samples)


def _describe(row: Mapping[str, Any], terms: Terms) -> str:
    figures = " ".join(f"{name} {figure:.4f}" for name, figure in row.get(terms.figures, {}).items())
    samples, speed = row[terms.samples], row[f"{terms.samples}_per_second"]
    start = f"epoch {row['epoch']}: {samples:,} {terms.samples}, {speed:.1f} {terms.samples}/s"
    return f"{start}, loss {row['loss']:.4f}, {terms.title} {figures or 'not measured'}"
