"""Models that write lines, small enough to be written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from doubles.tiny_models import LETTERS, run_tiny
from recognizers.charset import Charset
from recognizers.ctc.decoding import decode_greedy, softmax
from recognizers.readings import ReaderSettings
from recognizers.vit_decoder.decoding import Steps
from recognizers.vit_decoder.reader import WritingReader

CLASSES = len(LETTERS) + 1


class BarSteps:
    """Writes bars of ink by their height, as the model of `tiny_models` reads them.

    Its memory is what that model says of each column, `(B, 1, T, classes)`.
    """

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        return run_tiny(pixels)[:, None]

    def step(
        self, before: np.ndarray, past: np.ndarray, memory: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        logits = np.zeros((len(before), CLASSES), np.float32)
        looks = np.zeros((len(before), memory.shape[2]), np.float32)
        for row, columns in enumerate(memory[:, 0]):
            path = decode_greedy(softmax(columns.copy()))
            number, at = ([*path.classes, 0][len(past)], [*path.starts, 0][len(past)])
            logits[row, number], looks[row, at] = 9.0, 1.0
        return logits, np.zeros((len(before), CLASSES), np.float32), looks


class TableSteps:
    """Writes by what a function says of the classes so far: probabilities `(classes,)` of the next one.

    Its past is the classes so far, and so is each line's memory its number.
    """

    def __init__(self, tell: Callable[[int, Sequence[int]], Sequence[float]], columns: int) -> None:
        self._tell, self._columns = tell, columns
        self.rows: list[int] = []  # of each step

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """Of so many lines, each with its number."""
        numbers = np.arange(len(pixels), dtype=np.float32)
        return np.broadcast_to(numbers[:, None, None, None], (len(pixels), 1, self._columns, 1))

    def step(
        self, before: np.ndarray, past: np.ndarray, memory: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        self.rows.append(len(before))
        told = [
            self._tell(int(line), [*past[1:, row, 0].astype(int).tolist(), *([number] if len(past) else [])])
            for row, (line, number) in enumerate(zip(memory[:, 0, 0, 0], before.tolist(), strict=True))
        ]
        looks = np.full((len(before), self._columns), 1 / self._columns, np.float32)
        with np.errstate(divide="ignore"):
            return np.log(np.array(told, np.float32)), before[:, None].astype(np.float32), looks


def writing_reader(model: Steps | None = None, **changes: object) -> WritingReader:
    """Reads bars, or by another model of their letters."""
    settings = ReaderSettings(**({"height": 32, "time_stride": 4} | changes))  # type: ignore[arg-type]
    return WritingReader("bars", model or BarSteps(), Charset(LETTERS), settings)
