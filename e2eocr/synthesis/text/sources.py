"""Text to render: pieces of running text, words drawn by rarity, numbers and the like, and rare characters."""

from __future__ import annotations

import bisect
import itertools
import random
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from e2eocr.errors import DataError
from e2eocr.synthesis.text import technical
from e2eocr.synthesis.text.alphabets import canonical
from e2eocr.synthesis.text.corpora import LanguageText, available_languages, load_language, shares_of
from e2eocr.synthesis.text.drawing import MAX_CHARACTERS, draw_plain, dress, mix_in, word_with
from e2eocr.synthesis.text.languages import SCRIPTS, keeps_to_script, script_of_character

_MENDS = {
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\t": " ", "\u00ad": "", "\u200b": "", "\u2011": "-",
    "\u2010": "-", "\u2012": "–", "\u2015": "—", "\u2212": "-", "…": "...", "‚": ",", "‛": "'", "ʼ": "’", "′": "'",
    "″": '"', "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "·": ".", "×": "x", "ﬁ": "fi",
    "ﬂ": "fl", "–": "-", "—": "-", "\u037e": ";", "\u0387": "·", "‹": "<", "›": ">", "№": "No", "µ": "μ", "ŀ": "l·",
}  # fmt: skip
_RARE_SHARE = 0.09  # with four or five rare characters a line, each of 900 comes once in about 2,500 lines
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
        languages: Which languages to draw; None is all there are of the alphabetic scripts.
        seed: Seed of the names, dates and prices that are made once.

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
    ) -> None:
        self.charset = None if charset is None else frozenset(charset) | {" "}
        codes = available_languages(folder, languages)
        if not codes:
            raise DataError(f"No text for {languages or 'any alphabetic language'} in {folder}. Name another folder.")
        shares = shares_of(codes)
        self._texts = [load_language(folder, code, seed, self.charset) for code in codes]
        self._bounds = list(itertools.accumulate(shares[code] for code in codes))
        self._rare = self._index_rare()
        self._latin = [text for text in self._texts if text.language in _NAMED_IN]

    @property
    def languages(self) -> list[str]:
        """Codes of the languages drawn from."""
        return [text.language for text in self._texts]

    def draw(self, rng: random.Random) -> tuple[str, str]:
        """Draw a line: its text (NFC, single spaces, 1–110 characters, all in the charset) and its language."""
        for _ in range(200):
            if self._rare and rng.random() < _RARE_SHARE:
                drawn, source = self._draw_rare(rng)
            else:
                place = rng.random() * self._bounds[-1]
                source = self._texts[min(bisect.bisect_right(self._bounds, place), len(self._texts) - 1)]
                drawn = dress(draw_plain(source, rng), source.language, rng)
            if self._latin and SCRIPTS.get(source.language) != "Latn" and rng.random() < _LATIN_SHARE:
                drawn = mix_in(drawn, self._latin_word, rng)
            elif self._latin and rng.random() < _TECHNICAL_SHARE:
                drawn = self._make_technical(drawn, rng)
            text = self._mend(drawn)
            if text and keeps_to_script(text, SCRIPTS.get(source.language, "")):
                return text, source.language
        raise DataError("The charset holds too few characters of the text: 200 lines in a row could not be set.")

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

    def _make_technical(self, text: str, rng: random.Random) -> str:
        """A line of a program, or a text with a word or two of one."""
        if rng.random() < 0.35:
            return technical.line(rng.choice(self._latin).words, rng)
        return mix_in(text, self._technical_word, rng)

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

    def _index_rare(self) -> dict[str, list[str]]:
        """The characters of the charset by script; those of no script under an empty name."""
        by_script: dict[str, list[str]] = defaultdict(list)
        present = {SCRIPTS.get(text.language, "") for text in self._texts} | {""}
        for character in sorted((self.charset or frozenset()) - {" "}):
            script = script_of_character(character)
            if script in present:
                by_script[script].append(character)
        return dict(by_script)

    def _draw_rare(self, rng: random.Random) -> tuple[str, LanguageText]:
        """A line with some characters drawn alike, however rare they are."""
        names = list(self._rare)
        script = rng.choices(names, [len(self._rare[name]) for name in names])[0]
        fitting = [text for text in self._texts if not script or SCRIPTS.get(text.language) == script]
        source = rng.choice(fitting)
        words = [source.word(rng) for _ in range(rng.randint(2, 7))]
        for character in rng.sample(self._rare[script], min(rng.randint(3, 6), len(self._rare[script]))):
            words.insert(rng.randint(0, len(words)), word_with(character, source, fitting, rng))
        return " ".join(words), source
