"""The documents under the inputs, each a job."""

from __future__ import annotations

import os
import re
import stat
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from e2eocr.batch.jobs import Job, Stamp
from e2eocr.documents.kinds import SUFFIXES, is_readable_suffix
from e2eocr.errors import NothingToReadError, UsageError
from e2eocr.writers import FORMATS

Identity = tuple[int, int]  # device and inode: what stays the same under all names of a folder

_NUMBERS = re.compile("([0-9]+)")


@dataclass(frozen=True, slots=True)
class FoundJobs:
    """The documents under the inputs.

    Attributes:
        jobs: In the order of the inputs; within a folder its files before its subfolders, numbers by value.
        left_out: How many entries were passed over, by reason.
        unreadable: Folders that could not be listed, each with the reason.
    """

    jobs: tuple[Job, ...]
    left_out: dict[str, int]
    unreadable: tuple[str, ...]


def find_jobs(inputs: Sequence[Path], output: Path, *, settle: float = 0.0) -> FoundJobs:
    """Find the documents among files and folders; folders are walked with all their subfolders.

    Hidden entries, files of unknown type and the output folder are passed over, links into folders that
    were walked before are not followed, and a file that is reached twice is one job. A file that cannot be
    opened is a job like any other: reading it says why.

    Args:
        inputs: Files and folders.
        output: Where the results go.
        settle: Seconds for which a file must not have been written to; others are left out, for another run.

    Raises:
        UsageError: If an input is not there, or two documents would have the same results.
        NothingToReadError: If there is no document, not even one that is left for another run.
    """
    search = _Search(output, settle)
    for path in inputs:
        search.add_input(path)
    if not search.jobs and not search.left_out["still changing"]:
        raise NothingToReadError(_nothing_message(inputs, search.left_out))
    return FoundJobs(tuple(search.jobs.values()), dict(sorted(search.left_out.items())), tuple(search.unreadable))


def natural_key(name: str) -> tuple[list[Any], str]:
    """Sorting key under which `page 2` comes before `page 10`."""
    # Splitting at a group gives text and digits in turn, so the same places always hold the same type.
    parts = _NUMBERS.split(name)
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def counts_text(counts: Mapping[str, int]) -> str:
    """`3 hidden, 1 unknown type` from the counts by reason."""
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()))


class _Folder(NamedTuple):
    """A folder to walk; `prefix` begins the names of the documents in it.

    `has_results` is true where the results of the scan stand among its documents.
    """

    path: Path
    prefix: str
    identity: Identity
    has_results: bool


class _Search:
    """The state of one search."""

    def __init__(self, output: Path, settle: float) -> None:
        self.jobs: dict[str, Job] = {}  # by name
        self.left_out: Counter[str] = Counter()
        self.unreadable: list[str] = []
        self._output = output
        self._settle, self._now = settle, time.time()
        status = _status(output)
        self._output_identity = None if status is None else _identity(status)
        self._entries: set[tuple[Identity, str]] = set()  # folder and file name of each job
        self._folders: set[Identity] = set()  # those that were walked

    def add_input(self, path: Path) -> None:
        try:
            status = path.stat()
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}. Check the path of the input.") from error
        if stat.S_ISDIR(status.st_mode):
            self._walk(path, status)
        else:
            self._add_file(path, path.name, _identity(path.parent.stat()), status)

    def _walk(self, root: Path, status: os.stat_result) -> None:
        # A list of its own instead of recursion: folders may be nested deeper than Python's calls.
        identity = _identity(status)
        pending = [_Folder(root, "", identity, identity == self._output_identity)]
        while pending:
            folder = pending.pop()
            if folder.identity in self._folders:
                self.left_out["repeated"] += 1
            else:
                self._folders.add(folder.identity)
                pending.extend(reversed(self._add_files(folder)))

    def _add_files(self, folder: _Folder) -> list[_Folder]:
        """Add the files of a folder; its subfolders are given back."""
        subfolders = []
        for entry in self._list(folder.path):
            name = folder.prefix + entry.name
            if entry.name.startswith("."):
                self.left_out["hidden"] += 1
            elif folder.has_results and _is_result(entry.name):
                self.left_out["result"] += 1
            elif (status := _status(entry)) is None or not stat.S_ISDIR(status.st_mode):
                self._add_file(folder.path / entry.name, name, folder.identity, status)
            elif _identity(status) == self._output_identity:
                self.left_out["output folder"] += 1
            else:
                subfolders.append(_Folder(folder.path / entry.name, f"{name}/", _identity(status), folder.has_results))
        return subfolders

    def _list(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: natural_key(entry.name))
        except OSError as error:
            self.left_out["unreadable folder"] += 1
            self.unreadable.append(f"{folder}: {error.strerror}")
            return []

    def _add_file(self, path: Path, name: str, folder: Identity, status: os.stat_result | None) -> None:
        entry = folder, path.name
        if entry in self._entries:
            self.left_out["repeated"] += 1
        elif not is_readable_suffix(path):
            self.left_out["unknown type"] += 1
        elif status is not None and not stat.S_ISREG(status.st_mode):
            # Opening a pipe or a device would wait for ever.
            self.left_out["not a regular file"] += 1
        else:
            self._entries.add(entry)
            self._add_job(path, name, status)

    def _add_job(self, path: Path, name: str, status: os.stat_result | None) -> None:
        # A time that lies further ahead than that is a clock that is wrong, and would never be over.
        if status is not None and abs(self._now - status.st_mtime) < self._settle:
            self.left_out["still changing"] += 1
            return
        stamp = None if status is None else Stamp(status.st_size, status.st_mtime_ns)
        job = Job(path, name, self._output / name, stamp)
        other = self.jobs.setdefault(job.name, job)
        if other is not job:
            raise UsageError(
                f"{other.path} and {job.path} would both have their results in {job.output}.*: "
                "scan them into separate output folders, or name the folder that holds both."
            )


def _is_result(name: str) -> bool:
    """Whether a file is named as a result of its neighbour that we could take for a document, such as `a.png.pdf`."""
    suffixes = (f".{format.suffix}" for format in FORMATS.values())
    return any(
        name.endswith(suffix) and is_readable_suffix(Path(name)) and is_readable_suffix(Path(name.removesuffix(suffix)))
        for suffix in suffixes
    )


def _status(path: Path | os.DirEntry[str]) -> os.stat_result | None:
    """What a path is, links followed; None where that cannot be told, as for a broken link."""
    try:
        return path.stat()
    except OSError:
        return None


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


def _nothing_message(inputs: Sequence[Path], left_out: Counter[str]) -> str:
    places = ", ".join(str(path) for path in inputs)
    passed_over = f" ({counts_text(left_out)})" if left_out else ""
    return f"{places}: nothing to read{passed_over}. Known types: {' '.join(sorted(SUFFIXES))}"
