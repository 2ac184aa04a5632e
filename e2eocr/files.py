"""Files that are whole whenever they are there."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from e2eocr.errors import DocumentError, OutputError

_TEMPORARY = re.compile(r"\.e2eocr-[0-9a-f]{16}\.tmp")
_CHUNK = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write files that belong together.

    Each is written under a temporary name in its own folder and renamed only when all are on the disk, in the
    order given. They share one modification time, so a file that was later left behind by a run that
    made only some of them is the older one. Missing folders are made.

    Raises:
        OutputError: If one cannot be written. No temporary file is left.
    """
    stamp = time.time_ns()
    temporary = {path: path.with_name(_temporary_name()) for path in contents}
    with _undisturbed():
        try:
            for path, data in contents.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(temporary[path], data, stamp)
            for path in contents:
                os.replace(temporary[path], path)
            for folder in {path.parent for path in contents}:
                _keep_names(folder)
        except OSError as error:
            raise output_error(path, error) from error
        finally:
            for written in temporary.values():
                _discard(written)


_writing = False
_ending = False


def end_gently(signal_number: int, frame: FrameType | None) -> None:
    """A signal handler: raise KeyboardInterrupt, but never between the writing of files and their clearing up."""
    global _ending
    if not _writing:
        raise KeyboardInterrupt
    _ending = True


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold `end_gently` back until the block has ended."""
    global _writing
    _writing = True
    try:
        yield
    finally:
        _writing = False
        if _ending:
            raise KeyboardInterrupt


class _Nowhere(io.TextIOBase):
    """A stream that takes everything and keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


def give_up_stderr() -> None:
    """Send to nowhere what goes to a stderr that fails: Python would try again at its end, and fail as a whole."""
    sys.stderr = _Nowhere()


def prepare_folder(folder: Path) -> None:
    """Make a folder if it is not there, and make sure that files can be written in it.

    Raises:
        OutputError: If it cannot be made or written in.
    """
    probe = folder / _temporary_name()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise output_error(folder, error) from error


def prepare_file(path: Path) -> None:
    """Make sure that a file can be written, or written anew, under this name; its folder is made.

    Raises:
        OutputError: If it cannot.
    """
    prepare_folder(path.parent)
    try:
        is_folder = path.is_dir()
    except OSError as error:  # a name that is too long
        raise output_error(path, error) from error
    if is_folder:
        raise OutputError(f"{path}: cannot be written: it is a folder. Choose another place.")


def is_temporary(name: str) -> bool:
    """Whether a file has the name of one that is being written, or that was when its process was killed."""
    return name.startswith(".e2eocr-") and _TEMPORARY.fullmatch(name) is not None


def discard_temporary(folder: Path, process: int) -> None:
    """Remove what a process, by its number, was writing into a folder when it was killed."""
    for path in folder.glob(f"{_temporary_prefix(process)}*.tmp"):
        _discard(path)


def _temporary_name() -> str:
    # Hidden, so that a run over the output folder of a killed one passes it over.
    return f"{_temporary_prefix(os.getpid())}{secrets.token_hex(4)}.tmp"


def _temporary_prefix(process: int) -> str:
    return f".e2eocr-{process:08x}"


def _write(path: Path, data: bytes, stamp: int) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.utime(path, ns=(stamp, stamp))
        os.fsync(file.fileno())


def _keep_names(folder: Path) -> None:
    """Have the names in a folder outlast a loss of power, where the file system can promise that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # What kept the file from being written, a folder that is gone say, is the error to report.
        return


def output_error(path: Path, error: OSError) -> OutputError:
    """What to raise where a file or folder cannot be written."""
    advice = "Check its permissions"
    if error.errno in _FULL:
        advice = "Free some space"
    elif error.errno == errno.ENAMETOOLONG:
        advice = "Shorten its name"
    return OutputError(f"{path}: cannot be written: {error.strerror}. {advice}, or choose another place.")


def digest_file(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file in hexadecimal, and its size in bytes.

    Raises:
        DocumentError: If the file cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise DocumentError(path, f"cannot be read: {error.strerror}. Check that it is there and readable.") from error
    return digest.hexdigest(), size
