"""What a run has to do: each document held against the journal and against the results that are there."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2eocr.batch.finding import FoundJobs
from e2eocr.batch.jobs import STATUSES, Job, Outcome, Stamp
from e2eocr.batch.journal import Entry, Journal
from e2eocr.batch.lock import now_text
from e2eocr.batch.moving import KnownContent
from e2eocr.batch.places import read_written, standing, verified_checksums, written_text
from e2eocr.batch.settings import ScanSettings
from e2eocr.errors import DocumentError, PasswordError, PlaceTakenError, UsageError
from e2eocr.files import digest_file, is_temporary
from e2eocr.results import Engine
from e2eocr.settings import options_of
from e2eocr.writers import FORMATS, read_json


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do.

    Attributes:
        todo: The documents to read.
        outcomes: What became of the others: skipped, or failed before and not tried again.
        gone: Names of documents that the journal knows and that are no longer under the inputs.
        newly_gone: Those of them that no earlier run has told of.
        known: Documents whose content the journal knows under another name, each with that entry.
        replaced: Documents whose file has other content than the results under their name, with the formats of those.
        learned: Entries that the journal lacks: of results that were recognized, files that were touched, or are gone.
    """

    todo: tuple[Job, ...]
    outcomes: tuple[Outcome, ...]
    gone: tuple[str, ...]
    newly_gone: tuple[str, ...]
    known: tuple[tuple[Job, Entry], ...]
    replaced: tuple[tuple[str, tuple[str, ...]], ...]
    learned: tuple[Entry, ...]


def plan_run(
    settings: ScanSettings, engine: Engine, found: FoundJobs, entries: Mapping[str, Entry], *, clear: bool = True
) -> Plan:
    """Decide for each document that was found whether it is to be read.

    Args:
        settings: The run.
        engine: What reads the documents.
        found: The documents.
        entries: What the journal knows, by name.
        clear: Whether to remove the temporary files that killed runs have left among the results.
    """
    return _Planner(settings, engine, entries, clear).plan(found)


def run_fingerprint(settings: ScanSettings, engine: Engine) -> str:
    """A short name of program version, models and options: two runs that give the same files have the same."""
    fields = dataclasses.asdict(engine)
    for each, about in options_of(settings):
        value = getattr(settings, each.name)
        if about.effect == "text" and value != each.default:
            fields[each.name] = value
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


class Recorder:
    """Writes into the journal what became of each job.

    Args:
        journal: The journal.
        settings: The run.
        engine: What reads the documents.
    """

    def __init__(self, journal: Journal, settings: ScanSettings, engine: Engine) -> None:
        self._journal, self._formats = journal, settings.formats
        self._fingerprint = run_fingerprint(settings, engine)

    def record(self, outcome: Outcome) -> Outcome:
        """Write an outcome, and give back what a run keeps of it to its end.

        That has the tries of earlier runs counted in, and lacks the checksums: a run over many documents has no memory
        for what the journal holds.
        """
        job = outcome.job
        sha256 = outcome.sha256 or _digest_unchanged(job)
        formats, attempts = set(job.formats or self._formats), outcome.attempts
        before = self._journal.entries.get(job.name)
        if before is not None and (before.settings, before.sha256) == (self._fingerprint, sha256):
            attempts += before.attempts
            if before.status == outcome.status == "ok":
                formats.update(before.formats.split())
        entry = Entry(
            name=job.name,
            path=os.path.abspath(job.path),
            size=job.stamp and job.stamp.size,
            mtime_ns=job.stamp and job.stamp.mtime_ns,
            settings=self._fingerprint,
            formats=" ".join(sorted(formats)),
            **outcome.verdict()
            | {"sha256": sha256, "attempts": attempts, "seconds": round(outcome.seconds, 3)}
            | {"written": outcome.written or job.written},
            finished=now_text(),
        )
        self._journal.write([entry])
        status = STATUSES[STATUSES.index(outcome.status)]  # one word for all, where each message brings its own
        return dataclasses.replace(outcome, status=status, attempts=attempts, sha256=None, written="")


class _Planner:
    """The state of one planning."""

    def __init__(self, settings: ScanSettings, engine: Engine, entries: Mapping[str, Entry], clear: bool) -> None:
        self._settings, self._engine, self._entries = settings, engine, entries
        self._fingerprint = run_fingerprint(settings, engine)
        self._results = _Results(settings.output, clear)
        self._learned: list[Entry] = []
        self._replaced: list[tuple[str, tuple[str, ...]]] = []
        self._content = KnownContent(entries.values(), self._fingerprint)
        self._known: list[tuple[Job, Entry]] = []

    def plan(self, found: FoundJobs) -> Plan:
        decisions = [self._decide(job) for job in found.jobs]
        todo = tuple(each for each in decisions if isinstance(each, Job))
        outcomes = tuple(each for each in decisions if isinstance(each, Outcome))
        for folder in {os.path.dirname(name) for name in self._entries}:
            self._results.names_in(folder)
        gone = self._find_gone(found)
        new = tuple(name for name in gone if self._entries[name].gone is None)
        return Plan(todo, outcomes, gone, new, tuple(self._known), tuple(self._replaced), tuple(self._learned))

    def _decide(self, job: Job) -> Job | Outcome:
        """The job where it is to be done, with the formats that lack; otherwise what became of it."""
        names = self._results.names_in(os.path.dirname(job.name))
        path = os.path.abspath(job.path)
        entry = self._entries.get(job.name)
        if entry is None:
            entry = self._recognize(job, path) if _result_name(job, "json") in names else None
        elif entry.path != path and self._is_another(entry, path, job) and not self._settings.force:
            return _conflict(job, entry)
        if entry is None or not self._same_content(job, path, entry):
            known = None if self._settings.force else self._content.find(job)
            if known is not None:
                self._known.append((job, known))
            if entry is not None:
                self._replace(dataclasses.replace(job, written=_known_results(entry)))
            return job
        if self._settings.force or entry.settings != self._fingerprint:
            return dataclasses.replace(job, written=_known_results(entry))
        if entry.status != "ok":
            return self._stand(job, entry, names)
        formats = entry.formats.split()
        lacking = tuple(
            format
            for format in self._settings.formats
            if format not in formats or _result_name(job, format) not in names
        )
        if lacking:
            return dataclasses.replace(job, formats=lacking, written=_known_results(entry))
        return remembered(job, entry, "skipped")

    def _stand(self, job: Job, entry: Entry, names: set[str]) -> Job | Outcome:
        """A document that failed, or pages of which failed, is read again only where something has changed."""
        settings = self._settings
        needs_password = entry.error_class == PasswordError.__name__ and settings.read.passwords
        written = read_written(_known_results(entry))
        results_lack = any(_result_name(job, format) not in names for format in settings.formats if format in written)
        others = set(entry.formats.split()) != set(settings.formats)
        was_taken = entry.error_class == PlaceTakenError.__name__
        may_be_opened = entry.sha256 is None and os.access(job.path, os.R_OK)
        if settings.retry_failed or needs_password or results_lack or others or was_taken or may_be_opened:
            return dataclasses.replace(job, written=_known_results(entry))
        return remembered(job, entry, entry.status)

    def _same_content(self, job: Job, path: str, entry: Entry) -> bool:
        stamp = None if entry.size is None or entry.mtime_ns is None else Stamp(entry.size, entry.mtime_ns)
        if stamp != job.stamp and (entry.sha256 is None or _digest(job.path) != entry.sha256):
            return False
        if (stamp, entry.path, entry.gone) != (job.stamp, path, None):
            self._learned.append(_with_stamp(entry, job.stamp, path=path, gone=None))
        return True

    def _is_another(self, entry: Entry, path: str, job: Job) -> bool:
        """Whether the results under this name belong to another file, which is still there and has other content."""
        try:
            if os.path.samefile(entry.path, path):
                return False
        except OSError:
            return False
        return entry.sha256 is None or _digest(job.path) != entry.sha256

    def _replace(self, job: Job) -> None:
        """Note that the results under the name of a job are of other content."""
        results = tuple(format for format in FORMATS if standing(job, format) in ("ours", "changed"))
        if results:
            self._replaced.append((job.name, results))

    def _recognize(self, job: Job, path: str) -> Entry | None:
        """The entry of a document that the journal does not know, but whose results show how they were made."""
        try:
            document = read_json(job.output_path("json").read_bytes())
            made = job.output_path("json").stat().st_mtime_ns
            chosen = self._settings.chosen_writing()
            # A file older than the JSON was made by an earlier run, perhaps with other settings.
            # Nor does it tell by which options a text was written.
            formats = [
                format
                for format, known in FORMATS.items()
                if _time_of(job.output_path(format)) >= made and not chosen.intersection(known.changed_by)
            ]
            if document.source.sha256 != digest_file(job.path)[0]:
                self._replace(job)
                return None
            if document.status != "ok" or not self._engine.may_have_read(document):
                return None
        except (OSError, ValueError, RecursionError, DocumentError):
            return None
        entry = Entry(
            name=job.name,
            path=path,
            size=None,
            mtime_ns=None,
            sha256=document.source.sha256,
            settings=self._fingerprint,
            formats=" ".join(sorted(formats)),
            status="ok",
            pages=len(document.pages),
            lines=sum(len(page.lines) for page in document.pages),
        )
        entry = _with_stamp(entry, job.stamp, written=verified_checksums(job, formats))
        self._learned.append(entry)
        return entry

    def _find_gone(self, found: FoundJobs) -> tuple[str, ...]:
        here = {job.name for job in found.jobs}
        roots = [os.path.abspath(path) for path in self._settings.inputs]
        gone = []
        for name, entry in self._entries.items():
            if name not in here and _is_below(entry.path, roots) and _is_missing(entry.path):
                gone.append(name)
                if entry.gone is None:
                    self._learned.append(dataclasses.replace(entry, gone=now_text()))
        return tuple(sorted(gone))


class _Results:
    """The names in the folders of an output folder, each listed once."""

    def __init__(self, output: Path, clear: bool) -> None:
        self._output, self._clear = output, clear
        self._folders: dict[str, set[str]] = {}

    def names_in(self, folder: str) -> set[str]:
        """The names of a folder's files, without what a killed run has left half-written."""
        if folder not in self._folders:
            self._folders[folder] = set(_list_results(self._output / folder, self._clear))
        return self._folders[folder]


def _list_results(folder: Path, clear: bool) -> Iterator[str]:
    # A folder that is not there yet, or cannot be listed, has no results; writing into it tells what is wrong.
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not is_temporary(entry.name):
                yield entry.name
            elif clear and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    os.unlink(entry.path)


def _result_name(job: Job, format: str) -> str:
    return f"{os.path.basename(job.name)}.{FORMATS[format].suffix}"


def _known_results(entry: Entry) -> str:
    """What the journal says of a document's results; of one that tells no checksums, at least which there are."""
    formats = entry.formats.split() if entry.status != "failed" else []
    return entry.written or written_text(dict.fromkeys(formats, ""))


def remembered(job: Job, entry: Entry, status: str) -> Outcome:
    """What an earlier run found out about a document."""
    return Outcome(**{**entry.verdict(), "status": status}, job=job, earlier=True)


def _conflict(job: Job, entry: Entry) -> Outcome:
    message = (
        f"its results would replace those of {entry.path}. Scan the two into separate output folders, or give up "
        "the other's with --force."
    )
    return Outcome("failed", job=job, error_class=UsageError.__name__, message=message, attempts=0)


def _with_stamp(entry: Entry, stamp: Stamp | None, **changes: Any) -> Entry:
    size, mtime_ns = (None, None) if stamp is None else stamp
    return dataclasses.replace(entry, size=size, mtime_ns=mtime_ns, **changes)


def _time_of(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1


def _digest(path: Path) -> str | None:
    try:
        return digest_file(path)[0]
    except DocumentError:
        return None


def _digest_unchanged(job: Job) -> str | None:
    """The checksum of a file, if it is still as it was when it was found."""
    digest = _digest(job.path)
    try:
        status = job.path.stat()
    except OSError:
        return None
    return digest if Stamp(status.st_size, status.st_mtime_ns) == job.stamp else None


def _is_below(path: str, roots: list[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)


def _is_missing(path: str) -> bool:
    """Whether there is no such file; one that cannot be looked at may well be there."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
