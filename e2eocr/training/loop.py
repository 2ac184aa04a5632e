"""The training of a line recognizer: any Keras backend, resumable, one folder a run."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from e2eocr.data import alphabets
from e2eocr.errors import DataError
from e2eocr.metrics import ErrorCount, character_errors
from e2eocr.training.inputs import CheckedSet, LineBatches, check_set, prefetch, validation_crops
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


class WeightAverage:
    """A running average of all weights, kept in numpy so that it is the same on every backend."""

    def __init__(self, model: keras.Model, momentum: float) -> None:
        self._model = model
        self._momentum = momentum
        self.values = model.get_weights()
        self._updates = 0

    def update(self, steps: int) -> None:
        """Take in the present weights after `steps` more training steps."""
        self._updates += 1
        momentum = min(self._momentum**steps, self._updates / (self._updates + 9))
        for average, value in zip(self.values, self._model.get_weights(), strict=True):
            average += (1 - momentum) * (value - average)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model with the averaged weights, for measuring and saving."""
        present = self._model.get_weights()
        self._model.set_weights(self.values)
        try:
            yield
        finally:
            self._model.set_weights(present)


def learning_rate(recipe: Recipe, lines: int) -> float:
    """Learning rate after `lines` lines: linear warm-up, then a cosine down to `final_rate` of the peak."""
    if lines < recipe.warmup_lines:
        return recipe.learning_rate * (lines + 1) / recipe.warmup_lines
    done = min(1.0, (lines - recipe.warmup_lines) / max(1, recipe.lines - recipe.warmup_lines))
    low = recipe.final_rate
    return recipe.learning_rate * (low + (1 - low) * (1 + math.cos(math.pi * done)) / 2)


_AVERAGE_EVERY = 10


class RecognizerTraining:
    """One run in one folder: builds or resumes, trains epoch by epoch, measures, checkpoints."""

    def __init__(self, recipe: Recipe, folder: Path, *, start_from: Path | None = None) -> None:
        """Open a run.

        Args:
            recipe: What to train, on what.
            folder: Where logs and checkpoints go; a checkpoint there is gone on with.
            start_from: Weights (`.weights.h5`) to begin with where there is no checkpoint.
        """
        keras.config.set_dtype_policy(recipe.precision)
        keras.utils.set_random_seed(recipe.seed)
        self.recipe = recipe
        self.folder = folder
        self.charset = _load_alphabet(recipe.alphabet)
        self.config = CRNNConfig.from_dict({"classes": len(self.charset), **recipe.architecture})
        self.model = build_crnn(self.config, lstm=_fastest_lstm())
        self.optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay, clipnorm=5.0)
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self.optimizer.build(self.model.trainable_variables)
        self.model.compile(optimizer=self.optimizer, loss=ctc_loss, jit_compile="auto")
        self.progress = Progress()
        if start_from is not None:
            self.model.load_weights(start_from)
        self.average = WeightAverage(self.model, recipe.average)
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "checkpoint").is_dir():
            self._resume()

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
        for step, (pixels, labels) in enumerate(prefetch(batches), 1):
            rate = learning_rate(self.recipe, self.progress.lines + lines) * self.progress.rate_factor
            self.optimizer.learning_rate = rate
            loss += float(self.model.train_on_batch(pixels, labels)) * len(pixels)
            lines += len(pixels)
            if step % _AVERAGE_EVERY == 0 or step == len(batches):
                self.average.update(_AVERAGE_EVERY)
            if not math.isfinite(loss):
                raise DataError(f"The loss is {loss} after {self.progress.lines + lines} lines. Lower the rate.")
            if deadline is not None and time.monotonic() > deadline:
                break
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
        """Write the checkpoint under a temporary name and put it in the place of the last."""
        self.progress.history.append(row)
        temporary, final, old = (self.folder / name for name in ("checkpoint.new", "checkpoint", "checkpoint.old"))
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        self.model.save_weights(temporary / "model.weights.h5")
        with self.average.applied():
            self.model.save_weights(temporary / "average.weights.h5")
        state = {f"v{number:04d}": np.asarray(v) for number, v in enumerate(self.optimizer.variables)}
        np.savez(temporary / "optimizer.npz", **state)
        (temporary / "progress.json").write_text(json.dumps(asdict(self.progress)), encoding="utf-8")
        shutil.rmtree(old, ignore_errors=True)
        if final.exists():
            final.rename(old)
        temporary.rename(final)
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as log_file:
            log_file.write(json.dumps(row) + "\n")
        draw_curve(self.progress.history, self.folder / "curve.png")

    def _resume(self) -> None:
        checkpoint = self.folder / "checkpoint"
        self.model.load_weights(checkpoint / "average.weights.h5")
        self.average = WeightAverage(self.model, self.recipe.average)
        self.model.load_weights(checkpoint / "model.weights.h5")
        with np.load(checkpoint / "optimizer.npz") as state:
            for number, variable in enumerate(self.optimizer.variables):
                variable.assign(state[f"v{number:04d}"])
        self.progress = Progress(**json.loads((checkpoint / "progress.json").read_text(encoding="utf-8")))
        log.info("resumed after %d lines", self.progress.lines)


def _measure_set(reader: CTCReader, checked: CheckedSet) -> ErrorCount:
    crops, texts = zip(*validation_crops(checked, _VALIDATION_LINES), strict=True)
    readings = zip(texts, reader.read(crops), strict=True)
    return sum((character_errors(text, reading.text) for text, reading in readings), ErrorCount())


def _load_alphabet(name: str) -> Charset:
    characters = getattr(alphabets, name, None) if name.isupper() else None
    if not isinstance(characters, str):
        known = ", ".join(sorted(each for each in vars(alphabets) if each.isupper() and not each.startswith("_")))
        raise DataError(f"Unknown alphabet {name!r}. Known: {known}.")
    return Charset(characters)


def _fastest_lstm() -> type[keras.layers.LSTM]:
    if keras.backend.backend() == "torch":
        from e2eocr.training.torch_lstm import TorchLSTM

        return TorchLSTM
    return keras.layers.LSTM


def _describe(row: dict[str, Any]) -> str:
    rates = " ".join(f"{name} {rate:.4f}" for name, rate in row.get("cer", {}).items())
    speed = f"{row['lines_per_second']:.0f} lines/s"
    return f"epoch {row['epoch']}: {row['lines']:,} lines, {speed}, loss {row['loss']:.4f}, CER {rates or 'not measured'}"


def draw_curve(history: list[dict[str, Any]], path: Path) -> None:
    """Draw loss and character error rates over the lines seen, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    left = figure.subplots()
    lines = [row["lines"] for row in history]
    left.plot(lines, [row["loss"] for row in history], color="black", label="loss per character")
    left.set(xlabel="lines seen", ylabel="training loss", yscale="log")
    right = left.twinx()
    for name in sorted({name for row in history for name in row.get("cer", {})}):
        right.plot(lines, [row.get("cer", {}).get(name, math.nan) for row in history], label=name, linewidth=1)
    right.set(ylabel="character error rate", yscale="log")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    temporary = path.with_suffix(".part.png")
    figure.savefig(temporary, dpi=110)
    os.replace(temporary, path)
