"""A recognizer from a trained CTC model: crops in, calibrated readings out, whatever runs the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recognizers.base import DecodedLine, LineText
from recognizers.charset import Charset
from recognizers.crops import batch_crops
from recognizers.ctc.decoding import decode_beam, decode_greedy, softmax
from recognizers.ctc.prior import CharacterPrior
from recognizers.ctc.prior_decoding import decode_with_prior
from recognizers.ctc.scripts import ScriptKeeper
from recognizers.readings import ReaderSettings, tell_reading
from recognizers.twins import TwinSums

Model = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class CTCSettings(ReaderSettings):
    """Settings of a CTC reader. A prior has a search of its own, whatever the beam.

    Attributes:
        confusable_scripts: ISO 15924 codes of scripts whose letters print alike: a word has letters of one of them.
    """

    confusable_scripts: tuple[str, ...] = ()


class CTCReader:
    """Reads line crops with a CTC model."""

    def __init__(
        self,
        name: str,
        model: Model,
        charset: Charset,
        settings: CTCSettings,
        prior: CharacterPrior | None = None,
    ) -> None:
        """Put a reader together.

        Args:
            name: What results call it.
            model: `(B, height, W, 1)` float32 -> logits `(B, W / time_stride, classes)` float32.
            charset: The characters of the classes.
            settings: How crops are prepared and logits decoded.
            prior: What is asked where the model is unsure; without it, the model alone decides.
        """
        self.name = name
        self._model = model
        self._charset = charset
        self._settings = settings
        self._prior = prior
        self._scripts = ScriptKeeper(charset, settings.confusable_scripts)
        self._twins = TwinSums(charset)

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        """Read upright crops, each `(h, w)` uint8 grey; one reading per crop, in the same order."""
        settings = self._settings
        readings = [LineText("", 0.0)] * len(crops)
        batches = batch_crops(crops, height=settings.height, bucket=settings.bucket, batch_size=settings.batch_size)
        for batch in batches:
            probabilities = softmax(self._model(batch.pixels))  # (B, T, classes)
            for row, (index, width) in enumerate(zip(batch.indices, batch.widths, strict=True)):
                readings[index] = self._read_row(probabilities[row], batch.pixels[row, :, :width, 0])
        return readings

    def _read_row(self, probabilities: np.ndarray, pixels: np.ndarray) -> LineText:
        steps = probabilities[: -(-pixels.shape[1] // self._settings.time_stride)]
        path = self._scripts.settle(steps, self._decode(steps), self._decode)
        path = self._twins.settle(steps, path)
        return tell_reading(path, pixels, self._charset, self._settings)

    def _decode(self, probabilities: np.ndarray) -> DecodedLine:
        if self._prior is not None:
            return decode_with_prior(probabilities, self._prior)
        if self._settings.beam > 1:
            return decode_beam(probabilities, width=self._settings.beam)
        return decode_greedy(probabilities)
