"""A Keras graph -> float and int8 ONNX, which is held against the graph.

The graph's conversion needs Keras with the TensorFlow backend (extra `train`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np

from e2eocr.errors import BundleError, MissingDependencyError
from e2eocr.export.onnx_graphs import gather_steps, pin_lstm_ranges
from e2eocr.models.backends import KerasModel
from recognizers.ctc.decoding import softmax

_PARITY = 2e-3
Feed = Mapping[str, np.ndarray]


def export_onnx(model: keras.Model, path: Path, example: Any = None) -> None:
    """Write a Keras graph as float ONNX of any batch and width, and of any height where the graph fixes none.

    Args:
        model: The graph.
        path: Where the model goes.
        example: What it can take; by default one blank picture.

    Raises:
        MissingDependencyError: If the backend is not TensorFlow: only it keeps the LSTM one node.
    """
    if keras.backend.backend() != "tensorflow":
        raise MissingDependencyError("Exporting needs the TensorFlow backend: set KERAS_BACKEND=tensorflow.")
    if example is None:
        example = np.zeros((1, model.input_shape[1] or 64, 64, 1), np.float32)
    model(example)  # Keras exports a graph that has run
    model.export(path, format="onnx", verbose=False)


class Batch(Protocol):
    """What a model takes at a time."""

    @property
    def pixels(self) -> np.ndarray:
        """The model's input, `(B, …)` float32."""
        ...


def quantize_onnx(source: Path, target: Path, batches: Sequence[Batch]) -> None:
    """Write an int8 copy of a float ONNX model.

    Convolutions and matrix products are quantized statically, calibrated on real activations. An LSTM is quantized as
    it runs, with ranges that do not depend on the batch: a line's reading stays its own.

    Args:
        source: Float model.
        target: Where the int8 model goes.
        batches: Prepared lines or pages to calibrate on.
    """
    name = _input_name(source)
    quantize_fed(source, target, [{name: batch.pixels} for batch in batches])


def quantize_fed(source: Path, target: Path, feeds: Sequence[Feed]) -> None:
    """Write an int8 copy of a float ONNX model with any inputs; see `quantize_onnx`.

    A product of two activations, which attention is made of, stays in float: to quantize both at each step of a line
    takes longer than the product.

    Args:
        source: Float model.
        target: Where the int8 model goes.
        feeds: Inputs by their names, to calibrate on.
    """
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as name:
        gathered, prepared, static, pinned = (Path(name) / f"{step}.onnx" for step in range(4))
        gather_steps(source, gathered)
        quant_pre_process(gathered, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            static,
            _calibration_reader(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Gemm", "MatMul", "MaxPool", "Relu"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=_products_of_activations(prepared),
        )
        recurrent = pin_lstm_ranges(static, pinned)
        if not recurrent:
            shutil.copy(static, target)
            return
        quantize_dynamic(pinned, target, nodes_to_quantize=recurrent, per_channel=True, weight_type=QuantType.QInt8)


def _products_of_activations(path: Path) -> list[str]:
    """Names of the matrix products of a model that have no weights."""
    import onnx

    graph = onnx.load(path).graph
    weights = {each.name for each in graph.initializer}
    return [node.name for node in graph.node if node.op_type == "MatMul" and not weights & set(node.input)]


def _calibration_reader(feeds: Sequence[Feed]) -> Any:
    """What ONNX Runtime's calibration draws a model's inputs from."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._feeds = iter(feeds)

        def get_next(self) -> Feed | None:
            return next(self._feeds, None)

    return Reader()


def _input_name(path: Path) -> str:
    import onnx

    return str(onnx.load(path).graph.input[0].name)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits that each stand for themselves."""
    return (np.tanh(logits / 2) + 1) / 2


def check_parity(
    model: keras.Model,
    exported: Callable[[np.ndarray], np.ndarray],
    batches: Sequence[Batch],
    probability: Callable[[np.ndarray], np.ndarray] = softmax,
) -> float:
    """The largest difference of probability between a Keras graph and its export, over some batches.

    Args:
        model: The graph.
        exported: What was made of it.
        batches: What both are given.
        probability: What makes probabilities of their logits.

    Raises:
        BundleError: If it is more than rounding explains.
    """
    reference = KerasModel(model)
    worst = max(
        float(np.abs(probability(reference(b.pixels)) - probability(exported(b.pixels))).max()) for b in batches
    )
    refuse_difference(worst)
    return worst


def refuse_difference(worst: float) -> None:
    """Refuse an export by its largest difference of probability from its graph.

    Raises:
        BundleError: If it is more than rounding explains.
    """
    if worst > _PARITY:
        raise BundleError(f"The exported model differs from the Keras graph by {worst:.4f} in probability.")
