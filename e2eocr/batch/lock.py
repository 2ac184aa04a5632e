"""One scan at a time in an output folder.

The lock is the kernel's, on an open file: it ends with the process that holds it, however that ends. The file beside it
only tells who that is. It is never removed: one who waited for it would hold a file that others no longer see.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from e2eocr.errors import OutputError, OutputLockedError
from e2eocr.files import output_error

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK = ".e2eocr-lock"
_HELD = {errno.EWOULDBLOCK, errno.EACCES}
_PAUSE_SECONDS = 0.05
# `status` holds the lock for a moment when it looks whether a scan does.
_MIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an output folder: process number, host, since when (ISO 8601), and what no other holder has."""

    pid: int
    host: str
    since: str
    token: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


def now_text() -> str:
    """The time in UTC as ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@contextmanager
def hold_folder(folder: Path, *, wait: float = 0.0, say: Callable[[str], None] = lambda text: None) -> Iterator[Holder]:
    """Hold an output folder against other scans.

    Args:
        folder: The output folder; it must be there.
        wait: Seconds to wait for another scan to end.
        say: Called with what a person should know: who is waited for, or who left the folder without finishing.

    Yields:
        What the lock file says meanwhile.

    Raises:
        OutputLockedError: If another scan holds it; the message names its process.
        OutputError: If the lock file cannot be written, or the file system has no locks.
    """
    path = folder / LOCK
    if fcntl is None:
        raise OutputError(
            f"{path}: this system has no locks that end with the process that holds them. Use Linux or macOS; on "
            "Windows, WSL."
        )
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise output_error(path, error) from error
    with open(descriptor, "r+b", buffering=0) as file:
        _acquire(file.fileno(), path, wait, say)
        before = read_holder(folder)
        if before is not None:
            say(f"the last scan into {folder} ({before}) has ended without finishing; going on where it was")
        try:
            yield _tell(file.fileno(), path)
        finally:
            file.truncate(0)


def read_holder(folder: Path) -> Holder | None:
    """Who the lock file names: the one who holds the folder, or one who was killed; None where it names nobody."""
    try:
        plain = json.loads((folder / LOCK).read_bytes())
        return Holder(int(plain["pid"]), str(plain["host"]), str(plain["since"]), str(plain.get("token", "")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_still_held(folder: Path, holder: Holder) -> None:
    """Make sure that the folder of this name is the one that is held.

    Raises:
        OutputError: If it was moved away, or the file system it is on is no longer there.
    """
    if read_holder(folder) != holder:
        raise OutputError(
            f"{folder}: is no longer the folder that this scan writes into: it was moved, or its file system is gone. "
            "Bring it back; the next run goes on where this one was."
        )


def is_held(folder: Path) -> bool:
    """Whether a scan holds an output folder now. Nothing is written."""
    if fcntl is None:
        return False  # there, nobody can
    try:
        with open(folder / LOCK, "rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _HELD
    return False


def _acquire(descriptor: int, path: Path, wait: float, say: Callable[[str], None]) -> None:
    start, told = time.monotonic(), False
    while not _try(descriptor, path):
        waited = time.monotonic() - start
        if waited >= max(wait, _MIN_SECONDS):
            raise OutputLockedError(_held_message(path.parent, wait))
        if wait and not told and waited >= _MIN_SECONDS:
            say(f"waiting up to {wait:g} s for {path.parent}, which another scan holds ({_holder_text(path.parent)})")
            told = True
        time.sleep(_PAUSE_SECONDS)


def _try(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise OutputError(
            f"{path}: cannot be locked: {error.strerror}. Choose an output folder on a file system with locks."
        ) from error
    return True


def _tell(descriptor: int, path: Path) -> Holder:
    """Write into the lock file who holds it."""
    holder = Holder(os.getpid(), socket.gethostname(), now_text(), secrets.token_hex(8))
    data = json.dumps(asdict(holder)).encode() + b"\n"
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, data, 0)
    except OSError as error:
        raise output_error(path, error) from error
    return holder


def _holder_text(folder: Path) -> str:
    holder = read_holder(folder)
    return str(holder) if holder else "a process that has not told its number"


def _held_message(folder: Path, wait: float) -> str:
    waited = f" after {wait:g} s of waiting" if wait else ""
    return (
        f"{folder}: another scan holds this output folder{waited}: {_holder_text(folder)}. "
        "Wait for it with --wait SECONDS, or choose another folder."
    )
