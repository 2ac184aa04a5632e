"""Pages that carry text beside what they show, read by the shipped models: each kind drawn in ten ways."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from doubles.pdfs import SENTENCES, draw_lines, make_pdf, picture_object, shifted_font, text_at

from e2eocr.documents import TextLayer
from e2eocr.documents.pdf import PDFDocument
from e2eocr.pipeline import Pipeline, load_pipeline
from e2eocr.results import Document
from e2eocr.settings import ReadSettings
from e2eocr.writers import FORMATS, write_document

PICTURED = (
    "Scanned body alpha: the committee met on",
    "12 March and approved the budget of 4,500",
    "marks for repairs.",
)
WAYS = range(10)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load_pipeline(ReadSettings(pdf_engine="pdfium"))


def words_of(document: Document) -> list[str]:
    return [word for page in document.pages for line in page.lines for word in line.text.split()]


def words_in(lines: tuple[str, ...] | list[str]) -> list[str]:
    return " ".join(lines).split()


def unpacked(data: bytes) -> bytes:
    """What stands in the files of an archive, and in any other file as it is."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def ways(draw: Callable[..., None]) -> Callable[..., None]:
    """All ten ways; the first is quick enough for every run."""
    rows = [pytest.param(way, marks=pytest.mark.slow) if way else way for way in WAYS]
    return pytest.mark.parametrize("way", rows)(draw)


def scanned(path: Path, way: int, *, before: str = "", after: str = "", strips: int = 1) -> Path:
    """Lines as a picture on a page, under and over live text; the picture may be stored in strips."""
    size = 22 + 2 * way
    pixels = draw_lines(PICTURED, 24 * size, 8 * size, size)
    rows = np.array_split(np.arange(len(pixels)), strips)
    height, width = 30 + 20 * way, 420
    content, top = before, 600.0
    for number, part in enumerate(rows, start=1):
        tall = 8 * width / 24 * len(part) / len(pixels)
        content += f" q {width} 0 0 {tall + 0.05:.3f} 90 {top - tall - height:.3f} cm /P{number} Do Q"
        top -= tall
    names = " ".join(f"/P{number} {5 + number} 0 R" for number in range(1, strips + 1))
    extra = [picture_object(pixels[part]) for part in rows]
    return make_pdf(path, content + " " + after, extra=extra, resources=f"/XObject<<{names}>>")


@ways
def test_a_little_live_text_does_not_hide_a_scan(tmp_path: Path, pipeline: Pipeline, way: int) -> None:
    head = text_at(90, 740, ["Harbour Office Ltd, 12 Quay Street"] * (1 + way % 3), 9 + way % 4)
    path = scanned(tmp_path / "a.pdf", way, after=head, strips=(1, 3, 40)[way % 3])
    document = pipeline.read(path)
    assert document.pages[0].origin == "mixed"
    assert {line.origin for line in document.pages[0].lines} == {"ocr", "text-layer"}
    wanted = words_in(["Harbour Office Ltd, 12 Quay Street"] * (1 + way % 3)) + words_in(PICTURED)
    assert words_of(document) == wanted
    with pypdfium2.PdfDocument(write_document(document, "pdf", path)) as pdf:  # each word once, live or laid under
        assert sorted(pdf[0].get_textpage().get_text_range().split()) == sorted(wanted)


@ways
def test_text_in_a_font_that_says_something_else_is_read(tmp_path: Path, pipeline: Pipeline, way: int) -> None:
    shift = (1, 2, 3, 5, 7, 11, 13, 29, 0x3A0, 0x4E00 - 0x20)[way]
    font, cmap = shifted_font(shift)
    path = make_pdf(tmp_path / "a.pdf", text_at(70, 700, SENTENCES, 11 + way % 3), extra=[cmap], font=font)
    document = pipeline.read(path)
    assert document.pages[0].origin == "ocr"
    assert words_of(document) == words_in(SENTENCES)


@ways
def test_what_lies_under_a_bar_is_told_in_no_format(tmp_path: Path, pipeline: Pipeline, way: int) -> None:
    size, y = 10 + way, 500 - 11 * way
    secret = text_at(70, y, ["SECRET 123-45-6789"], size)
    cover = f"{'0 g' if way % 2 else '1 g'} 60 {y - size} {14 * size} {2.2 * size} re f 0 g"
    path = make_pdf(tmp_path / "a.pdf", f"{text_at(70, 720, SENTENCES, 12)} {secret} {cover}")
    document = pipeline.read(path)
    assert words_of(document) == words_in(SENTENCES)
    assert b"harbour" in unpacked(write_document(document, "docx", path))  # what is shown is told there
    for name in set(FORMATS) - {"pdf"}:
        assert b"SECRET" not in unpacked(write_document(document, name, path)), name
    with pypdfium2.PdfDocument(write_document(document, "pdf", path)) as pdf:
        assert len(pdf) == 1
        assert pdf[0].get_textpage().get_text_range().split() == words_in(SENTENCES)
        assert pdf[0].render(scale=1).to_numpy().std() > 10  # what is seen is still seen


@ways
def test_white_on_white_is_no_text(tmp_path: Path, pipeline: Pipeline, way: int) -> None:
    unseen = ("1 g {} 0 g", "3 Tr {} 0 Tr", "q 10 10 5 5 re W n {} Q")[way % 3].format(
        text_at(70, 400, ["Not to be seen"], 9 + way)
    )
    document = pipeline.read(make_pdf(tmp_path / "a.pdf", f"{text_at(70, 720, SENTENCES, 12)} {unseen}"))
    assert words_of(document) == words_in(SENTENCES)


@ways
def test_shadows_are_text_once(tmp_path: Path, pipeline: Pipeline, way: int) -> None:
    shift = 0.3 + 0.25 * way
    shadow = f"0.7 g {text_at(70 + shift, 700 - shift, SENTENCES, 12)} 0 g"
    document = pipeline.read(make_pdf(tmp_path / "a.pdf", f"{shadow} {text_at(70, 700, SENTENCES, 12)}"))
    assert words_of(document) == words_in(SENTENCES)


@ways
def test_columns_drawn_row_by_row(tmp_path: Path, pipeline: Pipeline, way: int) -> None:
    size, rows = 8 + way / 4, 9 + way
    left = [f"left {number} of the lines of this column" for number in range(rows)]
    right = [f"right {number} of the lines of that column" for number in range(rows)]
    content = " ".join(
        text_at(x, 720 - 1.3 * size * row, [column[row]], size)
        for row in range(rows)
        for x, column in ((60, left), (330, right))
    )
    document = pipeline.read(make_pdf(tmp_path / "a.pdf", content))
    assert words_of(document) == words_in(left + right)


@ways
def test_a_scan_on_a_page_as_small_as_a_stamp(tmp_path: Path, pipeline: Pipeline, way: int) -> None:
    pixels = draw_lines(SENTENCES, 1300 + 40 * way, 500, 30)
    width, height = 60 + 5 * way, (60 + 5 * way) * 500 / (1300 + 40 * way)
    content, extra = f"q {width} 0 0 {height} 0 0 cm /P Do Q", [picture_object(pixels)]
    path = make_pdf(tmp_path / "a.pdf", content, extra=extra, size=(width, height), resources="/XObject<</P 6 0 R>>")
    found, wanted = words_of(pipeline.read(path)), words_in(SENTENCES)
    # Letter for letter; a comma may be lost at some of these sizes.
    assert [word.rstrip(",") for word in found] == [word.rstrip(",") for word in wanted]


NOTES = [
    b"<</Type/Annot/Subtype/Stamp/Rect[100 100 400 130]/AP<</N 7 0 R>>/F 4>>",
    b"<</Type/Annot/Subtype/Widget/FT/Sig/Rect[100 100 400 130]/AP<</N 7 0 R>>/F 4/T(s)>>",
]
FORM = "/AcroForm<</Fields[6 0 R]/SigFlags 1>>"
LOOK = b"<</Type/XObject/Subtype/Form/BBox[0 0 300 30]/Resources<</Font<</F 5 0 R>>>>/Length 48>>stream\n"
LOOK += b"BT /F 18 Tf 5 8 Td (Approved by Anna) Tj ET      \nendstream"


@pytest.mark.parametrize("note", NOTES, ids=["stamp", "signature"])
def test_what_a_note_shows_is_read(tmp_path: Path, pipeline: Pipeline, note: bytes) -> None:
    path = make_pdf(tmp_path / "a.pdf", text_at(70, 700, SENTENCES), "/Annots[6 0 R]", [note, LOOK], catalog=FORM)
    document = pipeline.read(path)
    assert words_of(document) == [*words_in(SENTENCES), "Approved", "by", "Anna"]
    assert document.pages[0].origin == "mixed"


def test_what_a_form_was_filled_with_stands_beside_its_labels(tmp_path: Path, pipeline: Pipeline) -> None:
    labels = " ".join(
        text_at(70, y, [label]) for label, y in (("Name", 704), ("Town", 654), ("Signed in the office", 500))
    )
    fields = [
        f"<</Type/Annot/Subtype/Widget/FT/Tx/T(f{y})/V({value})/Rect[150 {y} 300 {y + 18}]>>".encode()
        for value, y in (("Anna Berg", 700), ("Oslo", 650))
    ]
    catalog = "/AcroForm<</Fields[6 0 R 7 0 R]/DA(/F 12 Tf)/NeedAppearances true>>"
    path = make_pdf(tmp_path / "a.pdf", labels, "/Annots[6 0 R 7 0 R]", fields, catalog=catalog)
    assert words_of(pipeline.read(path)) == ["Name", "Anna", "Berg", "Town", "Oslo", "Signed", "in", "the", "office"]


@pytest.mark.parametrize("covered", [True, False])
def test_the_text_of_a_page_is_taken_out_once(
    tmp_path: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, covered: bool
) -> None:
    cover = "0 g 60 680 300 34 re f" if covered else ""
    path = make_pdf(tmp_path / "a.pdf", f"{text_at(70, 700, SENTENCES)} {cover}")
    asked: list[int] = []
    text_layer = PDFDocument.text_layer

    def counted(self: PDFDocument, index: int) -> TextLayer | None:
        asked.append(index)
        return text_layer(self, index)

    monkeypatch.setattr(PDFDocument, "text_layer", counted)
    document = pipeline.read(path)
    assert document.pages[0].covers_text is covered
    written = write_document(document, "pdf", path)
    assert asked == [0]
    assert (written == path.read_bytes()) is not covered


# A row of contents: what stands between an entry and its page.
LEADERS = [
    " " + "." * 60 + " ",
    " " + ". " * 40,
    "." * 30,
    " " + "\\267" * 40 + " ",
    " " + " . " * 25,
    "....",
    " " + "\\205" * 12 + " ",
]


@pytest.mark.parametrize("leader", LEADERS)
@pytest.mark.parametrize("size", [9, 13])
def test_contents_with_leaders_are_the_texts_own(tmp_path: Path, pipeline: Pipeline, leader: str, size: int) -> None:
    rows = [(f"{title} {number}") for number, title in enumerate(("Introduction", "Methods", "Results", "Index"), 3)]
    drawn = [row.replace(" ", leader, 1) for row in rows]
    document = pipeline.read(make_pdf(tmp_path / "a.pdf", text_at(60, 700, drawn, size)))
    assert document.pages[0].origin == "text-layer"
    assert words_of(document) == words_in(rows)


def test_a_scan_above_live_text_is_read_before_it(tmp_path: Path, pipeline: Pipeline) -> None:
    path = scanned(tmp_path / "a.pdf", 0, before=text_at(90, 300, SENTENCES))
    assert words_of(pipeline.read(path)) == words_in(PICTURED + SENTENCES)


@pytest.fixture(scope="module")
def reader() -> Pipeline:
    """Reads the picture, drawn by poppler where that draws something."""
    return load_pipeline(ReadSettings(text_layer="ignore"))


@ways
def test_a_dark_picture_below_hides_no_text(tmp_path: Path, pipeline: Pipeline, reader: Pipeline, way: int) -> None:
    pixels = np.full((50, 50), 10 * way, np.uint8)
    pixels[2:48, 4:6] = pixels[2:3, 4:43] = pixels[24:25, 4:29] = 125
    size, title = 9 + way % 5, "What follows is an image embedded as a form:"
    content = f"{text_at(57, 770, [title], size)} q 480 0 0 {620 - 40 * way} 57 {130 + 40 * way} cm /P Do Q"
    path = make_pdf(tmp_path / "a.pdf", content, extra=[picture_object(pixels)], resources="/XObject<</P 6 0 R>>")
    wanted = words_in([title])
    assert words_of(pipeline.read(path)) == wanted
    assert words_of(reader.read(path))[: len(wanted)] == wanted  # a corner of the F in the picture may pass for an L


# What makes poppler leave out all text without failing, and PDFium not.
BROKEN_FONTS = ["undefined 10 Tf", "nosuch 1 Tf", "/X 10 Tf", "/F nosuch 10 Tf", "undefined undefined 9 Tf"]


# At this size, `shillings` in clean sans is read with one l.
ONE_L = pytest.param(9, marks=[pytest.mark.slow, pytest.mark.xfail(raises=AssertionError, strict=False)])


@pytest.mark.parametrize("way", [0, *(pytest.param(way, marks=pytest.mark.slow) for way in WAYS[1:-1]), ONE_L])
def test_what_poppler_leaves_out_is_drawn_by_another(tmp_path: Path, reader: Pipeline, way: int) -> None:
    broken, size = BROKEN_FONTS[way % 5], 10 + way // 2
    shown = " ".join(f"({line}) Tj T*" for line in SENTENCES)
    font = f"/F {size} Tf" if way % 5 != 2 else ""
    scaled = f"{size / 10} 0 0 {size / 10} 40 {700 - 10 * way} Tm" if way % 5 == 2 else f"40 {700 - 10 * way} Td"
    content = f"q BT {broken} {font} {1.4 * size} TL {scaled} {shown} ET Q"
    assert words_of(reader.read(make_pdf(tmp_path / "a.pdf", content))) == words_in(SENTENCES)
