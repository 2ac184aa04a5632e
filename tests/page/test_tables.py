"""Tables: found where they are, and only there, with the rows and columns that a person sees."""

from __future__ import annotations

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
from doubles.tables import COLUMNS, GRID, LONGER, STORY, TEXTS, XS, YS, check_whole, structure

from e2eocr.page.structure import structure_page
from e2eocr.results import Line, Polygon, Word

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


def test_a_table_in_hebrew_is_read_from_the_right() -> None:
    texts = [["סכום", "מחיר", "פריט"], ["970", "485", "מדף"], ["129", "64", "וו"], ["9", "9", "צבע"]]
    page = structure(rows_of(texts, COLUMNS, 200), draw_rules(*GRID))
    assert texts_of(page) == [row[::-1] for row in texts]
    assert [line.text for line in page.lines] == [text for row in texts for text in row[::-1]]
