"""Tables: found where they are, and only there, with the rows and columns that a person sees."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from doubles.layouts import (
    draw_rules,
    grid_rules,
    make_page,
    paragraph,
    rows_of,
    text_line,
    texts_of,
    turn_page,
)
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.page.structure import structure_page
from e2eocr.results import Line, Page, Polygon, Table, Word

XS, COLUMNS = (100, 400, 600, 800), (110, 410, 610)
TEXTS = [
    ["Item", "Price", "Sum"],
    ["Oak shelf", "485.00", "970.00"],
    ["Bracket", "64.50", "129.00"],
    ["Paint", "9.90", ""],
]
LONGER = [*TEXTS, ["Bench", "725.00", "1450.00"], ["Delivery", "90.00", "90.00"]]
YS = tuple(190 + 40 * at for at in range(5))
GRID = grid_rules(XS, YS)


def structure(lines: list[Line], picture: np.ndarray | None = None, **changes: object) -> Page:
    return structure_page(make_page(lines, **changes), picture)


def check_whole(page: Page, lines: list[Line]) -> None:
    """Nothing is lost or told twice: neither a word nor a place of a table nor a line of a block."""
    words = sorted(word.polygon for line in lines for word in line.words)
    assert sorted(word.polygon for line in page.lines for word in line.words) == words
    assert [at for block in page.blocks for at in block.lines] == list(range(len(page.lines)))
    assert [line.block for line in page.lines] == [n for n, block in enumerate(page.blocks) for _ in block.lines]
    assert [block.kind for block in page.blocks].count("table") == len(page.tables)
    for table in page.tables:
        check_table(table)


def check_table(table: Table) -> None:
    taken = np.zeros((table.rows, table.columns), int)
    for cell in table.cells:
        taken[cell.row : cell.row + cell.row_span, cell.column : cell.column + cell.column_span] += 1
    assert (taken == 1).all()
    assert [(cell.row, cell.column) for cell in table.cells] == sorted((cell.row, cell.column) for cell in table.cells)


# What each layout is: its lines, its rules, and the table that a person sees.
LAYOUTS: dict[str, tuple[list[Line], list[tuple[float, float, float, float]], list[list[str]]]] = {
    "ruled all over": (rows_of(TEXTS, COLUMNS, 200), GRID, TEXTS),
    "upright rules alone part the columns": (
        rows_of(LONGER, COLUMNS, 200),
        [(float(x), 190.0, float(x), 430.0) for x in XS]
        + [(100, 190, 800, 190), (100, 230, 800, 230), (100, 430, 800, 430)],
        LONGER,
    ),
    "rules above, under the head and below": (
        rows_of(TEXTS, COLUMNS, 200),
        [(100, 190, 800, 190), (100, 230, 800, 230), (100, 350, 800, 350)],
        TEXTS,
    ),
    "no rules": (rows_of(LONGER, COLUMNS, 200), [], LONGER),
    "a line that reads on across a rule": (
        [text_line("Oak shelf, oiled, 485", 210, 200), *rows_of([["Bracket", "64"], ["Paint", "9"]], (110, 410), 240)],
        grid_rules((100, 395, 600), (190, 230, 270, 310)),
        [["Oak shelf, oiled,", "485"], ["Bracket", "64"], ["Paint", "9"]],
    ),
    "a head over two columns, ruled": (
        rows_of([["", "Prices"], ["Item", "net", "gross"], ["Shelf", "1", "2"], ["Bench", "3", "4"]], COLUMNS, 200),
        [rule for rule in grid_rules(XS, YS) if rule != (600, 190, 600, 350)] + [(600, 230, 600, 350)],
        [["", "Prices", ""], ["Item", "net", "gross"], ["Shelf", "1", "2"], ["Bench", "3", "4"]],
    ),
    "a head that a rule underlines": (
        [
            text_line("Prices", 520, 200),
            *rows_of([["Item", "net", "gross"], *LONGER[1:]], COLUMNS, 240),
        ],
        [(100, 190, 800, 190), (400, 232, 800, 232), (100, 270, 800, 270), (100, 480, 800, 480)],
        [["Item", "Prices", ""], ["", "net", "gross"], *LONGER[1:]],
    ),
    "cells of several lines, ruled": (
        [
            text_line("A long name that", 110, 200),
            text_line("goes on below", 110, 224),
            text_line("12", 410, 212),
            *rows_of([["Short", "34"], ["Other", "56"]], (110, 410), 260),
        ],
        grid_rules((100, 290, 600), (190, 250, 290, 330)),
        [["A long name that goes on below", "12"], ["Short", "34"], ["Other", "56"]],
    ),
    "cells of several lines, bare": (
        [
            *rows_of([["Name of thing", "Count", "Sum"], ["A very long name", "12", "120"]], COLUMNS, 200, 30),
            text_line("which goes on", 110, 260),
            *rows_of([["Shelf", "3", "30"], ["Bench", "4", "40"], ["Paint", "5", "50"]], COLUMNS, 290, 30),
        ],
        [],
        [
            ["Name of thing", "Count", "Sum"],
            ["A very long name which goes on", "12", "120"],
            ["Shelf", "3", "30"],
            ["Bench", "4", "40"],
            ["Paint", "5", "50"],
        ],
    ),
    "a number that goes on below": (
        [
            *rows_of([["Name", "Number", "Sum"], ["Shelf", "58 59", "30"]], COLUMNS, 200, 30),
            text_line("3217", 410, 258),
            *rows_of([["Bench", "61 40", "40"], ["Paint", "65 12", "50"], ["Total", "", "120"]], COLUMNS, 288, 30),
        ],
        [],
        [
            ["Name", "Number", "Sum"],
            ["Shelf", "58 59 3217", "30"],
            ["Bench", "61 40", "40"],
            ["Paint", "65 12", "50"],
            ["Total", "", "120"],
        ],
    ),
    "texts as long as prose between three rules": (
        [
            *rows_of([["Variable", "Assumption"]], (110, 620), 200),
            *(
                line
                for at, name in enumerate(("Population", "Ages to 24", "Ages to 29", "Ages to 34", "Ages to 44"))
                for line in rows_of([[name, f"Projection: mean growth of 0.{at} a year"]], (110, 400), 240 + 24 * at)
            ),
        ],
        [(100, 190, 900, 190), (100, 230, 900, 230), (100, 366, 900, 366)],
        [
            ["Variable", "Assumption"],
            *(
                [name, f"Projection: mean growth of 0.{at} a year"]
                for at, name in enumerate(("Population", "Ages to 24", "Ages to 29", "Ages to 34", "Ages to 44"))
            ),
        ],
    ),
    "a sum without a name": (
        [
            *rows_of(LONGER[:3], COLUMNS, 200),
            text_line("1099.00", 610, 320),
            *rows_of(LONGER[4:], COLUMNS, 350),
        ],
        [],
        [*LONGER[:3], ["", "", "1099.00"], *LONGER[4:]],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_table_has_the_cells_that_a_person_sees(name: str) -> None:
    lines, rules, texts = LAYOUTS[name]
    page = structure(lines, draw_rules(*rules) if rules else None)
    check_whole(page, lines)
    assert [texts_of(page, number) for number in range(len(page.tables))] == [texts]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_table_may_lie_on_its_side(quarters: int) -> None:
    page, picture = turn_page(make_page(rows_of(TEXTS, COLUMNS, 200)), draw_rules(*GRID), quarters)
    structured = structure_page(page, picture)
    assert texts_of(structured) == TEXTS
    [table] = structured.tables
    for cell in table.cells:
        for at in cell.lines:
            x0, y0, x1, y1 = structured.lines[at].bbox
            assert cell.bbox[0] <= (x0 + x1) / 2 <= cell.bbox[2]
            assert cell.bbox[1] <= (y0 + y1) / 2 <= cell.bbox[3]


def aslant(polygon: Polygon, turn: np.ndarray) -> Polygon:
    return tuple((x, y) for x, y in (np.array(polygon) @ turn).tolist())


def test_a_table_may_lie_aslant() -> None:
    angle = np.deg2rad(2.0)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    lines = []
    for line in rows_of(TEXTS, COLUMNS, 200):
        words = tuple(Word(word.text, 0.9, aslant(word.polygon, turn)) for word in line.words)
        lines.append(Line(line.text, 0.9, aslant(line.polygon, turn), "Latn", 0, words))
    matrix = np.concatenate([turn.T, np.zeros((2, 1))], axis=1)
    picture = cv2.warpAffine(draw_rules(*GRID), matrix, (1000, 1400), borderValue=(255, 255, 255))
    assert texts_of(structure(lines, picture)) == TEXTS


def test_a_table_beside_one_that_lies_on_its_side() -> None:
    upright = rows_of(TEXTS, COLUMNS, 200)
    turned, _ = turn_page(make_page(rows_of(TEXTS, COLUMNS, 200)), draw_rules(), 1)
    page = structure(upright + list(turned.lines), None)
    assert len(page.lines) == 22


def test_several_tables_and_text_stand_in_order() -> None:
    lines = [
        *paragraph(100, 100, 700, 3),
        *rows_of(TEXTS, COLUMNS, 200),
        *paragraph(100, 400, 700, 4),
        *rows_of(TEXTS, COLUMNS, 600),
    ]
    picture = draw_rules(*GRID, *grid_rules(XS, [y + 400 for y in YS]))
    shuffled = [lines[at] for at in np.random.default_rng(1).permutation(len(lines))]
    page = structure(shuffled, picture)
    assert [block.kind for block in page.blocks] == ["paragraph", "table", "paragraph", "table"]
    assert texts_of(page, 0) == texts_of(page, 1) == TEXTS


def test_a_table_beside_prose_ends_where_the_prose_begins() -> None:
    beside = [text_line(STORY[0][at % 9 : 50], 500, 100 + 26 * at) for at in range(24)]
    beside[11] = text_line("References", 620, 100 + 26 * 11)
    rows = [["Oldtown", f"{at + 11},120 45.{at % 10} (40.1-48.{at % 10})"] for at in range(20)]
    page = structure(rows_of(rows, (40, 180), 150, 26) + beside)
    assert [(table.rows, table.columns) for table in page.tables] == [(20, 4)]
    assert page.tables[0].bbox[2] < 500


def test_the_edge_of_the_paper_parts_no_columns() -> None:
    """The shadow of a receipt's edge, and what was read of the ground beside it."""
    goods = [["Bread", "2.80"], ["Apples 1 kg", "3.47"], ["Coffee", "6.49"], ["Total", "12.76"], ["Cash", "20.00"]]
    lines = [*rows_of(goods, (140, 500), 500, 30), text_line("—", 70, 620)]
    page = structure(lines, draw_rules((120, 60, 120, 1300)))
    assert texts_of(page) == [*goods[:4], ["— Cash", "20.00"]]


BILL = [
    ["Item", "Pieces", "Price", "Sum"],
    ["Oak shelf", "2", "485.00", "970.00"],
    ["Bracket", "2", "64.50", "129.00"],
    ["Bench", "1", "725.00", "725.00"],
]
ADDRESS = [
    ["Anna Berg", "Number", "2024-0386"],
    ["Hafenweg", "Date", "Monday"],
    ["Husum", "Customer", "Nord"],
    ["Germany", "Terms", "none"],
]


def test_an_address_above_the_first_rule_is_not_of_the_table_below() -> None:
    columns = (110, 400, 600, 800)
    lines = [*rows_of(ADDRESS, (110, 600, 800), 100, 28), *rows_of(BILL, columns, 250, 28)]
    picture = draw_rules((100, 235, 900, 235), (100, 274, 900, 274), (100, 370, 900, 370))
    page = structure(lines, picture)
    check_whole(page, lines)
    assert texts_of(page, -1) == BILL


def test_a_head_tells_how_many_rows_it_has() -> None:
    lines, rules, _ = LAYOUTS["a head that a rule underlines"]
    assert structure(lines, draw_rules(*rules)).tables[0].head_rows == 2


def test_a_head_beside_heads_of_two_rows_tells_that_both_are_head() -> None:
    heads = [["", "North", "South", "West"], ["Item", "tons", "tons", "pieces"]]
    goods = [["Oak", "4", "12", "1"], ["Steel", "8", "3", "20"], ["Paint", "2", "19", "7"]]
    lines = rows_of([*heads, *goods], (110, 320, 500, 680), 200)
    level = [(left, y, 800, y) for left, y in ((100, 190), (290, 230), (100, 270), (100, 390))]
    (table,) = structure(lines, draw_rules(*level)).tables
    assert (table.rows, table.head_rows) == (5, 2)


def test_a_table_from_right_to_left_counts_columns_from_the_right() -> None:
    lines = rows_of([["שולחן", "סכום"], ["כיסא", "מחיר"], ["ארון", "יחידה"]], (410, 110), 200)
    page = structure(lines, draw_rules(*grid_rules((100, 400, 800), YS[:4])))
    assert texts_of(page) == [["שולחן", "סכום"], ["כיסא", "מחיר"], ["ארון", "יחידה"]]


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
STORY = ("the harbour was empty when we came down to the quay in the morning",)


def narrow_columns(texts: Sequence[str], lefts: Sequence[float], lines: int) -> list[Line]:
    """Columns of short lines that stand level with those beside them, each begun elsewhere in the text."""
    return [
        text_line(texts[(at + 2 * number) % len(texts)], x, 100 + 26 * at)
        for number, x in enumerate(lefts)
        for at in range(lines)
    ]


NARROW = ("harbour,", "when we", "came", "morning", "Tuesday", "and the", "crew", "asleep.")
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


def test_a_table_in_hebrew_is_read_from_the_right() -> None:
    texts = [["סכום", "מחיר", "פריט"], ["970", "485", "מדף"], ["129", "64", "וו"], ["9", "9", "צבע"]]
    page = structure(rows_of(texts, COLUMNS, 200), draw_rules(*GRID))
    assert texts_of(page) == [row[::-1] for row in texts]
    assert [line.text for line in page.lines] == [text for row in texts for text in row[::-1]]
