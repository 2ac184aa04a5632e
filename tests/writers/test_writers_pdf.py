"""Searchable PDF: whole by qpdf, read back by PDFium and poppler, looking as the source looks."""

from __future__ import annotations

import ctypes
import html
import io
import re
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as raw
import pytest
from doubles.golden import CASES, all_words, load_case
from doubles.writer_documents import box, make_document, make_page, save_pdf, save_picture
from PIL import Image

from e2eocr.documents import open_document
from e2eocr.errors import PasswordError
from e2eocr.results import Document, Line, Page, Word
from e2eocr.writers import SourceFile, write_document
from e2eocr.writers.pdf_text import visual_order

POINTS = 72 / 100  # of a pixel: the documents of these tests have 100 dpi
NEAR = 3.0  # points
WORD = re.compile(r'<word xMin="([^"]+)" yMin="([^"]+)" xMax="([^"]+)" yMax="([^"]+)">([^<]*)</word>')
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")

Point = tuple[float, float]
Placed = tuple[str, tuple[float, float, float, float]]


def expected_words(document: Document) -> list[Placed]:
    """The words of the first page, with their boxes in points from the top left of the page as seen."""
    x0y0x1y1 = [word.bbox for word in all_words(document)]
    boxes = [(a * POINTS, b * POINTS, c * POINTS, d * POINTS) for a, b, c, d in x0y0x1y1]
    return list(zip((_whole(word.text) for word in all_words(document)), boxes, strict=True))


def check_pdf(data: bytes) -> None:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []


def pdfium_words(data: bytes) -> list[Placed]:
    """The words of the first page in PDFium's order, with their boxes from the top left of the page as seen."""
    with pypdfium2.PdfDocument(data) as pdf:
        page = pdf[0]
        textpage = page.get_textpage()
        words: list[tuple[str, list[Point]]] = [("", [])]
        for index in range(textpage.count_chars()):
            character = chr(raw.FPDFText_GetUnicode(textpage, index))
            if character.isspace():
                words.append(("", []))
            else:
                left, bottom, right, top = textpage.get_charbox(index, loose=True)
                corners = [_as_seen(page, left, bottom), _as_seen(page, right, top)]
                words[-1] = words[-1][0] + character, words[-1][1] + corners
    return [(_whole(text), _box_around(corners)) for text, corners in words if text]


def _as_seen(page: pypdfium2.PdfPage, x: float, y: float) -> Point:
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    size = round(100 * width), round(100 * height)  # PDFium gives whole numbers: of hundredths of a point
    raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value / 100, down.value / 100


def _box_around(points: list[Point]) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _whole(text: str) -> str:
    """Surrogate pairs as one character, marks in their canonical order."""
    return unicodedata.normalize("NFC", text.encode("utf-16", "surrogatepass").decode("utf-16"))


def poppler(data: bytes, folder: Path, *options: str) -> str:
    path = folder / "read-back.pdf"
    path.write_bytes(data)
    return subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, text=True, check=True).stdout


def poppler_words(data: bytes, folder: Path) -> list[Placed]:
    """The words with their boxes. Here, unlike in plain text, poppler leaves right-to-left ones as they look."""
    found = [match.groups() for match in WORD.finditer(poppler(data, folder, "-bbox"))]
    return [
        (_whole(visual_order(html.unescape(text))), (float(a), float(b), float(c), float(d)))
        for a, b, c, d, text in found
    ]


def assert_near(found: list[Placed], expected: list[Placed]) -> None:
    assert sorted(text for text, _ in found) == sorted(text for text, _ in expected)
    for text, place in expected:
        distances = [np.abs(np.subtract(place, other)).max() for word, other in found if word == text]
        assert min(distances) <= NEAR, text


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> SourceFile:
    """The page of the golden cases: what is drawn on it does not matter here."""
    return SourceFile(save_picture(tmp_path_factory.mktemp("blank") / "blank.png", 700, 600))


@pytest.mark.parametrize("name", CASES)
def test_pdfium_reads_every_word_in_order(name: str, blank: SourceFile) -> None:
    document = load_case(name)
    data = write_document(document, "pdf", blank)
    check_pdf(data)
    found = pdfium_words(data)
    assert [text for text, _ in found] == [text for text, _ in expected_words(document)]
    assert_near(found, expected_words(document))


@needs_poppler
@pytest.mark.parametrize("name", CASES)
def test_poppler_reads_every_word_in_order(name: str, blank: SourceFile, tmp_path: Path) -> None:
    document = load_case(name)
    data = write_document(document, "pdf", blank)
    words = [text for text, _ in expected_words(document)]
    marks = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u200e\u200f"))  # poppler tells the direction by these
    assert _whole(poppler(data, tmp_path)).translate(marks).split() == words
    assert_near(poppler_words(data, tmp_path), expected_words(document))


@pytest.mark.parametrize(
    ("rotate", "media", "crop"),
    [
        (0, None, None),
        # Each way a page can be turned; the size is that of the page as seen.
        (90, None, None),
        (180, None, None),
        (270, None, None),
        (-90, None, None),
        # A box that does not begin at zero, one with its corners the other way round.
        (0, [-50, 100, 310, 316], None),
        (90, [310, 316, -50, 100], None),
        # A crop box within it, and one that reaches beyond it.
        (0, None, [30, 20, 330, 200]),
        (270, None, [30, 20, 330, 200]),
        (0, None, [30, 20, 900, 900]),
    ],
)
def test_pages_of_a_pdf_are_kept(tmp_path: Path, rotate: int, media: list[int] | None, crop: list[int] | None) -> None:
    path = save_pdf(tmp_path / "a.pdf", rotate=rotate, media=media, crop=crop)
    with open_document(path, dpi=100, pdf_engine="pdfium") as opened:
        before = opened.read_page(0)
    height, width = before.pixels.shape[:2]
    document = make_document(make_page(width, height, "upper", "lower"), name="a.pdf", media_type="application/pdf")
    data = write_document(document, "pdf", path)
    check_pdf(data)
    (tmp_path / "b.pdf").write_bytes(data)
    with open_document(tmp_path / "b.pdf", dpi=100, pdf_engine="pdfium") as opened:
        assert np.array_equal(opened.read_page(0).pixels, before.pixels)
    assert_near(pdfium_words(data), expected_words(document))


def test_a_pdf_keeps_the_text_it_has(tmp_path: Path) -> None:
    path = save_pdf(tmp_path / "a.pdf")
    page = make_page(500, 300, "own")
    page = replace(page, origin="text-layer", lines=tuple(replace(line, origin="text-layer") for line in page.lines))
    data = write_document(make_document(page, media_type="application/pdf"), "pdf", path)
    assert pdfium_words(data) == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_pages_as_they_are_seen(tmp_path: Path, orientation: int) -> None:
    path = save_picture(tmp_path / "a.jpg", 300, 200, orientation=orientation)
    with open_document(path) as opened:
        seen = opened.read_page(0).pixels
    height, width = seen.shape[:2]
    data = write_document(make_document(make_page(width, height, "word")), "pdf", path)
    check_pdf(data)
    assert path.read_bytes() in data  # not encoded anew
    with pypdfium2.PdfDocument(data) as pdf:
        assert pdf[0].get_size() == pytest.approx((width * POINTS, height * POINTS), abs=0.01)
        drawn = pdf[0].render(scale=100 / 72, rev_byteorder=True).to_numpy()[:height, :width, :3]
    assert np.abs(drawn.astype(int) - seen).mean() < 3


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("RGB", "a.png"),
        ("L", "a.png"),
        ("1", "a.tif"),  # a bit a pixel stays one
        ("CMYK", "a.jpg"),
    ],
)
def test_other_pictures_go_in_without_loss(tmp_path: Path, mode: str, name: str) -> None:
    path = save_picture(tmp_path / name, 300, 200, mode=mode)
    with open_document(path) as opened:
        seen = opened.read_page(0).pixels
    data = write_document(make_document(make_page(300, 200, "word")), "pdf", path)
    check_pdf(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        [(_, picture)] = pdf.pages[0].obj.Resources.XObject.items()
        assert isinstance(picture, pikepdf.Stream)
        assert np.array_equal(np.asarray(pikepdf.PdfImage(picture).as_pil_image().convert("RGB")), seen)
        assert picture.BitsPerComponent == (1 if mode == "1" else 8)


def test_pages_of_a_tiff_and_one_that_is_lost(tmp_path: Path) -> None:
    frames = [Image.new("L", (200 + 100 * number, 100), 255) for number in range(3)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    lost = Page(1, 0, 0, status="failed", error="is torn")
    document = make_document(make_page(200, 100, "one"), lost, make_page(400, 100, "three", index=2))
    data = write_document(document, "pdf", tmp_path / "a.tif")
    check_pdf(data)
    with pypdfium2.PdfDocument(data) as pdf:
        assert [page.get_textpage().get_text_range().strip() for page in pdf] == ["one", "", "three"]


def test_slanted_and_vertical_lines(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", 400, 400)
    down = ((350.0, 50.0), (350.0, 250.0), (320.0, 250.0), (320.0, 50.0))
    slanted = ((50.0, 100.0), (246.0, 140.0), (240.0, 170.0), (44.0, 130.0))
    lines = tuple(Line(text, 0.9, quad) for text, quad in [("slanted", slanted), ("down", down)])
    document = make_document(Page(0, 400, 400, dpi=100.0, lines=lines))
    data = write_document(document, "pdf", path)
    assert_near(pdfium_words(data), expected_words(document))


@needs_poppler
def test_words_without_spaces_are_found_as_one_text(tmp_path: Path) -> None:
    level = ((40.0, 50.0), (240.0, 50.0), (240.0, 90.0), (40.0, 90.0))
    column = ((350.0, 50.0), (350.0, 250.0), (310.0, 250.0), (310.0, 50.0))
    lines = tuple(Line("数据库2.0，版本", 0.9, quad) for quad in (level, column))
    document = make_document(Page(0, 400, 400, dpi=100.0, lines=lines))
    data = write_document(document, "pdf", save_picture(tmp_path / "a.png", 400, 400))
    with pypdfium2.PdfDocument(data) as pdf:
        assert pdf[0].get_textpage().get_text_range().split() == ["数据库2.0，版本"] * 2
    assert "".join(poppler(data, tmp_path, "-raw").split()) == "数据库2.0，版本" * 2


@pytest.mark.parametrize(
    ("password", "passwords"),
    [("", ()), ("sesame", ("wrong", "sesame"))],  # restricted for all but its owner; locked
)
def test_an_encrypted_pdf_stays_encrypted(tmp_path: Path, password: str, passwords: tuple[str, ...]) -> None:
    path = save_pdf(tmp_path / "plain.pdf")
    with pikepdf.open(path) as pdf:
        pdf.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="owner", user=password))
    source = SourceFile(tmp_path / "a.pdf", passwords)
    document = make_document(make_page(500, 300, "secret"), media_type="application/pdf")
    with pikepdf.open(io.BytesIO(write_document(document, "pdf", source)), password=password) as pdf:
        assert pdf.is_encrypted
    if password:
        with pytest.raises(PasswordError):
            write_document(document, "pdf", tmp_path / "a.pdf")


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for path in (save_picture(tmp_path / "a.jpg", 300, 200), save_pdf(tmp_path / "a.pdf")):
        document = make_document(make_page(500, 300, "word"))
        assert write_document(document, "pdf", path) == write_document(document, "pdf", path)


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ("word", "word"),
        ("שלום", "םולש"),
        ("אב12", "12בא"),  # numbers are not turned
        ("abאב", "abבא"),  # the first letter says where the word begins
        ("(שלום)", "(םולש)"),  # brackets look to the other side
        ("שָ", "ָש"),  # a mark goes with its letter, and comes back behind it
    ],
)
def test_visual_order(word: str, seen: str) -> None:
    assert visual_order(word) == seen


def test_brackets_of_right_to_left_words(blank: SourceFile) -> None:
    """As PDFium has them. Poppler does not know that brackets are mirrored."""
    words = ["(שלום)", "«אב»"]
    data = write_document(make_document(make_page(700, 600, *words)), "pdf", blank)
    assert [text for text, _ in pdfium_words(data)] == words


def test_words_that_stand_in_no_box(tmp_path: Path) -> None:
    """Boxes without width, height or place inside the page still give a sound file."""
    path = save_picture(tmp_path / "a.png", 300, 200)
    words = tuple(Word("x", 0.5, quad) for quad in [box(5, 5, 5, 5), box(9, 9, 9, 30), box(-50, -9, 900, 800)])
    page = Page(0, 300, 200, dpi=100.0, lines=(Line("x x x", 0.5, box(0, 0, 1, 1), words=words),))
    check_pdf(write_document(make_document(page), "pdf", path))


@needs_poppler
@pytest.mark.parametrize("degrees", [-5.0, -1.0, 2.0, 6.0])
def test_slanted_words_stay_whole(tmp_path: Path, degrees: float) -> None:
    """Poppler parts a word whose letters leave their level."""
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    words = []
    for at, text in enumerate(["slanted", "extraordinarily", "lines"]):
        quad = np.array(box(100 + 90 * at, 200, 180 + 90 * at, 224)) @ matrix + (0, 60)
        words.append(Word(text, 0.9, tuple((float(x), float(y)) for x, y in quad)))
    line = Line("slanted extraordinarily lines", 0.9, words[0].polygon, words=tuple(words))
    document = make_document(Page(0, 500, 400, dpi=100.0, lines=(line,)))
    data = write_document(document, "pdf", save_picture(tmp_path / "a.png", 500, 400))
    assert_near(pdfium_words(data), expected_words(document))
    assert_near(poppler_words(data, tmp_path), expected_words(document))


@pytest.mark.parametrize("dpi", [100.0, 1200.0])
def test_words_lie_where_they_were_seen(tmp_path: Path, dpi: float) -> None:
    """Numbers are short, and what rounding leaves over is never added up along a line."""
    chance = np.random.default_rng(1)
    left, words = 40.0, []
    for number in range(60):
        width, slope = chance.uniform(30, 90), 200 + 0.02 * left
        words.append(Word(f"word{number}", 0.9, box(left, slope, left + width, slope + 20)))
        left += width + chance.uniform(4, 16)
    line = Line(" ".join(word.text for word in words), 0.9, box(40, 200, left, 300), words=tuple(words))
    document = make_document(Page(0, 6000, 400, dpi=dpi, lines=(line,)))
    data = write_document(document, "pdf", save_picture(tmp_path / "a.png", 6000, 400))
    found = pdfium_words(data)
    assert [text for text, _ in found] == [word.text for word in words]
    for (_, seen), word in zip(found, words, strict=True):
        distances = np.abs(np.array(seen) * dpi / 72 - word.bbox)
        x0, y0, x1, y1 = word.bbox
        assert (distances <= [0.5, (y1 - y0) / 20, (x1 - x0) / 40 + 0.5, (y1 - y0) / 20]).all(), (word, seen)
