"""Lines go on in what is faint at their ends."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from doubles.detectors import box, turned_box

from e2eocr.page.faint_ends import reach_faint_marks

Rect = tuple[int, int, int, int]
LINE = box(100, 40, 300, 70)  # 30 pixels high
LETTERS = [(100 + 20 * at, 42, 112 + 20 * at, 64) for at in range(10)]


def page(marks: list[Rect], grey: int = 190, *, paper: int = 240, ink: int = 40) -> np.ndarray:
    """A line of letters, and marks in another grey."""
    image = np.full((110, 460, 3), paper, np.uint8)
    for (left, top, right, bottom), tone in [*((each, ink) for each in LETTERS), *((each, grey) for each in marks)]:
        image[top:bottom, left:right] = tone
    return image


def ends(image: np.ndarray, *quads: np.ndarray) -> tuple[float, float]:
    moved = reach_faint_marks(image, np.array([LINE, *quads], np.float32))[0]
    return float(moved[0, 0]), float(moved[1, 0])


DOTS = [(303 + 7 * at, 61, 306 + 7 * at, 64) for at in range(3)]


def test_an_ellipsis_a_hyphen_and_the_minus_before_a_number_are_reached() -> None:
    assert ends(page(DOTS)) == pytest.approx((100, 321 + 2.5), abs=2.5)
    assert ends(page([(306, 54, 316, 57)])) == pytest.approx((100, 316 + 3.5), abs=2.5)
    assert ends(page([(84, 54, 96, 57)])) == pytest.approx((84 - 3.5, 300), abs=2.5)


def test_light_letters_on_dark_paper_have_them_too() -> None:
    assert ends(page(DOTS, 90, paper=40, ink=230)) == pytest.approx((100, 323), abs=2.5)


def test_the_rest_of_a_letter_that_was_cut_is_reached() -> None:
    assert ends(page([(292, 42, 309, 64)], 40)) == pytest.approx((100, 309 + 3.5), abs=2.5)


@pytest.mark.parametrize(
    "marks",
    [
        [],
        [(320, 61, 323, 64)],  # too far
        [(306, 36, 309, 74)],  # a rule
        [(304, 45, 318, 64)],  # a letter, or a picture
        [(306, 42, 309, 45)],  # dirt above
        [(303, 61, 306, 64), (312, 42, 330, 64)],  # a point, and what is none behind it
    ],
)
def test_what_is_no_point_or_hyphen_is_left(marks: list[Rect]) -> None:
    assert ends(page(marks)) == (100, 300)


def test_noise_is_no_mark() -> None:
    rng = np.random.default_rng(1)
    image = np.clip(page([]).astype(float) + rng.normal(0, 12, (110, 460, 1)), 0, 255).astype(np.uint8)
    assert ends(image) == (100, 300)


def test_what_stands_near_in_the_row_is_another_line() -> None:
    assert ends(page(DOTS), box(330, 40, 400, 70)) == (100, 300)
    assert ends(page(DOTS), box(330, 75, 400, 105))[1] > 315


def test_lines_on_the_slant_are_followed() -> None:
    turn = cv2.getRotationMatrix2D((200, 55), -6.0, 1.0)
    image = cv2.warpAffine(page(DOTS), turn, (460, 110), borderValue=(240, 240, 240))
    quad = turned_box((200, 55), (200, 30), 6.0)
    moved = reach_faint_marks(image, quad[None])[0]
    assert np.linalg.norm(moved[1] - moved[0]) == pytest.approx(223, abs=8)
    np.testing.assert_allclose(moved[0], quad[0], atol=6)


def test_a_page_without_lines_stays_one() -> None:
    assert reach_faint_marks(page([]), np.zeros((0, 4, 2), np.float32)).shape == (0, 4, 2)
