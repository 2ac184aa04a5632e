"""Weights of a line detector -> those of a wider one that finds the same before it is trained on.

After "Net2Net: Accelerating Learning via Knowledge Transfer" (Chen et al. 2016), but simpler, as for recognizers: what
the smaller graph has keeps its value; a new channel sees all and is seen by no old one until training gives its zero
weights a value.
"""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
from keras import layers

from detectors.dbnet.graph import DBNetConfig
from e2eocr.training.placing import place_weights


def can_grow(small: DBNetConfig, large: DBNetConfig) -> bool:
    """Whether `large` is `small` with as many or more channels in its stages, and else alike."""
    if len(small.stages) != len(large.stages):
        return False
    stages = list(zip(small.stages, large.stages, strict=True))
    alike = tuple(replace(old, filters=new.filters) for old, new in stages)
    return replace(small, stages=alike) == large and all(old.filters <= new.filters for old, new in stages)


def grow_weights(small: keras.Model, large: keras.Model) -> None:
    """Give a graph the weights of one with fewer channels in its stages; what is new keeps its initial weights.

    Args:
        small: Graph of an architecture that `can_grow` into that of `large`.
        large: Graph with fresh weights.
    """
    for layer in large.layers:
        olds = small.get_layer(layer.name).get_weights()
        grow = _grow_depthwise if isinstance(layer, layers.DepthwiseConv2D) else _grow
        layer.set_weights([grow(old, new) for old, new in zip(olds, layer.get_weights(), strict=True)])


def _grow(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """`new` with `old` in its first channels, `(…, inputs, outputs)` or `(channels,)`."""
    return place_weights(old, new, tuple(map(np.arange, old.shape)))


def _grow_depthwise(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """`new` with `old` in its first channels, `(h, w, channels, 1)`."""
    grown = new.copy()
    grown[:, :, : old.shape[2]] = old
    return grown
