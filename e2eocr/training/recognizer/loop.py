"""The training of a line recognizer."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np

from e2eocr.errors import BundleError, DataError, UsageError
from e2eocr.models.bundles import CHARSET, Bundle
from e2eocr.models.families import Family, RecognizerConfig, find_family
from e2eocr.models.parts import load_charset, load_config, load_weights
from e2eocr.settings import settings_from_mapping
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.training.engine.base import Lesson, Loss
from e2eocr.training.engine.choice import engine_name
from e2eocr.training.recognizer.inputs import CheckedSet, LineInputs, check_set, validation_crops
from e2eocr.training.recognizer.recipe import LineSet, Recipe
from e2eocr.training.recognizer.teacher import open_teacher
from e2eocr.training.run.folder import RECOGNIZER
from e2eocr.training.run.progress import TERMS, Progress, Terms
from e2eocr.training.run.training import Training, architecture_config
from e2eocr.truth.metrics import ErrorCount, character_errors
from recognizers.base import Recognizer
from recognizers.charset import Charset

log = logging.getLogger(__name__)

_VALIDATION_LINES = 1000
_BUCKETS = {"torch": 16, "keras": 64}  # Keras' loop compiles a step for every width


@dataclass(slots=True)
class RecognizerProgress(Progress):
    """Where a recognizer's run stands.

    Attributes:
        best_loss: Least figure so far of the first validation set (training loss, where there is none).
        epochs_without_gain: Epochs since.
        rate_factor: On the learning rate, for the times it was halved.
    """

    best_loss: float = math.inf
    epochs_without_gain: int = 0
    rate_factor: float = 1.0


def recipe_family(recipe: Recipe) -> Family:
    """The family that a recipe trains.

    Raises:
        DataError: If it is not known; the message lists those that are.
    """
    return find_family(recipe.family, "recognizer", "The recipe", DataError)


def run_charset(run: Path, recipe: Recipe) -> Charset:
    """The characters of a run's classes: those that lie in its folder, or those of its recipe's alphabet."""
    path = run / CHARSET
    return Charset.load(path) if path.is_file() else Charset(load_alphabet(recipe.alphabet))


def recognizer_config(recipe: Recipe, charset: Charset) -> RecognizerConfig:
    """The architecture that a recipe asks for; see `architecture_config`."""
    build = recipe_family(recipe).load("config").from_dict
    return architecture_config(build, {"classes": len(charset), **recipe.architecture})


def reading_settings(recipe: Recipe, config: RecognizerConfig) -> Any:
    """How to read with what a recipe trains, before its confidence is calibrated: its family's settings.

    Raises:
        DataError: If [reading] of the recipe has a key or value that they cannot have.
    """
    values = {"height": config.height, "time_stride": config.time_stride, **recipe.reading}
    try:
        return settings_from_mapping(recipe_family(recipe).load("settings"), values, "[reading] of the recipe")
    except (UsageError, ValueError) as error:
        raise DataError(str(error)) from error


class RecognizerTraining(Training[Recipe, CheckedSet]):
    """One run in one folder: builds or resumes, trains epoch by epoch, measures, checkpoints."""

    terms: ClassVar[Terms] = TERMS[RECOGNIZER]
    progress: RecognizerProgress

    def __init__(
        self, recipe: Recipe, folder: Path, *, start_from: Path | None = None, charset: Charset | None = None
    ) -> None:
        """Open a run; see `Training`.

        Args:
            recipe: What to train, on what.
            folder: Where logs and checkpoints go; a checkpoint there is gone on with.
            start_from: Bundle whose weights to begin with where there is no checkpoint.
            charset: The characters of the classes, instead of those of the recipe's alphabet.

        Raises:
            DataError: If the recipe's alphabet, family, architecture or precision is not one, or it has a teacher that
                its family or engine cannot have.
            BundleError: If the recipe's teacher cannot teach it; if the bundle is of another family, if its alphabet is
                not the beginning of this one, or if its architecture is neither this one nor a narrower one that it can
                grow out of.
        """
        self.charset = charset or Charset(load_alphabet(recipe.alphabet))
        self.family = recipe_family(recipe)
        self.config = recognizer_config(recipe, self.charset)
        super().__init__(recipe, folder, progress=RecognizerProgress(), start_from=start_from)

    def _build(self) -> keras.Model:
        return self.family.load("graph")(self.config)

    def _lesson(self) -> Lesson:
        if self.recipe.teacher:
            return self._taught_lesson()
        part = "torch_loss" if self.family.torch_loss and engine_name(self.recipe) == "torch" else "loss"
        return Lesson(self.model, _of_labels(self.family.load(part)))

    def _taught_lesson(self) -> Lesson:
        if not self.family.torch_distilled_loss:
            raise DataError(f"The family {self.recipe.family!r} knows no `teacher`. Leave it out of the recipe.")
        teacher = open_teacher(self.recipe, self.config, self.charset)
        loss = partial(self.family.load("torch_distilled_loss"), weight=self.recipe.teacher_weight)
        return Lesson(self.model, lambda truth, outputs: loss(*truth, *outputs), teacher=teacher)

    def _begin_with(self, bundle: Bundle) -> None:
        if bundle.family != self.recipe.family:
            raise BundleError(f"{bundle.path} is of the family {bundle.family!r}, which the recipe is not.")
        known = load_charset(bundle).characters
        if self.charset.characters[: len(known)] != known:
            raise BundleError(f"{bundle.path} has another alphabet than the recipe. Start without it.")
        small = load_config(bundle)
        if small == self.config or not self.family.growth:
            super()._begin_with(bundle)
            return
        try:
            grown = self.family.load("growth")(load_weights(bundle), self.model.get_weights(), small, self.config)
        except ValueError:
            super()._begin_with(bundle)  # it tells what differs, or finds that nothing does that has weights
            return
        self.model.set_weights(grown)
        log.info("grown out of %s", small)

    def _open(self) -> tuple[LineInputs, Sequence[CheckedSet]]:
        train, validation = (
            [self.check(each) for each in sets] for sets in (self.recipe.train, self.recipe.validation)
        )
        shape = {"height": self.config.height, "time_stride": self.config.time_stride}
        return self.family.load("inputs")(self.recipe, train, bucket=self._bucket, **shape), validation

    def check(self, source: LineSet) -> CheckedSet:
        """Open a set of lines and find those that can be learned."""
        height, time_stride = self.config.height, self.config.time_stride
        return check_set(source, self.charset, height=height, time_stride=time_stride, direction=self.recipe.direction)

    @property
    def _bucket(self) -> int:
        return self.recipe.bucket or _BUCKETS[engine_name(self.recipe)]

    def _is_done(self) -> bool:
        stop = self.recipe.stop_epochs
        return super()._is_done() or bool(stop and self.progress.epochs_without_gain >= stop)

    def _rate(self, seen: int) -> float:
        return super()._rate(seen) * self.progress.rate_factor

    def _measure(self, held: CheckedSet) -> tuple[str, float]:
        return held.source.label, measure_set(self.reader(), held).rate

    def reader(self) -> Recognizer:
        """Reads with the model as it stands."""
        read, settings = self.family.load("reader"), reading_settings(self.recipe, self.config)
        settings = replace(settings, bucket=self._bucket, batch_size=32)
        return read("training", self._runner(), self.charset, settings)

    def _runner(self) -> Any:
        """What its family's reader runs: the graph, or what is made of it."""
        if self.family.runner:
            return self.family.load("runner")(self.model, self.config)
        return lambda pixels: np.asarray(self.engine.predict(pixels)[0])

    def _end_epoch(self, row: Mapping[str, Any]) -> None:
        """Halve the rate, or count towards the stop, when the first validation set (else the loss) does not gain."""
        measured = next(iter(row.get("cer", {"": row["loss"]}).values()))
        if measured < self.progress.best_loss:
            self.progress.best_loss, self.progress.epochs_without_gain = measured, 0
            return
        self.progress.epochs_without_gain += 1
        patience = self.recipe.plateau_epochs
        if patience and self.progress.epochs_without_gain % patience == 0:
            self.progress.rate_factor /= 2


def _of_labels(loss: Callable[..., Any]) -> Loss:
    """A loss of labels and each output as one of all truth and all outputs."""
    return lambda truth, outputs: loss(truth[0], *outputs)


def measure_set(reader: Recognizer, checked: CheckedSet) -> ErrorCount:
    """The errors of a reader on some lines of a set."""
    crops, texts = zip(*validation_crops(checked, _VALIDATION_LINES), strict=True)
    readings = zip(texts, reader.read(crops), strict=True)
    return sum((character_errors(text, reading.text) for text, reading in readings), ErrorCount())
