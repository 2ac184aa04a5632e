"""One scan at a time: who holds a folder is told, and a dead process holds nothing."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2eocr.batch.lock import LOCK, hold_folder, is_held, read_holder
from e2eocr.errors import ExitCode, OutputError, OutputLockedError

HOLD = """
import sys, time
from pathlib import Path
from e2eocr.batch.lock import hold_folder

with hold_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_holder(folder: Path, repository: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that holds the folder, until it is killed or its stdin ends."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_second_is_told_who_holds_it(tmp_path: Path, repository: Path) -> None:
    with another_holder(tmp_path, repository) as other:
        assert is_held(tmp_path)
        with pytest.raises(OutputLockedError) as caught, hold_folder(tmp_path):
            pass
        message = f"{tmp_path}: another scan holds this output folder: process {other.pid} on {socket.gethostname()}, "
        assert str(caught.value).startswith(message + "since 20")
        assert "--wait SECONDS" in str(caught.value)
        assert caught.value.exit_code == ExitCode.LOCKED
    assert not is_held(tmp_path)


def test_what_a_killed_process_held_is_taken_over(tmp_path: Path, repository: Path) -> None:
    said: list[str] = []
    with another_holder(tmp_path, repository) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
        with hold_folder(tmp_path, say=said.append):
            holder = read_holder(tmp_path)
            assert holder is not None
            assert holder.pid == os.getpid()
    assert len(said) == 1
    assert f"process {other.pid} on " in said[0]
    assert "has ended without finishing; going on" in said[0]


def test_an_end_in_order_leaves_nothing_to_tell(tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        with hold_folder(tmp_path, say=said.append):
            pass
    with pytest.raises(ZeroDivisionError), hold_folder(tmp_path, say=said.append):
        raise ZeroDivisionError
    assert read_holder(tmp_path) is None
    assert said == []


def test_waiting_for_the_other_to_end(tmp_path: Path, repository: Path) -> None:
    said: list[str] = []
    with another_holder(tmp_path, repository) as other:

        def end_the_other(text: str) -> None:
            said.append(text)
            other.kill()
            other.wait()

        with hold_folder(tmp_path, wait=60, say=end_the_other):
            assert is_held(tmp_path)
    assert f"waiting up to 60 s for {tmp_path}, which another scan holds (process {other.pid} on " in said[0]


def test_waiting_in_vain(tmp_path: Path, repository: Path) -> None:
    with (
        another_holder(tmp_path, repository),
        pytest.raises(OutputLockedError, match=r"after 0\.3 s of waiting: process"),
        hold_folder(tmp_path, wait=0.3),
    ):
        pass


def test_a_short_look_does_not_turn_a_scan_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`status` holds the lock for a moment."""
    (tmp_path / LOCK).touch()
    with open(tmp_path / LOCK, "rb") as looked:
        fcntl.flock(looked.fileno(), fcntl.LOCK_SH)
        monkeypatch.setattr(time, "sleep", lambda seconds: fcntl.flock(looked.fileno(), fcntl.LOCK_UN))
        with hold_folder(tmp_path):
            assert json.loads((tmp_path / LOCK).read_bytes())["pid"] == os.getpid()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff"])
def test_lock_file_of_no_sense_names_nobody(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LOCK).write_bytes(content)
    assert read_holder(tmp_path) is None
    with hold_folder(tmp_path):
        assert read_holder(tmp_path) is not None


def test_folder_that_was_never_held(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    assert read_holder(tmp_path) is None


def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OutputError, match="cannot be locked: No locks available"), hold_folder(tmp_path):
        pass


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / LOCK).mkdir()
    with pytest.raises(OutputError, match="cannot be written: Is a directory"), hold_folder(tmp_path):
        pass


def test_a_system_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e2eocr.batch.lock.fcntl", None)
    assert not is_held(tmp_path)
    with pytest.raises(OutputError, match="this system has no locks"), hold_folder(tmp_path):
        pass
