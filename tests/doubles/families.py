"""A family of recognizers made of doubles: it reads every line alike, and its graph is one convolution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from e2eocr.models.families import Family
from recognizers.base import LineText
from recognizers.charset import Charset

ECHO = Family(
    kind="recognizer",
    reader="doubles.families:EchoReader",
    settings="doubles.families:EchoSettings",
    config="doubles.families:EchoConfig",
    graph="doubles.families:build_echo",
    loss="e2eocr.training.recognizer.losses:ctc_loss",
)


@dataclass(frozen=True, slots=True)
class EchoSettings:
    """What a reader of the family is given."""

    height: int
    time_stride: int
    word: str = "echo"
    bucket: int = 64
    batch_size: int = 16
    calibration: tuple[float, float] = (1.0, 0.0)


@dataclass(frozen=True, slots=True)
class EchoConfig:
    """What rebuilds its graph."""

    classes: int
    height: int = 32
    time_stride: int = 4

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> EchoConfig:
        return cls(**values)


class EchoReader:
    """Reads the word of its settings on every line."""

    def __init__(
        self,
        name: str,
        model: Callable[[np.ndarray], np.ndarray],
        charset: Charset,
        settings: EchoSettings,
        prior: object = None,
    ) -> None:
        self.name, self._word = name, settings.word

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        return [LineText(self._word, 0.9) for _ in crops]


def build_echo(config: EchoConfig) -> Any:
    """`(B, height, W, 1)` -> logits `(B, W / time_stride, classes)`."""
    import keras
    from keras import layers

    image = keras.Input((config.height, None, 1), name="image")
    steps = layers.Conv2D(config.classes, (config.height, config.time_stride), (1, config.time_stride))(image)
    return keras.Model(image, layers.Reshape((-1, config.classes))(steps), name="echo")
