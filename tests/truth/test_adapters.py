"""Data sets of others: small ones of their true formats, what is taken of them, and what is told of the rest."""

from __future__ import annotations

import json
import sys
import tarfile
import types
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles.data_sets import BOX, TEXT, corners, polygon_shape, put_idx, put_picture, put_text

from e2eocr.cli import main
from e2eocr.errors import DataError, NothingToReadError, OutputError, UsageError
from e2eocr.truth.adapters import ADAPTERS, Adapter
from e2eocr.truth.adapters.base import DataSource, KnownPicture, LeftOut, whole_line
from e2eocr.truth.adapters.checking import Findings
from e2eocr.truth.adapters.opening import DataSet, named_data_set
from e2eocr.truth.importing import check_data_set, import_data_set
from e2eocr.truth.labelled import find_labelled
from e2eocr.truth.lines import open_lines
from e2eocr.truth.pages import open_pages

IAM_XML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<form id="a01-000u" width="300" height="100" writer-id="000">
 <machine-printed-part><machine-print-line text="Total 12.50"/></machine-printed-part>
 <handwritten-part>
  <line id="a01-000u-00" text="Total, 12.50">
   <word id="a01-000u-00-00" text="Total,"><cmp x="20" y="20" width="40" height="22"/>
    <cmp x="62" y="36" width="4" height="8"/></word>
   <word id="a01-000u-00-01" text="12.50"><cmp x="90" y="20" width="80" height="22"/></word>
  </line>
 </handwritten-part>
</form>
"""


def put_iam(root: Path) -> Path:
    put_picture(root / "lines" / "a01" / "a01-000u" / "a01-000u-00.png")
    put_picture(root / "lines" / "a01" / "a01-000u" / "a01-000u-01.png")
    put_picture(root / "words" / "a01" / "a01-000u" / "a01-000u-00-00.png")
    put_picture(root / "words" / "a01" / "a01-000u" / "a01-000u-00-01.png")
    put_picture(root / "forms" / "a01-000u.png")
    head = "#--- lines.txt ---#\n#\n# format: a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE\n#\n"
    rows = "a01-000u-00 ok 154 19 408 746 1661 89 Total|,|12.50\na01-000u-01 err 154 19 408 746 1661 89 Total|12.50\n"
    put_text(root / "ascii" / "lines.txt", head + rows + "a01-000u-02 ok 154 19 408 746 1661 89 lost\na01 ok\n")
    words = "a01-000u-00-00 ok 154 408 768 27 51 AT Total\na01-000u-00-01 err 154 507 766 213 48 NN 12.50\n"
    put_text(root / "ascii" / "words.txt", words)
    put_text(root / "largeWriterIndependentTextLineRecognitionTask" / "trainset.txt", "a01-000u-00\n")
    put_text(root / "largeWriterIndependentTextLineRecognitionTask" / "testset.txt", "a01-000u-01\n")
    return root


def put_iam_forms(root: Path) -> Path:
    put_iam(root)
    put_text(root / "xml" / "a01-000u.xml", IAM_XML)
    return root


def digits(count: int = 5) -> tuple[np.ndarray, np.ndarray]:
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 4:24, 10:18] = 255
    return images, np.arange(count, dtype=np.uint8)


def put_mnist(root: Path) -> Path:
    put_idx(root, *digits(), zipped=True)
    return put_idx(root, *digits(2), zipped=False, stem="t10k")


def put_labelme(root: Path) -> Path:
    put_picture(root / "a.png")
    x0, y0, x1, y1 = BOX
    shapes = [
        polygon_shape(TEXT, group_id=3),
        polygon_shape("text", description=TEXT),
        polygon_shape(TEXT, [[x1, y1], [x0, y0]], shape_type="rectangle"),
        polygon_shape("###"),
        polygon_shape("a dot", [[5, 5]], shape_type="point"),
    ]
    data: dict[str, Any] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": "..\\old\\a.png",
        "imageData": None,
    }
    put_text(root / "a.json", json.dumps(data | {"imageHeight": 100, "imageWidth": 300}))
    put_text(root / "settings.json", json.dumps({"colour": "red"}))
    return root


Put = Callable[[Path], Path]

# Each format: what makes a small set of it, the lines that are taken, single lines among its pictures, what is told.
SETS: list[tuple[str, Put, list[str], int, dict[str, int]]] = [
    ("iam", put_iam, ["Total , 12.50", TEXT], 2, {"picture is missing": 1, "malformed": 1}),
    ("iam", put_iam_forms, ["Total, 12.50", TEXT], 2, {"picture is missing": 1, "malformed": 1}),
    ("iam-words", put_iam, ["Total"], 1, {"badly cut": 1}),
    ("iam-forms", put_iam_forms, [TEXT, "Total, 12.50"], 0, {}),
    ("mnist", put_mnist, ["0", "1", "0", "1", "2", "3", "4"], 7, {}),
    ("labelme", put_labelme, [TEXT, TEXT, TEXT], 0, {"a point has no outline": 1, "no file of Labelme": 1}),
]
every_set = pytest.mark.parametrize(("format", "put", "texts", "cut", "told"), SETS)


def counts(findings: Findings) -> dict[str, int]:
    return {reason: len(names) for reason, names in findings.left_out.items()}


def assert_told(findings: Findings, told: dict[str, int]) -> None:
    found = counts(findings)
    assert len(found) == len(told), found
    for part, number in told.items():
        assert [count for reason, count in found.items() if part in reason] == [number], found


@every_set
def test_a_set_becomes_a_labelled_folder(
    tmp_path: Path, format: str, put: Put, texts: list[str], cut: int, told: dict[str, int]
) -> None:
    findings = import_data_set(DataSet(format, put(tmp_path / "set")), tmp_path / "out")
    assert (findings.lines, findings.cut) == (len(texts), cut)
    assert_told(findings, told)
    documents = find_labelled(tmp_path / "out")
    assert len(documents) == findings.pictures
    assert sorted(text for each in documents for text in each.pages[0].text.split("\n")) == sorted(texts)
    report = json.loads((tmp_path / "out" / "import.json").read_text(encoding="utf-8"))
    assert report["left_out"] == findings.left_out and report["format"] == format
    assert not (tmp_path / "out.part").exists()


@every_set
def test_a_set_goes_straight_into_evaluation_and_training(
    tmp_path: Path, format: str, put: Put, texts: list[str], cut: int, told: dict[str, int]
) -> None:
    path = Path(f"{format}:{put(tmp_path / 'set')}")
    documents = find_labelled(path)
    assert sorted(text for each in documents for text in each.pages[0].text.split("\n")) == sorted(texts)
    assert all(document.path.is_file() for document in documents)
    assert len({document.name for document in documents}) == len(documents)
    store = open_lines(path)
    placed = [line.text for page in (each.pages[0] for each in documents) for line in page.placed]
    assert sorted(store.texts) == sorted(texts if cut else placed)
    assert (store.heights <= 48).all() and store.broken == []
    assert store[0].image.shape == (store.heights[0], store.widths[0])


@every_set
def test_checking_tells_the_same_and_writes_nothing(
    tmp_path: Path, format: str, put: Put, texts: list[str], cut: int, told: dict[str, int]
) -> None:
    before = sorted(put(tmp_path / "set").rglob("*"))
    findings = check_data_set(DataSet(format, tmp_path / "set"))
    assert (findings.lines, findings.cut) == (len(texts), cut)
    assert_told(findings, told)
    assert sorted((tmp_path / "set").rglob("*")) == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("format", ADAPTERS)
def test_every_format_has_a_set_that_is_tested(format: str) -> None:
    assert format in {row[0] for row in SETS} | {"mnist-strings"}


@pytest.mark.parametrize("format", ADAPTERS)
def test_a_folder_without_such_a_set_is_told(tmp_path: Path, format: str) -> None:
    put_text(tmp_path / "notes.md", "nothing of the kind")
    with pytest.raises(NothingToReadError, match=str(tmp_path)):
        check_data_set(DataSet(format, tmp_path))
    with pytest.raises(NothingToReadError, match="nowhere"):
        check_data_set(DataSet(format, tmp_path / "nowhere"))


# Single formats.


def test_iam_has_the_splits_of_its_makers(tmp_path: Path) -> None:
    findings = import_data_set(DataSet("iam", put_iam(tmp_path / "iam")), tmp_path / "out")
    assert findings.splits == {"train": 1, "test": 1}
    assert open_lines(tmp_path / "out" / "train").texts == ["Total , 12.50"]
    only = find_labelled(Path(f"iam:{tmp_path / 'iam'}#test"))
    assert [(each.group, each.language, each.pages[0].text) for each in only] == [("test", "en", TEXT)]


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
    import base64

    data = base64.b64encode(put_picture(tmp_path / "pictures" / "x.png").read_bytes()).decode()
    doubled = [[2 * x, 2 * y] for x, y in corners()]
    truth = {"shapes": [polygon_shape(TEXT, doubled)], "imageData": data, "imageWidth": 600, "imagePath": "gone.png"}
    put_text(tmp_path / "set" / "a.json", json.dumps(truth))
    page = open_pages(Path(f"labelme:{tmp_path / 'set'}"))[0]
    np.testing.assert_allclose(page.quads, [corners()])
    put_text(tmp_path / "set" / "a.json", json.dumps(truth | {"imageData": "no picture"}))
    with pytest.raises(NothingToReadError, match="picture is missing"):
        check_data_set(DataSet("labelme", tmp_path / "set"))


# The door.

AWAY = [[x + 500, y] for x, y in corners()]
OVER = [[x - 20, y] for x, y in corners()]
DOOR = [
    # Text that is empty, or that another encoding spoilt: the place is kept, the text not asked for.
    (polygon_shape("  "), "", "it has no text"),
    (polygon_shape("caf\ufffd"), "", "characters that mean nothing"),
    (polygon_shape("\ue000"), "", "characters that mean nothing"),
    # Boxes outside, over the edge, of no area, of no number.
    (polygon_shape(TEXT, AWAY), "its box lies outside the picture", ""),
    (polygon_shape(TEXT, OVER), "", "cut off at the edge"),
    (polygon_shape(TEXT, [[1, 1], [50, 1], [99, 1]]), "its box has no area", ""),
    (polygon_shape(TEXT, [[1, 1], [float("nan"), 1], [99, 30], [1, 30]]), "its box has no area", ""),
    (polygon_shape(TEXT, "odd"), "its shape is malformed", ""),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("shape", "left_out", "mended"), DOOR)
def test_every_shape_that_cannot_be_used_is_told(
    tmp_path: Path, shape: dict[str, Any], left_out: str, mended: str
) -> None:
    put_picture(tmp_path / "a.png")
    put_text(tmp_path / "a.json", json.dumps({"shapes": [polygon_shape(TEXT), shape], "imagePath": "a.png"}))
    findings = check_data_set(DataSet("labelme", tmp_path))
    assert [left_out in reason for reason in findings.left_out] == [True] * bool(left_out)
    assert [mended in reason for reason in findings.mended] == [True] * bool(mended)
    page = open_pages(Path(f"labelme:{tmp_path}"))[0]
    assert len(page.lines) == (1 if left_out else 2)
    assert (page.quads >= 0).all()


def test_a_picture_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put_picture(tmp_path / f"{name}.png")
        put_text(tmp_path / f"{name}.json", json.dumps({"shapes": [polygon_shape(TEXT)], "imagePath": f"{name}.png"}))
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    findings = check_data_set(DataSet("labelme", tmp_path))
    assert findings.left_out == {"its picture cannot be read": ["a"]} and findings.pictures == 1


def test_a_text_file_in_another_encoding(tmp_path: Path) -> None:
    root = put_iam(tmp_path / "iam")
    put_text(root / "ascii" / "lines.txt", "a01-000u-00 ok 154 19 408 746 1661 89 caf\u00e9\n", "latin-1")
    with pytest.raises(DataError, match=r"lines\.txt: is not text in utf-8.*--encoding"):
        check_data_set(DataSet("iam", root))
    with pytest.raises(DataError, match="not text in klingon"):
        check_data_set(DataSet("iam", root, encoding="klingon"))
    import_data_set(DataSet("iam", root, encoding="latin-1"), tmp_path / "out")
    assert open_lines(tmp_path / "out" / "train").texts == ["caf\u00e9"]
    put_text(root / "ascii" / "lines.txt", "a01-000u-00 ok 154 19 408 746 1661 89 caf\u00e9\n", "utf-16")
    assert open_lines(Path(f"iam:{root}")).texts == ["caf\u00e9"]


def test_archives_are_unpacked(tmp_path: Path) -> None:
    root = put_labelme(tmp_path / "set")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for path in root.iterdir():
            archive.write(path, path.name)
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as packed:
        packed.add(root, "set")
    for name in ("set.zip", "set.tar.gz"):
        documents = find_labelled(Path(f"labelme:{tmp_path / name}"))
        assert [document.path.is_file() for document in documents] == [True]
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        with pytest.raises(DataError, match=f"{name}: cannot be unpacked"):
            check_data_set(DataSet("labelme", tmp_path / name))


def test_an_archive_cannot_write_elsewhere(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "set.tar", "w") as packed:
        packed.add(put_labelme(tmp_path / "set"), "../set-elsewhere")
    with pytest.raises(DataError, match="cannot be unpacked"):
        check_data_set(DataSet("labelme", tmp_path / "set.tar"))


def read_oddly_named(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """An adapter of a test: what the names of pictures are must not matter."""
    picture = np.full((20, 60), 255, np.uint8)
    names = ("../../etc/pass\twd", "a/./b", "A/b", "a/b", "..")
    yield from (KnownPicture(name, picture, (whole_line("x"),), split="../up") for name in names)


@pytest.fixture
def odd_format(monkeypatch: pytest.MonkeyPatch) -> str:
    """A format of data sets that is added: one module and one row."""
    module = types.ModuleType("odd_adapter")
    module.__dict__["read"] = read_oddly_named
    monkeypatch.setitem(sys.modules, "odd_adapter.module", module)
    monkeypatch.setitem(ADAPTERS, "odd", Adapter("odd_adapter.module", "for a test"))
    return "odd"


def test_a_format_that_is_added_works_everywhere(tmp_path: Path, odd_format: str) -> None:
    findings = import_data_set(DataSet(odd_format, tmp_path), tmp_path / "out")
    assert findings.pictures == 5 and list(findings.mended) == ["another one has its name: numbered"]
    pictures = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png"))
    assert pictures == ["up/A/b-2.png", "up/a/b-3.png", "up/a/b.png", "up/etc/pass_wd.png", "up/picture.png"]
    assert len(find_labelled(tmp_path / "out")) == len(find_labelled(Path(f"odd:{tmp_path}"))) == 5
    assert open_lines(tmp_path / "out" / "up").texts == ["x"] * 5


def test_a_path_that_is_there_is_no_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert named_data_set("iam:x#train") == DataSet("iam", Path("x"), "train")
    assert named_data_set("iam:x") == DataSet("iam", Path("x"))
    assert named_data_set("unknown:x") is None and named_data_set("x") is None
    (tmp_path / "a#b").mkdir()
    assert named_data_set("iam:a#b") == DataSet("iam", Path("a#b"))
    (tmp_path / "iam:x").mkdir()
    assert named_data_set("iam:x") is None
    with pytest.raises(UsageError, match=r"Unknown format of data sets: fax\. Known are: iam"):
        DataSet("fax", tmp_path)


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    put_labelme(tmp_path / "set")
    with pytest.raises(OutputError, match="is there and not empty"):
        import_data_set(DataSet("labelme", tmp_path / "set"), tmp_path / "set")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        import_data_set(DataSet("labelme", tmp_path / "set"), tmp_path / "file" / "out")
    (tmp_path / "empty").mkdir()
    import_data_set(DataSet("labelme", tmp_path / "set"), tmp_path / "empty")
    assert (tmp_path / "empty" / "a.gt.json").is_file()


# The command.


def test_the_command_tells_counts_and_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_iam(tmp_path / "iam")
    assert main(["import", "iam", str(tmp_path / "iam"), "--check"]) == 1
    told = capsys.readouterr()
    assert "2 lines on 2 pictures, 2 of them single lines" in told.out
    assert "splits: train 1, test 1" in told.out
    assert "left out: 1: its picture is missing (a01-000u-02)" in told.err
    arguments = ["import", "mnist", str(put_mnist(tmp_path / "mnist")), "-o", str(tmp_path / "out")]
    assert main([*arguments, "--split", "test", "--language", "en"]) == 0
    assert (tmp_path / "out" / "test" / "labels.tsv").read_text().splitlines()[0].endswith("\t0\ten")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        # Neither a result nor a look; both.
        (["import", "mnist", "set"], 2),
        (["import", "mnist", "set", "-o", "out", "--check"], 2),
        # A format that there is not, a source that is not there, nothing of the format in it, no such split.
        (["import", "fax", "set", "--check"], 2),
        (["import", "mnist", "nowhere", "--check"], 4),
        (["import", "iam", "set", "--check"], 4),
        (["import", "mnist", "set", "--check", "--split", "none"], 4),
        # A folder that is not empty.
        (["import", "mnist", "set", "-o", "set"], 5),
    ],
)
def test_wrong_use_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    put_mnist(tmp_path / "set")
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]
