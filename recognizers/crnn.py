"""The CRNN line recognizer as a Keras graph: convolutions, a bidirectional LSTM, one classifier per time step.

After "An End-to-End Trainable Neural Network for Image-based Sequence Recognition" (Shi et al. 2015). The graph
holds layers only: loss, decoding and pictures' preparation live elsewhere. Class 0 is the CTC blank.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import keras
from keras import layers


@dataclass(frozen=True, slots=True)
class ConvStage:
    """Some 3x3 convolutions of `filters` channels, then a max pooling by `pool` (height, width)."""

    filters: int
    convolutions: int
    pool: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CRNNConfig:
    """What rebuilds the graph.

    Attributes:
        classes: Output classes, the CTC blank (class 0) included.
        height: Height of the input in pixels.
        stem_filters: Channels of the first convolution, which halves height and width.
        stages: The convolution stages; with the stem their pools divide the width by `time_stride`.
        lstm_units: Units of each direction of each LSTM layer.
        lstm_layers: How many bidirectional LSTM layers.
        features: Width of the dense layer between the convolutions and the LSTM.
        dropout: Rate of the dropout before the classifier, in training.
    """

    classes: int
    height: int = 32
    stem_filters: int = 32
    stages: tuple[ConvStage, ...] = (
        ConvStage(64, 1, (2, 2)),
        ConvStage(96, 2, (2, 1)),
        ConvStage(128, 2, (2, 1)),
        ConvStage(192, 1, (1, 1)),
    )
    features: int = 192
    lstm_units: int = 128
    lstm_layers: int = 1
    dropout: float = 0.1

    @property
    def time_stride(self) -> int:
        """Input pixels per output step."""
        stride = 2
        for stage in self.stages:
            stride *= stage.pool[1]
        return stride

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> CRNNConfig:
        """Rebuild a config from `to_dict`.

        Raises:
            ValueError: If a key is unknown.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"Invalid CRNN architecture. Unknown keys: {', '.join(sorted(unknown))}")
        values = dict(values)
        if "stages" in values:
            values["stages"] = tuple(
                ConvStage(stage["filters"], stage["convolutions"], tuple(stage["pool"])) for stage in values["stages"]
            )
        return cls(**values)


def _convolve(x: Any, filters: int, *, name: str, strides: int = 1) -> Any:
    x = layers.Conv2D(filters, 3, strides=strides, padding="same", kernel_initializer="he_normal", name=name)(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _convolve_stage(x: Any, stage: ConvStage, *, name: str) -> Any:
    """A stage is normalised once, behind its pooling, where the map is smallest: that trains as well and costs less."""
    for step in range(1, stage.convolutions):
        x = _convolve(x, stage.filters, name=f"{name}_conv{step}")
    last = f"{name}_conv{stage.convolutions}"
    x = layers.Conv2D(stage.filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=last)(x)
    if stage.pool != (1, 1):
        x = layers.MaxPooling2D(stage.pool, name=f"{name}_pool")(x)
    x = layers.BatchNormalization(momentum=0.98, epsilon=1e-3, name=f"{name}_norm")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def build_crnn(config: CRNNConfig, *, lstm: type[layers.LSTM] = layers.LSTM) -> keras.Model:
    """Build the graph: `(B, height, W, 1)` float32 in, logits `(B, W / time_stride, classes)` float32 out.

    `W` must be a multiple of `time_stride`. Pictures are ink-positive: 0 paper, about 1 ink.

    Args:
        config: The architecture.
        lstm: The recurrent layer's class; training may give one with the same weights that runs faster.
    """
    image = keras.Input((config.height, None, 1), name="image")
    x = _convolve(image, config.stem_filters, strides=2, name="stem")  # (B, H/2, W/2, C)
    height = config.height // 2
    for number, stage in enumerate(config.stages, 1):
        x = _convolve_stage(x, stage, name=f"stage{number}")
        height //= stage.pool[0]
    x = layers.Permute((2, 1, 3), name="columns")(x)  # (B, T, H', C): a column is a time step
    x = layers.Reshape((-1, height * config.stages[-1].filters), name="flatten")(x)  # (B, T, H' * C)
    x = layers.Dense(config.features, activation="relu", name="features")(x)
    for number in range(1, config.lstm_layers + 1):
        forward = lstm(config.lstm_units, return_sequences=True)
        x = layers.Bidirectional(forward, name=f"lstm{number}")(x)  # (B, T, 2 * units)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    logits = layers.Dense(config.classes, dtype="float32", name="logits")(x)
    return keras.Model(image, logits, name="crnn")
