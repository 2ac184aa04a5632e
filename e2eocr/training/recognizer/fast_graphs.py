"""Graphs of line recognizers of the layers that train fastest on the Keras backend at work; weights are the same."""

from __future__ import annotations

import keras

from recognizers.crnn import CRNNConfig, build_crnn


def build_fast_crnn(config: CRNNConfig) -> keras.Model:
    """The graph of `build_crnn`, its LSTM on PyTorch's fused kernel where that backend is at work."""
    if keras.backend.backend() != "torch":
        return build_crnn(config)

    from e2eocr.training.recognizer.torch_lstm import TorchLSTM

    return build_crnn(config, lstm=TorchLSTM)
