"""The training of any model: steps, deadlines, measuring, checkpoints; on any Keras backend, one folder a run."""

from __future__ import annotations

import json
import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import keras

from e2eocr.errors import BundleError, DataError
from e2eocr.files import replace_files
from e2eocr.models.bundles import Bundle, find_bundle
from e2eocr.models.parts import load_weights
from e2eocr.training.batches.stream import Batch, BatchStream, Inputs, Place
from e2eocr.training.engine.base import Lesson
from e2eocr.training.engine.choice import data_workers, make_engine, prepare_backend
from e2eocr.training.engine.machine import processor
from e2eocr.training.recipes import TrainingRecipe
from e2eocr.training.run.average import AVERAGE_EVERY, WeightAverage
from e2eocr.training.run.checkpoint import find_checkpoint, load_checkpoint, save_checkpoint
from e2eocr.training.run.curve import draw_curve
from e2eocr.training.run.folder import MACHINE
from e2eocr.training.run.progress import Interval, Progress, Terms, describe
from e2eocr.training.run.status import write_status

log = logging.getLogger(__name__)

AnyConfig = TypeVar("AnyConfig")
AnyRecipe = TypeVar("AnyRecipe", bound=TrainingRecipe)
Held = TypeVar("Held")  # an opened set to measure on

_STATUS_SECONDS = 20.0


def architecture_config(build: Callable[[dict[str, Any]], AnyConfig], architecture: Mapping[str, Any]) -> AnyConfig:
    """The architecture that a recipe asks for.

    Raises:
        DataError: If it has a key or value that an architecture cannot have.
    """
    try:
        return build(dict(architecture))
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"[architecture] of the recipe cannot be used: {error}.") from error


class Training(ABC, Generic[AnyRecipe, Held]):
    """One run in one folder: builds or resumes, trains, measures, checkpoints.

    A run that was stopped or killed goes on from its last checkpoint as if nothing had happened: on one machine, with
    the same engine and number of threads, to the same weights.
    """

    terms: ClassVar[Terms]

    def __init__(self, recipe: AnyRecipe, folder: Path, *, progress: Progress, start_from: Path | None) -> None:
        """Open a run.

        Args:
            recipe: What to train, on what.
            folder: Where logs and checkpoints go; a checkpoint there is gone on with.
            progress: Where a new run stands.
            start_from: Bundle whose weights to begin with where there is no checkpoint.

        Raises:
            DataError: If the recipe's architecture or engine cannot be had.
            BundleError: If the bundle's weights are not of this architecture.
        """
        prepare_backend(recipe)
        keras.utils.set_random_seed(recipe.seed)
        self.recipe = recipe
        self.folder = folder
        self.progress = progress
        self.is_stopped = False
        self.model = self._build()
        if start_from is not None:
            self._begin_with(find_bundle(str(start_from), self.terms.kind))
        self.engine = make_engine(self._lesson(), recipe)
        self.average = WeightAverage(self.model, recipe.average)
        folder.mkdir(parents=True, exist_ok=True)
        checkpoint = find_checkpoint(folder)
        if checkpoint is not None:
            self._resume(checkpoint)

    @abstractmethod
    def _build(self) -> keras.Model:
        """The graph with fresh weights."""

    @abstractmethod
    def _lesson(self) -> Lesson:
        """The graph with its loss."""

    @abstractmethod
    def _open(self) -> tuple[Inputs[Any], Sequence[Held]]:
        """What to learn from and what to measure on."""

    @abstractmethod
    def _measure(self, held: Held) -> tuple[str, float]:
        """A validation set's name and figure, with the weights as they stand."""

    def _rate(self, seen: int) -> float:
        """Learning rate after so many samples."""
        return self.recipe.rate(seen)

    def _is_done(self) -> bool:
        return self.progress.seen >= self.recipe.total

    def _end_epoch(self, row: Mapping[str, Any]) -> None:
        """What comes of an epoch beside its record: nothing, unless a model's training says so."""

    def stop(self) -> None:
        """Have `run` end after the step it is at, with a checkpoint."""
        self.is_stopped = True

    def run(self, *, deadline: float | None = None, report: Callable[[str], None] = log.info) -> Progress:
        """Train to the recipe's number of samples, or until `deadline` (seconds of `time.monotonic`).

        Where the deadline or `stop` cuts it off, it measures once more and writes a checkpoint.

        Raises:
            DataError: If the loss is no number, or no picture can be read.
        """
        inputs, validation = self._open()
        described = {"kind": self.terms.kind, **self.recipe.to_dict()}
        (self.folder / "recipe.json").write_text(json.dumps(described, indent=1), encoding="utf-8")
        stream = BatchStream(inputs, seed=self.recipe.seed, workers=data_workers(self.recipe))
        try:
            self._run(stream, validation, math.inf if deadline is None else deadline, report)
        finally:
            stream.close()
        return self.progress

    def _run(
        self, stream: BatchStream[Any], validation: Sequence[Held], deadline: float, report: Callable[[str], None]
    ) -> None:
        batches = stream.batches(self.progress.place)
        saved = told = time.monotonic()
        is_settled = False
        while not (self._is_done() or self.is_stopped or time.monotonic() >= deadline):
            place, batch = self._next(batches)
            if not is_settled:
                self._settle(batch)
                is_settled = True
            epochs = self.progress.seen // self.recipe.between
            self._step(place, batch)
            if self.progress.seen // self.recipe.between > epochs or self._is_done():
                self._end(self._measured(validation), report, whole=True)
                saved = time.monotonic()
            elif time.monotonic() - saved > 60 * self.recipe.checkpoint_minutes:
                self._save()
                saved = time.monotonic()
            if time.monotonic() - told > _STATUS_SECONDS:
                write_status(self.folder, self.progress, self.terms, self.recipe.total)
                told = time.monotonic()
        if self.progress.since.samples:
            self._end(self._measured(validation), report, whole=False)
        if stream.unreadable:
            log.warning("%d %s left out: picture cannot be read", stream.unreadable, self.terms.samples)
        write_status(self.folder, self.progress, self.terms, self.recipe.total, running=False)

    def _next(self, batches: Iterator[tuple[Place, Batch]]) -> tuple[Place, Batch]:
        with self.engine.clock.phase("data"), self._timed():
            return next(batches)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Count the block's time as the run's."""
        started, worked = time.monotonic(), time.process_time()
        yield
        seconds = time.monotonic() - started
        self.progress.seconds += seconds
        self.progress.since.seconds += seconds
        self.progress.processor_seconds += time.process_time() - worked

    def _settle(self, batch: Batch) -> None:
        """Have the engine choose what fits this machine, and keep that for the runs that go on with this one."""
        path, machine = self.folder / MACHINE, processor()
        known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        chosen = self.engine.settle(batch, known if known.get("processor") == machine else {})
        replace_files({path: json.dumps({"processor": machine, **chosen}, indent=1).encode()})

    def _step(self, place: Place, batch: Batch) -> None:
        progress, samples = self.progress, len(batch)
        with self._timed():
            loss = float(self.engine.step(batch, self._rate(progress.seen), progress.steps))
        if not math.isfinite(loss):
            raise DataError(f"The loss is {loss} after {progress.seen} {self.terms.samples}. Lower the rate.")
        progress.seen += samples
        progress.steps += 1
        progress.place = place
        if progress.steps % AVERAGE_EVERY == 0:
            self.average.update(AVERAGE_EVERY)
        since = progress.since
        since.samples += samples
        since.loss += loss * samples
        since.filled += batch.filled * samples

    def _measured(self, validation: Sequence[Held]) -> dict[str, Any]:
        """The record of what was seen since the last measurement."""
        progress, since, terms = self.progress, self.progress.since, self.terms
        row = {
            "epoch": progress.epoch + 1,
            terms.samples: progress.seen,
            "hours": round(progress.seconds / 3600, 4),
            "processor_hours": round(progress.processor_seconds / 3600, 4),
            f"{terms.samples}_per_second": round(since.samples / max(since.seconds, 1e-9), 2),
            "learning_rate": float(f"{self._rate(progress.seen):.3g}"),
            "loss": round(since.loss / since.samples, 4),
            "padding": round(1 - since.filled / since.samples, 4),
            "shares": self.engine.clock.take_shares(),
        }
        return row | self._measure_all(validation)

    def _measure_all(self, validation: Sequence[Held]) -> dict[str, Any]:
        """The figure of each validation set with the averaged weights."""
        if not validation:
            return {}
        with self.average.applied():
            figures = dict(self._measure(held) for held in validation)
        return {self.terms.figures: {name: round(figure, 4) for name, figure in figures.items()}}

    def _end(self, row: dict[str, Any], report: Callable[[str], None], *, whole: bool) -> None:
        """End an epoch, or what there is of one: its record, the checkpoint, the curve."""
        self.progress.history.append(row)
        self.progress.epoch += 1
        if whole:
            self._end_epoch(row)
            self.progress.since = Interval()
        self._save()
        draw_curve(self.progress.history, self.folder / "curve.png", self.terms)
        report(describe(row, self.terms))

    def _save(self) -> None:
        """Write the checkpoint and the records."""
        save_checkpoint(self.folder, self.model, self.average, self.engine, asdict(self.progress))
        rows = "".join(json.dumps(each) + "\n" for each in self.progress.history)
        replace_files({self.folder / "metrics.jsonl": rows.encode("utf-8")})

    def _begin_with(self, bundle: Bundle) -> None:
        weights = load_weights(bundle)
        if [value.shape for value in self.model.get_weights()] != [value.shape for value in weights]:
            raise BundleError(f"{bundle.path} has another architecture than the recipe. Start without it.")
        self.model.set_weights(weights)

    def _resume(self, checkpoint: Path) -> None:
        self.average, progress = load_checkpoint(checkpoint, self.model, self.engine, self.recipe.average)
        self.progress = type(self.progress)(**progress)
        log.info("resumed after %d %s", self.progress.seen, self.terms.samples)
