"""Records of what stands on a page: outlines, how they lie, and their way through JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from doubles.page_truth import assert_same_line, made_line

from e2eocr.synthesis.effects.warping import Warp, quarter_points, turn_about_centre
from e2eocr.truth.records import box_polygon, line_from_json, line_to_json, quad_of, skew_of, with_points

SIZE = (300, 200)


def test_points_on_edges_keep_the_outline() -> None:
    dense = with_points(box_polygon(0, 0, 100, 20), 30)
    assert dense.shape == (10, 2)
    np.testing.assert_array_equal(dense[[0, 4, 5, 9]], box_polygon(0, 0, 100, 20))
    np.testing.assert_allclose(quad_of(dense), box_polygon(0, 0, 100, 20), atol=1e-3)
    with pytest.raises(ValueError, match="four corners"):
        with_points(dense, 30)


@pytest.mark.parametrize("turns", range(4))
def test_a_quad_begins_where_the_text_does(turns: int) -> None:
    turned = made_line().bent(10).moved(lambda points: quarter_points(points, turns, SIZE))
    expected = quarter_points(box_polygon(10, 20, 110, 40), turns, SIZE)
    np.testing.assert_allclose(quad_of(turned.polygon), expected, atol=1e-3)


@pytest.mark.parametrize("degrees", [-7.0, 0.0, 3.5])
def test_skew_is_that_of_the_lines(degrees: float) -> None:
    warp = Warp(turn_about_centre(SIZE, degrees), SIZE)
    lines = [made_line().moved(warp.points), made_line(vertical=True), made_line(ignore=True)]
    assert skew_of(lines) == pytest.approx(degrees, abs=1e-3)
    assert skew_of(lines[1:]) == 0.0


def test_labels_on_the_slant_do_not_tell_how_their_page_lies() -> None:
    """A chart with more labels than lines of text was told to be askew by 29 degrees."""
    text, label = (
        made_line().moved(Warp(turn_about_centre(SIZE, degrees), SIZE).points) for degrees in (3.0, 35.0)
    )  # fmt: skip
    assert skew_of([text, *[label] * 5]) == pytest.approx(3.0, abs=1e-3)
    assert skew_of([label]) == 0.0


@pytest.mark.parametrize("flags", [{}, {"vertical": True}, {"ignore": True}, {"kind": "caption"}])
def test_lines_come_back_from_json(flags: dict[str, object]) -> None:
    line = made_line(**flags)
    assert_same_line(line_from_json(json.loads(json.dumps(line_to_json(line)))), line)
