"""Files that are whole whenever they are there."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Literal

from e2eocr.errors import DocumentError, OutputError, UsageError

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


def give_up(stream: Literal["stdout", "stderr"]) -> None:
    """Send to nowhere what goes to a stream that fails: Python would try again at its end, and fail as a whole."""
    setattr(sys, stream, _Nowhere())


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


def check_replaceable(path: Path, is_ours: Callable[[bytes], bool], what: str) -> None:
    """Make sure that a file named for output is not there, or one that e2eocr wrote there before.

    Args:
        path: The file.
        is_ours: Whether a file that begins with these bytes, 256 at most, is ours.
        what: What it is then called.

    Raises:
        OutputError: If it is anything else.
    """
    try:
        # A pipe would have the reader wait for ever, and a device is nobody's file.
        is_file = stat.S_ISREG(path.stat().st_mode)
        head = _head(path) if is_file else b""
    except FileNotFoundError:
        return
    except OSError as error:
        raise output_error(path, error) from error
    if not is_file or not is_ours(head):
        raise OutputError(f"{path}: cannot be written: it is there, and is no {what} of e2eocr. Choose another name.")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(256)


def prepare_place(out: Path, is_ours: Callable[[Path], bool], what: str) -> Path:
    """The absolute path of a folder that is to be written; its parent is made.

    Args:
        out: The folder.
        is_ours: Whether what is there may be replaced.
        what: What it is called, in the error.

    Raises:
        UsageError: If something else is there.
        OutputError: If its parent cannot be made.
    """
    out = out.resolve()
    if out.exists() and not is_ours(out):
        raise UsageError(f"{out} is there and is no {what}. Name a new folder, or remove it first.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make folder {out.parent}: {error.strerror}. Choose another one.") from error
    return out


@contextmanager
def fill_folder(out: Path, is_ours: Callable[[Path], bool], what: str) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `out` once the block has ended without an error.

    Args:
        out: The place.
        is_ours: Whether what is there may be replaced.
        what: What it is called, in the error.

    Raises:
        UsageError: If something is there that `is_ours` does not know.
        OutputError: If it cannot be made or written.
    """
    out = prepare_place(out, is_ours, what)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as name:
            folder = Path(name) / "filled"
            folder.mkdir()
            yield folder
            swap_folder(folder, out)
            shutil.rmtree(kept_beside(out), ignore_errors=True)
    except OSError as error:
        raise output_error(out, error) from error


def swap_folder(folder: Path, place: Path) -> None:
    """Put a whole folder in its place; what was there before is kept beside it, whatever happens in between."""
    old = kept_beside(place)
    if place.exists():
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
    folder.rename(place)


def kept_beside(place: Path) -> Path:
    """Where `swap_folder` keeps the folder that was in a place before."""
    return place.with_name(f"{place.name}.old")


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
