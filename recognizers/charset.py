"""The characters a recognizer knows, and the way between text and class numbers."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

BLANK = 0


class Charset:
    """Characters in class order. Class 0 is the CTC blank; the first character is class 1."""

    def __init__(self, characters: Iterable[str]) -> None:
        """Take the characters in class order.

        Raises:
            ValueError: If one is not a single character, is a line break, or stands twice.
        """
        self.characters: tuple[str, ...] = tuple(characters)
        wrong = [character for character in self.characters if len(character) != 1 or character in "\r\n"]
        if wrong:
            raise ValueError(
                f"Invalid `characters`. Expected single characters, no line breaks. Received: {wrong[0]!r}"
            )
        self._classes = {character: number for number, character in enumerate(self.characters, 1)}
        if len(self._classes) != len(self.characters):
            raise ValueError("Invalid `characters`. Expected each character once.")

    def __len__(self) -> int:
        """Number of classes, the blank included."""
        return len(self.characters) + 1

    def __contains__(self, character: object) -> bool:
        return character in self._classes

    def unknown(self, text: str) -> str:
        """The characters of a text that are not in the charset, each once, in order."""
        return "".join(dict.fromkeys(character for character in text if character not in self._classes))

    def encode(self, text: str) -> list[int]:
        """Class numbers of an NFC text.

        Raises:
            ValueError: If a character is not in the charset.
        """
        unknown = self.unknown(text)
        if unknown:
            raise ValueError(f"Invalid `text`. Not in the charset: {unknown!r}")
        return [self._classes[character] for character in text]

    def decode(self, classes: Sequence[int]) -> str:
        """Text of class numbers from 1; no class is dropped or merged here."""
        return "".join(self.characters[number - 1] for number in classes)

    def save(self, path: Path) -> None:
        """Write a character a line, in class order."""
        path.write_text("".join(f"{character}\n" for character in self.characters), encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path: Path) -> Charset:
        """Read what `save` wrote. A line that is one space is the space."""
        return cls(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"))


# The first word of a character's Unicode name -> its script's ISO 15924 code.
_SCRIPTS = {
    "ARABIC": "Arab", "ARMENIAN": "Armn", "BENGALI": "Beng", "BOPOMOFO": "Bopo", "CHEROKEE": "Cher", "CJK": "Hani",
    "COPTIC": "Copt", "CYRILLIC": "Cyrl", "DEVANAGARI": "Deva", "ETHIOPIC": "Ethi", "FEMININE": "Latn",
    "GEORGIAN": "Geor", "GLAGOLITIC": "Glag", "GOTHIC": "Goth", "GREEK": "Grek", "GUJARATI": "Gujr",
    "GURMUKHI": "Guru", "HANGUL": "Hang", "HEBREW": "Hebr", "HIRAGANA": "Hira", "IDEOGRAPHIC": "Hani",
    "KANNADA": "Knda", "KATAKANA": "Kana", "KHMER": "Khmr", "LAO": "Laoo", "LATIN": "Latn", "MALAYALAM": "Mlym",
    "MASCULINE": "Latn", "MONGOLIAN": "Mong", "MYANMAR": "Mymr", "OGHAM": "Ogam", "ORIYA": "Orya", "RUNIC": "Runr",
    "SINHALA": "Sinh", "SYRIAC": "Syrc", "TAMIL": "Taml", "TELUGU": "Telu", "THAANA": "Thaa", "THAI": "Thai",
    "TIBETAN": "Tibt",
}  # fmt: skip
# English names of scripts -> codes. Unicode calls them alike, but for a few.
_NO_NAMES = {"CJK", "FEMININE", "IDEOGRAPHIC", "MASCULINE"}
_NAMES = {word.lower(): code for word, code in _SCRIPTS.items() if word not in _NO_NAMES} | {
    "burmese": "Mymr",
    "han": "Hani",
    "odia": "Orya",
}
# Letters that belong to no script: signs made of letters, and letters that modify others.
_COMMON = {"MICRO", "MODIFIER", "MATHEMATICAL", "SCRIPT", "BLACK", "DOUBLE", "PLANCK", "ALEF", "BET", "GIMEL", "DALET"}
_BEFORE_SCRIPTS = {"FULLWIDTH", "HALFWIDTH", "EXTENDED"}


@cache
def _script_of_character(letter: str) -> str:
    words = unicodedata.name(letter, "").replace("-", " ").split()
    if words and words[0] in _BEFORE_SCRIPTS:
        words = words[1:]
    first = words[0] if words else ""
    return "" if first in _COMMON else _SCRIPTS.get(first, "Zzzz")


def script_code(name: str) -> str | None:
    """ISO 15924 code of a script by its English name or its code, in any case; None where it is not known here."""
    known = {code.lower(): code for code in _SCRIPTS.values()} | _NAMES
    return known.get(name.lower())


def script_names() -> list[str]:
    """English names of the scripts that are known here, in order."""
    return sorted(_NAMES)


def scripts_of(text: str) -> set[str]:
    """ISO 15924 codes of all scripts that a text has letters of."""
    return {_script_of_character(character) for character in text if character.isalpha()} - {""}


def script_counts(text: str) -> Counter[str]:
    """How many letters of each script a text has, by ISO 15924 codes; digits that are a script's own count too."""
    letters = Counter(_script_of_character(character) for character in text if character.isalpha())
    digits = Counter(_script_of_character(character) for character in text if character.isdecimal())
    del letters[""], digits["Zzzz"]
    return letters + digits


def script_of(text: str) -> str:
    """ISO 15924 code of the script most letters of a text belong to.

    `Zyyy` where it has no letter of any script, `Zzzz` where most are of a script that is not known here.
    """
    counts = Counter(_script_of_character(character) for character in text if character.isalpha())
    del counts[""]
    return counts.most_common(1)[0][0] if counts else "Zyyy"
