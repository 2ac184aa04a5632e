"""What the journal of an output folder tells, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2eocr.batch.jobs import JobStatus, sum_origins
from e2eocr.batch.journal import Entry, Journal, Run, read_journal
from e2eocr.batch.lock import hold_folder, is_held
from e2eocr.batch.places import read_written, set_aside
from e2eocr.batch.report import plural
from e2eocr.results import Origins
from e2eocr.writers.characters import one_line, valid_unicode

STATUS_FORMAT = "e2eocr-status/1"
_STATUSES: tuple[JobStatus, ...] = ("ok", "partial", "failed")


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """What scans into an output folder have done.

    Attributes:
        folder: The output folder.
        entries: What the journal knows, in order of names.
        run: The last run; None if there was none.
        running: Whether a scan holds the folder now.
    """

    folder: Path
    entries: tuple[Entry, ...]
    run: Run | None
    running: bool

    @property
    def counts(self) -> dict[str, int]:
        """Documents by status."""
        counts = Counter(entry.status for entry in self.entries)
        return {status: counts[status] for status in _STATUSES}

    @property
    def origins(self) -> Origins:
        """Where the text of the documents came from; those that an earlier version read do not tell."""
        return sum_origins(self.entries)

    @property
    def failures(self) -> list[Entry]:
        """Documents that could not be read, or not all pages of which could."""
        return [entry for entry in self.entries if entry.status != "ok"]

    @property
    def gone(self) -> list[Entry]:
        """Documents that the last scan of their folder did not find any more."""
        return [entry for entry in self.entries if entry.gone]


def read_status(folder: Path) -> FolderStatus:
    """Read what the journal of an output folder tells. Nothing is written.

    Raises:
        UsageError: If the folder holds no journal that can be read.
    """
    entries, run = read_journal(folder)
    return FolderStatus(folder, tuple(entries), run, is_held(folder))


def forget_gone(folder: Path, *, prune: bool = False) -> list[str]:
    """Have the journal of an output folder forget documents that are gone from the input.

    Args:
        folder: The output folder.
        prune: Whether to set their results aside too; else these stay where they are.

    Returns:
        The names of those documents.

    Raises:
        UsageError: If the folder holds no journal that can be read.
        OutputLockedError: If a scan holds the folder.
        OutputError: If the journal cannot be written, or results cannot be moved.
    """
    read_journal(folder)  # one that is not there is not to be made
    with hold_folder(folder), Journal(folder) as journal:
        gone = sorted(name for name, entry in journal.entries.items() if entry.gone)
        for name in gone if prune else ():
            set_aside(folder, name, read_written(journal.entries[name].written))
        journal.forget(gone)
    return gone


def status_text(status: FolderStatus) -> str:
    """The status for people, a line each."""
    counts = status.counts
    parts = ", ".join(f"{counts[name]:,} {name}" for name in _STATUSES)
    pages = sum(entry.pages for entry in status.entries)
    lines = [f"{status.folder}: {plural(len(status.entries), 'document')}, {plural(pages, 'page')}: {parts}"]
    if str(status.origins):
        lines.append(str(status.origins))
    if status.gone:
        lines.append(f"{len(status.gone):,} of them gone from the input; their results are kept")
    lines.append(_run_line(status))
    lines.extend(f"cannot list {folder}" for folder in (status.run and status.run.unreadable) or ())
    lines.extend(_failure_line(entry) for entry in status.failures)
    lines.extend(f"gone: {entry.name}: {entry.path}, since {entry.gone}" for entry in status.gone)
    return "".join(f"{one_line(line)}\n" for line in lines)


def status_json(status: FolderStatus) -> str:
    """The status for programs, as JSON."""
    plain = {
        "format": STATUS_FORMAT,
        "counts": status.counts,
        "pages": sum(entry.pages for entry in status.entries),
        "origins": status.origins.to_plain(),
        "running": status.running,
        "last_run": None if status.run is None else status.run._asdict(),
        "failures": [_plain_entry(entry) for entry in status.failures],
        "gone": [{"name": entry.name, "path": entry.path, "since": entry.gone} for entry in status.gone],
    }
    return valid_unicode(json.dumps(plain, ensure_ascii=False, indent=1)) + "\n"


def _run_line(status: FolderStatus) -> str:
    run = status.run
    if run is None:
        return "no run yet"
    who = f"process {run.pid} on {run.host}"
    if run.finished is not None:
        return f"last run: {run.started}, {run.seconds:.1f} s, exit code {run.exit_code}"
    if status.running:
        return f"a scan is at work since {run.started} ({who})"
    return f"last run: {run.started}, ended without finishing ({who}); the next one goes on where it was"


def _failure_line(entry: Entry) -> str:
    return f"{entry.status}: {entry.name}: {entry.message} ({plural(entry.attempts, 'attempt')}, {entry.finished})"


def _plain_entry(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "path": entry.path,
        "status": entry.status,
        "pages": entry.pages,
        "failed_pages": entry.failed_pages,
        "attempts": entry.attempts,
        "finished": entry.finished,
        "error": entry.error(),
    }
