"""How drawn pages are turned, bent and lit: points move as the pixels do."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.synthesis.effects.crumpling import draw_crumple
from e2eocr.synthesis.effects.handheld import cast_shadow, hold
from e2eocr.synthesis.effects.warping import Bend, Warp, draw_curl, quarter_points, tilt, turn_about_centre

SIZE = (300, 200)


def dot(x: int, y: int) -> np.ndarray:
    """A dark page with a soft bright dot whose centre is at `(x + 0.5, y + 0.5)`."""
    image = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    image[y, x] = 255
    return cv2.GaussianBlur(image, (0, 0), 2.0) * 12


def centre_of(image: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(image)
    weights = image[rows, columns].astype(float)
    return np.array([np.average(columns, weights=weights), np.average(rows, weights=weights)]) + 0.5


@given(turns=st.integers(0, 3), x=st.integers(20, 280), y=st.integers(20, 180))
def test_a_quarter_turn_moves_points_as_pixels(turns: int, x: int, y: int) -> None:
    turned = np.rot90(dot(x, y), -turns)
    expected = quarter_points(np.array([[x + 0.5, y + 0.5]]), turns, SIZE)[0]
    np.testing.assert_allclose(centre_of(turned), expected, atol=0.05)


def test_a_known_corner_of_a_quarter_turn() -> None:
    # the top left of the page comes to lie at the top right
    np.testing.assert_array_equal(quarter_points(np.array([[0.0, 0.0]]), 1, SIZE), [[SIZE[1], 0]])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("draw_bend", [None, draw_curl, draw_crumple])
def test_a_warp_moves_points_as_pixels(seed: int, draw_bend: Callable[..., Bend] | None) -> None:
    rng = np.random.default_rng(seed)
    bend = draw_bend(*SIZE, rng) if draw_bend else None
    matrix = turn_about_centre(SIZE, float(rng.uniform(-10, 10)), 0.8) @ tilt(SIZE, rng, 0.09)
    warp = Warp(matrix, SIZE, bend)
    x, y = int(rng.integers(60, 240)), int(rng.integers(50, 150))
    image = warp.image(dot(x, y), np.zeros((SIZE[1], SIZE[0]), np.uint8))
    np.testing.assert_allclose(centre_of(image), warp.points(np.array([[x + 0.5, y + 0.5]]))[0], atol=0.35)


@pytest.mark.parametrize("effect", [cast_shadow, hold])
def test_what_befalls_a_photograph_is_seen_and_keeps_its_size(effect: Callable[..., np.ndarray]) -> None:
    page = np.full((200, 300, 3), 240, np.uint8)
    for seed in range(8):
        taken = effect(page.copy(), np.random.default_rng(seed), 1.0)
        assert taken.shape == page.shape and taken.dtype == np.uint8
        assert (taken != page).any()
        grey = effect(page[:, :, 0].copy(), np.random.default_rng(seed), 1.0)
        assert grey.shape == (200, 300)


def test_a_turn_about_the_centre_is_clockwise() -> None:
    warp = Warp(turn_about_centre(SIZE, 90.0), SIZE)
    np.testing.assert_allclose(warp.points(np.array([[150.0, 50.0]])), [[200.0, 100.0]], atol=1e-9)
