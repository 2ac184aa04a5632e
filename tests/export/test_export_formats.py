"""SavedModel and LiteRT: they compute what Keras and ONNX do, tell how to be used, and are whole or not there."""

from __future__ import annotations

import builtins
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from doubles.chapters import load_chapter, run_command
from doubles.tiny_models import write_tiny_bundle
from doubles.training import TINY, draw_line, tiny_recipe
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from e2eocr.cli import main
from e2eocr.errors import BundleError, ExitCode, MissingDependencyError, OCRError, OutputError, UsageError
from e2eocr.export import litert as litert_exports
from e2eocr.export.litert import export_litert
from e2eocr.export.onnx_models import export_onnx
from e2eocr.export.tensorflow import export_savedmodel
from e2eocr.export.trained import TrainedModel, load_trained
from e2eocr.models.backends import KerasModel, LiteRTModel, ONNXModel, SavedModel
from e2eocr.models.loading import load_recognizer
from e2eocr.synthesis.text.alphabets import load_alphabet
from recognizers.charset import Charset
from recognizers.crnn import CRNNConfig, build_crnn
from recognizers.crops import batch_crops, prepare_crop
from recognizers.ctc.reader import CTCReader, CTCSettings

LETTERS = "abcde"
# Sums of float32 are taken in another order by each runtime: logits of a size of 1 agree to 1e-4.
FLOAT_MAY_DIFFER = 1e-4
# Of int8 weights and activations: rounding steps of 1/127 of the largest, added up over the layers.
INT8_MAY_DIFFER = 0.1


def make_trained(**architecture: Any) -> TrainedModel:
    """A recognizer with random weights and statistics, as if it had been trained."""
    config = CRNNConfig.from_dict({"classes": len(LETTERS) + 1, **TINY, **architecture})
    keras.utils.set_random_seed(1)
    model = build_crnn(config)
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, each.shape) for each in layer.get_weights()])
    settings = CTCSettings(config.height, config.time_stride)
    return TrainedModel("tiny", model, settings, Charset(LETTERS), {"licence": "CC0"}, architecture=config.to_dict())


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    return make_trained()


@pytest.fixture(scope="module")
def savedmodel(tmp_path_factory: pytest.TempPathFactory, trained: TrainedModel) -> Path:
    out = tmp_path_factory.mktemp("saved") / "models" / "tiny" / "1"
    export_savedmodel(trained, out)
    return out


@pytest.fixture(scope="module")
def litert(tmp_path_factory: pytest.TempPathFactory, trained: TrainedModel) -> Path:
    out = tmp_path_factory.mktemp("lite") / "tiny"
    export_litert(trained, out, [128])
    return out


def inputs(width: int = 128) -> list[np.ndarray]:
    """Noise over the whole width, and drawn lines with padding behind them; `(B, 32, width, 1)` float32."""
    noise = np.random.default_rng(2).random((3, 32, width, 1), np.float32)
    lines = batch_crops([draw_line(text) for text in ("a", "bcd", "eeeeee")], height=32, bucket=width, batch_size=9)
    return [noise, *(batch.pixels for batch in lines)]


def max_difference(one: Callable[[np.ndarray], np.ndarray], other: Callable[[np.ndarray], np.ndarray]) -> float:
    return max(float(np.abs(one(pixels) - other(pixels)).max()) for pixels in inputs())


@pytest.mark.slow
def test_all_exports_compute_the_same(trained: TrainedModel, savedmodel: Path, litert: Path, tmp_path: Path) -> None:
    export_onnx(trained.model, tmp_path / "model.onnx")
    reference = KerasModel(trained.model)
    exports: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "onnx": ONNXModel(tmp_path / "model.onnx"),
        "savedmodel": SavedModel(savedmodel),
        "litert": LiteRTModel(litert / "width-128-float.tflite"),
    }
    for name, export in exports.items():
        assert max_difference(export, reference) < FLOAT_MAY_DIFFER, name


@pytest.mark.slow
def test_int8_litert_is_near_and_smaller(tmp_path: Path) -> None:
    # Matrices of less than 1,024 weights stay float: these are larger.
    large = make_trained(features=64, lstm_units=32)
    sizes = export_litert(large, tmp_path / "out", [128])
    assert sizes["width-128-int8.tflite"] < 0.6 * sizes["width-128-float.tflite"]
    int8 = LiteRTModel(tmp_path / "out" / "width-128-int8.tflite")
    assert 1e-4 < max_difference(int8, KerasModel(large.model)) < INT8_MAY_DIFFER


@pytest.mark.slow
def test_the_shipped_recognizer_reads_the_same_on_a_phone(tmp_path: Path) -> None:
    trained = load_trained("alphabetic")
    export_litert(trained, tmp_path / "out", [256])
    texts = ["December", "1914", "(reading)"]
    crops = [draw_line(text) for text in texts]
    assert [reading.text for reading in load_recognizer("alphabetic").read(crops)] == texts
    for weights in ("float", "int8"):
        model = LiteRTModel(tmp_path / "out" / f"width-256-{weights}.tflite")
        assert trained.charset is not None
        readings = CTCReader("litert", model, trained.charset, trained.settings).read(crops)
        assert [reading.text for reading in readings] == texts


PLAIN_TENSORFLOW = """
import sys, numpy as np, tensorflow as tf
serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
[taken] = serve.structured_input_signature[1].values()
logits = serve(image=tf.zeros((2, 32, 96, 1)))["logits"]
loaded = sorted({"e2eocr", "recognizers"} & set(sys.modules))
print(taken.name, taken.dtype.name, taken.shape.as_list(), logits.dtype.name, logits.shape.as_list(), loaded)
"""


@pytest.mark.slow
def test_plain_tensorflow_loads_a_savedmodel(savedmodel: Path) -> None:
    command = [sys.executable, "-c", PLAIN_TENSORFLOW, str(savedmodel)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=savedmodel)
    assert result.stdout.strip() == "image float32 [None, 32, None, 1] float32 [2, 24, 6] []"


@pytest.mark.slow
def test_a_server_of_models_gives_text(tmp_path: Path) -> None:
    export_savedmodel(load_trained("alphabetic"), tmp_path / "alphabetic" / "1")
    read = tf.saved_model.load(str(tmp_path / "alphabetic" / "1")).signatures["text"]
    texts = ["December", "1914", "(reading)"]
    [batch] = batch_crops([draw_line(text) for text in texts], height=32, bucket=512, batch_size=9)
    found = read(image=tf.constant(batch.pixels))
    assert dict(zip(batch.indices, found["text"].numpy(), strict=True)) == dict(enumerate(map(str.encode, texts)))
    assert found["confidence"].shape == [3] and 0.9 < float(min(found["confidence"])) <= 1.0
    assert read(image=tf.zeros((1, 32, 64, 1)))["text"].numpy().tolist() == [b""]


@pytest.mark.slow
def test_the_warm_up_requests_fit_the_signatures(savedmodel: Path) -> None:
    loaded = tf.saved_model.load(str(savedmodel))
    records = tf.data.TFRecordDataset(str(savedmodel / "assets.extra" / "tf_serving_warmup_requests"))
    requests = [PredictionLog.FromString(record.numpy()).predict_log.request for record in records]
    assert len(requests) == 12  # two signatures, three widths, a line and several
    shapes = set()
    for request in requests:
        pixels = tf.make_ndarray(request.inputs["image"])
        answer = loaded.signatures[request.model_spec.signature_name](image=tf.constant(pixels))
        assert all(len(value) == len(pixels) for value in answer.values())
        shapes.add((request.model_spec.signature_name, *pixels.shape))
    assert len(shapes) == 12 and {shape[0] for shape in shapes} == {"serving_default", "text"}
    assert (savedmodel / "assets.extra" / "tf_serving_warmup_requests").stat().st_size < 5000


@pytest.mark.slow
def test_the_commands_and_the_request_of_the_docs_give_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow Serving makes a tensor of `instances`, a row each, and gives the outputs of each as `predictions`."""
    monkeypatch.chdir(tmp_path)
    chapter = load_chapter("serving.md", "TensorFlow Serving")
    [command] = re.findall(r"^\.venv/bin/e2eocr .*$", chapter, re.MULTILINE)
    assert run_command(shlex.split(command)) == 0
    [body] = re.findall(r"json=(\{.*\})", chapter)
    pixels = batch_crops([draw_line("December")], height=32, bucket=64, batch_size=1)[0].pixels
    request = json.loads(json.dumps(eval(body, {"pixels": pixels})))
    assert list(request) == ["signature_name", "instances"]
    mounted = re.search(r"\$PWD/(\S+):/models", chapter)
    assert mounted is not None
    [version] = (tmp_path / mounted.group(1)).iterdir()
    assert version.name.isdecimal()
    answer = tf.saved_model.load(str(version)).signatures[request["signature_name"]](
        image=tf.constant(request["instances"], tf.float32)
    )
    assert answer["text"].numpy().tolist() == [b"December"]


def test_the_preparation_of_the_docs_is_ours(repository: Path) -> None:
    text = (repository / "docs" / "formats.md").read_text("utf-8")
    [example] = re.findall(r"```python\n(import cv2.*?)```", text, re.DOTALL)
    functions: dict[str, Any] = {}
    exec(example, functions)
    for crop in (draw_line("abcde"), 255 - draw_line("edcba", height=50), draw_line("a", height=17)):
        mine = prepare_crop(crop, 32)
        pixels = functions["prepare"](crop, 64)
        assert pixels.shape == (1, 32, -(-mine.shape[1] // 64) * 64, 1)
        assert np.abs(pixels[0, :, : mine.shape[1], 0] - mine).max() < 1e-5 and not pixels[0, :, mine.shape[1] :].any()
    logits = np.full((1, 8, 6), -5.0)
    for step, number in enumerate([0, 1, 1, 0, 1, 5, 0, 0]):
        logits[0, step, number] = 5.0
    assert functions["decode"](logits[0], list(LETTERS)) == "aae"


@pytest.mark.slow
def test_what_lies_beside_the_model_explains_it(trained: TrainedModel, savedmodel: Path, litert: Path) -> None:
    for folder, kind in ((savedmodel, "savedmodel"), (litert, "litert")):
        manifest = json.loads((folder / "export.json").read_text("utf-8"))
        assert (manifest["format"], manifest["kind"], manifest["licence"]) == ("e2eocr-export/1", kind, "CC0")
        assert manifest["picture"]["height"] == 32 and manifest["decoding"]["pixels_per_step"] == 4
        assert manifest["signature"]["output"]["shape"] == ["lines", "steps", 6]
        assert Charset.load(folder / "charset.txt").characters == tuple(LETTERS)
        assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name]  # nothing is left beside it
    assert json.loads((litert / "export.json").read_text("utf-8"))["files"] == {
        "model-float.tflite": {"width": None, "weights": "float"},
        "model-int8.tflite": {"width": None, "weights": "int8"},
        "width-128-float.tflite": {"width": 128, "weights": "float"},
        "width-128-int8.tflite": {"width": 128, "weights": "int8"},
    }


@pytest.mark.slow
def test_an_export_takes_the_place_of_an_older_one(trained: TrainedModel, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "export.json").write_text("{}", encoding="utf-8")
    (tmp_path / "out" / "width-320-float.tflite").write_bytes(b"old")
    export_savedmodel(trained, tmp_path / "out")
    assert not (tmp_path / "out" / "width-320-float.tflite").exists()
    assert SavedModel(tmp_path / "out")(inputs()[0]).shape == (3, 32, 6)


@pytest.mark.slow
def test_litert_refuses_what_is_too_wide(litert: Path) -> None:
    with pytest.raises(ValueError, match="at most 128"):
        LiteRTModel(litert / "width-128-float.tflite")(np.zeros((1, 32, 132, 1), np.float32))


@pytest.mark.slow
def test_an_export_that_differs_is_refused_and_leaves_nothing(
    trained: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(model: SavedModel, batch: np.ndarray) -> np.ndarray:
        return np.eye(6, dtype=np.float32)[np.zeros((len(batch), batch.shape[2] // 4), int)] * 9

    monkeypatch.setattr(SavedModel, "__call__", wrong)
    with pytest.raises(BundleError, match="differs from the Keras graph"):
        export_savedmodel(trained, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_int8_that_reads_otherwise_is_refused_and_leaves_nothing(
    trained: TrainedModel, litert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, broken = (litert / "width-128-float.tflite").read_bytes(), tmp_path / "other.tflite"
    monkeypatch.setattr(litert_exports, "_convert", lambda *_: [("float", good), ("int8", good)])
    monkeypatch.setattr(litert_exports, "INT8_MAY_DIFFER", -1.0)
    with pytest.raises(BundleError, match=r"model-int8\.tflite differs"):
        export_litert(trained, broken, [128])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("width", [30, 126, 16, 3204, 100_000])
def test_an_impossible_width_is_told(trained: TrainedModel, tmp_path: Path, width: int) -> None:
    with pytest.raises(UsageError, match=f"multiple of 4.* from 32 to 3200.*{width}"):
        export_litert(trained, tmp_path / "out", [128, width])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("export", [export_savedmodel, export_litert])
def test_other_folders_are_never_replaced(trained: TrainedModel, tmp_path: Path, export: Any) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="is there and is no export"):
        export(trained, tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter.txt").is_file()


def test_a_place_that_cannot_be_made_is_told(trained: TrainedModel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="Cannot make folder"):
        export_savedmodel(trained, tmp_path / "file" / "out")


def test_a_run_is_exported_with_its_averaged_weights(tmp_path: Path) -> None:
    recipe = tiny_recipe(Path("lines"), alphabet="ALPHABETIC")
    made = make_trained(classes=len(load_alphabet("ALPHABETIC")) + 1)
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.to_dict()), encoding="utf-8")
    made.model.save_weights(tmp_path / "checkpoint" / "average.weights.h5")
    loaded = load_trained(str(tmp_path))
    assert loaded.settings == made.settings and loaded.name == tmp_path.name
    assert all((a == b).all() for a, b in zip(loaded.model.get_weights(), made.model.get_weights(), strict=True))


def detector_run(folder: Path) -> Path:
    (folder / "run" / "checkpoint").mkdir(parents=True)
    (folder / "run" / "recipe.json").write_text('{"kind": "detector"}', encoding="utf-8")
    return folder / "run"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (detector_run, UsageError, "is the run of a detector"),
        (lambda folder: write_tiny_bundle(folder / "bars", family="bars"), BundleError, "family 'bars'"),
        (lambda folder: folder / "alphabetik", BundleError, "There is no recognizer"),
    ],
    ids=["run of a detector", "other family", "nothing"],
)
def test_what_cannot_be_exported_is_told(
    tmp_path: Path, make: Callable[[Path], Path], error: type[OCRError], message: str
) -> None:
    with pytest.raises(error, match=message):
        load_trained(str(make(tmp_path)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "tflite"], "'tflite' is not one of 'bundle', 'onnx', 'savedmodel', 'litert'"),
        (["--format", "savedmodel", "--width", "320"], "--width goes with --format litert"),
        (["--format", "litert", "--dev", "lines"], "--dev: goes with --format bundle alone"),
        (["--format", "litert", "--width", "0"], "0 is not in the range"),
    ],
)
def test_options_that_do_not_fit_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main(["export", "alphabetic", "-o", str(tmp_path / "out"), *options]) == ExitCode.USAGE
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_bundle_needs_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run" / "checkpoint").mkdir(parents=True)
    assert main(["export", str(tmp_path / "run"), "-o", str(tmp_path / "out"), "--dev", "lines"]) == ExitCode.USAGE
    assert "Missing option --calibration" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["tensorflow", "keras", "tensorflow_serving"])
def test_without_tensorflow_the_install_line_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    for name in [name for name in sys.modules if name.startswith("e2eocr.export.tensorflow")]:
        monkeypatch.delitem(sys.modules, name)
    forbid(monkeypatch, missing)
    command = ["export", "alphabetic", "-o", str(tmp_path / "out"), "--format", "savedmodel"]
    assert main(command) == ExitCode.MISSING_DEPENDENCY
    assert f"{missing} is not installed" in (message := capsys.readouterr().err)
    assert "pip install 'e2eocr[train]'" in message
    assert not (tmp_path / "out").exists()


def test_without_the_interpreter_the_install_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid(monkeypatch, "ai_edge_litert")
    with pytest.raises(MissingDependencyError, match=r"pip install 'e2eocr\[litert\]'"):
        LiteRTModel(tmp_path / "model.tflite")


def forbid(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Let a package look as if it were not installed."""
    usual = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
