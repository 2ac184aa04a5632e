"""Overlay and report; documents of every odd kind in every format; a format without its source."""

from __future__ import annotations

import csv
import functools
import html
import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pikepdf
import pytest
from doubles.golden import alto_schema as alto_schema
from doubles.golden import page_schema as page_schema
from doubles.writer_documents import box, make_document, make_page, save_picture
from lxml import etree
from PIL import Image

from e2eocr.errors import UsageError
from e2eocr.results import Block, Document, Line, Page, Word
from e2eocr.writers import FORMATS, write_document
from e2eocr.writers.confidence import COLOURS
from e2eocr.writers.markdown import join_lines

VOID = {"meta", "img", "br"}
STRANGE = "a\x00b\x1fc\ud800d\u2028e\ufffff<&>\"'\U0001f600]]>\u202e"


class Report(HTMLParser):
    """Holds that every element is closed in turn; keeps text and the classes of words and boxes."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.classes: list[str] = []
        self.links: list[str] = []
        self.feed(data.decode("utf-8"))
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        values = dict(attrs)
        self.classes.append(f"{tag}.{values.get('class')}")
        self.links += [values[name] or "" for name in ("src", "href") if name in values]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] in (["span"], ["mark"]):
            self.words += data.split()


def make_levels(path: Path) -> Document:
    """A page with a word of each level of confidence."""
    save_picture(path, 300, 200)
    words = tuple(
        Word(text, confidence, box(20 + 90 * at, 100, 90 + 90 * at, 130))
        for at, (text, confidence) in enumerate([("sure", 0.99), ("<so>", 0.8), ("bad", 0.1)])
    )
    return make_document(
        Page(0, 300, 200, dpi=100.0, lines=(Line("sure <so> bad", 0.5, box(20, 100, 270, 130), words=words),))
    )


def test_overlay_shows_boxes_by_confidence(tmp_path: Path) -> None:
    document = make_levels(tmp_path / "a.png")
    image = np.asarray(Image.open(io.BytesIO(write_document(document, "overlay", tmp_path / "a.png"))))
    assert image.shape == (200, 300, 3)
    for at, level in enumerate(COLOURS):
        assert tuple(image[115, 20 + 90 * at]) == COLOURS[level]
    assert tuple(image[180, 290]) == (230, 230, 230)  # the page itself


def test_overlay_of_several_pages(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (100, 80), (0, 0, 200)), Image.new("RGB", (150, 60), (0, 200, 0))]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    lost = Page(2, 0, 0, status="failed", error="is torn")
    two = make_document(make_page(100, 80), make_page(150, 60, index=1))
    image = np.asarray(Image.open(io.BytesIO(write_document(two, "overlay", tmp_path / "a.tif"))))
    assert image.shape == (80 + 12 + 60, 150, 3)
    assert tuple(image[10, 10]) == (0, 0, 200)
    assert tuple(image[-10, 140]) == (0, 200, 0)
    # A page that could not be read has a place of its own.
    frames.append(frames[0])
    frames[0].save(tmp_path / "b.tif", save_all=True, append_images=frames[1:])
    three = replace(two, pages=(*two.pages, lost))
    assert Image.open(io.BytesIO(write_document(three, "overlay", tmp_path / "b.tif"))).size == (
        600,
        80 + 60 + 200 + 24,
    )


def test_report(tmp_path: Path) -> None:
    document = make_levels(tmp_path / "a.png")
    report = Report(write_document(document, "html", tmp_path / "a.png"))
    assert report.words[-3:] == ["sure", "<so>", "bad"]
    assert [name for name in report.classes if name.startswith("mark")] == ["mark.middle", "mark.low"]
    assert [name for name in report.classes if name.startswith("polygon")] == [f"polygon.{level}" for level in COLOURS]
    # Nothing is fetched from elsewhere.
    assert all(link.startswith(("#", "data:image/jpeg;base64,")) for link in report.links)


def test_report_has_what_stands_on_one_row_on_one_row(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png", 300, 200)
    places = {"TOTAL": (20, 40), "24,29": (200, 40), "Thanks": (20, 90)}
    lines = tuple(Line(text, 0.99, box(x, y, x + 80, y + 20)) for text, (x, y) in places.items())
    block = Block("paragraph", (20, 40, 280, 110), (0, 1, 2))
    document = make_document(Page(0, 300, 200, dpi=100.0, lines=lines, blocks=(block,)))
    report = write_document(document, "html", tmp_path / "a.png").decode("utf-8")
    rows = re.sub(r"<(?!br)[^>]*>", "", report[report.index('<div class="text">') :]).split("<br>")
    assert [row.split() for row in rows[:-1]] == [["TOTAL", "24,29"], ["Thanks"]]


def test_report_tells_what_was_lost(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png", 30, 20)
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:-40])
    page = Page(0, 0, 0, status="failed", error="is torn & gone")
    data = write_document(make_document(page), "html", tmp_path / "a.png")
    assert "is torn & gone" in html.unescape(data.decode("utf-8"))


@functools.cache
def odd_documents() -> dict[str, Document]:
    plain = make_page(300, 200, "word")
    word = Word(STRANGE, 0.5, box(0, 0, 9, 9))
    strange = Page(0, 300, 200, dpi=100.0, lines=(Line(STRANGE, 0.5, box(0, 0, 9, 9), words=(word,)),))
    many = Page(
        0,
        300,
        200,
        dpi=100.0,
        lines=tuple(Line("word two", 0.5, box(1, 1, 9, 9), block=at // 9) for at in range(10_000)),
    )
    return {
        "no pages": make_document(),
        "no lines": make_document(make_page(300, 200)),
        "strange characters": make_document(strange, name=STRANGE),
        "10,000 lines": make_document(many),
        "no dpi": make_document(replace(plain, dpi=None)),
        "zero dpi": make_document(replace(plain, dpi=0.0)),
        "lines without words": make_document(
            replace(plain, lines=tuple(replace(each, words=()) for each in plain.lines))
        ),
        "lines without text": make_document(
            replace(plain, lines=(Line("", 0.0, box(0, 0, 0, 0)), Line(" ", 0.0, box(0, 0, 1, 1))))
        ),
        "a page that failed": make_document(Page(0, 0, 0, status="failed", error=STRANGE)),
    }


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow) if "10,000" in kind else kind for kind in odd_documents()]
)
@pytest.mark.parametrize("format", FORMATS)
def test_odd_documents_give_valid_files(
    tmp_path: Path, kind: str, format: str, alto_schema: etree.XMLSchema, page_schema: etree.XMLSchema
) -> None:
    path = save_picture(tmp_path / "a.png", 300, 200)
    document = odd_documents()[kind]
    data = write_document(document, format, path)
    lines = sum(len(page.lines) for page in document.pages)
    if format == "alto" and document.pages:
        alto_schema.assertValid(etree.fromstring(data))
    elif format in ("alto", "hocr"):
        ElementTree.fromstring(data)
    elif format == "tsv":
        rows = list(csv.reader(io.StringIO(data.decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE))
        assert {len(row) for row in rows} == {12}
        assert sum(row[0] == "4" for row in rows) == lines
    elif format == "html":
        Report(data)
    elif format == "overlay":
        Image.open(io.BytesIO(data)).load()
    elif format in ("labelme", "page"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        assert len(files) == 2 * len(document.pages)
        for name, content in files.items():
            if name.endswith(".xml"):
                page_schema.assertValid(etree.fromstring(content))
            elif name.endswith(".json"):
                assert len(json.loads(content)["shapes"]) == lines
            else:
                Image.open(io.BytesIO(content)).load()
    elif format == "pdf":
        with pikepdf.open(io.BytesIO(data)) as pdf:
            nothing_else = [] if document.pages else ["ERROR: file does not contain any pages"]
            assert set(pdf.check_pdf_syntax()) <= set(nothing_else)
    elif format in ("xlsx", "docx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
    else:
        data.decode("utf-8")


@pytest.mark.parametrize("format", [name for name, format in FORMATS.items() if format.needs_source])
def test_a_format_without_its_source(format: str) -> None:
    with pytest.raises(UsageError, match=rf"a\.png: format '{format}' shows the pages"):
        write_document(make_document(make_page(300, 200)), format)


def test_a_source_of_another_document(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "other.png", 300, 200)
    document = make_document(make_page(300, 200), make_page(300, 200, index=1))
    with pytest.raises(UsageError, match=r"other\.png: has fewer pages than a\.png"):
        write_document(document, "overlay", path)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["one", "two"], "one two"),
        # Parted by the end of the line: whole again.
        (["har-", "bour"], "harbour"),
        (["har\u2010", "bour"], "harbour"),
        (["HAR\u00ad", "BOUR"], "HARBOUR"),
        (["га-", "вань"], "гавань"),
        # A name, a number: the hyphen is its own.
        (["Anna-", "Maria"], "Anna-Maria"),
        (["COVID-", "19"], "COVID-19"),
        # A dash is none.
        (["one -", "two"], "one - two"),
        (["1-", "two"], "1- two"),
        # Scripts without spaces; Korean has them.
        (["港は", "毎朝"], "港は毎朝"),
        (["항구는", "매일"], "항구는 매일"),
        # Nothing on a line.
        (["one", "", "two"], "one two"),
        ([], ""),
    ],
)
def test_lines_of_a_paragraph(lines: list[str], text: str) -> None:
    assert join_lines(lines) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("12) no list", r"12\) no list"),
        ("- no list", r"\- no list"),
        ("> no quote", r"\> no quote"),
        ("a*b_c", r"a\*b\_c"),
        ("3.5 m", r"3\.5 m"),
        ("2024 was", "2024 was"),
    ],
)
def test_markdown_is_text_and_nothing_else(line: str, text: str) -> None:
    page = Page(0, 9, 9, lines=(Line(line, 0.9, box(0, 0, 9, 9)),))
    assert write_document(make_document(page), "md").decode("utf-8") == text + "\n"


def set_lines(*texts: str) -> tuple[Line, ...]:
    """Lines below each other, each character ten pixels wide."""
    return tuple(Line(text, 0.9, box(0, 30 * at, 10 * len(text), 30 * at + 20)) for at, text in enumerate(texts))


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        (("Invoice to", "Café Solbakken", "Østre Strandvej 51"), "Invoice to\\\nCafé Solbakken\\\nØstre Strandvej 51"),
        # Each line ends where the next word has no room any more, the last where the text does.
        (("The harbour was empty", "and no one had come", "down to meet us"), None),
    ],
)
def test_lines_that_end_early_are_lines_of_markdown(texts: tuple[str, ...], text: str | None) -> None:
    page = Page(0, 300, 200, lines=set_lines(*texts))
    assert write_document(make_document(page), "md").decode("utf-8") == (text or " ".join(texts)) + "\n"


def test_markdown_has_a_rule_between_pages() -> None:
    document = make_document(make_page(9, 9, "one"), make_page(9, 9, index=1), make_page(9, 9, "three", index=2))
    assert write_document(document, "md").decode("utf-8") == "one\n\n---\n\n\n\n---\n\nthree\n"
