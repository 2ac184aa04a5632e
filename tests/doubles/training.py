"""Line sets and recipes small enough to train on in a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from e2eocr.training.recognizer.recipe import LineSet, Recipe
from e2eocr.truth.line_shards import ShardWriter
from e2eocr.truth.records import LineSample

TINY = {
    "stem_filters": 4,
    "stages": [{"filters": 8, "convolutions": 1, "pool": [2, 2]}, {"filters": 8, "convolutions": 1, "pool": [4, 1]}],
    "features": 16,
    "lstm_units": 8,
    "dropout": 0.0,
}


def draw_line(text: str, height: int = 32) -> np.ndarray:
    """Black text on white, `(height, w)` uint8; ASCII alone."""
    image = np.full((height, 14 * len(text) + 20), 255, np.uint8)
    cv2.putText(image, text, (6, height - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.65, 0, 1, cv2.LINE_AA)
    return image


def words(count: int, seed: int = 1) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("abcde"), int(rng.integers(1, 9)))) for _ in range(count)]


def write_shards(folder: Path, texts: Sequence[str], *, images: Sequence[np.ndarray] | None = None) -> Path:
    """A store of drawn lines; returns its folder."""
    pictures = images if images is not None else [draw_line(text) for text in texts]
    with ShardWriter(folder) as writer:
        for text, image in zip(texts, pictures, strict=True):
            writer.write(LineSample(image, text, "en", "drawn"))
    return folder


def write_labelled(folder: Path, texts: Sequence[str]) -> Path:
    """A folder of PNG lines with a `labels.tsv`; returns it."""
    folder.mkdir()
    rows = []
    for number, text in enumerate(texts):
        cv2.imwrite(str(folder / f"{number}.png"), draw_line(text))
        rows.append(f"{number}.png\t{text}\ten\n")
    (folder / "labels.tsv").write_text("".join(rows), encoding="utf-8")
    return folder


def tiny_recipe(learn_from: Path, validation: Path | None = None, **changes: Any) -> Recipe:
    """A run of 4 epochs of 60 lines; clean pictures, float32, the architecture `TINY`."""
    values: dict[str, Any] = {
        "architecture": TINY,
        "train": (LineSet(str(learn_from), degrade=0.0),),
        "validation": () if validation is None else (LineSet(str(validation), degrade=0.0),),
        "lines": 240,
        "epoch_lines": 60,
        "batch_pixels": 1024,
        "learning_rate": 1e-2,
        "warmup_lines": 20,
        "precision": "float32",
        "data_workers": 0,
    }
    return Recipe(**(values | changes))
