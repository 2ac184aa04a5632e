"""Monotonic Greek made to look polytonic.

The result is not good Greek grammar: it is what a recognizer needs to see, each letter with the accents and
breathings it can bear, where they can stand.
"""

from __future__ import annotations

import random
import re
import unicodedata

_SMOOTH, _ROUGH = "\u0313", "\u0314"
_ACUTE, _GRAVE, _CIRCUMFLEX = "\u0301", "\u0300", "\u0342"
_IOTA_BELOW, _DIAERESIS = "\u0345", "\u0308"
_VOWELS = frozenset("αεηιουω")
_DIPHTHONGS = frozenset({"αι", "ει", "οι", "υι", "αυ", "ευ", "ου", "ηυ"})
_WORD = re.compile("[Ͱ-Ͽἀ-῿]+")


def to_polytonic(text: str, rng: random.Random) -> str:
    """Give every Greek word of a text breathings and old accents; the rest stays as it is. Returns NFC."""
    return _WORD.sub(lambda match: _convert_word(match.group(), rng), text)


def _split(word: str) -> tuple[list[str], list[str]]:
    """Base letters, and the marks of each."""
    letters: list[str] = []
    marks: list[str] = []
    for character in unicodedata.normalize("NFD", word):
        if unicodedata.combining(character) and letters:
            marks[-1] += character
        else:
            letters.append(character)
            marks.append("")
    return letters, marks


def _convert_word(word: str, rng: random.Random) -> str:
    if len(word) > 1 and word.isupper():
        return word  # capitals bear no marks
    letters, marks = _split(word)
    _change_accents(letters, marks, rng)
    _add_breathing(letters, marks, rng)
    if letters[-1] in "αηω" and len(letters) > 1 and rng.random() < 0.2:
        marks[-1] += _IOTA_BELOW
    joined = "".join(letter + mark for letter, mark in zip(letters, marks, strict=True))
    return unicodedata.normalize("NFC", joined)


def _change_accents(letters: list[str], marks: list[str], rng: random.Random) -> None:
    lowered = "".join(letters).lower()
    places = [index for index, mark in enumerate(marks) if _ACUTE in mark]
    vowels = [index for index, letter in enumerate(lowered) if letter in _VOWELS]
    if not places and len(letters) <= 3 and vowels and rng.random() < 0.6:
        places = [vowels[-1]]  # short words lost their accent in the monotonic reform
        marks[vowels[-1]] += _ACUTE
    for index in places:
        is_last = not any(place > index for place in vowels)
        is_long = lowered[index] in "ηω" or lowered[max(index - 1, 0) : index + 1] in _DIPHTHONGS
        chance = rng.random()
        if chance < (0.45 if is_long else 0.12) and lowered[index] not in "εο":
            marks[index] = marks[index].replace(_ACUTE, _CIRCUMFLEX)
        elif is_last and chance < 0.75:
            marks[index] = marks[index].replace(_ACUTE, _GRAVE)


def _add_breathing(letters: list[str], marks: list[str], rng: random.Random) -> None:
    lowered = "".join(letters).lower()
    if lowered[0] == "ρ":
        marks[0] = _ROUGH
        return
    if lowered[0] not in _VOWELS:
        return
    index = 1 if lowered[:2] in _DIPHTHONGS and not marks[0] and _DIAERESIS not in marks[1] else 0
    is_rough = lowered[0] == "υ" or rng.random() < 0.3
    marks[index] = (_ROUGH if is_rough else _SMOOTH) + marks[index]
