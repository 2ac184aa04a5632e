"""A run of a recognizer that writes -> a bundle: ONNX models of the part that sees and of the part that writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from e2eocr.export import recognizer
from e2eocr.export.bundle import FLOAT, INT8, MODEL
from e2eocr.export.onnx_models import Feed, export_onnx, quantize_fed, quantize_onnx, refuse_difference
from e2eocr.export.recognizer import Measured
from e2eocr.models.stepwise import STEP, KerasSteps, ONNXSteps, Step
from recognizers.crops import CropBatch
from recognizers.ctc.decoding import softmax
from recognizers.vit_decoder.decoding import EDGE, Steps, write_lines
from recognizers.vit_decoder.graph import ViTDecoderConfig

_COMPARED_BATCHES = 4
_COMPARED_STEPS = 12
_FED = 64  # steps that the writing part's ranges are taken from
_LONGEST = 60  # characters of a line that ranges are taken from


def export_run(run: Path, out: Path, **told: Any) -> dict[str, Measured]:
    """Make a bundle of a run's averaged weights; see `e2eocr.export.recognizer.export_run`."""
    return recognizer.export_run(run, out, files=TwoFiles(), **told)


class TwoFiles:
    """The model files of recognizers that write; see `e2eocr.export.recognizer.ModelFiles`."""

    def make(
        self, model: keras.Model, config: ViTDecoderConfig, batches: Sequence[CropBatch], work: Path
    ) -> dict[str, Path]:
        """A folder with two files each."""
        folders = {kind: work / kind for kind in (FLOAT, INT8)}
        for folder in folders.values():
            folder.mkdir()
        exact, rounded = folders[FLOAT], folders[INT8]
        parts = KerasSteps(model, config)
        export_onnx(parts.encoder, exact / MODEL)
        export_onnx(parts.writer, exact / STEP, _example(config))
        steps = self.open(exact)
        refuse_difference(compare_steps(parts, steps, batches[:_COMPARED_BATCHES]))
        quantize_onnx(exact / MODEL, rounded / MODEL, batches)
        quantize_fed(exact / STEP, rounded / STEP, record_steps(steps, batches, config))
        return folders

    def open(self, model: Path) -> ONNXSteps:
        """What runs the two files of a folder."""
        return ONNXSteps(model / MODEL, model / STEP)


def _example(config: ViTDecoderConfig) -> list[np.ndarray]:
    """What the writing part can take."""
    parts, size = 2 * config.decoder_layers * config.heads, config.width // config.heads
    past = np.zeros((3, 2, parts * size), np.float32)
    return [np.zeros(2, np.int32), past, np.zeros((2, parts, 8, size), np.float32)]


def compare_steps(reference: Steps, exported: Steps, batches: Sequence[CropBatch]) -> float:
    """The largest difference of probability between a Keras graph and its export, over the first steps of some batches.

    Both write what the graph writes, each from its own memory and past.
    """
    worst = 0.0
    for batch in batches:
        memories = [each.encode(batch.pixels) for each in (reference, exported)]
        lines, parts, _, size = memories[0].shape
        pasts = [np.zeros((0, lines, parts * size), np.float32)] * 2
        before = np.full(lines, EDGE, np.int32)
        for _ in range(_COMPARED_STEPS):
            runs = zip((reference, exported), pasts, memories, strict=True)
            (logits, state, _), (other, other_state, _) = [each.step(before, *rest) for each, *rest in runs]
            worst = max(worst, float(np.abs(softmax(logits.copy()) - softmax(other.copy())).max()))
            pasts = [np.concatenate([past, now[None]]) for past, now in zip(pasts, (state, other_state), strict=True)]
            before = logits.argmax(axis=1).astype(np.int32)
    return worst


def record_steps(steps: Steps, batches: Sequence[CropBatch], config: ViTDecoderConfig) -> list[Feed]:
    """Inputs of the writing part while it writes lines, evenly spread over all its steps."""
    recorder = _Recorder(steps)
    for batch in batches:
        limits = [min(_LONGEST, -(-width // config.time_stride)) for width in batch.widths]
        write_lines(recorder, steps.encode(batch.pixels), limits, rows=config.rows)
    return recorder.feeds[:: max(1, len(recorder.feeds) // _FED)]


class _Recorder:
    """Steps that keep what is given to them."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.feeds: list[Feed] = []

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        return self._steps.encode(pixels)

    def step(self, before: np.ndarray, past: np.ndarray, memory: np.ndarray) -> Step:
        self.feeds.append({"before": before, "past": past.copy(), "memory": memory})
        return self._steps.step(before, past, memory)
