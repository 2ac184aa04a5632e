"""Initials: the large first letter of a paragraph, and the text that it begins."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.layouts import HEIGHT, draw_rules, grid_rules, make_page, paragraph, quad, rows_of, text_line

from e2eocr.page.structure import structure_page
from e2eocr.page.structure.initials import join_initials
from e2eocr.results import Line, Word

PITCH = 28
LEFT, TOP = 100.0, 200.0
TEXT = "HE old harbour lay below the town, and on most mornings the boats were gone before the light touched the roofs"


def initial(text: str, lines: int, width: float, *, x: float = LEFT, y: float = TOP) -> Line:
    polygon = quad(x, y, x + width, y + (lines - 1) * PITCH + HEIGHT)
    return Line(text, 0.9, polygon, "Latn", words=(Word(text, 0.9, polygon),))


def opened(letter: str, lines: int, *, gap: float = 4, first: str = TEXT, x: float = LEFT) -> list[Line]:
    """A paragraph that begins with an initial of so many lines, in no order."""
    width = 0.8 * ((lines - 1) * PITCH + HEIGHT)
    beside = [
        text_line(text[: int((600 - width) // 10)], x + width + gap, TOP + at * PITCH)
        for at, text in enumerate([first, *[f"boats of line {at} " + TEXT.lower() for at in range(1, lines)]])
    ]
    return [*beside, initial(letter, lines, width, x=x), *paragraph(x, TOP + lines * PITCH, 600, 4)]


@pytest.mark.parametrize("lines", [2, 3, 4, 5])
@pytest.mark.parametrize(
    ("letter", "gap", "first", "text"),
    [
        ("T", 4, "HE old harbour", "THE old harbour"),
        ("T", 12, "he old harbour", "The old harbour"),  # the letter is no word
        ("“W", 4, "hat is it?", "“What is it?"),
        ("A", 2, "ll was quiet there", "All was quiet there"),
        ("A", 12, "man stood there", "A man stood there"),
        ("П", 4, "ри свете луны", "При свете луны"),
    ],
)
def test_an_initial_begins_the_first_line_beside_it(lines: int, letter: str, gap: float, first: str, text: str) -> None:
    page = structure_page(make_page(opened(letter, lines, gap=gap, first=first)), None)
    assert page.lines[0].text == text
    assert [word.text for word in page.lines[0].words] == text.split()
    assert page.lines[1].text.startswith("boats of line 1")
    assert len(page.lines) == lines + 4
    assert page.lines[0].bbox[0] == LEFT
    assert page.lines[0].words[0].bbox[0] == LEFT
    assert page.lines[0].bbox[3] == TOP + HEIGHT


def test_each_column_has_its_initial() -> None:
    lines = opened("T", 3)[:6] + opened("A", 3, first="ll was quiet", x=730)
    narrow = [line for line in lines if line.bbox[2] < 720 or line.bbox[0] > 720]
    joined = [line.text for line in join_initials(tuple(narrow))]
    assert sum(text.startswith("THE old") for text in joined) == 1
    assert sum(text.startswith("All was") for text in joined) == 1


@pytest.mark.parametrize(
    "lines",
    [
        # a mark or a letter as large as the text, before its line
        [text_line("A", 100, 200), *paragraph(130, 200, 500, 4)],
        # a bar beside lines, none of which goes back under it
        [initial("I", 3, 10), *paragraph(130, TOP, 500, 3)],
        # the head of a column of cells
        [initial("A", 2, 30), *rows_of([["one", "1"], ["two", "2"], ["six", "6"]], (150, 400), TOP)],
        # a number
        [*[line for line in opened("T", 3) if len(line.text) > 1], initial("7", 3, 60)],
        # no line beside it
        [initial("T", 3, 60), *paragraph(100, 300, 500, 4)],
    ],
)
def test_other_letters_stay_as_they_are(lines: list[Line]) -> None:
    assert join_initials(tuple(lines)) == tuple(lines)


def test_a_bent_line_reaches_to_its_initial() -> None:
    lines = opened("T", 3)
    x0, y0, x1, y1 = lines[0].bbox
    lines[0] = replace(lines[0], outline=((x0, y0), (x1, y0 + 3), (x1, y1 + 3), (x0, y1)))
    assert join_initials(tuple(lines))[0].outline[0] == pytest.approx((LEFT, y0), abs=1)


def test_tables_keep_their_letters() -> None:
    rows = [["A", "one"], ["B", "two"], ["C", "six"]]
    picture = draw_rules(*grid_rules((90, 140, 400), (190, 230, 270, 310)))
    page = structure_page(make_page(rows_of(rows, (100, 150), 200)), picture)
    assert [cell.text for cell in page.tables[0].cells] == [text for row in rows for text in row]
