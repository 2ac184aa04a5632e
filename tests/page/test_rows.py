"""Rows of what stands side by side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.page.rows import middle, part_rows, percentile, slices


def test_what_stands_side_by_side_is_a_row_from_left_to_right() -> None:
    members = np.array([3, 5, 8, 9, 11])
    lefts, middles = np.array([50.0, 10.0, 10.0, 90.0, 10.0]), np.array([11.0, 10.0, 40.0, 12.0, 40.5])
    rows = part_rows(members, lefts, middles, np.full(5, 10.0), 0.4)
    assert [row.tolist() for row in rows] == [[5, 3, 9], [8, 11]]


def test_a_low_thing_is_of_no_row_that_it_hardly_meets() -> None:
    rows = part_rows(np.arange(2), np.array([0.0, 20.0]), np.array([10.0, 14.0]), np.array([20.0, 5.0]), 0.4)
    assert len(rows) == 2


@pytest.mark.parametrize("places", [[], [2], [1, 2, 4]])
def test_slices_are_those_of_numpy(places: list[int]) -> None:
    values = np.arange(5)
    assert [part.tolist() for part in slices(values, places)] == [part.tolist() for part in np.split(values, places)]


def test_nothing_has_no_slices() -> None:
    assert slices(np.arange(0), []) == []


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=60), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]))
def test_percentiles_are_those_of_numpy(values: list[float], share: float) -> None:
    assert percentile(np.array(values), share) == np.percentile(np.array(values), 100 * share)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=60))
def test_the_middle_is_the_median_of_numpy(values: list[float]) -> None:
    assert middle(np.array(values)) == np.median(np.array(values))


def test_the_middle_of_nothing_is_no_number() -> None:
    assert np.isnan(middle(np.zeros(0)))
