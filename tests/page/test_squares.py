"""Squares of forms are told from letters, from cells of grids, and from pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from e2eocr.page.squares import find_squares

HEIGHT = 30.0  # of a line, pixels


def draw_square(page: np.ndarray, left: int, top: int, side: int, thick: int = 1, angle: float = 0.0) -> None:
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]]) - side / 2
    sine, cosine = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    turned = corners @ np.array([[cosine, sine], [-sine, cosine]]) + (left + side / 2, top + side / 2)
    cv2.polylines(page, [turned.round().astype(np.int32)], True, (0, 0, 0), thick)


def blank() -> np.ndarray:
    return np.full((400, 600, 3), 255, np.uint8)


@pytest.mark.parametrize("thick", [1, 2])
@pytest.mark.parametrize("side", [16, 22, 34])
def test_squares_are_found_where_they_are(side: int, thick: int) -> None:
    page = blank()
    draw_square(page, 100, 150, side, thick)
    [square] = find_squares(page, HEIGHT)
    np.testing.assert_allclose(square.box, [100, 150, 101 + side, 151 + side], atol=1.5)
    assert square.edge <= thick + 1


def test_what_is_written_across_a_square_does_not_hide_it() -> None:
    page = blank()
    draw_square(page, 100, 150, 22)
    for start, end in (((94, 144), (128, 178)), ((128, 146), (96, 177))):
        cv2.line(page, start, end, (40, 40, 160), 2)
    [square] = find_squares(page, HEIGHT)
    np.testing.assert_allclose(square.box, [100, 150, 123, 173], atol=2)


def test_a_page_askew_has_squares() -> None:
    page = blank()
    draw_square(page, 100, 150, 24, angle=1.5)
    assert len(find_squares(page, HEIGHT)) == 1


def test_a_large_page_is_made_smaller() -> None:
    page = blank()
    draw_square(page, 100, 150, 22, 2)
    larger = cv2.resize(page, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    [square] = find_squares(larger, 3 * HEIGHT)
    np.testing.assert_allclose(square.box, [300, 450, 369, 519], atol=6)


def test_cells_of_a_grid_are_none() -> None:
    page = blank()
    for at in range(6):
        cv2.line(page, (100 + 24 * at, 100), (100 + 24 * at, 220), (0, 0, 0), 1)
        cv2.line(page, (100, 100 + 24 * at), (220, 100 + 24 * at), (0, 0, 0), 1)
    assert find_squares(page, HEIGHT) == []


def test_rectangles_and_squares_of_other_sizes_are_none() -> None:
    page = blank()
    cv2.rectangle(page, (50, 50), (110, 72), (0, 0, 0), 1)
    draw_square(page, 200, 50, 8)
    draw_square(page, 300, 50, 90)
    cv2.rectangle(page, (50, 200), (72, 222), (0, 0, 0), cv2.FILLED)
    assert find_squares(page, HEIGHT) == []


@pytest.mark.parametrize("size", [10, 14, 18, 24, 30])
def test_letters_are_none(size: int) -> None:
    image = Image.new("RGB", (900, 500), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    for row, text in enumerate(["BODO QUOD Doom moon 8080 &c.", "B & D O Q 0 8 o e a D B", "o D o B o 8 0 o Q"]):
        draw.text((30, 30 + 100 * row), text, font=font, fill="black")
    assert find_squares(np.asarray(image), 1.3 * size) == []


def test_specks_and_small_lines_are_no_matter() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 600, 1), np.uint8).repeat(3, axis=2)
    assert find_squares(noise, HEIGHT) == []
    assert find_squares(blank(), HEIGHT) == find_squares(blank(), 5.0) == []
