"""The line sorter as a Keras graph: a few convolutions, what columns say put together, one classifier for the line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import keras
from keras import layers, ops

_MOMENTUM = 0.95  # of a normalization's running figures: a training has few thousand steps


@dataclass(frozen=True, slots=True)
class SorterConfig:
    """What rebuilds the graph.

    Attributes:
        groups: How many script groups it tells apart.
        height: Height of the input in pixels; a multiple of 16.
        filters: Channels of the four convolutions, each of which halves the height, and all but the last the width.
        features: Width of the dense layer over a column.
        hidden: Width of the dense layer over the line.
        dropout: Rate of the dropout before the classifier, in training.

    Raises:
        ValueError: If the height is none that can be halved four times, or there are not four convolutions.
    """

    groups: int
    height: int = 32
    filters: tuple[int, ...] = (16, 32, 64, 96)
    features: int = 96
    hidden: int = 64
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.height % 16 or len(self.filters) != 4:
            raise ValueError(f"Invalid config. Expected `height` in 16ths and four `filters`. Received: {self}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SorterConfig:
        """Rebuild a config from `to_dict`.

        Raises:
            TypeError: If a key is unknown.
            ValueError: If a value cannot be.
        """
        lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        return cls(**values | lists)


def build_sorter(config: SorterConfig) -> keras.Model:
    """Build the graph: `(B, height, W, 1)` float32 in, logits `(B, groups + 1)` float32 out.

    `W` must be a multiple of 8. Pictures are ink-positive: 0 paper, about 1 ink. The last logit is that of a line that
    stands upside down.
    """
    image = keras.Input((config.height, None, 1), name="image")
    x = image
    for number, filters in enumerate(config.filters, 1):
        strides = (2, 2) if number < len(config.filters) else (2, 1)
        x = layers.Conv2D(filters, 3, strides, padding="same", use_bias=False, name=f"conv{number}")(x)
        x = layers.BatchNormalization(momentum=_MOMENTUM, name=f"norm{number}")(x)  # reading folds it into the weights
        x = layers.ReLU(name=f"relu{number}")(x)
    x = layers.Permute((2, 1, 3), name="columns")(x)  # (B, W / 8, height / 16, C)
    x = layers.Reshape((-1, x.shape[2] * x.shape[3]), name="flatten")(x)  # (B, W / 8, height / 16 * C)
    x = layers.Dense(config.features, activation="relu", name="features")(x)
    # Most columns tell the group of a line of one script; a few tell that of a mixture.
    x = layers.Concatenate(name="line")([ops.mean(x, axis=1), ops.max(x, axis=1)])  # (B, 2 * features)
    x = layers.Dense(config.hidden, activation="relu", name="hidden")(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    return keras.Model(image, layers.Dense(config.groups + 1, dtype="float32", name="logits")(x), name="sorter")
