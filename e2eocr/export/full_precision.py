"""A trained model as a bundle with a float32 ONNX model, where the one that ships may be int8."""

from __future__ import annotations

from pathlib import Path

from e2eocr.export.bundle import MODEL
from e2eocr.export.onnx_models import check_parity, export_onnx, sigmoid
from e2eocr.export.trained import TrainedModel, make_bundle, make_probes
from e2eocr.files import fill_folder
from e2eocr.models.backends import ONNXModel
from e2eocr.models.bundles import MODEL_KEYS, is_bundle
from e2eocr.settings import ONNX
from recognizers.ctc.decoding import softmax


def export_float_onnx(trained: TrainedModel, out: Path) -> dict[str, int]:
    """Write a bundle whose ONNX model computes in float32.

    Args:
        trained: The model.
        out: The bundle's folder. A bundle that is there is replaced once the new one is whole.

    Returns:
        Bytes of the model.

    Raises:
        UsageError: If something else is in the place.
        BundleError: If the exported graph does not compute what the Keras graph does.
    """
    with fill_folder(out, is_bundle, "bundle") as folder:
        path = folder / MODEL
        export_onnx(trained.model, path)
        probability = softmax if trained.kind == "recognizer" else sigmoid
        check_parity(trained.model, ONNXModel(path), make_probes(trained, 320), probability)
        make_bundle(folder, out.resolve().name, trained, {MODEL_KEYS[ONNX]: MODEL})
        return {MODEL: path.stat().st_size}
