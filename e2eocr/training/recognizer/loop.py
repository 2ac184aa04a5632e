"""The training of a line recognizer."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from e2eocr.errors import BundleError
from e2eocr.models.bundles import Bundle, load_charset, load_weights
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.training.folder import RECOGNIZER
from e2eocr.training.recognizer.growth import can_grow, grow_weights
from e2eocr.training.recognizer.inputs import CheckedSet, LineBatches, check_set, validation_crops
from e2eocr.training.recognizer.recipe import Recipe
from e2eocr.training.run import Progress, Terms, Training, architecture_config, cosine_rate
from e2eocr.truth.metrics import ErrorCount, character_errors
from recognizers.charset import BLANK, Charset
from recognizers.crnn import CRNNConfig, build_crnn
from recognizers.ctc.reader import CTCReader, ReaderSettings

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


def learning_rate(recipe: Recipe, lines: int) -> float:
    """Learning rate after `lines` lines, before it is halved for want of a gain."""
    return cosine_rate(recipe, lines, recipe.lines, recipe.warmup_lines)


def crnn_config(recipe: Recipe, charset: Charset) -> CRNNConfig:
    """The architecture that a recipe asks for; see `architecture_config`."""
    return architecture_config(CRNNConfig.from_dict, {"classes": len(charset), **recipe.architecture})


class RecognizerTraining(Training[Recipe, CheckedSet]):
    """One run in one folder: builds or resumes, trains epoch by epoch, measures, checkpoints."""

    terms: ClassVar[Terms] = Terms(
        kind=RECOGNIZER,
        samples="lines",
        figures="cer",
        loss_label="loss per character",
        figures_label="character error rate",
        title="CER",
        scale="log",
    )
    progress: RecognizerProgress

    def __init__(self, recipe: Recipe, folder: Path, *, start_from: Path | None = None) -> None:
        """Open a run; see `Training`.

        Raises:
            DataError: If the recipe's alphabet, architecture or precision is not one.
            BundleError: If the bundle's alphabet is not the beginning of this one, or its architecture is neither this
                one nor a narrower one that it can grow out of.
        """
        self.charset = Charset(load_alphabet(recipe.alphabet))
        self.config = crnn_config(recipe, self.charset)
        super().__init__(recipe, folder, progress=RecognizerProgress(), start_from=start_from)

    def _build(self) -> keras.Model:
        return build_crnn(self.config, lstm=_fastest_lstm())

    def _compile(self) -> keras.Model:
        self.model.compile(optimizer=self.optimizer, loss=ctc_loss, jit_compile="auto")
        return self.model

    def _begin_with(self, bundle: Bundle) -> None:
        known = load_charset(bundle).characters
        if self.charset.characters[: len(known)] != known:
            raise BundleError(f"{bundle.path} has another alphabet than the recipe. Start without it.")
        small = CRNNConfig.from_dict(bundle.architecture)
        if small == self.config or not can_grow(small, self.config):
            super()._begin_with(bundle)
            return
        self.model.set_weights(grow_weights(load_weights(bundle), self.model.get_weights(), small, self.config))
        log.info("grown from %d classes and %d LSTM units", small.classes, small.lstm_units)

    def _open(self) -> tuple[LineBatches, Sequence[CheckedSet]]:
        check = {"height": self.config.height, "time_stride": self.config.time_stride}
        train = [check_set(each, self.charset, **check) for each in self.recipe.train]
        validation = [check_set(each, self.charset, **check) for each in self.recipe.validation]
        self._batches = LineBatches(self.recipe, train, **check)
        return self._batches, validation

    @property
    def _total(self) -> int:
        return self.recipe.lines

    def _is_done(self) -> bool:
        stop = self.recipe.stop_epochs
        return super()._is_done() or bool(stop and self.progress.epochs_without_gain >= stop)

    def _rate(self, seen: int) -> float:
        return learning_rate(self.recipe, seen) * self.progress.rate_factor

    def _train_on(self, batch: Sequence[Any]) -> float:
        return float(self._trained.train_on_batch(*batch))

    def _measure(self, held: CheckedSet) -> tuple[str, float]:
        return held.source.label, _measure_set(self.reader(), held).rate

    def reader(self) -> CTCReader:
        """Reads with the model as it stands."""
        settings = ReaderSettings(self.config.height, self.config.time_stride, self.recipe.bucket, batch_size=32)
        return CTCReader("training", lambda x: np.asarray(self.model.predict_on_batch(x)), self.charset, settings)

    def _end_epoch(self, row: Mapping[str, Any]) -> None:
        if self._batches.unreadable:
            log.warning("%d lines of this epoch left out: picture cannot be read", self._batches.unreadable)
        self._follow_plateau(row)

    def _follow_plateau(self, row: Mapping[str, Any]) -> None:
        """Halve the rate, or count towards the stop, when the first validation set (else the loss) does not gain."""
        measured = next(iter(row.get("cer", {"": row["loss"]}).values()))
        if measured < self.progress.best_loss:
            self.progress.best_loss, self.progress.epochs_without_gain = measured, 0
            return
        self.progress.epochs_without_gain += 1
        patience = self.recipe.plateau_epochs
        if patience and self.progress.epochs_without_gain % patience == 0:
            self.progress.rate_factor /= 2


def _measure_set(reader: CTCReader, checked: CheckedSet) -> ErrorCount:
    crops, texts = zip(*validation_crops(checked, _VALIDATION_LINES), strict=True)
    readings = zip(texts, reader.read(crops), strict=True)
    return sum((character_errors(text, reading.text) for text, reading in readings), ErrorCount())


def _fastest_lstm() -> type[keras.layers.LSTM]:
    if keras.backend.backend() == "torch":
        from e2eocr.training.recognizer.torch_lstm import TorchLSTM

        return TorchLSTM
    return keras.layers.LSTM
