"""Runs of pixels, and the rules that are made of them."""

from __future__ import annotations

from itertools import groupby

import cv2
import numpy as np
import pytest
from doubles.layouts import make_page, rows_of, text_line
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.page.structure import structure_page
from e2eocr.page.structure.frame import make_frames
from e2eocr.page.structure.rules import find_rules
from e2eocr.page.structure.runs import CONTRAST, long_runs, mark
from e2eocr.page.structure.sketch import make_sketch, median_grey, shrink

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
    assert long_runs(mark(np.array(rows, np.uint8)), length).tolist() == expected


def draw(*rules: tuple[int, int, int, int], thickness: int = 1) -> np.ndarray:
    picture = np.full((400, 600), 250, np.uint8)
    for x0, y0, x1, y1 in rules:
        cv2.rectangle(picture, (x0, y0), (x1 + thickness - 1, y1 + thickness - 1), 30, -1)
    return picture


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_rules_that_cross_are_whole(thickness: int) -> None:
    xs, ys = (50, 301, 550), (60, 180, 300)
    grid = [*((50, y, 550, y) for y in ys), *((x, 60, x, 300) for x in xs)]
    rules, dashed = find_rules(draw(*grid, thickness=thickness), HEIGHT)
    assert np.allclose(rules.level, [(50, 550 + thickness, y + thickness / 2) for y in ys], atol=thickness)
    assert np.allclose(rules.upright, [(60, 300 + thickness, x + thickness / 2) for x in xs], atol=thickness)
    assert not len(dashed.level)


@pytest.mark.parametrize("pitch", [15, 18, 30])
def test_rules_between_columns_go_on_across_those_between_low_rows(pitch: int) -> None:
    tops, xs = range(60, 60 + 9 * pitch, pitch), (50, 130, 210, 290)
    grid = [*((50, y, 290, y) for y in tops), *((x, tops[0], x, tops[-1]) for x in xs)]
    rules, _ = find_rules(draw(*grid), HEIGHT)
    assert np.allclose(rules.upright, [(tops[0], tops[-1] + 1, x + 0.5) for x in xs], atol=3)


def test_feet_of_letters_beside_each_other_are_no_rule() -> None:
    picture = draw(*((x, 200, x + 4, 200) for x in range(50, 500, 7)))
    assert not len(find_rules(picture, HEIGHT)[0].level)


def test_strokes_of_letters_are_no_rules() -> None:
    picture = draw(*((x, 100, x, 112) for x in range(50, 300, 7)), *((x, 200, x + 20, 200) for x in range(50, 500, 60)))
    for rules in find_rules(picture, HEIGHT):
        assert not len(rules.level)
        assert not len(rules.upright)


@pytest.mark.parametrize("shrunk", [1, 2])
@pytest.mark.parametrize(
    ("dash", "gap", "thickness"), [(2, 2, 2), (2, 4, 2), (3, 3, 3), (6, 4, 2), (8, 8, 2), (12, 6, 3)]
)
def test_rules_of_dots_and_dashes_are_rules(dash: int, gap: int, thickness: int, shrunk: int) -> None:
    if gap / shrunk > 7:
        pytest.skip("too far apart for text as small as that")
    xs, ys = (100, 460, 1060), (120, 360, 600)
    picture = np.full((800, 1200), 250, np.uint8)
    for y in ys:
        for x in range(xs[0], xs[-1], dash + gap):
            picture[y : y + thickness, x : x + dash] = 30
    for x in xs:
        for y in range(ys[0], ys[-1], dash + gap):
            picture[y : y + dash, x : x + thickness] = 30
    small = cv2.resize(picture, None, fx=1 / shrunk, fy=1 / shrunk, interpolation=cv2.INTER_AREA)
    _, dashed = find_rules(small, 2 * HEIGHT / shrunk)
    slack = 2 * (dash + gap)
    assert np.allclose(dashed.level * shrunk, [(100, 1060, y + thickness / 2) for y in ys], atol=slack)
    assert np.allclose(dashed.upright * shrunk, [(120, 600, x + thickness / 2) for x in xs], atol=slack)


def test_a_row_of_marks_at_odd_places_is_no_rule() -> None:
    rng = np.random.default_rng(0)
    picture = np.full((60, 600), 250, np.uint8)
    for x in np.cumsum(rng.integers(3, 9, 90)).tolist():
        picture[30:32, x : x + 2] = 30
    assert not len(find_rules(picture, HEIGHT)[1].level)


def dotted(*rules: tuple[int, int, int, int], dash: int, gap: int) -> np.ndarray:
    """A page with level and upright rules of dots or dashes, `(1400, 1000)` uint8."""
    picture = np.full((1400, 1000), 255, np.uint8)
    for x0, y0, x1, y1 in rules:
        for step in range(0, max(x1 - x0, y1 - y0), dash + gap):
            x, y = (x0 + step, y0) if y0 == y1 else (x0, y0 + step)
            picture[y : y + (2 if y0 == y1 else dash), x : x + (dash if y0 == y1 else 2)] = 0
    return picture


@pytest.mark.parametrize(("dash", "gap"), [(2, 3), (4, 4), (6, 4)])
def test_rules_of_dots_part_the_cells_of_a_table(dash: int, gap: int) -> None:
    """Texts that gaps alone would not part, and lines that are rows of their own where nothing keeps them together."""
    names = ["a name as long as its cell", "one more as long as its cell", "the third as long as a cell"]
    values = ["beta", "delta", "theta"]
    lines = rows_of(list(zip(names, values, strict=True)), (110, 408), 200, pitch=120)
    lines += rows_of([["12 units"], ["14 units"], ["16 units"]], (110,), 228, pitch=120)
    xs, ys = (100, 404, 700), (190, 310, 430, 550)
    edges = [(xs[0], y, xs[-1], y) for y in ys] + [(x, ys[0], x, ys[-1]) for x in xs]
    (table,) = structure_page(make_page(lines), dotted(*edges, dash=dash, gap=gap)).tables
    expected = [
        text
        for name, at, value in zip(names, (12, 14, 16), values, strict=True)
        for text in (f"{name} {at} units", value)
    ]
    assert [cell.text for cell in table.cells] == expected


def test_dots_that_lead_to_a_number_part_no_rows() -> None:
    entries = [text_line(f"Chapter {at} of many", 100, 200 + 40 * at) for at in range(4)]
    numbers = [text_line(str(11 + at), 700, 200 + 40 * at) for at in range(4)]
    leaders = [(280, 216 + 40 * at, 690, 216 + 40 * at) for at in range(4)]
    frame, *_ = make_frames([*entries, *numbers])
    small = shrink(dotted(*leaders, dash=2, gap=4), 1000, frame.height)
    sketch = make_sketch(small, frame)
    assert len(find_rules(small.grey, frame.height / sketch.scale)[1].level) == len(leaders)
    assert not len(sketch.rules(frame).level)


@pytest.mark.parametrize("upright", [True, False])
def test_dashes_are_rules_where_rules_meet_them(upright: bool) -> None:
    rows = rows_of([["Milk", "1.20"], ["Bread", "2.50"], ["TOTAL", "3.70"]], (120, 700), 200, 60)
    strokes = [(100, y, 900, y) for y in (170, 250, 310, 370)]  # of a receipt, if nothing crosses them
    strokes += [(500, 170, 500, 370)] if upright else []
    frame, *_ = make_frames(rows)
    sketch = make_sketch(shrink(dotted(*strokes, dash=4, gap=4), 1000, frame.height), frame)
    rules = sketch.rules(frame)
    assert (len(rules.level), len(rules.upright)) == ((4, 1) if upright else (0, 0))


@given(st.lists(st.integers(0, 255), min_size=1, max_size=200), st.integers(0, 255))
def test_the_middle_grey_is_the_least_up_to_which_half_of_a_picture_is(values: list[int], paper: int) -> None:
    picture = np.array([*values, *[paper] * 56]).astype(np.uint8).reshape(1, -1).repeat(9, axis=0)
    ordered = np.sort(picture, axis=None)
    assert median_grey(picture) == ordered[(len(ordered) - 1) // 2]
