"""The text a PDF carries: where it stands, and when it is not to be trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2eocr.documents import open_document
from e2eocr.results import Line

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
HELLO = "BT /F 20 Tf 50 700 Td (Hello brave world) Tj 0 -30 Td (Second line here) Tj ET"
PICTURE = "q 612 0 0 792 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
PARAGRAPH = "BT /F 10 Tf 12 TL 50 700 Td " + "(Many words stand on this page in a row) Tj T* " * 10 + "ET"


def make_pdf(path: Path, content: str, page: str = "", extra: list[bytes] | None = None) -> Path:
    stream = content.encode("latin-1")
    head = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R{page}>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        head.encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        FONT,
        *(extra or []),
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (number, item) for number, item in enumerate(objects, start=1))
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF")
    return path


def read(path: Path, dpi: float = 72) -> tuple[Line, ...] | None:
    with open_document(path, dpi=dpi, pdf_engine="pdfium") as document:
        return document.text_layer(0, dpi)


def texts(lines: tuple[Line, ...] | None) -> list[str]:
    return [line.text for line in lines or ()]


def test_lines_and_words_stand_where_they_are_seen(tmp_path: Path) -> None:
    lines = read(make_pdf(tmp_path / "a.pdf", HELLO), dpi=144)
    assert texts(lines) == ["Hello brave world", "Second line here"]
    assert lines is not None
    first = lines[0]
    assert [word.text for word in first.words] == ["Hello", "brave", "world"]
    assert first.confidence == 1.0 and first.words[0].confidence == 1.0
    x0, y0, x1, y1 = first.bbox
    assert x0 == pytest.approx(100, abs=5) and y1 == pytest.approx(184, abs=3)  # baseline at (792 - 700) * 2
    assert 20 < y1 - y0 < 40 and 280 < x1 - x0 < 340
    assert first.words[1].bbox[0] > first.words[0].bbox[2]


# Where a line's quad begins and in which direction it runs on the page as seen, for each rotation.
TURNED = [(0, (50, 78), (1, 0)), (90, (714, 50), (0, 1)), (180, (562, 714), (-1, 0)), (270, (78, 562), (0, -1))]


@pytest.mark.parametrize(("rotation", "corner", "direction"), TURNED)
def test_page_rotation_is_applied(
    tmp_path: Path, rotation: int, corner: tuple[int, int], direction: tuple[int, int]
) -> None:
    lines = read(make_pdf(tmp_path / "a.pdf", HELLO, f"/Rotate {rotation}"))
    assert sorted(texts(lines)) == ["Hello brave world", "Second line here"]
    (line,) = (line for line in lines or () if line.text == "Hello brave world")
    (x0, y0), (x1, y1), *_ = line.polygon
    assert (x0, y0) == pytest.approx(corner, abs=4)
    length = abs(x1 - x0) + abs(y1 - y0)
    assert ((x1 - x0) / length, (y1 - y0) / length) == pytest.approx(direction, abs=0.01)


def test_a_landscape_page_keeps_its_order(tmp_path: Path) -> None:
    content = "BT /F 20 Tf 0 1 -1 0 100 50 Tm (First of the lines) Tj 0 -30 Td (Then the second) Tj ET"
    lines = read(make_pdf(tmp_path / "a.pdf", content, "/Rotate 90"))
    assert texts(lines) == ["First of the lines", "Then the second"]
    assert lines is not None and lines[0].polygon[1][0] > lines[0].polygon[0][0]


def test_text_turned_on_the_page(tmp_path: Path) -> None:
    upwards = "BT /F 20 Tf 0 1 -1 0 300 200 Tm (Written upwards) Tj ET"
    lines = read(make_pdf(tmp_path / "a.pdf", upwards))
    assert texts(lines) == ["Written upwards"] and lines is not None
    (x0, y0), (x1, y1), (x2, _), _ = lines[0].polygon
    assert x1 == pytest.approx(x0, abs=0.1) and y1 < y0 and x2 > x1  # runs up; its foot is on the right


def test_the_crop_box_is_the_page(tmp_path: Path) -> None:
    lines = read(make_pdf(tmp_path / "a.pdf", HELLO, "/CropBox[40 600 300 750]"))
    assert lines is not None
    assert lines[0].bbox[0] == pytest.approx(12, abs=4) and lines[0].bbox[3] == pytest.approx(50, abs=3)


def test_columns_far_apart_are_lines_of_their_own(tmp_path: Path) -> None:
    content = "BT /F 12 Tf 50 700 Td (Left cell) Tj 300 0 Td (Right cell) Tj ET"
    assert texts(read(make_pdf(tmp_path / "a.pdf", content))) == ["Left cell", "Right cell"]


def test_hyphenated_words_stay_on_their_lines(tmp_path: Path) -> None:
    content = "BT /F 12 Tf 50 700 Td (A long hyphen-) Tj 0 -14 Td (ated word) Tj ET"
    assert texts(read(make_pdf(tmp_path / "a.pdf", content))) == ["A long hyphen-", "ated word"]


def test_accents_are_composed(tmp_path: Path) -> None:
    content = "BT /F 12 Tf 50 700 Td (Caf\xe9 cr\xe8me br\xfbl\xe9e) Tj ET"
    assert texts(read(make_pdf(tmp_path / "a.pdf", content))) == ["Café crème brûlée"]


NOT_TRUSTED = {
    "no text": "0 0 m 100 100 l S",
    "too few characters": "BT /F 20 Tf 50 700 Td (Page 1) Tj ET",
    "invisible text": "BT 3 Tr" + PARAGRAPH[2:],
    "text under a picture": PARAGRAPH + " " + PICTURE,
    "a stamp on a scan": PICTURE + " " + HELLO,
    "text beside the page": PARAGRAPH.replace("50 700", "5000 700"),
    "control characters": "BT /F 20 Tf 50 700 Td (\x01\x03\x04\x05\x06\x01\x03\x04\x05\x06) Tj ET",
}


@pytest.mark.parametrize("name", NOT_TRUSTED)
def test_a_layer_not_to_be_trusted(tmp_path: Path, name: str) -> None:
    assert read(make_pdf(tmp_path / "a.pdf", NOT_TRUSTED[name])) is None


def test_much_text_on_a_background_picture_is_trusted(tmp_path: Path) -> None:
    assert len(read(make_pdf(tmp_path / "a.pdf", PICTURE + " " + PARAGRAPH)) or ()) == 10


ANNOTATIONS = [  # what lies over the page, and whether the text layer still says it all
    (b"<</Type/Annot/Subtype/FreeText/Rect[50 50 200 80]/Contents(note)/DA(/F 12 Tf)>>", False),
    (b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Anna)/Rect[50 50 200 80]>>", False),
    (b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/Rect[50 50 200 80]>>", True),
    (b"<</Type/Annot/Subtype/Link/Rect[50 50 200 80]>>", True),
]


@pytest.mark.parametrize(("annotation", "trusted"), ANNOTATIONS)
def test_notes_and_filled_fields_are_not_in_the_layer(tmp_path: Path, annotation: bytes, trusted: bool) -> None:
    path = make_pdf(tmp_path / "a.pdf", HELLO, "/Annots[6 0 R]", [annotation])
    assert (read(path) is not None) == trusted
