"""Data sets of others: small ones of their true formats, what is taken of them, and what is told of the rest."""

from __future__ import annotations

import json
import random
import sys
import tarfile
import types
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles.data_sets import (
    SETS,
    TEXT,
    Put,
    corners,
    polygon_shape,
    put_iam,
    put_labelme,
    put_mnist,
    put_picture,
    put_text,
)

from e2eocr.cli import main
from e2eocr.errors import DataError, NothingToReadError, OCRError, OutputError, UsageError
from e2eocr.truth.adapters import ADAPTERS, Adapter
from e2eocr.truth.adapters.base import DataSource, KnownPicture, LeftOut, whole_line
from e2eocr.truth.adapters.checking import Findings
from e2eocr.truth.adapters.opening import DataSet, named_data_set
from e2eocr.truth.importing import check_data_set, import_data_set
from e2eocr.truth.labelled import find_labelled
from e2eocr.truth.lines import open_lines
from e2eocr.truth.pages import open_pages

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
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "set"]


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
    with pytest.raises(UsageError, match="is there and is no empty folder"):
        import_data_set(DataSet("labelme", tmp_path / "set"), tmp_path / "set")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="Cannot make folder"):
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
        (["import", "mnist", "set", "-o", "set"], 2),
    ],
)
def test_wrong_use_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    put_mnist(tmp_path / "set")
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


# What takes the place of some bytes of a file of truth.
ODD_BYTES = [*b"nan 1e999 -1 { [[[ null < true".split(), b"9" * 400, b'"', b"\t", b"\n", b"\xff", b""]


@pytest.mark.slow
@every_set
def test_whatever_is_wrong_in_a_set_is_an_error_of_ours_or_told(
    tmp_path: Path, format: str, put: Put, texts: list[str], cut: int, told: dict[str, int]
) -> None:
    root, rng = put(tmp_path / "set"), random.Random(1)
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix not in (".png", ".jpg"))
    for _ in range(60):
        path = rng.choice(files)
        whole = path.read_bytes()
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            start = rng.randrange(len(broken) + 1)
            broken[start : start + rng.randint(0, 6)] = rng.choice([*ODD_BYTES, bytes([rng.randrange(256)])])
        path.write_bytes(broken)
        with suppress(OCRError):
            check_data_set(DataSet(format, root))
        path.write_bytes(whole)


def test_detectors_and_crops_take_data_sets(tmp_path: Path) -> None:
    from e2eocr.synthesis.lines.page_crops import cut_pages
    from e2eocr.training.detector.pages import open_pages as open_training_pages
    from e2eocr.training.detector.recipe import PageSet

    data_set = f"labelme:{put_labelme(tmp_path / 'set')}"
    assert cut_pages([Path(data_set)], tmp_path / "lines") == {None: 3}
    page = open_training_pages(PageSet(data_set))[0]
    assert len(page.quads) == 3 and len(page.ignored) == 1
