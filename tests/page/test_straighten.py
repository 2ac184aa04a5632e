"""Straightening: the angle is found, the way back is right, and pages that show no angle stay untouched."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from e2eocr.page.straighten import map_points, straighten


def make_page(width: int = 827, height: int = 1169) -> np.ndarray:
    """A page of printed lines, as an A4 page at 100 dpi."""
    page = np.full((height, width, 3), 250, np.uint8)
    words = "The quick brown fox jumps over the lazy dog again and again"
    for baseline in range(80, height - 60, 24):
        cv2.putText(page, words, (60, baseline), cv2.FONT_HERSHEY_SIMPLEX, 0.62, (20, 20, 20), 1, cv2.LINE_AA)
    return page


def turn(page: np.ndarray, degrees: float, background: int = 250) -> np.ndarray:
    """Turn a page so that its lines fall to the right by so many degrees."""
    height, width = page.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    return cv2.warpAffine(page, matrix, (width, height), borderValue=(background,) * 3)


@pytest.mark.parametrize("degrees", [-9.0, -4.3, -1.0, 0.5, 2.2, 6.7, 9.4])
def test_finds_the_angle(degrees: float) -> None:
    assert straighten(turn(make_page(), degrees)).skew == pytest.approx(degrees, abs=0.2)


def test_light_text_on_dark_gets_a_dark_border() -> None:
    result = straighten(turn(255 - make_page(), 5.0, background=5))
    assert result.skew == pytest.approx(5.0, abs=0.2)
    assert result.pixels[0, 0].max() < 20


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def one_word() -> np.ndarray:
    page = np.full((600, 600, 3), 255, np.uint8)
    cv2.putText(page, "lone", (200, 300), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1)
    return turn(page, 6.0, background=255)


UNTOUCHED = {
    "level page": make_page(),
    "skew under 0.3 degrees": turn(make_page(), 0.15),
    "beyond the largest skew": turn(make_page(), 14.0),
    "blank page": np.full((900, 700, 3), 255, np.uint8),
    "black page": np.zeros((900, 700, 3), np.uint8),
    "photo-like smooth noise": cv2.GaussianBlur(noise(600, 600), (0, 0), 3),
    "noise": noise(600, 600),
    "one word": one_word(),
    "lines run upwards": np.ascontiguousarray(np.rot90(make_page())),
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "one row": np.zeros((1, 500, 3), np.uint8),
    "longer than OpenCV warps": np.full((2, 33_000, 3), 255, np.uint8),
}


@pytest.mark.parametrize("page", UNTOUCHED.values(), ids=UNTOUCHED.keys())
def test_leaves_a_page_alone(page: np.ndarray) -> None:
    result = straighten(page)
    assert result.pixels is page
    assert (result.skew, result.rotation) == (0.0, 0)
    assert np.array_equal(result.to_page, np.eye(3))


def test_nothing_is_cut_off_and_the_mark_maps_back() -> None:
    page = turn(make_page(), 7.0)
    page[:, :] = np.where(page > 200, 250, page)
    page[10:17, 10:17] = (255, 0, 0)
    result = straighten(page)
    red = (result.pixels[:, :, 0] > 200) & (result.pixels[:, :, 1] < 100)
    rows, columns = np.nonzero(red)
    centre = map_points(np.array([columns.mean(), rows.mean()]), result.to_page)
    assert centre == pytest.approx([13, 13], abs=1.0)


@settings(max_examples=15, deadline=None)
@given(degrees=st.floats(-9.0, 9.0), x=st.floats(0, 400), y=st.floats(0, 560))
def test_mapping_to_the_page_and_back_are_inverses(degrees: float, x: float, y: float) -> None:
    result = straighten(turn(make_page(413, 585), degrees))
    there = map_points(np.array([[x, y]]), np.linalg.inv(result.to_page))
    height, width = result.pixels.shape[:2]
    assert -1 <= there[0, 0] <= width and -1 <= there[0, 1] <= height
    assert map_points(there, result.to_page) == pytest.approx(np.array([[x, y]]), abs=0.5)


def test_map_points_keeps_shape_and_type() -> None:
    mapped = map_points(np.zeros((3, 4, 2)), np.array([[1, 0, 5], [0, 1, 7], [0, 0, 1]]))
    assert mapped.shape == (3, 4, 2) and mapped.dtype == np.float32
    assert mapped[2, 3].tolist() == [5.0, 7.0]
    assert map_points(np.empty((0, 4, 2)), np.eye(3)).shape == (0, 4, 2)


def test_refuses_an_impossible_limit() -> None:
    with pytest.raises(ValueError, match="max_skew"):
        straighten(make_page(), max_skew=-1)
