"""The samples read on each backend: in the same precision they give the same text, and what is missing is told."""

from __future__ import annotations

import builtins
import sys
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from doubles import REPOSITORY
from doubles.chapters import block_of, load_chapter, run_command
from doubles.tiny_models import write_tiny_bundle

from e2eocr.cli import main
from e2eocr.errors import BundleError, ExitCode, MissingDependencyError, UsageError
from e2eocr.models.backends import LiteRTModel
from e2eocr.models.engine import identify_engine
from e2eocr.models.graphs import use_keras
from e2eocr.pipeline import load_pipeline
from e2eocr.settings import ReadSettings

PAGES = ("receipt-it.jpg", "novel-uk.jpg")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with the shipped detector and the alphabetic recognizer, made for LiteRT and as float ONNX."""
    folder = tmp_path_factory.mktemp("exported")
    homes = {format_: folder / format_ for format_ in ("litert", "onnx")}
    for format_, home in homes.items():
        for name in ("dbnet", "alphabetic"):
            assert main(["export", name, "-o", str(home / name), "--format", format_]) == ExitCode.OK
    return homes


@pytest.mark.slow
def test_the_chapter_for_phones_runs_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "samples").mkdir()
    for name in PAGES:
        (tmp_path / "samples" / name).symlink_to(REPOSITORY / "samples" / name)
    monkeypatch.chdir(tmp_path)
    page = (REPOSITORY / "docs" / "phones.md").read_text(encoding="utf-8")
    for command in block_of(page, "console").splitlines():
        assert run_command(command.split()) == ExitCode.OK
    shipped = {
        path.parent.name
        for room in ("detectors", "recognizers")
        for path in REPOSITORY.glob(f"{room}/bundles/*/bundle.json")
    }
    assert {path.name for path in (tmp_path / "mobile").iterdir()} == shipped
    assert sorted(path.name for path in (tmp_path / "out").glob("*.txt")) == sorted(f"{name}.txt" for name in PAGES)


def read_samples(**settings: Any) -> list[str]:
    pipeline = load_pipeline(ReadSettings(recognizer="alphabetic", **settings))
    documents = [pipeline.read(REPOSITORY / "samples" / name) for name in PAGES]
    return ["\n".join(line.text for page in document.pages for line in page.lines) for document in documents]


def likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "keras", "litert"])
def test_every_backend_reads_the_same(exported: dict[str, Path], backend: str) -> None:
    models = exported["litert"] if backend == "litert" else None
    texts = read_samples(backend=backend, models=models)
    assert texts == read_samples(models=exported["onnx"])
    assert min(map(len, texts)) > 200


@pytest.mark.slow
def test_int8_reads_nearly_the_same(exported: dict[str, Path]) -> None:
    texts = read_samples(models=exported["onnx"])
    for other in (read_samples(), read_samples(backend="litert-int8", models=exported["litert"])):
        assert min(map(likeness, texts, other)) > 0.97


@pytest.mark.slow
def test_the_chapter_for_apps_reads_a_page(exported: dict[str, Path]) -> None:
    names: dict[str, Any] = {}
    for page, heading in (("formats.md", "Exported models"), ("phones.md", "In an app")):
        chapter = load_chapter(page, heading)
        for block in chapter.split("```python\n")[1:]:
            code = block.partition("```")[0]
            if "def " in code:
                exec(code, names)
    grey = cv2.imread(str(REPOSITORY / "samples" / "novel-uk.jpg"), cv2.IMREAD_GRAYSCALE)
    right = (REPOSITORY / "samples" / "novel-uk.txt").read_text(encoding="utf-8")
    assert likeness("".join(names["read_page"](grey, exported["litert"]).split()), "".join(right.split())) > 0.9


def test_a_document_is_read_again_on_another_backend() -> None:
    assert identify_engine(ReadSettings()) != identify_engine(ReadSettings(backend="tensorflow"))


@pytest.mark.parametrize("backend", ["litert", "litert-int8"])
def test_a_model_that_is_missing_is_told_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], backend: str
) -> None:
    command = ["scan", str(REPOSITORY / "samples"), "-o", str(tmp_path / "out"), "--backend", backend]
    assert main(command) == ExitCode.BAD_BUNDLE
    assert "e2eocr export all -o DIR --format litert" in capsys.readouterr().err


@pytest.mark.parametrize("backend", ["tensorflow", "keras"])
def test_weights_that_are_missing_are_told(tmp_path: Path, backend: str) -> None:
    path = write_tiny_bundle(tmp_path / "bars")
    with pytest.raises(BundleError, match=r"holds no weights\.npz"):
        identify_engine(ReadSettings(detector="projection", recognizer=str(path), backend=backend))


def test_a_folder_without_models_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["scan", str(REPOSITORY / "samples"), "-o", str(tmp_path / "out"), "--models", str(tmp_path)]
    assert main(command) == ExitCode.BAD_BUNDLE
    assert f"There is no detector 'dbnet' in {tmp_path}" in capsys.readouterr().err
    with pytest.raises(BundleError, match="holds no recognizer"):
        identify_engine(ReadSettings(detector="projection", models=tmp_path))


@pytest.mark.parametrize("content", [b"", b"not a model" * 100], ids=["0 bytes", "nonsense"])
def test_a_litert_file_that_is_no_model_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.tflite").write_bytes(content)
    with pytest.raises(BundleError, match=r"model\.tflite cannot be run"):
        LiteRTModel(tmp_path / "model.tflite")


def test_without_keras_the_install_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def refuse(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "keras":
            raise ModuleNotFoundError("No module named 'keras'", name="keras")
        return imported(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    with pytest.raises(MissingDependencyError, match=r"pip install 'e2eocr\[train\]'"):
        use_keras(None)


@pytest.mark.slow
def test_keras_cannot_change_its_backend() -> None:
    use_keras(None)  # from here on it has one
    with pytest.raises(UsageError, match="cannot change"):
        use_keras("numpy")


@pytest.mark.slow
def test_one_model_reads_pages_of_any_size(exported: dict[str, Path]) -> None:
    model = LiteRTModel(exported["litert"] / "dbnet" / "model-float.tflite")
    for height, width in ((64, 96), (320, 32), (64, 96)):
        assert model(np.ones((2, height, width, 1), np.float32)).shape == (2, height // 4, width // 4, 4)
