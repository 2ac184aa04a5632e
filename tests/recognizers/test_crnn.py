"""The graph of the line recognizer: its backbones, what a config may say, learning, and the way to ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from doubles.training import draw_line, words

from e2eocr.export.onnx_models import check_parity, export_onnx, quantize_onnx
from e2eocr.models.backends import ONNXModel
from e2eocr.training.recognizer.losses import ctc_loss
from recognizers.backbones import ConvStage
from recognizers.charset import Charset
from recognizers.crnn import BACKBONES, CRNNConfig, build_crnn
from recognizers.crops import batch_crops
from recognizers.ctc.decoding import softmax

SMALL: dict[str, Any] = {"features": 16, "lstm_units": 8, "dropout": 0.0}
STAGES = (ConvStage(4, 2, (2, 2)), ConvStage(8, 1, (2, 1)))

CONFIGS = {
    "lean": CRNNConfig(7, stem_filters=4, stages=STAGES, **SMALL),
    "lean, normalized each": CRNNConfig(7, stem_filters=4, stages=STAGES, normalization="convolution", **SMALL),
    "lean, not normalized": CRNNConfig(7, stem_filters=4, stages=STAGES, normalization="none", **SMALL),
    "resnet18": CRNNConfig(7, backbone="resnet18", **SMALL),
    "mobilenetv2": CRNNConfig(7, backbone="mobilenetv2", **SMALL),
}


@pytest.fixture(params=CONFIGS)
def config(request: pytest.FixtureRequest) -> CRNNConfig:
    return CONFIGS[request.param]


@pytest.mark.parametrize("width", [4, 64, 100])
def test_a_column_stands_for_the_time_stride(config: CRNNConfig, width: int) -> None:
    model = build_crnn(config)
    assert config.time_stride == 4
    assert model.compute_output_shape((3, config.height, width, 1)) == (3, width // 4, 7)


def test_lean_columns_stand_for_what_the_pools_say() -> None:
    for pool, stride in ((1, 2), (2, 4), (4, 8)):
        config = CRNNConfig(7, stages=(ConvStage(4, 1, (2, pool)),), **SMALL)
        assert config.time_stride == stride
        assert build_crnn(config).compute_output_shape((1, 32, 64, 1)) == (1, 64 // stride, 7)


@pytest.mark.parametrize(
    ("backbone", "convolutions", "weights"),
    [
        # The papers' figures for ImageNet without the classifier, 11,176,512 and 2,223,872 with both scale and offset
        # of each normalization, less two of the three channels of colour.
        ("resnet18", 20, 11_176_512 - 2 * 49 * 64),
        ("mobilenetv2", 52, 2_223_872 - 2 * 9 * 32),
    ],
)
def test_backbones_are_those_of_the_papers(backbone: str, convolutions: int, weights: int) -> None:
    model = build_crnn(CRNNConfig(7, backbone=backbone))
    ours = [layer for layer in model.layers if layer.name.startswith(("stem", "stage", "last"))]
    assert sum(isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D) for layer in ours) == convolutions
    assert sum(int(np.prod(w.shape)) for layer in ours for w in layer.trainable_weights) == weights


def test_a_config_is_rebuilt_from_its_values(config: CRNNConfig) -> None:
    assert CRNNConfig.from_dict(config.to_dict()) == config


def test_a_config_of_before_the_backbones_is_lean() -> None:
    old = {"classes": 7, "height": 32, "stem_filters": 4, "stages": [{"filters": 4, "convolutions": 2, "pool": [2, 2]}]}
    config = CRNNConfig.from_dict(old)
    assert (config.backbone, config.normalization) == ("lean", "stage")
    assert config.stages == (ConvStage(4, 2, (2, 2)),)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backbone": "resnet50"}, "Expected one of: lean, resnet18, mobilenetv2"),
        ({"normalization": "layer"}, "Expected one of: stage, convolution, none"),
        ({"backbone": "resnet18", "height": 40}, "multiple of 32 for resnet18"),
        # What shapes the lean backbone says nothing to another one, and must not seem to.
        ({"backbone": "mobilenetv2", "stages": []}, "'mobilenetv2' takes no 'stages'"),
        ({"backbone": "resnet18", "stem_filters": 8, "normalization": "none"}, "no 'stem_filters' and no 'normal"),
        ({"back_bone": "lean"}, "Unknown keys: back_bone"),
    ],
)
def test_a_config_that_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CRNNConfig.from_dict({"classes": 7, **values})


def draw_batch(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Drawn lines and their classes, as training takes them."""
    charset = Charset("abcdef")
    labels = np.zeros((len(texts), max(map(len, texts))), np.int32)
    for row, text in enumerate(texts):
        labels[row, : len(text)] = charset.encode(text)
    [batch] = batch_crops([draw_line(text) for text in texts], height=32, bucket=128, batch_size=len(texts))
    return batch.pixels[np.argsort(batch.indices)], labels


@pytest.mark.slow
def test_steps_on_a_batch_lower_its_loss(config: CRNNConfig) -> None:
    keras.utils.set_random_seed(3)
    model = build_crnn(config)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=ctc_loss, run_eagerly=True)
    pixels, labels = draw_batch(["abc", "bca", "dad", "ef"])
    losses = [float(model.train_on_batch(pixels, labels)) for _ in range(6)]
    assert losses[-1] < 0.95 * losses[0]


def see(model: keras.Model, pixels: np.ndarray) -> None:
    """Give the normalisations the moments of a batch, as training would: else a deep net maps everything to 0."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    model(pixels, training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


@pytest.mark.slow
@pytest.mark.parametrize("backbone", BACKBONES[1:])  # test_export.py has the lean one
def test_exported_models_compute_what_the_graph_does(backbone: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    model = build_crnn(CONFIGS[backbone])
    batches = batch_crops([draw_line(text) for text in words(12)], height=32, bucket=64, batch_size=5)
    see(model, batches[0].pixels)
    export_onnx(model, tmp_path / "float.onnx")
    quantize_onnx(tmp_path / "float.onnx", tmp_path / "int8.onnx", batches)
    assert check_parity(model, ONNXModel(tmp_path / "float.onnx"), batches) < 1e-4
    exact, rounded = (softmax(ONNXModel(tmp_path / f"{kind}.onnx")(batches[0].pixels)) for kind in ("float", "int8"))
    assert exact.std(axis=1).mean() > 0.01  # what it reads depends on where it looks
    assert 0 < np.abs(exact - rounded).mean() < 0.03
