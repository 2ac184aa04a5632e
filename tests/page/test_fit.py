"""Quads that are moved inwards to the ink of their line."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from e2eocr.page.fit import fit_quads, ink_box

PAPER, INK = 225, 40


def draw_letters(image: np.ndarray, x: int, top: int, bottom: int, count: int = 30) -> None:
    """Letters of one height, bars with gaps; every third has an ascender, every fourth a descender."""
    rise = (bottom - top) // 2
    for number in range(count):
        left = x + 12 * number
        first, last = top - rise * (number % 3 == 0), bottom + rise * (number % 4 == 0)
        image[max(0, first) : last, left : left + 6] = INK


def ink_rows(crop: np.ndarray) -> tuple[float, float]:
    return ink_box(crop)[1::2]


def crop_with_line(height: int, top: int, bottom: int) -> np.ndarray:
    crop = np.full((height, 400), PAPER, np.uint8)
    draw_letters(crop, 10, top, bottom)
    return crop


def test_a_loose_crop_ends_near_its_ink() -> None:
    top, bottom = ink_rows(crop_with_line(80, 34, 50))
    # The ink reaches from row 26 to row 58.
    assert 22 / 80 <= top <= 26 / 80
    assert 58 / 80 <= bottom <= 62 / 80


def test_a_wide_crop_ends_near_its_ink() -> None:
    crop = np.full((40, 500), PAPER, np.uint8)
    draw_letters(crop, 60, 12, 28)  # 30 letters: to 60 + 29 * 12 + 6
    crop[20, 20] = INK  # a speck
    left, _, right, _ = ink_box(crop)
    assert 55 / 500 <= left <= 60 / 500
    assert 414 / 500 <= right <= 419 / 500


def test_words_beside_an_underlined_one_are_of_its_line() -> None:
    crop = np.full((64, 500), PAPER, np.uint8)
    for x in (*range(40, 76, 12), *range(200, 320, 12)):
        crop[22:38, x : x + 2] = INK  # thin strokes, as a typewriter has
    crop[46:49, 195:330] = INK  # under the second word alone
    left, _, right, _ = ink_box(crop)
    assert left <= 40 / 500 and right >= 310 / 500


def cell(*, dotted: bool = False, edged: bool = False) -> np.ndarray:
    """The crop of a cell with one letter, from row 14 to row 30, over a dotted rule, or beside its edge."""
    crop = np.full((48, 40), PAPER, np.uint8)
    crop[14:30, 12:26] = INK
    if dotted:
        crop[38:40, 2:40:4] = crop[38:40, 3:40:4] = INK
    if edged:
        crop[:, 35:37] = INK
    return crop


def test_a_dotted_rule_is_no_ink_of_the_letters_above_it() -> None:
    assert ink_box(cell(dotted=True)) == ink_box(cell())


def test_the_edge_of_a_cell_is_no_ink_of_the_letters_beside_it() -> None:
    assert ink_box(cell(edged=True)) == ink_box(cell())


def test_a_letter_as_high_as_its_crop_is_no_edge() -> None:
    crop = np.full((30, 60), PAPER, np.uint8)
    crop[:, 6:9] = crop[:, 20:23] = crop[10:, 36:50] = INK  # as `lln`, cut close
    left, _, _, _ = ink_box(crop)
    assert left <= 6 / 60


def test_a_dash_alone_is_no_rule() -> None:
    crop = np.full((40, 200), PAPER, np.uint8)
    crop[19:22, 60:130] = INK
    left, _, right, _ = ink_box(crop)
    assert 0.2 <= left <= 60 / 200 and 130 / 200 <= right <= 0.75


def test_a_tight_crop_stays() -> None:
    top, bottom = ink_rows(crop_with_line(32, 9, 23))
    assert top <= 0.05
    assert bottom >= 0.95


def test_ink_of_the_lines_above_and_below_does_not_count() -> None:
    crop = crop_with_line(90, 36, 54)
    draw_letters(crop, 4, -6, 8)
    draw_letters(crop, 7, 84, 99)
    top, bottom = ink_rows(crop)
    assert 20 / 90 <= top <= 27 / 90
    assert 63 / 90 <= bottom <= 70 / 90


def test_accents_apart_from_their_letters_belong_to_the_line() -> None:
    crop = np.full((80, 400), PAPER, np.uint8)
    for left in range(10, 380, 12):
        crop[34:50, left : left + 6] = INK
    crop[26:29, 34:40] = INK
    assert ink_rows(crop)[0] <= 26 / 80


@pytest.mark.parametrize("shade", [0.0, 100.0])
@pytest.mark.parametrize("inverse", [False, True])
def test_shade_and_light_print_on_dark(shade: float, inverse: bool) -> None:
    crop = crop_with_line(80, 34, 50).astype(np.float32) - np.linspace(0, shade, 400, dtype=np.float32)
    crop = np.clip(crop, 0, 255).astype(np.uint8)
    top, bottom = ink_rows(255 - crop if inverse else crop)
    assert 20 / 80 <= top <= 26 / 80
    assert 58 / 80 <= bottom <= 64 / 80


@pytest.mark.parametrize(
    "crop",
    [
        np.full((60, 300), 200, np.uint8),  # blank
        np.zeros((60, 300), np.uint8),  # black
        np.full((4, 300), 200, np.uint8),  # too low to tell
        np.full((60, 3), 200, np.uint8),
        np.full((1, 1), 0, np.uint8),
    ],
)
def test_a_crop_that_shows_nothing_stays(crop: np.ndarray) -> None:
    assert ink_box(crop) == (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize("angle", [0.0, 7.0, 90.0, 180.0])
def test_quads_keep_their_direction(angle: float) -> None:
    page = np.full((600, 600, 3), PAPER, np.uint8)
    draw_letters(page, 110, 292, 308)
    quad = np.array([[100, 260], [480, 260], [480, 340], [100, 340]], np.float32)
    matrix = cv2.getRotationMatrix2D((300, 300), -angle, 1.0)
    turned = cv2.warpAffine(page, matrix, (600, 600), borderValue=(PAPER, PAPER, PAPER))
    fitted = fit_quads(turned, quad[None] @ matrix[:, :2].T.astype(np.float32) + matrix[:, 2].astype(np.float32))[0]
    back = (fitted - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    np.testing.assert_allclose(back[[0, 3], 0], 110, atol=6)  # 30 letters of 12 pixels each
    np.testing.assert_allclose(back[[1, 2], 0], 464, atol=6)
    assert 276 <= back[0, 1] <= 285
    assert 315 <= back[3, 1] <= 324


def test_no_quads() -> None:
    assert fit_quads(np.zeros((9, 9, 3), np.uint8), np.zeros((0, 4, 2), np.float32)).shape == (0, 4, 2)


def test_a_sign_beside_uneven_digits_belongs_to_the_line() -> None:
    crop = np.full((60, 200), PAPER, np.uint8)
    for left in (60, 84, 108):  # digits with a heavy foot, as 2 and 1 have
        crop[14:46, left + 6 : left + 10] = INK
        crop[42:46, left : left + 18] = INK
    crop[29:32, 30:44] = INK  # a minus
    start, top, _, bottom = ink_box(crop)
    assert start <= 30 / 200
    assert top <= 12 / 60 and bottom >= 48 / 60


def test_a_dash_alone_keeps_its_place_in_the_line() -> None:
    page = np.full((60, 200, 3), PAPER, np.uint8)
    page[28:31, 60:80] = INK
    quad = np.array([[[50, 10], [90, 10], [90, 50], [50, 50]]], np.float32)
    [fitted] = fit_quads(page, quad)
    assert fitted[:, 1].tolist() == [10, 10, 50, 50]
    assert 50 <= fitted[0, 0] <= 60 and 80 <= fitted[1, 0] <= 90
