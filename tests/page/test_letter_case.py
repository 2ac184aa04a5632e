"""A letter that stands alone has the case of its size."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.detectors import box
from doubles.readings import reading

from e2eocr.page.letter_case import ink_height, settle_case
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import Straightened

PAGE = Straightened(np.full((9, 9, 3), 255, np.uint8))
CAPITAL = 20  # pixels of the highest mark


def crop(height: int, size: int = 40) -> np.ndarray:
    """A letter so high in a crop that is higher."""
    picture = np.full((size, size), 230, np.uint8)
    picture[size - 6 - height : size - 6, 10:24] = 30
    return picture


def settled(*cells: tuple[str, int], size: int = 40) -> list[str]:
    """Texts of a column of cells, told by these and the heights of their highest marks."""
    quads = np.array([box(0, 60 * at, 40, 60 * at + 40) for at in range(len(cells))])
    located = LocatedLines(PAGE, quads, np.ones(len(cells), np.float32), padding=0.0)
    crops = [crop(height, size) for _, height in cells]
    return [each.text for each in settle_case(located, crops, [reading(text) for text, _ in cells])]


@pytest.mark.parametrize(
    ("text", "height", "told"),
    [("X", 14, "x"), ("x", 20, "X"), ("O", 14, "o"), ("s", 20, "S"), ("K", 14, "K"), ("S", 17, "S"), ("s", 17, "s")],
)
def test_a_letter_alone_has_the_case_of_its_size(text: str, height: int, told: str) -> None:
    assert settled(("A", CAPITAL), (text, height), ("7", CAPITAL))[1] == told


@pytest.mark.parametrize("text", ["12", "Item", "4711"])
def test_figures_and_words_tell_how_high_a_capital_is(text: str) -> None:
    assert settled((text, CAPITAL), ("X", 14), (text, CAPITAL))[1] == "x"


@pytest.mark.parametrize("text", ["some", "(7)", "page", "Буквы"])
def test_what_may_be_lower_or_higher_tells_nothing(text: str) -> None:
    assert settled((text, CAPITAL), ("X", 14), (text, CAPITAL))[1] == "X"


def test_small_letters_tell_how_high_a_capital_is() -> None:
    cells = [("a", 14), ("X", 14), ("n", 14)]
    assert settled(*cells)[1] == "x"
    assert settled(*cells[:2])[1] == "X", "one alone does not"


def test_rules_beside_a_letter_are_none_of_its_ink() -> None:
    letter = crop(14, 60)
    letter[:, 50:52] = 30
    letter[56:58, ::4] = letter[56:58, 1::4] = 30
    assert ink_height(letter) == 14
    assert ink_height(np.full((40, 40), 230, np.uint8)) == 0
