"""A training run's checkpoint -> a bundle: float and int8 ONNX, measured beside each other, the better one shipped.

The graph's conversion needs Keras with the TensorFlow backend (extra `train`).
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np

from e2eocr.errors import BundleError, MissingDependencyError, OutputError, UsageError
from e2eocr.export.onnx_graphs import gather_steps, pin_lstm_ranges
from e2eocr.files import output_error
from e2eocr.models.backends import KerasModel, ONNXModel
from e2eocr.models.bundles import CHARSET, WEIGHTS, Bundle, is_bundle
from e2eocr.models.families import RecognizerConfig, find_family
from e2eocr.models.loading import bundle_family, load_config, load_weights
from e2eocr.models.saving import settings_values, write_manifest
from e2eocr.truth.metrics import ErrorCount, character_errors
from recognizers.base import LineText, Recognizer
from recognizers.charset import Charset
from recognizers.crops import batch_crops
from recognizers.ctc.decoding import softmax
from recognizers.ctc.reader import ReaderSettings, fit_calibration

MODEL = "model.onnx"
INT8_MAY_COST = 1.02
_PARITY = 2e-3


@dataclass(frozen=True, slots=True)
class LabelledCrops:
    """Line pictures with their right texts, under the name of their set."""

    name: str
    crops: tuple[np.ndarray, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """How a model file reads: character error rate by set and in all, lines a second on one thread, bytes."""

    rates: dict[str, float]
    rate: float
    lines_per_second: float
    size: int


def export_onnx(model: keras.Model, path: Path) -> None:
    """Write a Keras graph as float ONNX of any batch and width, and of any height where the graph fixes none.

    Raises:
        MissingDependencyError: If the backend is not TensorFlow: only it keeps the LSTM one node.
    """
    if keras.backend.backend() != "tensorflow":
        raise MissingDependencyError("Exporting needs the TensorFlow backend: set KERAS_BACKEND=tensorflow.")
    model(np.zeros((1, model.input_shape[1] or 64, 64, 1), np.float32))  # Keras exports a graph that has run
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
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as name:
        gathered, prepared, static, pinned = (Path(name) / f"{step}.onnx" for step in range(4))
        gather_steps(source, gathered)
        quant_pre_process(gathered, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            static,
            _calibration_reader(prepared, batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Gemm", "MatMul", "MaxPool", "Relu"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        recurrent = pin_lstm_ranges(static, pinned)
        if not recurrent:
            shutil.copy(static, target)
            return
        quantize_dynamic(pinned, target, nodes_to_quantize=recurrent, per_channel=True, weight_type=QuantType.QInt8)


def _calibration_reader(path: Path, batches: Sequence[Batch]) -> Any:
    """What ONNX Runtime's calibration draws a model's inputs from."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):
        def __init__(self, name: str) -> None:
            self._feeds = iter([{name: batch.pixels} for batch in batches])

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self._feeds, None)

    return Reader(_input_name(path))


def _input_name(path: Path) -> str:
    import onnx

    return str(onnx.load(path).graph.input[0].name)


def load_keras_model(bundle: Bundle) -> keras.Model:
    """The Keras graph of a recognizer's bundle with its weights, to check a backend against.

    Raises:
        BundleError: If the bundle carries no weights.
    """
    model = bundle_family(bundle).load("graph")(load_config(bundle))
    model.set_weights(load_weights(bundle))
    return model


def open_reader(family: str, path: Path, charset: Charset, settings: ReaderSettings) -> Recognizer:
    """What reads with a model file of a family, on one thread."""
    return find_family(family, "recognizer", str(path)).load("reader")("exported", ONNXModel(path), charset, settings)


def measure_model(reader: Recognizer, path: Path, sets: Sequence[LabelledCrops]) -> Measured:
    """Read labelled lines with the reader of a model file."""
    counts: dict[str, ErrorCount] = {}
    seconds = 0.0
    for each in sets:
        start = time.perf_counter()
        readings = reader.read(each.crops)
        seconds += time.perf_counter() - start
        pairs = zip(each.texts, readings, strict=True)
        counts[each.name] = sum((character_errors(text, reading.text) for text, reading in pairs), ErrorCount())
    lines = sum(len(each.crops) for each in sets)
    return Measured(
        rates={name: round(count.rate, 5) for name, count in counts.items()},
        rate=round(sum(counts.values(), ErrorCount()).rate, 5),
        lines_per_second=round(lines / seconds, 1),
        size=path.stat().st_size,
    )


def export_recognizer(
    checkpoint: Path,
    out: Path,
    *,
    name: str,
    family: str,
    charset: Charset,
    config: RecognizerConfig,
    settings: ReaderSettings,
    calibration: Sequence[LabelledCrops],
    dev: Sequence[LabelledCrops],
    facts: dict[str, Any],
) -> dict[str, Measured]:
    """Make a bundle of a run's averaged weights.

    The int8 model is shipped when it costs no more than 2 % of the float model's character error rate on the dev
    lines, else the float one; `metrics.json` has both. Confidence is calibrated on `calibration`, lines that were
    not trained on.

    Args:
        checkpoint: Folder with `average.weights.h5`.
        out: The bundle's folder; a bundle that is there is replaced once the new one is whole.
        name: The bundle's name.
        family: The architecture's family.
        charset: The characters of the classes.
        config: The graph's architecture.
        settings: How to read with it, but for the calibration.
        calibration: Held-out lines for the int8 ranges and the confidence.
        dev: Lines to measure on.
        facts: More for the manifest: description, licence, what it was trained on.

    Returns:
        The figures of `float` and `int8`.

    Raises:
        UsageError: If `out` is there and is no bundle.
        BundleError: If the exported graph does not compute what the Keras graph does.
    """
    out = prepare_place(out)
    model = find_family(family, "recognizer", str(checkpoint)).load("graph")(config)
    model.load_weights(checkpoint / "average.weights.h5")
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        work, bundle = Path(folder) / "work", Path(folder) / "bundle"
        work.mkdir()
        bundle.mkdir()
        batches = batch_crops(
            [crop for each in calibration for crop in each.crops[:200]], height=config.height, bucket=64, batch_size=16
        )
        export_onnx(model, work / "float.onnx")
        check_parity(model, ONNXModel(work / "float.onnx"), batches[:4])
        quantize_onnx(work / "float.onnx", work / "int8.onnx", batches)
        measured = {}
        for kind in ("float", "int8"):
            path = work / f"{kind}.onnx"
            measured[kind] = measure_model(open_reader(family, path, charset, settings), path, dev)
        chosen = "int8" if measured["int8"].rate <= measured["float"].rate * INT8_MAY_COST else "float"
        shutil.copy(work / f"{chosen}.onnx", bundle / MODEL)
        raw = open_reader(family, bundle / MODEL, charset, replace(settings, calibration=(1.0, 0.0)))
        settings = replace(settings, calibration=_calibrate(raw, calibration))
        _write_bundle(bundle, name, family, model, charset, config, settings, measured, chosen, facts)
        if out.exists():
            shutil.rmtree(out)
        bundle.rename(out)
    return measured


@contextmanager
def fill_folder(out: Path, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `out` once the block has ended without an error.

    Raises:
        UsageError: If something is there that `is_ours` does not know.
        OutputError: If it cannot be made or written.
    """
    out = prepare_place(out, is_ours)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as name:
            folder = Path(name) / "filled"
            folder.mkdir()
            yield folder
            if out.exists():
                shutil.rmtree(out)
            folder.rename(out)
    except OSError as error:
        raise output_error(out, error) from error


def prepare_place(out: Path, is_ours: Callable[[Path], bool] = is_bundle) -> Path:
    """The absolute path for a bundle, or what else `is_ours` knows; its parent folder is made.

    Raises:
        UsageError: If something else is there.
        OutputError: If the folder cannot be made.
    """
    out = out.resolve()
    if out.exists() and not is_ours(out):
        what = "bundle" if is_ours is is_bundle else "export"
        raise UsageError(f"{out} is there and is no {what}. Name a new folder, or remove it first.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make folder {out.parent}: {error.strerror}. Choose another one.") from error
    return out


def _write_bundle(
    folder: Path,
    name: str,
    family: str,
    model: keras.Model,
    charset: Charset,
    config: RecognizerConfig,
    settings: ReaderSettings,
    measured: dict[str, Measured],
    chosen: str,
    facts: dict[str, Any],
) -> None:
    charset.save(folder / CHARSET)
    weights = {f"w{number:03d}": value.astype(np.float16) for number, value in enumerate(model.get_weights())}
    np.savez_compressed(folder / WEIGHTS, **weights)
    figures = {"shipped": chosen, **{kind: asdict(each) for kind, each in measured.items()}}
    (folder / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    write_manifest(
        folder,
        name=name,
        kind="recognizer",
        family=family,
        **facts,
        runtime=settings_values(settings, MODEL),
        architecture=config.to_dict(),
    )


def _calibrate(raw: Recognizer, sets: Sequence[LabelledCrops]) -> tuple[float, float]:
    """Slope and offset that turn raw scores of held-out lines into the share of them that is right."""
    readings: list[tuple[LineText, str]] = []
    for each in sets:
        readings += zip(raw.read(each.crops), each.texts, strict=True)
    read = [(reading, text) for reading, text in readings if reading.text]
    right = np.array([not character_errors(text, reading.text).errors for reading, text in read], bool)
    return fit_calibration(np.array([reading.confidence for reading, _ in read]), right)


def check_parity(model: keras.Model, exported: Callable[[np.ndarray], np.ndarray], batches: Sequence[Batch]) -> float:
    """The largest difference of probability between the Keras graph and its export, over some batches.

    Raises:
        BundleError: If it is more than rounding explains.
    """
    reference = KerasModel(model)
    worst = max(float(np.abs(softmax(reference(b.pixels)) - softmax(exported(b.pixels))).max()) for b in batches)
    if worst > _PARITY:
        raise BundleError(f"The exported model differs from the Keras graph by {worst:.4f} in probability.")
    return worst
