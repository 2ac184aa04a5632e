"""A recognizer without its weakest filters and units: a smaller dense graph, faster on any machine.

After "Pruning Filters for Efficient ConvNets" (Li et al. 2017): filters with the least weights go first. What a filter
fed goes with it, in the layers behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from recognizers.crnn import CRNNConfig

Weights = Mapping[str, list[np.ndarray]]  # of each layer, by its name
_GRANULE = 8  # kept filters and units come in eights, which runtimes compute fastest
_EPSILON = 1e-3  # of the normalizations
_GATES = 4


def slim_config(config: CRNNConfig, share: float) -> CRNNConfig:
    """An architecture with a share of the filters and units of another one.

    Args:
        config: A CRNN with the backbone `lean`.
        share: That is kept, 0–1.

    Raises:
        ValueError: If the backbone is another one, or the share none.
    """
    if config.backbone != "lean" or not 0 < share <= 1:
        raise ValueError(f"Invalid arguments. Expected a lean CRNN and a share in 0-1. Received: {config=}, {share=}")

    def kept(count: int) -> int:
        return min(count, max(_GRANULE, round(count * share / _GRANULE) * _GRANULE))

    return replace(
        config,
        stem_filters=kept(config.stem_filters),
        stages=tuple(replace(stage, filters=kept(stage.filters)) for stage in config.stages),
        features=kept(config.features),
        lstm_units=kept(config.lstm_units),
    )


def slim_weights(weights: Weights, config: CRNNConfig, slim: CRNNConfig) -> dict[str, list[np.ndarray]]:
    """The weights that are left of each layer.

    Args:
        weights: Of the larger graph.
        config: Its architecture.
        slim: That of the smaller one, which `slim_config` made.

    Returns:
        Weights by the names of the smaller graph's layers.
    """
    left: dict[str, list[np.ndarray]] = {}
    channels = _slim_convolutions(weights, config, slim, left)
    kernel, bias = weights["features"]
    full = config.stages[-1].filters
    rows = (np.arange(len(kernel) // full)[:, None] * full + channels).reshape(-1)  # the map is flattened row by row
    inputs = _strongest(_norms(kernel[rows]), slim.features)
    left["features"] = [kernel[np.ix_(rows, inputs)], bias[inputs]]
    for number in range(1, config.lstm_layers + 1):
        inputs = _slim_lstm(weights, f"lstm{number}", inputs, slim.lstm_units, left)
    last = "summary" if config.classifier_rank else "logits"
    left |= {"logits": weights["logits"]} | {last: [weights[last][0][inputs], *weights[last][1:]]}
    return left


def _slim_convolutions(
    weights: Weights, config: CRNNConfig, slim: CRNNConfig, left: dict[str, list[np.ndarray]]
) -> np.ndarray:
    """Cut the convolutions; which channels of the last are left."""
    wanted = [("stem", slim.stem_filters)]
    for number, stage in enumerate(slim.stages, 1):
        wanted += [(f"stage{number}_conv{step}", stage.filters) for step in range(1, stage.convolutions + 1)]
    channels = np.arange(1)
    for name, count in wanted:
        kernel, *bias = weights[name]
        kernel = kernel[:, :, channels]
        norm = _norm_of(name, weights)
        scale = np.ones(kernel.shape[-1]) if norm is None else _scale(weights[norm])
        channels = _strongest(_norms(kernel) * scale, count)
        left[name] = [kernel[..., channels], *(each[channels] for each in bias)]
        if norm is not None:
            left[norm] = [each[channels] for each in weights[norm]]
    return channels


def _norm_of(name: str, weights: Weights) -> str | None:
    """The normalization behind a convolution: its own, or that of the stage which it ends."""
    stage, _, step = name.partition("_conv")
    ends = step and f"{stage}_conv{int(step) + 1}" not in weights
    return next((each for each in (f"{name}_norm", f"{stage}_norm" if ends else "") if each in weights), None)


def _scale(norm: list[np.ndarray]) -> np.ndarray:
    gamma, _, _, variance = norm
    return np.abs(gamma) / np.sqrt(variance + _EPSILON)


def _slim_lstm(
    weights: Weights, name: str, inputs: np.ndarray, units: int, left: dict[str, list[np.ndarray]]
) -> np.ndarray:
    """Cut a bidirectional LSTM; which of its outputs are left."""
    all_units = len(weights[name][1])
    cut: list[np.ndarray] = []
    outputs: list[np.ndarray] = []
    for direction in range(2):
        kernel, recurrent, bias = weights[name][3 * direction : 3 * direction + 3]
        strength = _norms(kernel[inputs]).reshape(_GATES, -1) + _norms(recurrent).reshape(_GATES, -1)
        chosen = _strongest(strength.sum(axis=0), units)
        gates = (np.arange(_GATES)[:, None] * all_units + chosen).reshape(-1)
        cut += [kernel[np.ix_(inputs, gates)], recurrent[np.ix_(chosen, gates)], bias[gates]]
        outputs.append(direction * all_units + chosen)
    left[name] = cut
    return np.concatenate(outputs)


def _norms(kernel: np.ndarray) -> np.ndarray:
    """The sum of the magnitudes of what makes each output, the last axis."""
    return np.abs(kernel).reshape(-1, kernel.shape[-1]).sum(axis=0)


def _strongest(strength: np.ndarray, count: int) -> np.ndarray:
    """The places of the `count` largest values, in order."""
    return np.sort(np.argsort(-strength, kind="stable")[:count])


def layer_weights(model: Any) -> dict[str, list[np.ndarray]]:
    """The weights of each layer of a Keras graph that has some, by its name."""
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def put_layer_weights(model: Any, weights: Weights) -> None:
    """Give the layers of a graph their weights."""
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(weights[layer.name])
