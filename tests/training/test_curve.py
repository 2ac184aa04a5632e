"""Curves of runs."""

from __future__ import annotations

from pathlib import Path

import cv2

from e2eocr.training.run.curve import draw_curve
from e2eocr.training.run.progress import Terms


def test_a_run_without_errors_has_a_curve(tmp_path: Path) -> None:
    terms = Terms("recognizer", "lines", "cer", "loss", "CER", "CER", "log")
    history = [{"lines": 10, "loss": 0.1, "cer": {"held out": 0.0}}, {"lines": 20, "loss": 0.05, "cer": {}}]
    draw_curve(history, tmp_path / "curve.png", terms)
    picture = cv2.imread(str(tmp_path / "curve.png"))
    assert picture is not None and picture.std() > 0
