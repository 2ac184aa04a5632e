"""Quarter turns of pages, and lines that run up or down beside upright text."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from doubles.detectors import box

from e2eocr.page.orientation import (
    Orientation,
    common_skew,
    find_on_end,
    find_orientation,
    run_on_end,
    try_turns,
    turn_sideways,
)
from recognizers.base import CharSpan, LineText

ReadLines = Callable[[np.ndarray], list[LineText]]


def line(x: float, y: float, length: float, angle: float, height: float = 20.0) -> np.ndarray:
    """The quad `(4, 2)` of a text that begins at a place and runs on at an angle, degrees clockwise."""
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    across = np.array([-along[1], along[0]])
    start = np.array([x, y])
    end = start + length * along
    return np.array([start, end, end + height * across, start + height * across], np.float32)


def as_found(quads: np.ndarray) -> np.ndarray:
    """The quads as a detector gives them, which cannot tell where a text begins: the first edge runs to the right."""
    edges = np.roll(quads, -1, axis=1) - quads
    first = np.argmax(edges[..., 0] / np.linalg.norm(edges, axis=2), axis=1)
    return np.stack([np.roll(quad, -at, axis=0) for quad, at in zip(quads, first, strict=True)])


def line_text(confidence: float) -> LineText:
    return LineText("a text", 0.5, tuple(CharSpan(at / 6, (at + 1) / 6, confidence) for at in range(6)))


def reader_of(
    truth: np.ndarray, *, right: float = 0.95, wrong: float = 0.3, read: list[int] | None = None
) -> ReadLines:
    """Reads a line surely where its quad begins at the start of its text; `read` counts the lines."""

    def read_lines(quads: np.ndarray) -> list[LineText]:
        if read is not None:
            read.append(len(quads))
        sure = [np.abs(truth - quad).max(axis=(1, 2)).min() < 1 for quad in quads]
        return [line_text(right if each else wrong) for each in sure]

    return read_lines


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, -4.0])
def test_the_turn_of_a_page_is_found(turn: int, skew: float) -> None:
    # A page that must be turned clockwise by `turn` has its text running at `-turn`.
    truth = np.stack([line(400 + 7 * n, 400 + 40 * n, 200 + 9 * n, skew - turn) for n in range(5)])
    found = find_orientation(as_found(truth), reader_of(truth))
    assert found.turn == turn
    assert found.evidence > 10


def test_a_row_of_icons_turns_no_page_whose_short_lines_are_upright() -> None:
    icons = line(50, 50, 600, 0, height=90)
    captions = np.stack([line(60 + 150 * n, 160, 80, 0) for n in range(5)])

    def read(quads: np.ndarray) -> list[LineText]:
        of_captions = reader_of(captions)(quads)
        upside_down = np.abs(np.roll(icons, 2, axis=0) - quads).max(axis=(1, 2)) < 1  # bars that look like letters
        return [line_text(0.9) if on_head else other for on_head, other in zip(upside_down, of_captions, strict=True)]

    assert find_orientation(icons[None], read).turn == 180
    assert find_orientation(np.concatenate([icons[None], captions]), read).turn == 0


def test_capitals_on_their_heads_are_not_legible_enough() -> None:
    truth = np.stack([line(400, 400 + 40 * n, 200, 180) for n in range(5)])
    assert find_orientation(as_found(truth), reader_of(truth, right=0.99, wrong=0.86)).turn == 180


@pytest.mark.parametrize("turn", [90, 270])
def test_numbers_that_stand_upright_hold_a_chart_whose_labels_run_on_end(turn: int) -> None:
    labels = np.stack([line(300 + 60 * n, 600, 120, -turn) for n in range(8)])
    numbers = np.stack([line(40, 60 * n, 26, 0) for n in range(6)])
    page = as_found(np.concatenate([labels, numbers]))
    told = find_orientation(page, reader_of(np.concatenate([labels, numbers])))
    assert told.turn == 0 and told.evidence > 10
    pieces = np.stack([line(340 + 60 * n, 300, 26, -turn) for n in range(6)])  # of words that run as the labels do
    assert (
        find_orientation(as_found(np.concatenate([labels, pieces])), reader_of(np.concatenate([labels, pieces]))).turn
        == turn
    )
    letter = np.stack([line(300 + 30 * n, 600, 500, -turn) for n in range(24)])  # with a stamp across
    assert (
        find_orientation(as_found(np.concatenate([letter, numbers])), reader_of(np.concatenate([letter, numbers]))).turn
        == turn
    )
    few = np.concatenate([labels, numbers[:2]])
    assert find_orientation(as_found(few), reader_of(few)).turn == turn


def test_an_upright_page_costs_one_reading_of_few_lines() -> None:
    truth = np.stack([line(10, 40 * n, 300, 0) for n in range(50)])
    read: list[int] = []
    assert find_orientation(truth, reader_of(truth, read=read)).turn == 0
    assert read == [8]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (0.8, 0.75),  # hardly better one way than the other
        (0.6, 0.4),  # legible neither way
        (0.0, 0.0),  # a script that nobody here can read
    ],
)
def test_a_page_that_is_not_legible_stays_as_it_is(right: float, wrong: float) -> None:
    truth = np.stack([line(400, 400 + 40 * n, 200, 180) for n in range(5)])
    assert find_orientation(as_found(truth), reader_of(truth, right=right, wrong=wrong)).turn == 0


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_bent_page_is_turned_where_one_way_is_far_more_legible(turn: int) -> None:
    truth = np.stack([line(400, 400 + 40 * n, 200, -turn) for n in range(5)])
    assert find_orientation(as_found(truth), reader_of(truth, right=0.7, wrong=0.4)).turn == turn


@pytest.mark.parametrize("angle", [90, -90])
def test_lines_beside_the_text_run_up_or_down(angle: int) -> None:
    truth = np.stack([*(line(100, 40 * n, 300, 0) for n in range(5)), line(50, 300, 150, angle)])
    np.testing.assert_allclose(turn_sideways(as_found(truth), reader_of(truth)), truth, atol=1e-3)


def test_a_letter_on_its_own_turns_no_page() -> None:
    page = np.array([line(100, 100, 60, 90, height=30)])
    found = find_orientation(as_found(page), lambda quads: [LineText("E", 0.5 + 0.5 * (quads[0, 0, 1] < 101))])
    assert found == Orientation()


def test_a_narrow_letter_is_no_line_that_runs_down() -> None:
    truth = np.stack([*(line(100, 40 * n, 300, 0) for n in range(5)), line(50, 300, 10, 0, height=30)])
    np.testing.assert_allclose(turn_sideways(as_found(truth), reader_of(truth)), truth, atol=1e-3)


def test_a_lone_stem_is_no_dash_on_its_side() -> None:
    stem = box(50, 300, 56, 330)[None]

    def read(quads: np.ndarray) -> list[LineText]:
        upright = quads[0, 0, 0] < quads[0, 1, 0]
        return [LineText("I", 0.3) if upright else LineText("-", 0.95)]

    assert turn_sideways(stem, read).tolist() == stem.tolist()


@pytest.mark.parametrize(("text", "turned"), [("2 L ≤", False), ("○ c", False), ("Labor", True), ("No 7", True)])
def test_letters_in_cells_beneath_each_other_are_no_line_on_end(text: str, turned: bool) -> None:
    place = box(50, 300, 80, 400)[None]

    def read(quads: np.ndarray) -> list[LineText]:
        upright = quads[0, 0, 0] < quads[0, 1, 0]
        return [LineText("E", 0.3) if upright else LineText(text, 0.95)]

    assert (turn_sideways(place, read).tolist() != place.tolist()) == turned


@pytest.mark.parametrize("skew", [0.0, 3.2, -9.0])
def test_the_skew_is_that_of_most_of_the_text(skew: float) -> None:
    slanted = line(50, 300, 60, skew + 30)
    standing = line(50, 300, 900, 90)
    lines = np.stack([*(line(100, 40 * n, 300, skew) for n in range(5)), slanted, standing])
    assert common_skew(lines) == pytest.approx(skew, abs=0.01)


def test_no_lines_have_neither_turn_nor_skew() -> None:
    none = np.zeros((0, 4, 2), np.float32)
    read = reader_of(np.zeros((1, 4, 2)))
    assert find_orientation(none, read) == Orientation()
    assert (turn_sideways(none, read).shape, common_skew(none)) == ((0, 4, 2), 0.0)


def bars() -> np.ndarray:
    """A page whose lines are bars, dark at their beginning."""
    page = np.full((400, 300, 3), 255, np.uint8)
    for row in range(8):
        page[20 + 45 * row : 40 + 45 * row, 30:150] = 20
        page[20 + 45 * row : 40 + 45 * row, 150:260] = 100
    return page


def find_bars(pixels: np.ndarray) -> np.ndarray:
    """Finds bars where they lie level."""
    dark = pixels[:, :, 0] < 128
    edges = np.diff(np.concatenate([[0], dark.any(axis=1).astype(int), [0]]))
    quads = []
    for top, bottom in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
        columns = np.flatnonzero(dark[top:bottom].any(axis=0))
        quads.append([[columns[0], top], [columns[-1], top], [columns[-1], bottom], [columns[0], bottom]])
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def read_bars(pixels: np.ndarray, quads: np.ndarray) -> list[LineText]:
    """Reads a bar that begins where its quad does, and sees an O in others."""

    def first_and_last(quad: np.ndarray) -> tuple[int, int]:
        left, right = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
        ends = (left + (right - left) * share for share in (0.25, 0.75))
        first, last = (int(pixels[round(float(y)), round(float(x)), 0]) for x, y in ends)
        return first, last

    ends = map(first_and_last, quads)
    return [LineText("a legible line", 0.8) if first < last - 20 else LineText("O", 0.5) for first, last in ends]


def turned_by(page: np.ndarray, turn: int) -> np.ndarray:
    """A page that takes `turn` degrees clockwise to stand upright."""
    return np.ascontiguousarray(np.rot90(page, turn // 90))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_turned_to_see_where_only_level_lines_are_found(turn: int) -> None:
    found = try_turns(turned_by(bars(), turn), find_bars, read_bars)
    assert found.turn == turn
    assert found.evidence > 10
    assert try_turns(np.full_like(bars(), 255), find_bars, read_bars).evidence == 0


@pytest.mark.parametrize("turn", [90, 270])
def test_a_page_whose_lines_run_on_end_is_looked_at_on_its_side(turn: int) -> None:
    found = find_on_end(turned_by(bars(), turn), find_bars, read_bars)
    assert found.turn == turn
    assert found.evidence > 10


def test_a_page_that_is_not_legible_on_its_side_stays() -> None:
    page = turned_by(bars(), 90)
    assert find_on_end(page, find_bars, lambda _, quads: [LineText("ɥɔʇəɹʞs", 0.5)] * len(quads)) == Orientation()
    assert find_on_end(page, lambda _: np.zeros((0, 4, 2), np.float32), read_bars) == Orientation()


def test_only_many_lines_on_end_tell_that_a_page_may_lie_on_its_side() -> None:
    on_end = np.stack([line(100 + 40 * n, 100, 300, 90) for n in range(8)])
    level = np.stack([line(100, 40 * n, 300, 0) for n in range(3)])
    assert run_on_end(as_found(on_end))
    assert not run_on_end(as_found(on_end[:7]))
    assert not run_on_end(as_found(np.concatenate([on_end, level])))
    assert not run_on_end(level)
