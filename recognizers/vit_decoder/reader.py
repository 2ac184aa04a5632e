"""A recognizer that writes: crops in, calibrated readings out, whatever runs the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognizers.base import LineText
from recognizers.charset import Charset
from recognizers.crops import CropBatch, batch_crops
from recognizers.readings import ReaderSettings, tell_reading
from recognizers.vit_decoder.decoding import Steps, write_lines


class WritingReader:
    """Reads line crops with a model that writes them."""

    def __init__(
        self, name: str, model: Steps, charset: Charset, settings: ReaderSettings, prior: object = None
    ) -> None:
        """Put a reader together.

        Args:
            name: What results call it.
            model: What runs the model.
            charset: The characters of the classes.
            settings: How crops are prepared and lines written.
            prior: None: the model has learned itself what follows what.

        Raises:
            ValueError: If there is a prior.
        """
        if prior is not None:
            raise ValueError("Invalid `prior`. Expected None: what writes its lines has no use for one.")
        self.name = name
        self._model = model
        self._charset = charset
        self._settings = settings

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        """Read upright crops, each `(h, w)` uint8 grey; one reading per crop, in the same order."""
        settings = self._settings
        readings = [LineText("", 0.0)] * len(crops)
        for batch in batch_crops(crops, height=settings.height, bucket=settings.bucket, batch_size=settings.batch_size):
            for index, reading in zip(batch.indices, self._read_batch(batch), strict=True):
                readings[index] = reading
        return readings

    def _read_batch(self, batch: CropBatch) -> list[LineText]:
        """A line has as many characters as columns at most, its padding not counted."""
        stride = self._settings.time_stride
        memory = self._model.encode(batch.pixels)  # (B, parts, T, D)
        rows = memory.shape[2] // (batch.pixels.shape[2] // stride)
        limits = [-(-width // stride) for width in batch.widths]
        paths = write_lines(self._model, memory, limits, rows=rows, width=self._settings.beam)
        return [
            tell_reading(path, pixels[:, :width, 0], self._charset, self._settings)
            for path, pixels, width in zip(paths, batch.pixels, batch.widths, strict=True)
        ]
