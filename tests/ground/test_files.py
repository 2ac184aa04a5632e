"""Files are whole or not there, also where the process is told to end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from e2eocr import files


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
