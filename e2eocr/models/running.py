"""What runs a bundle's model: its ONNX or LiteRT file, or its Keras graph, rebuilt from its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from e2eocr.errors import BundleError
from e2eocr.models.backends import KerasModel, LiteRTModel, ONNXModel, TensorFlowModel
from e2eocr.models.bundles import MODEL_KEYS, WEIGHTS, Bundle
from e2eocr.models.parts import bundle_family
from e2eocr.settings import KERAS, ONNX, TENSORFLOW

RunModel = Callable[[np.ndarray], np.ndarray]
_EXPORTS = {ONNX: "onnx", "litert": "litert", "litert-int8": "litert"}  # the format that makes what a backend runs


def check_backend(bundle: Bundle, backend: str) -> None:
    """Check that a bundle holds what a backend runs.

    Raises:
        BundleError: If it does not; the message tells how to make it.
    """
    if backend in MODEL_KEYS and MODEL_KEYS[backend] not in bundle.runtime:
        format_ = _EXPORTS[backend]
        raise BundleError(
            f"{bundle.path} holds no model for the backend {backend}. Make it by `e2eocr export all -o DIR --format "
            f"{format_}`, with the folder of a bundle of your own instead of `all`, and name DIR by `--models`."
        )
    if backend not in MODEL_KEYS and not (bundle.path / WEIGHTS).is_file():
        raise BundleError(
            f"{bundle.path} holds no {WEIGHTS}, of which the backend {backend} rebuilds the graph. "
            "Take another backend, or the bundle that this one was made of."
        )


def open_model(bundle: Bundle, backend: str, threads: int) -> Any:
    """What a bundle's reader runs on a backend, each of which is imported here only: a `RunModel` of most families.

    Raises:
        BundleError: If the bundle holds nothing that the backend runs.
        MissingDependencyError: If the backend is not installed.
    """
    check_backend(bundle, backend)
    family = bundle_family(bundle)
    if family.opener:
        return family.load("opener")(bundle, backend, threads)
    if backend == ONNX:
        return ONNXModel(bundle.model_path, threads=threads)
    if backend in MODEL_KEYS:
        return LiteRTModel(bundle.path / bundle.runtime[MODEL_KEYS[backend]], threads=threads)

    from e2eocr.models.graphs import load_graph, use_keras

    use_keras(None if backend == KERAS else TENSORFLOW, threads)
    return (KerasModel if backend == KERAS else TensorFlowModel)(load_graph(bundle))
