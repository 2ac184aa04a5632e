"""Lines that a recognizer reads which has hardly any of their page."""

from __future__ import annotations

import numpy as np
import pytest

from e2eocr.page.legibility import ReadLine, part_legible
from recognizers.base import CharSpan, LineText

QUAD = np.array([[0, 0], [90, 0], [90, 9], [0, 9]], np.float32)


def line(text: str, script: str, recognizer: str) -> ReadLine:
    return ReadLine(QUAD, LineText(text, 0.9, (CharSpan(0.0, 1.0, 0.95),) * len(text), script, recognizer))


@pytest.mark.parametrize(
    ("text", "script", "stays"),
    [
        ("ک", "Arab", False),
        ("ง", "Thai", False),
        ("کار", "Arab", True),
        ("A", "Latn", True),
        ("7", "Zyyy", True),
    ],
)
def test_one_letter_of_another_script_than_its_page_is_chance(text: str, script: str, stays: bool) -> None:
    page = [line("typewritten", "Latn", "alphabetic")] * 9
    parted = part_legible([*page, line(text, script, "another")], 0.65)
    assert (len(parted.legible), len(parted.unread)) == ((10, 0) if stays else (9, 1))


def test_whoever_asks_for_no_legibility_gets_it_too() -> None:
    page = [line("typewritten", "Latn", "alphabetic")] * 9
    assert len(part_legible([*page, line("ک", "Arab", "another")], 0.0).legible) == 10


def test_a_page_that_is_one_letter_is_read() -> None:
    assert len(part_legible([line("ک", "Arab", "arabic")], 0.65).legible) == 1
