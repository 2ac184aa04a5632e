"""What is left out of text that is read on from page to page, and what stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.writer_documents import make_document, make_page

from e2eocr.errors import UsageError
from e2eocr.results import Block, BlockKind, Document, Page
from e2eocr.writers import FORMATS, read_json, write_document
from e2eocr.writers.furniture import leave_out_furniture

CHANGED = ["txt", "md", "docx"]


def page_of(*parts: tuple[str, BlockKind], index: int = 0) -> Page:
    """A page with a block for each text, of the kind beside it."""
    page = make_page(300, 200, *(text for text, _ in parts), index=index)
    lines = tuple(replace(line, block=at) for at, line in enumerate(page.lines))
    blocks = tuple(Block(kind, lines[at].bbox, (at,)) for at, (_, kind) in enumerate(parts))
    return replace(page, lines=lines, blocks=blocks)


def with_numbers(*numbers: str) -> Document:
    """A document whose pages have such numbers."""
    pages = [page_of(("text", "paragraph"), (text, "page-number"), index=at) for at, text in enumerate(numbers)]
    return make_document(*pages)


BOOK = make_document(
    *(
        page_of(
            ("Harbour Report", "header"),
            (f"Ships of {1990 + at}", "heading"),
            ("They came late.", "paragraph"),
            ("printed here", "footer"),
            (f"– {at + 7} –", "page-number"),
            index=at,
        )
        for at in range(2)
    )
)


def test_headers_footers_and_numbers_are_left_out() -> None:
    text = write_document(BOOK, "txt", page_furniture="leave-out").decode()
    assert text == "Ships of 1990\n\nThey came late.\n\fShips of 1991\n\nThey came late.\n"


def test_they_are_kept_unless_it_is_asked_for() -> None:
    text = write_document(BOOK, "md").decode()
    assert "Harbour Report" in text
    assert "printed here" in text
    assert "– 7 –" in text


@pytest.mark.parametrize("format", [name for name, format in FORMATS.items() if not format.needs_source])
def test_which_formats_are_changed(format: str) -> None:
    changed = write_document(BOOK, format, page_furniture="leave-out") != write_document(BOOK, format)
    assert changed == (format in CHANGED)


@pytest.mark.parametrize(
    ("numbers", "left_out"),
    [
        (["7", "8"], True),
        # Pictures of two pages each; a page without a number between.
        (["12", "14"], True),
        (["7", "", "9"], True),
        (["iii", "IV"], True),
        (["Page 1 of 2", "Page 2 of 2"], True),
        # A lone number may be a year, or an amount; so may numbers that do not count on.
        (["1995"], False),
        (["1995", "1994"], False),
        (["12", "40"], False),
    ],
)
def test_numbers_that_count_on_are_left_out(numbers: list[str], left_out: bool) -> None:
    kept = [line.text for page in leave_out_furniture(with_numbers(*numbers)).pages for line in page.lines]
    assert all((text in kept) != left_out for text in numbers if text)


def test_what_is_left_is_still_a_document() -> None:
    bare = leave_out_furniture(BOOK)
    assert read_json(write_document(bare, "json")) == bare
    assert [[line.block for line in page.lines] for page in bare.pages] == [[0, 1], [0, 1]]


def test_a_page_of_furniture_alone_keeps_its_place() -> None:
    document = make_document(page_of(("Harbour Report", "header")), page_of(("text", "paragraph"), index=1))
    assert write_document(document, "txt", page_furniture="leave-out") == b"\n\ftext\n"


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(UsageError, match="keep, leave-out"):
        write_document(BOOK, "md", page_furniture="drop")
