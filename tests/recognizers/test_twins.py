"""Letters that print alike are as sure together as their shape is."""

from __future__ import annotations

import numpy as np
import pytest

from recognizers.base import DecodedLine
from recognizers.charset import Charset
from recognizers.ctc.decoding import decode_greedy
from recognizers.twins import TwinSums, twin_in

CHARSET = Charset("HНΗRGabcd1")


def steps_of(*places: dict[str, float]) -> np.ndarray:
    """A step for each character, given as probabilities of it and what it may be, and a blank behind it."""
    steps = np.zeros((2 * len(places), len(CHARSET)), np.float32)
    steps[1::2, 0] = 1.0
    for at, place in enumerate(places):
        for character, probability in place.items():
            steps[2 * at, CHARSET.encode(character)[0]] = probability
        steps[2 * at, 0] = 1.0 - sum(place.values())
    return steps


def settled(*places: dict[str, float]) -> tuple[DecodedLine, DecodedLine]:
    steps = steps_of(*places)
    path = decode_greedy(steps)
    return path, TwinSums(CHARSET).settle(steps, path)


def test_a_lone_letter_is_as_sure_as_all_that_print_like_it() -> None:
    before, after = settled({"H": 0.4, "Н": 0.3, "Η": 0.25})
    assert CHARSET.decode(after.classes) == "H"
    assert before.confidences == pytest.approx((0.4,)) and after.confidences == pytest.approx((0.95,))
    assert after.log_probability == pytest.approx(before.log_probability + np.log(0.95 / 0.4))


def test_what_looks_otherwise_does_not_count() -> None:
    before, after = settled({"R": 0.6, "H": 0.3})
    assert after == before


def test_a_ring_and_a_stroke_stay_doubtful() -> None:
    """They may be the marks of a punch and a crease."""
    for letters in ("OО", "lI"):
        charset = Charset(letters)
        steps = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]], np.float32)
        path = decode_greedy(steps)
        assert TwinSums(charset).settle(steps, path) == path


def test_a_longer_line_tells_by_its_letters() -> None:
    doubted = {"H": 0.5, "Н": 0.4}
    assert settled(doubted, {"R": 0.9}, {"G": 0.9})[1].confidences[0] == pytest.approx(0.9)
    before, after = settled(doubted, {"a": 0.9}, {"b": 0.9}, {"c": 0.9})
    assert after == before


def test_a_line_without_text_stays_as_it_is() -> None:
    before, after = settled({"1": 0.1})
    assert before.classes == () and after is before


@pytest.mark.parametrize(
    ("letter", "script", "twin"),
    [("Н", "Latn", "H"), ("Η", "Latn", "H"), ("H", "Cyrl", "Н"), ("у", "Latn", "y"), ("о", "Latn", "o"),
     ("н", "Latn", "H"), ("О", "Grek", "Ο"), ("Ж", "Latn", None), ("R", "Cyrl", None), ("5", "Latn", None)],
)  # fmt: skip
def test_a_letter_has_a_twin_of_its_case_or_of_its_shape(letter: str, script: str, twin: str | None) -> None:
    assert twin_in(letter, script) == twin
