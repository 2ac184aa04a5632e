"""The CRNN line recognizer as a Keras graph: convolutions, a bidirectional LSTM, one classifier per time step.

After "An End-to-End Trainable Neural Network for Image-based Sequence Recognition" (Shi et al. 2015). The graph
holds layers only: loss, decoding and pictures' preparation live elsewhere. Class 0 is the CTC blank.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import keras
from keras import layers

from recognizers.backbones import (
    NORMALIZATIONS,
    PAPER_REDUCTION,
    PAPER_STRIDE,
    ConvStage,
    build_lean,
    build_mobilenetv2,
    build_resnet18,
)

_PAPER_BACKBONES = {"resnet18": build_resnet18, "mobilenetv2": build_mobilenetv2}
BACKBONES = ("lean", *_PAPER_BACKBONES)
_OF_LEAN = ("stem_filters", "stages", "normalization")  # fields that shape the lean backbone alone


@dataclass(frozen=True, slots=True)
class CRNNConfig:
    """What rebuilds the graph.

    Attributes:
        classes: Output classes, the CTC blank (class 0) included.
        height: Height of the input in pixels; a multiple of 32 for `resnet18` and `mobilenetv2`.
        backbone: The convolutions: `lean`, `resnet18` (He et al. 2015) or `mobilenetv2` (Sandler et al. 2018).
        stem_filters: Channels of the lean backbone's first convolution, which halves height and width.
        stages: Its convolution stages; with the stem their pools divide the width by `time_stride`.
        normalization: Where it normalizes by batch: once a `stage`, behind each `convolution`, or nowhere (`none`).
        lstm_units: Units of each direction of each LSTM layer.
        lstm_layers: How many bidirectional LSTM layers.
        features: Width of the dense layer between the convolutions and the LSTM.
        dropout: Rate of the dropout before the classifier, in training.
        classifier_rank: Width of a linear layer before the classifier, whose matrix is too large where classes count by
            the thousand; 0: there is none.

    Raises:
        ValueError: If the backbone or normalization is not known, or the height does not fit the backbone.
    """

    classes: int
    height: int = 32
    backbone: str = "lean"
    stem_filters: int = 32
    stages: tuple[ConvStage, ...] = (
        ConvStage(64, 1, (2, 2)),
        ConvStage(96, 2, (2, 1)),
        ConvStage(128, 2, (2, 1)),
        ConvStage(192, 1, (1, 1)),
    )
    normalization: str = "stage"
    features: int = 192
    lstm_units: int = 128
    lstm_layers: int = 1
    dropout: float = 0.1
    classifier_rank: int = 0

    def __post_init__(self) -> None:
        _check_choice("backbone", self.backbone, BACKBONES)
        _check_choice("normalization", self.normalization, NORMALIZATIONS)
        if self.backbone in _PAPER_BACKBONES and self.height % PAPER_REDUCTION:
            raise ValueError(
                f"Invalid `height`. Expected a multiple of {PAPER_REDUCTION} for {self.backbone}. "
                f"Received: height={self.height}"
            )

    @property
    def time_stride(self) -> int:
        """Input pixels per output step."""
        if self.backbone in _PAPER_BACKBONES:
            return PAPER_STRIDE
        stride = 2
        for stage in self.stages:
            stride *= stage.pool[1]
        return stride

    def to_dict(self) -> dict[str, Any]:
        """Plain values; those that the backbone does not use are left out."""
        unused = _OF_LEAN if self.backbone in _PAPER_BACKBONES else ()
        return {key: value for key, value in asdict(self).items() if key not in unused}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> CRNNConfig:
        """Rebuild a config from `to_dict`.

        Raises:
            ValueError: If a key is unknown or belongs to another backbone, or a value cannot be.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"Invalid CRNN architecture. Unknown keys: {', '.join(sorted(unknown))}")
        foreign = [key for key in _OF_LEAN if key in values and values.get("backbone") in _PAPER_BACKBONES]
        if foreign:
            raise ValueError(f"The backbone {values['backbone']!r} takes no {' and no '.join(map(repr, foreign))}")
        values = dict(values)
        if "stages" in values:
            values["stages"] = tuple(
                ConvStage(stage["filters"], stage["convolutions"], tuple(stage["pool"])) for stage in values["stages"]
            )
        return cls(**values)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"Invalid `{name}`. Expected one of: {', '.join(choices)}. Received: {name}={value!r}")


def _convolve(image: Any, config: CRNNConfig) -> Any:
    """`(B, H, W, 1)` -> `(B, H', W / time_stride, C)` by the backbone of a config."""
    if config.backbone in _PAPER_BACKBONES:
        return _PAPER_BACKBONES[config.backbone](image)
    return build_lean(image, config.stem_filters, config.stages, config.normalization)


def build_crnn(config: CRNNConfig, *, lstm: type[layers.LSTM] = layers.LSTM) -> keras.Model:
    """Build the graph: `(B, height, W, 1)` float32 in, logits `(B, W / time_stride, classes)` float32 out.

    `W` must be a multiple of `time_stride`. Pictures are ink-positive: 0 paper, about 1 ink.

    Args:
        config: The architecture.
        lstm: The recurrent layer's class; training may give one with the same weights that runs faster.
    """
    image = keras.Input((config.height, None, 1), name="image")
    x = _convolve(image, config)
    height, channels = x.shape[1], x.shape[3]
    x = layers.Permute((2, 1, 3), name="columns")(x)  # (B, T, H', C): a column is a time step
    x = layers.Reshape((-1, height * channels), name="flatten")(x)  # (B, T, H' * C)
    x = layers.Dense(config.features, activation="relu", name="features")(x)
    for number in range(1, config.lstm_layers + 1):
        forward = lstm(config.lstm_units, return_sequences=True)
        x = layers.Bidirectional(forward, name=f"lstm{number}")(x)  # (B, T, 2 * units)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    if config.classifier_rank:
        x = layers.Dense(config.classifier_rank, name="summary")(x)
    logits = layers.Dense(config.classes, dtype="float32", name="logits")(x)
    return keras.Model(image, logits, name="crnn")
