"""The documents under the inputs, each a job."""

from __future__ import annotations

import os
import re
import stat
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, NamedTuple

from e2eocr.batch.jobs import Job, Outcome, Stamp
from e2eocr.batch.results_there import KnownResults, find_results
from e2eocr.documents.kinds import SUFFIXES, is_document
from e2eocr.errors import NothingToReadError, UsageError

Reason = Literal[
    "hidden",
    "unknown type",
    "excluded",
    "not included",
    "repeated",
    "not a regular file",
    "result",
    "output folder",
    "unreadable folder",
    "still changing",
]
Identity = tuple[int, int]  # device and inode: what stays the same under all names of a folder

_NUMBERS = re.compile("([0-9]+)")


class PassedOver(NamedTuple):
    """An entry of an input folder that is no document to read, and why."""

    path: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class FoundJobs:
    """The documents under the inputs.

    Attributes:
        jobs: In the order of the inputs; within a folder its files before its subfolders, numbers by value.
        passed_over: Entries that are no documents to read.
        unreadable: Folders that could not be listed, each with the reason.
        refused: Outcomes of inputs that are not there, and of documents whose results would replace another's.
    """

    jobs: tuple[Job, ...]
    passed_over: tuple[PassedOver, ...] = ()
    unreadable: tuple[str, ...] = ()
    refused: tuple[Outcome, ...] = ()

    @property
    def left_out(self) -> dict[str, int]:
        """How many entries were passed over, by reason."""
        return dict(sorted(Counter(each.reason for each in self.passed_over).items()))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which files of the inputs are wanted.

    Attributes:
        include: Patterns of which a document's name matches one; without any, all are wanted.
        exclude: Patterns of which it matches none; they leave out folders too.
        settle: Seconds for which a file must not have been written to; others are left out, for another run.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    settle: float = 0.0


def find_jobs(inputs: Sequence[Path], output: Path, choice: Choice | None = None) -> FoundJobs:
    """Find the documents among files and folders; folders are walked with all their subfolders.

    Hidden entries, files of unknown type, results of scans and the output folder are passed over, links into folders
    that were walked before are not followed, and a file that is reached twice is one job. A file that cannot be
    opened is a job like any other: reading it says why.

    Args:
        inputs: Files and folders.
        output: Where the results go.
        choice: Which files are wanted; all without.

    Raises:
        UsageError: If none of the inputs is there.
        NothingToReadError: If there is no document, not even one that is left for another run.
    """
    search = _Search(output, choice or Choice())
    for path in inputs:
        search.add_input(path)
    found = FoundJobs(
        tuple(search.jobs.values()), tuple(search.passed_over), tuple(search.unreadable), tuple(search.refused)
    )
    if len(search.missing) == len(inputs):
        raise UsageError(f"{'; '.join(search.missing)}. Check the path of the input.")
    waits = "still changing" in found.left_out
    if not (found.jobs or found.unreadable or found.refused or waits):
        raise NothingToReadError(_nothing_message(inputs, found.left_out))
    return found


def natural_key(name: str) -> tuple[list[Any], str]:
    """Sorting key under which `page 2` comes before `page 10`."""
    # Splitting at a group gives text and digits in turn, so the same places always hold the same type.
    parts = _NUMBERS.split(name)
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def counts_text(counts: Mapping[str, int]) -> str:
    """`3 hidden, 1 unknown type` from the counts by reason."""
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()))


class _Folder(NamedTuple):
    """A folder to walk; `prefix` begins the names of the documents in it, `results` are those that may be in it."""

    path: Path
    prefix: str
    identity: Identity
    results: KnownResults


class _Search:
    """The state of one search."""

    def __init__(self, output: Path, choice: Choice) -> None:
        self.jobs: dict[str, Job] = {}  # by name
        self.passed_over: list[PassedOver] = []
        self.unreadable: list[str] = []
        self.refused: list[Outcome] = []
        self.missing: list[str] = []
        self._output, self._choice, self._now = output, choice, time.time()
        status = _status(output)
        self._output_identity = None if status is None else _identity(status)
        self._entries: set[tuple[Identity, str]] = set()  # folder and file name of each job
        self._folders: set[Identity] = set()  # those that were walked

    def add_input(self, path: Path) -> None:
        try:
            status = path.stat()
            folder = path.parent.stat()
        except OSError as error:
            self.missing.append(f"{path}: {error.strerror}")
            message = f"{error.strerror}. Check the path of the input."
            self._refuse(Job(path, str(path), self._output), error, message)
            return
        if stat.S_ISDIR(status.st_mode):
            self._walk(path, status)
        else:
            self._add_file(path, path.name, _identity(folder), status)

    def _walk(self, root: Path, status: os.stat_result) -> None:
        # A list of its own instead of recursion: folders may be nested deeper than Python's calls.
        pending = [_Folder(root, "", _identity(status), KnownResults())]
        while pending:
            folder = pending.pop()
            if folder.identity in self._folders:
                self._pass_over(folder.path, "repeated")
            else:
                self._folders.add(folder.identity)
                pending.extend(reversed(self._add_files(folder)))

    def _add_files(self, folder: _Folder) -> list[_Folder]:
        """Add the files of a folder; its subfolders are given back."""
        subfolders = []
        entries = self._list(folder.path)
        results = find_results(folder.path, entries) or folder.results
        for entry in entries:
            path, name = folder.path / entry.name, folder.prefix + entry.name
            status = _status(entry)
            is_folder = status is not None and stat.S_ISDIR(status.st_mode)
            reason = self._reason_against(entry, name, is_folder, status)
            if reason is None and results.has(path):
                reason = "result"
            if reason is not None:
                self._pass_over(path, reason)
            elif is_folder and status is not None:
                subfolders.append(_Folder(path, f"{name}/", _identity(status), results))
            else:
                self._add_file(path, name, folder.identity, status)
        return subfolders

    def _reason_against(
        self, entry: os.DirEntry[str], name: str, is_folder: bool, status: os.stat_result | None
    ) -> Reason | None:
        """Why an entry is passed over before anyone looks into it; None if it is not."""
        if entry.name.startswith("."):
            return "hidden"
        if is_folder and status is not None and _identity(status) == self._output_identity:
            return "output folder"
        if self._choice.exclude and _matches(name, self._choice.exclude):
            return "excluded"
        if self._choice.include and not is_folder and not _matches(name, self._choice.include):
            return "not included"
        return None

    def _list(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: natural_key(entry.name))
        except OSError as error:
            self._pass_over(folder, "unreadable folder")
            self.unreadable.append(f"{folder}: {error.strerror}")
            return []

    def _add_file(self, path: Path, name: str, folder: Identity, status: os.stat_result | None) -> None:
        entry = folder, path.name
        if entry in self._entries:
            self._pass_over(path, "repeated")
        elif status is not None and not stat.S_ISREG(status.st_mode):
            # Opening a pipe or a device would wait for ever.
            self._pass_over(path, "not a regular file")
        elif not is_document(path):
            self._pass_over(path, "unknown type")
        else:
            self._entries.add(entry)
            self._add_job(path, name, status)

    def _add_job(self, path: Path, name: str, status: os.stat_result | None) -> None:
        # A time that lies further ahead than that is a clock that is wrong, and would never be over.
        if status is not None and abs(self._now - status.st_mtime) < self._choice.settle:
            self._pass_over(path, "still changing")
            return
        stamp = None if status is None else Stamp(status.st_size, status.st_mtime_ns)
        job = Job(path, name, self._output / name, stamp)
        other = self.jobs.setdefault(job.name, job)
        if other is not job:
            message = (
                f"its results would replace those of {other.path}. Scan the two into separate output folders, or name "
                "the folder that holds both."
            )
            self._refuse(job, UsageError(message), message)

    def _refuse(self, job: Job, error: Exception, message: str) -> None:
        outcome = Outcome("failed", error_class=type(error).__name__, message=message, attempts=0, job=job)
        self.refused.append(outcome)

    def _pass_over(self, path: Path, reason: Reason) -> None:
        self.passed_over.append(PassedOver(str(path), reason))


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name matches a pattern; one without a slash is for the last part of the name, at any depth."""
    base = name.rpartition("/")[2]
    return any(fnmatchcase(name if "/" in pattern else base, pattern.strip("/")) for pattern in patterns)


def _status(path: Path | os.DirEntry[str]) -> os.stat_result | None:
    """What a path is, links followed; None where that cannot be told, as for a broken link."""
    try:
        return path.stat()
    except OSError:
        return None


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


def _nothing_message(inputs: Sequence[Path], left_out: Mapping[str, int]) -> str:
    places = ", ".join(str(path) for path in inputs)
    passed_over = f" ({counts_text(left_out)})" if left_out else ""
    return f"{places}: nothing to read{passed_over}. Known types: {' '.join(sorted(SUFFIXES))}"
