"""What of the lines that were read is text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from doubles.detectors import box
from doubles.readings import reading

from e2eocr.page.legibility import ReadLine, part_legible, part_lines
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import Straightened
from recognizers.base import UNKNOWN_SCRIPT, LineText

PAGE = Straightened(np.full((9, 9, 3), 255, np.uint8))


PROOFS = [
    # score of the detector, reading, how sure, whether the line stays
    (0.8, "word", 0.3, True),  # found by the detector: what cannot be read is told from it later
    (0.2, "word", 0.95, True),  # told by its ink, and read surely
    (0.2, "word", 0.7, False),
    (0.1, "-", 0.5, True),  # a recognizer divides its confidence among dashes
    (0.1, ":", 0.7, True),  # the ink tells two points, one above the other
    (0.1, "-", 0.3, False),
    (0.1, "0", 0.7, True),  # as sure as the numbers in its column make it
    (0.1, "0", 0.5, False),
    (0.2, "\u25a0 \u25a0", 0.99, False),  # squares of a code
]


@pytest.mark.parametrize(("score", "text", "sure", "stays"), PROOFS)
def test_what_the_ink_alone_tells_of_must_be_read_surely(score: float, text: str, sure: float, stays: bool) -> None:
    located = LocatedLines(PAGE, np.array([box(0, 0, 9, 9)]), np.array([score], np.float32))
    line = LineText(text, 0.95, reading(text, sure).spans)
    assert bool(part_lines(located, [line], 0.0).legible) is stays


@pytest.mark.parametrize(
    ("quad", "stays"),
    [
        (box(5, 100, 25, 120), True),  # the sign of an item, in the row of its line
        (box(0, 90, 50, 140), False),  # a hole beside it, more than twice as high
        (box(40, 700, 60, 720), False),  # a point of a chart, in the row of nothing
    ],
)
def test_holes_and_points_of_charts_are_no_text(quad: np.ndarray, *, stays: bool) -> None:
    quads = np.array([*(box(60, 40 + 60 * at, 300, 62 + 60 * at) for at in range(4)), quad])
    located = LocatedLines(PAGE, quads, np.ones(5, np.float32))
    parted = part_lines(located, [*(reading("a line of text") for _ in range(4)), reading("●")], 0.5)
    assert (len(parted.legible) == 5) is stays and not parted.unread


@pytest.mark.parametrize(("height", "stays"), [(10, True), (30, True), (40, False)])
def test_a_dash_much_higher_than_the_text_is_the_corner_of_a_sheet(height: int, *, stays: bool) -> None:
    quads = np.array([*(box(60, 40 + 60 * at, 300, 62 + 60 * at) for at in range(4)), box(60, 300, 100, 300 + height)])
    located = LocatedLines(PAGE, quads, np.ones(5, np.float32))
    parted = part_lines(located, [*(reading("a line of text") for _ in range(4)), reading("—")], 0.5)
    assert (len(parted.legible) == 5) is stays
    assert [line.reason for line in parted.unread] == ([] if stays else ["no-text-found"])


@pytest.mark.parametrize(
    ("sure", "kept"),
    [
        ([0.5, 0.5, 0.9], 3),  # hard to read, all of it: its text must not vanish
        ([0.7, 0.6, 0.55, 0.2], 3),  # but what nobody can read is no text there either
        ([0.2, 0.2, 0.2, 0.7], 0),  # on a page of noise a lucky reading is noise, too
        ([0.2, 0.2, 0.9], 1),  # patterns that only look like text
        ([0.2, 0.2], 0),
        ([0.9, 0.9, 0.5], 2),
        ([], 0),
    ],
)
def test_a_page_that_is_hard_to_read_is_told_from_one_without_text(sure: list[float], kept: int) -> None:
    lines = [ReadLine(box(0, 0, 9, 9), reading("line", each)) for each in sure]
    parted = part_legible(lines, 0.65)
    assert (len(parted.legible), len(parted.unread)) == (kept, len(sure) - kept)


def test_a_few_lines_in_another_script_than_their_page_must_be_read_surely() -> None:
    """Handwriting beside typescript is read as Arabic, about as surely as hard print is read right."""
    typed = ReadLine(box(0, 0, 90, 9), reading("line", 0.7))
    written = replace(typed, reading=replace(typed.reading, recognizer="arabic"))
    sure = replace(typed, reading=replace(reading("line", 0.9), recognizer="arabic"))
    parted = part_legible([*[typed] * 9, written], 0.65)
    assert (len(parted.legible), len(parted.unread)) == (9, 1)
    assert len(part_legible([*[typed] * 9, sure], 0.65).legible) == 10
    assert len(part_legible([*[typed] * 9, *[written] * 3], 0.65).legible) == 12  # a page in two scripts


def least_kept(page: float) -> float:
    """The least legibility of a line that stays on a page whose usual legibility is this."""
    probes = np.linspace(0.3, 0.9, 121).tolist()
    lines = [ReadLine(box(0, 0, 9, 9), reading("line", each)) for each in [page] * 200 + probes]
    return min(line.reading.legibility for line in part_legible(lines, 0.65).legible if line.reading.legibility != page)


def test_what_is_asked_of_a_line_changes_gradually_with_its_page() -> None:
    """A line more or less that cannot be read costs no other line: there is no step at which a page falls over."""
    asked = [least_kept(page) for page in np.linspace(0.2, 0.98, 79).tolist()]
    assert np.abs(np.diff(asked)).max() <= 0.03
    assert asked[0] > asked[-1] > min(asked)


def test_long_lines_tell_more_of_a_page_than_short_ones() -> None:
    """Noise that was taken for a few long lines is not outweighed by marks of which each was read surely."""
    noise = [ReadLine(box(0, 20 * at, 900, 20 * at + 20), reading("noise", 0.2)) for at in range(2)]
    marks = [ReadLine(box(40 * at, 100, 40 * at + 20, 120), reading("x", 0.6)) for at in range(4)]
    assert part_legible([*noise, *marks], 0.65).legible == ()


def test_nothing_is_asked_where_nobody_wants_it() -> None:
    lines = [ReadLine(box(0, 0, 9, 9), reading("line", each)) for each in (0.1, 0.2, 0.3)]
    assert len(part_legible(lines, 0.0).legible) == 3


@pytest.mark.parametrize(
    ("heights", "reason"),
    [
        ([20, 22, 19, 21], "unknown-script"),  # lines as a page has
        ([9, 60, 18, 33], "illegible"),  # patterns of a photograph
        ([20, 20], "illegible"),  # too few to tell
    ],
)
def test_an_unknown_script_is_told_from_patterns(heights: list[float], reason: str) -> None:
    lines = [ReadLine(box(0, 0, 90, height), reading("line", 0.3)) for height in heights]
    parted = part_legible(lines, 0.65)
    assert not parted.legible
    assert {line.reason for line in parted.unread} == {reason}


def test_what_the_detector_found_and_nobody_can_read_is_told() -> None:
    quads = np.array([box(0, 40 * at, 90, 40 * at + 20) for at in range(5)])
    scores = np.array([0.8, 0.8, 0.8, 0.8, 0.2], np.float32)
    readings = [reading("word"), reading("wxrd", 0.5), LineText("", 0.0), reading("word"), LineText("", 0.0)]
    parted = part_lines(LocatedLines(PAGE, quads, scores), readings, 0.65)
    assert [line.reading.text for line in parted.legible] == ["word", "word"]
    assert [(line.quad[0, 1], line.reason) for line in parted.unread] == [(40, "illegible"), (80, "no-text-found")]


@pytest.mark.parametrize(
    ("texts", "blank", "kept"),
    [
        (["-", "*"], 1, 0),  # marks alone are no text,
        (["9", "H #", "?"], 6, 0),  # nor are a few letters in a picture, most of which is none
        (["9", "H #", "?"], 5, 3),
        (["9", "Hotel", "?"], 6, 3),  # but a word is
        (["入口"], 6, 1),
        (["12"], 0, 1),  # a picture that is a number
    ],
)
def test_a_few_marks_in_a_picture_are_no_text(texts: list[str], blank: int, kept: int) -> None:
    readings = [reading(text) for text in texts] + [LineText("", 0.0)] * blank
    quads = np.array([box(0, 40 * at, 90, 40 * at + 20) for at in range(len(readings))])
    parted = part_lines(LocatedLines(PAGE, quads, np.full(len(readings), 0.8, np.float32)), readings, 0.65)
    assert (len(parted.legible), len(parted.unread)) == (kept, len(readings) - kept)


@pytest.mark.parametrize(
    ("texts", "weak", "kept"),
    [
        (["{"], 3, 0),  # the vessels of a retina
        (["K6", "pe"], 4, 0),  # the badges on a coat
        (["K6", "pe"], 3, 2),
        (["7"], 1, 1),  # the number of a page with a speck
        (["Hotel"], 9, 1),
    ],
)
def test_ink_that_proves_nothing_counts_against_a_few_marks(texts: list[str], weak: int, kept: int) -> None:
    readings = [reading(text) for text in texts] + [LineText("", 0.0)] * weak
    quads = np.array([box(0, 40 * at, 90, 40 * at + 20) for at in range(len(readings))])
    scores = np.array([0.8] * len(texts) + [0.15] * weak, np.float32)
    assert len(part_lines(LocatedLines(PAGE, quads, scores), readings, 0.65).legible) == kept


@pytest.mark.parametrize(
    ("text", "sure", "kept"),
    [
        ("lilililililili", 0.7, False),  # sheet music, in any script
        ("\u0627\u0644\u0644\u0644\u0644\u0644\u0628\u0628\u0644\u0644\u0628\u0644\u0644", 0.7, False),
        (
            "\u067e\u06d0\u0644\u06c8\u0631\u0644\u06d0\u06d0\u0644\u06d0\u06d0\u0644\u06d0\u06d0\u06d0\u0644",
            0.7,
            False,
        ),
        ("lilililililili", 0.9, True),  # read surely, it stands there
        ("hahahaha", 0.7, True),  # too short to tell
        ("assessment of pieces", 0.7, True),
        ("1010101010101010", 0.7, True),
    ],
)
def test_many_letters_and_few_different_ones_are_noise(text: str, sure: float, kept: bool) -> None:
    located = LocatedLines(PAGE, np.array([box(0, 0, 90, 20)]), np.ones(1, np.float32))
    assert bool(part_lines(located, [reading(text, sure)], 0.65).legible) is kept
    assert part_lines(located, [reading(text, sure)], 0.0).legible  # whoever asks for no legibility gets it all


@pytest.mark.parametrize(
    ("text", "sure", "kept"),
    [
        (
            "\u0d2e\u0d1c\u0d33\u0d26 \u0d2f\u0d33dOd\u0d1c \u0c15\u0c30\u0d30\u0d1c",
            0.7,
            False,
        ),  # hardly visible Chinese
        ("korga Cx \u0623\u062f we\u062f\u0631\u0633cmanu \u06aa\u0649wrc", 0.7, False),  # handwriting in Cyrillic
        ("korga Cx \u0623\u062f we\u062f\u0631\u0633cmanu \u06aa\u0649wrc", 0.9, True),
        ("8\u0668x", 0.7, False),
        ("\u05d1-USB \u05d5\u05d4-PDF \u05e9\u05dc \u05d4\u05de\u05d7\u05e9\u05d1", 0.7, True),
        ("\u0e23\u0e30\u0e1a\u0e1aWindows\u0e43\u0e0a\u0e49USB", 0.7, True),
        ("\u7b2c3\u7ae0Introduction", 0.7, True),
        ("N\u00ba 12, 1\u00aa", 0.7, True),
        (
            "\u043f\u043b\u0430\u043d \u062e\u0637\u0629 plan \u30d7\u30e9\u30f3",
            0.7,
            True,
        ),  # a word in each of several languages
        (
            "\u0645\u062d \u0627\u0644\u0641 \u0645L \u0627\u0632\u0627 \u0627\u0644\u0645\u0628\u0627\u0631",
            0.7,
            True,
        ),  # one slip
    ],
)
def test_words_of_several_scripts_are_noise(text: str, sure: float, kept: bool) -> None:
    located = LocatedLines(PAGE, np.array([box(0, 0, 90, 20)]), np.ones(1, np.float32))
    assert bool(part_lines(located, [reading(text, sure)], 0.65).legible) is kept
    assert part_lines(located, [reading(text, sure)], 0.0).legible


STRANGE = LineText("", 0.0, script=UNKNOWN_SCRIPT)


@pytest.mark.parametrize(
    ("readings", "legible", "reasons"),
    [
        # A line amid others, and a page of nothing else.
        ([reading("word"), STRANGE, reading("word")], 2, {"unknown-script"}),
        ([STRANGE] * 4, 0, {"unknown-script"}),
        # Noise on a page in such a script is no page that is hard to read; a line in it on one that is, is one line.
        ([reading("noise", 0.5), STRANGE, STRANGE], 0, {"illegible", "unknown-script"}),
        ([reading("faded", 0.5), reading("faded", 0.5), STRANGE], 2, {"unknown-script"}),
    ],
)
def test_lines_in_a_script_that_nothing_reads_are_told(
    readings: list[LineText], legible: int, reasons: set[str]
) -> None:
    quads = np.array([box(0, 40 * at, 90, 40 * at + 20) for at in range(len(readings))])
    parted = part_lines(LocatedLines(PAGE, quads, np.full(len(readings), 0.8, np.float32)), readings, 0.65)
    assert len(parted.legible) == legible
    assert {line.reason for line in parted.unread} == reasons
    assert len(parted.legible) + len(parted.unread) == len(readings)
