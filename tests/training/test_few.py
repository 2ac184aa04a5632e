"""Few lines learned on top of a bundle: what it did not know is learned, and it can be exported without more data."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
from doubles.chapters import commands_of, load_chapter, run_command
from doubles.trained import trained_bundle
from doubles.training import draw_line, words, write_labelled, write_shards

from e2eocr.cli import main
from e2eocr.errors import DataError, ExitCode, UsageError
from e2eocr.models.bundles import Bundle, read_bundle
from e2eocr.models.loading import load_recognizer
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.training.recognizer import few
from e2eocr.training.recognizer.few import FewSettings, train_few
from e2eocr.training.recognizer.heritage import HELD, KEPT, load_heritage
from e2eocr.training.recognizer.kept import alphabet_of, draw_kept

QUICK = FewSettings(folds=2, rounds=2, kept_per_line=0.5, degrade=0.0)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("kept") / "lines", words(60))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, kept: Path) -> Bundle:
    return trained_bundle(tmp_path_factory.mktemp("base"), kept)


@pytest.fixture
def gain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each fold tell that lines are learned best in two rounds: a net of this size learns nothing in so few."""
    monkeypatch.setattr(few, "_fold_curve", lambda *_: np.array([0.5, 0.4, 0.2, 0.3]))


@pytest.mark.slow
def test_a_fold_is_measured_before_and_after_each_round(
    bundle: Bundle, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curves: list[np.ndarray] = []
    measure = few._fold_curve

    def measured(*given: Any) -> np.ndarray:
        curves.append(measure(*given))
        return np.array([0.5, 0.4, 0.4])

    monkeypatch.setattr(few, "_fold_curve", measured)
    made = train_few(bundle, [write_labelled(tmp_path / "mine", words(12, seed=2))], tmp_path / "run", kept, QUICK)
    assert (made.rounds, made.before, made.after) == (1, 0.5, 0.4)  # of equals the fewer rounds
    assert [curve.shape for curve in curves] == [(3,)] * 2 and all(np.isfinite(curve).all() for curve in curves)


@pytest.mark.slow
@pytest.mark.usefixtures("gain")
def test_few_lines_are_learned_and_exported(bundle: Bundle, kept: Path, tmp_path: Path) -> None:
    data = write_labelled(tmp_path / "mine", words(24, seed=2))
    made = train_few(bundle, [data], tmp_path / "run", kept, QUICK)
    assert (made.lines, made.rounds) == (24, 2) and made.after < made.before
    assert made.new_characters == ""
    assert {KEPT, HELD, "own", "checkpoint", "charset.txt"} <= {path.name for path in (tmp_path / "run").iterdir()}
    assert main(["export", str(tmp_path / "run"), "-o", str(tmp_path / "mine-bundle")]) == ExitCode.OK
    exported = read_bundle(tmp_path / "mine-bundle")
    assert exported.manifest["description"] == "tiny"
    assert exported.manifest["trained_on"] == ["words", "lines of its user"]
    assert exported.runtime["calibration"] == bundle.runtime["calibration"]
    assert load_recognizer(str(exported.path)).read([draw_line("abc")])[0].confidence >= 0


@pytest.mark.slow
@pytest.mark.usefixtures("gain")
def test_the_chapter_runs_as_printed(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("e2eocr.training.recognizer.few.KEPT_LINES", 60)  # drawn by the command itself
    write_labelled(tmp_path / "mine", words(12, seed=2))
    (tmp_path / "folder").mkdir()
    cv2.imwrite(str(tmp_path / "folder" / "line.png"), draw_line("abc"))
    for command in commands_of(load_chapter("training.md", "Few examples")):
        small = [str(bundle.path) if word == "alphabetic" else word for word in command]
        backend = ["--backend", keras.config.backend()] if "train" in command else []
        assert run_command([*small, *backend]) == ExitCode.OK
    assert (tmp_path / "out" / "line.png.txt").is_file()


@pytest.mark.slow
@pytest.mark.usefixtures("gain")
def test_the_charset_grows(bundle: Bundle, kept: Path, tmp_path: Path) -> None:
    data = write_labelled(tmp_path / "mine", words(20, seed=3))
    labels = data / "labels.tsv"
    labels.write_text(labels.read_text(encoding="utf-8").replace("a", "\U0001d11e"), encoding="utf-8")  # a clef
    made = train_few(bundle, [data], tmp_path / "run", kept, QUICK)
    assert made.new_characters == "\U0001d11e"
    characters = (tmp_path / "run" / "charset.txt").read_text(encoding="utf-8").splitlines()
    assert characters[-1] == "\U0001d11e" and len(characters) == len(load_alphabet("ALPHABETIC")) + 1
    assert load_heritage(tmp_path / "run")["from"] == bundle.identity
    assert main(["export", str(tmp_path / "run"), "-o", str(tmp_path / "grown")]) == ExitCode.OK
    assert read_bundle(tmp_path / "grown").architecture["classes"] == len(characters) + 1


@pytest.mark.slow
def test_what_teaches_nothing_is_told(
    bundle: Bundle, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(few, "_fold_curve", lambda *_: np.array([0.2, 0.3, 0.2]))
    data = write_labelled(tmp_path / "mine", words(12))
    with pytest.raises(DataError, match="no better after they were learned"):
        train_few(bundle, [data], tmp_path / "run", kept, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 9])
def test_too_few_lines_are_told(bundle: Bundle, kept: Path, tmp_path: Path, count: int) -> None:
    data = write_labelled(tmp_path / "mine", words(count))
    with pytest.raises(DataError, match=f"{count} lines can be learned; --few takes 10 to 1000. Label more"):
        train_few(bundle, [data], tmp_path / "run", kept, QUICK)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_folder_that_holds_something_is_left_alone(bundle: Bundle, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="holds something"):
        train_few(bundle, [kept], tmp_path, kept, QUICK)


def no_labels(folder: Path) -> Path:
    (folder / "mine").mkdir()
    return folder / "mine"


def empty_labels(folder: Path) -> Path:
    (no_labels(folder) / "labels.tsv").write_text("", encoding="utf-8")
    return folder / "mine"


def one_label(folder: Path) -> Path:
    return write_labelled(folder / "mine", ["abc"])


def corrupt_archive(folder: Path) -> Path:
    whole = folder / "whole.tar"
    with tarfile.open(whole, "w") as archive:
        archive.add(write_labelled(folder / "mine", words(12)), "mine")
    (folder / "mine.tar").write_bytes(b"\x07" * 300 + whole.read_bytes()[300:2000])
    return folder / "mine.tar"


def missing(folder: Path) -> Path:
    return folder / "mine"


@pytest.mark.parametrize("make", [no_labels, empty_labels, one_label, corrupt_archive, missing])
def test_data_that_cannot_be_used_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: Path, make: object
) -> None:
    data = make(tmp_path)  # type: ignore[operator]
    command = ["train", "recognizer", "--from", "alphabetic", "--few", "--data", str(data), "-o", str(tmp_path / "run")]
    assert main([*command, "--keep", str(kept), "--backend", keras.config.backend()]) == ExitCode.USAGE
    message = capsys.readouterr().err
    assert str(data) in message and "Traceback" not in message
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--few", "--data", "mine"], "Missing option --from"),
        (["--few", "--from", "alphabetic"], "Missing option --data"),
        (["recipe.toml", "--few", "--from", "alphabetic", "--data", "mine"], "RECIPE goes without --few"),
        (["recipe.toml", "--data", "mine"], "--data goes with --few"),
        ([], "No recipe is named"),
    ],
)
def test_options_that_do_not_fit_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["train", "recognizer", *arguments, "-o", str(tmp_path / "run")]) == ExitCode.USAGE
    assert message in capsys.readouterr().err


def test_a_model_of_no_bytes_is_told(bundle_of_bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bundle_of_bars / "model.onnx").write_bytes(b"")
    command = ["train", "recognizer", "--few", "--from", str(bundle_of_bars), "--data", "mine", "-o", str(tmp_path)]
    assert main(command) == ExitCode.BAD_BUNDLE
    assert "is not the file the bundle was made with" in capsys.readouterr().err


@pytest.fixture
def bundle_of_bars(tmp_path: Path) -> Path:
    from doubles.tiny_models import write_tiny_bundle

    return write_tiny_bundle(tmp_path / "bars")


def test_the_alphabet_of_a_charset_is_known() -> None:
    alphabet = load_alphabet("ALPHABETIC")
    assert alphabet_of(alphabet) == alphabet_of(alphabet + "\U0001d11e") == alphabet_of(alphabet[:900]) == "ALPHABETIC"
    assert alphabet_of("xyz!") is None


def test_lines_of_an_unknown_alphabet_are_asked_for(bundle_of_bars: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Name lines it knows by --keep"):
        draw_kept(read_bundle(bundle_of_bars), tmp_path / "lines", lines=10)
