"""A line sorter from a trained model: crops in, what kind of line each is out, whatever runs the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recognizers.base import LineKind, ScriptGroup
from recognizers.crops import batch_pictures, is_readable, prepare_crop
from recognizers.ctc.decoding import softmax

Model = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class SorterSettings:
    """All that sorting with a model needs beside its weights; `runtime` of a bundle.

    Attributes:
        groups: The script groups, in the order of the model's classes.
        height: Height of the model's input in pixels.
        pieces: Of a long line so many pieces are looked at, evenly spread from its beginning to its end.
        piece_width: Width of a piece, pixels of the model's input; shorter lines than all pieces are looked at whole.
        bucket: Widths are padded to multiples of this.
        batch_size: Most lines given to the model at once.
        temperature: What the groups' logits are divided by, so that their probabilities are right as often as they say
            (Guo et al. 2017).
    """

    groups: tuple[ScriptGroup, ...]
    height: int = 32
    pieces: int = 4
    piece_width: int = 64
    bucket: int = 64
    batch_size: int = 32
    temperature: float = 1.0


class SorterReader:
    """Sorts line crops with a model."""

    def __init__(self, name: str, model: Model, settings: SorterSettings) -> None:
        """Put a sorter together.

        Args:
            name: What results call it.
            model: `(B, height, W, 1)` float32 -> logits `(B, groups + 1)` float32, the last one for upside down.
            settings: How crops are prepared and logits understood.
        """
        self.name = name
        self.groups = settings.groups
        self._model = model
        self._settings = settings

    def sort(self, crops: Sequence[np.ndarray]) -> list[LineKind]:
        """Tell the kind of each crop, `(h, w)` uint8 grey; of one too small to hold a character no group is told."""
        settings = self._settings
        kinds = [LineKind(())] * len(crops)
        pictures = {at: prepare_line(crop, settings) for at, crop in enumerate(crops) if is_readable(crop)}
        for batch in batch_pictures(pictures, bucket=settings.bucket, batch_size=settings.batch_size):
            for index, logits in zip(batch.indices, self._model(batch.pixels), strict=True):
                kinds[index] = self._understand(logits)
        return kinds

    def _understand(self, logits: np.ndarray) -> LineKind:
        """The kind that the logits of one line, `(groups + 1,)`, tell."""
        probabilities = softmax(logits[:-1] / self._settings.temperature)
        order = np.argsort(-probabilities, kind="stable")
        groups = tuple((self.groups[at].name, float(probabilities[at])) for at in order)
        return LineKind(groups, upside_down=bool(logits[-1] > 0))


def prepare_line(crop: np.ndarray, settings: SorterSettings) -> np.ndarray:
    """The model's picture of a line crop `(h, w)` uint8: its pieces, `(height, w')` float32; see `prepare_crop`."""
    piece = max(1, round(settings.piece_width * crop.shape[0] / settings.height))
    return prepare_crop(_take_pieces(crop, piece, settings.pieces), settings.height)


def _take_pieces(crop: np.ndarray, width: int, count: int) -> np.ndarray:
    """Evenly spread pieces of a line side by side; the whole line where it is no wider than they."""
    if crop.shape[1] <= width * count:
        return crop
    starts = np.linspace(0, crop.shape[1] - width, count).round().astype(int).tolist()
    return np.concatenate([crop[:, start : start + width] for start in starts], axis=1)
