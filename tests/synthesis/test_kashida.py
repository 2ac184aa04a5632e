"""Words that are stretched to fill a line."""

from __future__ import annotations

import random

import pytest

from e2eocr.synthesis.text.alphabets import canonical
from e2eocr.synthesis.text.kashida import KASHIDA, stretch_words
from e2eocr.synthesis.text.set_forms import forms_of, set_in_print

TEXT = "از قندهار سایهٔ او تا به قیروان (abc 12)"


def test_only_joining_strokes_are_lengthened() -> None:
    drawn = [stretch_words(TEXT, random.Random(seed)) for seed in range(600)]
    assert {canonical(each) for each in drawn} == {canonical(TEXT)}
    stretched = [each for each in drawn if KASHIDA in each]
    assert 0.08 < len(stretched) / len(drawn) < 0.2
    for word in {word for each in stretched for word in each.split(" ") if KASHIDA in word}:
        before, after = word[word.index(KASHIDA) - 1], word[word.rindex(KASHIDA) + 1]
        assert before not in "ادرو" and after.isalpha(), word


@pytest.mark.parametrize("text", ["دو", "لا", "abc 12", "שלום", "", "شيء"[2:]])
def test_what_no_stroke_joins_stays(text: str) -> None:
    assert {stretch_words(text, random.Random(seed)) for seed in range(300)} == {text}


def test_marks_stay_with_their_letter() -> None:
    drawn = {stretch_words("نَم", random.Random(seed)) for seed in range(300)} - {"نَم"}
    assert drawn and all(each.startswith("نَ" + KASHIDA) for each in drawn)


def test_each_writing_has_its_forms() -> None:
    assert forms_of(["en", "hi"]) == "" and forms_of(["fa"]) == KASHIDA and "Ａ" in forms_of(["ja"])
    assert {set_in_print("כל טוב", "he", random.Random(seed)) for seed in range(100)} == {"כל טוב"}
    assert any(KASHIDA in set_in_print(TEXT, "fa", random.Random(seed)) for seed in range(100))
