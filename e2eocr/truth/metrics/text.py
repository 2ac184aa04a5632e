"""How right a text is: characters and words that are wrong, words that are there, and their scripts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from e2eocr.errors import MissingDependencyError
from recognizers.charset import scripts_of

try:
    import editdistance
except ImportError as error:
    raise MissingDependencyError("Measuring needs the package editdistance: pip install 'e2eocr[evaluate]'") from error

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_SINGLE_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u0060\u00b4\u02bc"), "'")
_DOUBLE_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"')
_EQUAL_PUNCTUATION = {**_DASHES, **_SINGLE_QUOTES, **_DOUBLE_QUOTES}

# Thai to Lao, Burmese, Khmer, kana and Han: scripts in which a space does not part words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class TextFolding:
    """Which differences between two texts do not count. White space is always folded to single spaces.

    Attributes:
        compatibility: Make compatibility forms equal (NFKC: ligatures, full-width letters, long s), else only NFC.
        punctuation: Make all dashes equal, and all quotes of one kind.
        case: Make capitals and small letters equal, for truth that was labelled in capitals.
    """

    compatibility: bool = True
    punctuation: bool = True
    case: bool = False

    def __call__(self, text: str) -> str:
        """Fold a text."""
        # Punctuation first: NFKC would break the acute accent into a space and a combining mark.
        if self.punctuation:
            text = text.translate(_EQUAL_PUNCTUATION)
        text = unicodedata.normalize("NFKC" if self.compatibility else "NFC", text)
        if self.case:
            text = text.casefold()
        return " ".join(text.split())


DEFAULT_FOLDING = TextFolding()

# Scripts whose letters print alike, and a run of letters, which is in one of them.
_CONFUSABLE_SCRIPTS = frozenset({"Latn", "Cyrl", "Grek"})
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """Edits that turn what was read into the truth, and the truth's length. Counts add up with `+`."""

    errors: int = 0
    length: int = 0

    def __add__(self, other: ErrorCount) -> ErrorCount:
        return ErrorCount(self.errors + other.errors, self.length + other.length)

    @property
    def rate(self) -> float:
        """Errors per unit of truth, 0 or more; above 1 where more was read than there is."""
        return self.errors / max(1, self.length)


@dataclass(frozen=True, slots=True)
class WordCount:
    """How many words two bags share, and how many each holds. Counts add up with `+`."""

    shared: int = 0
    truth: int = 0
    found: int = 0

    def __add__(self, other: WordCount) -> WordCount:
        return WordCount(self.shared + other.shared, self.truth + other.truth, self.found + other.found)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0-1; 1 where both bags are empty."""
        total = self.truth + self.found
        return 2 * self.shared / total if total else 1.0


@dataclass(frozen=True, slots=True)
class ScriptCount:
    """Words whose script was mistaken, Latin, Cyrillic and Greek being printed alike. Counts add up with `+`.

    Attributes:
        words: Runs of letters of these scripts that were read.
        mixed: Those with letters of two of them, where the truth has no such word.
        wrong: Those wholly in one that no word which truly stands in their place has.
    """

    words: int = 0
    mixed: int = 0
    wrong: int = 0

    def __add__(self, other: ScriptCount) -> ScriptCount:
        return ScriptCount(self.words + other.words, self.mixed + other.mixed, self.wrong + other.wrong)


def character_errors(truth: str, found: str, folding: TextFolding = DEFAULT_FOLDING) -> ErrorCount:
    """Count wrong, missing and surplus characters (Levenshtein distance) of a reading.

    Where the truth is in a script written without spaces, white space is left out on both sides.
    """
    truth, found = folding(truth), folding(found)
    if _UNSPACED.search(truth):
        truth, found = truth.replace(" ", ""), found.replace(" ", "")
    return ErrorCount(editdistance.eval(truth, found), len(truth))


def word_errors(truth: str, found: str, folding: TextFolding = DEFAULT_FOLDING) -> ErrorCount:
    """Count wrong, missing and surplus words, in order. Characters are the words of unspaced scripts."""
    true_words, found_words = _words(folding(truth)), _words(folding(found))
    return ErrorCount(editdistance.eval(true_words, found_words), len(true_words))


def word_count(truth: str, found: str, folding: TextFolding = DEFAULT_FOLDING) -> WordCount:
    """Count the words that truth and reading share, whatever their order."""
    true_bag, found_bag = Counter(_words(folding(truth))), Counter(_words(folding(found)))
    return WordCount((true_bag & found_bag).total(), true_bag.total(), found_bag.total())


def script_count(truth: str, found: str, folding: TextFolding = DEFAULT_FOLDING) -> ScriptCount:
    """Count the words of a reading that mix scripts, and those in a script that is not the truth's."""
    folding = replace(folding, compatibility=False)  # NFKC would make the micro sign Greek
    true_words, found_words = _LETTERS.findall(folding(truth)), _LETTERS.findall(folding(found))
    scripts = [_CONFUSABLE_SCRIPTS & scripts_of(word) for word in found_words]
    in_truth = set(true_words)
    mixed = sum(len(each) > 1 and word not in in_truth for each, word in zip(scripts, found_words, strict=True))
    wrong = 0
    for kind, first, last, start, end in SequenceMatcher(None, true_words, found_words, autojunk=False).get_opcodes():
        if kind == "replace":
            expected = _CONFUSABLE_SCRIPTS & scripts_of("".join(true_words[first:last]))
            wrong += sum(len(each) == 1 and bool(expected) and not each & expected for each in scripts[start:end])
    return ScriptCount(sum(map(bool, scripts)), mixed, wrong)


def _words(text: str) -> list[str]:
    """Words of a folded text; where a word is in an unspaced script, its characters."""
    words: list[str] = []
    for word in text.split():
        words.extend(word if _UNSPACED.search(word) else [word])
    return words
