"""Runs of pixels, and the rules that are made of them."""

from __future__ import annotations

from itertools import groupby

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.page.structure.rules import find_rules
from e2eocr.page.structure.runs import CONTRAST, long_runs

HEIGHT = 12.0  # of the text


@given(
    st.lists(st.lists(st.sampled_from((0, CONTRAST + 1)), min_size=40, max_size=40), min_size=1, max_size=4),
    st.integers(5, 40),
    st.integers(1, 40),
)
def test_long_runs_are_all_that_are_long_enough(rows: list[list[int]], length: int, full: int) -> None:
    rows[0][:full] = [255] * full  # long runs are rare by chance
    expected = []
    for number, row in enumerate(rows):
        start = 0
        for stands_out, group in groupby(value > CONTRAST for value in row):
            end = start + len(list(group))
            if stands_out and end - start >= length:
                expected.append([number, start, end])
            start = end
    assert long_runs(np.array(rows, np.uint8), length).tolist() == expected


def draw(*rules: tuple[int, int, int, int], thickness: int = 1) -> np.ndarray:
    picture = np.full((400, 600), 250, np.uint8)
    for x0, y0, x1, y1 in rules:
        cv2.rectangle(picture, (x0, y0), (x1 + thickness - 1, y1 + thickness - 1), 30, -1)
    return picture


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_rules_that_cross_are_whole(thickness: int) -> None:
    xs, ys = (50, 301, 550), (60, 180, 300)
    grid = [*((50, y, 550, y) for y in ys), *((x, 60, x, 300) for x in xs)]
    rules = find_rules(draw(*grid, thickness=thickness), HEIGHT)
    assert np.allclose(rules.level, [(50, 550 + thickness, y + thickness / 2) for y in ys], atol=thickness)
    assert np.allclose(rules.upright, [(60, 300 + thickness, x + thickness / 2) for x in xs], atol=thickness)


def test_strokes_of_letters_are_no_rules() -> None:
    picture = draw(*((x, 100, x, 112) for x in range(50, 300, 7)), *((x, 200, x + 20, 200) for x in range(50, 500, 60)))
    rules = find_rules(picture, HEIGHT)
    assert not len(rules.level)
    assert not len(rules.upright)
