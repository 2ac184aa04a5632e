"""What runs models that write a line a character at a time: a part that sees it, and a part that writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.models.backends import open_session
from e2eocr.models.bundles import Bundle
from e2eocr.models.parts import load_config
from e2eocr.settings import KERAS, ONNX, TENSORFLOW

STEP = "step.onnx"

Step = tuple[np.ndarray, np.ndarray, np.ndarray]


class KerasSteps:
    """The two parts of a graph in training, with its weights as they stand when this is made."""

    def __init__(self, model: Any, config: Any) -> None:
        """Make the parts.

        Args:
            model: The graph that is trained.
            config: What rebuilds it.
        """
        from recognizers.vit_decoder.graph import build_encoder, build_step, share_weights

        self.encoder, self.writer = build_encoder(config), build_step(config)
        for part in (self.encoder, self.writer):
            share_weights(model, part)

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """See lines; see `recognizers.vit_decoder.decoding.Steps`."""
        return _as_numpy(self.encoder(pixels, training=False))

    def step(self, before: np.ndarray, past: np.ndarray, memory: np.ndarray) -> Step:
        """Write a character of each line; see `recognizers.vit_decoder.decoding.Steps`."""
        logits, state, look = self.writer([before, past, memory], training=False)
        return _as_numpy(logits), _as_numpy(state), _as_numpy(look)


def _as_numpy(tensor: Any) -> np.ndarray:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(tensor), np.float32)


class ONNXSteps:
    """The two parts as ONNX models, run by ONNX Runtime on the CPU."""

    def __init__(self, encoder: Path, writer: Path, *, threads: int = 1) -> None:
        """Load them.

        Args:
            encoder: The `.onnx` file of the part that sees.
            writer: That of the part that writes.
            threads: Threads a call may use.

        Raises:
            BundleError: If a file is missing or not a model that can be run.
        """
        self._encoder, self._writer = (open_session(path, threads=threads) for path in (encoder, writer))
        self._image = self._encoder.get_inputs()[0].name

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """See lines; see `recognizers.vit_decoder.decoding.Steps`."""
        return np.asarray(self._encoder.run(None, {self._image: pixels})[0])

    def step(self, before: np.ndarray, past: np.ndarray, memory: np.ndarray) -> Step:
        """Write a character of each line; see `recognizers.vit_decoder.decoding.Steps`."""
        logits, state, look = self._writer.run(None, {"before": before, "past": past, "memory": memory})
        return logits, state, look


def open_steps(bundle: Bundle, backend: str, threads: int) -> KerasSteps | ONNXSteps:
    """What runs the two parts of a bundle's model.

    Raises:
        BundleError: If it holds nothing that the backend runs.
        MissingDependencyError: If the backend is not installed.
    """
    if backend == ONNX:
        return ONNXSteps(bundle.model_path, bundle.path / STEP, threads=threads)

    from e2eocr.models.graphs import in_float32, load_graph, use_keras

    use_keras(None if backend == KERAS else TENSORFLOW, threads)
    with in_float32():
        return KerasSteps(load_graph(bundle), load_config(bundle))
