"""An upsampling layer that TensorFlow exports as one ONNX node.

Keras repeats rows and columns by reshaping, which reaches ONNX as a dozen nodes and costs a detector more than a
third of its time. There are no weights: a graph with this layer takes those of one without it.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="e2eocr")
class TensorFlowUpSampling2D(layers.UpSampling2D):
    """`keras.layers.UpSampling2D` by nearest neighbours, for export from the TensorFlow backend."""

    def call(self, inputs: Any) -> Any:
        """Enlarge `(B, H, W, C)` by `size` to both sides."""
        rows, columns = self.size
        shape = tf.shape(inputs)
        return tf.raw_ops.ResizeNearestNeighbor(images=inputs, size=[shape[1] * rows, shape[2] * columns])
