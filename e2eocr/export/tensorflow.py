"""A trained recognizer as a SavedModel, for servers.

It is checked against the Keras graph before it takes its place. Beside the model lie `charset.txt` and `export.json`,
which tell a program without e2eocr how to prepare pictures and read what comes out.
"""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf

from e2eocr.errors import UsageError
from e2eocr.export.onnx_models import check_parity
from e2eocr.export.tensorflow_serving import TEXT_SIGNATURE, reading_function, write_warmup
from e2eocr.export.trained import SIGNATURE, TrainedModel, is_export, make_probes, write_beside
from e2eocr.files import fill_folder
from e2eocr.models.backends import SavedModel
from recognizers.charset import Charset

_WARM_WIDTHS = (320, 640, 1280)
_TEXT_FACTS = {
    "name": TEXT_SIGNATURE,
    "output": [
        {"name": "text", "dtype": "string", "shape": ["lines"]},
        {"name": "confidence", "dtype": "float32", "shape": ["lines"]},
    ],
}


def export_savedmodel(trained: TrainedModel, out: Path) -> dict[str, int]:
    """Write a recognizer as a SavedModel of any batch and width, which plain TensorFlow and TensorFlow Serving load.

    Its signature `serving_default` takes `image` and gives `logits`; `text` takes the same, and gives `text` and
    `confidence`. Requests to warm a server up lie with it.

    Args:
        trained: The recognizer.
        out: The SavedModel's folder. An earlier export that is there is replaced once the new one is whole.

    Returns:
        Bytes of the model.

    Raises:
        UsageError: If it is no recognizer, or something else is in the place.
        BundleError: If the exported graph does not compute what the Keras graph does.
    """
    if trained.charset is None:
        raise UsageError(f"{trained.name} is a {trained.kind}. SavedModels are made of recognizers; LiteRT of all.")
    with fill_folder(out, is_export, "export") as folder:
        save_model(trained.model, folder, charset=trained.charset)
        write_warmup(folder, (SIGNATURE, TEXT_SIGNATURE), trained.settings.height, _WARM_WIDTHS)
        check_parity(trained.model, SavedModel(folder), make_probes(trained, 256))
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        more = {"kind": "savedmodel", "width_multiple": trained.settings.bucket, "text_signature": _TEXT_FACTS}
        write_beside(folder, trained, more)
    return {"saved_model.pb": size}


def save_model(
    model: keras.Model,
    folder: Path,
    *,
    batch: int | None = None,
    width: int | None = None,
    charset: Charset | None = None,
) -> None:
    """Write a graph as a SavedModel.

    Args:
        model: The graph.
        folder: The SavedModel's.
        batch: How many pictures it takes at once; None for any number.
        width: Their width in pixels; None for any.
        charset: Of a recognizer that is to give text too.
    """

    def read(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logits": model(image, training=False)}

    module = tf.Module()
    module.held = [weight.value for weight in model.weights]  # what a signature reads must hang on what is saved
    taken = tf.TensorSpec((batch, model.input_shape[1], width, 1), tf.float32, name="image")
    signatures = {SIGNATURE: tf.function(read, input_signature=[taken])}
    if charset is not None:
        signatures[TEXT_SIGNATURE] = reading_function(model, charset, taken)
    tf.saved_model.save(module, str(folder), signatures)
