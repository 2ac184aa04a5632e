"""How right a reading is: character and word error rates, words found, and lines found.

Every measure comes as counts that add up, so that figures over many documents are micro-averages: the errors
of all documents over the characters of all documents, not the mean of their rates.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import cv2
import numpy as np

from detectors.geometry import boxes_from_quads, quad_overlap
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

# Two quads belong together when they share this much of the smaller one's area and of the taller one's height.
_SHARED_AREA = 0.5
_SHARED_HEIGHT = 0.5


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


@dataclass(frozen=True, slots=True)
class DetectionScore:
    """How many rows of text there are, were found, and agree. Scores add up with `+`."""

    matched: int = 0
    truth: int = 0
    found: int = 0

    def __add__(self, other: DetectionScore) -> DetectionScore:
        return DetectionScore(self.matched + other.matched, self.truth + other.truth, self.found + other.found)

    @property
    def precision(self) -> float:
        """Share of the found rows that are right, 0-1; 1 where nothing was found."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true rows that were found, 0-1; 1 where there is no text."""
        return self.matched / self.truth if self.truth else 1.0

    @property
    def h_mean(self) -> float:
        """Harmonic mean of precision and recall, 0-1."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


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


def character_error_rate(pairs: Iterable[tuple[str, str]], folding: TextFolding = DEFAULT_FOLDING) -> float:
    """The character error rate over `(truth, found)` pairs, micro-averaged."""
    return sum((character_errors(truth, found, folding) for truth, found in pairs), ErrorCount()).rate


def word_error_rate(pairs: Iterable[tuple[str, str]], folding: TextFolding = DEFAULT_FOLDING) -> float:
    """The word error rate over `(truth, found)` pairs, micro-averaged."""
    return sum((word_errors(truth, found, folding) for truth, found in pairs), ErrorCount()).rate


def words_f1(pairs: Iterable[tuple[str, str]], folding: TextFolding = DEFAULT_FOLDING) -> float:
    """F1 of the bags of words over `(truth, found)` pairs, micro-averaged: blind to reading order."""
    return sum((word_count(truth, found, folding) for truth, found in pairs), WordCount()).f1


def _words(text: str) -> list[str]:
    """Words of a folded text; where a word is in an unspaced script, its characters."""
    words: list[str] = []
    for word in text.split():
        words.extend(word if _UNSPACED.search(word) else [word])
    return words


def match_detections(
    truth_quads: np.ndarray,
    found_quads: np.ndarray,
    iou: float = 0.5,
    *,
    ignored_quads: np.ndarray | None = None,
    partial: bool = False,
) -> DetectionScore:
    """Compare found lines with true ones.

    Labels and detectors cut a row of text at different places: one has a price apart from its item, the other
    both in one. That is no error of finding, so pieces are joined first, on both sides. A true and a found quad
    belong together when they stand on the same row (they share half of the taller one's height, across the
    true text's direction) and share half of the smaller one's area; all that hang together in this way are one
    row, and its true pieces and its found pieces are each joined to their convex hull. A row matches, one to
    one, when the two hulls overlap enough. Counts are of such rows. Lines that are found as one with the line
    above stand on no common row and do not match; whether columns were run together shows in the text.

    Args:
        truth_quads: `(n, 4, 2)` corners in pixels, clockwise from the text's own top left.
        found_quads: `(m, 4, 2)`, likewise.
        iou: Least intersection over union of a match, 0-1.
        ignored_quads: `(k, 4, 2)` places where finding text is neither right nor wrong.
        partial: Whether only some of the text is labelled: then what else was found does not count as wrong.
    """
    truth, found = _as_quads(truth_quads), _as_quads(found_quads)
    ignored = _as_quads(ignored_quads) if ignored_quads is not None else np.zeros((0, 4, 2), np.float32)
    score = DetectionScore()
    for true_members, found_members in _rows(truth, found):
        matched = False
        if true_members and found_members:
            matched = quad_overlap(_hull(truth[true_members]), _hull(found[found_members])) >= iou
        elif found_members and _lies_in(found[found_members[0]], ignored):
            continue
        counts_as_found = bool(found_members) and (matched or not partial)
        score += DetectionScore(int(matched), int(bool(true_members)), int(counts_as_found))
    return score


def _as_quads(quads: np.ndarray) -> np.ndarray:
    return np.asarray(quads, np.float32).reshape(-1, 4, 2)


def _rows(truth: np.ndarray, found: np.ndarray) -> list[tuple[list[int], list[int]]]:
    """Group true and found quads that hang together: `(indices of truth, indices of found)` a row."""
    count = len(truth)
    parent = list(range(count + len(found)))

    def root(member: int) -> int:
        while parent[member] != member:
            member = parent[member]
        return member

    for i, j in _touching(truth, found):
        if _belong_together(truth[i], found[j]):
            parent[root(count + j)] = root(i)
    rows: dict[int, tuple[list[int], list[int]]] = {}
    for member in range(len(parent)):
        true_members, found_members = rows.setdefault(root(member), ([], []))
        if member < count:
            true_members.append(member)
        else:
            found_members.append(member - count)
    return list(rows.values())


def _touching(truth: np.ndarray, found: np.ndarray) -> Sequence[tuple[int, int]]:
    """Pairs of indices whose upright boxes overlap."""
    first, second = boxes_from_quads(truth)[:, None], boxes_from_quads(found)[None]
    apart = (first[..., :2] >= second[..., 2:]) | (second[..., :2] >= first[..., 2:])  # (n, m, 2)
    return [(int(i), int(j)) for i, j in np.argwhere(~apart.any(axis=2))]


def _belong_together(truth: np.ndarray, found: np.ndarray) -> bool:
    """Whether two `(4, 2)` quads share enough area, and enough height across the first one's direction."""
    smaller = min(cv2.contourArea(truth), cv2.contourArea(found))
    if _common_area(truth, found) < _SHARED_AREA * smaller:
        return False
    along = truth[1] + truth[2] - truth[0] - truth[3]
    across = np.array([-along[1], along[0]]) / max(1e-6, float(np.hypot(*along)))
    first, second = truth @ across, found @ across
    shared = min(first.max(), second.max()) - max(first.min(), second.min())
    return bool(shared >= _SHARED_HEIGHT * max(np.ptp(first), np.ptp(second)))


def _common_area(first: np.ndarray, second: np.ndarray) -> float:
    overlap = quad_overlap(first, second)
    return overlap * (cv2.contourArea(first) + cv2.contourArea(second)) / (1 + overlap)


def _lies_in(quad: np.ndarray, regions: np.ndarray) -> bool:
    """Whether half of a quad lies in one of the regions."""
    return any(_common_area(quad, region) >= _SHARED_AREA * cv2.contourArea(quad) for region in regions)


def _hull(quads: np.ndarray) -> np.ndarray:
    """The convex hull `(n, 2)` of `(m, 4, 2)` quads; a single quad stays as it is."""
    return quads[0] if len(quads) == 1 else cv2.convexHull(quads.reshape(-1, 2))[:, 0]
