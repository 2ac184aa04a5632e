"""Edges of words against lines whose words are known to the pixel."""

from __future__ import annotations

import numpy as np
import pytest

from recognizers.gaps import fit_edges

HEIGHT, LETTER = 32, 12


def draw_line(*words: tuple[int, int], width: int = 200) -> np.ndarray:
    """A line with letters at the columns of each word, with a column between two letters."""
    pixels = np.zeros((HEIGHT, width), np.float32)
    for left, right in words:
        pixels[8:24, left:right] = 1
        pixels[8:24, left + LETTER : right : LETTER + 1] = 0
    return pixels


def rough(text: str, middles: list[float], width: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Edges midway between middles that are told too far left."""
    told = np.array(middles) - 3
    return np.array([0.0, *(told[1:] + told[:-1]) / 2, width]), told


def test_words_end_where_their_ink_does() -> None:
    pixels = draw_line((10, 35), (50, 75))
    edges, middles = rough("ab cd", [16, 29, 42, 56, 69])
    fitted = fit_edges(edges, middles, "ab cd", pixels)
    assert fitted[[0, 2, 3, 5]].tolist() == [10, 35, 50, 75]
    assert fitted[[1, 4]].tolist() == edges[[1, 4]].tolist()  # within words they stay


def test_a_line_without_a_gap_stays_as_told() -> None:
    pixels = np.ones((HEIGHT, 200), np.float32)
    pixels[:, ::2] = 0.5
    edges, middles = rough("ab cd", [16, 29, 42, 56, 69])
    assert fit_edges(edges, middles, "ab cd", pixels).tolist() == edges.tolist()


def test_gaps_are_seen_above_an_underline_and_beside_other_lines() -> None:
    pixels = draw_line((10, 35), (50, 75))
    pixels[25:27] = 1  # the underline
    pixels[:3, 36:49] = 1  # a letter of the line above, in the gap
    edges, middles = rough("ab cd", [16, 29, 42, 56, 69])
    assert fit_edges(edges, middles, "ab cd", pixels)[[2, 3]].tolist() == [35, 50]


@pytest.mark.parametrize("text", ["", " ", "  ", "a", " a", "a ", "a  b", " a b "])
def test_edges_stay_in_order_and_on_the_line(text: str) -> None:
    pixels = draw_line((10, 22), (50, 62), width=80)
    middles = np.linspace(5, 75, len(text)) if text else np.zeros(0)
    edges = np.linspace(0, 80, len(text) + 1)
    fitted = fit_edges(edges, middles, text, pixels)
    assert fitted.shape == edges.shape
    assert (np.diff(fitted) >= 0).all()
    assert fitted.min() >= 0
    assert fitted.max() <= 80


def test_one_character_is_as_wide_as_its_ink() -> None:
    assert fit_edges(np.array([0.0, 80.0]), np.array([30.0]), "a", draw_line((20, 32), width=80)).tolist() == [20, 32]
