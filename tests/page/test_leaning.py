"""Short text runs as what is around it does."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.detectors import box, turned_box

from e2eocr.page.leaning import level_words
from e2eocr.page.orientation import common_skew


def angles(quads: np.ndarray) -> np.ndarray:
    edges = quads[:, 1] - quads[:, 0]
    return np.degrees(np.arctan2(edges[:, 1], edges[:, 0]))


def table(lean: float, skew: float = 0.0) -> np.ndarray:
    """Words that lean by some degrees, four cells of two digits in each row that lean by half of it; all turned."""
    words = [turned_box((40, 20 + 40 * row), (60, 22), lean) for row in range(6)]
    cells = [turned_box((150 + 120 * at, 20 + 40 * row), (26, 22), lean / 2) for row in range(6) for at in range(4)]
    turn = np.radians(skew)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (np.array([*words, *cells]) @ matrix.T).astype(np.float32)


@pytest.mark.parametrize("skew", [0.0, 1.5, -2.0])
def test_a_table_of_short_cells_runs_as_its_rows_do(skew: float) -> None:
    """A grid of numbers was told to be askew by 1.3 degrees, and its rows came out as columns."""
    quads = table(1.8, skew)
    levelled = level_words(quads)
    assert np.abs(angles(levelled) - skew).max() < 0.7
    assert common_skew(levelled) == pytest.approx(skew, abs=0.3)
    np.testing.assert_allclose(levelled.mean(axis=1), quads.mean(axis=1), atol=1e-3)


def test_long_lines_tell_how_a_digit_beside_them_runs() -> None:
    lines = [turned_box((300, 40 * row), (400, 20), 3.0) for row in range(1, 6)]
    levelled = level_words(np.array([*lines, turned_box((60, 100), (18, 20), 0.0)], np.float32))
    assert angles(levelled) == pytest.approx([3.0] * 6, abs=0.05)


def test_what_runs_otherwise_stays() -> None:
    """A label on the slant, a column on end, a word that surely falls."""
    lines = [box(100, 40 * row, 500, 40 * row + 20) for row in range(1, 6)]
    others = [turned_box((60, 100), (22, 20), 45.0), box(30, 40, 50, 140), turned_box((600, 60), (60, 20), 8.0)]
    quads = np.array([*lines, *others], np.float32)
    np.testing.assert_allclose(level_words(quads), quads, atol=0.1)


def test_columns_run_as_they_do() -> None:
    """Those of a page in Japanese, scanned a little askew."""
    columns = np.array([turned_box((60 * at, 200), (24, 300), 1.5) for at in range(1, 5)], np.float32)
    np.testing.assert_array_equal(level_words(columns), columns)


def test_a_page_of_specks_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that each line takes grows with their number."""
    monkeypatch.setattr("e2eocr.page.leaning.MOST", 20)
    quads = table(1.8)
    assert level_words(quads) is quads


def test_a_word_alone_stays_and_nothing_is_nothing() -> None:
    word = np.array([turned_box((60, 60), (50, 20), 2.0)], np.float32)
    np.testing.assert_allclose(level_words(word), word, atol=1e-3)
    assert len(level_words(np.zeros((0, 4, 2), np.float32))) == 0
