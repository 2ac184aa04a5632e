"""Weights of a line recognizer -> those of a wider one that reads alike before it is trained on.

After "Net2Net: Accelerating Learning via Knowledge Transfer" (Chen et al. 2016), but simpler: what the smaller graph
has keeps its value; a new LSTM unit hears all and is heard by no old one, nor by the classes there were, until training
gives its zero weights a value; a new class begins improbable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from e2eocr.training.placing import place_weights
from recognizers.crnn import CRNNConfig

_IMPROBABLE = 4.0  # by how much the bias of a new class is below the least one there was
_DIRECTIONS = 2
_GATES = 4


def can_grow(small: CRNNConfig, large: CRNNConfig) -> bool:
    """Whether `large` is `small` with as many or more LSTM units and classes, and else alike."""
    wider = replace(small, lstm_units=large.lstm_units, classes=large.classes, dropout=large.dropout)
    return wider == large and small.lstm_units <= large.lstm_units and small.classes <= large.classes


def grow_weights(
    weights: Sequence[np.ndarray], fresh: Sequence[np.ndarray], small: CRNNConfig, large: CRNNConfig
) -> list[np.ndarray]:
    """Weights for a graph with more LSTM units or classes.

    Args:
        weights: Of the smaller graph, as `keras.Model.get_weights` gives them.
        fresh: Initial ones of the larger graph; what is new in it begins with these.
        small: Architecture of the smaller graph.
        large: Architecture of the larger one.

    Raises:
        ValueError: If the larger architecture cannot grow out of the smaller one.
    """
    if not can_grow(small, large):
        raise ValueError(f"Invalid `large`. Expected `small` with more LSTM units or classes. Received: {large=}")

    def units(blocks: int) -> np.ndarray:
        return _places(blocks, small.lstm_units, large.lstm_units)

    features, classes = np.arange(small.features), np.arange(small.classes)
    axes: list[tuple[np.ndarray, ...]] = []  # of each kernel and bias, where the values of the smaller one go
    for layer in range(small.lstm_layers):
        inputs = units(_DIRECTIONS) if layer else features
        axes += [(inputs, units(_GATES)), (units(1), units(_GATES)), (units(_GATES),)] * _DIRECTIONS
    axes += [(units(_DIRECTIONS), classes), (classes,)]
    alike = len(weights) - len(axes)
    grown = [place_weights(old, new, at) for old, new, at in zip(weights[alike:], fresh[alike:], axes, strict=True)]
    grown[-1][small.classes :] = weights[-1].min() - _IMPROBABLE
    return [*weights[:alike], *grown]


def _places(blocks: int, small: int, large: int) -> np.ndarray:
    """Where the values of blocks of `small` stand among blocks of `large`."""
    return (np.arange(blocks)[:, None] * large + np.arange(small)).reshape(-1)
