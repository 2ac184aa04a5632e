"""Scripts that set no spaces between their words: what stands for a word in them, and how their lines are joined."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import reduce

from recognizers.charset import script_of

# How the Unicode names of their letters and of their punctuation begin.
_UNSPACED = (
    "BOPOMOFO", "CJK", "FULLWIDTH", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA", "KHMER", "LAO", "MYANMAR", "THAI", "TIBETAN",
)  # fmt: skip
_OPENING = frozenset({"Ps", "Pi"})
_CLOSING = frozenset({"Pe", "Pf", "Po"})
_LONG_VOWEL = "ー"  # of the syllable before it, in either kana
_KANA = ("Hira", "Kana")


def is_unspaced(character: str) -> bool:
    """Whether a character belongs to a script that sets no spaces between words."""
    return unicodedata.name(character, "").startswith(_UNSPACED)


def word_ranges(text: str) -> list[tuple[int, int]]:
    """Where the words of a line begin and end.

    White space parts words. In scripts without spaces, so do a change of script (`第3章` are three words) and
    punctuation, which stays with the word that it closes or opens.
    """
    return [found for match in re.finditer(r"\S+", text) for found in _split(text, match.start(), match.end())]


def join_texts(texts: Iterable[str]) -> str:
    """Texts that follow each other as one, with a space between two unless both sides are of scripts without."""
    some = [text for text in texts if text]
    return reduce(_join, some) if some else ""


def _join(head: str, tail: str) -> str:
    space = "" if is_unspaced(head[-1]) and is_unspaced(tail[0]) else " "
    return f"{head}{space}{tail}"


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begun = start
    for at in range(start + 1, end):
        if _parts(text[at - 1], text[at]):
            yield begun, at
            begun = at
    yield begun, end


def _parts(before: str, after: str) -> bool:
    """Whether one word ends and another begins between two characters, neither of which is a space."""
    if not (is_unspaced(before) or is_unspaced(after)) or after == _LONG_VOWEL:
        return False
    kind, following = unicodedata.category(before), unicodedata.category(after)
    if following in _OPENING:
        return kind not in _OPENING
    if kind in _CLOSING:
        return following not in _CLOSING
    if before == _LONG_VOWEL and _script(after) in _KANA:
        return False
    return before.isalnum() and after.isalnum() and _script(before) != _script(after)


def _script(character: str) -> str:
    """The script of a letter that is set without spaces; empty for figures and all other letters."""
    if unicodedata.name(character, "").startswith("IDEOGRAPHIC"):  # the zero of Han figures is no letter
        return "Hani"
    return script_of(character) if is_unspaced(character) and character.isalpha() else ""
