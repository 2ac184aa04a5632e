"""Text that was found twice is told once."""

from __future__ import annotations

import numpy as np
from doubles.detectors import box

from e2eocr.page.doubles import find_doubles
from recognizers.base import CharSpan, LineText

BUTTON, LETTERS = box(0, 0, 180, 54), box(60, 18, 120, 36)


def doubles(quads: list[np.ndarray], *texts: str, sure: tuple[float, ...] = ()) -> set[int]:
    legibilities = sure or (0.95,) * len(texts)
    spans = [(CharSpan(0.0, 1.0, each),) * len(text) for text, each in zip(texts, legibilities, strict=True)]
    return find_doubles(quads, [LineText(text, 0.9, each) for text, each in zip(texts, spans, strict=True)])


def test_of_letters_on_a_button_and_the_button_the_letters_stay() -> None:
    assert doubles([BUTTON, LETTERS], "Offices", "Offices") == {0}
    assert doubles([LETTERS, BUTTON], "Offices", "al") == {1}


def test_a_line_that_tells_more_than_what_lies_in_it_stays() -> None:
    assert doubles([BUTTON, LETTERS], "Offices", "ff") == {1}
    assert doubles([BUTTON, LETTERS], "Oñ«ï9es", "Open", sure=(0.55, 0.95)) == {0}
    halves = [box(10, 18, 80, 36), box(90, 18, 170, 36)]
    assert doubles([BUTTON, *halves], "Opening hours", "Opening", "hours") == {0}


def test_lines_side_by_side_and_lines_that_touch_stay() -> None:
    assert doubles([box(0, 0, 100, 20), box(0, 18, 100, 38), box(90, 0, 190, 20)], "one", "two", "three") == set()
    assert doubles([]) == set()
