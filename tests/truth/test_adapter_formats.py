"""Single formats of data sets: what is particular to each."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from doubles.data_sets import (
    ALTO,
    PAGE,
    TEXT,
    corners,
    digits,
    polygon_shape,
    put_alto,
    put_cocotext,
    put_iam,
    put_iam_forms,
    put_idx,
    put_labelme,
    put_page_xml,
    put_picture,
    put_text,
    put_voc,
    put_yolo,
)

from e2eocr.errors import DataError, NothingToReadError
from e2eocr.truth.adapters.checking import Findings
from e2eocr.truth.adapters.opening import DataSet
from e2eocr.truth.adapters.shapes import quad_of_text
from e2eocr.truth.importing import check_data_set, import_data_set
from e2eocr.truth.labelled import find_labelled
from e2eocr.truth.lines import open_lines
from e2eocr.truth.pages import open_pages


def counts(findings: Findings) -> dict[str, int]:
    return {reason: len(names) for reason, names in findings.left_out.items()}


def test_iam_has_the_splits_of_its_makers(tmp_path: Path) -> None:
    findings = import_data_set(DataSet("iam", put_iam(tmp_path / "iam")), tmp_path / "out")
    assert findings.splits == {"train": 1, "test": 1}
    assert open_lines(tmp_path / "out" / "train").texts == ["Total , 12.50"]
    only = find_labelled(Path(f"iam:{tmp_path / 'iam'}#test"))
    assert [(each.group, each.language, each.pages[0].text) for each in only] == [("test", "en", TEXT)]


IAM_WORDS = [
    # As the files have them, as their heads say it, a number, a tag of a sign, a text with a space.
    ("a01-000u-00-00 ok 154 408 768 27 51 AT A", "A"),
    ("a01-000u-00-00 ok 154 1 408 768 27 51 AT A", "A"),
    ("a01-000u-00-00 ok 154 408 768 27 51 CD 1960", "1960"),
    ("a01-000u-00-00 ok 154 408 768 27 51 , ,", ","),
    ("a01-000u-00-00 ok 154 408 768 27 51 NN B. B. C.", "B. B. C."),
]


@pytest.mark.parametrize(("row", "text"), IAM_WORDS)
def test_rows_of_words_of_iam(tmp_path: Path, row: str, text: str) -> None:
    put_picture(tmp_path / "a01-000u-00-00.png")
    put_text(tmp_path / "words.txt", f"#--- words.txt ---#\n{row}\n")
    assert open_lines(Path(f"iam-words:{tmp_path}")).texts == [text]


def test_forms_of_iam_have_places_and_are_partial(tmp_path: Path) -> None:
    page = open_pages(Path(f"iam-forms:{put_iam_forms(tmp_path)}"))[0]
    assert page.partial and [line.text for line in page.placed] == ["Total, 12.50"]
    np.testing.assert_allclose(page.quads, [[[20, 20], [170, 20], [170, 44], [20, 44]]])


def test_strings_of_digits_hold_every_digit_once(tmp_path: Path) -> None:
    images, _ = digits(40)
    labels = np.arange(40, dtype=np.uint8) % 10
    labels[7] = 11
    put_idx(tmp_path / "mnist", images, labels, zipped=True)
    findings = import_data_set(DataSet("mnist-strings", tmp_path / "mnist"), tmp_path / "out")
    assert counts(findings) == {"its label is no digit": 1}
    store = open_lines(tmp_path / "out" / "train")
    assert sorted("".join(store.texts)) == sorted("".join(str(label) for label in labels if label < 10))
    assert 1 <= min(map(len, store.texts)) < max(map(len, store.texts)) <= 10
    again = open_lines(Path(f"mnist-strings:{tmp_path / 'mnist'}"))
    assert sorted(again.texts) == sorted(store.texts)
    first = store[0].image  # eight columns of ink a digit, two to five of paper around each
    assert first[14, 0] == 255 and first.min() == 0
    assert 10 * len(store.texts[0]) + 2 <= first.shape[1] <= 13 * len(store.texts[0]) + 5


BAD_IDX = [
    # Not IDX at all, cut off, cut off within gzip, and no labels beside it.
    ("train-images-idx3-ubyte", b"\x00\x01\x02", "no IDX file"),
    ("train-images-idx3-ubyte", b"\x00\x00\x08\x03" + b"\x00\x00\x00\x09" * 3 + b"\x00" * 20, "should hold 729 bytes"),
    ("train-images-idx3-ubyte.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "cannot be unpacked"),
    ("more-images-idx3-ubyte", b"", "is not beside it"),
]


@pytest.mark.parametrize(("name", "data", "message"), BAD_IDX)
def test_a_corrupt_idx_file_is_named(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    put_idx(tmp_path, *digits(), zipped=False)
    (tmp_path / "train-images-idx3-ubyte").unlink()
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=rf"{name}.*{message}"):
        check_data_set(DataSet("mnist", tmp_path))


def test_as_many_labels_as_pictures(tmp_path: Path) -> None:
    images, labels = digits()
    put_idx(tmp_path, images, labels[:-1], zipped=False)
    with pytest.raises(DataError, match=r"holds 5 pictures, .* 4 labels"):
        check_data_set(DataSet("mnist", tmp_path))


def test_labelme_keeps_places_blocks_and_what_cannot_be_read(tmp_path: Path) -> None:
    page = open_pages(Path(f"labelme:{put_labelme(tmp_path)}"))[0]
    assert [line.block for line in page.placed] == [3, 0, 0]
    np.testing.assert_allclose(page.quads, [corners()] * 3)
    np.testing.assert_allclose(page.ignored, [corners()])


def test_labelme_may_carry_its_picture_and_be_of_another_size(tmp_path: Path) -> None:
    data = base64.b64encode(put_picture(tmp_path / "pictures" / "x.png").read_bytes()).decode()
    doubled = [[2 * x, 2 * y] for x, y in corners()]
    truth = {"shapes": [polygon_shape(TEXT, doubled)], "imageData": data, "imageWidth": 600, "imagePath": "gone.png"}
    put_text(tmp_path / "set" / "a.json", json.dumps(truth))
    page = open_pages(Path(f"labelme:{tmp_path / 'set'}"))[0]
    np.testing.assert_allclose(page.quads, [corners()])
    put_text(tmp_path / "set" / "a.json", json.dumps(truth | {"imageData": "no picture"}))
    with pytest.raises(NothingToReadError, match="picture is missing"):
        check_data_set(DataSet("labelme", tmp_path / "set"))


@pytest.mark.parametrize(("format", "put"), [("voc", put_voc), ("yolo", put_yolo)])
def test_boxes_of_labelimg_are_those_of_the_picture(tmp_path: Path, format: str, put: object) -> None:
    put(tmp_path)  # type: ignore[operator]
    for quad in open_pages(Path(f"{format}:{tmp_path}"))[0].quads:
        np.testing.assert_allclose(quad, corners(), atol=0.01)


NUMBERS = "15,12,200,12,200,50,15,50"
ICDAR_ROWS = [
    # 2015, and what stands there when nobody could read it.
    ([f"{NUMBERS},Total"], [("Total", "", False)]),
    ([f"{NUMBERS},###"], [("###", "", True)]),
    # A text of commas and one of digits.
    ([f"{NUMBERS},1,2,3"], [("1,2,3", "", False)]),
    # MLT, where every row has a script; a text that begins with the name of one is no MLT.
    ([f"{NUMBERS},Latin,Total", f"{NUMBERS},Korean,###"], [("Total", "", False), ("###", "ko", True)]),
    ([f"{NUMBERS},Latin,Total", f"{NUMBERS},Total"], [("Latin,Total", "", False), ("Total", "", False)]),
    # 2013, with commas and with spaces.
    (['15, 12, 200, 50, "Total"'], [("Total", "", False)]),
    (['15 12 200 50 "say \\"1,2,3,4\\""'], [('say \\"1,2,3,4\\"', "", False)]),
    # Other letters at the start, and coordinates that are no whole numbers.
    ([f"{NUMBERS.replace(',12,', ',12.0,')},Total"], [("Total", "", False)]),
]


@pytest.mark.parametrize(("rows", "lines"), ICDAR_ROWS)
def test_rows_of_icdar(tmp_path: Path, rows: list[str], lines: list[tuple[str, str, bool]]) -> None:
    put_picture(tmp_path / "img_1.png")
    put_text(tmp_path / "gt_img_1.txt", "\n".join(rows))
    page = open_pages(Path(f"icdar:{tmp_path}"))[0]
    assert [(line.text, line.language, line.ignore) for line in page.lines] == lines
    for line in page.lines:
        np.testing.assert_allclose(line.polygon, corners())


def test_receipts_of_icdar_have_no_prefix(tmp_path: Path) -> None:
    put_picture(tmp_path / "X00016469612.jpg")
    put_text(tmp_path / "X00016469612.txt", f"{NUMBERS},TOTAL\n")
    put_text(tmp_path / "README.txt", "about the set")
    assert open_lines(Path(f"icdar:{tmp_path}")).texts == ["TOTAL"]


def test_the_lines_of_alto_have_places_languages_and_blocks(tmp_path: Path) -> None:
    page = open_pages(Path(f"alto:{put_alto(tmp_path)}"))[0]
    np.testing.assert_allclose(page.quads, [corners()] * 2)
    assert [(line.language, line.block) for line in page.lines] == [("de", 0), ("", 1)]


def test_alto_in_tenths_of_millimetres(tmp_path: Path) -> None:
    put_picture(tmp_path / "a.png")
    text = ALTO.replace('WIDTH="300" HEIGHT="100"', 'WIDTH="2540" HEIGHT="847"').replace("pixel", "mm10")
    text = text.replace(
        'HPOS="15" VPOS="12" WIDTH="185" HEIGHT="38"', 'HPOS="127" VPOS="101.6" WIDTH="1566.3" HEIGHT="321.7"'
    )
    put_text(tmp_path / "a.xml", text)
    np.testing.assert_allclose(open_pages(Path(f"alto:{tmp_path}"))[0].quads[0], corners(), atol=0.1)


def test_the_lines_of_page_xml_stand_in_reading_order(tmp_path: Path) -> None:
    page = open_pages(Path(f"page:{put_page_xml(tmp_path)}"))[0]
    assert page.text == "Total 12,50\nTotal 12.50"
    np.testing.assert_allclose(page.quads, [corners()] * 2)


def test_page_xml_of_old_and_text_that_runs_down(tmp_path: Path) -> None:
    put_picture(tmp_path / "a.png")
    old = PAGE.replace("2019-07-15", "2010-03-19").replace(
        '<TextLine id="l1">', '<TextLine readingDirection="top-to-bottom">'
    )
    points = "".join(f'<Point x="{2 * x:.0f}" y="{2 * y:.0f}"/>' for x, y in corners())
    old = old.replace('<Coords points="30,24 400,24 400,100 30,100"/>', f"<Coords>{points}</Coords>")
    put_text(tmp_path / "a.xml", old.replace("<ReadingOrder>", "<Ignored>").replace("</ReadingOrder>", "</Ignored>"))
    page = open_pages(Path(f"page:{tmp_path}"))[0]
    assert [(line.text, line.vertical) for line in page.lines] == [(TEXT, False), ("Total 12,50", True)]
    np.testing.assert_allclose(page.quads, [corners()] * 2)


def test_coco_text_keeps_splits_and_places_of_what_is_illegible(tmp_path: Path) -> None:
    findings = import_data_set(DataSet("cocotext", put_cocotext(tmp_path / "set")), tmp_path / "out")
    assert findings.splits == {"train": 1}
    page = open_pages(tmp_path / "out")[0]
    np.testing.assert_allclose(page.quads, [corners()] * 2)
    np.testing.assert_allclose(page.ignored, [corners()])
    assert page.lines[0].language == "en"


def test_one_list_and_pictures_elsewhere(tmp_path: Path) -> None:
    root = put_cocotext(tmp_path / "set")
    (root / "train2014").rename(tmp_path / "pictures")
    listing = root / "cocotext.v2.json"
    with pytest.raises(NothingToReadError, match="picture is missing"):
        check_data_set(DataSet("cocotext", listing))
    assert check_data_set(DataSet("cocotext", listing, pictures=(tmp_path / "pictures",))).lines == 2
    with pytest.raises(NothingToReadError, match="nowhere: is not there"):
        check_data_set(DataSet("cocotext", listing, pictures=(tmp_path / "nowhere",)))


@pytest.mark.parametrize("format", ["annotations", "cocotext"])
@pytest.mark.parametrize(("text", "error"), [("{", DataError), ("[]", NothingToReadError), ("{}", NothingToReadError)])
def test_a_list_that_is_none(tmp_path: Path, format: str, text: str, error: type[Exception]) -> None:
    put_text(tmp_path / "a.json", text)
    with pytest.raises(error, match=str(tmp_path)):
        check_data_set(DataSet(format, tmp_path))


def test_pictures_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        put_picture(tmp_path / folder / "a.png")
    rows = [{"filename": f"{folder}/a.png", "text": folder} for folder in ("one", "two")]
    put_text(tmp_path / "labels.json", json.dumps({"annotations": [*rows, {"filename": "a.png", "text": "which?"}]}))
    findings = check_data_set(DataSet("annotations", tmp_path))
    assert findings.left_out == {"its picture is missing": ["a.png"]} and findings.pictures == 2
    found = find_labelled(Path(f"annotations:{tmp_path}"))
    assert [each.pages[0].text for each in found] == ["one", "two"]


def test_no_picture_is_taken_from_outside(tmp_path: Path) -> None:
    put_picture(tmp_path / "secret.png")
    put_text(
        tmp_path / "set" / "labels.json", json.dumps({"annotations": [{"filename": "../secret.png", "text": "x"}]})
    )
    with pytest.raises(NothingToReadError, match="picture is missing"):
        check_data_set(DataSet("annotations", tmp_path / "set"))


QUADS = [
    # Four corners clockwise begin where the text does, whichever way it runs.
    ([[200, 12], [200, 50], [15, 50], [15, 12]], None, [[200, 12], [200, 50], [15, 50], [15, 12]]),
    # Counter-clockwise, three corners or more than four: the text runs to the right.
    ([[15, 12], [15, 50], [200, 50], [200, 12]], None, corners()),
    ([[200, 50], [15, 50], [15, 12]], None, None),
    ([[100, 12], [200, 12], [200, 50], [15, 50], [15, 12]], None, corners()),
    # Along a baseline: to the right, to the left, down.
    ([[15, 12], [15, 50], [200, 50], [200, 12]], [[20, 45], [190, 45]], corners()),
    ([[15, 12], [15, 50], [200, 50], [200, 12]], [[190, 20], [20, 20]], [[200, 50], [15, 50], [15, 12], [200, 12]]),
    ([[15, 12], [15, 50], [200, 50], [200, 12]], [[20, 15], [20, 45]], [[200, 12], [200, 50], [15, 50], [15, 12]]),
    # Four corners that are no rectangle stay, along the baseline or to the right.
    ([[15, 50], [15, 12], [200, 2], [190, 50]], [[20, 45], [190, 45]], [[15, 12], [200, 2], [190, 50], [15, 50]]),
    ([[15, 12], [15, 50], [190, 50], [200, 2]], None, [[15, 12], [200, 2], [190, 50], [15, 50]]),
    # A baseline of one point, or of none of any length, says nothing.
    ([[15, 12], [200, 12], [200, 50], [15, 50]], [[20, 45], [20, 45]], corners()),
    ([[15, 12], [200, 12], [200, 50], [15, 50]], [[20, 45]], corners()),
]


@pytest.mark.parametrize(("points", "baseline", "expected"), QUADS)
def test_quads_of_outlines(
    points: list[list[float]], baseline: list[list[float]] | None, expected: list[list[float]] | None
) -> None:
    quad = quad_of_text(np.array(points), None if baseline is None else np.array(baseline, np.float32))
    assert quad.shape == (4, 2) and quad.dtype == np.float32
    if expected is not None:
        np.testing.assert_allclose(quad, expected, atol=1e-3)


@pytest.mark.parametrize("corners", [3, 4, 5])
def test_an_outline_of_no_numbers_is_none(corners: int) -> None:
    points = np.arange(2.0 * corners).reshape(-1, 2)
    for odd in (np.nan, np.inf, 1e300):
        assert not np.isfinite(quad_of_text(np.where(points == 2.0, odd, points))).any()


def test_a_slanted_outline_keeps_its_slant(tmp_path: Path) -> None:
    turn = np.array([[np.cos(0.2), np.sin(0.2)], [-np.sin(0.2), np.cos(0.2)]])
    slanted = np.array(corners()) @ turn
    outline = np.insert(slanted, 1, slanted[:2].mean(axis=0), axis=0)
    np.testing.assert_allclose(quad_of_text(outline), slanted, atol=0.01)
