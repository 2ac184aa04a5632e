"""A small ring before an item of a list is a bullet, in every script."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from doubles.detectors import box
from doubles.readings import reading

from e2eocr.page.bullets import settle_bullets

HIGH, LETTER, LOWEST = 40, 26, 34  # of a crop, of a capital in it, and where its letters stand


def crop(ring: int, gap: int = 14, *, at_right: bool = False, width: int = 0, middle: int = 21) -> np.ndarray:
    """A line with a ring so high, and letters that begin so far behind it."""
    picture = np.full((HIGH, 160), 230, np.uint8)
    across = width or ring
    cv2.ellipse(picture, (8 + across // 2, middle), (across // 2, ring // 2), 0, 0, 360, 40, 2)
    for x in range(10 + across + gap, 150, 12):
        picture[LOWEST - LETTER : LOWEST, x : x + 6] = 40
    return picture[:, ::-1].copy() if at_right else picture


def settled(text: str, picture: np.ndarray, *begins: float) -> str:
    """What a line becomes, amid others like it that begin elsewhere."""
    quads = np.array([box(100 + begin, 50 * at, 260 + begin, 50 * at + HIGH) for at, begin in enumerate((0, *begins))])
    found = settle_bullets(quads, [picture] * len(quads), [reading(text)] * len(quads))
    return found[0].text


@pytest.mark.parametrize("text", ["o item", "0 item", "。項目です", "๐ รายการ", "० सभी विंडो", "ο πεδίο", "○ 이 경우"])
def test_a_small_ring_before_an_item_is_a_bullet(text: str) -> None:
    assert settled(text, crop(10), 3) == "◦" + text[1:]
    assert settled(text, crop(10)) == settled(text, crop(10), 90) == text  # no list


def test_where_text_runs_from_the_right_it_stands_there() -> None:
    assert settled("° הבעלים יקבל", crop(10, at_right=True), 3) == "◦ הבעלים יקבל"
    assert settled("° הבעלים יקבל", crop(10), 3) == "° הבעלים יקבל"


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("o item", crop(18)),  # as high as a small letter
        ("one", crop(10, gap=3)),  # a letter of the word
        ("0 item", crop(10, width=30)),
        ("x item", crop(10)),
        ("of item", crop(10)),
        ("。項目です", crop(10, middle=29)),
        ("o 5", crop(10)),
        ("o item", np.full((HIGH, 160), 230, np.uint8)),
    ],
    ids=["a letter", "no gap", "no circle", "another letter", "a word", "a full stop", "a number", "no ink"],
)
def test_what_is_no_ring_stays(text: str, picture: np.ndarray) -> None:
    assert settled(text, picture, 3) == text
