"""The journal: what became of each document, in a SQLite database in the output folder.

Only the process that holds the folder's lock writes it. Each document is one transaction, written when its results are
there, so a run that is killed loses no more than the documents then at work.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from e2eocr import __version__
from e2eocr.batch.database import NotAJournalError, columns_of, connect_to_read, move_aside, open_database, told
from e2eocr.batch.jobs import Verdict
from e2eocr.batch.lock import now_text
from e2eocr.errors import UsageError
from e2eocr.writers.characters import valid_unicode

JOURNAL = ".e2eocr-journal.sqlite"


@dataclass(frozen=True, slots=True)
class Entry(Verdict):
    """What the journal knows of a document: what its last try came to, and with what.

    Attributes:
        name: The name of its job.
        path: The file, absolute.
        size: Bytes; None where the file could not be looked at.
        mtime_ns: Its modification time in nanoseconds; None like `size`.
        settings: Fingerprint of program version, models and options that it was read with.
        formats: Formats that it was written in, or was to be; sorted, a space between.
        finished: When the last try ended, UTC, ISO 8601.
        gone: When the file was first found missing; None while it is there.
    """

    # All have defaults, so that a row of the database can be taken as it is; they are given by name elsewhere.
    name: str = ""
    path: str = ""
    size: int | None = None
    mtime_ns: int | None = None
    settings: str = ""
    formats: str = ""
    finished: str | None = None
    gone: str | None = None


_NAMES = [each.name for each in fields(Entry)]
_COLUMNS = ", ".join(_NAMES)
_PATHS = ("name", "path")
_NAME_AT, _PATH_AT = (_NAMES.index(name) for name in _PATHS)


class Run(NamedTuple):
    """One run of the journal; what is known at its end only is None while it goes on, and where it was killed."""

    number: int
    started: str
    finished: str | None
    seconds: float | None
    pid: int
    host: str
    version: str
    inputs: list[str]
    exit_code: int | None
    counts: dict[str, int] | None
    unreadable: list[str] | None = None


class Journal:
    """The journal of an output folder, open for writing; close it, or use it in a `with` statement.

    Args:
        folder: The output folder; the caller holds its lock.

    Attributes:
        entries: All that was known when it was opened, and learned since, by name.
        unreadable_before: Folders of the input that the last run that finished could not list.
        moved_aside: Where a file was moved that stood in its place and was no journal; None if there was none.

    Raises:
        OutputError: If it cannot be written.
        UsageError: If a newer version of e2eocr made it.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL
        self.moved_aside: Path | None = None
        with told(self._path):
            try:
                self._database = open_database(self._path, _TABLES)
            except NotAJournalError:
                self.moved_aside = move_aside(self._path)
                self._database = open_database(self._path, _TABLES)
            self.entries = _load_entries(self._database)
            self.unreadable_before = _unreadable_before(self._database)
        self._run: int | None = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin_run(self, inputs: Sequence[Path]) -> None:
        """Note that a run begins."""
        paths = json.dumps([os.path.abspath(path) for path in inputs])
        values = (now_text(), os.getpid(), socket.gethostname(), __version__, paths)
        statement = "INSERT INTO runs (started, pid, host, version, inputs) VALUES (?, ?, ?, ?, ?)"
        with told(self._path):
            self._run = self._database.execute(statement, values).lastrowid

    def end_run(
        self, *, seconds: float, exit_code: int, counts: dict[str, int], unreadable: Sequence[str] = ()
    ) -> None:
        """Note how the run ended, and which folders of the input could not be listed."""
        statement = (
            "UPDATE runs SET finished = ?, seconds = ?, exit_code = ?, counts = ?, unreadable = ? WHERE number = ?"
        )
        folders = valid_unicode(json.dumps(list(unreadable), ensure_ascii=False))
        values = (now_text(), round(seconds, 3), exit_code, json.dumps(counts), folders, self._run)
        with told(self._path):
            self._database.execute(statement, values)

    def write(self, entries: Iterable[Entry]) -> None:
        """Write entries, over those of the same name, in one transaction."""
        statement = f"INSERT OR REPLACE INTO documents ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"
        with told(self._path):
            self._database.execute("BEGIN")
            try:
                self._database.executemany(statement, (_to_row(entry) for entry in entries))
            except BaseException:
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def learn(self, entries: Sequence[Entry]) -> None:
        """Write entries about earlier runs, and know them from now on."""
        self.write(entries)
        self.entries.update((entry.name, entry) for entry in entries)

    def forget(self, names: Sequence[str]) -> None:
        """Take entries out, as of documents that are gone."""
        with told(self._path):
            self._database.execute("BEGIN")
            self._database.executemany(
                "DELETE FROM documents WHERE name = ?", ((_stored("name", name),) for name in names)
            )
            self._database.execute("COMMIT")
        for name in names:
            self.entries.pop(name, None)

    def close(self) -> None:
        """Close it. It is left as one plain file where nobody else has it open."""
        with suppress(sqlite3.Error):
            self._database.execute("PRAGMA journal_mode = DELETE")
        self._database.close()


def read_journal(folder: Path) -> tuple[list[Entry], Run | None]:
    """Read the journal of an output folder, also while a scan writes it.

    Returns:
        The entries in order of names, and the last run.

    Raises:
        UsageError: If the folder holds no journal, or one that cannot be read.
    """
    path = folder / JOURNAL
    if not path.is_file():
        raise UsageError(f"{folder}: holds no journal. Name the output folder of a scan.")
    try:
        database = connect_to_read(path)
        try:
            entries = _load_entries(database)
            row = database.execute("SELECT * FROM runs ORDER BY number DESC LIMIT 1").fetchone()
        finally:
            database.close()
    except sqlite3.Error as error:
        raise UsageError(f"{path}: cannot be read as a journal: {error}. The next scan makes it anew.") from error
    return [entries[name] for name in sorted(entries)], row and _from_run_row(row)


def _load_entries(database: sqlite3.Connection) -> dict[str, Entry]:
    # One of an earlier version that is only read lacks some.
    names = [name for name in _NAMES if name in columns_of(database, "documents")]
    texts = ("written", "attachments", "origins")  # which entries of an earlier version have none of
    columns = (f"ifnull({name}, '')" if name in texts else name for name in names)
    rows = database.execute(f"SELECT {', '.join(columns)} FROM documents")
    return {entry.name: entry for entry in (_from_row(names, row) for row in rows)}


_TABLES = {"documents": _NAMES, "runs": list(Run._fields)}


def _unreadable_before(database: sqlite3.Connection) -> tuple[str, ...]:
    row = database.execute("SELECT unreadable FROM runs WHERE finished NOTNULL ORDER BY number DESC LIMIT 1").fetchone()
    return tuple(json.loads(row[0])) if row and row[0] else ()


def _to_row(entry: Entry) -> list[Any]:
    # Text is UTF-8 in the database: a name of other bytes is kept as these bytes.
    return [_stored(name, getattr(entry, name)) for name in _NAMES]


def _from_row(names: list[str], row: tuple[Any, ...]) -> Entry:
    if len(names) == len(_NAMES) and isinstance(row[_NAME_AT], str) and isinstance(row[_PATH_AT], str):
        return Entry(*row)
    values = dict(zip(names, row, strict=True))
    for name in _PATHS:
        if isinstance(values[name], bytes):
            values[name] = os.fsdecode(values[name])
    return Entry(**values)


def _stored(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name not in _PATHS:
        return valid_unicode(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        return os.fsencode(value)
    return value


def _from_run_row(row: tuple[Any, ...]) -> Run:
    run = Run(*row)
    told = {name: json.loads(getattr(run, name) or "null") for name in ("inputs", "counts", "unreadable")}
    return run._replace(**told)
