"""Text to render: pieces of running text, words drawn by rarity, numbers and the like, and rare characters."""

from __future__ import annotations

import bisect
import itertools
import random
import unicodedata
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from e2eocr.errors import DataError
from e2eocr.synthesis.text import technical
from e2eocr.synthesis.text.alphabets import canonical
from e2eocr.synthesis.text.corpora import LanguageText, available_languages, load_language, shares_of
from e2eocr.synthesis.text.drawing import MAX_CHARACTERS, draw_plain, dress, insert_word, mix_in
from e2eocr.synthesis.text.groups import GROUPS, with_own_digits
from e2eocr.synthesis.text.languages import SCRIPTS, SHARES, keeps_to_script
from e2eocr.synthesis.text.rarity import RareCharacters

_MENDS = {
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\t": " ", "\u00ad": "", "\u200b": "", "\u2011": "-",
    "\u2010": "-", "\u2012": "–", "\u2015": "—", "\u2212": "-", "…": "...", "‚": ",", "‛": "'", "ʼ": "’", "′": "'",
    "″": '"', "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "·": ".", "×": "x", "ﬁ": "fi",
    "ﬂ": "fl", "–": "-", "—": "-", "\u037e": ";", "\u0387": "·", "‹": "<", "›": ">", "№": "No", "µ": "μ", "ŀ": "l·",
}  # fmt: skip
_LATIN_SHARE = 0.2  # of the lines in other scripts
_TECHNICAL_SHARE = 0.06  # of all lines
_LOGO_SHARE = 0.15  # of those
_NAMED_IN = ("en", "de", "fr")  # languages whose words stand amid other scripts


class TextSource:
    """Draws labelled text of many languages.

    Args:
        folder: Holds `<language>.txt` or `<language>.txt.xz`, a sentence or string a line. Without it, text
            is made of the words of wordfreq.
        charset: The characters a line may hold; None allows all.
        languages: Which languages to draw; None is all there are of the group.
        seed: Seed of the names, dates and prices that are made once.
        group: A key of `GROUPS`, whose shares the languages have; any other name stands for the alphabetic ones.

    Raises:
        DataError: If none of the languages has text.
        MissingDependencyError: If a package is missing that text is made with.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        charset: Iterable[str] | None = None,
        languages: Collection[str] | None = None,
        seed: int = 0,
        group: str = "ALPHABETIC",
    ) -> None:
        self.charset = None if charset is None else frozenset(charset) | {" "}
        shared = GROUPS.get(group, SHARES)
        codes = available_languages(folder, languages, shared)
        if not codes:
            raise DataError(f"No text for {languages or f'any language of {group}'} in {folder}. Name another folder.")
        shares = shares_of(codes, shared)
        self._texts = [load_language(folder, code, seed, self.charset) for code in codes]
        self._bounds = list(itertools.accumulate(shares[code] for code in codes))
        self._rare = RareCharacters(self.charset or (), self._texts)
        self._latin = [text for text in self._texts if text.language in _NAMED_IN]

    @property
    def languages(self) -> list[str]:
        """Codes of the languages drawn from."""
        return [text.language for text in self._texts]

    def draw(self, rng: random.Random) -> tuple[str, str]:
        """Draw a line: its text (NFC, single spaces, 1–110 characters, all in the charset) and its language."""
        for _ in range(200):
            drawn, source = self._draw_one(rng)
            script = SCRIPTS.get(source.language, "")
            drawn = with_own_digits(drawn, source.language, rng)
            if self._latin and script != "Latn" and rng.random() < _LATIN_SHARE:
                drawn = _mixed(drawn, source, self._latin_word, rng)
            elif self._latin and rng.random() < _TECHNICAL_SHARE:
                drawn = self._make_technical(drawn, source, rng)
            text = self._mend(drawn)
            if text and keeps_to_script(text, script):
                return text, source.language
        raise DataError("The charset holds too few characters of the text: 200 lines in a row could not be set.")

    def _draw_one(self, rng: random.Random) -> tuple[str, LanguageText]:
        if rng.random() < self._rare.share:
            return self._rare.draw(rng)
        place = rng.random() * self._bounds[-1]
        source = self._texts[min(bisect.bisect_right(self._bounds, place), len(self._texts) - 1)]
        return dress(draw_plain(source, rng), source.language, rng), source

    def whole_lines(self, language: str) -> list[str]:
        """The running text of a language as it stands, without the lines that the charset or the script refuses."""
        [source] = [text for text in self._texts if text.language == language]
        script = SCRIPTS.get(language, "")
        lines = [canonical(line) for line in source.lines]
        return [
            line
            for line in lines
            if (self.charset is None or self.charset.issuperset(line)) and keeps_to_script(line, script)
        ]

    def _latin_word(self, rng: random.Random) -> str:
        """Names, brands and commands stand in Latin letters amid other writing."""
        chance = rng.random()
        if chance < 0.25:
            return self._technical_word(rng)
        if chance < 0.45:
            return technical.product(rng)
        word = rng.choice(self._latin).word(rng)
        return rng.choice((word, word, word.capitalize(), word.upper()))

    def _technical_word(self, rng: random.Random) -> str:
        return (
            technical.logo(rng) if rng.random() < _LOGO_SHARE else technical.token(rng.choice(self._latin).words, rng)
        )

    def _make_technical(self, text: str, source: LanguageText, rng: random.Random) -> str:
        """A line of a program, or a text with a word or two of one."""
        if rng.random() < 0.35:
            return technical.line(rng.choice(self._latin).words, rng)
        return _mixed(text, source, self._technical_word, rng)

    def _mend(self, text: str) -> str:
        """Bring a text into the charset; empty where a letter or too much of it would be lost."""
        text = canonical(text)[:MAX_CHARACTERS].rstrip()
        if self.charset is None or self.charset.issuperset(text):
            return text
        mended = []
        for character in text:
            if character in self.charset:
                mended.append(character)
            elif (other := _MENDS.get(character)) is not None and self.charset.issuperset(other):
                mended.append(other)
            elif character.isalnum() or unicodedata.combining(character):
                return ""
        return " ".join("".join(mended).split())


def _mixed(text: str, source: LanguageText, draw: Callable[[random.Random], str], rng: random.Random) -> str:
    """A text with other words in the place of some of its own, or among them where words have no spaces."""
    return insert_word(text, draw(rng), rng) if source.unspaced else mix_in(text, draw, rng)
