"""The benchmark of readers on whole documents: peers that are programs of their own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import compare
import cv2
import numpy as np
import pytest

from e2eocr.errors import MissingDependencyError
from e2eocr.settings import ReadSettings

PEER = """
import json, sys
from pathlib import Path
print("ready", flush=True)
for path in sys.stdin:
    size = Path(path.strip()).stat().st_size
    print(json.dumps([[f"{size > 0}", 0.5, [[0, 0], [9, 0], [9, 4], [0, 4]]]]), flush=True)
"""


def command(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        cv2.imwrite(str(path), np.full((40, 60), 255, np.uint8))
    return paths


def test_a_program_answers_for_each_picture(pictures: list[Path]) -> None:
    with compare.CommandReader("other", command(PEER), ReadSettings()) as reader:
        documents = [reader.read(path, path.name) for path in pictures]
    for document in documents:
        [page] = document.pages
        assert (page.width, page.height) == (60, 40) and document.engine.detector == "other"
        assert [(line.text, line.confidence, line.bbox) for line in page.lines] == [("True", 0.5, (0, 0, 9, 4))]


def test_a_program_that_ends_is_named(pictures: list[Path]) -> None:
    with pytest.raises(MissingDependencyError, match="other has ended with code 3"):
        compare.CommandReader("other", command("raise SystemExit(3)"), ReadSettings())
    with pytest.raises(MissingDependencyError, match="other cannot be started"):
        compare.CommandReader("other", "/no/such/program", ReadSettings())
