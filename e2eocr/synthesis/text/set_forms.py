"""How a text is set: forms of characters that are drawn, but learned as others."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Collection

from e2eocr.synthesis.text.alphabets.canonical import canonical, character_range
from e2eocr.synthesis.text.east_asian import EAST_ASIAN
from e2eocr.synthesis.text.kashida import KASHIDA, stretch_words
from e2eocr.synthesis.text.languages import SCRIPTS

_FULL_WIDTH = {chr(code - 0xFEE0): chr(code) for code in range(0xFF01, 0xFF5F)}
_HALF_WIDTH = {
    unicodedata.normalize("NFKC", kana + mark): kana + mark
    for kana in character_range(0xFF61, 0xFF9D)
    for mark in ("", "ﾞ", "ﾟ")
    if len(unicodedata.normalize("NFKC", kana + mark)) == 1
}
_ROMAN = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0x2160, 0x216B)}
_ROMAN_NUMERAL = re.compile(r"(?<![A-Z])(?:VIII|III|VII|II|IV|VI|IX|XI)(?![A-Z])")
_FULL_SHARE, _HALF_SHARE, _ROMAN_SHARE = 0.07, 0.04, 0.7

EAST_ASIAN_FORMS = "".join((*_FULL_WIDTH.values(), character_range(0xFF61, 0xFF9F), *_ROMAN.values()))
"""Characters that are drawn in the place of others, beside those of an alphabet."""


def forms_of(languages: Collection[str]) -> str:
    """Characters that lines of some languages are drawn with, beside those of an alphabet."""
    forms = EAST_ASIAN_FORMS if EAST_ASIAN.intersection(languages) else ""
    return forms + KASHIDA if any(SCRIPTS[language] == "Arab" for language in languages) else forms


def set_in_print(text: str, language: str, rng: random.Random) -> str:
    """A text as a line of print shows it: its canonical form is that of the text."""
    if language in EAST_ASIAN:
        return set_east_asian(text, language, rng)
    return stretch_words(text, rng) if SCRIPTS[language] == "Arab" else text


def set_east_asian(text: str, language: str, rng: random.Random) -> str:
    """A text as it is drawn: at times with full-width letters and digits, half-width kana, numerals of one glyph.

    Its canonical form is that of the text.
    """
    chance = rng.random()
    if rng.random() < _ROMAN_SHARE:
        text = _ROMAN_NUMERAL.sub(lambda match: _ROMAN[match.group()], text)
    if chance < _FULL_SHARE:
        drawn = "".join(_FULL_WIDTH.get(character, character) for character in text)
        return drawn if canonical(drawn) == canonical(text) else text  # marks have a full width of their own
    if language == "ja" and chance < _FULL_SHARE + _HALF_SHARE:
        return "".join(_HALF_WIDTH.get(character, character) for character in text)
    return text
