"""Bundles: found by name or path, checked, and refused with a message that names the file."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles.tiny_models import LETTERS, SETTINGS, draw_bars, write_tiny_bundle

from e2eocr.errors import BundleError, ExitCode
from e2eocr.models import bundles
from e2eocr.models.backends import ONNXModel
from e2eocr.models.bundles import WEIGHTS, find_bundle, list_bundles, read_bundle
from e2eocr.models.loading import load_detector, load_recognizer
from e2eocr.models.parts import load_charset, load_settings, load_weights
from e2eocr.models.saving import write_manifest


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("pattern") / "bars")


@pytest.fixture
def bundle(pattern: Path, tmp_path: Path) -> Path:
    """A bundle that a test may spoil."""
    return shutil.copytree(pattern, tmp_path / "bars")


@pytest.fixture
def shipped(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bundle, as if it were the only one that travels with the program."""
    monkeypatch.setattr(bundles, "_shipped", lambda kind, home=None: iter([bundle] if kind == "recognizer" else []))
    return bundle


def rewrite(bundle: Path, **changes: Any) -> None:
    """Change keys of the manifest; None takes one out."""
    path = bundle / "bundle.json"
    values = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: value for key, value in values.items() if value is not None}), encoding="utf-8")


def test_what_was_written_is_read(bundle: Path) -> None:
    found = read_bundle(bundle)
    assert (found.name, found.kind, found.family, found.path) == ("bars", "recognizer", "crnn", bundle)
    assert found.model_path == bundle / "model.onnx"
    assert sorted(found.manifest["files"]) == ["charset.txt", "metrics.json", "model.onnx"]
    assert load_settings(found) == SETTINGS
    assert load_charset(found).characters == tuple(LETTERS)


def test_a_path_loads(bundle: Path) -> None:
    [reading] = load_recognizer(str(bundle)).read([draw_bars("dab")])
    assert reading.text == "dab"


def test_a_name_loads(shipped: Path) -> None:
    assert load_recognizer("bars").name == load_recognizer(str(shipped)).name


def test_other_files_have_another_identity(bundle: Path) -> None:
    before = read_bundle(bundle).identity
    (bundle / "metrics.json").write_text("{}", encoding="utf-8")
    write_manifest(bundle, **{k: v for k, v in read_manifest(bundle).items() if k not in ("files", "format")})
    assert read_bundle(bundle).identity != before


def read_manifest(bundle: Path) -> dict[str, Any]:
    return dict(json.loads((bundle / "bundle.json").read_text(encoding="utf-8")))


def test_all_that_can_be_named_is_listed(shipped: Path) -> None:
    infos = list_bundles()
    assert [(info.kind, info.name) for info in infos] == [
        ("detector", "projection"),
        ("detector", "whole-image"),
        ("recognizer", "bars"),
    ]
    assert infos[-1].path == shipped
    assert all(info.description for info in infos)


def test_what_is_shipped_can_be_read() -> None:
    for info in list_bundles():
        if info.path is not None:
            assert read_bundle(info.path).kind == info.kind


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bar", ["'bar'", "Did you mean 'bars'?", "Known: bars"]),  # nearly right
        ("xyz", ["'xyz'", "Known: bars"]),  # nothing like it
        ("nowhere/at/all", ["'nowhere/at/all'", "or the path of a bundle"]),  # a path that is not there
        ("", ["Known: bars"]),
    ],
)
def test_an_unknown_recognizer_lists_the_known(shipped: Path, name: str, words: list[str]) -> None:
    with pytest.raises(BundleError) as caught:
        load_recognizer(name)
    assert all(word in str(caught.value) for word in words)
    assert caught.value.exit_code == ExitCode.BAD_BUNDLE and int(caught.value.exit_code) == 6


def test_bundles_of_version_0_1_are_read() -> None:
    bundle = find_bundle("dbnet", "detector")
    old = {"min_score": "least_score", "max_lines": "most_lines", "max_pixels": "most_pixels"}
    old |= {"min_height": "lowest", "max_height": "highest"}
    runtime = json.loads(re.sub(r'"(\w+)":', lambda key: f'"{old.get(key[1], key[1])}":', json.dumps(bundle.runtime)))
    assert set(old.values()) <= set(re.findall(r"\w+", json.dumps(runtime)))
    assert load_settings(replace(bundle, runtime=runtime)) == load_settings(bundle)


def test_an_unknown_detector_lists_the_known(shipped: Path) -> None:
    with pytest.raises(BundleError, match=r"Did you mean 'projection'\?.*Known: .*projection, whole-image"):
        load_detector("projektion")


def test_another_kind_is_refused(tmp_path: Path) -> None:
    path = write_tiny_bundle(tmp_path / "finder", kind="detector")
    with pytest.raises(BundleError, match="finder is a detector, not a recognizer"):
        load_recognizer(str(path))


def spoil_model(bundle: Path) -> None:
    data = bytearray((bundle / "model.onnx").read_bytes())
    data[100] ^= 1
    (bundle / "model.onnx").write_bytes(data)


def make_garbage_model(bundle: Path) -> None:
    (bundle / "model.onnx").write_bytes(b"not a model")
    write_manifest(bundle, **{k: v for k, v in read_manifest(bundle).items() if k not in ("files", "format")})


def make_short_charset(bundle: Path) -> None:
    (bundle / "charset.txt").write_text("a\nb\n", encoding="utf-8")
    write_manifest(bundle, **{k: v for k, v in read_manifest(bundle).items() if k not in ("files", "format")})


def make_double_charset(bundle: Path) -> None:
    (bundle / "charset.txt").write_text("a\na\nb\nc\n", encoding="utf-8")
    write_manifest(bundle, **{k: v for k, v in read_manifest(bundle).items() if k not in ("files", "format")})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        # A file that changed by one bit.
        (spoil_model, "model.onnx is not the file"),
        # Files that are gone.
        (lambda bundle: (bundle / "model.onnx").unlink(), "model.onnx is missing"),
        (lambda bundle: (bundle / "charset.txt").unlink(), "charset.txt is missing"),
        (lambda bundle: (bundle / "bundle.json").unlink(), "There is no recognizer"),
        # A manifest that is no JSON, no table, or not text.
        (lambda bundle: (bundle / "bundle.json").write_text("{", encoding="utf-8"), "bundle.json does not tell"),
        (lambda bundle: (bundle / "bundle.json").write_text("[1]", encoding="utf-8"), "bundle.json does not tell"),
        (lambda bundle: (bundle / "bundle.json").write_bytes(b"\xff\xfe{"), "bundle.json does not tell"),
        # Keys that are missing or of another form.
        (lambda bundle: rewrite(bundle, runtime=None), "bundle.json does not tell"),
        (lambda bundle: rewrite(bundle, family=None), "bundle.json does not tell"),
        (lambda bundle: rewrite(bundle, files=["model.onnx"]), "bundle.json does not tell"),
        (lambda bundle: rewrite(bundle, runtime={"height": 32}), "bundle.json does not tell"),
        (lambda bundle: rewrite(bundle, runtime={"model": "other.onnx"}), "names the model 'other.onnx'"),
        (lambda bundle: rewrite(bundle, runtime={"model": "model.onnx", "colour": 1}), "`runtime` cannot be used"),
        # Of another version.
        (lambda bundle: rewrite(bundle, format="e2eocr-bundle/9"), "e2eocr-bundle/9"),
        # Whole, but wrong from the start.
        (make_garbage_model, "model.onnx cannot be run"),
        (make_short_charset, "the model has 5 classes, charset.txt 3"),
        (make_double_charset, "charset.txt cannot be used"),
    ],
)
def test_a_spoilt_bundle_is_refused(bundle: Path, spoil: Callable[[Path], Any], words: str) -> None:
    spoil(bundle)
    with pytest.raises(BundleError) as caught:
        load_recognizer(str(bundle))
    assert words in str(caught.value)
    assert str(bundle) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == ExitCode.BAD_BUNDLE


def test_weights_come_back_in_order(bundle: Path) -> None:
    values = [np.full((number % 3 + 1,), number, np.float16) for number in range(12)]
    np.savez_compressed(bundle / WEIGHTS, **{f"w{number:03d}": value for number, value in enumerate(values)})  # type: ignore[arg-type]
    weights = load_weights(find_bundle(str(bundle), "recognizer"))
    assert [value.dtype for value in weights] == [np.float32] * 12
    assert all((given == read).all() for given, read in zip(values, weights, strict=True))


def test_a_bundle_without_weights_says_so(bundle: Path) -> None:
    with pytest.raises(BundleError, match=r"bars holds no weights\.npz"):
        load_weights(find_bundle(str(bundle), "recognizer"))


def test_a_model_runs_any_batch_and_width(bundle: Path) -> None:
    model = ONNXModel(bundle / "model.onnx", threads=2)
    for batch, width in ((1, 64), (3, 128), (2, 64)):
        logits = model(np.zeros((batch, 32, width, 1), np.float32))
        assert logits.shape == (batch, width // 4, len(LETTERS) + 1) and logits.dtype == np.float32


def test_keeping_memory_changes_no_output(bundle: Path) -> None:
    thrifty, keeping = (ONNXModel(bundle / "model.onnx", thrifty=thrifty) for thrifty in (True, False))
    for width in (64, 256, 64):
        pixels = np.random.default_rng(width).random((2, 32, width, 1), np.float32)
        np.testing.assert_array_equal(thrifty(pixels), keeping(pixels))


def test_a_missing_model_is_a_bundle_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"gone\.onnx cannot be run"):
        ONNXModel(tmp_path / "gone.onnx")
