"""The training of a line detector: any Keras backend, resumable, one folder a run."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from detectors.base import Detector
from detectors.dbnet import DBNetConfig, build_dbnet
from detectors.dbnet_postprocess import ComponentSettings
from detectors.dbnet_reader import DBNetDetector, DBNetSettings
from e2eocr.bundles import Bundle, find_bundle, load_weights
from e2eocr.errors import BundleError, DataError
from e2eocr.metrics import DetectionScore, match_detections
from e2eocr.training.common import (
    AVERAGE_EVERY,
    WeightAverage,
    draw_curve,
    fastest_form,
    find_checkpoint,
    load_checkpoint,
    prefetch,
    save_checkpoint,
    scheduled_rate,
    set_precision,
)
from e2eocr.training.detector_inputs import CropBatches
from e2eocr.training.detector_losses import maps_loss, turn_loss
from e2eocr.training.detector_pages import PageSource, open_pages
from e2eocr.training.detector_recipe import DetectorRecipe, PageSet
from e2eocr.training.runs import DETECTOR

log = logging.getLogger(__name__)

OpenSet = tuple[PageSet, PageSource]


@dataclass(slots=True)
class DetectorProgress:
    """Where a run stands; saved with each checkpoint."""

    epoch: int = 0
    crops: int = 0
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


def dbnet_config(architecture: dict[str, Any]) -> DBNetConfig:
    """The architecture that a recipe asks for.

    Raises:
        DataError: If it has a key or value that an architecture cannot have.
    """
    try:
        return DBNetConfig.from_dict(architecture)
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"[architecture] of the recipe cannot be used: {error}.") from error


def reading_settings(config: DBNetConfig, recipe: DetectorRecipe) -> DBNetSettings:
    """How to read with what a recipe trains."""
    return DBNetSettings(subpixels=config.subpixels, components=ComponentSettings(shrink_ratio=recipe.shrink_ratio))


class DetectorTraining:
    """One run in one folder: builds or resumes, trains epoch by epoch, measures, checkpoints."""

    def __init__(self, recipe: DetectorRecipe, folder: Path, *, start_from: Path | None = None) -> None:
        """Open a run.

        Args:
            recipe: What to train, on what.
            folder: Where logs and checkpoints go; a checkpoint there is gone on with.
            start_from: Bundle whose weights to begin with where there is no checkpoint.

        Raises:
            DataError: If the recipe's architecture or precision is not one.
            BundleError: If the bundle's weights are not of this architecture.
        """
        set_precision(recipe.precision)
        keras.utils.set_random_seed(recipe.seed)
        self.recipe = recipe
        self.folder = folder
        self.config = dbnet_config(recipe.architecture)
        self.model = fastest_form(build_dbnet(self.config))
        self.optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay, clipnorm=5.0)
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self.optimizer.build(self.model.trainable_variables)
        self._trained = self._compile()
        self.progress = DetectorProgress()
        if start_from is not None:
            self._begin_with(find_bundle(str(start_from), "detector"))
        self.average = WeightAverage(self.model, recipe.average)
        folder.mkdir(parents=True, exist_ok=True)
        checkpoint = find_checkpoint(folder)
        if checkpoint is not None:
            self._resume(checkpoint)

    def _compile(self) -> keras.Model:
        """The graph with its two maps as one output: Dice looks at both."""
        shrink, threshold, turn = self.model.outputs
        maps = layers.Concatenate(dtype="float32", name="maps")([shrink, threshold])
        trained = keras.Model(self.model.input, [maps, turn])
        trained.compile(
            optimizer=self.optimizer,
            loss=[maps_loss(self.config.subpixels**2), turn_loss],
            loss_weights=[1.0, self.recipe.turn_weight],
            # XLA runs depthwise convolutions slowly on a processor, and takes minutes to compile them.
            jit_compile=keras.backend.backend() == "jax",
        )
        return trained

    def _begin_with(self, bundle: Bundle) -> None:
        weights = load_weights(bundle)
        if [value.shape for value in self.model.get_weights()] != [value.shape for value in weights]:
            raise BundleError(f"{bundle.path} has another architecture than the recipe. Start without it.")
        self.model.set_weights(weights)

    def run(self, *, deadline: float | None = None, report: Callable[[str], None] = log.info) -> DetectorProgress:
        """Train to the recipe's number of crops, or until `deadline` (seconds of `time.monotonic`).

        An epoch that the deadline cuts off is measured and checkpointed like a whole one.
        """
        train = [(pages, open_pages(pages)) for pages in self.recipe.train]
        validation = [(pages, open_pages(pages)) for pages in self.recipe.validation]
        batches = CropBatches(self.recipe, train, subpixels=self.config.subpixels)
        described = {"kind": DETECTOR, **self.recipe.to_dict()}
        (self.folder / "recipe.json").write_text(json.dumps(described, indent=1), encoding="utf-8")
        while self.progress.crops < self.recipe.crops and (deadline is None or time.monotonic() < deadline):
            row = self._train_epoch(batches, deadline)
            row |= self._measure(validation)
            self._save(row)
            report(_describe(row))
        return self.progress

    def _train_epoch(self, batches: CropBatches, deadline: float | None) -> dict[str, Any]:
        batches.set_epoch(self.progress.epoch)
        started, crops, loss = time.monotonic(), 0, 0.0
        deadline = math.inf if deadline is None else deadline
        for step, (pixels, maps, turns) in enumerate(prefetch(batches), 1):
            rate = self._rate(self.progress.crops + crops)
            self.optimizer.learning_rate = rate
            losses = self._trained.train_on_batch(pixels, [maps, turns], return_dict=True)
            loss += float(losses["loss"]) * len(pixels)
            crops += len(pixels)
            if step % AVERAGE_EVERY == 0 or step == len(batches):
                self.average.update(AVERAGE_EVERY)
            if not math.isfinite(loss):
                raise DataError(f"The loss is {loss} after {self.progress.crops + crops} crops. Lower the rate.")
            if time.monotonic() > deadline or self.progress.crops + crops >= self.recipe.crops:
                break
        seconds = time.monotonic() - started
        self.progress.epoch += 1
        self.progress.crops += crops
        self.progress.seconds += seconds
        return {
            "epoch": self.progress.epoch,
            "crops": self.progress.crops,
            "hours": round(self.progress.seconds / 3600, 3),
            "crops_per_second": round(crops / seconds, 2),
            "learning_rate": float(f"{rate:.3g}"),
            "loss": round(loss / crops, 4),
        }

    def _rate(self, crops: int) -> float:
        recipe = self.recipe
        return scheduled_rate(
            crops,
            total=recipe.crops,
            warmup=recipe.warmup_crops,
            peak=recipe.learning_rate,
            final=recipe.final_rate,
        )

    def _measure(self, validation: Sequence[OpenSet]) -> dict[str, Any]:
        """H-mean on each validation set with the averaged weights."""
        if not validation:
            return {}
        with self.average.applied():
            detector = self.detector()
            scores = {pages.label: measure_pages(detector, source) for pages, source in validation}
        return {"h_mean": {name: round(score.h_mean, 4) for name, score in scores.items()}}

    def detector(self) -> DBNetDetector:
        """Detects with the model as it stands."""

        def look(pixels: np.ndarray) -> np.ndarray:
            return ops.convert_to_numpy(self.model(pixels, training=False)[0])

        return DBNetDetector("training", look, reading_settings(self.config, self.recipe))

    def _save(self, row: dict[str, Any]) -> None:
        """Write the checkpoint, the record of all epochs, and the curve."""
        self.progress.history.append(row)
        save_checkpoint(self.folder, self.model, self.average, self.optimizer, asdict(self.progress))
        draw_curve(
            self.progress.history,
            self.folder / "curve.png",
            seen="crops",
            measured="h_mean",
            labels=("crops seen", "loss", "H-mean of lines"),
            scale="linear",
        )

    def _resume(self, checkpoint: Path) -> None:
        self.average, progress = load_checkpoint(checkpoint, self.model, self.optimizer, self.recipe.average)
        self.progress = DetectorProgress(**progress)
        log.info("resumed after %d crops", self.progress.crops)


def measure_pages(detector: Detector, source: PageSource) -> DetectionScore:
    """Find the lines of all pages of a source and compare them with the true ones."""
    total = DetectionScore()
    for number in range(len(source)):
        page = source[number]
        found = detector.detect(page.image).quads
        total += match_detections(page.quads, found, ignored_quads=page.ignored, partial=page.partial)
    return total


def _describe(row: dict[str, Any]) -> str:
    means = " ".join(f"{name} {mean:.4f}" for name, mean in row.get("h_mean", {}).items())
    start = f"epoch {row['epoch']}: {row['crops']:,} crops, {row['crops_per_second']:.1f} crops/s"
    return f"{start}, loss {row['loss']:.4f}, H-mean {means or 'not measured'}"
