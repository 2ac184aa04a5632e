"""The texts of languages: read from files, or made of lists of words."""

from __future__ import annotations

import bisect
import itertools
import lzma
import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from e2eocr.errors import DataError, MissingDependencyError
from e2eocr.synthesis.text import forms
from e2eocr.synthesis.text.languages import ALPHABETIC_SCRIPTS, SCRIPTS, SHARES, is_word_of
from e2eocr.synthesis.text.unspaced import UNSPACED, pieces_by_character

_WORDFREQ_NAMES = {"no": "nb", "nn": "nb", "pt_BR": "pt", "sr@latin": "sh", "hr": "sh", "bs": "sh", "tl": "fil"}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NUMBER = re.compile(r"\d[\d.,]")  # the lists hold one for all numbers of its length
_MAX_WORDS = 40_000  # of a language, where its text is made of words
_RARITY = 0.3  # power of a word's count that is its weight: rare words come far more often than in running text
_KEYBOARD_MARKS = re.compile(r"\u00ad|[&_](?=\w)")  # "Save _As", "Ε_ξωτερική" of menus; soft hyphens


@dataclass(frozen=True)
class LanguageText:
    """What is drawn from for one language.

    Attributes:
        language: Its code.
        lines: Sentences and strings, NFC, single spaces.
        words: Distinct words, sorted.
        word_bounds: Running sums of the words' weights.
        strings: Names, addresses, dates and prices of the language's country.
        by_character: For each letter seen, some words that hold it; in scripts without spaces, pieces of lines.
        letters: How often each letter stands in the lines, where that was counted.
    """

    language: str
    lines: Sequence[str]
    words: Sequence[str]
    word_bounds: Sequence[float]
    strings: Sequence[str] = ()
    by_character: dict[str, list[str]] = field(default_factory=dict)
    letters: Mapping[str, int] = field(default_factory=dict)

    @property
    def unspaced(self) -> bool:
        """Whether its words stand without spaces."""
        return SCRIPTS.get(self.language, "") in UNSPACED

    def word(self, rng: random.Random) -> str:
        """A word; rare ones come far more often than in running text."""
        place = rng.random() * self.word_bounds[-1]
        return self.words[min(bisect.bisect_right(self.word_bounds, place), len(self.words) - 1)]

    def some_words(self, rng: random.Random, most: int) -> str:
        """One to `most` words, a space between them where the language has them."""
        space = "" if self.unspaced and rng.random() < 0.7 else " "
        return space.join(self.word(rng) for _ in range(rng.randint(1, most)))


def load_language(folder: str | Path | None, language: str, seed: int, charset: frozenset[str] | None) -> LanguageText:
    """Load what is drawn from for a language.

    Args:
        folder: Holds its text; None makes text of the words of wordfreq.
        language: Its code.
        seed: Of names, dates and prices, and of text that is made.
        charset: The characters that words may have; None allows all.

    Raises:
        DataError: If the text cannot be read, or has no word.
    """
    script = SCRIPTS.get(language, "")
    rng = random.Random(f"{seed}:{language}")
    if folder is None:
        counts = Counter(_wordfreq_counts(language))
        lines = _lines_of_words(counts, rng)
    else:
        lines = _read_lines(Path(folder), language)
        counts = _count_words(lines, script)
    strings = forms.locale_strings(language, seed)
    letters = Counter(itertools.chain.from_iterable(lines))
    fitting = charset.issuperset if charset is not None else (lambda word: True)
    if script in UNSPACED:
        by_character = pieces_by_character([line for line in lines if fitting(line)], rng)
        words = [piece for pieces in by_character.values() for piece in pieces]
        weights = [
            letters[character] ** _RARITY / len(pieces) for character, pieces in by_character.items() for _ in pieces
        ]
    else:
        words = sorted(word for word in counts if fitting(word) and is_word_of(word, script))
        weights = [counts[word] ** _RARITY for word in words]
        by_character = _words_by_character(words, counts)
    if not words:
        raise DataError(f"The text of {language} has no word in its script and the charset. Leave {language} out.")
    return LanguageText(language, lines, words, list(itertools.accumulate(weights)), strings, by_character, letters)


def _count_words(lines: Iterable[str], script: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in lines:
        if script in ALPHABETIC_SCRIPTS:
            counts.update(_WORD.findall(line))
        else:  # vowel signs are no letters to a regular expression
            counts.update(filter(None, map(_strip_signs, line.split())))
    return counts


def _strip_signs(word: str) -> str:
    """A word without the punctuation and numbers before and behind it; empty where none is left."""
    places = [place for place, character in enumerate(word) if unicodedata.category(character)[0] in "LM"]
    return word[places[0] : places[-1] + 1] if places else ""


def available_languages(
    folder: str | Path | None, languages: Collection[str] | None, group: Collection[str] = SHARES
) -> list[str]:
    """Codes of the languages that are asked for; where none is, of those of a group that have text.

    Raises:
        DataError: If one that is asked for has no text.
    """
    if folder is None:
        found = {code for code in SCRIPTS if _WORDFREQ_NAMES.get(code, code) in _wordfreq_languages()}
    else:
        paths = itertools.chain(Path(folder).glob("*.txt"), Path(folder).glob("*.txt.xz"))
        found = {path.name.split(".")[0] for path in paths} & set(SCRIPTS)
    if languages is None:
        return sorted(found & set(group))
    missing = set(languages) - found
    if missing:
        raise DataError(f"No text for {', '.join(sorted(missing))} in {folder or 'wordfreq'}. Leave them out.")
    return sorted(languages)


def shares_of(codes: Sequence[str], group: Mapping[str, float] = SHARES) -> dict[str, float]:
    """The share of each language; those of the group that are missing leave theirs to others of their script.

    Where some are of no group's share, as when languages of several are named, all come equally often.
    """
    if not set(codes) <= set(group):
        return dict.fromkeys(codes, 1.0)
    whole: dict[str, float] = defaultdict(float)
    present: dict[str, float] = defaultdict(float)
    for code, share in group.items():
        whole[SCRIPTS[code]] += share
        present[SCRIPTS[code]] += share if code in codes else 0.0
    return {code: group[code] * whole[SCRIPTS[code]] / present[SCRIPTS[code]] for code in codes}


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

    counts: dict[str, int] = {}
    # Words of equal frequency, the most frequent first, from one hundredth of a bel to the next.
    for centibels, spellings in enumerate(wordfreq.get_frequency_list(_WORDFREQ_NAMES.get(language, language))):
        count = max(1, round(wordfreq.cB_to_freq(-centibels) * 1e8))
        for spelling in itertools.filterfalse(_NUMBER.match, spellings):
            counts[spelling.capitalize() if language == "de" and len(spelling) > 6 else spelling] = count
            if len(counts) == _MAX_WORDS:
                return counts
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
    full: set[str] = set()
    for word in sorted(words, key=counts.__getitem__, reverse=True):
        for character in sorted(set(word) - full) if not full.issuperset(word) else ():
            found[character].append(word)
            if len(found[character]) == most:
                full.add(character)
    return dict(found)
