"""The text a PDF carries: what it says, where it stands, and what is known of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.pdfs import make_pdf, text_at

from e2eocr.documents import LayerLine, open_document
from e2eocr.results import Line

HELLO = "BT /F 20 Tf 50 700 Td (Hello brave world) Tj 0 -30 Td (Second line here) Tj ET"
PARAGRAPH = text_at(50, 700, ["Many words stand on this page in a row"] * 10, 10)
PICTURE = "q 612 0 0 792 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"


def layer_of(path: Path, dpi: float = 72) -> tuple[LayerLine, ...]:
    with open_document(path, dpi=dpi, pdf_engine="pdfium") as document:
        layer = document.text_layer(0)
    return layer.lines if layer else ()


def read(path: Path, dpi: float = 72) -> list[Line]:
    return [each.line for each in layer_of(path, dpi)]


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


def test_lines_and_words_stand_where_they_are_seen(tmp_path: Path) -> None:
    lines = read(make_pdf(tmp_path / "a.pdf", HELLO), dpi=144)
    assert texts(lines) == ["Hello brave world", "Second line here"]
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
    (line,) = (line for line in lines if line.text == "Hello brave world")
    (x0, y0), (x1, y1), *_ = line.polygon
    assert (x0, y0) == pytest.approx(corner, abs=4)
    length = abs(x1 - x0) + abs(y1 - y0)
    assert ((x1 - x0) / length, (y1 - y0) / length) == pytest.approx(direction, abs=0.01)


def test_a_landscape_page_keeps_its_order(tmp_path: Path) -> None:
    content = "BT /F 20 Tf 0 1 -1 0 100 50 Tm (First of the lines) Tj 0 -30 Td (Then the second) Tj ET"
    lines = read(make_pdf(tmp_path / "a.pdf", content, "/Rotate 90"))
    assert texts(lines) == ["First of the lines", "Then the second"]
    assert lines[0].polygon[1][0] > lines[0].polygon[0][0]


def test_text_turned_on_the_page(tmp_path: Path) -> None:
    upwards = "BT /F 20 Tf 0 1 -1 0 300 200 Tm (Written upwards) Tj ET"
    lines = read(make_pdf(tmp_path / "a.pdf", upwards))
    assert texts(lines) == ["Written upwards"]
    (x0, y0), (x1, y1), (x2, _), _ = lines[0].polygon
    assert x1 == pytest.approx(x0, abs=0.1) and y1 < y0 and x2 > x1  # runs up; its foot is on the right


def test_the_crop_box_is_the_page(tmp_path: Path) -> None:
    lines = read(make_pdf(tmp_path / "a.pdf", HELLO, "/CropBox[40 600 300 750]"))
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


def test_a_page_without_text_has_no_layer(tmp_path: Path) -> None:
    assert read(make_pdf(tmp_path / "a.pdf", "0 0 m 100 100 l S")) == []


def test_text_ends_at_the_edges_of_the_page(tmp_path: Path) -> None:
    content = "BT /F 400 Tf -60 -40 Td (WWW) Tj ET"
    [line] = read(make_pdf(tmp_path / "a.pdf", content))
    for x0, y0, x1, y1 in (line.bbox, line.words[0].bbox):
        assert (x0, y1) == (0, 792) and y0 > 0 and x1 == 612


def test_text_beside_the_page_is_left_out(tmp_path: Path) -> None:
    assert read(make_pdf(tmp_path / "a.pdf", PARAGRAPH.replace("50 700", "5000 700"))) == []


# What a page shows, and whether its first line is mapped to Unicode and whether it is hidden.
KINDS = {
    "plain text": (HELLO, True, False),
    "characters of no meaning": ("BT /F 20 Tf 50 700 Td (ab\x01\x03\x04\x05\x06\x01) Tj ET", False, False),
    "invisible text": ("BT 3 Tr" + PARAGRAPH[2:], True, True),
    "text under a picture": (PARAGRAPH + " " + PICTURE, True, True),
    "text on a picture": (PICTURE + " " + PARAGRAPH, True, False),
}


@pytest.mark.parametrize("name", KINDS)
def test_lines_tell_what_they_are(tmp_path: Path, name: str) -> None:
    content, is_sane, is_hidden = KINDS[name]
    first = layer_of(make_pdf(tmp_path / "a.pdf", content))[0]
    assert (first.is_sane, first.is_hidden) == (is_sane, is_hidden)


def test_fonts_of_one_name_are_told_apart_by_their_page(tmp_path: Path) -> None:
    [first, second] = layer_of(make_pdf(tmp_path / "a.pdf", HELLO))
    assert first.font == second.font and first.font.startswith("Helvetica/")


LEADERS = [(" " + dot * count + " ", dot + str(count)) for dot, count in ((".", 30), (". ", 20), (" . ", 9), (".", 4))]


@pytest.mark.parametrize(("leader", "name"), LEADERS, ids=[name for _, name in LEADERS])
def test_leaders_are_no_words(tmp_path: Path, leader: str, name: str) -> None:
    [line] = read(make_pdf(tmp_path / "a.pdf", text_at(50, 700, [f"Introduction{leader}12"])))
    assert [word.text for word in line.words] == ["Introduction", "12"]


@pytest.mark.parametrize("step", [3.4, 5.0, 7.0])
def test_leaders_of_which_each_dot_is_drawn_alone_are_no_words(tmp_path: Path, step: float) -> None:
    dots = " ".join(text_at(120 + step * at, 700, ["."]) for at in range(40))
    content = f"{dots} {text_at(50, 700, ['Introduction'])} {text_at(450, 700, ['12'])}"
    words = [word for line in read(make_pdf(tmp_path / "a.pdf", content)) for word in line.text.split()]
    assert words == ["Introduction", "12"]


def test_dots_that_stand_for_missing_entries_stay(tmp_path: Path) -> None:
    content = " ".join(text_at(60 + 60 * at, 700, ["."]) for at in range(6))
    assert texts(read(make_pdf(tmp_path / "a.pdf", content))) == ["."] * 6


@pytest.mark.parametrize("first", [-30.0, -4.0, 0.0])
def test_a_leader_over_a_name_leaves_it_its_point(tmp_path: Path, first: float) -> None:
    """Objects for the parts of the name, between them the leader that is laid over all of it."""
    start, point = 100.0, 100.0 + 12 * 3.779  # where `example` begins and ends
    leader = text_at(start + first, 700, ["." * 12])
    content = (
        f"{text_at(start, 700, ['example'])} {leader} {text_at(point, 700, ['.'])} {text_at(point + 3.4, 700, ['com'])}"
    )
    words = [word for line in read(make_pdf(tmp_path / "a.pdf", content)) for word in line.text.split()]
    assert "".join(words) == "example.com"


def test_an_ellipsis_is_no_leader(tmp_path: Path) -> None:
    [line] = read(make_pdf(tmp_path / "a.pdf", text_at(50, 700, ["Wait... what"])))
    assert line.text == "Wait... what"


@pytest.mark.parametrize("spacing", [3, 4, 5])
def test_letters_set_apart_are_one_word(tmp_path: Path, spacing: int) -> None:
    content = f"BT /F 12 Tf {spacing} Tc 50 700 Td (Berg- und Talbahn) Tj ET"
    assert texts(read(make_pdf(tmp_path / "a.pdf", content))) == ["Berg- und Talbahn"]


def test_letters_of_a_list_are_not_joined(tmp_path: Path) -> None:
    assert texts(read(make_pdf(tmp_path / "a.pdf", text_at(50, 700, ["A B C D E F"])))) == ["A B C D E F"]


def test_the_preview_shows_the_page_and_boxes_are_drawn_from_it(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", "0 0 1 rg 100 592 50 100 re f " + HELLO, "/Rotate 90")
    with open_document(path, dpi=144, pdf_engine="pdfium") as document:
        layer = document.text_layer(0)
        page = document.read_page(0)
        assert layer is not None and layer.preview.shape == (850, 1100, 3) and layer.scale == 100 / 144
        x0, y0, x1, y1 = box = layer.lines[0].line.bbox
        [drawn] = layer.draw([box])
    wanted = page.pixels[round(y0) : round(y1), round(x0) : round(x1)]
    assert abs(drawn.shape[0] - wanted.shape[0]) <= 2 and abs(drawn.shape[1] - wanted.shape[1]) <= 2
    assert abs(float(drawn.mean()) - float(wanted.mean())) < 12
    assert tuple(layer.preview[167, 833]) != (255, 255, 255)  # the blue box, where the turned page has it


FORM = "/AcroForm<</Fields[6 0 R]/DA(/F 12 Tf)>>"
FIELDS = [  # a field's own entries, and the lines that it gives
    ("/FT/Tx/V(Anna Berg)", ["Anna Berg"]),
    ("/FT/Tx/V(Two\\rlines)", ["Two", "lines"]),
    ("/FT/Ch/Ff 131072/Opt[(red)(blue)]/V(blue)", ["blue"]),
    ("/FT/Tx", []),
    ("/FT/Tx/V(unseen)/F 2", []),
    ("/FT/Btn/V/Yes/AS/Yes", []),
]


@pytest.mark.parametrize(("entries", "wanted"), FIELDS, ids=[entries for entries, _ in FIELDS])
def test_what_is_written_in_fields_is_text(tmp_path: Path, entries: str, wanted: list[str]) -> None:
    field = f"<</Type/Annot/Subtype/Widget/T(name)/Rect[50 50 200 80]{entries}>>".encode()
    lines = read(make_pdf(tmp_path / "a.pdf", HELLO, "/Annots[6 0 R]", [field], catalog=FORM))[2:]
    assert texts(lines) == wanted
    assert all(line.bbox[0] >= 50 and line.bbox[2] <= 200 and 712 <= line.bbox[1] <= 742 for line in lines)
