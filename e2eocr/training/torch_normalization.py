"""A batch normalization that runs on PyTorch's own kernel.

Keras' PyTorch backend computes the moments and the scaling of training batches by a dozen operations on whole maps,
in float32; PyTorch has one kernel for all, in the precision of the maps. Weights and results are those of
`keras.layers.BatchNormalization`, so a model trained with this layer loads into one without it.
"""

from __future__ import annotations

from typing import Any

import keras
import torch
from keras import layers


@keras.saving.register_keras_serializable(package="e2eocr")
class BatchNormalization(layers.BatchNormalization):
    """`keras.layers.BatchNormalization` of the last axis, scaled and centred, for the PyTorch backend.

    It has that layer's name because files of weights are arranged by the names of classes.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise by the batch while training, `(B, H, W, C)` in and out; by the moving averages otherwise."""
        if not training or mask is not None:
            return super().call(inputs, training=training, mask=mask)
        outputs = torch.nn.functional.batch_norm(
            inputs.permute(0, 3, 1, 2),
            self.moving_mean.value,
            self.moving_variance.value,
            self.gamma.value,
            self.beta.value,
            training=True,
            momentum=1 - self.momentum,
            eps=self.epsilon,
        )
        return outputs.permute(0, 2, 3, 1)


def use_torch_normalization(model: keras.Model) -> keras.Model:
    """The same graph, with new weights, with each of its batch normalizations as the layer above."""

    def clone(layer: keras.Layer) -> keras.Layer:
        kind = BatchNormalization if type(layer) is layers.BatchNormalization else type(layer)
        return kind.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=clone)
