"""The training of a line recognizer: any Keras backend, resumable, one folder a run."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from e2eocr.bundles import Bundle, find_bundle, load_charset, load_weights
from e2eocr.data.alphabets import load_alphabet
from e2eocr.errors import BundleError, DataError
from e2eocr.metrics import ErrorCount, character_errors
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
from e2eocr.training.inputs import CheckedSet, LineBatches, check_set, validation_crops
from e2eocr.training.recipe import Recipe
from recognizers.charset import BLANK, Charset
from recognizers.crnn import CRNNConfig, build_crnn
from recognizers.reader import CTCReader, ReaderSettings

log = logging.getLogger(__name__)

_VALIDATION_LINES = 1000


def ctc_loss(labels: Any, logits: Any) -> Any:
    """CTC loss per character of a batch.

    Args:
        labels: `(B, L)` int32 classes, padded with the blank's 0.
        logits: `(B, T, classes)` float32; a line's padding is read as blanks, so every step counts.
    """
    lengths = ops.sum(ops.cast(ops.not_equal(labels, BLANK), "int32"), axis=-1)  # (B,)
    steps = ops.full_like(lengths, ops.shape(logits)[1])
    losses = ops.ctc_loss(labels, logits, lengths, steps, mask_index=BLANK)
    return ops.sum(losses) / ops.cast(ops.sum(lengths), "float32")


@dataclass(slots=True)
class Progress:
    """Where a run stands; saved with each checkpoint."""

    epoch: int = 0
    lines: int = 0
    seconds: float = 0.0
    best_loss: float = math.inf
    epochs_without_gain: int = 0
    rate_factor: float = 1.0
    history: list[dict[str, Any]] = field(default_factory=list)


def learning_rate(recipe: Recipe, lines: int) -> float:
    """Learning rate after `lines` lines: linear warm-up, then a cosine down to `final_rate` of the peak."""
    return scheduled_rate(
        lines,
        total=recipe.lines,
        warmup=recipe.warmup_lines,
        peak=recipe.learning_rate,
        final=recipe.final_rate,
    )


def crnn_config(recipe: Recipe, charset: Charset) -> CRNNConfig:
    """The architecture that a recipe asks for.

    Raises:
        DataError: If it has a key or value that an architecture cannot have.
    """
    try:
        return CRNNConfig.from_dict({"classes": len(charset), **recipe.architecture})
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"[architecture] of the recipe cannot be used: {error}.") from error


class RecognizerTraining:
    """One run in one folder: builds or resumes, trains epoch by epoch, measures, checkpoints."""

    def __init__(self, recipe: Recipe, folder: Path, *, start_from: Path | None = None) -> None:
        """Open a run.

        Args:
            recipe: What to train, on what.
            folder: Where logs and checkpoints go; a checkpoint there is gone on with.
            start_from: Bundle whose weights to begin with where there is no checkpoint.

        Raises:
            DataError: If the recipe's alphabet, architecture or precision is not one.
            BundleError: If the bundle's weights are not of this architecture and alphabet.
        """
        set_precision(recipe.precision)
        keras.utils.set_random_seed(recipe.seed)
        self.recipe = recipe
        self.folder = folder
        self.charset = Charset(load_alphabet(recipe.alphabet))
        self.config = crnn_config(recipe, self.charset)
        self.model = fastest_form(build_crnn(self.config, lstm=_fastest_lstm()))
        self.optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay, clipnorm=5.0)
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self.optimizer.build(self.model.trainable_variables)
        self.model.compile(optimizer=self.optimizer, loss=ctc_loss, jit_compile="auto")
        self.progress = Progress()
        if start_from is not None:
            self._begin_with(find_bundle(str(start_from), "recognizer"))
        self.average = WeightAverage(self.model, recipe.average)
        folder.mkdir(parents=True, exist_ok=True)
        checkpoint = find_checkpoint(folder)
        if checkpoint is not None:
            self._resume(checkpoint)

    def _begin_with(self, bundle: Bundle) -> None:
        weights = load_weights(bundle)
        shapes = [value.shape for value in self.model.get_weights()]
        if shapes != [value.shape for value in weights] or load_charset(bundle).characters != self.charset.characters:
            raise BundleError(f"{bundle.path} has another architecture or alphabet than the recipe. Start without it.")
        self.model.set_weights(weights)

    def run(self, *, deadline: float | None = None, report: Callable[[str], None] = log.info) -> Progress:
        """Train to the recipe's number of lines, or until `deadline` (seconds of `time.monotonic`).

        An epoch that the deadline cuts off is measured and checkpointed like a whole one.
        """
        check = {"height": self.config.height, "time_stride": self.config.time_stride}
        train = [check_set(each, self.charset, **check) for each in self.recipe.train]
        validation = [check_set(each, self.charset, **check) for each in self.recipe.validation]
        batches = LineBatches(self.recipe, train, **check)
        (self.folder / "recipe.json").write_text(json.dumps(self.recipe.to_dict(), indent=1), encoding="utf-8")
        while not self._is_done() and (deadline is None or time.monotonic() < deadline):
            row = self._train_epoch(batches, deadline)
            row |= self._measure(validation)
            self._follow_plateau(row)
            self._save(row)
            report(_describe(row))
        return self.progress

    def _is_done(self) -> bool:
        stop = self.recipe.stop_epochs
        return self.progress.lines >= self.recipe.lines or bool(stop and self.progress.epochs_without_gain >= stop)

    def _train_epoch(self, batches: LineBatches, deadline: float | None) -> dict[str, Any]:
        batches.set_epoch(self.progress.epoch)
        started, lines, loss = time.monotonic(), 0, 0.0
        deadline = math.inf if deadline is None else deadline
        for step, (pixels, labels) in enumerate(prefetch(batches), 1):
            rate = learning_rate(self.recipe, self.progress.lines + lines) * self.progress.rate_factor
            self.optimizer.learning_rate = rate
            loss += float(self.model.train_on_batch(pixels, labels)) * len(pixels)
            lines += len(pixels)
            if step % AVERAGE_EVERY == 0 or step == len(batches):
                self.average.update(AVERAGE_EVERY)
            if not math.isfinite(loss):
                raise DataError(f"The loss is {loss} after {self.progress.lines + lines} lines. Lower the rate.")
            if time.monotonic() > deadline or self.progress.lines + lines >= self.recipe.lines:
                break
        if batches.unreadable:
            log.warning("%d lines of this epoch left out: picture cannot be read", batches.unreadable)
        seconds = time.monotonic() - started
        self.progress.epoch += 1
        self.progress.lines += lines
        self.progress.seconds += seconds
        return {
            "epoch": self.progress.epoch,
            "lines": self.progress.lines,
            "hours": round(self.progress.seconds / 3600, 3),
            "lines_per_second": round(lines / seconds, 1),
            "learning_rate": float(f"{rate:.3g}"),
            "loss": round(loss / lines, 4),
        }

    def _measure(self, validation: list[CheckedSet]) -> dict[str, Any]:
        """Character error rate on each validation set with the averaged weights."""
        if not validation:
            return {}
        with self.average.applied():
            reader = self.reader()
            rates = {checked.source.label: _measure_set(reader, checked) for checked in validation}
        return {"cer": {name: round(rate.rate, 4) for name, rate in rates.items()}}

    def reader(self) -> CTCReader:
        """Reads with the model as it stands."""
        settings = ReaderSettings(self.config.height, self.config.time_stride, self.recipe.bucket, batch_size=32)
        return CTCReader("training", lambda x: np.asarray(self.model.predict_on_batch(x)), self.charset, settings)

    def _follow_plateau(self, row: dict[str, Any]) -> None:
        """Halve the rate, or count towards the stop, when the first validation set (else the loss) does not gain."""
        measured = next(iter(row.get("cer", {"": row["loss"]}).values()))
        if measured < self.progress.best_loss:
            self.progress.best_loss, self.progress.epochs_without_gain = measured, 0
            return
        self.progress.epochs_without_gain += 1
        patience = self.recipe.plateau_epochs
        if patience and self.progress.epochs_without_gain % patience == 0:
            self.progress.rate_factor /= 2

    def _save(self, row: dict[str, Any]) -> None:
        """Write the checkpoint, the record of all epochs, and the curve."""
        self.progress.history.append(row)
        save_checkpoint(self.folder, self.model, self.average, self.optimizer, asdict(self.progress))
        draw_curve(
            self.progress.history,
            self.folder / "curve.png",
            seen="lines",
            measured="cer",
            labels=("lines seen", "loss per character", "character error rate"),
        )

    def _resume(self, checkpoint: Path) -> None:
        self.average, progress = load_checkpoint(checkpoint, self.model, self.optimizer, self.recipe.average)
        self.progress = Progress(**progress)
        log.info("resumed after %d lines", self.progress.lines)


def _measure_set(reader: CTCReader, checked: CheckedSet) -> ErrorCount:
    crops, texts = zip(*validation_crops(checked, _VALIDATION_LINES), strict=True)
    readings = zip(texts, reader.read(crops), strict=True)
    return sum((character_errors(text, reading.text) for text, reading in readings), ErrorCount())


def _fastest_lstm() -> type[keras.layers.LSTM]:
    if keras.backend.backend() == "torch":
        from e2eocr.training.torch_lstm import TorchLSTM

        return TorchLSTM
    return keras.layers.LSTM


def _describe(row: dict[str, Any]) -> str:
    rates = " ".join(f"{name} {rate:.4f}" for name, rate in row.get("cer", {}).items())
    speed = f"{row['lines_per_second']:.0f} lines/s"
    start = f"epoch {row['epoch']}: {row['lines']:,} lines, {speed}, loss {row['loss']:.4f}"
    return f"{start}, CER {rates or 'not measured'}"
