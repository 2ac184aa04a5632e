"""Rows of boxes of forms: where they are, how they are cut, and what only looks like one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from doubles.detectors import box
from doubles.forms import draw_comb
from PIL import Image, ImageDraw, ImageFont

from detectors.base import Detections
from e2eocr.page.combs import Comb, cover_combs, cut_comb, find_combs, space_by_boxes, without_combs
from e2eocr.page.crops import cut_lines
from recognizers.base import CharSpan, LineText


def blank(width: int = 1000, height: int = 300) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), "white")
    return image, ImageDraw.Draw(image)


def drawn(text: str, boxes: int, **style: Any) -> np.ndarray:
    image, draw = blank()
    draw_comb(draw, (50, 100), text, boxes, **style)
    return np.asarray(image)


@pytest.mark.parametrize(
    "style", [{}, {"lids": False}, {"gap": 10}, {"gap": 5}, {"pitch": 26}, {"pitch": 60, "height": 50}]
)
def test_a_row_of_boxes_is_found(style: dict[str, int]) -> None:
    [comb] = find_combs(drawn("PORT 4711", 12, **style))
    assert len(comb.parts) == 9  # from the first box that holds something to the last, the empty one between them too
    assert comb.frame[0] == pytest.approx((50, 100), abs=4 if style.get("lids", True) else 20)
    left, right = comb.line[0, 0], comb.line[1, 0]
    pitch = style.get("pitch", 40) + style.get("gap", 0)
    assert left == pytest.approx(50, abs=3) and right == pytest.approx(50 + 9 * pitch, abs=12)


@pytest.mark.parametrize("factor", [0.6, 1.0, 2.5])
def test_at_any_size_and_a_little_aslant(factor: float) -> None:
    image, draw = blank()
    draw_comb(draw, (50, 100), "20261127", 14)
    size = (round(image.width * factor), round(image.height * factor))
    turned = image.resize(size, Image.Resampling.BICUBIC).rotate(
        0.7, fillcolor="white", resample=Image.Resampling.BICUBIC
    )
    [comb] = find_combs(np.asarray(turned))
    assert len(comb.parts) == 8


def test_boxes_that_stand_apart_are_words_of_their_own() -> None:
    image, draw = blank()
    right, _ = draw_comb(draw, (50, 100), "27", 2)
    right, _ = draw_comb(draw, (right + 20, 100), "11", 2)
    draw_comb(draw, (right + 20, 100), "2026", 4)
    assert [len(comb.parts) for comb in find_combs(np.asarray(image))] == [2, 2, 4]


def test_an_empty_row_is_none() -> None:
    assert not find_combs(drawn("", 12))


@pytest.mark.parametrize("texts", [["12", "7", "30", "45", "9", "18"], ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]])
def test_cells_of_a_table_with_words_are_none(texts: list[str]) -> None:
    image, draw = blank()
    font = ImageFont.load_default(size=16)
    for place, text in enumerate(texts):
        draw.rectangle((50 + 50 * place, 100, 100 + 50 * place, 140), outline="black", width=2)
        draw.text((75 + 50 * place, 120), text, fill="black", font=font, anchor="mm")
    assert not find_combs(np.asarray(image))


def test_cells_of_several_rows_are_none() -> None:
    image, draw = blank()
    for row in range(3):
        draw_comb(draw, (50, 60 + 44 * row), "123456", 6)
    assert not find_combs(np.asarray(image))


def test_underlined_letters_are_none() -> None:
    image, draw = blank()
    draw.text((50, 140), "hhhhhhhhhhhhhh", fill="black", font=ImageFont.load_default(size=40), anchor="ls")
    draw.rectangle((40, 142, 700, 145), fill="black")
    assert not find_combs(np.asarray(image))


def test_a_torn_edge_is_none() -> None:
    image, draw = blank()
    for tooth in range(60):
        draw.rectangle((16 * tooth, 244, 16 * tooth + 3, 262), fill="black")
        draw.ellipse((16 * tooth + 7, 236, 16 * tooth + 12, 242), fill="black")
    draw.rectangle((0, 260, 1000, 300), fill="black")
    assert not find_combs(np.asarray(image))


def test_a_page_that_is_smaller_than_a_box_has_none() -> None:
    assert not find_combs(np.full((3, 2, 3), 255, np.uint8))


def test_characters_are_cut_side_by_side_without_rules() -> None:
    image = drawn("HHHH", 6)
    [comb] = find_combs(image)
    crop = cut_comb(image, comb.parts)
    height, width = crop.shape
    assert width < 4.5 * height  # apart as in a word, where the boxes are a third wider
    dark = crop < 128
    assert not dark[:2].any() and not dark[-2:].any()  # no rule
    starts = np.flatnonzero(np.diff(np.concatenate([[False], dark.any(axis=0)]).astype(int)) == 1)
    assert len(starts) == 4


def reading(text: str, places: list[float]) -> LineText:
    return LineText(text, 0.9, tuple(CharSpan(place - 0.02, place + 0.02, 0.9) for place in places))


@pytest.mark.parametrize(
    ("text", "places", "spaced"),
    [
        ("A B CD", [0.05, 0.1, 0.15, 0.2, 0.25, 0.35], "ABCD"),
        ("ABCD", [0.05, 0.15, 0.35, 0.45], "AB CD"),
        ("DCBA", [0.45, 0.35, 0.15, 0.05], "DC BA"),  # written from the right
    ],
)
def test_spaces_are_where_boxes_are_empty(text: str, places: list[float], spaced: str) -> None:
    made = space_by_boxes(reading(text, places), 10)
    assert made.text == spaced and len(made.spans) == len(spaced)
    assert all(span.left < span.right for span in made.spans)


def test_a_reading_without_places_stays() -> None:
    assert space_by_boxes(LineText("A B", 0.5), 3).text == "A B"


def test_what_was_found_in_a_comb_goes_and_a_word_before_it_stays() -> None:
    [comb] = find_combs(drawn("PORT 4711", 12))
    quads = [box(60, 105, 300, 140), box(0, 105, 200, 140), box(60, 30, 300, 60), box(520, 105, 700, 140)]
    found = Detections(np.array(quads, np.float32), np.array([0.9, 0.8, 0.7, 0.6], np.float32))
    left = without_combs(found, [comb])
    assert left.scores.tolist() == pytest.approx([0.8, 0.7, 0.6])
    assert left.quads[0, :, 0].max() < 50 and left.quads[1].tolist() == quads[2].tolist()
    assert left.quads[2, :, 0].min() > 530


def test_what_is_left_of_a_line_beside_a_comb_can_be_cut() -> None:
    [comb] = find_combs(drawn("PORT 4711", 12))
    slanted = np.array([[44.9, 100], [90, 130], [80, 145], [45, 115]], np.float32)
    left = without_combs(Detections(np.array([slanted, slanted - (30, 0)], np.float32), np.ones(2, np.float32)), [comb])
    assert len(cut_lines(drawn("PORT 4711", 12), left.quads)) == len(left) == 1


def test_covered_combs_leave_no_rule() -> None:
    image = drawn("PORT 4711", 12)
    [comb] = find_combs(image)
    assert cover_combs(image, comb.frame[None])[90:160].min() > 200
    assert cover_combs(image, np.zeros((0, 4, 2), np.float32)) is image


def test_a_comb_on_a_larger_picture() -> None:
    comb = Comb(*(np.ones(shape, np.float32) for shape in ((4, 2), (3, 4, 2), (4, 2))))
    assert comb.scaled(2.0).parts.max() == 2.0
