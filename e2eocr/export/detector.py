"""A detector's training run -> a bundle: float and int8 ONNX, measured beside each other, the better one shipped."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detectors.dbnet.graph import build_dbnet, reading_graph
from detectors.dbnet.reader import DBNetDetector, DBNetSettings, prepare_pixels
from e2eocr.export.bundle import FLOAT, INT8, LICENCE, Shipped, fill_bundle, make_models, ship, write_bundle
from e2eocr.export.onnx_models import sigmoid
from e2eocr.export.tensorflow_upsampling import TensorFlowUpSampling2D
from e2eocr.models.backends import ONNXModel
from e2eocr.models.graphs import in_float32
from e2eocr.training.detector.loop import dbnet_config, measure_pages, reading_settings
from e2eocr.training.detector.pages import open_pages
from e2eocr.training.detector.recipe import DetectorRecipe, PageSet
from e2eocr.training.run.folder import load_run_recipe, samples_seen
from e2eocr.truth.metrics import DetectionScore
from e2eocr.truth.pages import PageSource

INT8_MAY_COST = 0.005
_CALIBRATION_PAGES = 60


@dataclass(frozen=True, slots=True)
class MeasuredDetector:
    """How a model file detects: H-mean by set and over all, seconds a page on one thread, bytes."""

    h_means: dict[str, float]
    h_mean: float
    seconds_per_page: float
    size: int

    def __str__(self) -> str:
        return f"H-mean {self.h_mean:.5f}  {self.seconds_per_page:6.3f} s/page  {self.size / 1e6:.2f} MB"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A page as the model takes it, `(1, H, W, 1)` float32."""

    pixels: np.ndarray


def export_detector(
    run: Path,
    out: Path,
    *,
    description: str,
    trained_on: Sequence[str],
    calibration: Sequence[Path],
    dev: Sequence[Path],
) -> dict[str, MeasuredDetector]:
    """Make a bundle of a run's averaged weights.

    The int8 model is shipped when it costs no more than half a point of H-mean over all dev pages, else the float
    one; `metrics.json` has both.

    Args:
        run: Folder of the run, with its checkpoint.
        out: The bundle's folder, which also gives its name; a bundle that is there is replaced.
        description: A line on what the model finds.
        trained_on: Data sets with their licences.
        calibration: Stores or labelled folders of pages, for the int8 ranges.
        dev: Stores or labelled folders of pages to measure on.

    Returns:
        The figures of `float` and `int8`.

    Raises:
        UsageError: If the run's folder is not whole, or `out` holds something that is no bundle.
        DataError: If a set of pages cannot be used.
        BundleError: If the exported graph does not compute what the Keras graph does.
    """
    recipe, seen = load_run_recipe(run, DetectorRecipe), samples_seen(run)
    config = dbnet_config(recipe.architecture)
    settings = reading_settings(config, recipe)
    dev_sets = {PageSet(str(path)).label: open_pages(PageSet(str(path))) for path in dev}
    batches = list(_calibration_batches([open_pages(PageSet(str(path))) for path in calibration], settings))
    facts = {"description": description, "licence": LICENCE, "trained_on": list(trained_on), "crops_seen": seen}
    with in_float32(), fill_bundle(out) as (work, bundle):
        model, exported = build_dbnet(config), build_dbnet(config, upsampling=TensorFlowUpSampling2D)
        model.load_weights(run / "checkpoint" / "average.weights.h5")
        exported.set_weights(model.get_weights())
        models = make_models(reading_graph(exported), reading_graph(model), batches, work, sigmoid)
        measured = {kind: measure_detector(path, settings, dev_sets) for kind, path in models.items()}
        chosen = INT8 if measured[INT8].h_mean >= measured[FLOAT].h_mean - INT8_MAY_COST else FLOAT
        ship(models, chosen, bundle)
        shipped = Shipped(out.resolve().name, "detector", "dbnet", config, settings, facts)
        write_bundle(bundle, model, chosen, measured, shipped)
    return measured


def measure_detector(path: Path, settings: DBNetSettings, sets: dict[str, PageSource]) -> MeasuredDetector:
    """Find the lines of labelled pages with a model file on one thread."""
    detector = DBNetDetector("measured", ONNXModel(path), settings)
    started = time.perf_counter()
    scores = {name: measure_pages(detector, source) for name, source in sets.items()}
    seconds = time.perf_counter() - started
    pages = sum(len(source) for source in sets.values())
    return MeasuredDetector(
        h_means={name: round(score.h_mean, 5) for name, score in scores.items()},
        h_mean=round(sum(scores.values(), DetectionScore()).h_mean, 5),
        seconds_per_page=round(seconds / pages, 3),
        size=path.stat().st_size,
    )


def _calibration_batches(sources: Sequence[PageSource], settings: DBNetSettings) -> Iterator[_Prepared]:
    """Pages at the size of the first look, one a batch, evenly spread over their sources."""
    for source in sources:
        most = min(len(source), max(1, _CALIBRATION_PAGES // len(sources)))
        for number in range(most):
            grey = cv2.cvtColor(source[number * len(source) // most].rgb, cv2.COLOR_RGB2GRAY)
            scale = min(1.0, settings.look_side / max(grey.shape))
            size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
            # All of one shape, which is what the calibration of ranges can put together.
            page = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
            canvas = np.full((settings.look_side, settings.look_side), int(np.median(page)), np.uint8)
            canvas[: page.shape[0], : page.shape[1]] = page
            yield _Prepared(prepare_pixels(canvas))
