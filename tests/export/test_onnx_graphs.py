"""Float graphs put in order for int8: the same values, and an LSTM whose lines do not mind each other."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from doubles.training import draw_line, words
from keras import layers

from e2eocr.export.onnx_graphs import gather_steps, pin_lstm_ranges
from e2eocr.export.onnx_models import export_onnx, quantize_onnx
from e2eocr.models.backends import KerasModel, ONNXModel
from recognizers.crops import CropBatch, batch_crops

BATCHES = batch_crops([draw_line(text) for text in words(24)], height=32, bucket=64, batch_size=4)


def build_model(lstm_layers: int, min_scale: float) -> keras.Model:
    """A small line recognizer with random weights; its normalization multiplies by `min_scale` and more."""
    image = keras.Input((32, None, 1), name="image")
    x = layers.Conv2D(8, 3, strides=4, padding="same", use_bias=False)(image)
    x = layers.MaxPooling2D((2, 1))(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Activation("relu")(x)
    x = layers.Permute((2, 1, 3))(x)
    x = layers.Reshape((-1, 4 * 8))(x)
    x = layers.Dense(16, activation="relu")(x)
    for _ in range(lstm_layers):
        x = layers.Bidirectional(layers.LSTM(8, return_sequences=True))(x)
    model = keras.Model(image, layers.Dense(6)(x))
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.4, weight.shape).astype(np.float32) for weight in model.get_weights()])
    variance = rng.uniform(0.5, 1.5, 8)
    model.get_layer("norm").set_weights([np.linspace(min_scale, 2.0, 8), rng.normal(0, 1, 8), np.zeros(8), variance])
    return model


def operations(path: Path) -> list[str]:
    return [node.op_type for node in onnx.load(path).graph.node]


def differences(one: object, other: object) -> list[float]:
    return [float(np.abs(one(batch.pixels) - other(batch.pixels)).max()) for batch in BATCHES]  # type: ignore[operator]


@pytest.mark.slow
@pytest.mark.parametrize("min_scale, moves", [(0.5, True), (-0.5, False)])
def test_steps_move_only_where_nothing_changes(tmp_path: Path, min_scale: float, moves: bool) -> None:
    model = build_model(1, min_scale)
    export_onnx(model, tmp_path / "float.onnx")
    gather_steps(tmp_path / "float.onnx", tmp_path / "gathered.onnx")
    assert max(differences(KerasModel(model), ONNXModel(tmp_path / "gathered.onnx"))) < 1e-4
    names = operations(tmp_path / "gathered.onnx")
    assert (names.index("Mul") < names.index("MaxPool")) is moves


@pytest.mark.slow
@pytest.mark.parametrize("lstm_layers", [1, 2])
def test_int8_computes_nearly_the_same_and_line_by_line(tmp_path: Path, lstm_layers: int) -> None:
    model = build_model(lstm_layers, 0.5)
    export_onnx(model, tmp_path / "float.onnx")
    quantize_onnx(tmp_path / "float.onnx", tmp_path / "int8.onnx", BATCHES)
    assert operations(tmp_path / "int8.onnx").count("DynamicQuantizeLSTM") == lstm_layers
    int8 = ONNXModel(tmp_path / "int8.onnx")
    logits = np.concatenate([KerasModel(model)(batch.pixels).ravel() for batch in BATCHES])
    assert max(differences(KerasModel(model), int8)) < 0.15 * np.ptp(logits)
    for batch in BATCHES:
        check_independence(int8, batch)


def check_independence(model: ONNXModel, batch: CropBatch) -> None:
    """A line's logits are the same alone, beside others, and beside such as no line has."""
    alone = model(batch.pixels[:1])
    assert np.abs(model(batch.pixels)[:1] - alone).max() < 1e-5
    for strange in (0.0, 1.5, 40.0):
        beside = np.concatenate([batch.pixels[:1], np.full_like(batch.pixels, strange)])
        assert np.abs(model(beside)[:1] - alone).max() < 1e-5


def test_an_lstm_with_unknown_bounds_stays_as_it_is(tmp_path: Path) -> None:
    from onnx import TensorProto, helper, numpy_helper

    weights = {"w": np.ones((1, 8, 3)), "r": np.ones((1, 8, 2)), "b": np.ones((1, 16))}
    graph = helper.make_graph(
        [helper.make_node("LSTM", ["x", *weights], ["y"], name="lstm", hidden_size=2)],
        "unbounded",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", "B", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["T", 1, "B", 2])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), tmp_path / "in.onnx")
    assert pin_lstm_ranges(tmp_path / "in.onnx", tmp_path / "out.onnx") == []
    assert onnx.load(tmp_path / "out.onnx") == onnx.load(tmp_path / "in.onnx")
