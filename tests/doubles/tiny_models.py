"""A recognizer small enough to be written down: its model reads bars of ink by their height, a character a bar."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.models.bundles import CHARSET
from e2eocr.models.saving import settings_values, write_manifest
from recognizers.charset import Charset
from recognizers.ctc.reader import CTCSettings

LETTERS = "abcd"
HEIGHT, STRIDE = 32, 4
BAND = HEIGHT // len(LETTERS)
SETTINGS = CTCSettings(HEIGHT, STRIDE)


def draw_bars(text: str, *, bar: int = 8, gap: int = 8, scale: int = 1) -> np.ndarray:
    """A crop that the model reads as `text`: `(32 * scale, w)` uint8, a black bar for each letter."""
    image = np.full((HEIGHT, gap + (bar + gap) * len(text)), 255, np.uint8)
    for position, letter in enumerate(text):
        top, left = LETTERS.index(letter) * BAND, gap + (bar + gap) * position
        image[top : top + BAND, left : left + bar] = 0
    return image.repeat(scale, 0).repeat(scale, 1)


def _kernel() -> tuple[np.ndarray, np.ndarray]:
    """Weights `(classes, 32, 4)` and biases: ink in a letter's band speaks for it, elsewhere against it."""
    kernel = np.zeros((len(LETTERS) + 1, HEIGHT, STRIDE), np.float32)
    for number in range(1, len(LETTERS) + 1):
        kernel[number] = -0.5
        kernel[number, (number - 1) * BAND : number * BAND] = 0.5
    bias = np.zeros(len(LETTERS) + 1, np.float32)
    bias[0] = 8.0
    return kernel, bias


def run_tiny(batch: np.ndarray) -> np.ndarray:
    """The model in numpy: `(B, 32, W, 1)` -> logits `(B, W / 4, 5)`."""
    kernel, bias = _kernel()
    columns = batch[..., 0].reshape(len(batch), HEIGHT, -1, STRIDE)  # (B, 32, T, 4)
    return np.einsum("bhts,chs->btc", columns, kernel, dtype=np.float32) + bias


def write_tiny_onnx(path: Path) -> None:
    """The same model as an ONNX file of any batch and width."""
    from onnx import TensorProto, helper, numpy_helper, save

    kernel, bias = _kernel()
    nodes = [
        helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2]),  # (B, 1, 32, W)
        helper.make_node("Conv", ["planes", "kernel", "bias"], ["steps"], strides=[HEIGHT, STRIDE]),  # (B, C, 1, T)
        helper.make_node("Squeeze", ["steps", "axes"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["logits"], perm=[0, 2, 1]),  # (B, T, C)
    ]
    weights = {"kernel": kernel[:, None], "bias": bias, "axes": np.array([2])}
    graph = helper.make_graph(
        nodes,
        "bars",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", HEIGHT, "W", 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", "T", len(LETTERS) + 1])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9  # what the oldest ONNX Runtime that we allow reads
    save(model, path)


def write_tiny_bundle(
    folder: Path,
    *,
    letters: Sequence[str] = LETTERS,
    kind: str = "recognizer",
    family: str = "crnn",
    settings: Any = SETTINGS,
) -> Path:
    """A whole bundle of this model; returns its folder. Its family is the one whose reader reads with it."""
    folder.mkdir(parents=True)
    write_tiny_onnx(folder / "model.onnx")
    Charset(letters).save(folder / CHARSET)
    (folder / "metrics.json").write_text(json.dumps({"float": {"rate": 0.0}}), encoding="utf-8")
    write_manifest(
        folder,
        name=folder.name,
        kind=kind,
        family=family,
        description="reads bars of ink",
        runtime=settings_values(settings, "model.onnx"),
        architecture={"classes": len(LETTERS) + 1},
    )
    return folder
