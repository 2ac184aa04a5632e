"""The text of a document: rows, blocks, pages, and words parted at the ends of lines."""

from __future__ import annotations

import dataclasses
import math

import pytest
from doubles.results import BOX, make_document, make_line, make_page

from e2eocr.results import Block, Cell, Line, Page, Table
from e2eocr.writers import FORMATS, write_document


@pytest.mark.parametrize(
    ("pages", "text"),
    [
        # A line a line, with a line break at the end.
        ([make_page(make_line("one"), make_line("two"))], "one\ntwo\n"),
        # An empty line between blocks.
        ([make_page(make_line("one"), make_line("two", 1), make_line("three", 1))], "one\n\ntwo\nthree\n"),
        # A form feed between pages, none at the end.
        ([make_page(make_line("one")), make_page(make_line("two"))], "one\n\ftwo\n"),
        # A page without text keeps its place.
        ([make_page(make_line("one")), make_page(), make_page(make_line("three"))], "one\n\f\n\fthree\n"),
        # Even a document without text is no empty file.
        ([make_page()], "\n"),
        # Characters that would break lines or pages, and half a surrogate pair, which UTF-8 cannot hold.
        ([make_page(make_line("a\nb\fc\u2028d\ud800e\x00"))], "a b c d\ufffde \n"),
        # Right to left stays in logical order.
        ([make_page(make_line("שלום abc"))], "שלום abc\n"),
    ],
)
def test_text(pages: list[Page], text: str) -> None:
    assert write_document(make_document(*pages), "txt").decode("utf-8") == text


def line_at(text: str, x: float, y: float) -> Line:
    return dataclasses.replace(make_line(text), polygon=((x, y), (x + 20, y), (x + 20, y + 8), (x, y + 8)))


def test_a_row_of_a_table_is_a_line_with_tabs() -> None:
    lines = [line_at(text, x, y) for text, x, y in (("what", 0, 0), ("a\tb", 0, 20), ("c", 50, 20), ("d", 50, 40))]
    cells = (
        Cell(0, 0, "what", BOX, (0,), 1, 2),
        Cell(1, 0, "a\tb", BOX, (1,)),
        Cell(1, 1, "c", BOX, (2,)),
        Cell(2, 0, "", BOX),
        Cell(2, 1, "d", BOX, (3,)),
    )
    page = make_page(*lines, blocks=(Block("table", BOX, (0, 1, 2, 3)),), tables=(Table(BOX, cells),))
    assert write_document(make_document(page), "txt").decode("utf-8") == "what\na b\tc\n\td\n"


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (line_at("2024-0386", 60, 1), "Invoice no.  2024-0386\n"),  # A name and its value stand on one row.
        (line_at("2024-0386", 60, 20), "Invoice no.\n2024-0386\n"),  # The next line does not,
        (line_at("2024-0386", 10, 1), "Invoice no.\n2024-0386\n"),  # nor does one that lies over the first.
    ],
)
def test_lines_on_one_row_are_one_line_of_text(second: Line, text: str) -> None:
    page = make_page(line_at("Invoice no.", 0, 0), second)
    assert write_document(make_document(page), "txt").decode("utf-8") == text


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (24.0, "FG-H00100, of 1  2.80\n"),  # The corners of a short line do not tell exactly how it runs.
        (200.0, "FG-H00100, of 1\n2.80\n"),  # Those of a long one do.
    ],
)
def test_a_short_line_may_be_aslant_on_its_row(width: float, text: str) -> None:
    rise = 0.12 * width
    name = dataclasses.replace(make_line("FG-H00100, of 1"), polygon=((0, 40), (120, 40), (120, 52), (0, 52)))
    corners = ((160, 40), (160 + width, 40 - rise), (160 + width, 52 - rise), (160, 52))
    page = make_page(name, dataclasses.replace(make_line("2.80"), polygon=corners))
    assert write_document(make_document(page), "txt").decode("utf-8") == text


def test_tables_stay_whole_when_words_are_joined() -> None:
    texts = ("har-", "bour", "a-", "b", "c")
    lines = tuple(make_line(text, block=at // 2 if at < 4 else 2) for at, text in enumerate(texts))
    blocks = (Block("paragraph", BOX, (0, 1)), Block("table", BOX, (2, 3)), Block("paragraph", BOX, (4,)))
    table = Table(BOX, (Cell(0, 0, "a-", BOX, (2,)), Cell(0, 1, "b", BOX, (3,))))
    document = make_document(make_page(*lines, blocks=blocks, tables=(table,)))
    assert write_document(document, "txt", dehyphenate=True).decode("utf-8") == "harbour\n\na-\tb\n\nc\n"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        # A parted word stands whole on the first line, and the lines stay.
        (["the har-", "bour is old"], "the harbour\nis old\n"),
        # A line that held nothing but the rest of a word goes.
        (["the har-", "bour", "is old"], "the harbour\nis old\n"),
        # Parted twice.
        (["anti-", "dis-", "establish"], "antidisestablish\n"),
        # A double name keeps its hyphen; a dash is none.
        (["Anna-", "Maria came -", "late"], "Anna-Maria\ncame -\nlate\n"),
        # The end of the text parts nothing.
        (["har-"], "har-\n"),
        (["har-", " "], "har-\n \n"),
    ],
)
def test_dehyphenated_text(lines: list[str], text: str) -> None:
    document = make_document(make_page(*map(make_line, lines)))
    assert write_document(document, "txt", dehyphenate=True).decode("utf-8") == text


def test_words_are_not_joined_across_blocks_and_pages() -> None:
    pages = make_page(make_line("har-"), make_line("bour-", 1)), make_page(make_line("side"), index=1)
    document = make_document(*pages)
    assert write_document(document, "txt", dehyphenate=True) == write_document(document, "txt")


@pytest.mark.parametrize("format", [name for name, format in FORMATS.items() if not format.needs_source])
def test_dehyphenate_changes_text_alone(format: str) -> None:
    document = make_document(make_page(make_line("har-"), make_line("bour")))
    changed = write_document(document, format, dehyphenate=True) != write_document(document, format)
    assert changed == (format == "txt")


@pytest.mark.parametrize("degrees", [-6.0, -0.8, 0.0, 0.8, 6.0])
def test_what_stands_on_one_row_is_one_line_however_aslant_the_page_is(degrees: float) -> None:
    turn = math.radians(degrees)

    def quad(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
        corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
        return tuple(
            (x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn) + 80) for x, y in corners
        )

    places = {
        "Date": (10, 10, 60, 30),
        "5 May": (300, 11, 400, 31),
        "Place": (10, 36, 60, 56),
        "Park": (300, 36, 400, 56),
    }
    lines = [Line(text, 0.9, quad(*box)) for text, box in places.items()]
    assert write_document(make_document(make_page(*lines)), "txt").decode() == "Date  5 May\nPlace  Park\n"
