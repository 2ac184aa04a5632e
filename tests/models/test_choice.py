"""Lines given out among recognizers: which one reads which line, what is loaded, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from doubles.sorting import ALPHABETIC, ALPHABETS, HAN, PLAIN, TIBETAN, GreySorter, Shelf, line

from e2eocr.models.choice import ChoosingRecognizer
from recognizers.base import LineText


def chooser(shelf: Shelf, scripts: Sequence[str] = ()) -> ChoosingRecognizer:
    candidates = [shelf.candidate("alphabetic", *ALPHABETS), shelf.candidate("han", "Hani", "Hira", "Kana", "Hang")]
    return ChoosingRecognizer(GreySorter(), candidates, scripts)


def names(readings: Sequence[LineText]) -> list[str]:
    return [reading.recognizer for reading in readings]


PAGES = [
    # Each line to its own.
    ([line(ALPHABETIC), line(HAN), line(ALPHABETIC)], ["alphabetic", "han", "alphabetic"]),
    # Digits and English on a page in Han characters go with it, on one in letters with those.
    ([line(HAN), line(PLAIN), line(HAN)], ["han", "han", "han"]),
    ([line(ALPHABETIC), line(PLAIN), line(HAN, width=60)], ["alphabetic", "alphabetic", "han"]),
    # Much English with a Chinese line is an English page; other alphabets on a page in Han characters stay theirs.
    ([line(PLAIN), line(PLAIN), line(HAN)], ["alphabetic", "alphabetic", "han"]),
    ([line(HAN), line(HAN), line(ALPHABETIC)], ["han", "han", "alphabetic"]),
    # What counts is how much text there is, not how many lines.
    ([line(HAN, width=900), line(PLAIN), line(ALPHABETIC)], ["han", "han", "alphabetic"]),
    # Nothing but digits and English; nothing at all that can be told.
    ([line(PLAIN)], ["alphabetic"]),
    ([np.zeros((20, 1), np.uint8)], ["alphabetic"]),
    ([np.zeros((20, 1), np.uint8), line(HAN)], ["han", "han"]),
    ([], []),
]


@pytest.mark.parametrize(("crops", "expected"), PAGES)
def test_a_line_is_read_by_the_one_that_knows_its_script(crops: list[np.ndarray], expected: list[str]) -> None:
    readings = chooser(Shelf()).read(crops)
    assert names(readings) == expected == [reading.text for reading in readings]


def test_only_what_a_page_needs_is_loaded_and_once() -> None:
    shelf = Shelf()
    read = chooser(shelf).read
    assert shelf.loaded == {}
    read([line(ALPHABETIC), line(PLAIN)])
    assert [*shelf.loaded] == ["alphabetic"]
    read([line(HAN, width=300), line(PLAIN)])
    read([line(HAN), line(ALPHABETIC)])
    assert {name: each.lines for name, each in shelf.loaded.items()} == {"alphabetic": 3, "han": 3}


@pytest.mark.parametrize(("alphabetic", "han", "expected"), [(0.8, 0.3, "alphabetic"), (0.3, 0.8, "han")])
@pytest.mark.parametrize("first", [ALPHABETIC, HAN])
def test_an_unsure_line_is_read_twice_and_the_surer_reading_stays(
    alphabetic: float, han: float, expected: str, first: int
) -> None:
    shelf = Shelf(alphabetic=alphabetic, han=han)
    [reading] = chooser(shelf).read([line(first, sureness=0.6, second=HAN + ALPHABETIC - first)])
    assert (reading.recognizer, reading.text) == (expected, expected)
    assert [shelf.loaded[name].lines for name in ("alphabetic", "han")] == [1, 1]


@pytest.mark.parametrize(("page", "expected"), [(ALPHABETIC, "alphabetic"), (HAN, "han")])
def test_of_two_readings_that_nobody_would_believe_that_of_the_page_stays(page: int, expected: str) -> None:
    shelf = Shelf(alphabetic=0.0004 if page == ALPHABETIC else 0.015, han=0.0004 if page == HAN else 0.015)
    doubtful = line(HAN + ALPHABETIC - page, sureness=0.6, second=page)
    readings = chooser(shelf).read([line(page), line(page), doubtful])
    assert readings[-1].recognizer == expected


@pytest.mark.parametrize(
    ("first", "second", "name"), [(ALPHABETIC, HAN, "alphabetic"), (HAN, ALPHABETIC, "characters")]
)
def test_a_line_that_the_first_reads_beyond_doubt_is_not_read_again(first: int, second: int, name: str) -> None:
    shelf = Shelf(alphabetic=0.95, characters=0.95)
    candidates = [shelf.candidate("alphabetic", *ALPHABETS), shelf.candidate("characters", "Hani")]
    choosing = ChoosingRecognizer(GreySorter(), candidates)
    assert names(choosing.read([line(first), line(first, sureness=0.6, second=second)])) == [name] * 2
    assert [*shelf.loaded] == [name]


def test_a_line_of_another_script_than_the_page_is_read_twice_where_it_is_unsure() -> None:
    shelf = Shelf(alphabetic=0.96, characters=0.3)
    candidates = [shelf.candidate("alphabetic", *ALPHABETS), shelf.candidate("characters", "Hani")]
    page = [line(ALPHABETIC, width=900), line(HAN, sureness=0.9, second=ALPHABETIC)]
    assert names(ChoosingRecognizer(GreySorter(), candidates).read(page)) == ["alphabetic"] * 2
    assert shelf.loaded["characters"].lines == 1


def test_groups_of_one_recognizer_count_together() -> None:
    shelf = Shelf()
    assert names(chooser(shelf).read([line(PLAIN, sureness=0.6, second=ALPHABETIC)])) == ["alphabetic"]
    assert [*shelf.loaded] == ["alphabetic"] and shelf.loaded["alphabetic"].lines == 1


def test_of_readings_that_are_as_sure_the_likelier_one_stays() -> None:
    for first, name in ((ALPHABETIC, "alphabetic"), (HAN, "han")):
        crop = line(first, sureness=0.6, second=HAN + ALPHABETIC - first)
        [reading] = chooser(Shelf(alphabetic=0.8, han=0.8)).read([crop])
        assert reading.recognizer == name


def test_a_line_of_a_script_that_nothing_reads_says_so() -> None:
    [known, unknown] = chooser(Shelf(han=0.85)).read([line(HAN), line(TIBETAN)])
    assert (unknown.text, unknown.confidence, unknown.script, unknown.recognizer) == ("", 0.0, "Zzzz", "")
    assert known.text == "han"


@pytest.mark.parametrize(
    ("name", "confidence", "proves"),
    [("alphabetic", 0.95, True), ("alphabetic", 0.85, False), ("abc", 0.95, False)],
)
def test_a_sorter_that_errs_is_proven_wrong_by_what_the_main_recognizer_reads(
    name: str, confidence: float, proves: bool
) -> None:
    choosing = ChoosingRecognizer(GreySorter(), [Shelf(**{name: confidence}).candidate(name, *ALPHABETS)])
    [_, reading] = choosing.read([line(ALPHABETIC), line(TIBETAN)])
    assert reading.text == (name if proves else "")


@pytest.mark.parametrize(("second", "expected"), [(HAN, "han"), (PLAIN, "alphabetic")])
def test_an_unsure_line_is_never_given_up(second: int, expected: str) -> None:
    [reading, _] = chooser(Shelf()).read([line(TIBETAN, sureness=0.6, second=second), line(ALPHABETIC, width=900)])
    assert reading.recognizer == expected


def test_scripts_narrow_the_choice() -> None:
    crops = [line(HAN, sureness=0.7, second=ALPHABETIC), line(TIBETAN, sureness=0.7, second=ALPHABETIC), line(PLAIN)]
    assert names(chooser(Shelf(), ["Latn"]).read(crops)) == ["alphabetic"] * 3
    assert names(chooser(Shelf(), ["Hang"]).read([line(ALPHABETIC, sureness=0.99), line(HAN)])) == ["han"] * 2


@pytest.mark.parametrize(("page", "other"), [(ALPHABETIC, HAN), (HAN, ALPHABETIC)])
def test_a_doubtful_line_is_more_likely_what_the_page_is_made_of(page: int, other: int) -> None:
    home, away = ("alphabetic", "han") if page == ALPHABETIC else ("han", "alphabetic")
    shelf = Shelf(alphabetic=0.7, han=0.7)
    doubtful, sure = line(other, sureness=0.53, second=page, width=40), line(other, width=40)
    readings = chooser(shelf).read([*[line(page, width=900)] * 20, doubtful, sure])
    assert names(readings[-2:]) == [home, away]
    assert (shelf.loaded[home].lines, shelf.loaded[away].lines) == (21, 1)  # neither is read twice


def test_a_reading_of_a_sure_line_depends_on_nothing_else_of_the_page() -> None:
    crops = [line(ALPHABETIC), line(HAN), line(HAN, sureness=0.6, second=ALPHABETIC), line(TIBETAN)]

    def shelf() -> Shelf:
        return Shelf(han=0.88, alphabetic=0.85)

    together = chooser(shelf()).read(crops)
    assert together == [chooser(shelf()).read([crop])[0] for crop in crops]
    assert together[::-1] == chooser(shelf()).read(crops[::-1])
