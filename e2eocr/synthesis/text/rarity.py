"""Lines with characters that running text has too few of: each of a charset comes, however rare it is."""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from e2eocr.synthesis.text.alphabets.han import standards_of
from e2eocr.synthesis.text.corpora import LanguageText
from e2eocr.synthesis.text.drawing import word_with
from e2eocr.synthesis.text.languages import SCRIPTS, script_of_character

_SHARE, _LARGE_SHARE = 0.09, 0.36  # of the lines; with four or five rare ones a line, each of 900 comes in 1 of 2,500
_LARGE = 3000  # characters from which a charset is large
_STRING_SHARE = 0.6  # of the lines with rare Han or Hangul
_HAN_SCRIPTS = ("Hans", "Hant", "Jpan")
_STRINGED = frozenset({*_HAN_SCRIPTS, "Hang"})  # scripts in which any characters may stand together
# The first word of a character's Unicode name -> the scripts of the lines that it may stand in.
_WRITTEN_IN = {
    "HIRAGANA": ("Jpan",), "KATAKANA": ("Jpan",), "BOPOMOFO": ("Hant",), "HANGUL": ("Hang",), "ARABIC": ("Arab",),
    "EXTENDED": ("Arab",), "HEBREW": ("Hebr",), "DEVANAGARI": ("Deva",), "BENGALI": ("Beng",), "GURMUKHI": ("Guru",),
    "GUJARATI": ("Gujr",), "ORIYA": ("Orya",), "TAMIL": ("Taml",), "TELUGU": ("Telu",), "KANNADA": ("Knda",),
    "MALAYALAM": ("Mlym",), "SINHALA": ("Sinh",), "THAI": ("Thai",), "LAO": ("Laoo",), "MYANMAR": ("Mymr",),
    "KHMER": ("Khmr",), "ETHIOPIC": ("Ethi",), "TIBETAN": ("Tibt",),
}  # fmt: skip


@dataclass(frozen=True)
class _Characters:
    """Characters of a script, and the running sums of their weights: the rarer, the heavier."""

    characters: Sequence[str]
    bounds: Sequence[float]


class RareCharacters:
    """Draws lines of texts with the characters of a charset that are rare in them.

    Args:
        charset: The characters; none gives no lines.
        texts: The languages that are drawn from.

    Attributes:
        share: How many of all lines should come from here.
    """

    def __init__(self, charset: Iterable[str], texts: Sequence[LanguageText]) -> None:
        self._texts = texts
        by_script: dict[str, list[str]] = defaultdict(list)
        present = {SCRIPTS.get(text.language, "") for text in texts} | {""}
        for character in sorted(set(charset) - {" "}):
            for script in sorted(present.intersection(_scripts_of(character))):
                by_script[script].append(character)
        total = sum(map(len, by_script.values()))
        self._large = total > _LARGE
        self.share = (_LARGE_SHARE if self._large else _SHARE) if total else 0.0
        self._scripts = {script: self._weigh(script, characters) for script, characters in by_script.items()}

    def _weigh(self, script: str, characters: Sequence[str]) -> _Characters:
        """The characters of a script; only of many need the common ones come less."""
        if not self._large:
            return _Characters(characters, range(1, len(characters) + 1))
        texts = self._fitting(script)
        counts = [sum(text.letters.get(character, 0) for text in texts) for character in characters]
        return _Characters(characters, list(itertools.accumulate((1 + count) ** -0.5 for count in counts)))

    def _fitting(self, script: str) -> list[LanguageText]:
        return [text for text in self._texts if not script or SCRIPTS.get(text.language) == script]

    def draw(self, rng: random.Random) -> tuple[str, LanguageText]:
        """A line with some characters drawn by how rare they are."""
        names = list(self._scripts)
        script = rng.choices(names, [self._scripts[name].bounds[-1] for name in names])[0]
        rare, fitting = self._scripts[script], self._fitting(script)
        source = rng.choice(fitting)
        if script in _STRINGED and rng.random() < _STRING_SHARE:
            return "".join(self._some(rare, rng.randint(2, 14), rng)), source
        words = [source.word(rng) for _ in range(rng.randint(1, 3) if source.unspaced else rng.randint(2, 7))]
        for character in self._some(rare, rng.randint(3, 6), rng):
            words.insert(rng.randint(0, len(words)), word_with(character, source, fitting, rng))
        return ("" if source.unspaced else " ").join(words), source

    def _some(self, rare: _Characters, count: int, rng: random.Random) -> Sequence[str]:
        if not self._large:
            return rng.sample(rare.characters, min(count, len(rare.characters)))
        drawn = rng.choices(rare.characters, cum_weights=rare.bounds, k=count)
        return list(dict.fromkeys(drawn))


def _scripts_of(character: str) -> Iterable[str]:
    """The scripts of the lines that a character may stand in; an empty name where it belongs to none."""
    script = script_of_character(character)
    if script:
        return (script,)
    kind = unicodedata.name(character, "").split()[0]
    if kind == "CJK":
        return standards_of(character) & set(_HAN_SCRIPTS) or _HAN_SCRIPTS
    return _WRITTEN_IN.get(kind, ("",))
