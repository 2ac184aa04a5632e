"""A recognizer that writes, from a training run to a bundle that reads within a scan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from doubles.training import draw_line, tiny_recipe, words, write_labelled, write_shards

from e2eocr.errors import BundleError, UsageError
from e2eocr.export.recognizer import Measured
from e2eocr.export.trained import load_trained
from e2eocr.export.vit_decoder import compare_steps, export_run
from e2eocr.models.bundles import read_bundle
from e2eocr.models.loading import load_recognizer
from e2eocr.models.parts import load_config, load_weights
from e2eocr.models.saving import put_prior
from e2eocr.models.stepwise import STEP, KerasSteps, ONNXSteps, open_steps
from e2eocr.pipeline import load_pipeline
from e2eocr.settings import ReadSettings
from e2eocr.training.recognizer.loop import RecognizerTraining
from recognizers.crops import batch_crops

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {"width": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 2, "expansion": 2}
RECIPE: dict[str, Any] = {
    "family": "vit-decoder",
    "architecture": {"stem": [8, 16], "dropout": 0.0, "forgetting": 0.0, **SMALL},
    "reading": {"bucket": 32, "scripts": ["Latn"]},
    "bucket": 32,
    "learning_rate": 3e-3,
    "average": 0.9,
}


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("lines") / "shards", words(100))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, lines: Path) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    RecognizerTraining(tiny_recipe(lines, lines, lines=600, epoch_lines=300, **RECIPE), folder).run()
    return folder


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, run: Path, lines: Path) -> tuple[Path, dict[str, Measured]]:
    held_out = write_labelled(tmp_path_factory.mktemp("held-out") / "words", words(30, seed=2))
    out = tmp_path_factory.mktemp("bundles") / "writer"
    return out, export_run(run, out, description="", trained_on=["drawn"], calibration=[lines], dev=[held_out])


@pytest.fixture(scope="module")
def bundle(exported: tuple[Path, dict[str, Measured]]) -> Path:
    return exported[0]


def test_a_run_learns_and_goes_on_where_it_stopped(run: Path, lines: Path) -> None:
    rows = [json.loads(row) for row in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert rows[-1]["loss"] < 0.8 * rows[0]["loss"]
    assert set(rows[-1]["cer"]) == {"shards"}
    went_on = RecognizerTraining(tiny_recipe(lines, lines, lines=700, epoch_lines=300, **RECIPE), run)
    assert went_on.progress.seen == rows[-1]["lines"]


def test_a_bundle_has_both_models(exported: tuple[Path, dict[str, Measured]]) -> None:
    path, measured = exported
    manifest = read_bundle(path)
    names = ["charset.txt", "metrics.json", "model.onnx", STEP, "weights.npz"]
    assert manifest.family == "vit-decoder" and sorted(manifest.manifest["files"]) == names
    assert manifest.runtime["bucket"] == 32 and manifest.scripts == ("Latn",)
    assert 0 < measured["int8"].size < measured["float"].size
    assert abs(measured["int8"].rate - measured["float"].rate) < 0.1


def test_both_models_compute_what_the_graph_does(bundle: Path, run: Path, tmp_path: Path) -> None:
    from e2eocr.export.bundle import MODEL
    from e2eocr.export.onnx_models import export_onnx
    from e2eocr.export.vit_decoder import _example

    steps = open_steps(read_bundle(bundle), "keras", 1)
    assert isinstance(steps, KerasSteps)
    export_onnx(steps.encoder, tmp_path / MODEL)
    export_onnx(steps.writer, tmp_path / STEP, _example(load_config(read_bundle(bundle))))
    batches = batch_crops([draw_line(text) for text in words(12, seed=4)], height=32, bucket=32, batch_size=5)
    assert compare_steps(steps, ONNXSteps(tmp_path / MODEL, tmp_path / STEP), batches) < 1e-4
    rounded = compare_steps(steps, ONNXSteps(bundle / MODEL, bundle / STEP), batches)
    assert 0 < rounded < 0.3


def test_it_reads_within_a_scan(bundle: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "line.png"), draw_line("abcde"))
    pipeline = load_pipeline(ReadSettings(detector="whole-image", recognizer=str(bundle), min_legibility=0.0))
    [page] = pipeline.read(tmp_path / "line.png").pages
    [line] = page.lines
    assert line.text == " ".join(word.text for word in line.words)
    assert all(0 <= word.bbox[0] < word.bbox[2] <= page.width for word in line.words)


@pytest.mark.parametrize(("name", "layers", "projections"), [("model.onnx", 1, 7), (STEP, 4, 17)])
def test_products_of_two_activations_stay_in_float(bundle: Path, name: str, layers: int, projections: int) -> None:
    """Attention, two products each: the memory would be quantized anew for each character."""
    if json.loads((bundle / "metrics.json").read_text("utf-8"))["shipped"] != "int8":
        pytest.skip("the float models are shipped")
    graph = onnx.load(bundle / name).graph
    makers = {output: node.op_type for node in graph.node for output in node.output}
    products = [node for node in graph.node if node.op_type in ("MatMul", "Gemm")]
    rounded = [node for node in products if makers.get(node.input[1]) == "DequantizeLinear"]
    assert (len(products) - len(rounded), len(rounded)) == (2 * layers, projections)


def test_keras_reads_what_its_export_does(bundle: Path) -> None:
    crops = [draw_line(text) for text in words(8, seed=4)]
    exact, exported = (load_recognizer(str(bundle), backend=each).read(crops) for each in ("keras", "onnx"))
    same = sum(one.text == other.text for one, other in zip(exact, exported, strict=True))
    assert same >= 6  # int8 models, if it ships them, may fall to the other side where the net is unsure
    with pytest.raises(BundleError, match="no model for the backend litert"):
        load_recognizer(str(bundle), backend="litert")


def test_a_bundle_without_its_second_model_is_refused(bundle: Path, tmp_path: Path) -> None:
    import shutil

    broken = shutil.copytree(bundle, tmp_path / "broken")
    (broken / STEP).unlink()
    with pytest.raises(BundleError, match=f"{STEP} is missing"):
        load_recognizer(str(broken))


def test_what_a_family_does_not_take_is_refused(bundle: Path, run: Path) -> None:
    with pytest.raises(BundleError, match="asks no prior"):
        put_prior(read_bundle(bundle), None)  # type: ignore[arg-type]
    for model in (bundle, run):
        with pytest.raises(UsageError, match="two models"):
            load_trained(str(model))


def test_a_new_run_begins_with_a_bundle(bundle: Path, lines: Path, tmp_path: Path) -> None:
    training = RecognizerTraining(tiny_recipe(lines, **RECIPE), tmp_path / "run", start_from=bundle)
    for ours, theirs in zip(training.model.get_weights(), load_weights(read_bundle(bundle)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    other = tiny_recipe(lines, **RECIPE | {"architecture": {**RECIPE["architecture"], "width": 16}})
    with pytest.raises(BundleError, match="another architecture"):
        RecognizerTraining(other, tmp_path / "other", start_from=bundle)
