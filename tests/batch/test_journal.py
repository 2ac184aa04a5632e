"""The journal keeps what it is told, through crashes, odd names and files that are none."""

from __future__ import annotations

import os
import resource
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from e2eocr.batch.database import VERSION
from e2eocr.batch.journal import JOURNAL, Entry, Journal, read_journal
from e2eocr.errors import OutputError, UsageError

ENTRY = Entry(
    name="a/b.png",
    path="/in/a/b.png",
    size=5,
    mtime_ns=123_456_789_012_345_678,
    settings="f" * 16,
    formats="json txt",
    status="ok",
    pages=2,
    lines=7,
    seconds=1.5,
    sha256="ab" * 32,
)
FAILED = replace(
    ENTRY,
    name="c.pdf",
    path="/in/c.pdf",
    sha256=None,
    status="failed",
    error_class="PasswordError",
    message="is locked",
)


def write(folder: Path, *entries: Entry) -> None:
    with Journal(folder) as journal:
        journal.write(entries)


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,
        FAILED,
        replace(ENTRY, size=None, mtime_ns=None),  # a file that cannot be looked at
        replace(ENTRY, name="two\nlines\t.png"),
        replace(ENTRY, name="na\u00efve \u6587\u66f8 \U0001f4c4.png"),
        replace(ENTRY, name=os.fsdecode(b"caf\xe9.png"), path=os.fsdecode(b"/in\xff/caf\xe9.png")),  # no UTF-8
        replace(ENTRY, name="'; DROP TABLE documents; --.png"),
    ],
)
def test_what_is_written_is_read_back(tmp_path: Path, entry: Entry) -> None:
    write(tmp_path, entry)
    with Journal(tmp_path) as journal:
        assert journal.entries == {entry.name: entry}
        assert journal.moved_aside is None
    assert read_journal(tmp_path) == ([entry], None)


def test_message_of_bytes_that_are_no_text(tmp_path: Path) -> None:
    write(tmp_path, replace(FAILED, message="caf\udce9 is torn"))
    [entry], _ = read_journal(tmp_path)
    assert entry.message == "caf\ufffd is torn"


def test_a_later_entry_takes_the_place_of_an_earlier(tmp_path: Path) -> None:
    write(tmp_path, ENTRY, FAILED)
    write(tmp_path, replace(FAILED, status="ok", error_class=None, message=None))
    entries, _ = read_journal(tmp_path)
    assert [(entry.name, entry.status) for entry in entries] == [("a/b.png", "ok"), ("c.pdf", "ok")]


def test_runs_are_kept(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.begin_run([Path("/in"), Path("relative")])
        _, run = read_journal(tmp_path)
        assert run is not None
        assert (run.finished, run.exit_code, run.counts) == (None, None, None)
        journal.end_run(seconds=1.23456, exit_code=1, counts={"ok": 2})
    _, run = read_journal(tmp_path)
    assert run is not None
    assert run.inputs == ["/in", os.path.abspath("relative")]
    assert (run.pid, run.seconds, run.exit_code, run.counts) == (os.getpid(), 1.235, 1, {"ok": 2})
    assert run.started.endswith("Z")


def test_it_is_left_as_one_file(tmp_path: Path) -> None:
    write(tmp_path, ENTRY)
    assert os.listdir(tmp_path) == [JOURNAL]


def test_what_was_written_outlasts_a_process_that_is_killed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write([ENTRY])
    # What a killed process leaves: the database, and the log beside it that holds the entry.
    left = tmp_path / "left"
    left.mkdir()
    for path in tmp_path.glob(f"{JOURNAL}*"):
        (left / path.name).write_bytes(path.read_bytes())
    journal.close()
    assert (left / f"{JOURNAL}-wal").stat().st_size > 0
    assert read_journal(left)[0] == [ENTRY]
    with Journal(left) as again:
        assert again.entries == {ENTRY.name: ENTRY}


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        with pytest.raises(OutputError, match=r"the journal cannot be written: .*Free some space"):
            journal.write([ENTRY, replace(FAILED, pages=object())])  # type: ignore[arg-type]
        journal.write([FAILED])
    assert [entry.name for entry in read_journal(tmp_path)[0]] == ["c.pdf"]


def foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE photos (name)")
    database.close()


def torn_journal(path: Path) -> None:
    write(path.parent, *(replace(ENTRY, name=str(number)) for number in range(500)))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 // 4096 * 4096] + os.urandom(8192))


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"no database at all, but long enough to be looked at" * 100),
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000),
        foreign_database,
        torn_journal,
    ],
    ids=["text", "broken head", "foreign", "torn"],
)
def test_what_is_no_journal_is_moved_aside(tmp_path: Path, make: Any) -> None:
    path = tmp_path / JOURNAL
    make(path)
    content = path.read_bytes()
    with Journal(tmp_path) as journal:
        assert journal.entries == {}
        assert journal.moved_aside == tmp_path / f"{JOURNAL}.broken-1"
        journal.write([ENTRY])
    assert (tmp_path / f"{JOURNAL}.broken-1").read_bytes() == content
    assert read_journal(tmp_path)[0] == [ENTRY]


def test_each_that_is_moved_aside_has_a_name_of_its_own(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / JOURNAL).write_bytes(b"nothing" * 1000)
        with Journal(tmp_path) as journal:
            assert journal.moved_aside is not None
            assert journal.moved_aside.name == f"{JOURNAL}.broken-{number}"


def test_an_empty_file_is_a_journal_not_yet_begun(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).touch()
    with Journal(tmp_path) as journal:
        assert journal.moved_aside is None


def test_the_journal_of_a_newer_version_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("e2eocr.batch.database.VERSION", VERSION + 1)
        write(tmp_path, ENTRY)
    content = (tmp_path / JOURNAL).read_bytes()
    with pytest.raises(UsageError, match=r"a newer version of e2eocr made this journal\. Update e2eocr"):
        Journal(tmp_path)
    assert (tmp_path / JOURNAL).read_bytes() == content


class WithoutSharedMemory(sqlite3.Connection):
    """A database on a file system that cannot keep a write-ahead log, as on some network drives."""

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        if statement.endswith("WAL"):
            raise sqlite3.OperationalError("locking protocol")
        return super().execute(statement, *arguments)


def test_file_system_without_a_write_ahead_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kw: connect(*args, factory=WithoutSharedMemory, **kw))
    with Journal(tmp_path) as journal:
        journal.write([ENTRY])
        assert sorted(os.listdir(tmp_path)) == [JOURNAL]
        assert read_journal(tmp_path)[0] == [ENTRY]


def test_full_disk_is_told_and_keeps_what_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write([ENTRY])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        with pytest.raises(OutputError, match=r"\.sqlite: the journal cannot be written: .*\. Free some space"):
            journal.write([replace(FAILED, message="x" * 100_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    journal.close()
    assert read_journal(tmp_path)[0] == [ENTRY]


def test_folder_without_a_journal(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no journal\. Name the output folder of a scan"):
        read_journal(tmp_path)


def test_reading_what_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b"nothing" * 1000)
    with pytest.raises(UsageError, match="cannot be read as a journal"):
        read_journal(tmp_path)
    assert os.listdir(tmp_path) == [JOURNAL]


def test_reading_from_a_folder_that_takes_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the journal was left in the mode that needs files beside it, and none can be made."""
    write(tmp_path, ENTRY)
    connect = sqlite3.connect

    def refuse(place: str, **options: Any) -> sqlite3.Connection:
        return connect(":memory:" if "mode=ro" in place else place, **options)

    monkeypatch.setattr(sqlite3, "connect", refuse)
    assert read_journal(tmp_path)[0] == [ENTRY]


def test_reading_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, ENTRY)
    status = (tmp_path / JOURNAL).stat()
    read_journal(tmp_path)
    assert os.listdir(tmp_path) == [JOURNAL]
    assert (tmp_path / JOURNAL).stat().st_mtime_ns == status.st_mtime_ns


@pytest.mark.parametrize("table", ["documents", "runs"])
def test_a_journal_that_lacks_a_column_is_moved_aside(tmp_path: Path, table: str) -> None:
    write(tmp_path, ENTRY)
    column = {"documents": "lines", "runs": "counts"}[table]
    database = sqlite3.connect(tmp_path / JOURNAL)
    database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    database.close()
    with Journal(tmp_path) as journal:
        assert journal.moved_aside == tmp_path / f"{JOURNAL}.broken-1"
        assert journal.entries == {}


def test_a_locked_journal_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, ENTRY)
    monkeypatch.setattr("e2eocr.batch.database._LOCK_SECONDS", 0.01)
    with Journal(tmp_path) as journal:
        other = sqlite3.connect(tmp_path / JOURNAL, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(OutputError, match="another program has the journal open for writing"):
                journal.write([ENTRY])
        finally:
            other.close()
