"""The characters a recognizer knows, and the way between text and class numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

BLANK = 0


class Charset:
    """Characters in class order. Class 0 is the CTC blank; the first character is class 1."""

    def __init__(self, characters: Iterable[str]) -> None:
        """Take the characters in class order.

        Raises:
            ValueError: If one is not a single character, or stands twice.
        """
        self.characters: tuple[str, ...] = tuple(characters)
        if any(len(character) != 1 for character in self.characters):
            raise ValueError("Invalid `characters`. Expected single characters.")
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


def script_of(text: str) -> str:
    """ISO 15924 code of the script most letters of a text belong to; `Zyyy` where it has no letter."""
    counts: dict[str, int] = {}
    for character in text:
        if character.isalpha():
            script = _SCRIPTS.get(unicodedata.name(character, "").split(" ")[0].split("-")[0], "Zzzz")
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: counts[script]) if counts else "Zyyy"


# The first word of a character's Unicode name -> its script's ISO 15924 code.
_SCRIPTS = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARMENIAN": "Armn", "GEORGIAN": "Geor", "HEBREW": "Hebr",
    "ARABIC": "Arab", "DEVANAGARI": "Deva", "BENGALI": "Beng", "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda",
    "THAI": "Thai", "CJK": "Hani", "HIRAGANA": "Hira", "KATAKANA": "Kana", "HANGUL": "Hang", "MODIFIER": "Latn",
    "MICRO": "Latn", "FEMININE": "Latn", "MASCULINE": "Latn",
}  # fmt: skip
