"""The rows of tables whose rules are not all seen, and the small picture that rules are looked for in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from doubles.layouts import draw_letters, draw_rules, make_page, rows_of, text_line, texts_of
from doubles.tables import COLUMNS, XS

from e2eocr.page.structure import structure_page
from e2eocr.page.structure.sketch import STRIP, TEXT_PIXELS, shrink
from e2eocr.results import Line

PLACES = (110, 270, 400, 500, 640, 720)
ENTRIES = [[f"harbour {at}", f"{40 + at}.00", f"{90 + at}.00"] for at in range(8)]


@pytest.mark.parametrize("missing", [[5], [2], [3, 6]])
def test_a_rule_that_is_too_faint_to_be_seen_leaves_rows_apart(missing: list[int]) -> None:
    ys = [190 + 40 * at for at in range(9)]
    level = [(XS[0], y, XS[-1], y) for at, y in enumerate(ys) if at not in missing]
    picture = draw_rules(*level, *((x, ys[0], x, ys[-1]) for x in XS))
    (table,) = structure_page(make_page(rows_of(ENTRIES, COLUMNS, 200)), picture).tables
    assert [cell.text for cell in table.cells] == [text for row in ENTRIES for text in row]


@pytest.mark.parametrize(
    ("shape", "side", "small"),
    [((1001, 1503), 2, (500, 751)), ((1000, 1500), 2, (500, 750)), ((1001, 1504), 3, (333, 501)), ((1, 1500), 2, None)],
)
def test_a_small_picture_has_whole_squares_of_pixels(
    shape: tuple[int, int], side: int, small: tuple[int, int] | None
) -> None:
    rows, columns = np.indices(shape)
    squares = ((rows // side + columns // side) % 2 * 255).astype(np.uint8)
    made = shrink(squares, shape[1], 10.0 * side)
    assert made.grey.shape == (small or shape)
    assert made.scale == (side if small else 1)
    if small:
        assert set(np.unique(made.grey).tolist()) == {0, 255}  # no square is mixed with another


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_a_picture_is_made_small_strip_by_strip_as_it_is_whole(factor: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (2 * STRIP + 37, 61, 3), np.uint8)
    small = shrink(picture, picture.shape[1], TEXT_PIXELS * factor).grey
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    rows, columns = (side // factor for side in grey.shape)
    squares = grey[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    np.testing.assert_allclose(small, squares.mean(axis=(1, 3)), atol=0.51)


def test_a_space_of_one_row_parts_no_column() -> None:
    """The last word of a text reaches beyond the others by itself: what is before it is a space between words."""
    names = ["harbourmastersoffice state", *("x" * (12 + at % 8) for at in range(13)), "y" * 30]
    rows = [[name, f"{40 + at}.00"] for at, name in enumerate(names)]
    (table,) = structure_page(make_page(rows_of(rows, (110, 610), 200)), None).tables
    assert [cell.text for cell in table.cells] == [text for row in rows for text in row]


GOODS = [["Bread", "2.80"], ["Apples", "3.47"], ["Coffee", "6.49"], ["Total", "12.76"], ["Cash", "20.00"]]
TAXES = [["Tax code", "Rate", "Amount", "Tax"], ["SR", "6", "12.04", "0.72"], ["ZR", "0", "0.00", "0.00"]]


@pytest.mark.parametrize("is_first", [False, True], ids=["a box under a bill", "a box above a bill"])
def test_what_a_frame_holds_is_no_part_of_the_rows_beside_it(*, is_first: bool) -> None:
    """The far side of the frame is not seen, as where somebody wrote over it, and another rule lies over the bill."""
    top, bill = (140, 290) if is_first else (400, 200)
    lines = [*rows_of(GOODS, (110, 790), bill, 36), *rows_of(TAXES, (120, 340, 560, 790), top, 36)]
    edge = top + 106 if is_first else top - 14
    level = [(100, y, 880, y) for y in (edge, bill - 10)]
    sides = [(x, top - 14, x, top + 106) for x in (100, 880)]
    page = structure_page(make_page(lines), draw_rules(*level, *sides))
    assert [texts_of(page, at) for at in range(2)] == ([TAXES, GOODS] if is_first else [GOODS, TAXES])


def dotted(picture: np.ndarray, y: int, x0: int, x1: int, dash: int, gap: int) -> None:
    for x in range(x0, x1, dash + gap):
        picture[y : y + 2, x : x + dash] = 0


@pytest.mark.parametrize(("dash", "gap"), [(2, 2), (4, 4), (12, 4)])
def test_rows_that_dashes_part_are_no_drawing(dash: int, gap: int) -> None:
    picture = draw_rules()
    for at in range(9):
        dotted(picture, 190 + 40 * at, 100, 800, dash, gap)
    lines = rows_of([["Bread", *row[1:]] for row in ENTRIES], COLUMNS, 200)
    (table,) = structure_page(make_page(lines), picture).tables
    assert (table.rows, table.columns) == (8, 3)


@pytest.mark.parametrize("gap", [2, 4, 6])
def test_dots_that_lead_from_words_to_prices_are_no_drawing(gap: int) -> None:
    picture = draw_rules()
    for at in range(8):
        dotted(picture, 216 + 40 * at, 175, 600, 2, gap)
    lines = rows_of([["Bread", row[2]] for row in ENTRIES], (110, 610), 200)
    (table,) = structure_page(make_page(lines), picture).tables
    assert (table.rows, table.columns) == (8, 2)


COASTS = [
    ["Harbours of the north", ""],
    ["Population of the towns", "41.00"],
    ["Ships", "42.00"],
    ["Harbours of the south", ""],
    ["Population of the towns", "43.00"],
    ["Ships", "44.00"],
    ["Ferries", "45.00"],
]


@pytest.mark.parametrize("is_bold", [False, True])
def test_a_bold_text_alone_in_its_row_is_not_gone_on_below(*, is_bold: bool) -> None:
    """By its length alone it might be: the first word under it had no room behind it."""
    lines = rows_of(COASTS, (110, 500), 200, 30)
    bold = [line for line in lines if line.text.startswith("Harbours")]
    picture = draw_rules((100, 190, 600, 190), (100, 410, 600, 410))
    draw_letters(picture, lines)
    draw_letters(picture, bold, 6 if is_bold else 3)
    found = texts_of(structure_page(make_page(lines), picture))
    assert (found == COASTS) == is_bold
    assert len(found) == (7 if is_bold else 5)


def test_a_few_entries_between_full_rows_go_on_what_stands_above_them() -> None:
    """A time under its date: numbers are not broken, but no row begins without its name and lacks most entries."""
    rows = [["harbour", f"{at + 1}.5.1927", "41.00", f"{at + 1}.6.1928", "7", "12.50"] for at in range(8)]
    times = ["", "15:23", "", "18:40", "", ""]
    lines = [line for at, row in enumerate(rows) for line in rows_of([row], PLACES, 200 + 50 * at)]
    lines += rows_of([times], PLACES, 322) + rows_of([times], PLACES, 472)
    found = texts_of(structure_page(make_page(lines), None))
    assert len(found) == 8
    assert found[2][1] == "3.5.1927 15:23"
    assert found[5][3] == "6.6.1928 18:40"


def test_what_stands_closer_than_rows_do_goes_on_what_stands_above_it() -> None:
    """A year under its day, in a column that few rows fill."""
    few = {2, 5}
    rows = [
        ["harbour", "", "19. 1.", "", "", "7"] if at in few else ["quay", f"{40 + at}.00", "", "3.50", "8.25", "7"]
        for at in range(8)
    ]
    lines = rows_of(rows, PLACES, 200, 50) + [text_line("1971", 415, 200 + 50 * at + 22) for at in few]
    heads = ["Place", "Tons", "Begun", "Crew", "Rate", "Ships"]
    found = texts_of(structure_page(make_page([*rows_of([heads], PLACES, 150), *lines]), None))
    assert [row[2] for row in found] == ["Begun", "", "", "19. 1. 1971", "", "", "19. 1. 1971", "", ""]


def pitched(rows: list[list[list[str]]], within: float, between: float) -> list[Line]:
    """Rows of cells with several lines each, at one distance inside a row and another between rows."""
    lines, top = [], 200.0
    for row in rows:
        depth = max(map(len, row))
        for x, cell in zip(PLACES, row, strict=False):
            lines += [text_line(text, x, top + within * at) for at, text in enumerate(cell)]
        top += within * (depth - 1) + between
    return lines


SPANS = [
    [["harbour", "quay"], ["1 -", "14"], ["41.00"], ["AU-V", "7571"]],
    [["Husum"], ["7"], ["42.00"], ["9"]],
    [["828", "5314"], ["2"], ["43.00"], ["E.M.", "360"]],
    [["Tating"], ["3"], ["44.00"], ["8"]],
    [["Welt"], ["55 -", "58"], ["45.00"], ["6J8"]],
    [["*"], ["4"], ["46.00"], ["7"]],
    [["Garding", "186,0"], ["31", "57"], ["47.00"], ["2"]],
]


def test_rows_stand_farther_apart_than_the_lines_of_a_row() -> None:
    """Numbers in two lines in several columns at once, by a fifth of their height closer than rows are."""
    found = texts_of(structure_page(make_page(pitched(SPANS, 24, 28)), None))
    assert found == [[" ".join(cell) for cell in row] for row in SPANS]


def test_rows_that_stand_in_groups_are_rows() -> None:
    rows = [["quay", f"{at % 4}.5", f"{40 + at}.00", f"{7 * at % 10}"] for at in range(12)]
    lines = [line for at, row in enumerate(rows) for line in rows_of([row], PLACES, 200 + 26 * at + 16 * (at // 4))]
    assert texts_of(structure_page(make_page(lines), None)) == rows


def test_a_text_and_a_year_go_on_between_full_rows() -> None:
    """The text of the first column had to be broken, and few other entries stand beside what is left of it."""
    rows = [["harbour of Husum" if at in (2, 5) else "quay", "1.5.", "41.00", "7", "3.50", "8"] for at in range(8)]
    places = (110, 330, 400, 500, 640, 720)
    lines = [
        line for at, row in enumerate(rows) for line in rows_of([row], places, 200 + 26 * (at + (at > 2) + (at > 5)))
    ]
    lines += rows_of([["Tating", "1894"]], places, 278) + rows_of([["Welt", "1910"]], places, 382)
    found = texts_of(structure_page(make_page(lines), None))
    assert [row[:2] for at, row in enumerate(found) if at in (2, 5)] == [
        ["harbour of Husum Tating", "1.5. 1894"],
        ["harbour of Husum Welt", "1.5. 1910"],
    ]
    assert len(found) == 8


def test_a_crease_through_words_parts_no_column() -> None:
    rows = [["quay", "harbour", f"{90 + at}.00"] for at in range(8)]
    picture = draw_rules((435, 180, 435, 560))
    (table,) = structure_page(make_page(rows_of(rows, COLUMNS, 200)), picture).tables
    left, right = COLUMNS[1] + 5, COLUMNS[1] + 65
    assert all(cell.bbox[0] < left < right < cell.bbox[2] for cell in table.cells if cell.column == 1)
