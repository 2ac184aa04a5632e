"""Panels with light text become light with dark text, and everything else on a page stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from doubles.bad_pictures import half_tone
from PIL import Image, ImageDraw, ImageFont

from e2eocr.page.panels import even_panels

Colour = tuple[int, int, int]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def blank_page(paper: Colour = WHITE) -> np.ndarray:
    return np.full((400, 600, 3), paper, np.uint8)


def write(page: np.ndarray, text: str, at: tuple[int, int], colour: Colour, size: int = 24) -> None:
    """Write onto a page, in place, the top left of the text at a point."""
    image = Image.fromarray(page)
    ImageDraw.Draw(image).text(at, text, fill=colour, font=ImageFont.load_default(size))
    page[:] = np.asarray(image)


def page_with_panel(ground: Colour, text: Colour, paper: Colour = WHITE) -> np.ndarray:
    """Dark print, and a panel of 200 by 40 pixels from (100, 100) with a word on it, and print beside it."""
    page = blank_page(paper)
    for row in (20, 60, 160, 200):
        write(page, "Printed words of this page", (60, row), BLACK)
    page[100:140, 100:300] = ground
    write(page, "our opinion", (120, 105), text)
    write(page, "goes on", (310, 105), BLACK)
    return page


@pytest.mark.parametrize(
    ("ground", "text", "paper"),
    [
        ((0, 0, 0), WHITE, WHITE),
        ((200, 30, 40), WHITE, WHITE),
        ((120, 170, 165), WHITE, WHITE),  # pale
        ((245, 200, 40), WHITE, WHITE),  # paler still
        ((30, 60, 160), (250, 240, 120), WHITE),
        ((200, 30, 40), WHITE, (244, 188, 172)),  # on coloured ground with dark print
    ],
)
def test_light_text_on_a_panel_becomes_dark_on_light(ground: Colour, text: Colour, paper: Colour) -> None:
    page = page_with_panel(ground, text, paper)
    before = page.copy()
    evened = even_panels(page)
    assert (page == before).all()
    inside = evened[103:137, 103:297].mean(axis=2)
    assert np.median(inside) > 230
    assert np.quantile(inside, 0.02) < 60
    outside = np.ones(page.shape[:2], bool)
    outside[99:141, 99:301] = False
    assert (evened[outside] == page[outside]).all()


def test_the_blurred_edge_of_a_panel_leaves_no_frame() -> None:
    """It was read as a letter: `NOTRE AVIS/On écoute`."""
    page = cv2.GaussianBlur(page_with_panel((200, 60, 60), WHITE), (0, 0), 0.7)
    evened = even_panels(page).mean(axis=2)
    for rows, columns in ((slice(104, 136), slice(290, 306)), (slice(104, 136), slice(94, 114))):
        assert np.median(evened[rows, columns], axis=0).min() > 170, "no rule down the page"
    for rows, columns in ((slice(94, 105), slice(110, 290)), (slice(135, 146), slice(110, 290))):
        assert np.median(evened[rows, columns], axis=1).min() > 170, "nor along a line"


def test_the_head_of_a_ruled_table_is_a_panel() -> None:
    """The rules of the cells hang on it, and close them."""
    page = framed_cells()
    page[40:80, 60:510] = (245, 130, 45)
    for column, text in enumerate(("Place", "Home", "Brought", "Other", "Total")):
        write(page, text, (66 + 90 * column, 46), WHITE, 20)
    evened = even_panels(page)
    head = evened[44:76, 64:506].mean(axis=2)
    assert np.median(head) > 230
    assert np.quantile(head, 0.02) < 60
    assert (evened[90:] == page[90:]).all()


def dark_print_on_a_panel() -> np.ndarray:
    return page_with_panel((190, 200, 215), BLACK)


def framed_cells() -> np.ndarray:
    page = blank_page()
    for row in range(6):
        for column in range(5):
            cv2.rectangle(page, (60 + 90 * column, 40 + 40 * row), (150 + 90 * column, 80 + 40 * row), BLACK, 3)
            write(page, str(10 * row + column), (80 + 90 * column, 46 + 40 * row), BLACK)
    return page


def bold_letters_that_touch() -> np.ndarray:
    page = blank_page()
    for at in range(6):
        cv2.putText(page, "B8OBD0"[at], (60 + 70 * at, 150), cv2.FONT_HERSHEY_SIMPLEX, 4, BLACK, 22)
    return page


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)


def typed_letters_that_touch() -> np.ndarray:
    """Rows of print, in which a word is a bar with small holes."""
    page = blank_page()
    for row in range(8):
        write(page, "typed words that hang together", (60, 20 + 45 * row), BLACK)
    page[200:218, 300:360] = 0
    for at in range(4):
        page[205:213, 308 + 13 * at : 315 + 13 * at] = 255
        page[205:208, 308 + 13 * at : 311 + 13 * at] = 0
    return page


def dots_all_over() -> np.ndarray:
    return np.repeat(half_tone()[:, :, None], 3, axis=2)


@pytest.mark.parametrize(
    "draw",
    [
        blank_page,
        dark_print_on_a_panel,
        framed_cells,
        bold_letters_that_touch,
        typed_letters_that_touch,
        noise,
        dots_all_over,
    ],
)
def test_what_is_no_panel_stays(draw: Callable[[], np.ndarray]) -> None:
    page = draw()
    assert even_panels(page) is page


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (40, 40, 3)])
def test_no_picture_is_too_small(shape: tuple[int, int, int]) -> None:
    page = np.zeros(shape, np.uint8)
    assert even_panels(page) is page


def test_a_large_page_keeps_its_size() -> None:
    large = cv2.resize(page_with_panel((20, 40, 90), WHITE), None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
    evened = even_panels(large)
    assert evened.shape == large.shape
    assert np.median(evened[520:680, 520:1480]) > 230
