"""What the blocks of a page are, and what shows over several pages."""

from __future__ import annotations

import dataclasses

import pytest
from doubles.layouts import draw_letters, draw_rules, grid_rules, make_page, paragraph, rows_of, text_line

from e2eocr.page.structure import structure_page
from e2eocr.page.structure.across import join_pages
from e2eocr.results import Line, Page

BODY = paragraph(100, 400, 700, 6)
CELLS = rows_of([["Item", "Sum"], ["Shelf", "12"], ["Bench", "34"]], (110, 410), 200)
TABLE_RULES = grid_rules((100, 400, 600), (190, 230, 270, 310))


def kinds(*lines: Line, ruled: bool = False) -> list[tuple[str, int]]:
    picture = draw_rules(*TABLE_RULES) if ruled else None
    return [(block.kind, block.level) for block in structure_page(make_page(lines), picture).blocks]


# Each page is a body of text, and before or after it what is to be told apart.
CASES = {
    "a title": ([text_line("The Harbour", 100, 250, height=38)], [("heading", 1), ("paragraph", 0)]),
    "a heading": ([text_line("The Harbour", 100, 320, height=28)], [("heading", 2), ("paragraph", 0)]),
    "a small heading": ([text_line("The Harbour", 100, 330, height=24)], [("heading", 3), ("paragraph", 0)]),
    "a numbered heading": ([text_line("4.1 The Harbour", 100, 320)], [("heading", 2), ("paragraph", 0)]),
    "text like the rest": ([text_line("The harbour is old.", 100, 320)], [("paragraph", 0), ("paragraph", 0)]),
    "a list with bullets": (
        [text_line(f"• item {name}", 120, 200 + 28 * at) for at, name in enumerate("abc")],
        [("list", 0), ("paragraph", 0)],
    ),
    "a list whose bullets were read close to its items": (
        [text_line(f"•item {name}", 120, 200 + 28 * at) for at, name in enumerate("abc")],
        [("list", 0), ("paragraph", 0)],
    ),
    "a list with numbers": (
        [text_line(f"{at}. item", 120, 200 + 28 * at) for at in range(1, 4)],
        [("list", 0), ("paragraph", 0)],
    ),
    "a list right under what it belongs to": (
        [text_line("These are all:", 100, 200), text_line("• one", 120, 228), text_line("• two", 120, 256)],
        [("paragraph", 0), ("list", 0), ("paragraph", 0)],
    ),
    "the number of the page": ([text_line("- 12 -", 470, 1340)], [("paragraph", 0), ("page-number", 0)]),
    "the number of the page, in words": ([text_line("Page 3 of 7", 450, 1340)], [("paragraph", 0), ("page-number", 0)]),
    "a number within the page": ([text_line("12", 470, 700)], [("paragraph", 0), ("paragraph", 0)]),
    "a footnote": (
        [text_line("1 See the report of the harbour master.", 100, 1200, height=16)],
        [("paragraph", 0), ("footnote", 0)],
    ),
    "a figure's caption": ([text_line("Figure 3: The harbour", 100, 700)], [("paragraph", 0), ("caption", 0)]),
    "a sentence about a figure": (
        [text_line("Figure 3 shows the old harbour.", 100, 700)],
        [("paragraph", 0), ("paragraph", 0)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_block_is(name: str) -> None:
    lines, expected = CASES[name]
    assert kinds(*lines, *BODY) == expected


def test_bold_text_on_a_line_of_its_own_is_a_heading() -> None:
    lines = [text_line("The Harbour", 100, 330), *BODY]
    picture = draw_rules()
    draw_letters(picture, lines[:1], 6)
    draw_letters(picture, BODY)
    page = structure_page(make_page(lines), picture)
    assert [(block.kind, block.level) for block in page.blocks] == [("heading", 3), ("paragraph", 0)]


def test_a_caption_stands_by_its_table() -> None:
    found = kinds(text_line("Table 3 of prices in the year 1996", 110, 150), *CELLS, *BODY, ruled=True)
    assert found == [("caption", 0), ("table", 0), ("paragraph", 0)]


def page_with(index: int, *lines: Line, ruled: bool = False) -> Page:
    picture = draw_rules(*TABLE_RULES) if ruled else None
    return dataclasses.replace(structure_page(make_page(lines), picture), index=index)


def test_what_repeats_at_the_edges_of_pages_is_furniture() -> None:
    pages = [
        page_with(
            at,
            text_line(f"Harbour Report {1990 + at}", 100, 40),
            *BODY,
            text_line("kept by the harbour master", 100, 1340),
            text_line(f"{at + 1}", 800, 1340),
        )
        for at in range(3)
    ]
    for page in join_pages(pages):
        assert [block.kind for block in page.blocks][:2] == ["header", "paragraph"]
        assert "footer" in [block.kind for block in page.blocks]


def test_a_footer_is_read_last_though_its_file_draws_it_first() -> None:
    drawn = [text_line("kept by the harbour master", 100, 1340), *BODY, text_line("Harbour Report", 100, 40)]
    pages = [
        dataclasses.replace(structure_page(make_page(drawn), None, keep_order=True), index=index) for index in range(2)
    ]
    assert pages[0].lines[0].text == drawn[0].text
    for page in join_pages(pages):
        assert [line.text for line in page.lines] == [line.text for line in (drawn[-1], *BODY, drawn[0])]
        assert [block.kind for block in page.blocks] == ["header", "paragraph", "footer"]
        assert [block.lines for block in page.blocks] == [(0,), tuple(range(1, len(BODY) + 1)), (len(BODY) + 1,)]
        assert [line.block for line in page.lines] == [0, *[1] * len(BODY), 2]


def test_what_stands_on_one_page_is_no_furniture() -> None:
    pages = [page_with(0, text_line("Contents", 100, 40), *BODY), page_with(1, text_line("Preface", 100, 40), *BODY)]
    assert [block.kind for page in join_pages(pages) for block in page.blocks] == ["paragraph"] * 4


def test_furniture_stands_at_one_place() -> None:
    pages = [page_with(at, text_line("a line", 100, 20 + 100 * at), *BODY) for at in range(2)]
    assert all(block.kind != "header" for page in join_pages(pages) for block in page.blocks)


@pytest.mark.parametrize(
    ("between", "continues"),
    [
        ([], True),
        ([text_line("7", 470, 1340)], True),  # The number of the page is not between two parts of a table.
        ([text_line("All prices without taxes.", 100, 700)], False),
    ],
)
def test_a_table_goes_on(between: list[Line], continues: bool) -> None:
    pages = join_pages([page_with(0, *CELLS, *between, ruled=True), page_with(1, *CELLS, ruled=True)])
    assert [table.continues for page in pages for table in page.tables] == [continues, False]


def test_tables_with_other_columns_do_not_go_on() -> None:
    other = rows_of([["a", "b", "c"], ["d", "e", "f"]], (110, 310, 510), 200)
    second = structure_page(make_page(other), draw_rules(*grid_rules((100, 300, 500, 600), (190, 230, 270))))
    first, _ = join_pages([page_with(0, *CELLS, ruled=True), second])
    assert second.tables and not first.tables[0].continues


def test_pages_that_failed_join_too() -> None:
    failed = Page(1, 0, 0, status="failed", error="torn")
    assert len(join_pages([page_with(0, *BODY), failed, page_with(2, *BODY)])) == 3
    assert join_pages([]) == ()


def test_columns_of_a_page_in_hebrew_are_read_from_the_right() -> None:
    def column(x: float, word: str) -> list[Line]:
        return [text_line(f"{word} {'שורה ' * 8}{at}", x, 300 + 28 * at) for at in range(12)]

    page = structure_page(make_page([*column(100, "שמאל"), *column(620, "ימין")]), None)
    assert [line.text.split()[0] for line in page.lines] == ["ימין"] * 12 + ["שמאל"] * 12


def test_rows_of_a_page_in_hebrew_are_read_from_the_right() -> None:
    names = ["שם הלקוח", "תאריך", "סכום"]
    rows = [
        (text_line("ערך", 300, 100 + 60 * at), text_line(name, 600, 100 + 60 * at)) for at, name in enumerate(names)
    ]
    page = structure_page(make_page([line for row in rows for line in row]), None)
    assert [line.text for line in page.lines] == [text for name in names for text in (name, "ערך")]


def test_room_that_lines_leave_at_their_ends_bridges_no_gutter() -> None:
    """Lines of small print leave room for points that are too faint to be seen: here up to the next column."""
    columns = [paragraph(x, 100, 300, 20) for x in (60, 380, 700)]
    roomy = []
    for line in (line for lines in columns for line in lines):
        (x0, y0), (x1, y1) = line.polygon[0], line.polygon[2]
        x0, x1 = x0 - 10, x1 + 10
        roomy.append(dataclasses.replace(line, polygon=((x0, y0), (x1, y0), (x1, y1), (x0, y1))))
    page = structure_page(make_page(roomy), None)
    lefts = [line.words[0].polygon[0][0] for line in page.lines]
    assert lefts == sorted(lefts)
