"""`labels.tsv`: one grammar, whoever reads it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.errors import DataError
from e2eocr.truth.labelled import find_labelled
from e2eocr.truth.labels import LabelRow, format_labels, load_labels, parse_labels
from e2eocr.truth.lines import open_lines

ROWS = [
    # File and text alone.
    ("a.png\thello world", LabelRow("a.png", "hello world")),
    # With a language, and with a flag too.
    ("a.png\thello world\ten", LabelRow("a.png", "hello world", "en")),
    ("a.png\tHELLO\ten\tcaps", LabelRow("a.png", "HELLO", "en", "caps")),
    # A flag of a line whose language is not known.
    ("a.png\tHELLO\t\tcaps", LabelRow("a.png", "HELLO", "", "caps")),
    # Languages as others write them, and several of them.
    ("a.png\tx\tzh-Hant", LabelRow("a.png", "x", "zh-Hant")),
    ("a.png\tx\tchi_tra", LabelRow("a.png", "x", "chi_tra")),
    ("a.png\tx\tde+fr", LabelRow("a.png", "x", "de+fr")),
    ("a.png\tx\tgrc,la\tdirty,old", LabelRow("a.png", "x", "grc+la", "dirty,old")),
    # An empty text: a picture on which nothing stands.
    ("a.png\t", LabelRow("a.png", "")),
    # What only some would take for the end of a row belongs to the text.
    ("a.png\tone\u2028two\x85three", LabelRow("a.png", "one\u2028two\x85three")),
    # A folder below.
    ("sub/a.png\tx", LabelRow("sub/a.png", "x")),
]


@pytest.mark.parametrize(("line", "row"), ROWS)
def test_rows(line: str, row: LabelRow) -> None:
    assert list(parse_labels(line.encode(), "labels.tsv")) == [row]


def test_rows_end_with_line_feeds_and_may_follow_a_mark() -> None:
    data = "a.png\tone\r\n\r\nb.png\ttwo\n".encode("utf-8-sig")
    assert list(parse_labels(data, "labels.tsv")) == [LabelRow("a.png", "one"), LabelRow("b.png", "two")]


BAD_ROWS = [
    # No tab.
    (b"a.png x", "row 1"),
    # More fields than there are.
    (b"a.png\tx\ten\tcaps\tmore", "row 1"),
    # No file.
    (b"a.png\tx\n\tx", "row 2"),
    # A tab in the text: its rest is no language.
    (b"a.png\tTotal\t12.50", "A text holds no tab"),
    # Out of the folder.
    (b"../a.png\tx", "does not lie below"),
    (b"/a.png\tx", "does not lie below"),
    # Another encoding.
    ("a.png\tcaf\u00e9".encode("latin-1"), "Save it as UTF-8"),
]


@pytest.mark.parametrize(("data", "message"), BAD_ROWS)
def test_bad_rows_are_named(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=rf"labels\.tsv.*{message}"):
        list(parse_labels(data, "labels.tsv"))


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        list(load_labels(tmp_path / "nowhere"))


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(text=words, language=st.sampled_from(["", "de", "zh-Hant"]), flag=st.sampled_from(["", "caps"]))
def test_what_is_written_is_read_again(text: str, language: str, flag: str) -> None:
    rows = [LabelRow("a.png", text, language, flag), LabelRow("b.png", "second")]
    first, second = parse_labels(format_labels(rows), "labels.tsv")
    assert first == LabelRow("a.png", " ".join(text.split()), language, flag)
    assert second == rows[1]


def put_lines(folder: Path, labels: bytes) -> Path:
    folder.mkdir()
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(folder / name), np.full((20, 60), 255, np.uint8))
    (folder / "labels.tsv").write_bytes(labels)
    return folder


def packed(folder: Path) -> Path:
    path = folder.with_suffix(".tar")
    with tarfile.open(path, "w") as archive:
        archive.add(folder, "lines")
    return path


@pytest.mark.parametrize("as_archive", [False, True])
def test_evaluation_and_training_take_the_same_rows(tmp_path: Path, as_archive: bool) -> None:
    folder = put_lines(tmp_path / "lines", "a.png\thello world\ten\nb.png\tzwei W\u00f6rter\n".encode("utf-8-sig"))
    documents = find_labelled(folder)
    assert [document.pages[0].text for document in documents] == ["hello world", "zwei W\u00f6rter"]
    assert [document.language for document in documents] == ["en", "und"]
    store = open_lines(packed(folder) if as_archive else folder)
    assert store.texts == ["hello world", "zwei W\u00f6rter"]
    assert [store[index].language for index in range(2)] == ["en", ""]
    assert [store[index].source for index in range(2)] == ["lines", "lines"]


def test_lines_without_a_picture_are_told(tmp_path: Path) -> None:
    folder = put_lines(tmp_path / "lines", b"a.png\tone\nlost.png\ttwo\nb.png\tthree\n")
    (folder / "b.png").write_bytes(b"no picture")
    store = open_lines(folder)
    assert store.texts == ["one"]
    assert ["lost.png" in store.broken[0], "b.png" in store.broken[1]] == [True, True]


def test_archives_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"a\.tar is not a tar archive"):
        open_lines(tmp_path / "a.tar")
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("a.png"), io.BytesIO())
    with pytest.raises(DataError, match=r"b\.tar holds no labels\.tsv"):
        open_lines(tmp_path / "b.tar")
    with pytest.raises(DataError, match=r"holds no labels\.tsv"):
        open_lines(tmp_path)
