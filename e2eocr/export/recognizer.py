"""A recognizer's training run -> a bundle: float and int8 ONNX, measured beside each other, the better one shipped."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from e2eocr.export.bundle import FLOAT, INT8, LICENCE, Shipped, fill_bundle, make_models, ship, write_bundle
from e2eocr.models.backends import ONNXModel
from e2eocr.models.bundles import CHARSET, PRIOR, read_bundle
from e2eocr.models.families import RecognizerConfig, find_family
from e2eocr.models.graphs import in_float32
from e2eocr.models.saving import change_runtime
from e2eocr.training.recognizer.heritage import load_heritage
from e2eocr.training.recognizer.inputs import check_set, validation_crops
from e2eocr.training.recognizer.loop import reading_settings, recognizer_config, run_charset
from e2eocr.training.recognizer.recipe import LineSet, Recipe
from e2eocr.training.run.folder import load_run_recipe, samples_seen
from e2eocr.truth.metrics import ErrorCount, character_errors
from recognizers.base import LineText, Recognizer
from recognizers.calibration import fit_calibration
from recognizers.charset import Charset
from recognizers.crops import CropBatch, batch_crops
from recognizers.ctc.decoding import softmax
from recognizers.readings import ReaderSettings


class ModelFiles(Protocol):
    """How the model files of a family are made and opened."""

    def make(self, model: Any, config: Any, batches: Sequence[CropBatch], work: Path) -> dict[str, Path]:
        """The float and the int8 model of a graph, by what they are: files, or folders of them.

        Raises:
            BundleError: If the float model does not compute what the graph does.
        """
        ...

    def open(self, model: Path) -> Any:
        """What the family's reader runs, on one thread."""
        ...


class OneFile:
    """The model files of a family whose graph is one model from pictures to logits."""

    def make(self, model: Any, config: Any, batches: Sequence[CropBatch], work: Path) -> dict[str, Path]:
        """One file each; see `ModelFiles`."""
        return make_models(model, model, batches, work, softmax)

    def open(self, model: Path) -> ONNXModel:
        """What runs it; see `ModelFiles`."""
        return ONNXModel(model)


INT8_MAY_COST = 1.02
_MAX_LINES = 1000


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

    def __str__(self) -> str:
        return f"CER {self.rate:.5f}  {self.lines_per_second:6.0f} lines/s  {self.size / 1e6:.2f} MB"


def export_run(
    run: Path,
    out: Path,
    *,
    description: str,
    trained_on: Sequence[str],
    calibration: Sequence[Path],
    dev: Sequence[Path],
    files: ModelFiles | None = None,
) -> dict[str, Measured]:
    """Make a bundle of a run's averaged weights; see `export_recognizer`.

    The runs of `train recognizer --few` and `train prune` bring lines to measure on, and the confidence and prior of
    what they began with.

    Args:
        run: Folder of the run, with its checkpoint.
        out: The bundle's folder, which also gives its name.
        description: A line on what the model reads.
        trained_on: Data sets with their licences.
        calibration: Shards or labelled folders of lines that were not trained on.
        dev: Shards or labelled folders of lines to measure on.
        files: How the family's model files are made.

    Raises:
        UsageError: If the run's folder is not whole, or `out` holds something that is no bundle.
        DataError: If a set of lines cannot be used.
    """
    recipe = load_run_recipe(run, Recipe)
    charset = run_charset(run, recipe)
    config = recognizer_config(recipe, charset)
    heritage = load_heritage(run)
    facts: dict[str, Any] = {
        "description": description or heritage.get("description", ""),
        "licence": LICENCE,
        "trained_on": [*heritage.get("trained_on", ()), *trained_on],
        "lines_seen": samples_seen(run),
    }
    if recipe.teacher:
        facts["taught_by"] = recipe.teacher
    if heritage:
        calibration = calibration or [run / name for name in heritage["calibration"]]
        dev = dev or [run / name for name in heritage["dev"]]
    measured = export_recognizer(
        run / "checkpoint",
        out,
        name=out.resolve().name,
        family=recipe.family,
        charset=charset,
        config=config,
        settings=reading_settings(recipe, config),
        calibration=[load_lines(path, charset, config, recipe.direction) for path in calibration],
        dev=[load_lines(path, charset, config, recipe.direction) for path in dev],
        facts=facts,
        files=files,
        calibrate=not heritage,
    )
    if (run / PRIOR).is_file():
        shutil.copy(run / PRIOR, out / PRIOR)
        change_runtime(read_bundle(out), prior=PRIOR)
    return measured


@in_float32()
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
    files: ModelFiles | None = None,
    calibrate: bool = True,
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
        files: How the family's model files are made; by default `OneFile`.
        calibrate: Whether the confidence is calibrated, or as `settings` say.

    Returns:
        The figures of `float` and `int8`.

    Raises:
        UsageError: If `out` is there and is no bundle.
        BundleError: If the exported graph does not compute what the Keras graph does.
    """
    files = files or OneFile()
    crops = [crop for each in calibration for crop in each.crops[:200]]
    batches = batch_crops(crops, height=config.height, bucket=64, batch_size=16)
    with fill_bundle(out) as (work, bundle):
        model = find_family(family, "recognizer", str(checkpoint)).load("graph")(config)
        model.load_weights(checkpoint / "average.weights.h5")
        models = files.make(model, config, batches, work)
        measured = {
            kind: measure_model(open_reader(family, files.open(path), charset, settings), path, dev)
            for kind, path in models.items()
        }
        chosen = INT8 if measured[INT8].rate <= measured[FLOAT].rate * INT8_MAY_COST else FLOAT
        path = ship(models, chosen, bundle)
        if calibrate:
            raw = open_reader(family, files.open(path), charset, replace(settings, calibration=(1.0, 0.0)))
            settings = replace(settings, calibration=_calibrate(raw, calibration))
        charset.save(bundle / CHARSET)
        write_bundle(bundle, model, chosen, measured, Shipped(name, "recognizer", family, config, settings, facts))
    return measured


def line_set(path: Path) -> LineSet:
    """A set to calibrate with or to measure on: shards are degraded as in training, real lines are as they are."""
    synthetic = path.is_dir() and any(path.glob("shard-*.jsonl"))
    return LineSet(str(path), degrade=1.0 if synthetic else 0.0)


def load_lines(path: Path, charset: Charset, config: RecognizerConfig, direction: str = "ltr") -> LabelledCrops:
    """Lines of a set, cut out, with their texts."""
    source = line_set(path)
    checked = check_set(source, charset, height=config.height, time_stride=config.time_stride, direction=direction)
    crops, texts = zip(*validation_crops(checked, _MAX_LINES), strict=True)
    return LabelledCrops(source.label, crops, texts)


def open_reader(family: str, model: Any, charset: Charset, settings: Any) -> Recognizer:
    """What reads with a model of a family."""
    return find_family(family, "recognizer", "The model").load("reader")("exported", model, charset, settings)


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
        size=path.stat().st_size if path.is_file() else sum(each.stat().st_size for each in path.iterdir()),
    )


def _calibrate(raw: Recognizer, sets: Sequence[LabelledCrops]) -> tuple[float, float]:
    """Slope and offset that turn raw scores of held-out lines into the share of them that is right."""
    readings: list[tuple[LineText, str]] = []
    for each in sets:
        readings += zip(raw.read(each.crops), each.texts, strict=True)
    read = [(reading, text) for reading, text in readings if reading.text]
    right = np.array([not character_errors(text, reading.text).errors for reading, text in read], bool)
    return fit_calibration(np.array([reading.confidence for reading, _ in read]), right)
