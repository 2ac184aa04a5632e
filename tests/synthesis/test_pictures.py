"""Pictures beside text and behind it: parts of photographs, and what is drawn where there are none."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from e2eocr.errors import DataError, DocumentError
from e2eocr.synthesis.pages import pictures
from e2eocr.synthesis.pages.pictures import DRAWN_PICTURES, Pictures


@pytest.fixture
def photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a large picture that is red above and blue below, and nothing else to choose."""
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[:150, :, 2], pixels[150:, :, 0] = 255, 255  # BGR
    (tmp_path / "inner").mkdir()
    cv2.imwrite(str(tmp_path / "inner" / "sunset.png"), pixels)
    (tmp_path / "notes.txt").write_text("taken in the evening")
    monkeypatch.setattr(pictures, "_PHOTOGRAPHS", 1.0)
    monkeypatch.setattr(pictures, "_HALFTONED", 0.0)
    return tmp_path


@pytest.mark.parametrize("size", [(200, 100), (90, 240), (2000, 1500), (3, 3)])
def test_a_part_of_a_photograph_fills_any_size(photographs: Path, size: tuple[int, int]) -> None:
    part = Pictures.of_folder(photographs).draw(*size, random.Random(1))
    assert part.shape == (max(size[1], 8), max(size[0], 8), 3) and part.dtype == np.uint8
    assert part[:, :, 1].max() == 0, "red and blue stay what they are"
    assert part[:, :, 0].max() > 150 or part[:, :, 2].max() > 150


def test_parts_differ_and_a_seed_gives_the_same(photographs: Path) -> None:
    from_folder = Pictures.of_folder(photographs)
    first, again, other = (from_folder.draw(120, 120, random.Random(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_is_too_small_is_repeated_rather_than_blurred(tmp_path: Path, photographs: Path) -> None:
    stripes = np.zeros((40, 40, 3), np.uint8)
    stripes[:, ::4] = 255
    part = pictures._part(stripes, 800, 400, random.Random(3))
    assert part.shape == (400, 800, 3)
    stripes_seen = np.count_nonzero(np.diff((part[200, :, 0] > 100).astype(int)) == 1)
    assert stripes_seen > 0.9 * 800 / 4 / pictures._MOST_ENLARGED


def test_without_photographs_they_are_drawn() -> None:
    drawn = DRAWN_PICTURES.draw(160, 90, random.Random(5))
    assert drawn.shape == (90, 160, 3) and drawn.std() > 1


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no picture"):
        Pictures.of_folder(tmp_path)


def test_a_photograph_that_cannot_be_read_is_named(photographs: Path) -> None:
    (photographs / "inner" / "sunset.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(DocumentError, match=r"sunset\.png"):
        Pictures.of_folder(photographs).draw(50, 50, random.Random(1))
