"""Text to render: pieces of running text, words drawn by rarity, numbers and the like, and rare characters."""

from __future__ import annotations

import bisect
import itertools
import lzma
import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from e2eocr.errors import DataError, MissingDependencyError
from e2eocr.synthesis.text import forms, technical
from e2eocr.synthesis.text.alphabets import canonical
from e2eocr.synthesis.text.languages import (
    ALPHABETIC_SCRIPTS,
    SCRIPTS,
    SHARES,
    is_word_of,
    keeps_to_script,
    marks_of,
    script_of_character,
)
from e2eocr.synthesis.text.polytonic import to_polytonic

_WORDFREQ_NAMES = {"no": "nb", "nn": "nb", "pt_BR": "pt", "sr@latin": "sh", "hr": "sh", "bs": "sh", "tl": "fil"}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_KEYBOARD_MARKS = re.compile(r"\u00ad|[&_](?=\w)")  # "Save _As", "Ε_ξωτερική" of menus; soft hyphens
_MENDS = {
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\t": " ", "\u00ad": "", "\u200b": "", "\u2011": "-",
    "\u2010": "-", "\u2012": "–", "\u2015": "—", "\u2212": "-", "…": "...", "‚": ",", "‛": "'", "ʼ": "’", "′": "'",
    "″": '"', "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "·": ".", "×": "x", "ﬁ": "fi",
    "ﬂ": "fl", "–": "-", "—": "-", "\u037e": ";", "\u0387": "·", "‹": "<", "›": ">", "№": "No", "µ": "μ", "ŀ": "l·",
}  # fmt: skip
_LONG_S_LANGUAGES = frozenset({"de", "en", "fr"})
_MOST_CHARACTERS = 110
_RARE_SHARE = 0.09  # with four or five rare characters a line, each of 900 comes once in about 2,500 lines
_LATIN_SHARE = 0.2  # of the lines in other scripts
_TECHNICAL_SHARE = 0.06  # of all lines
_LOGO_SHARE = 0.15  # of those
_NAMED_IN = ("en", "de", "fr")  # languages whose words stand amid other scripts


@dataclass(frozen=True)
class LanguageText:
    """What is drawn from for one language.

    Attributes:
        language: Its code.
        lines: Sentences and strings, NFC, single spaces.
        words: Distinct words, sorted.
        word_bounds: Running sums of the words' weights.
        strings: Names, addresses, dates and prices of the language's country.
        by_character: For each letter seen, some words that hold it.
    """

    language: str
    lines: Sequence[str]
    words: Sequence[str]
    word_bounds: Sequence[float]
    strings: Sequence[str] = ()
    by_character: dict[str, list[str]] = field(default_factory=dict)

    def word(self, rng: random.Random) -> str:
        """A word; rare ones come far more often than in running text."""
        place = rng.random() * self.word_bounds[-1]
        return self.words[min(bisect.bisect_right(self.word_bounds, place), len(self.words) - 1)]

    def some_words(self, rng: random.Random, most: int) -> str:
        """One to `most` words, a space between them."""
        return " ".join(self.word(rng) for _ in range(rng.randint(1, most)))


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
        codes = _available(folder, languages)
        if not codes:
            raise DataError(f"No text for {languages or 'any alphabetic language'} in {folder}. Name another folder.")
        shares = _shares(codes)
        self._texts = [self._load(folder, code, seed) for code in codes]
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
                drawn = _dress(_draw_plain(source, rng), source.language, rng)
            if self._latin and SCRIPTS.get(source.language) != "Latn" and rng.random() < _LATIN_SHARE:
                drawn = _mix_in(drawn, self._latin_word, rng)
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
        return _mix_in(text, self._technical_word, rng)

    def _mend(self, text: str) -> str:
        """Bring a text into the charset; empty where a letter or too much of it would be lost."""
        text = canonical(text)[:_MOST_CHARACTERS].rstrip()
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

    def _load(self, folder: str | Path | None, language: str, seed: int) -> LanguageText:
        script = SCRIPTS.get(language, "")
        counts: Counter[str] = Counter()
        if folder is None:
            counts.update(_wordfreq_counts(language))
            lines = _lines_of_words(counts, random.Random(f"{seed}:{language}"))
        else:
            lines = _read_lines(Path(folder), language)
            for line in lines:
                counts.update(_WORD.findall(line))
        fitting = self.charset.issuperset if self.charset is not None else (lambda word: True)
        words = sorted(word for word in counts if fitting(word) and is_word_of(word, script))
        if not words:
            raise DataError(f"The text of {language} has no word in its script and the charset. Leave {language} out.")
        bounds = list(itertools.accumulate(counts[word] ** 0.3 for word in words))
        strings = forms.locale_strings(language, seed)
        return LanguageText(language, lines, words, bounds, strings, _words_by_character(words, counts))

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
            words.insert(rng.randint(0, len(words)), _word_with(character, source, fitting, rng))
        return " ".join(words), source


def _available(folder: str | Path | None, languages: Collection[str] | None) -> list[str]:
    """Codes of the wanted languages that have text, sorted."""
    if folder is None:
        found = {code for code in SCRIPTS if _WORDFREQ_NAMES.get(code, code) in _wordfreq_languages()}
    else:
        paths = itertools.chain(Path(folder).glob("*.txt"), Path(folder).glob("*.txt.xz"))
        found = {path.name.split(".")[0] for path in paths} & set(SCRIPTS)
    if languages is None:
        return sorted(code for code in found if SCRIPTS[code] in ALPHABETIC_SCRIPTS)
    missing = set(languages) - found
    if missing:
        raise DataError(f"No text for {', '.join(sorted(missing))} in {folder or 'wordfreq'}. Leave them out.")
    return sorted(languages)


def _shares(codes: Sequence[str]) -> dict[str, float]:
    """Share of each language; those that are missing leave their share to others of their script."""
    whole: dict[str, float] = defaultdict(float)
    present: dict[str, float] = defaultdict(float)
    for code, share in SHARES.items():
        whole[SCRIPTS[code]] += share
        present[SCRIPTS[code]] += share if code in codes else 0.0
    return {
        code: SHARES[code] * whole[SCRIPTS[code]] / present[SCRIPTS[code]] if code in SHARES else 1.0 for code in codes
    }


def _read_lines(folder: Path, language: str) -> list[str]:
    plain, packed = folder / f"{language}.txt", folder / f"{language}.txt.xz"
    try:
        data = plain.read_bytes() if plain.is_file() else lzma.decompress(packed.read_bytes())
        text = unicodedata.normalize("NFC", data.decode("utf-8"))
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise DataError(f"Cannot read the text of {language} in {folder}: {error}. Write it again as UTF-8.") from error
    text = _KEYBOARD_MARKS.sub("", text)
    return [line for line in (" ".join(row.split()) for row in text.split("\n")) if line]


def _wordfreq_languages() -> Collection[str]:
    try:
        import wordfreq
    except ImportError as error:
        raise MissingDependencyError(forms.INSTALL) from error
    return wordfreq.available_languages()


def _wordfreq_counts(language: str) -> dict[str, int]:
    import wordfreq

    name = _WORDFREQ_NAMES.get(language, language)
    counts = {}
    for word in wordfreq.top_n_list(name, 40_000):
        word = word.capitalize() if language == "de" and len(word) > 6 else word
        counts[word] = max(1, round(wordfreq.word_frequency(word, name) * 1e8))
    return counts


def _lines_of_words(counts: dict[str, int], rng: random.Random, number: int = 4000) -> list[str]:
    """Sentences of words drawn by frequency."""
    words, bounds = list(counts), list(itertools.accumulate(counts.values()))
    lines = []
    for _ in range(number):
        drawn = rng.choices(words, cum_weights=bounds, k=rng.randint(4, 16))
        places = range(len(drawn) - 1)
        drawn = [word + ("," if place in places and rng.random() < 0.1 else "") for place, word in enumerate(drawn)]
        sentence = " ".join(drawn)
        lines.append(sentence[:1].upper() + sentence[1:] + rng.choice("....!?:"))
    return lines


def _words_by_character(words: Sequence[str], counts: Counter[str], most: int = 30) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words, key=lambda word: (-counts[word], word)):
        for character in sorted(set(word)):
            if len(found[character]) < most:
                found[character].append(word)
    return dict(found)


def _length(rng: random.Random) -> int:
    """Characters of a line: half are words and short phrases, the rest lines of columns and of books."""
    kind = rng.random()
    if kind < 0.5:
        return rng.randint(1, 18)
    mean, spread, least, most = (30, 10, 8, 60) if kind < 0.88 else (62, 18, 20, _MOST_CHARACTERS)
    return int(min(max(rng.gauss(mean, spread), least), most))


def _cut_piece(line: str, rng: random.Random, length: int) -> str:
    """A piece of about `length` characters, between spaces; now and then its last word is broken."""
    if len(line) <= length:
        return line
    start = 0 if rng.random() < 0.4 else rng.randrange(len(line) - length + 1)
    if start:
        start = line.find(" ", start) + 1
    piece = line[start : start + length]
    broken = start + length < len(line) and line[start + length] != " "
    if broken and " " in piece:
        kept, last = piece.rsplit(" ", 1)
        piece = f"{kept} {last}-" if rng.random() < 0.12 and len(last) > 1 and last.isalpha() else kept
    elif broken and start:
        piece = line[start:].split(" ", 1)[0]
    return piece.strip()


def _running_text(source: LanguageText, rng: random.Random) -> str:
    length = _length(rng)
    piece = _cut_piece(rng.choice(source.lines), rng, length)
    # Lines of books go over the ends of sentences.
    while len(piece) < length * 0.6 and length > 25 and rng.random() < 0.85:
        piece += " " + _cut_piece(rng.choice(source.lines), rng, length - len(piece))
    return piece


def _draw_plain(source: LanguageText, rng: random.Random) -> str:
    """Running text in about two of three lines, or else words, figures, codes, strings of the country."""
    chance = rng.random()
    if chance < 0.68:
        return _running_text(source, rng)
    if chance < 0.82:
        return source.some_words(rng, 9)
    marks = marks_of(source.language)
    words = [source.word(rng) for _ in range(4)]
    figures = (
        lambda: forms.number(rng, marks),
        lambda: forms.price(rng, marks),
        lambda: forms.price(rng, marks),
        lambda: forms.date(rng),
        lambda: forms.date(rng),
        lambda: forms.clock(rng),
        lambda: forms.code(rng),
        lambda: forms.phone(rng),
        lambda: forms.web(rng, [rng.choice(("office", "shop", "news", "mail", "docs", "blog", "press")), *words]),
        lambda: forms.receipt_row(rng, words, marks),
        lambda: forms.receipt_row(rng, words, marks),
        lambda: forms.table_cell(rng, words, marks),
        lambda: forms.table_cell(rng, words, marks),
        lambda: f"{words[0]} {forms.code(rng)}, {forms.date(rng)}",
        lambda: f"{words[0]}: {forms.phone(rng)}",
    )
    if source.strings and rng.random() < 0.3:
        return rng.choice(source.strings)
    return rng.choice(figures)()


def _dress(text: str, language: str, rng: random.Random) -> str:
    """Capitals, old spelling, quotation marks and the like, for some lines."""
    chance = rng.random()
    if chance < 0.07:
        text = forms.to_upper(text, language)
    elif chance < 0.10:
        text = forms.to_title(text, language)
    elif chance < 0.105:
        text = forms.space_out(forms.to_upper(text, language))
    elif language == "el" and chance < 0.45:
        text = to_polytonic(text, rng)
    elif language in _LONG_S_LANGUAGES and chance < 0.14:
        text = forms.to_long_s(text)
    if rng.random() < 0.14:
        text = forms.decorate(text, rng, marks_of(language))
    return text


def _word_with(character: str, source: LanguageText, others: Sequence[LanguageText], rng: random.Random) -> str:
    """A word of the source, or of another language of its script, that holds a character; or one made so."""
    if not character.isalpha():
        return _beside_word(character, source.word(rng), rng)
    for text in (source, *rng.sample(others, min(len(others), 6))):
        if character in text.by_character and rng.random() < 0.9:
            return rng.choice(text.by_character[character])
    word = source.word(rng)
    base = unicodedata.normalize("NFD", character)[0].lower()
    places = [place for place, letter in enumerate(word) if _base(letter) == base]
    if not places or character.isupper():
        places = [0] if character.isupper() else list(range(len(word)))
    place = rng.choice(places)
    return word[:place] + character + word[place + 1 :]


def _mix_in(text: str, draw: Callable[[random.Random], str], rng: random.Random) -> str:
    """Put other words in the place of one or two of a text's: up to half of them."""
    words = text.split(" ")
    for place in rng.sample(range(len(words)), min(rng.choice((1, 1, 2)), (len(words) + 1) // 2)):
        words[place] = draw(rng)
    return " ".join(words)


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0].lower()


def _beside_word(sign: str, word: str, rng: random.Random) -> str:
    """A sign where one may stand: alone, or before, behind or within a word or number."""
    digits = str(rng.randint(0, 999))
    if sign.isdigit() and sign.isascii():
        return sign + digits
    return rng.choice(
        (sign, sign + word, word + sign, sign + digits, digits + sign, f"{word} {sign}", f"{word}{sign}{word}")
    )
