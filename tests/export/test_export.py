"""From a training run to a bundle: ONNX that computes what Keras does, float and int8, and what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from doubles.tiny_models import write_tiny_bundle
from doubles.training import draw_line, tiny_recipe, words, write_labelled, write_shards

from e2eocr.errors import BundleError, MissingDependencyError, OutputError, UsageError
from e2eocr.export import recognizer as export
from e2eocr.export.onnx_models import check_parity, export_onnx
from e2eocr.export.recognizer import LabelledCrops, Measured, export_run
from e2eocr.models.backends import KerasModel, ONNXModel
from e2eocr.models.bundles import find_bundle, read_bundle
from e2eocr.models.graphs import load_graph
from e2eocr.models.loading import load_recognizer
from e2eocr.models.parts import load_charset, load_settings, load_weights
from e2eocr.training.recognizer.loop import RecognizerTraining
from recognizers.crops import batch_crops
from recognizers.ctc.decoding import softmax
from recognizers.ctc.reader import CTCReader, CTCSettings


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("lines") / "shards", words(60))


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_labelled(tmp_path_factory.mktemp("lines") / "held-out", words(30, seed=2))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, lines: Path) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    RecognizerTraining(tiny_recipe(lines, lines=300, average=0.9), folder).run()
    return folder


def export_to(out: Path, run: Path, *sets: Path) -> dict[str, Measured]:
    return export_run(run, out, description="words", trained_on=["drawn, CC0"], calibration=sets[:1], dev=sets[-1:])


@pytest.fixture(scope="module")
def exported(
    tmp_path_factory: pytest.TempPathFactory, run: Path, lines: Path, held_out: Path
) -> tuple[Path, dict[str, Measured]]:
    out = tmp_path_factory.mktemp("bundles") / "deeper" / "words"
    return out, export_to(out, run, lines, held_out)


@pytest.mark.slow
def test_a_bundle_explains_itself(exported: tuple[Path, dict[str, Measured]]) -> None:
    path, measured = exported
    bundle = read_bundle(path)
    assert (bundle.name, bundle.kind, bundle.family) == ("words", "recognizer", "crnn")
    assert bundle.manifest["description"] == "words" and bundle.manifest["trained_on"] == ["drawn, CC0"]
    assert 300 <= bundle.manifest["lines_seen"] < 360 and bundle.manifest["licence"] == "Apache-2.0"
    assert sorted(bundle.manifest["files"]) == ["charset.txt", "metrics.json", "model.onnx", "weights.npz"]
    assert bundle.architecture["classes"] == len(load_charset(bundle))
    figures = json.loads((path / "metrics.json").read_text("utf-8"))
    assert figures["shipped"] in measured and set(measured) == {"float", "int8"}
    for kind, each in measured.items():
        assert set(each.rates) == {"held-out"} and each.lines_per_second > 0
        assert figures[kind]["rate"] == each.rate and figures[kind]["size"] == each.size
    assert sorted(each.name for each in path.parent.iterdir()) == ["words"]  # nothing is left beside it


@pytest.mark.slow
def test_a_bundle_tells_its_teacher_and_holds_nothing_of_it(
    tmp_path: Path, run: Path, exported: tuple[Path, dict[str, Measured]], lines: Path
) -> None:
    taught = Path(shutil.copytree(run, tmp_path / "run"))
    recipe = json.loads((taught / "recipe.json").read_text("utf-8"))
    (taught / "recipe.json").write_text(json.dumps(recipe | {"teacher": "alphabetic"}), "utf-8")
    export_to(tmp_path / "taught", taught, lines)
    one, other = read_bundle(exported[0]), read_bundle(tmp_path / "taught")
    assert other.manifest["taught_by"] == "alphabetic" and "taught_by" not in one.manifest
    for a, b in zip(load_weights(one), load_weights(other), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.slow
def test_a_bundle_loads_and_reads(exported: tuple[Path, dict[str, Measured]]) -> None:
    readings = load_recognizer(str(exported[0])).read([draw_line(text) for text in words(10)])
    assert len(readings) == 10
    assert all(0 <= reading.confidence <= 1 and len(reading.spans) == len(reading.text) for reading in readings)


@pytest.mark.slow
def test_keras_and_onnx_compute_the_same(exported: tuple[Path, dict[str, Measured]], tmp_path: Path) -> None:
    bundle = find_bundle(str(exported[0]), "recognizer")
    model = load_graph(bundle)
    export_onnx(model, tmp_path / "float.onnx")
    crops = [draw_line(text) for text in words(12, seed=3)]
    batches = batch_crops(crops, height=32, bucket=64, batch_size=5)
    assert check_parity(model, ONNXModel(tmp_path / "float.onnx"), batches) < 1e-4
    readers = [
        CTCReader("parity", runner, load_charset(bundle), load_settings(bundle))
        for runner in (KerasModel(model), ONNXModel(tmp_path / "float.onnx"))
    ]
    keras_readings, onnx_readings = (reader.read(crops) for reader in readers)
    for one, other in zip(keras_readings, onnx_readings, strict=True):
        assert one.text == other.text
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


@pytest.fixture
def trained_in_bfloat16() -> Iterator[None]:
    """A process in which something was trained in bfloat16 before."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.slow
@pytest.mark.usefixtures("trained_in_bfloat16")
def test_the_precision_of_a_training_before_is_not_inherited(
    exported: tuple[Path, dict[str, Measured]], run: Path, lines: Path, held_out: Path, tmp_path: Path
) -> None:
    model = load_graph(find_bundle(str(exported[0]), "recognizer"))
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert export_to(tmp_path / "again", run, lines, held_out)["float"].rates == exported[1]["float"].rates
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


@pytest.mark.slow
def test_what_ships_is_near_the_keras_graph(exported: tuple[Path, dict[str, Measured]]) -> None:
    # The weights beside it are float16 and the model may be int8: near, not equal.
    bundle = find_bundle(str(exported[0]), "recognizer")
    shipped, model = ONNXModel(bundle.model_path), KerasModel(load_graph(bundle))
    [batch, *_] = batch_crops([draw_line("abcde")], height=32, bucket=64, batch_size=1)
    assert np.abs(softmax(shipped(batch.pixels)) - softmax(model(batch.pixels))).max() < 0.1


@pytest.mark.slow
def test_a_run_can_begin_with_a_bundle(exported: tuple[Path, dict[str, Measured]], lines: Path, tmp_path: Path) -> None:
    training = RecognizerTraining(tiny_recipe(lines), tmp_path / "run", start_from=exported[0])
    model = load_graph(find_bundle(str(exported[0]), "recognizer"))
    assert all((a == b).all() for a, b in zip(training.model.get_weights(), model.get_weights(), strict=True))
    with pytest.raises(BundleError, match="another architecture than the recipe"):
        RecognizerTraining(tiny_recipe(lines, architecture={}), tmp_path / "other", start_from=exported[0])


@pytest.mark.slow
@pytest.mark.parametrize("int8_rate, shipped", [(0.102, "int8"), (0.103, "float")])
def test_int8_ships_when_it_costs_next_to_nothing(
    run: Path,
    lines: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    int8_rate: float,
    shipped: str,
) -> None:
    def measure(reader: object, path: Path, sets: object) -> Measured:
        return Measured({}, int8_rate if path.stem == "int8" else 0.1, 1.0, path.stat().st_size)

    monkeypatch.setattr(export, "measure_model", measure)
    write_tiny_bundle(tmp_path / "words", letters="xy")  # a bundle that is there is replaced
    measured = export_to(tmp_path / "words", run, lines)
    assert (tmp_path / "words" / "model.onnx").stat().st_size == measured[shipped].size
    assert json.loads((tmp_path / "words" / "metrics.json").read_text("utf-8"))["shipped"] == shipped
    assert read_bundle(tmp_path / "words").name == "words"


@pytest.mark.slow
def test_a_graph_that_differs_is_refused(exported: tuple[Path, dict[str, Measured]]) -> None:
    bundle = find_bundle(str(exported[0]), "recognizer")
    model = load_graph(bundle)
    model.set_weights([value + 1 for value in model.get_weights()])
    batches = batch_crops([draw_line("abc")], height=32, bucket=64, batch_size=1)
    with pytest.raises(BundleError, match="differs from the Keras graph"):
        check_parity(model, ONNXModel(bundle.model_path), batches)


def nothing(out: Path) -> dict[str, Measured]:
    """Export that must be refused before any work is done: it is given no lines."""
    from e2eocr.training.recognizer.loop import recognizer_config
    from recognizers.charset import Charset

    charset = Charset("ab")
    config = recognizer_config(tiny_recipe(Path("a")), charset)
    sets: list[LabelledCrops] = []
    return export.export_recognizer(
        out.parent,
        out,
        name="x",
        family="crnn",
        charset=charset,
        config=config,
        settings=CTCSettings(32, 4),
        calibration=sets,
        dev=sets,
        facts={},
    )


def test_a_folder_that_is_no_bundle_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="thesis is there and is no bundle"):
        nothing(tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter.txt").is_file()


def test_a_place_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="Cannot make folder"):
        nothing(tmp_path / "file" / "deeper" / "words")


def test_another_backend_is_told_to_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(MissingDependencyError, match="KERAS_BACKEND=tensorflow"):
        export_onnx(None, tmp_path / "model.onnx")


@pytest.mark.parametrize("name", ["recipe.json", "checkpoint/progress.json"])
def test_a_run_that_is_not_whole_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "recipe.json").write_text(json.dumps(tiny_recipe(Path("a")).to_dict()), encoding="utf-8")
    (tmp_path / "checkpoint" / "progress.json").write_text("{}", encoding="utf-8")
    (tmp_path / name).unlink()
    with pytest.raises(UsageError, match=name):
        export_to(tmp_path / "out", tmp_path, tmp_path)


def test_weights_are_needed_to_rebuild_the_graph(tmp_path: Path) -> None:
    path = write_tiny_bundle(tmp_path / "bars")
    with pytest.raises((BundleError, ValueError), match=r"Unknown keys|weights\.npz"):
        load_graph(read_bundle(path))
