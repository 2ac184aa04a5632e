"""From MNIST to a bundle: the commands of docs/training.md as they are printed, on digits that are drawn."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from doubles.chapters import block_of, commands_of, load_chapter, run_command
from doubles.data_sets import put_idx

CHAPTER = load_chapter("training.md", "Digits, from MNIST")
FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX)
# What the recipe of the chapter is shortened to.
SHORTER = {
    "lines = 20_000": "lines = 6_000",
    "epoch_lines = 5_000": "epoch_lines = 3_000",
    "batch_pixels = 3_072": "batch_pixels = 1_024",
    "warmup_lines = 2_000": "warmup_lines = 500",
}


def draw_digits(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits as MNIST has them, light on dark: `(count, 28, 28)` uint8 and their labels `(count,)` uint8."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = np.zeros((count, 28, 28), np.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        place = (int(rng.integers(3, 8)), int(rng.integers(21, 25)))
        face, size = FACES[int(rng.integers(len(FACES)))], float(rng.uniform(0.6, 0.8))
        cv2.putText(image, str(label), place, face, size, 255, int(rng.integers(1, 3)), cv2.LINE_AA)
    return images, labels


@pytest.mark.slow
def test_a_recognizer_of_digits_is_trained_exported_and_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_idx(tmp_path / "mnist", *draw_digits(3000, 1), zipped=True)
    put_idx(tmp_path / "mnist", *draw_digits(500, 2), zipped=True, stem="t10k")
    recipe = block_of(CHAPTER, "toml")
    for printed, shorter in SHORTER.items():
        assert printed in recipe
        recipe = recipe.replace(printed, shorter, 1)
    # Training and export share a process here, and with it Keras' policy of precision.
    Path("digits.toml").write_text(f'precision = "float32"\n{recipe}', encoding="utf-8")
    import_, train, export, evaluate = commands_of(CHAPTER)
    assert [run_command(command) for command in (import_, train, export)] == [0, 0, 0]
    assert run_command([*evaluate, "-o", "measured"]) == 0
    total = json.loads(Path("measured/evaluation.json").read_text(encoding="utf-8"))["rows"][-1]
    assert total["documents"] > 50 and total["cer"] <= 0.1
