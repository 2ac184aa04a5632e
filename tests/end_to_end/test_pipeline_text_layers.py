"""What a page becomes that carries its text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from doubles.pipeline import HEIGHT, WIDTH, FixedDocument, fixed_reader

from e2eocr.results import Document, Line, Word

SQUARE = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))


@pytest.fixture
def read_fixed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Document]:
    return fixed_reader(monkeypatch, tmp_path)


def test_a_text_layer_that_is_kept_is_taken_as_it_is(read_fixed: Callable[..., Document]) -> None:
    lines = (Line("carried", 1.0, SQUARE, words=(Word("carried", 1.0, SQUARE),)),)
    first, second = read_fixed(FixedDocument(lines, None), text_layer="keep").pages
    wanted = dataclasses.replace(lines[0], script="Latn", origin="text-layer")
    assert (first.origin, first.lines) == ("text-layer", (wanted,))
    assert (first.width, first.height, first.dpi) == (WIDTH, HEIGHT, 150.0)
    assert (second.origin, second.lines[0].text, second.lines[0].origin) == ("ocr", "read", "ocr")


def test_a_text_layer_without_ink_on_the_page_is_no_text(read_fixed: Callable[..., Document]) -> None:
    lines = (Line("white on white", 1.0, SQUARE, words=(Word("white on white", 1.0, SQUARE),)),)
    [page] = read_fixed(FixedDocument(lines)).pages
    assert (page.origin, [line.text for line in page.lines]) == ("ocr", ["read"])


def row(text: str, left: float, top: float) -> Line:
    return Line(text, 1.0, ((left, top), (left + 80, top), (left + 80, top + 5), (left, top + 5)))


def test_text_layer_keeps_its_order_and_gets_blocks(
    monkeypatch: pytest.MonkeyPatch, read_fixed: Callable[..., Document]
) -> None:
    # The second paragraph of the page comes first in the PDF.
    monkeypatch.setattr("e2eocr.page.structure.arranging.arrange_lines", lambda quads, **kinds: [[2, 3], [0, 1]])
    lines = (row("c", 10, 80), row("d", 10, 86), row("a", 10, 5), row("b", 10, 11))
    [page] = read_fixed(FixedDocument(lines), text_layer="keep").pages
    assert [line.text for line in page.lines] == ["c", "d", "a", "b"]
    assert [line.block for line in page.lines] == [0, 0, 1, 1]


def test_columns_that_a_pdf_draws_row_by_row_are_read_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, read_fixed: Callable[..., Document]
) -> None:
    monkeypatch.setattr(
        "e2eocr.page.structure.arranging.arrange_lines",
        lambda quads, **kinds: [[0, 2, 4, 6], [1, 3, 5, 7]],
    )
    lines = tuple(
        row(f"{name}{side}", left, 10.0 * at)
        for at, name in enumerate("abcd")
        for side, left in (("l", 10), ("r", 110))
    )
    [page] = read_fixed(FixedDocument(lines), text_layer="keep").pages
    assert [line.text for line in page.lines] == ["al", "bl", "cl", "dl", "ar", "br", "cr", "dr"]


def test_text_layer_can_be_ignored(read_fixed: Callable[..., Document]) -> None:
    lines = (Line("carried", 1.0, SQUARE),)
    [page] = read_fixed(FixedDocument(lines), text_layer="ignore").pages
    assert (page.origin, page.lines[0].text) == ("ocr", "read")
