"""Files are whole or not there, also where the process is told to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from e2eocr import files
from e2eocr.errors import OutputError, UsageError
from e2eocr.files import check_replaceable, fill_folder, kept_beside, prepare_place, swap_folder


def test_a_signal_waits_until_the_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def replace_and_be_ended(source: Path, target: Path) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_and_be_ended)
    monkeypatch.setattr(files, "_ending", False)
    before = signal.signal(signal.SIGTERM, files.end_gently)
    try:
        with pytest.raises(KeyboardInterrupt):
            files.replace_files({tmp_path / "a.txt": b"one", tmp_path / "a.json": b"two"})
    finally:
        signal.signal(signal.SIGTERM, before)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.txt": b"one", "a.json": b"two"}


def test_a_signal_ends_at_once_what_is_not_writing() -> None:
    with pytest.raises(KeyboardInterrupt):
        files.end_gently(signal.SIGTERM, None)


def test_a_folder_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "out"
    for text in ("first", "second"):
        with fill_folder(place, lambda path: True, "export") as folder:
            (folder / "a.txt").write_text(text, encoding="utf-8")
        assert (place / "a.txt").read_text("utf-8") == text
    with pytest.raises(ZeroDivisionError), fill_folder(place, lambda path: True, "export") as folder:
        (folder / "a.txt").write_text("half", encoding="utf-8")
        1 / 0  # noqa: B018 - what was there must stay
    assert (place / "a.txt").read_text("utf-8") == "second"
    assert [path.name for path in place.parent.iterdir()] == ["out"]


def test_a_folder_of_others_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is there and is no bundle"):
        prepare_place(tmp_path, lambda path: False, "bundle")


def test_a_swap_that_is_cut_off_loses_neither_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new, place = tmp_path / "new", tmp_path / "place"
    new.mkdir()
    place.mkdir()
    rename = Path.rename

    def rename_once(path: Path, target: Path) -> Path:
        if path == new:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_once)
    with pytest.raises(KeyboardInterrupt):
        swap_folder(new, place)
    assert kept_beside(place).is_dir() and new.is_dir()


@pytest.mark.parametrize("content", [None, b"mine: and more"])
def test_a_place_that_is_free_or_ours_may_be_taken(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.json").write_bytes(content)
    check_replaceable(tmp_path / "a.json", lambda head: head.startswith(b"mine"), "note")


@pytest.mark.parametrize(
    "put",
    [
        lambda path: path.write_bytes(b"yours"),
        lambda path: path.write_bytes(b""),
        lambda path: path.mkdir(),
        os.mkfifo,  # of which a reader would wait for ever
    ],
)
def test_a_place_of_somebody_else_may_not(tmp_path: Path, put: Callable[[Path], object]) -> None:
    put(tmp_path / "a.json")
    with pytest.raises(OutputError, match=r"a\.json: cannot be written: it is there, and is no note of e2eocr"):
        check_replaceable(tmp_path / "a.json", lambda head: head.startswith(b"mine"), "note")
