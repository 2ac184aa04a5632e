"""Line crops: what they show, how large they are, and the way back to the page."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.page.crops import cut_lines, span_quad


def make_page(height: int = 200, width: int = 300) -> np.ndarray:
    """A grey ramp from left to right, so that a crop tells where it came from."""
    ramp = np.linspace(0, 255, width).astype(np.uint8)
    return np.repeat(np.repeat(ramp[None, :, None], height, axis=0), 3, axis=2)


def box_quad(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def turn_quad(quad: np.ndarray, degrees: float) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D(tuple(map(float, quad.mean(axis=0))), -degrees, 1.0)
    return (quad @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


CROP_SHAPES = [
    (box_quad(10, 20, 110, 40), 0.0, (20, 100)),  # an upright quad is a slice
    (box_quad(10, 20, 110, 40), 0.1, (24, 104)),  # a tenth of 20 pixels on every side
    (box_quad(0, 0, 300, 20), 0.1, (24, 304)),  # beyond the page's edge its edge goes on
    (box_quad(0, 0, 40, 4), 0.0, (8, 80)),  # too low: made higher
    (box_quad(0, 0, 300, 192), 0.0, (96, 150)),  # too high: made lower
    (turn_quad(box_quad(100, 90, 200, 110), 10), 0.0, (20, 100)),  # a slope keeps its size
    (np.roll(box_quad(100, 20, 120, 120), -1, axis=0), 0.0, (20, 100)),  # reads downwards: lies along its baseline
]


@pytest.mark.parametrize(("quad", "padding", "shape"), CROP_SHAPES)
def test_crops_are_upright_and_of_bounded_height(quad: np.ndarray, padding: float, shape: tuple[int, int]) -> None:
    (crop,) = cut_lines(make_page(), quad[None], padding=padding)
    assert crop.shape == shape
    assert crop.dtype == np.uint8


def test_no_quads_give_no_crops() -> None:
    assert cut_lines(make_page(), np.zeros((0, 4, 2), np.float32)) == []


def test_an_upright_crop_is_the_page_itself() -> None:
    page = np.random.default_rng(1).integers(0, 256, (50, 80, 3), np.uint8)
    (crop,) = cut_lines(page, box_quad(7, 9, 60, 31)[None], padding=0.0)
    assert np.array_equal(crop, cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)[9:31, 7:60])


@pytest.mark.parametrize("turns", range(4))
def test_the_first_corner_is_the_top_left_of_the_crop(turns: int) -> None:
    page = cv2.GaussianBlur(np.random.default_rng(2).integers(0, 256, (60, 60, 3), np.uint8), (0, 0), 2)
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    (crop,) = cut_lines(page, np.roll(box_quad(10, 20, 50, 40), -turns, axis=0)[None], padding=0.0)
    expected = np.rot90(grey[20:40, 10:50], turns).astype(int)
    assert np.abs(crop - expected).max() <= 2


BAD_QUADS = [
    box_quad(10, 10, 10, 40),  # no width
    box_quad(10, 10, 90, 10),  # no height
    np.full((4, 2), np.nan, np.float32),  # not a place
]


@pytest.mark.parametrize("quad", BAD_QUADS)
def test_a_quad_without_area_is_refused(quad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Invalid `quads`"):
        cut_lines(make_page(), quad[None])


@given(
    degrees=st.floats(-40, 40),
    left=st.floats(0.15, 0.45),
    right=st.floats(0.55, 0.85),
    padding=st.sampled_from([0.0, 0.1, 0.3]),
)
def test_a_span_of_a_crop_is_found_again_on_the_page(degrees: float, left: float, right: float, padding: float) -> None:
    quad = turn_quad(box_quad(60, 90, 220, 110), degrees)
    page = make_page()
    crop = cut_lines(page, quad[None], padding=padding)[0]
    part = span_quad(quad, left, right, padding=padding)
    for fraction, corners in ((left, (0, 3)), (right, (1, 2))):
        x = float(part[list(corners), 0].mean())
        seen = float(crop[crop.shape[0] // 2, min(crop.shape[1] - 1, int(fraction * crop.shape[1]))])
        assert seen == pytest.approx(x / 299 * 255, abs=3)


def test_the_whole_crop_is_the_whole_line() -> None:
    quad = turn_quad(box_quad(60, 90, 220, 110), 5)
    assert np.allclose(span_quad(quad, 0.0, 1.0), quad, atol=1e-3)
