"""Text for pages: one language a page, drawn from a pool of lines."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator

from e2eocr.synthesis.text import forms
from e2eocr.synthesis.text.languages import SCRIPTS, marks_of
from e2eocr.synthesis.text.sources import TextSource

_POOL = 20_000
_LONG = 22  # characters from which a piece counts as running text
_LETTERS_ONLY = re.compile(r"[^\W\d_]+")


class TextPool:
    """Lines of a source, sorted by language; the same seed gives the same pool."""

    def __init__(self, source: TextSource, seed: int, size: int | None = None) -> None:
        rng = random.Random(f"pages:{seed}")
        self._running: dict[str, list[str]] = defaultdict(list)
        self._short: dict[str, list[str]] = defaultdict(list)
        self._languages: list[str] = []
        for _ in range(_POOL if size is None else size):
            text, language = source.draw(rng)
            self._languages.append(language)
            (self._running if len(text) >= _LONG else self._short)[language].append(text)

    def draw(self, rng: random.Random) -> PageText:
        """Text for a page; languages come as often as in the source."""
        language = rng.choice(self._languages)
        short = self._short.get(language, [])
        return PageText(language, self._running.get(language, short), short or self._running[language], rng)


class PageText:
    """What stands on one page.

    Attributes:
        language: Code of its language.
        script: ISO 15924 code of its script.
    """

    def __init__(self, language: str, running: list[str], short: list[str], rng: random.Random) -> None:
        self.language, self.script = language, SCRIPTS.get(language, "")
        self._running, self._short, self._rng = running, short, rng
        self._marks = marks_of(language)

    def running(self, characters: int) -> str:
        """Running text of about so many characters."""
        return " ".join(self._pieces(characters))

    def _pieces(self, characters: int) -> Iterator[str]:
        while characters > 0:
            piece = self._rng.choice(self._running)
            characters -= len(piece) + 1
            yield piece

    def phrase(self, words: int) -> str:
        """One to `words` words; of a script without spaces, a few characters."""
        text = self._rng.choice(self._short if self._rng.random() < 0.6 else self._running)
        parts = text.split()
        count = self._rng.randint(1, words)
        start = self._rng.randrange(max(len(parts) - count, 0) + 1)
        cut = " ".join(parts[start : start + count])
        return cut[: 9 * words]

    def heading(self, words: int = 7) -> str:
        """A phrase as headings are written: with a capital, or in capitals."""
        text = self.phrase(words)
        kind = self._rng.random()
        if kind < 0.35:
            return forms.to_upper(text, self.language)
        return forms.to_title(text, self.language) if kind < 0.5 else text[:1].upper() + text[1:]

    def label(self) -> str:
        """Name of a field, often with a colon."""
        words = _LETTERS_ONLY.findall(self.phrase(2)) or ["No"]
        return " ".join(words[:2]).capitalize() + self._rng.choice(("", ":", ":", " :"))

    def amount(self) -> str:
        """A sum without its currency."""
        return forms.amount(self._rng, self._marks)

    def price(self) -> str:
        """A sum with its currency."""
        return forms.price(self._rng, self._marks)

    def number(self) -> str:
        """A number of any size."""
        return forms.number(self._rng, self._marks)

    def mark(self) -> str:
        """A character or two that stand alone in a cell or beside a line: a count, a tax code, a letter."""
        kind = self._rng.randrange(6)
        if kind < 3:
            return str(self._rng.randint(0, 9) if kind < 2 else self._rng.randint(10, 99))
        if kind == 3:
            return self._rng.choice(("S", "Z", "SR", "ZR", "ZRL", "X", "T", "A", "B", "*S", "PCS"))
        return (
            self._rng.choice((":", "%", "6%", "0%", "-", "x", "@", "#", "/"))
            if kind == 4
            else f"{self._rng.randint(1, 9)}."
        )

    def date(self) -> str:
        """A date in digits."""
        return forms.date(self._rng)

    def code(self) -> str:
        """A code of capitals, digits and signs."""
        return forms.code(self._rng)

    def value(self) -> str:
        """What stands in a field: a date, a code, a telephone number, a phrase."""
        kind = self._rng.randrange(5)
        if kind == 0:
            return self.date()
        if kind == 1:
            return self.code()
        return forms.phone(self._rng) if kind == 2 else self.phrase(4)
