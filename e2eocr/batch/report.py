"""What a run came to: for people a line, for programs a JSON file, for the shell an exit code."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from e2eocr import __version__
from e2eocr.batch.jobs import JobStatus, Outcome
from e2eocr.batch.settings import ScanSettings
from e2eocr.errors import ExitCode
from e2eocr.settings import options_of
from e2eocr.writers.characters import valid_unicode

REPORT_FORMAT = "e2eocr-report/1"
STATUSES: tuple[JobStatus, ...] = ("ok", "partial", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class ScanReport:
    """One run.

    Attributes:
        settings: What was asked for.
        outcomes: One for each document, in the order in which the documents were found.
        left_out: Entries of the input folders that are no documents to read: how many, by reason.
        unreadable: Input folders that could not be listed, each with the reason.
        seconds: Time the run took.
        gone: Documents that earlier runs knew and that are no longer under the inputs. Their results are kept.
        started: When the run began, UTC, ISO 8601.
        finished: When it ended.
        signal_number: The signal that asked it to end early; None if none did.
        left: Documents that it did not come to for that.
    """

    settings: ScanSettings
    outcomes: tuple[Outcome, ...]
    left_out: dict[str, int]
    unreadable: tuple[str, ...]
    seconds: float
    gone: tuple[str, ...] = ()
    started: str | None = None
    finished: str | None = None
    signal_number: int | None = None
    left: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Documents by status."""
        counts = Counter(outcome.status for outcome in self.outcomes)
        return {status: counts[status] for status in STATUSES}

    @property
    def pages(self) -> int:
        """Pages of the documents that were read in this run."""
        return sum(outcome.pages for outcome in self.outcomes if not outcome.earlier)

    @property
    def exit_code(self) -> ExitCode:
        """128 and the signal for a run that was interrupted; `SOME_FAILED` if a document or page could not be read."""
        if self.signal_number is not None:
            return ExitCode(128 + self.signal_number)
        counts = self.counts
        return ExitCode.SOME_FAILED if counts["failed"] or counts["partial"] else ExitCode.OK


def summary_line(report: ScanReport) -> str:
    """The run in one line."""
    counts = report.counts
    earlier = Counter(outcome.status for outcome in report.outcomes if outcome.earlier)
    read = plural(counts["ok"] + counts["partial"] - earlier["partial"], "document")
    pace = f"{report.pages / max(report.seconds, 1e-9):.1f} pages/s"
    parts = [f"read {read} ({plural(report.pages, 'page')}) in {report.seconds:.1f} s, {pace}"]
    others = [
        f"{counts[status]:,} {word}"
        for status, word in (("failed", "failed"), ("partial", "with failed pages"), ("skipped", "skipped"))
        if counts[status]
    ]
    if others:
        parts.append(", ".join(others))
    if earlier["failed"] or earlier["partial"]:
        tried = earlier["failed"] + earlier["partial"]
        parts.append(f"{tried:,} of these failures are known from earlier runs, --retry-failed tries them again")
    if report.gone:
        parts.append(f"{len(report.gone):,} gone from the input")
    if report.signal_number is not None:
        parts.append(f"interrupted, {plural(report.left, 'document')} left for the next run")
    return "; ".join([*parts, f"results in {report.settings.output}"])


def report_json(report: ScanReport) -> bytes:
    """The run as JSON, for people and programs."""
    plain = {
        "format": REPORT_FORMAT,
        "version": __version__,
        "settings": _plain_settings(report.settings),
        "exit_code": int(report.exit_code),
        "interrupted": report.signal_number is not None,
        "started": report.started,
        "finished": report.finished,
        "seconds": round(report.seconds, 3),
        "pages": report.pages,
        "counts": report.counts,
        "left": report.left,
        "gone": report.gone,
        "left_out": report.left_out,
        "unreadable_folders": report.unreadable,
        "documents": [_plain_outcome(outcome) for outcome in report.outcomes],
    }
    return valid_unicode(json.dumps(plain, ensure_ascii=False, indent=1, default=str) + "\n").encode("utf-8")


def _plain_settings(settings: ScanSettings) -> dict[str, Any]:
    # A report is read by others than the one who knows the passwords.
    read = {each.name: getattr(settings.read, each.name) for each, _ in options_of(settings.read) if each.repr}
    return {**dataclasses.asdict(settings), "read": read}


def _plain_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.job.name,
        "path": str(outcome.job.path),
        "status": outcome.status,
        "pages": outcome.pages,
        "failed_pages": outcome.failed_pages,
        "lines": outcome.lines,
        "seconds": round(outcome.seconds, 3),
        "attempts": outcome.attempts,
        "earlier": outcome.earlier,
        "error": outcome.error(),
    }


def plural(count: int, noun: str) -> str:
    """`1 page`, `1,234 pages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
