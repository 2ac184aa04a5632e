"""Writers: exact bytes, the schema, and the way back."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any, get_args

import jsonschema
import pytest
from doubles import REPOSITORY
from doubles.results import BOX, SQUARE, make_document, make_line, make_page
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.errors import UsageError
from e2eocr.results import (
    Block,
    BlockKind,
    Cell,
    Direction,
    Document,
    Line,
    Page,
    Source,
    Table,
    Unread,
    Word,
    hull_quad,
)
from e2eocr.writers import FORMATS, read_json, write_document
from e2eocr.writers.characters import one_line

SCHEMA = json.loads((REPOSITORY / "docs" / "e2eocr-1.schema.json").read_text(encoding="utf-8"))
# Results without these keys are still results.
ADDED_LATER = {
    "page": ["illegible", "unread", "blocks", "tables"],
    "line": ["direction"],
    "word": ["glued"],  # and it is told only where it is so
}
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
A_TABLE = Table(
    BOX,
    (Cell(0, 0, "a", BOX, (0,), column_span=2), Cell(1, 0, "", BOX), Cell(1, 1, "", BOX)),
    head_rows=1,
    continues=True,
)


@pytest.mark.parametrize("origin", ["ocr", "text-layer"])
def test_lines_without_an_origin_have_that_of_their_page(origin: str) -> None:
    plain = json.loads(write_document(make_document(make_page(make_line("word"))), "json"))
    plain["pages"][0]["origin"] = origin
    del plain["pages"][0]["lines"][0]["origin"]
    [page] = read_json(json.dumps(plain).encode()).pages
    assert page.lines[0].origin == origin


def test_json_as_documented() -> None:
    word = Word("Grüße", 0.97123, ((0.04, -0.04), (10.0, 0.0), (10.0, 5.0), (0.0, 5.0)))
    page = make_page(make_line("Grüße", words=(word,)), rotation=90, skew=0.123, illegible=(word.polygon,))
    page = dataclasses.replace(page, unread=(Unread(word.polygon, "illegible"),))
    page = dataclasses.replace(page, blocks=(Block("heading", BOX, (0,), 2),))
    plain = json.loads(write_document(make_document(page), "json"))
    box = {"bbox": [0.0, 0.0, 10.0, 5.0], "polygon": [[0.0, 0.0], [10.0, 0.0], [10.0, 5.0], [0.0, 5.0]]}
    line = {"text": "Grüße", "confidence": 0.98, "script": "Latn", "block": 0, "origin": "ocr", **box}
    assert plain == {
        "format": "e2eocr/1",
        "source": {"path": "a/b.pdf", "sha256": "0" * 64, "bytes": 12345, "media_type": "application/pdf"},
        "engine": {
            "version": "0.1.0",
            "detector": "projection",
            "recognizers": ["alphabetic"],
            "settings": {"dpi": 200.0, "order": "columns"},
        },
        "status": "ok",
        "pages": [
            {
                "number": 1,
                "width": 100,
                "height": 50,
                "dpi": 200.0,
                "rotation": 90,
                "skew": 0.12,
                "status": "ok",
                "error": None,
                "origin": "ocr",
                "lines": [{**line, "words": [{"text": "Grüße", "confidence": 0.9712, **box}], "direction": "ltr"}],
                "illegible": [box["polygon"]],
                "unread": [{**box, "reason": "illegible"}],
                "blocks": [{"kind": "heading", "level": 2, "bbox": box["bbox"], "lines": [0]}],
                "tables": [],
            }
        ],
    }


def test_json_bytes() -> None:
    data = write_document(make_document(make_page(make_line("Grüße"))), "json")
    assert "Grüße".encode() in data  # Readable, not escaped.
    assert data.endswith(b"}\n")
    assert data.count(b"\n") == 1
    assert b"-0.0" not in data


def test_json_refuses_numbers_that_json_has_not() -> None:
    line = dataclasses.replace(make_line("a"), confidence=float("nan"))
    with pytest.raises(ValueError, match="JSON"):
        write_document(make_document(make_page(line)), "json")


@pytest.mark.parametrize(
    ("pages", "status"),
    [
        ([make_page()], "ok"),
        ([make_page(), make_page(status="failed", error="torn")], "partial"),
        ([make_page(status="failed", error="torn")], "failed"),
    ],
)
def test_document_status(pages: list[Page], status: str) -> None:
    assert json.loads(write_document(make_document(*pages), "json"))["status"] == status


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8)
ANY_TEXT = st.text(st.characters(), max_size=8)
UNIT = st.integers(0, 10_000).map(lambda value: value / 10_000)
TENTHS = st.integers(0, 50_000).map(lambda value: value / 10)
POLYGON = st.tuples(*[st.tuples(TENTHS, TENTHS)] * 4)


TENTH_BOX = st.tuples(*[TENTHS] * 4)


def places(count: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Indices of so many lines."""
    return st.lists(st.integers(0, count - 1), max_size=3).map(tuple) if count else st.just(())


def blocks(count: int) -> st.SearchStrategy[Block]:
    return st.builds(Block, st.sampled_from(get_args(BlockKind)), TENTH_BOX, places(count), st.integers(0, 3))


@st.composite
def tables(draw: st.DrawFn, text: st.SearchStrategy[str], count: int) -> Table:
    """A table of up to three rows and columns whose first cell may take several of them."""
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    down, across = draw(st.integers(1, rows)), draw(st.integers(1, columns))
    if rows == down or columns == across:  # or no cell would begin in some row or column
        down = across = 1
    cells = [
        Cell(row, column, draw(text), draw(TENTH_BOX), draw(places(count)))
        for row in range(rows)
        for column in range(columns)
        if row >= down or column >= across or row == column == 0
    ]
    cells[0] = dataclasses.replace(cells[0], row_span=down, column_span=across)
    return Table(draw(TENTH_BOX), tuple(cells), draw(st.integers(0, rows)), draw(st.booleans()))


def lines(text: st.SearchStrategy[str]) -> st.SearchStrategy[Line]:
    word = st.builds(Word, text, UNIT, POLYGON, st.booleans())
    words = st.lists(word, max_size=2).map(tuple)
    script = st.sampled_from(["Latn", "Grek", "Zyyy"])
    directions = st.sampled_from(get_args(Direction))
    return st.builds(Line, text, UNIT, POLYGON, script, st.integers(0, 3), words, direction=directions)


@st.composite
def documents(draw: st.DrawFn, text: st.SearchStrategy[str] = TEXT) -> Document:
    """Any document, with numbers as fine as the format keeps them."""
    pages = []
    for index in range(draw(st.integers(0, 3))):
        error = draw(st.none() | text)
        found = tuple(draw(st.lists(lines(text), max_size=3)))
        page = Page(
            index=index,
            width=draw(st.integers(0, 9999)),
            height=draw(st.integers(0, 9999)),
            dpi=draw(st.none() | st.integers(5000, 120000).map(lambda value: value / 100)),
            rotation=draw(st.sampled_from([0, 90, 180, 270])),
            skew=draw(st.integers(-4500, 4500)) / 100,
            status="ok" if error is None else "failed",
            error=error,
            origin=draw(st.sampled_from(["ocr", "text-layer"])),
            lines=found,
            illegible=tuple(draw(st.lists(POLYGON, max_size=2))),
            blocks=tuple(draw(st.lists(blocks(len(found)), max_size=2))),
            tables=tuple(draw(st.lists(tables(text, len(found)), max_size=2))),
        )
        pages.append(page)
    return dataclasses.replace(make_document(*pages), source=Source(draw(text.filter(bool)), "0" * 64, 1, "image/png"))


def test_a_line_that_bends_has_more_corners_in_json_and_its_quad_in_other_formats() -> None:
    outline = ((10.0, 20.0), (50.0, 10.0), (90.0, 20.0), (90.0, 30.0), (50.0, 20.0), (10.0, 30.0))
    line = dataclasses.replace(make_line("bent"), polygon=hull_quad(outline, 200, 100), outline=outline)
    document = make_document(dataclasses.replace(make_page(line), width=200, height=100))
    plain = json.loads(write_document(document, "json"))
    written = plain["pages"][0]["lines"][0]
    assert [tuple(corner) for corner in written["polygon"]] == list(outline)
    assert written["bbox"] == [10, 10, 90, 30]
    VALIDATOR.validate(plain)
    assert read_json(json.dumps(plain).encode()) == document
    for name in ("alto", "hocr"):
        assert b"50,10" not in write_document(document, name)


@given(documents())
def test_json_round_trip(document: Document) -> None:
    assert read_json(write_document(document, "json")) == document


@given(documents(text=ANY_TEXT))
def test_every_document_is_valid(document: Document) -> None:
    VALIDATOR.validate(json.loads(write_document(document, "json")))
    text = write_document(document, "txt").decode("utf-8")
    assert text.count("\f") == max(len(document.pages) - 1, 0)


@given(ANY_TEXT)
def test_one_line_is_one_line(text: str) -> None:
    cleaned = one_line(text)
    assert len(cleaned.splitlines()) <= 1
    assert one_line(cleaned) == cleaned
    assert len(cleaned) == len(text)


def test_schema_is_a_schema_and_names_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    word = Word("a", 1.0, SQUARE, glued=True)
    plain = json.loads(
        write_document(
            make_document(
                make_page(make_line("a", words=(word,)), blocks=(Block("list", BOX, (0,)),), tables=(A_TABLE,))
            ),
            "json",
        )
    )
    page = plain["pages"][0]
    parts = {
        "source": plain["source"],
        "engine": plain["engine"],
        "page": page,
        "line": page["lines"][0],
        "word": page["lines"][0]["words"][0],
        "block": page["blocks"][0],
        "table": page["tables"][0],
        "cell": page["tables"][0]["cells"][0],
    }
    assert list(plain) == list(SCHEMA["properties"]) == SCHEMA["required"]
    for name, part in parts.items():
        required, added = SCHEMA["$defs"][name]["required"], ADDED_LATER.get(name, [])
        assert list(part) == list(SCHEMA["$defs"][name]["properties"]) == required + added, name


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"format": "e2eocr/2"}, ["format"]),  # Another version.
        ({"status": "good"}, ["status"]),
        ({"pages": [{}]}, ["pages", 0]),  # A page without anything.
    ],
)
def test_schema_refuses(change: dict[str, Any], where: list[str | int]) -> None:
    plain = {**json.loads(write_document(make_document(make_page()), "json")), **change}
    assert where in [list(error.absolute_path) for error in VALIDATOR.iter_errors(plain)]


@pytest.mark.parametrize(
    "data",
    [
        b"",  # Nothing.
        b"[]",  # Not an object.
        b'{"format": "other/1"}',
        b'{"format": "e2eocr/1", "source": {}, "engine": {}, "pages": []}',  # Keys missing.
        b'{"format": "e2eocr/1", "source": 1, "engine": {}, "pages": []}',  # Wrong types.
    ],
)
def test_read_json_refuses(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"Invalid `data`|Expecting value"):
        read_json(data)


def test_unknown_format_lists_the_known() -> None:
    with pytest.raises(UsageError, match=", ".join(FORMATS)):
        write_document(make_document(), "doc")


@pytest.mark.parametrize(
    "cells",
    [
        [(0, 0, 1, 1), (1, 1, 1, 1)],  # Places that no cell takes.
        [(0, 0, 1, 2), (0, 1, 1, 1), (1, 0, 1, 1)],  # One that two cells take.
        [(0, 0, 1_000_000_000, 1), (0, 1, 1_000_000_000, 1)],  # Rows in which none begins.
    ],
)
def test_read_json_refuses_tables_with_holes(cells: list[tuple[int, int, int, int]]) -> None:
    table = Table(BOX, tuple(Cell(row, column, "", BOX, (), *spans) for row, column, *spans in cells))
    data = write_document(make_document(make_page(make_line("a"), tables=(table,))), "json")
    with pytest.raises(ValueError, match="places"):
        read_json(data)


@pytest.mark.parametrize("part", ["blocks", "tables"])
def test_read_json_refuses_lines_that_are_not_there(part: str) -> None:
    page = make_page(make_line("a"), blocks=(Block("list", BOX, (0,)),), tables=(A_TABLE,))
    plain = json.loads(write_document(make_document(page), "json"))
    (plain["pages"][0]["blocks"] if part == "blocks" else plain["pages"][0]["tables"][0]["cells"])[0]["lines"] = [0, 1]
    with pytest.raises(ValueError, match="line 1"):
        read_json(json.dumps(plain).encode())


def test_words_that_are_glued_have_no_space_between_them() -> None:
    document = make_document(make_page(make_line("第3章 Intro")))
    hocr = write_document(document, "hocr").decode()
    texts = re.sub(r"<[^>]+>", "", hocr[hocr.index("<body") :])
    assert texts.split() == ["第3章", "Intro"]
    assert write_document(document, "alto").decode().count("<SP") == 1


def test_a_line_without_direction_has_that_of_its_text() -> None:
    plain = json.loads(write_document(make_document(make_page(make_line("שלום"))), "json"))
    del plain["pages"][0]["lines"][0]["direction"]
    assert read_json(json.dumps(plain).encode()).pages[0].lines[0].direction == "rtl"
