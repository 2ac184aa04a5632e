"""A sorter's training run -> a bundle: float and int8 ONNX, measured beside each other, the better one shipped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.export.bundle import FLOAT, INT8, LICENCE, Shipped, fill_bundle, make_models, ship, write_bundle
from e2eocr.export.onnx_models import sigmoid
from e2eocr.export.recognizer import line_set
from e2eocr.models.backends import ONNXModel
from e2eocr.models.graphs import in_float32
from e2eocr.training.run.folder import load_run_recipe, samples_seen
from e2eocr.training.sorter.inputs import SortedSet, held_lines, sort_set
from e2eocr.training.sorter.labels import GroupLabels
from e2eocr.training.sorter.loop import measure_sorting, sorter_config, sorter_settings
from e2eocr.training.sorter.recipe import SorterRecipe
from recognizers.crops import CropBatch, batch_pictures
from recognizers.sorter.graph import build_sorter
from recognizers.sorter.reader import SorterReader, SorterSettings, prepare_line

INT8_MAY_COST = 0.002
_CALIBRATION_LINES = 300
_TEMPERATURES = np.geomspace(0.5, 4.0, 43)


@dataclass(frozen=True, slots=True)
class MeasuredSorter:
    """How a model file sorts: shares of wrong and unsure lines by set, of all wrong, lines a second, bytes."""

    sets: dict[str, dict[str, float]]
    wrong: float
    lines_per_second: float
    size: int

    def __str__(self) -> str:
        return f"wrong {self.wrong:.5f}  {self.lines_per_second:6.0f} lines/s  {self.size / 1e6:.2f} MB"


def export_sorter(
    run: Path,
    out: Path,
    *,
    description: str,
    trained_on: Sequence[str],
    calibration: Sequence[Path],
    dev: Sequence[Path],
) -> dict[str, MeasuredSorter]:
    """Make a bundle of a run's averaged weights.

    The int8 model is shipped when it takes at most 2 in 1,000 dev lines more for another script than the float model
    does, else the float one; `metrics.json` has both.

    Args:
        run: Folder of the run, with its checkpoint.
        out: The bundle's folder, which also gives its name; a bundle that is there is replaced.
        description: A line on what the model tells apart.
        trained_on: Data sets with their licences.
        calibration: Shards or labelled folders of lines that were not trained on, for int8 ranges and probabilities.
        dev: Shards or labelled folders of lines to measure on.

    Returns:
        The figures of `float` and `int8`.

    Raises:
        UsageError: If the run's folder is not whole, or `out` holds something that is no bundle.
        DataError: If a set of lines cannot be used.
        BundleError: If the exported graph does not compute what the Keras graph does.
    """
    recipe, seen = load_run_recipe(run, SorterRecipe), samples_seen(run)
    config = sorter_config(recipe)
    settings, labels = sorter_settings(recipe, config), GroupLabels(recipe.groups)
    known, held = ([sort_set(line_set(path), labels) for path in paths] for paths in (calibration, dev))
    pictures, groups = _some_lines(known, settings)
    batches = batch_pictures(dict(enumerate(pictures)), bucket=settings.bucket, batch_size=settings.batch_size)
    facts = {"description": description, "licence": LICENCE, "trained_on": list(trained_on), "lines_seen": seen}
    with in_float32(), fill_bundle(out) as (work, bundle):
        model = build_sorter(config)
        model.load_weights(run / "checkpoint" / "average.weights.h5")
        models = make_models(model, model, batches, work, sigmoid)
        measured = {kind: measure_sorter(path, settings, held) for kind, path in models.items()}
        chosen = INT8 if measured[INT8].wrong <= measured[FLOAT].wrong + INT8_MAY_COST else FLOAT
        settings = replace(
            settings, temperature=_fit_temperature(ONNXModel(ship(models, chosen, bundle)), batches, groups)
        )
        shipped = Shipped(out.resolve().name, "sorter", "sorter", config, settings, facts)
        write_bundle(bundle, model, chosen, measured, shipped)
    return measured


def measure_sorter(path: Path, settings: SorterSettings, sets: Sequence[SortedSet]) -> MeasuredSorter:
    """Sort labelled lines with a model file on one thread."""
    sorter = SorterReader("measured", ONNXModel(path), settings)
    started = time.perf_counter()
    scores = {each.source.label: measure_sorting(sorter, each) for each in sets}
    seconds = time.perf_counter() - started
    lines = sum(score.lines for score in scores.values())
    return MeasuredSorter(
        sets={name: asdict(score) for name, score in scores.items()},
        wrong=round(sum(score.wrong * score.lines for score in scores.values()) / lines, 5),
        lines_per_second=round(2 * lines / seconds, 1),  # each is looked at upside down, too
        size=path.stat().st_size,
    )


def _some_lines(sets: Sequence[SortedSet], settings: SorterSettings) -> tuple[list[np.ndarray], np.ndarray]:
    """Some lines of each set as the model takes them, and their groups `(n,)`."""
    lines = [line for each in sets for line in held_lines(each, _CALIBRATION_LINES)]
    return [prepare_line(picture, settings) for picture, _ in lines], np.array([group for _, group in lines])


def _fit_temperature(model: ONNXModel, batches: Sequence[CropBatch], groups: np.ndarray) -> float:
    """The temperature at which the groups of known lines are the likeliest (Guo et al. 2017)."""
    logits: dict[int, np.ndarray] = {}
    for batch in batches:
        logits |= dict(zip(batch.indices, model(batch.pixels)[:, :-1], strict=True))
    rows: Any = np.stack([logits[at] for at in range(len(groups))])  # (n, groups)

    def surprise(temperature: float) -> float:
        scaled = rows / temperature
        highest = scaled.max(axis=1)
        total = highest + np.log(np.exp(scaled - highest[:, None]).sum(axis=1))
        return float((total - scaled[np.arange(len(groups)), groups]).mean())

    return round(float(min(_TEMPERATURES, key=surprise)), 4)
