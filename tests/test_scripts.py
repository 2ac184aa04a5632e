"""Words keep to one script."""

from __future__ import annotations

import numpy as np
import pytest

from recognizers.charset import Charset
from recognizers.ctc import decode_greedy
from recognizers.scripts import ScriptKeeper

CHARSET = Charset(" 1-OPCTHKnRmGglе" + "ОРСТНКнт" + "ΟΡΤΗΚν")


def probabilities_of(reading: str, doubts: dict[int, tuple[str, float]]) -> np.ndarray:
    """Two steps a character, a blank between; `doubts` give another character at a place a probability."""
    steps = np.full((3 * len(reading), len(CHARSET)), 1e-4, np.float32)
    for place, character in enumerate(reading):
        other, share = doubts.get(place, (character, 0.0))
        rows = slice(3 * place, 3 * place + 2)
        steps[rows, CHARSET.encode(other)[0]] = share
        steps[rows, CHARSET.encode(character)[0]] = 1 - share
        steps[3 * place + 2, 0] = 1.0
    return steps / steps.sum(axis=1, keepdims=True)


CASES = [
    # One Cyrillic letter in a Latin word, its Latin twin second.
    ("POнOR", {2: ("H", 0.2)}, "POHOR"),
    # A Cyrillic word of letters that look Latin stays Cyrillic in its line.
    ("тн COP", {}, "тн COP"),
    # A doubtful word of twins follows its line.
    ("ннтн COP", {5: ("С", 0.4), 6: ("О", 0.4), 7: ("Р", 0.4)}, "ннтн СОР"),
    # In a Latin line it takes more to be a Cyrillic word.
    ("GglRm СОР", {6: ("C", 0.3), 7: ("O", 0.3), 8: ("P", 0.3)}, "GglRm COP"),
    ("ннтнт COP", {6: ("С", 0.3), 7: ("О", 0.3), 8: ("Р", 0.3)}, "ннтнт COP"),
    # A word that is surely of another script stands as it is.
    ("нтнт GglOR", {}, "нтнт GglOR"),
    # One script, digits and dashes: nothing to settle.
    ("OPC-1 TH", {}, "OPC-1 TH"),
]


@pytest.mark.parametrize(("reading", "doubts", "expected"), CASES)
def test_words_keep_to_one_script(reading: str, doubts: dict[int, tuple[str, float]], expected: str) -> None:
    steps = probabilities_of(reading, doubts)
    path = decode_greedy(steps)
    assert CHARSET.decode(path.classes) == reading
    settled = ScriptKeeper(CHARSET).settle(steps, path, decode_greedy)
    assert CHARSET.decode(settled.classes) == expected


def test_the_path_of_a_line_of_one_script_is_given_back() -> None:
    steps = probabilities_of("OPT", {})
    path = decode_greedy(steps)
    assert ScriptKeeper(CHARSET).settle(steps, path, decode_greedy) is path
