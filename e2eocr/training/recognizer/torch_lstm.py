"""An LSTM layer that runs on PyTorch's fused kernel on any device.

Keras' PyTorch backend uses the fused kernel on CUDA alone; elsewhere it loops over the time steps in Python, whose
backward pass costs time quadratic in the length of the line. Weights and results are those of `keras.layers.LSTM`,
so a model trained with this layer loads into one without it.
"""

from __future__ import annotations

from typing import Any

import keras
import torch
from keras import layers


@keras.saving.register_keras_serializable(package="e2eocr")
class TorchLSTM(layers.LSTM):
    """`keras.layers.LSTM` for the PyTorch backend: default activations, zero initial state, no masking."""

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """Run over `(B, T, features)` in; `(B, T, units)` out, reversed in time when `go_backwards`."""
        if initial_state is not None or mask is not None or not self.return_sequences:
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        cell = self.cell
        dtype = sequences.dtype
        # Keras and PyTorch both order the gates input, forget, cell, output; PyTorch keeps matrices transposed.
        kernel = cell.kernel.value.to(dtype).t().contiguous()
        recurrent_kernel = cell.recurrent_kernel.value.to(dtype).t().contiguous()
        bias = cell.bias.value.to(dtype)
        if self.go_backwards:
            sequences = torch.flip(sequences, (1,))
        state = sequences.new_zeros((1, sequences.shape[0], self.units))
        parameters = (kernel, recurrent_kernel, bias, torch.zeros_like(bias))
        outputs, _, _ = torch._VF.lstm(sequences, (state, state), parameters, True, 1, 0.0, bool(training), False, True)
        return outputs
