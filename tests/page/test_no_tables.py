"""What is no table, and pages that nobody can make sense of: what comes out of them is valid, and whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from doubles.layouts import draw_rules, grid_rules, make_page, paragraph, rows_of, text_line
from doubles.tables import COLUMNS, GRID, STORY, TEXTS, check_whole, structure
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.page.structure import structure_page
from e2eocr.results import Line


def crossword(size: int = 12) -> tuple[list[Line], np.ndarray]:
    places = [100 + 50 * at for at in range(size + 1)]
    picture = draw_rules(*grid_rules(places, places))
    rng = np.random.default_rng(0)
    lines = []
    for x in places[:-1]:
        for y in places[:-1]:
            if rng.random() < 0.3:
                cv2.rectangle(picture, (x, y), (x + 50, y + 50), (0, 0, 0), -1)
            elif rng.random() < 0.5:
                lines.append(text_line(str(rng.integers(1, 60)), x + 5, y + 5))
    return lines, picture


def chart() -> tuple[list[Line], np.ndarray]:
    """Axes, ticks and grid with numbers at them, and a curve."""
    picture = draw_rules(*grid_rules([200, 400, 600, 800], [200, 300, 400, 500]))
    curve = np.array([[x, 350 + 120 * np.sin(x / 40)] for x in range(200, 800, 4)], np.int32)
    cv2.polylines(picture, [curve], False, (40, 40, 200), 3)
    numbers = [text_line(str(100 * at), 140, 490 - 100 * at) for at in range(4)]
    return numbers + [text_line(str(1990 + at), 180 + 200 * at, 510) for at in range(4)], picture


def bars() -> tuple[list[Line], np.ndarray]:
    """Bars of many lengths between two rules, names before them and numbers at their ends."""
    picture = draw_rules((100, 180, 900, 180), (100, 430, 900, 430))
    lines: list[Line] = []
    for at, name in enumerate(("North", "South", "East", "West", "Middle", "Coast")):
        y, end = 200 + 38 * at, 340 + 70 * ((5 * at) % 7)
        cv2.rectangle(picture, (300, y - 2), (end, y + 22), (120, 120, 160), -1)
        lines += [text_line(name, 110, y), text_line(f"{end / 10}", end + 20, y)]
    return lines, picture


def sheet_music() -> tuple[list[Line], np.ndarray]:
    staves = [
        (100, 200 + 160 * stave + 14 * at, 900, 200 + 160 * stave + 14 * at) for stave in range(6) for at in range(5)
    ]
    picture = draw_rules(*staves)
    rng = np.random.default_rng(0)
    for stave in range(6):
        for x in range(140, 880, 24):
            y = 200 + 160 * stave + int(rng.integers(0, 60))
            cv2.circle(picture, (x, y), 7, (0, 0, 0), -1)
            cv2.line(picture, (x + 6, y), (x + 6, y - 45), (0, 0, 0), 2)
    words = [text_line("la la la", x, 290 + 160 * stave) for stave in range(6) for x in (140, 400, 660)]
    return words, picture


RUNNING = (
    "the old house stood",
    "by the wide river and",
    "nobody had lived there",
    "since the Long winter",
    "Of that year when all",
    "its windows were broken",
    "and the roof came down",
)
NAMES = ("Acorn, 12", "beech, 4, 118", "Cedar, 77", "dogwood, 9, 31", "elder, 5", "Fir, 61, 62")


def narrow_columns(texts: Sequence[str], lefts: Sequence[float], lines: int) -> list[Line]:
    """Columns of short lines that stand level with those beside them, each begun elsewhere in the text."""
    return [
        text_line(texts[(at + 2 * number) % len(texts)], x, 100 + 26 * at)
        for number, x in enumerate(lefts)
        for at in range(lines)
    ]


NARROW = ("harbour,", "when we", "came", "morning", "Tuesday", "and the", "crew", "asleep.")
CAPITALS = ("Harbour News", "The Crew", "Monday Night", "Quay Lost", "Storm Broke", "Town Council")
# Columns of headlines, level with each other, two of which go on beside running text.
HEADLINES = [
    *narrow_columns(CAPITALS, (40, 290, 540), 8),
    *paragraph(60, 308, 190, 18, pitch=26),
    *rows_of([["Storm", "of the crew"]], (290, 540), 308),
]
OPTIONS = [
    text_line(text, 100 + 200 * at, 100 + 40 * number)
    for number, texts in enumerate(
        [("Married", "no", "Children", "two or"), ("Street",), ("Other", "Car"), ("No",)] * 3
    )
    for at, text in enumerate(texts)
]
LEADERS = [text_line(f"Chapter {at} of this long book and what it is about", 100, 200 + 30 * at) for at in range(12)]
# Typed in letters of one width, whose spaces are as wide as gaps between columns.
CHECKS = ["Boot (as described):", "Find the network card:", "Set up partitions:", "Install the base system:", "All:"]
CHECKLIST = [
    "[O] = worked, [E] = failed (and told below), [ ] = nobody has tried it so far",
    *(f"{label:30}[ ]" for label in CHECKS * 3),
]
TYPED = [
    text_line(re.sub(r"(?<=\S) (?=\S)", " " * 2, text), 100, 100 + 30 * at, height=18)
    for at, text in enumerate(CHECKLIST)
]
# What is no table, or need not be one.
NO_TABLES: dict[str, tuple[list[Line], np.ndarray | None]] = {
    "nothing": ([], None),
    "one line": ([text_line("alone", 100, 100)], None),
    "prose": (paragraph(100, 100, 800, 20), None),
    "prose in two columns": (paragraph(50, 100, 420, 20) + paragraph(520, 100, 420, 20), None),
    "prose in two columns whose lines do not meet": (paragraph(50, 100, 420, 20) + paragraph(520, 113, 420, 20), None),
    "prose in three columns": (
        paragraph(40, 100, 280, 20) + paragraph(360, 100, 280, 20) + paragraph(680, 100, 280, 20),
        None,
    ),
    "a newspaper in narrow columns": (narrow_columns(RUNNING, (40, 290, 540, 790), 28), None),
    "an open book in a frame": (
        narrow_columns(STORY, (60, 900), 20),
        draw_rules(
            (40, 80, 1600, 80), (40, 640, 1600, 640), *((x, 80, x, 640) for x in (40, 840, 1600)), size=(1700, 1400)
        ),
    ),
    "headlines in narrow columns that go on as running text": (HEADLINES, None),
    "an index in four columns": (narrow_columns(NAMES, (40, 290, 540, 790), 28), None),
    "a frame around prose": (paragraph(120, 120, 700, 8), draw_rules(*grid_rules((100, 850), (100, 400)))),
    "frames in frames": (
        paragraph(160, 160, 500, 4),
        draw_rules(*(rule for at in (0, 20, 40) for rule in grid_rules((100 + at, 850 - at), (100 + at, 400 - at)))),
    ),
    "a table of one cell": ([text_line("alone", 120, 120)], draw_rules(*grid_rules((100, 300), (100, 160)))),
    "a list": (
        [text_line(f"• item {name}", 100, 100 + 30 * at) for at, name in enumerate("abcdefgh")],
        None,
    ),
    "names and values of a form": (
        rows_of([["Name", "Anna Berg"], ["Street", "Hafenweg"], ["Town", "Husum"]], (100, 400), 200),
        None,
    ),
    "a list of ticks": (TYPED, None),
    "columns of one word a line": (narrow_columns(NARROW, (40, 240, 440), 14), None),
    "columns of one word a line on paper whose edges are seen": (
        narrow_columns(NARROW, (40, 240, 440), 14),
        draw_rules(*grid_rules((20, 980), (20, 1380))),
    ),
    "a form whose answers are ticked": (OPTIONS, None),
    "a chart": chart(),
    "a chart of bars": bars(),
    "numbers between the upper lines of a chart": (
        [text_line("10", 300, 205), text_line("29", 600, 205), *rows_of([["May", "June"]], (300, 600), 320)],
        draw_rules(*((100, 195 + 40 * at, 900, 195 + 40 * at) for at in range(4))),
    ),
    "lines without area of words": ([Line("x y", 0.5, ((5.0, 5.0),) * 4)] * 3, None),
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_what_is_no_table(name: str) -> None:
    lines, picture = NO_TABLES[name]
    page = structure(lines, picture)
    assert page.tables == ()
    if lines:
        check_whole(page, lines)


def overlapping() -> tuple[list[Line], np.ndarray]:
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 900, (400, 2)).tolist()
    return [text_line("word 12 34", x, y) for x, y in places], draw_rules(*GRID)


# Pages that nobody can make sense of: what comes out need only be valid.
WILD = {
    "crossword": crossword(),
    "sheet music": sheet_music(),
    "overlapping lines": overlapping(),
    "two hundred columns": (
        [text_line(str(at % 10), 5 * at, 100 + 30 * row, height=4) for row in range(40) for at in range(199)],
        draw_rules(*((5 * at - 1, 90, 5 * at - 1, 1300) for at in range(200))),
    ),
    "hatching": (
        rows_of(TEXTS, COLUMNS, 200),
        draw_rules(*((0, 8 * at, 999, 8 * at) for at in range(175)), *((8 * at, 0, 8 * at, 1399) for at in range(125))),
    ),
    "everything at one place": ([text_line("12 34", 100, 100) for _ in range(300)], draw_rules(*GRID)),
}


@pytest.mark.parametrize("name", WILD)
def test_wild_pages_give_valid_results(name: str) -> None:
    lines, picture = WILD[name]
    check_whole(structure(lines, picture), lines)


@given(
    st.lists(
        st.tuples(st.integers(0, 90), st.integers(0, 60), st.text("ab1 •-.(", min_size=1, max_size=9)),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(["columns", "rows"]),
    st.booleans(),
)
def test_no_page_loses_a_line(items: list[tuple[int, int, str]], order: str, keep_order: bool) -> None:
    lines = [text_line(text, 10 * x, 20 * y) for x, y, text in items]
    page = structure_page(make_page(lines), None, order=order, keep_order=keep_order)
    check_whole(page, lines)
    assert sorted("".join(line.text for line in page.lines).replace(" ", "")) == sorted(
        "".join(text for *_, text in items).replace(" ", "")
    )
