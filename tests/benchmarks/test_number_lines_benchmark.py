"""The benchmark of lines of numbers: what it draws, and what it counts."""

from __future__ import annotations

import random
from collections.abc import Sequence

import number_lines
import numpy as np
import pytest

from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.truth.records import LineSample
from recognizers.base import LineText


class Reads:
    """Reads what it is told to."""

    name = "told"

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        """The texts in turn."""
        return [LineText(text, 1.0) for text, _ in zip(self._texts, crops, strict=True)]


def line(text: str) -> LineSample:
    return LineSample(np.full((32, 120), 255, np.uint8), text, "de", "a.ttf")


@pytest.mark.parametrize("alphabet", ["ALPHABETIC", "HAN", "ARABIC"])
def test_each_string_has_a_digit_and_keeps_to_the_charset(alphabet: str) -> None:
    charset = frozenset(load_alphabet(alphabet))
    numbers = number_lines.Numbers(alphabet, charset | {" "})
    for seed in range(50):
        text, language = numbers.draw(random.Random(seed))
        assert any(map(str.isdigit, text)) and charset.issuperset(text.replace(" ", "")), (language, text)


def test_a_line_counts_where_all_but_its_spaces_is_read() -> None:
    figures = number_lines.measure(Reads("24, 50 €", "24.50 €"), [line("24,50 €"), line("24,50 €")], 0.5)
    assert (figures["lines"]["de"], figures["wrong"]["de"]) == (2, 1)
    assert figures["readings"] == [("de", "a.ttf", "24,50 €", "24.50 €")]
