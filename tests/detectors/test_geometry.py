"""Quads: corners, boxes, sizes, overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.geometry import boxes_from_quads, clip_quads, have_area, in_boxes, quad_overlap, quads_from_boxes

SIDE = st.integers(1, 1000)


@given(st.lists(st.tuples(SIDE, SIDE, SIDE, SIDE), max_size=5))
def test_boxes_come_back_from_their_quads(sizes: list[tuple[int, int, int, int]]) -> None:
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in sizes], np.float32).reshape(-1, 4)
    assert np.array_equal(boxes_from_quads(quads_from_boxes(boxes)), boxes)


def test_corners_go_clockwise_from_the_top_left() -> None:
    assert quads_from_boxes(np.array([[1, 2, 5, 4]])).tolist() == [[[1, 2], [5, 2], [5, 4], [1, 4]]]


def test_points_lie_in_any_of_several_boxes() -> None:
    boxes = np.array([[0, 0, 2, 2], [10, 10, 12, 14]])
    points = np.array([[1, 1], [2, 2], [3, 1], [11, 13], [11, 15]])
    assert in_boxes(points, boxes).tolist() == [True, True, False, True, False]
    assert not in_boxes(points, np.zeros((0, 4))).any() and in_boxes(np.zeros((0, 2)), boxes).shape == (0,)


OVERLAPS = [
    ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),  # the same
    ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),  # half of each
    ((0, 0, 10, 10), (2, 2, 7, 6), 0.2),  # one inside the other
    ((0, 0, 10, 10), (20, 0, 30, 10), 0.0),  # apart
    ((0, 0, 10, 10), (3, 3, 3, 8), 0.0),  # no area
]


@pytest.mark.parametrize(("first", "second", "expected"), OVERLAPS)
def test_overlap_is_shared_area_over_all_area(first: tuple[int, ...], second: tuple[int, ...], expected: float) -> None:
    one, other = quads_from_boxes(np.array([first, second]))
    assert quad_overlap(one, other) == pytest.approx(expected, abs=1e-5)
    assert quad_overlap(other, one) == pytest.approx(expected, abs=1e-5)


def test_a_turned_quad_shares_its_own_area_only() -> None:
    diamond = np.array([[5, 0], [10, 5], [5, 10], [0, 5]], np.float32)
    assert quad_overlap(diamond, quads_from_boxes(np.array([0, 0, 10, 10]))[0]) == pytest.approx(0.5)


def test_corners_outside_a_picture_move_to_its_edge() -> None:
    quads = quads_from_boxes(np.array([[-5, 2, 50, 30]]))
    assert boxes_from_quads(clip_quads(quads, width=40, height=20)).tolist() == [[0, 2, 40, 20]]


def test_a_quad_beyond_the_edge_of_its_picture_has_no_area_left() -> None:
    quads = np.array([[[5, 98], [15, 98], [15, 104], [5, 104]], [[5, 101], [15, 101], [15, 104], [5, 104]]], np.float32)
    assert have_area(clip_quads(quads, 100, 100), 1.0).tolist() == [True, False]
