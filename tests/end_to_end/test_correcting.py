"""Read, correct, train: the commands of docs/training.md, as they are printed there."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from doubles.chapters import block_of, commands_of, load_chapter, run_command
from doubles.data_sets import put_picture

from e2eocr.truth.labelled import find_labelled
from e2eocr.truth.lines import open_lines
from e2eocr.truth.pages import open_pages

RIGHT = "Total \u20ac 12.50"


CHAPTER = load_chapter("training.md", "Correct and train")


def commands(format: str) -> list[list[str]]:
    """The commands of the chapter, for one of the formats to correct in."""
    return commands_of(CHAPTER.replace("labelme", format))


def run(command: list[str]) -> int:
    """Run a command of the chapter; `unzip` need not be installed."""
    if command[0] != "unzip":
        return run_command(command)
    for archive in Path().glob(command[3]):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(command[2])
    return 0


def correct(folder: Path) -> None:
    """Do what a person would do who sees that the text of the page is another."""
    [result] = Path("out").rglob("*.json")
    [line] = json.loads(result.read_text(encoding="utf-8"))["pages"][0]["lines"]
    [truth] = [path for path in folder.iterdir() if path.suffix in (".json", ".xml")]
    text = truth.read_text(encoding="utf-8")
    assert line["text"] in text and RIGHT not in text
    truth.write_text(text.replace(line["text"], RIGHT), encoding="utf-8")


@pytest.fixture(params=["labelme", "page"])
def corrected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The labelled folder that the commands of the chapter make of a scan, with a correction in it."""
    monkeypatch.chdir(tmp_path)
    put_picture(tmp_path / "letters" / "a.png", "Total 12.50")
    scan, convert, unzip, import_, evaluate, train = commands(request.param)
    assert [run(scan), run(convert), run(unzip)] == [0, 0, 0]
    correct(Path(unzip[2]))
    assert run(import_) == 0
    assert (evaluate[1], train[1]) == ("evaluate", "train")
    return Path("corrected")


@pytest.mark.slow
def test_what_was_corrected_is_measured_and_learned(corrected: Path) -> None:
    page = open_pages(corrected)[0]
    assert page.text == RIGHT and page.lines[0].language == "de"
    store = open_lines(corrected)
    assert store.texts == [RIGHT] and store[0].image.min() < 100
    *_, evaluate, train = commands("labelme")
    assert run(evaluate) == 0
    assert [document.language for document in find_labelled(corrected)] == ["de"]
    recipe = """
        lines = 8
        epoch_lines = 4
        warmup_lines = 2
        batch_pixels = 512
        precision = "float32"
        architecture = {stem_filters = 4, features = 16, lstm_units = 8, dropout = 0.0, stages = [
            {filters = 8, convolutions = 1, pool = [2, 2]}, {filters = 8, convolutions = 1, pool = [4, 1]}]}
        [[train]]
        path = "corrected"
        [[validation]]
        path = "corrected"
        degrade = 0.0
    """
    Path("correct.toml").write_text(recipe, encoding="utf-8")
    assert run([each for each in train if each not in ("--from", "alphabetic")]) == 0
    rows = Path("runs/letters/metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["lines"] for row in rows] == [4, 8]
    assert "corrected" in json.loads(rows[-1])["cer"]


def test_the_recipe_of_the_chapter_is_one(tmp_path: Path) -> None:
    from e2eocr.training.recognizer.recipe import load_recipe

    (tmp_path / "correct.toml").write_text(block_of(CHAPTER, "toml"), encoding="utf-8")
    recipe = load_recipe(tmp_path / "correct.toml")
    assert [each.path for each in recipe.train] == ["corrected", "data/synthetic"]
