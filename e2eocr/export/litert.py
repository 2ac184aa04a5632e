"""A trained model as LiteRT models for phones: any picture in one file, or a fixed width a file, float32 and int8.

Both are checked against the Keras graph before they take their place. The folder is a bundle too, which `scan` reads
with on the backend `litert`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from e2eocr.errors import BundleError, UsageError
from e2eocr.export.onnx_models import check_parity, sigmoid
from e2eocr.export.tensorflow import save_model
from e2eocr.export.trained import SIGNATURE, TrainedModel, is_export, make_bundle, make_probes, write_beside
from e2eocr.files import fill_folder
from e2eocr.models.backends import KerasModel, LiteRTModel
from e2eocr.models.bundles import MODEL_KEYS
from e2eocr.settings import LITERT, LITERT_INT8
from recognizers.crops import MAX_ASPECT
from recognizers.ctc.decoding import softmax

INT8_MAY_DIFFER = 0.25
MODELS = {"float": "model-float.tflite", "int8": "model-int8.tflite"}
_FOR_BACKENDS = {MODEL_KEYS[LITERT]: MODELS["float"], MODEL_KEYS[LITERT_INT8]: MODELS["int8"]}
_PROBE_WIDTH = 320


def export_litert(trained: TrainedModel, out: Path, widths: Sequence[int] = ()) -> dict[str, int]:
    """Write LiteRT models of one line or page each, with float32 and with int8 weights.

    All operations are LiteRT's own. The int8 models take and give float32; what flows between their layers is quantized
    as they run, so they need no calibration.

    Args:
        trained: The model.
        out: Folder for the models, a bundle. An earlier export that is there is replaced once the new one is whole.
        widths: Of lines for which a recognizer has files of a fixed width beside those for any, in pixels; each a
            multiple of the time stride.

    Returns:
        Bytes of each file.

    Raises:
        UsageError: If a width is impossible, or something else is in the place.
        BundleError: If an exported graph does not compute what the Keras graph does.
        MissingDependencyError: If LiteRT's interpreter, which checks the models, is not installed.
    """
    widths = sorted(set(widths))
    for width in widths:
        _check_width(width, trained)
    files: dict[str, Any] = {}
    with fill_folder(out, is_export, "export") as folder:
        for only in (None, *widths):
            for weights, data in _convert(trained, only):
                path = folder / (MODELS[weights] if only is None else f"width-{only}-{weights}.tflite")
                path.write_bytes(data)
                _check_litert(trained, path, weights)
                files[path.name] = {"width": only, "weights": weights}
        write_beside(folder, trained, {"kind": "litert", "files": files})
        make_bundle(folder, out.resolve().name, trained, _FOR_BACKENDS)
        return {name: (folder / name).stat().st_size for name in files}


def _check_width(width: int, trained: TrainedModel) -> None:
    if trained.kind != "recognizer":
        raise UsageError(f"--width goes with recognizers, and this is a {trained.kind}. Leave it out.")
    settings = trained.settings
    most = int(MAX_ASPECT * settings.height)
    if width % settings.time_stride or not settings.height <= width <= most:
        raise UsageError(
            f"Invalid width. Expected a multiple of {settings.time_stride}, the model's time stride, "
            f"from {settings.height} to {most}. Received: {width}"
        )


def _convert(trained: TrainedModel, width: int | None) -> list[tuple[str, bytes]]:
    """The flat buffers for one width or any, with `float` and with `int8` weights."""
    with tempfile.TemporaryDirectory() as name:
        # With one line the LSTM becomes a loop of LiteRT's own operations.
        save_model(trained.model, Path(name), batch=1, width=width)
        made = []
        for weights, optimizations in (("float", []), ("int8", [tf.lite.Optimize.DEFAULT])):
            converter = tf.lite.TFLiteConverter.from_saved_model(name, signature_keys=[SIGNATURE])
            converter.optimizations = optimizations
            made.append((weights, converter.convert()))
        return made


def _check_litert(trained: TrainedModel, path: Path, weights: str) -> None:
    exported = LiteRTModel(path)
    probability = softmax if trained.kind == "recognizer" else sigmoid
    probes = make_probes(trained, exported.width or _PROBE_WIDTH)
    if weights == "float":
        check_parity(trained.model, exported, probes, probability)
        return
    reference = KerasModel(trained.model)
    for probe in probes:
        # Single steps of noise stand on edges, and may fall to either side.
        differs = np.abs(probability(exported(probe.pixels)) - probability(reference(probe.pixels)))
        worst = float(differs.mean(axis=tuple(range(differs.ndim - 1))).sum())
        if worst > INT8_MAY_DIFFER:
            raise BundleError(f"{path.name} differs from the Keras graph by {worst:.3f} in probability a step.")
