"""What TensorFlow Serving takes of a recognizer beside its logits: text by its own signature, and warm-up requests.

A server of models runs the requests of `assets.extra/tf_serving_warmup_requests` when it loads a model, so that the
first client does not wait for what TensorFlow makes at the first call of each shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import keras
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from recognizers.charset import Charset

TEXT_SIGNATURE = "text"
WARMUP_FILE = Path("assets.extra", "tf_serving_warmup_requests")
_WARMUP_LINES = (1, 8)


def reading_function(
    model: keras.Model, charset: Charset, taken: tf.TensorSpec
) -> tf.types.experimental.GenericFunction:
    """A function of pictures that gives text, as a graph.

    It takes the best class of each step (Graves et al., 2006), without the prior of characters and the calibration that
    e2eocr adds.

    Args:
        model: `(B, height, W, 1)` float32 -> logits `(B, steps, classes)` float32.
        charset: The characters of the classes.
        taken: What it takes.

    Returns:
        A function that gives `text`, `(B,)` UTF-8, and `confidence`, `(B,)` float32: the geometric mean of the
        probabilities of the best classes.
    """
    characters = tf.constant(["", *charset.characters])  # the blank is no character

    def read(image: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = model(image, training=False)
        steps = tf.fill([tf.shape(logits)[0]], tf.shape(logits)[1])
        [classes], _ = tf.nn.ctc_greedy_decoder(tf.transpose(logits, (1, 0, 2)), steps, blank_index=0)
        text = tf.strings.reduce_join(tf.gather(characters, tf.sparse.to_dense(classes)), axis=1)
        best = tf.reduce_max(tf.nn.log_softmax(logits), axis=-1)
        return {"text": tf.strings.strip(text), "confidence": tf.exp(tf.reduce_mean(best, axis=-1))}

    return tf.function(read, input_signature=[taken])


def write_warmup(folder: Path, signatures: Sequence[str], height: int, widths: Iterable[int]) -> None:
    """Write the requests that a server runs when it loads a SavedModel.

    Args:
        folder: The SavedModel.
        signatures: Which of its signatures are called; each takes `image`.
        height: Of the pictures, in pixels.
        widths: Of the pictures, in pixels.
    """
    path = folder / WARMUP_FILE
    path.parent.mkdir()
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature in signatures:
            for width in widths:
                for lines in _WARMUP_LINES:
                    writer.write(_request(signature, (lines, height, width, 1)).SerializeToString())


def _request(signature: str, shape: tuple[int, ...]) -> PredictionLog:
    """A request of blank paper: one zero stands for all values of its tensor."""
    log = PredictionLog()
    request = log.predict_log.request
    request.model_spec.signature_name = signature
    request.inputs["image"].CopyFrom(tf.make_tensor_proto(0.0, tf.float32, shape))
    return log
