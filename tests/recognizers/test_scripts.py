"""Words keep to one script."""

from __future__ import annotations

import numpy as np
import pytest

from recognizers.charset import Charset
from recognizers.ctc.decoding import decode_greedy
from recognizers.ctc.reader import CTCReader, CTCSettings
from recognizers.ctc.scripts import ScriptKeeper

CHARSET = Charset(" 1-OPCTHKnRmGglе" + "ОРСТНКнтьв" + "ΟΡΤΗΚν")


ALPHABETS = ("Latn", "Cyrl", "Grek")


def probabilities_of(reading: str, doubts: dict[int, tuple[str, float]], charset: Charset = CHARSET) -> np.ndarray:
    """Two steps a character, a blank between; `doubts` give another character at a place a probability."""
    steps = np.full((3 * len(reading), len(charset)), 1e-4, np.float32)
    for place, character in enumerate(reading):
        other, share = doubts.get(place, (character, 0.0))
        rows = slice(3 * place, 3 * place + 2)
        steps[rows, charset.encode(other)[0]] = share
        steps[rows, charset.encode(character)[0]] = 1 - share
        steps[3 * place + 2, 0] = 1.0
    return steps / steps.sum(axis=1, keepdims=True)


CASES = [
    # One Cyrillic letter in a Latin word, its Latin twin second.
    ("POнOR", {2: ("H", 0.2)}, "POHOR"),
    # A word is what stands between signs: an ending in another script is none of it.
    ("GglOR-нт", {}, "GglOR-нт"),
    ("GglнR-нт", {3: ("H", 0.3)}, "GglHR-нт"),
    # Words of one script each stay as they are.
    ("тн COP", {}, "тн COP"),
    ("нтнт GglOR", {}, "нтнт GglOR"),
    # Latin alphabets of the 1930s have a letter that is only in Cyrillic.
    ("Gьlmь", {}, "Gьlmь"),
    # One script, digits and dashes: nothing to settle.
    ("OPC-1 TH", {}, "OPC-1 TH"),
]


@pytest.mark.parametrize(("reading", "doubts", "expected"), CASES)
def test_words_keep_to_one_script(reading: str, doubts: dict[int, tuple[str, float]], expected: str) -> None:
    steps = probabilities_of(reading, doubts)
    path = decode_greedy(steps)
    assert CHARSET.decode(path.classes) == reading
    settled = ScriptKeeper(CHARSET, ALPHABETS).settle(steps, path, decode_greedy)
    assert CHARSET.decode(settled.classes) == expected


def test_a_guest_alone_does_not_make_a_word_latin() -> None:
    # Of twins alone either script would do; a letter that Latin words seldom have decides.
    steps = probabilities_of("TOв", {0: ("Т", 0.4), 1: ("О", 0.4)})
    settled = ScriptKeeper(CHARSET, ALPHABETS).settle(steps, decode_greedy(steps), decode_greedy)
    assert CHARSET.decode(settled.classes) == "ТОв"


def test_the_path_of_a_line_of_one_script_is_given_back() -> None:
    steps = probabilities_of("OPT", {})
    path = decode_greedy(steps)
    assert ScriptKeeper(CHARSET, ALPHABETS).settle(steps, path, decode_greedy) is path


@pytest.mark.parametrize(
    ("text", "confusable"),
    [
        ("東京に行く", ()),  # kanji and kana stand together in Japanese
        ("東京に行く", ALPHABETS),
        ("第3章Rm", ALPHABETS),
        ("TOв", ()),  # nothing is confused where nothing is named
    ],
)
def test_writing_of_several_scripts_stays_as_it_is(text: str, confusable: tuple[str, ...]) -> None:
    charset = Charset("".join(dict.fromkeys(" 東京に行く第章3RmTOв")))
    settings = CTCSettings(32, 4, confusable_scripts=confusable)
    probabilities = probabilities_of(text, {}, charset)

    def model(batch: np.ndarray) -> np.ndarray:
        return np.log(np.repeat(probabilities[None], len(batch), axis=0))

    crop = np.full((32, 4 * len(probabilities)), 255, np.uint8)
    [reading] = CTCReader("double", model, charset, settings).read([crop])
    assert reading.text == text
