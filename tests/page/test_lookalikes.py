"""Characters that look alike are told by the lines around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from doubles.detectors import box
from doubles.readings import reading

from e2eocr.page.legibility import part_lines
from e2eocr.page.locate import LocatedLines
from e2eocr.page.lookalikes import (
    settle_cells,
    settle_commas,
    settle_digits,
    settle_figures,
    settle_first,
    settle_lone,
    settle_scripts,
    settle_sign,
)
from e2eocr.page.straighten import Straightened
from recognizers.base import CharSpan, LineText

PAGE = Straightened(np.full((9, 9, 3), 255, np.uint8))


@pytest.mark.parametrize(
    ("text", "settled"),
    [("_953.54", "-953.54"), ("_1", "-1"), ("_a1", "_a1"), ("_1a", "_1a"), ("_", "_"), ("9_1", "9_1"), ("", "")],
)
def test_a_low_line_before_a_number_is_its_minus(text: str, settled: str) -> None:
    assert settle_sign(reading(text)).text == settled


def column(*texts: str, left: float = 0) -> tuple[np.ndarray, list[LineText]]:
    quads = [box(left, 40 * at, left + 15, 40 * at + 20) for at in range(len(texts))]
    return np.array(quads), [reading(text, 0.35) for text in texts]


@pytest.mark.parametrize(
    ("texts", "settled"),
    [
        (("12", "O", "7", "о"), ["12", "0", "7", "0"]),  # Latin and Cyrillic letters in a column of numbers
        (("A", "O", "B"), ["A", "O", "B"]),  # blood groups
        (("O", "O"), ["O", "O"]),  # nothing tells
        (("12", "OK"), ["12", "OK"]),  # no lone character
        (("Domestic", "O", "14.3", "100", "Source"), ["Domestic", "0", "14.3", "100", "Source"]),  # heads say little
        (("Group", "O", "A", "7"), ["Group", "O", "A", "7"]),  # and letters much
        (("1", "0"), ["1", "0"]),
    ],
)
def test_a_round_letter_in_a_column_of_numbers_is_a_zero(texts: tuple[str, ...], settled: list[str]) -> None:
    readings = settle_lone(*column(*texts))
    assert [each.text for each in readings] == settled


def test_only_the_own_column_counts() -> None:
    (first, letters), (second, numbers) = column("A", "O", "B"), column("1", "2", "3", left=60)
    readings = settle_lone(np.concatenate([first, second]), letters + numbers)
    assert readings[1].text == "O"


def test_a_settled_zero_is_as_sure_as_its_column() -> None:
    zero = settle_lone(*column("12", "O", "7", "B", "9"))[1]
    assert zero.text == "0" and zero.confidence == pytest.approx(0.75)
    assert zero.spans == (CharSpan(0.0, 1.0, 0.75),)


def test_a_zero_whose_picture_is_doubted_is_as_legible_as_its_column() -> None:
    quads, readings = column("12", "0", "7", "9")
    readings[1] = replace(readings[1], confidence=0.97, spans=(CharSpan(0.0, 1.0, 0.5),))
    settled = [settle_lone(quads, readings)[1], settle_lone(quads[:2], [reading("A"), readings[1]])[1]]
    assert [each.text for each in settled] == ["0", "0"]
    assert settled[0].legibility >= 0.97 and settled[1].legibility == pytest.approx(0.5)


def test_a_dash_whose_picture_is_doubted_stays_doubted() -> None:
    quads, readings = column("12", "–", "B", "9")
    readings[1] = replace(readings[1], confidence=0.97, spans=(CharSpan(0.0, 1.0, 0.5),))
    assert settle_lone(quads, readings)[1] == readings[1]  # grain of the wood that a receipt lies on


@pytest.mark.parametrize(("others", "stays"), [("———", True), ("——–O", True), ("——", False), ("—OOO", False)])
def test_an_unclear_dash_stays_in_a_column_of_clear_ones(others: str, stays: bool) -> None:
    quads, readings = column("—", *others)
    readings = [LineText("—", 0.82, reading("—", 0.3).spans), *(reading(text) for text in others)]
    scores = np.full(len(quads), 0.1, np.float32)
    parted = part_lines(LocatedLines(PAGE, quads, scores), readings, 0.65)
    assert any(np.array_equal(line.quad, quads[0]) for line in parted.legible) is stays


def grid(*rows: tuple[str, ...]) -> tuple[np.ndarray, list[LineText]]:
    """Cells of a table without rules, a line each."""
    cells = [(text, x, y) for y, row in enumerate(rows) for x, text in enumerate(row) if text]
    quads = [box(200 * x, 40 * y, 200 * x + 12 * len(text), 40 * y + 20) for text, x, y in cells]
    return np.array(quads), [reading(text, 0.35) for text, _, _ in cells]


@pytest.mark.parametrize(
    ("rows", "settled"),
    [
        ((("12", "O"), ("7", "O")), ["12", "0", "7", "0"]),  # a column of zeros alone: its row tells
        ((("Ann", "O"), ("Bob", "O")), ["Ann", "O", "Bob", "O"]),
        ((("12",), ("O",), ("7",), ("Only two of the countries",)), ["12", "0", "7", "Only two of the countries"]),
    ],
)
def test_where_the_column_cannot_tell_the_row_does(rows: tuple[tuple[str, ...], ...], settled: list[str]) -> None:
    assert [each.text for each in settle_lone(*grid(*rows))] == settled


@pytest.mark.parametrize(("row", "stays"), [(("4", "–", "12"), True), (("Ann", "–", "Eve"), False)])
def test_a_dash_in_a_row_of_numbers_is_told_whatever_its_column_has(row: tuple[str, ...], stays: bool) -> None:
    quads, readings = grid(("7", "(X)", "3"), row, ("5", "(X)", "8"))
    scores = np.array([0.1 if each.text == "–" else 0.9 for each in readings], np.float32)
    sure = [each if each.text == "–" else reading(each.text) for each in readings]
    parted = part_lines(LocatedLines(PAGE, quads, scores), sure, 0.65)
    assert ("–" in [line.reading.text for line in parted.legible]) is stays


def test_a_dash_in_a_column_of_numbers_is_told() -> None:
    quads, readings = column("12", "–", "7", "3")
    scores = np.array([0.9, 0.1, 0.9, 0.9], np.float32)
    sure = [reading("12"), readings[1], reading("7"), reading("3")]
    parted = part_lines(LocatedLines(PAGE, quads, scores), sure, 0.65)
    assert [line.reading.text for line in parted.legible] == ["12", "7", "3", "–"]
    words = [reading("Ann"), readings[1], reading("Bob"), reading("Eve")]
    parted = part_lines(LocatedLines(PAGE, quads, scores), words, 0.65)
    assert [line.reading.text for line in parted.legible] == ["Ann", "Bob", "Eve"]


@pytest.mark.parametrize(("text", "told"), [("†", 1), ("1", 1), ("*", 0)])
def test_a_blurred_digit_that_the_ink_alone_told_of_is_told(text: str, told: int) -> None:
    quads, _ = column("12", "1", "7", "3")
    scores = np.array([0.9, 0.1, 0.9, 0.9], np.float32)
    parted = part_lines(
        LocatedLines(PAGE, quads, scores), [reading("12"), reading(text, 0.5), *map(reading, "73")], 0.65
    )
    assert [line.reading.text for line in parted.legible] == ["12", "7", "3"]
    assert [line.reason for line in parted.unread] == ["illegible"] * told


@pytest.mark.parametrize(
    ("page", "settled"),
    [
        (["Şedinţa de ieri", "orașe și țări", "în vară"], ["Ședința de ieri", "orașe și țări", "în vară"]),
        (["dışarıda", "Șehir", "güneş"], ["dışarıda", "Şehir", "güneş"]),
        (["Șehir", "güneş"], ["Șehir", "güneş"]),  # nothing tells
        (["vară", "ışık"], ["vară", "ışık"]),
    ],
)
def test_commas_and_cedillas_below_are_those_of_the_language(page: list[str], settled: list[str]) -> None:
    found = settle_commas([reading(text) for text in page])
    assert [each.text for each in found] == settled
    assert all(len(each.spans) == len(each.text) for each in found)


@pytest.mark.parametrize(
    ("page", "settled"),
    [
        (["٢٣ مارس ۱۹۲۸", "الساعة ٤ و٦"], ["٢٣ مارس ١٩٢٨", "الساعة ٤ و٦"]),  # 4 and 6 tell
        (["٢٣ مارس ۱۹۲۸", "في"], ["٢٣ مارس ١٩٢٨", "في"]),  # letters tell
        (["۲۳ مهٔ ١٩۴۵", "گفت"], ["۲۳ مهٔ ۱۹۴۵", "گفت"]),
        (["۱۹۲۸ كتاب"], ["۱۹۲۸ كتاب"]),  # of one kind: as read
        (["١٩ ۲۸"], ["١٩ ۲۸"]),  # nothing tells
        (["שלום ١٤، קומה ۲؟", "רחוב ٠ עיר", "٣٠"], ["שלום 14, קומה 2?", "רחוב · עיר", "30"]),  # a page in Hebrew
        (["שלום", "كتاب ١٤"], ["שלום", "كتاب ١٤"]),
    ],
)
def test_digits_of_a_page_are_of_one_kind(page: list[str], settled: list[str]) -> None:
    found = settle_digits([reading(text) for text in page])
    assert [each.text for each in found] == settled


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("the lst of May", "the 1st of May"),
        ("1901, lère classe", "1901, 1ère classe"),
        ("(lre année)", "(1re année)"),
        ("l’stresses, ler, last, lst2, LST", "l’stresses, ler, last, lst2, LST"),  # `ler` is a word in some languages
    ],
)
def test_first_of_an_ordinal_is_a_digit(text: str, settled: str) -> None:
    assert settle_first(reading(text)).text == settled


@pytest.mark.parametrize(
    ("texts", "settled"),
    [
        (("A", "|", "F", "l", "N"), ["A", "I", "F", "I", "N"]),
        (("A", "0", "F", "о"), ["A", "O", "F", "O"]),
        (("12", "|", "7"), ["12", "|", "7"]),  # a rule, or a blurred 1
        (("Name", "|", "Street"), ["Name", "|", "Street"]),
        (("|", "|", "|"), ["|", "|", "|"]),  # nothing tells
    ],
)
def test_a_stroke_in_a_column_of_letters_is_a_letter(texts: tuple[str, ...], settled: list[str]) -> None:
    assert [each.text for each in settle_cells(*column(*texts))] == settled


@pytest.mark.parametrize(
    ("texts", "settled"),
    [
        (("3", "10", "I", "24", "II", "2I", "31"), ["3", "10", "1", "24", "11", "21", "31"]),  # a face with old figures
        (("04/12", "o1/o7", "12/11", "20/1o", "09/09", "7"), ["04/12", "01/07", "12/11", "20/10", "09/09", "7"]),
        (("3", "10", "|63", "24", "7"), ["3", "10", "|63", "24", "7"]),  # a rule at the edge of a cell
        (("I", "II", "III", "IV", "7"), ["I", "II", "III", "IV", "7"]),
        (("3", "I", "7"), ["3", "I", "7"]),  # too few to tell
        (("Ann", "I", "7", "Tom", "12"), ["Ann", "I", "7", "Tom", "12"]),
        (("3", "10", "IO", "Il", "xI", "4", "5"), ["3", "10", "10", "11", "xI", "4", "5"]),
    ],
)
def test_letters_like_figures_are_such_in_a_column_of_numbers(texts: tuple[str, ...], settled: list[str]) -> None:
    quads, readings = column(*texts)
    clear = [replace(each, spans=()) for each in readings]
    assert [each.text for each in settle_figures(quads, clear)] == settled


def test_a_figure_that_is_not_clear_may_be_a_rule() -> None:
    quads, readings = column("3", "10", "2I", "24", "7")
    readings = [replace(each, spans=(CharSpan(0.0, 0.5, 0.9), CharSpan(0.5, 1.0, 0.4))) for each in readings]
    assert settle_figures(quads, readings)[2].text == "2I"


@pytest.mark.parametrize(
    ("texts", "settled"),
    [("GH|J", "I"), ("GHlJ", "I"), ("GH|", "I"), ("|JK", "I"), ("GH|K", "|"), ("AB|", "|"), ("FGH|IJ", "|")],
)
def test_a_stroke_between_h_and_j_is_the_letter_i(texts: str, settled: str) -> None:
    quads = np.array([box(90 * at, 0, 90 * at + 15, 20) for at in range(len(texts))])
    at = next(place for place, text in enumerate(texts) if text in "|l")
    assert settle_cells(quads, [reading(text, 0.35) for text in texts])[at].text == settled


def test_a_ring_amid_small_letters_is_small() -> None:
    assert [each.text for each in settle_cells(*column("x", "o", "v", "n", "0"))] == ["x", "o", "v", "n", "o"]


def test_a_ring_in_a_row_of_letters_is_a_letter() -> None:
    quads = np.array([box(60 * at, 0, 60 * at + 15, 20) for at in range(4)])
    assert settle_cells(quads, [reading(text, 0.35) for text in "AoFN"])[1].text == "O"
    assert settle_cells(quads, [reading(text, 0.35) for text in "A|FN"])[1].text == "|", "it may be a rule"


@pytest.mark.parametrize("ring", "○◦")
def test_a_ring_of_a_list_amid_letters_is_a_letter(ring: str) -> None:
    assert [each.text for each in settle_cells(*column("K", ring, "F", "N"))] == ["K", "O", "F", "N"]
    assert [each.text for each in settle_cells(*column("yes", ring, "no", ring))] == ["yes", ring, "no", ring]


def test_a_small_ring_amid_numbers_is_a_zero() -> None:
    assert [each.text for each in settle_lone(*column("3", "◦", "12", "7"))] == ["3", "0", "12", "7"]


def test_a_rule_beside_letters_is_none() -> None:
    (first, letters), (second, rules) = column("A", "F", "N"), column("|", "|", "|", left=60)
    readings = settle_cells(np.concatenate([first, second]), letters + rules)
    assert [each.text for each in readings] == ["A", "F", "N", "|", "|", "|"]


def test_a_stroke_much_higher_than_the_letters_is_none() -> None:
    quads, readings = column("A", "|", "F", "N")
    quads[1] = box(0, 26, 15, 76)
    assert settle_cells(quads, readings)[1].text == "|"


@pytest.mark.parametrize(
    ("texts", "settled"),
    [
        (("Bolts, nuts", "Н", "У1", "НА", "но", "вC"), ["Bolts, nuts", "H", "Y1", "HA", "HO", "BC"]),
        (("Bolts", "Н", "НА", "Ж"), ["Bolts", "H", "НА", "Ж"]),  # a Cyrillic letter proves that others may be
        (("Bolts and nuts", "гайка", "НА"), ["Bolts and nuts", "гайка", "НА"]),
        (("Болты и гайки", "H", "R", "Z"), ["Болты и гайки", "Н", "R", "Z"]),
        (("Bolts", "НАТО"), ["Bolts", "НАТО"]),  # a longer word tells by itself
        (("Глава первая", "IX", "X", "H"), ["Глава первая", "IX", "X", "Н"]),  # Roman numerals
        (("12", "—"), ["12", "—"]),
    ],
)
def test_short_text_is_of_the_script_of_its_page(texts: tuple[str, ...], settled: list[str]) -> None:
    assert [each.text for each in settle_scripts(*column(*texts))] == settled


def test_a_lone_letter_is_of_the_script_of_its_column() -> None:
    left, english = column("The first line", "of several", "in English", "text beside", "B")
    right, russian = column("Текст того", "B", "же самого", "смысла, но", "на русском", left=300)
    texts = [each.text for each in settle_scripts(np.concatenate([left, right]), english + russian)]
    assert (texts[4], texts[6]) == ("B", "В")
