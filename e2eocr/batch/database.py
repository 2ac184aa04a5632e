"""The journal as a database file: opened, checked, brought up to date, moved aside where it is none."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from e2eocr.errors import OutputError, UsageError

VERSION = 3
_APPLICATION = 0x65324F43  # "e2OC": what tells our databases from others
_LOCK_SECONDS = 10.0  # a reader may keep the writer waiting where the file system has no write-ahead log
_CACHE_KIB = 256
_DOCUMENTS = """
    name PRIMARY KEY, path, size INTEGER, mtime_ns INTEGER, sha256 TEXT, settings TEXT, formats TEXT, status TEXT,
    pages INTEGER, failed_pages INTEGER, lines INTEGER, seconds REAL, error_class TEXT, message TEXT,
    attempts INTEGER, finished TEXT, gone TEXT, written TEXT, attachments TEXT, origins TEXT
"""
_RUNS = """
    number INTEGER PRIMARY KEY, started TEXT, finished TEXT, seconds REAL, pid INTEGER, host TEXT, version TEXT,
    inputs TEXT, exit_code INTEGER, counts TEXT, unreadable TEXT
"""
_SCHEMA = f"CREATE TABLE documents ({_DOCUMENTS}) WITHOUT ROWID; CREATE TABLE runs ({_RUNS});"
# What each version added to those before it.
_ADDED = {
    2: (
        "documents ADD COLUMN written TEXT",
        "documents ADD COLUMN attachments TEXT",
        "runs ADD COLUMN unreadable TEXT",
    ),
    3: ("documents ADD COLUMN origins TEXT",),
}


class NotAJournalError(Exception):
    """The file is no database, a broken one, or somebody else's."""


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn errors of the database into one that a person understands."""
    try:
        yield
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise OutputError(
                f"{path}: another program has the journal open for writing. Close it, or wait until it has finished."
            ) from error
        raise OutputError(
            f"{path}: the journal cannot be written: {error}. Free some space, check its permissions, or choose "
            "another output folder."
        ) from error


def open_database(path: Path, tables: Mapping[str, Sequence[str]]) -> sqlite3.Connection:
    """Open a journal for writing; an empty one is filled, one of an earlier version brought up to date.

    Args:
        path: The file; it is made where there is none.
        tables: The columns that are needed, by table.

    Raises:
        NotAJournalError: If it is something else, or damaged.
        UsageError: If a newer version made it.
        sqlite3.OperationalError: If it cannot be used now.
    """
    database = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_SECONDS)
    try:
        _prepare(database, path, tables)
    except sqlite3.OperationalError:  # no fault of the file's content: a full disk, a lock, a missing right
        database.close()
        raise
    except sqlite3.DatabaseError as error:
        database.close()
        raise NotAJournalError from error
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path, needed: Mapping[str, Sequence[str]]) -> None:
    """Check that the database is our journal, and whole; fill an empty one."""
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = database.execute("PRAGMA application_id").fetchone()[0]
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if tables and application != _APPLICATION:
        raise NotAJournalError
    if version > VERSION:
        raise UsageError(f"{path}: a newer version of e2eocr made this journal. Update e2eocr, or move the file away.")
    if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise NotAJournalError
    _choose_mode(database)
    # Entries are written once and not looked at again: more would grow with the run, and serve nobody.
    database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if tables:
        for number in range(version + 1, VERSION + 1):
            changes = "; ".join(f"ALTER TABLE {change}" for change in _ADDED[number])
            database.executescript(f"BEGIN; {changes}; PRAGMA user_version = {number}; COMMIT")
        if any(set(names) - columns_of(database, table) for table, names in needed.items()):
            raise NotAJournalError
    else:
        database.executescript(
            f"BEGIN; {_SCHEMA} PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT"
        )


def _choose_mode(database: sqlite3.Connection) -> None:
    """Write ahead where the file system can share memory; elsewhere, as on some network drives, roll back."""
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        database.execute("PRAGMA journal_mode = DELETE")
    # A loss of power may cost the last entries, never the file; their results are recognized by the next run.
    database.execute("PRAGMA synchronous = NORMAL")


def move_aside(path: Path) -> Path:
    """Give a file another name, its companions with it: a log that is left behind would be played into the new one."""
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.broken-{number}")):
        number += 1
    try:
        os.replace(path, aside)
        for companion in ("-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                os.replace(f"{path}{companion}", f"{aside}{companion}")
    except OSError as error:
        raise OutputError(
            f"{path}: is no journal of e2eocr, and cannot be moved aside: {error.strerror}. Remove it."
        ) from error
    return aside


def connect_to_read(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    database = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=_LOCK_SECONDS)
    try:
        database.execute("SELECT count(*) FROM documents")
    except sqlite3.OperationalError:
        database.close()
        if os.path.exists(f"{path}-wal"):
            raise
        # A database in this mode asks for files beside it, which a folder that is read-only cannot take.
        database = sqlite3.connect(f"{uri}?immutable=1", uri=True)
    return database


def columns_of(database: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
