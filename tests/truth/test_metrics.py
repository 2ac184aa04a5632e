from __future__ import annotations

import importlib
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import e2eocr.truth.metrics.text
from e2eocr.errors import MissingDependencyError
from e2eocr.truth.metrics import (
    DetectionScore,
    ErrorCount,
    ScriptCount,
    TextFolding,
    WordCount,
    character_errors,
    match_detections,
    script_count,
    word_count,
    word_errors,
)

FOLDINGS = [
    # White space of any kind is one space, none at the ends.
    (TextFolding(), " a \n\t b\u00a0c ", "a b c"),
    # Dashes and the minus sign.
    (TextFolding(), "2–3 — −4", "2-3 - -4"),
    # Quotes, single and double, keep apart; the accent that stands alone is a quote.
    (TextFolding(), "„a“ «b» ‘c’ d´s", '"a" "b" \'c\' d\'s'),
    # Ligatures, full-width letters, long s.
    (TextFolding(), "ﬁnd Ａ ſo", "find A so"),
    # Composed and decomposed letters are equal.
    (TextFolding(), "e\u0301", "é"),
    # Case is kept unless asked for.
    (TextFolding(), "Ab", "Ab"),
    (TextFolding(case=True), "Straße AB", "strasse ab"),
    # Without folding only composition and white space.
    (TextFolding(compatibility=False, punctuation=False), "ﬁ – “x”", "ﬁ – “x”"),
]


@pytest.mark.parametrize(("folding", "text", "folded"), FOLDINGS)
def test_folding(folding: TextFolding, text: str, folded: str) -> None:
    assert folding(text) == folded


SCRIPTS = [
    # Right, in one script or several; numbers have none.
    ("the текст 12", "the текст 12", ScriptCount(2, 0, 0)),
    # A Cyrillic е within a Latin word, a Greek ν within a Cyrillic one.
    ("there", "thеre", ScriptCount(1, 1, 0)),
    ("вода течёт", "νода течёт", ScriptCount(2, 1, 0)),
    # The truth itself mixes them there: a word of two alphabets, or two words with a hyphen.
    ("Бi-word", "Бi-word", ScriptCount(2, 0, 0)),
    ("web-сайт", "web-сайт", ScriptCount(2, 0, 0)),
    # Wholly in the wrong script, among right words; more words than there are.
    ("США и Англия", "CША и Англия", ScriptCount(3, 1, 0)),
    ("он сам", "он CAM", ScriptCount(2, 0, 1)),
    ("ABE COAT", "АВЕ СОАТ", ScriptCount(2, 0, 2)),
    ("один TOM", "один Т ОМ", ScriptCount(3, 0, 2)),
    # Another word of the right script is an error of letters; so is a word where there is none, or a number.
    ("cat", "cut", ScriptCount(1, 0, 0)),
    ("cat", "cat им", ScriptCount(2, 0, 0)),
    ("1 0", "1 О", ScriptCount(1, 0, 0)),
    # Signs made of letters and letters of other scripts are none of it.
    ("5 \u00b5m", "5 \u00b5m", ScriptCount(1, 0, 0)),
    ("語 a", "語a", ScriptCount(1, 0, 0)),
]


@pytest.mark.parametrize(("truth", "found", "count"), SCRIPTS)
def test_words_of_mistaken_script(truth: str, found: str, count: ScriptCount) -> None:
    assert script_count(truth, found) == count


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    folding = TextFolding()
    assert folding(folding(text)) == folding(text)


CHARACTERS = [
    # Right.
    ("abc", "abc", ErrorCount(0, 3)),
    # One wrong, one missing, one too many.
    ("abc", "axc", ErrorCount(1, 3)),
    ("abc", "ac", ErrorCount(1, 3)),
    ("abc", "abbc", ErrorCount(1, 3)),
    # A missing space counts.
    ("a b", "ab", ErrorCount(1, 3)),
    # Nothing read; nothing to read.
    ("abc", "", ErrorCount(3, 3)),
    ("", "xy", ErrorCount(2, 0)),
    # A script without spaces: where they stand does not matter.
    ("日本語 です", "日本 語です", ErrorCount(0, 5)),
]


@pytest.mark.parametrize(("truth", "found", "count"), CHARACTERS)
def test_character_errors(truth: str, found: str, count: ErrorCount) -> None:
    assert character_errors(truth, found) == count


@given(st.text(), st.text())
def test_no_more_errors_than_characters(truth: str, found: str) -> None:
    folding = TextFolding()
    assert character_errors(truth, found).errors <= max(len(folding(truth)), len(folding(found)))


WORDS = [
    # truth, found, ordered errors, bag
    ("a b c", "a b c", ErrorCount(0, 3), WordCount(3, 3, 3)),
    # Order matters to the errors only.
    ("a b c", "c a b", ErrorCount(2, 3), WordCount(3, 3, 3)),
    # A word that stands twice counts twice.
    ("a a", "a", ErrorCount(1, 2), WordCount(1, 2, 1)),
    # Nothing read.
    ("a b", "", ErrorCount(2, 2), WordCount(0, 2, 0)),
    # Characters are the words of unspaced scripts.
    ("日本 ok", "日木 ok", ErrorCount(1, 3), WordCount(2, 3, 3)),
]


@pytest.mark.parametrize(("truth", "found", "errors", "bag"), WORDS)
def test_words(truth: str, found: str, errors: ErrorCount, bag: WordCount) -> None:
    assert word_errors(truth, found) == errors
    assert word_count(truth, found) == bag


def test_rates_are_micro_averages() -> None:
    pairs = [("a" * 9, "a" * 9), ("b", "x")]
    assert sum((character_errors(*pair) for pair in pairs), ErrorCount()).rate == pytest.approx(0.1)
    assert sum((word_errors(*pair) for pair in pairs), ErrorCount()).rate == pytest.approx(0.5)
    assert sum((word_count(*pair) for pair in pairs), WordCount()).f1 == pytest.approx(0.5)


def test_figures_of_nothing() -> None:
    assert ErrorCount().rate == 0.0
    assert WordCount().f1 == 1.0
    assert DetectionScore().h_mean == 1.0
    assert DetectionScore(0, 3, 0).h_mean == 0.0


def box(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def turned(quad: list[list[float]], degrees: float) -> list[list[float]]:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [[x * cosine - y * sine, x * sine + y * cosine] for x, y in quad]


ROW, ROW_BELOW = box(0, 0, 100, 20), box(0, 24, 100, 44)

DETECTIONS = [
    # The same, and in another order.
    ([ROW, ROW_BELOW], [ROW_BELOW, ROW], DetectionScore(2, 2, 2)),
    # One missed; one that is not there.
    ([ROW, ROW_BELOW], [ROW], DetectionScore(1, 2, 1)),
    ([ROW], [ROW, box(0, 200, 100, 220)], DetectionScore(1, 1, 2)),
    # Too little of it: a third.
    ([ROW], [box(0, 0, 33, 20)], DetectionScore(0, 1, 1)),
    # A line found as three words, one true row and one found row.
    ([ROW], [box(0, 0, 30, 20), box(33, 0, 66, 20), box(70, 0, 100, 20)], DetectionScore(1, 1, 1)),
    # Item and price labelled apart, found as one.
    ([box(0, 0, 40, 20), box(70, 0, 100, 20)], [ROW], DetectionScore(1, 1, 1)),
    # Both cut, at different places.
    ([box(0, 0, 60, 20), box(62, 0, 100, 20)], [box(0, 0, 25, 20), box(27, 0, 100, 20)], DetectionScore(1, 1, 1)),
    # Two lines found as one box stand on no common row.
    ([ROW, ROW_BELOW], [box(0, 0, 100, 44)], DetectionScore(0, 2, 1)),
    # Two boxes on one line are one found row, so one match, not two.
    ([ROW], [ROW, box(1, 1, 99, 19)], DetectionScore(1, 1, 1)),
    # Neighbours on a row that touch nothing of each other stay two rows.
    ([box(0, 0, 40, 20), box(70, 0, 100, 20)], [box(0, 0, 40, 20)], DetectionScore(1, 2, 1)),
    # Slanted lines, cut in two.
    ([turned(ROW, 8)], [turned(box(0, 0, 48, 20), 8), turned(box(52, 0, 100, 20), 8)], DetectionScore(1, 1, 1)),
    # Text that runs downwards.
    ([turned(ROW, 90)], [turned(box(0, 0, 48, 20), 90), turned(box(52, 0, 100, 20), 90)], DetectionScore(1, 1, 1)),
    # Nothing on either side.
    ([], [ROW], DetectionScore(0, 0, 1)),
    ([ROW], [], DetectionScore(0, 1, 0)),
    ([], [], DetectionScore(0, 0, 0)),
]


@pytest.mark.parametrize(("truth", "found", "score"), DETECTIONS)
def test_match_detections(truth: list, found: list, score: DetectionScore) -> None:
    assert match_detections(np.array(truth), np.array(found)) == score


def test_a_match_needs_the_overlap_asked_for() -> None:
    truth, found = np.array([ROW]), np.array([box(0, 0, 70, 20)])
    assert match_detections(truth, found, iou=0.6).matched == 1
    assert match_detections(truth, found, iou=0.8).matched == 0


def test_finding_text_in_an_ignored_place_is_neither_right_nor_wrong() -> None:
    found = np.array([ROW, box(0, 100, 100, 120)])
    ignored = np.array([box(0, 90, 200, 130)])
    assert match_detections(np.array([ROW]), found, ignored_quads=ignored) == DetectionScore(1, 1, 1)


def test_partial_truth_counts_recall_only() -> None:
    found = np.array([ROW, box(0, 100, 100, 120), box(0, 200, 100, 220)])
    score = match_detections(np.array([ROW, ROW_BELOW]), found, partial=True)
    assert (score.precision, score.recall) == (1.0, 0.5)


def test_scores_add_up() -> None:
    total = DetectionScore(1, 2, 1) + DetectionScore(1, 2, 3)
    assert (total.precision, total.recall, total.h_mean) == (0.5, 0.5, 0.5)


def test_without_editdistance_the_message_is_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "editdistance", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'e2eocr\[evaluate\]'"):
        importlib.reload(e2eocr.truth.metrics.text)
