"""Numbers with a room behind their point."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.detectors import box
from doubles.readings import reading

from e2eocr.page.decimals import join_decimals


def joined(*texts: str) -> list[str]:
    quads = np.array([box(0, 40 * at, 90, 40 * at + 20) for at in range(len(texts))])
    return [each.text for each in join_decimals(quads, [reading(text) for text in texts])]


def test_numbers_in_a_column_and_alone_are_joined() -> None:
    assert joined("2. 13", "2. 78", "3. 72", "13.00") == ["2.13", "2.78", "3.72", "13.00"]
    assert joined("Total", "55. 64") == ["Total", "55.64"]
    assert joined("-4. 20", "+12. 5", "33. 000", "8. 43%") == ["-4.20", "+12. 5", "33.000", "8.43%"]


@pytest.mark.parametrize(
    "texts",
    [
        ("1. 25", "2. 13", "3. 144"),  # answers to exercises
        ("1. Alpha", "2. 13", "3. Gamma"),
        ("2. 13 pieces", "Nr. 13", "4, 12"),
    ],
)
def test_items_of_a_list_and_other_text_stay(texts: tuple[str, ...]) -> None:
    assert joined(*texts) == list(texts)


def test_another_column_tells_nothing() -> None:
    quads = np.array([box(0, 0, 90, 20), box(200, 0, 290, 20), box(200, 40, 290, 60)])
    readings = [reading("7. 13"), reading("8. Alpha"), reading("9. Beta")]
    assert join_decimals(quads, readings)[0].text == "7.13"


def test_every_character_keeps_its_place() -> None:
    [line] = join_decimals(np.array([box(0, 0, 90, 20)]), [reading("55. 64", 0.8)])
    assert len(line.spans) == len("55.64") and line.legibility == pytest.approx(0.8)
