"""Lines that run from the right: the way to visual order is Unicode's, and the way back undoes it."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from bidi import get_display
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.charset import Charset
from recognizers.ctc.reader import CTCReader, CTCSettings
from recognizers.directions import logical_places, runs_from_right, to_logical, to_visual, visual_runs

LINES = [
    # logical, visual
    ("שלום עולם", "םלוע םולש"),
    ("שלום abc 123", "abc 123 םולש"),
    # brackets look as they stand
    ("(טקסט) בסוגריים", "םיירגוסב (טסקט)"),
    ("«א» ו[ב]", "[ב]ו «א»"),
    ("שלום abc (def)", "abc (def) םולש"),
    ("שלום (abc) עולם", "םלוע (abc) םולש"),
    # numbers, prices, dates, times
    ("סך הכל: 1,234.50", "1,234.50 :לכה ךס"),
    ("2024/05/12 תאריך", "ךיראת 2024/05/12"),
    ("₪50.00 מחיר", "ריחמ ₪50.00"),
    ("הנחה 15%", "15% החנה"),
    ("שעה 12:30-14:00", "12:30-14:00 העש"),
    # behind Arabic letters, signs part European numbers that they join elsewhere
    ("هاتف 12-34", "34-12 فتاه"),
    ("السعر ١٬٢٣٤٫٥٠ ريال", "لاير ١٬٢٣٤٫٥٠ رعسلا"),
    ("الموافق 12/05/2024 م", "م 2024/05/12 قفاوملا".replace("2024/05/12", "12/05/2024")),
    # marks follow their letters both ways
    ("שָׁלוֹם", "םוֹלשָׁ"),
    ("مُحَمَّد", "دمَّحَمُ"),
    ("می\u200cشود", "دوشی\u200cم"),
    # nothing runs from the right
    ("abc (12) 第3章", "abc (12) 第3章"),
    ("", ""),
]


@pytest.mark.parametrize(("logical", "visual"), LINES)
def test_lines_of_both_orders(logical: str, visual: str) -> None:
    assert to_visual(logical) == visual
    assert to_logical(visual) == logical


HEBREW, ARABIC, LATIN = ("שלום", "א-ב", "הכל:"), ("مرحبا", "كتاب،", "می\u200cشود"), ("abc", "HTML5", "e.g.", "c++")
NUMBERS = ("12", "3.50", "1,234", "٣٤", "50%", "$5", "+7", "12-34", "2024/05/12", "٢٠٢٤/٠٥")
SIGNS = ("-", "...", "(x)", "(א)", "«א»", "[ab אב]", "(12)", "!")
ANYTHING = st.lists(st.sampled_from((*HEBREW, *ARABIC, *LATIN, *NUMBERS, *SIGNS)), min_size=1, max_size=8)


@settings(max_examples=500)
@given(ANYTHING, st.sampled_from(("", " ")))
def test_visual_order_is_that_of_the_algorithm(parts: list[str], between: str) -> None:
    line = between.join(parts)
    displayed = get_display(line, base_dir="R") if runs_from_right(line) else line

    def without_looks(
        text: str,
    ) -> str:  # the other program leaves the looks of brackets and the order of marks to fonts
        ordered = unicodedata.normalize("NFC", text).replace("\u200c", "")
        return ordered.translate(str.maketrans(")]}»", "([{«"))

    assert without_looks(to_visual(line)) == without_looks(displayed)


# Words of one alphabet and numbers between letters from the right: what a line in Hebrew or Arabic mostly is.
SENTENCES = st.lists(
    st.tuples(st.sampled_from(HEBREW + ARABIC), st.sampled_from(("", *NUMBERS[:4], *LATIN[:2], "(x)", "(א)", "«א»"))),
    min_size=1,
    max_size=5,
)


@settings(max_examples=500)
@given(SENTENCES)
def test_the_way_there_and_back(parts: list[tuple[str, str]]) -> None:
    line = " ".join(word for pair in parts for word in pair if word)
    assert to_logical(to_visual(line)) == line


@settings(max_examples=500)
@given(st.lists(st.sampled_from((*HEBREW, *ARABIC, *LATIN, *NUMBERS[:3])), min_size=1, max_size=8))
def test_what_is_read_looks_as_what_was_seen(words: list[str]) -> None:
    visual = to_visual(" ".join(words))
    assert to_visual(to_logical(visual)) == visual  # though `12 abc` and `abc 12` look alike amid Hebrew


@given(st.text(alphabet="אבج1٣ab .,-()%ִّ\u200c[]", max_size=14))
def test_nothing_is_lost_whatever_stands_there(text: str) -> None:
    def plain(line: str) -> list[str]:
        return sorted(line.translate(str.maketrans(")]", "([")))

    for turned in (to_visual(text), to_logical(text), "".join(visual_runs(text))):
        assert plain(turned) == plain(text)
    places = logical_places(text)
    assert sorted(places) == list(range(len(text)))
    assert plain("".join(text[place] for place in places)) == plain(to_logical(text))


def test_runs_are_drawn_as_they_are_read() -> None:
    assert visual_runs("שלום abc 12 עולם") == [" עולם", "abc 12", "שלום "]
    assert visual_runs("第3章 abc") == ["第3章 abc"]


def reader_of(seen: str, **changes: str) -> CTCReader:
    """Reads `seen` on every line, a character a time step, with blanks between."""
    charset = Charset("".join(dict.fromkeys(seen)))
    steps = np.full((2 * len(seen), len(charset)), -9.0, np.float32)
    for at, number in enumerate(charset.encode(seen)):
        steps[2 * at, number] = steps[2 * at + 1, 0] = 9.0
    return CTCReader("double", lambda batch: steps[None], charset, CTCSettings(32, 4, **changes))  # type: ignore[arg-type]


def test_a_reader_of_lines_from_the_right_gives_logical_order_and_places() -> None:
    seen = to_visual("סך 15 (מע״מ)")
    crop = np.full((32, 8 * len(seen)), 255, np.uint8)
    [reading] = reader_of(seen, direction="rtl").read([crop])
    assert reading.text == "סך 15 (מע״מ)" and reading.script == "Hebr"
    lefts = [span.left for span in reading.spans]
    digits = lefts[3:5]
    assert digits == sorted(digits)  # a number runs from the left
    assert [*lefts[:3], lefts[5]] == sorted([*lefts[:3], lefts[5]], reverse=True)
    [as_seen] = reader_of(seen).read([crop])
    assert as_seen.text == seen


def test_marks_are_composed_in_reading_order() -> None:
    seen = to_visual("\u064a\u0654\u0627\u062e\u0631")  # yeh with hamza, alef, khah, reh
    [reading] = reader_of(seen, direction="rtl").read([np.full((32, 8 * len(seen)), 255, np.uint8)])
    assert reading.text == "\u0626\u0627\u062e\u0631" and len(reading.spans) == 4


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Invalid `direction`\. Expected one of: ltr, rtl"):
        CTCSettings(32, 4, direction="up")
