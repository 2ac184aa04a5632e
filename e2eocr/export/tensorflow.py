"""A trained recognizer in TensorFlow's own formats: SavedModel for servers, LiteRT for phones.

Both are checked against the Keras graph before they take their place. Beside the model lie `charset.txt` and
`export.json`, which tell a program without e2eocr how to prepare pictures and read what comes out.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from e2eocr.errors import BundleError, UsageError
from e2eocr.export.onnx_models import check_parity
from e2eocr.export.precision import in_float32
from e2eocr.export.recognizer import load_keras_model
from e2eocr.export.tensorflow_serving import TEXT_SIGNATURE, reading_function, write_warmup
from e2eocr.files import fill_folder
from e2eocr.models.backends import LiteRTModel, SavedModel
from e2eocr.models.bundles import CHARSET, find_bundle, is_bundle, read_bundle
from e2eocr.models.loading import load_charset, load_settings
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.training.recognizer.loop import reading_settings, recipe_family, recognizer_config
from e2eocr.training.recognizer.recipe import Recipe
from e2eocr.training.run.folder import DETECTOR, load_run_recipe, run_kind
from recognizers.charset import Charset
from recognizers.crops import MAX_ASPECT
from recognizers.ctc.decoding import softmax
from recognizers.ctc.reader import ReaderSettings

FORMAT = "e2eocr-export/1"
WIDTHS = (320, 640, 1280)
INT8_MAY_DIFFER = 0.25
DEFAULT_SIGNATURE = "serving_default"
_MANIFEST = "export.json"
_TEXT_FACTS = {
    "name": TEXT_SIGNATURE,
    "output": [
        {"name": "text", "dtype": "string", "shape": ["lines"]},
        {"name": "confidence", "dtype": "float32", "shape": ["lines"]},
    ],
}


@dataclass(frozen=True, slots=True)
class TrainedRecognizer:
    """A recognizer's graph with its weights, and what reading with it needs.

    Attributes:
        name: What results call it.
        model: `(B, height, W, 1)` float32 -> logits `(B, W / time_stride, classes)` float32.
        charset: The characters of the classes.
        settings: How pictures are prepared.
        facts: Description, licence, what it was trained on, as far as they are known.
    """

    name: str
    model: keras.Model
    charset: Charset
    settings: ReaderSettings
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Probe:
    """Lines that a graph and its export are compared on, `(B, height, W, 1)` float32."""

    pixels: np.ndarray


def load_trained(name_or_path: str) -> TrainedRecognizer:
    """Load a recognizer from the folder of its training run, or from its bundle by name or path.

    Raises:
        UsageError: If it is a detector, or a run that is not whole.
        BundleError: If there is no such bundle, or its graph cannot be rebuilt.
    """
    path = Path(name_or_path)
    is_run = (path / "checkpoint").is_dir()
    if (run_kind(path) == DETECTOR) if is_run else (is_bundle(path) and read_bundle(path).kind == "detector"):
        raise UsageError(f"{path} is a detector. SavedModel and LiteRT are made of recognizers; leave --format out.")
    return _load_run(path) if is_run else _load_bundle(name_or_path)


@in_float32()
def _load_run(run: Path) -> TrainedRecognizer:
    recipe = load_run_recipe(run, Recipe)
    charset = Charset(load_alphabet(recipe.alphabet))
    family, config = recipe_family(recipe), recognizer_config(recipe, charset)
    model = family.load("graph")(config)
    model.load_weights(run / "checkpoint" / "average.weights.h5")
    settings = reading_settings(recipe, config)
    return TrainedRecognizer(run.resolve().name, model, charset, settings, {})


def _load_bundle(name_or_path: str) -> TrainedRecognizer:
    bundle = find_bundle(name_or_path, "recognizer")
    told: tuple[str, ...] = ("description", "licence", "trained_on")
    facts = {key: bundle.manifest[key] for key in told if key in bundle.manifest}
    return TrainedRecognizer(
        bundle.identity, load_keras_model(bundle), load_charset(bundle), load_settings(bundle), facts
    )


def export_savedmodel(trained: TrainedRecognizer, out: Path) -> dict[str, int]:
    """Write a recognizer as a SavedModel of any batch and width, which plain TensorFlow and TensorFlow Serving load.

    Its signature `serving_default` takes `image` and gives `logits`; `text` takes the same, and gives `text` and
    `confidence`. Requests to warm a server up lie with it.

    Args:
        trained: The recognizer.
        out: The SavedModel's folder. An earlier export that is there is replaced once the new one is whole.

    Returns:
        Bytes of the model.

    Raises:
        UsageError: If something else is there.
        BundleError: If the exported graph does not compute what the Keras graph does.
    """
    with fill_folder(out, is_export, "export") as folder:
        _save(trained.model, folder, width=None, charset=trained.charset)
        write_warmup(folder, (DEFAULT_SIGNATURE, TEXT_SIGNATURE), trained.settings.height, WIDTHS)
        check_parity(trained.model, SavedModel(folder), _probes(trained, 256))
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        more = {"kind": "savedmodel", "width_multiple": trained.settings.bucket, "text_signature": _TEXT_FACTS}
        _write_beside(folder, trained, more)
    return {"saved_model.pb": size}


def export_litert(trained: TrainedRecognizer, out: Path, widths: Sequence[int] = WIDTHS) -> dict[str, int]:
    """Write a recognizer as LiteRT models of one line and fixed widths, each with float32 and with int8 weights.

    All operations are LiteRT's own. The int8 models take and give float32; what flows between their layers is quantized
    as they run, so they need no calibration.

    Args:
        trained: The recognizer.
        out: Folder for the models. An earlier export that is there is replaced once the new one is whole.
        widths: Of the pictures, in pixels; each a multiple of the time stride.

    Returns:
        Bytes of each file.

    Raises:
        UsageError: If a width is impossible, or something else is in the place.
        BundleError: If an exported graph does not compute what the Keras graph does.
        MissingDependencyError: If LiteRT's interpreter, which checks the models, is not installed.
    """
    widths = sorted(set(widths))
    for width in widths:
        _check_width(width, trained.settings)
    files: dict[str, Any] = {}
    with fill_folder(out, is_export, "export") as folder:
        for width in widths:
            for weights, data in _convert(trained.model, width):
                path = folder / f"width-{width}-{weights}.tflite"
                path.write_bytes(data)
                _check_litert(trained, path, weights)
                files[path.name] = {"width": width, "weights": weights}
        _write_beside(folder, trained, {"kind": "litert", "files": files})
        return {name: (folder / name).stat().st_size for name in files}


def is_export(path: Path) -> bool:
    """Whether a folder is an export that these functions made."""
    return (path / _MANIFEST).is_file()


def _check_width(width: int, settings: ReaderSettings) -> None:
    most = int(MAX_ASPECT * settings.height)
    if width % settings.time_stride or not settings.height <= width <= most:
        raise UsageError(
            f"Invalid width. Expected a multiple of {settings.time_stride}, the model's time stride, "
            f"from {settings.height} to {most}. Received: {width}"
        )


def _save(model: keras.Model, folder: Path, *, width: int | None, charset: Charset | None = None) -> None:
    """Write a SavedModel of any batch and width, or of one line of a fixed width; with a charset, it gives text too."""
    batch = None if width is None else 1

    def read(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logits": model(image, training=False)}

    module = tf.Module()
    module.held = [weight.value for weight in model.weights]  # what a signature reads must hang on what is saved
    taken = tf.TensorSpec((batch, model.input_shape[1], width, 1), tf.float32, name="image")
    signatures = {DEFAULT_SIGNATURE: tf.function(read, input_signature=[taken])}
    if charset is not None:
        signatures[TEXT_SIGNATURE] = reading_function(model, charset, taken)
    tf.saved_model.save(module, str(folder), signatures)


def _convert(model: keras.Model, width: int) -> list[tuple[str, bytes]]:
    """The flat buffers of one width, with `float` and with `int8` weights."""
    with tempfile.TemporaryDirectory() as name:
        # With all shapes fixed the LSTM becomes a loop of LiteRT's own operations.
        _save(model, Path(name), width=width)
        made = []
        for weights, optimizations in (("float", []), ("int8", [tf.lite.Optimize.DEFAULT])):
            converter = tf.lite.TFLiteConverter.from_saved_model(name, signature_keys=[DEFAULT_SIGNATURE])
            converter.optimizations = optimizations
            made.append((weights, converter.convert()))
        return made


def _probes(trained: TrainedRecognizer, width: int) -> list[_Probe]:
    """Two batches of noise on paper: over the whole width, and with padding at the right."""
    rng = np.random.default_rng(1)
    pixels = rng.random((3, trained.settings.height, width, 1), np.float32) ** 4
    padded = pixels.copy()
    padded[:, :, width // 2 :] = 0.0
    return [_Probe(pixels), _Probe(padded)]


def _check_litert(trained: TrainedRecognizer, path: Path, weights: str) -> None:
    exported = LiteRTModel(path)
    if weights == "float":
        check_parity(trained.model, exported, _probes(trained, exported.width))
        return
    for probe in _probes(trained, exported.width):
        reference = softmax(np.asarray(trained.model.predict_on_batch(probe.pixels), np.float32))
        # Single steps of noise stand on edges, and may fall to either side.
        differs = float(np.abs(softmax(exported(probe.pixels)) - reference).mean(axis=(0, 1)).sum())
        if differs > INT8_MAY_DIFFER:
            raise BundleError(f"{path.name} differs from the Keras graph by {differs:.3f} in probability a step.")


def _write_beside(folder: Path, trained: TrainedRecognizer, more: dict[str, Any]) -> None:
    """Write `charset.txt` and `export.json`, which tell how to prepare pictures and to read what comes out."""
    trained.charset.save(folder / CHARSET)
    settings = trained.settings
    manifest = {
        "format": FORMAT,
        "recognizer": trained.name,
        **trained.facts,
        **more,
        "signature": {
            "name": DEFAULT_SIGNATURE,
            "input": {"name": "image", "dtype": "float32", "shape": ["lines", settings.height, "width", 1]},
            "output": {"name": "logits", "dtype": "float32", "shape": ["lines", "steps", len(trained.charset)]},
        },
        "picture": {"height": settings.height, "paper": 0.0, "ink": 1.0, "padding": 0.0, "padding_side": "right"},
        "decoding": {"pixels_per_step": settings.time_stride, "blank": 0, "first_character": 1, "charset": CHARSET},
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
