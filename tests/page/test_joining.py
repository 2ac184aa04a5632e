"""Lines that were found in two pieces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.base import Detections, Layout
from e2eocr.page.joining import join_pieces, join_quads
from e2eocr.page.locate import line_finder
from recognizers.base import LineText

TOP, BOTTOM = 50, 80


def drawn(*strokes: tuple[int, int]) -> np.ndarray:
    """A page with a line of letters 20 pixels high, given by the stretches they take."""
    page = np.full((140, 700, 3), 235, np.uint8)
    for first, last in strokes:
        for x in range(first, last, 8):
            page[TOP + 5 : BOTTOM - 5, x : min(x + 5, last)] = 30
    return page


def piece(first: float, last: float, down: float = 0.0) -> list[list[float]]:
    return [[first, TOP + down], [last, TOP + down], [last, BOTTOM + down], [first, BOTTOM + down]]


def chains(page: np.ndarray, *pieces: list[list[float]]) -> list[list[int]]:
    return join_pieces(page, np.array(pieces, np.float32))


def test_pieces_that_run_into_each_other_are_one_line() -> None:
    page = drawn((20, 600))
    assert chains(page, piece(15, 310), piece(300, 605)) == [[0, 1]]
    assert chains(page, piece(300, 605), piece(15, 310)) == [[1, 0]]
    assert chains(page, piece(15, 210), piece(200, 410), piece(400, 605)) == [[0, 1, 2]]


def test_pieces_no_farther_apart_than_letters_are_one_word() -> None:
    page = drawn((20, 600))
    assert chains(page, piece(15, 310), piece(314, 605)) == [[0, 1]]
    assert chains(page, piece(15, 310), piece(320, 605)) == [[0], [1]]


def test_pieces_that_share_a_letter_may_differ_in_height() -> None:
    page = drawn((20, 600))
    low: list[list[float]] = [[300, TOP + 3], [605, TOP + 3], [605, BOTTOM - 8], [300, BOTTOM - 8]]
    assert chains(page, piece(15, 312), low) == [[0, 1]]
    assert chains(page, piece(15, 300), low) == [[0], [1]]


def test_a_chain_becomes_the_quad_of_the_whole_line() -> None:
    assert join_quads(np.array([piece(15, 310), piece(300, 605)], np.float32)).tolist() == piece(15, 605)


@pytest.mark.parametrize("degrees", [-2.0, 2.0])
def test_aslant_too(degrees: float) -> None:
    slope = np.tan(np.radians(degrees))
    turned = [[[x, y + slope * x] for x, y in each] for each in (piece(15, 310), piece(300, 605))]
    page = drawn((20, 600))
    for x in range(page.shape[1]):
        page[:, x] = np.roll(page[:, x], round(slope * x), axis=0)
    assert chains(page, *turned) == [[0, 1]]


@pytest.mark.parametrize(
    ("second", "strokes"),
    [
        (piece(305, 605), [(20, 312), (340, 600)]),  # a value that stands off from its name
        (piece(320, 605), [(20, 600)]),  # beside each other, and no more
        (piece(300, 605, down=20), [(20, 600)]),  # the next line
        (piece(40, 200), [(20, 600)]),  # within the other
    ],
    ids=["a gap", "no overlap", "another line", "inside"],
)
def test_others_stay_apart(second: list[list[float]], strokes: list[tuple[int, int]]) -> None:
    assert chains(drawn(*strokes), piece(15, 312), second) == [[0], [1]]


def test_a_rule_between_two_cells_joins_nothing() -> None:
    page = drawn((20, 300), (318, 600))
    page[20:120, 307:310] = 30
    assert chains(page, piece(15, 312), piece(304, 605)) == [[0], [1]]


def test_a_page_without_lines() -> None:
    assert join_pieces(drawn(), np.zeros((0, 4, 2), np.float32)) == []


class UnsureDetector:
    """Finds the pieces it was made with, as sure as it was told."""

    name = "unsure-detector"
    layout: Layout = "any-angle"

    def __init__(self, pieces: Sequence[list[list[float]]], scores: Sequence[float]) -> None:
        self.found = Detections(np.array(pieces, np.float32), np.array(scores, np.float32))

    def detect(self, image: np.ndarray) -> Detections:
        return self.found


class PlainReader:
    """Reads the same in every crop."""

    name = "plain-reader"

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        return [LineText("word", 0.9)] * len(crops)


@pytest.mark.parametrize(("score", "lines"), [(0.9, 1), (0.2, 2)])
def test_what_ink_alone_tells_is_no_piece_of_a_line(score: float, lines: int) -> None:
    detector = UnsureDetector([piece(15, 310), piece(300, 605)], [score, 0.9])
    located = line_finder(detector, PlainReader()).find(drawn((20, 600)))
    assert (len(located.quads), located.scores.max()) == (lines, pytest.approx(0.9))
