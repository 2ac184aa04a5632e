"""From text to a bundle that reads: the chapters 1 to 4 of docs/training.md as they are printed, with few lines."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from doubles.chapters import blocks_of, load_chapter, run_command
from doubles.training import draw_line

from e2eocr.truth.lines import open_lines

DRAW, TRAIN, EXPORT, USE = ("1. Draw lines", "2. Train", "3. Export", "4. Measure and use")
TEXTS = {"en": "The quick brown fox jumps over 13 lazy dogs.", "de": "Zw\u00f6lf Boxk\u00e4mpfer jagen Viktor quer."}
# A net of the recipe's size learns nothing from so few lines; what is shortened is how long all takes.
FEWER = {"synth": ["--lines", "40"], "train recognizer": ["--lines", "24"], "train prior": ["--lines", "200"]}


def put_documents(folder: Path, text: str) -> None:
    """A labelled page of a line."""
    folder.mkdir()
    page = np.full((200, 400), 255, np.uint8)
    line = draw_line(text)
    page[80 : 80 + line.shape[0], 40 : 40 + line.shape[1]] = line
    cv2.imwrite(str(folder / "a.png"), page)
    right, below = 40 + line.shape[1], 80 + line.shape[0]
    polygon = [[40, 80], [right, 80], [right, below], [40, below]]
    truth = {"file": "a.png", "lines": [{"text": text, "polygon": polygon}]}
    (folder / "a.gt.json").write_text(json.dumps(truth), encoding="utf-8")


def run_chapter(heading: str) -> None:
    """Run all commands of a chapter, one after the other."""
    for block in blocks_of(load_chapter("training.md", heading), "console"):
        for line in block.splitlines():
            command = shlex.split(line)
            fewer = [more for start, more in FEWER.items() if " ".join(command[1:]).startswith(start)]
            assert run_command([*command, *(fewer[0] if fewer and "--from" not in command else [])]) == 0, line


@pytest.mark.slow
def test_the_way_from_text_to_a_bundle_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data/text").mkdir(parents=True)
    for language, text in TEXTS.items():
        Path(f"data/text/{language}.txt").write_text(f"{text}\n" * 20, encoding="utf-8")
    for folder in ("labelled", "folder"):
        put_documents(Path(folder), "abc 12")
    recipe = blocks_of(load_chapter("training.md", TRAIN), "toml")[0]
    Path("recipe.toml").write_text(recipe, encoding="utf-8")

    run_chapter(DRAW)
    assert len(open_lines(Path("data/synthetic")).texts) == len(open_lines(Path("data/held-out")).texts) == 40
    [train] = [shlex.split(line) for line in blocks_of(load_chapter("training.md", TRAIN), "console")[0].splitlines()]
    assert run_command([*train, *FEWER["train recognizer"], "--backend", keras.config.backend()]) == 0
    run_chapter(EXPORT)
    exported = {path.name for path in Path("bundles/mine").iterdir()}
    assert {"bundle.json", "model.onnx", "prior.npz", "metrics.json"} <= exported
    assert Path("models/mine/1/saved_model.pb").is_file() and list(Path("mobile/mine").rglob("*.tflite"))
    run_chapter(USE)
    assert Path("build/evaluation/evaluation.json").is_file() and Path("out/a.png.json").is_file()
