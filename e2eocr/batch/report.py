"""What a run came to: for people a line, for programs a JSON file, for the shell an exit code."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from e2eocr import __version__
from e2eocr.batch.jobs import Outcome
from e2eocr.config import ScanSettings
from e2eocr.errors import ExitCode
from e2eocr.writers.characters import valid_unicode

REPORT_FORMAT = "e2eocr-report/1"
STATUSES = ("ok", "partial", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class ScanReport:
    """One run.

    Attributes:
        settings: What was asked for.
        outcomes: One for each document, in the order in which the documents were found.
        left_out: Entries of the input folders that are no documents to read: how many, by reason.
        unreadable: Input folders that could not be listed, each with the reason.
        seconds: Time the run took.
    """

    settings: ScanSettings
    outcomes: tuple[Outcome, ...]
    left_out: dict[str, int]
    unreadable: tuple[str, ...]
    seconds: float

    @property
    def counts(self) -> dict[str, int]:
        """Documents by status."""
        counts = Counter(outcome.status for outcome in self.outcomes)
        return {status: counts[status] for status in STATUSES}

    @property
    def pages(self) -> int:
        """Pages of the documents that were read in this run."""
        return sum(outcome.pages for outcome in self.outcomes)

    @property
    def exit_code(self) -> ExitCode:
        """`SOME_FAILED` if a document, or a page of one, could not be read."""
        counts = self.counts
        return ExitCode.SOME_FAILED if counts["failed"] or counts["partial"] else ExitCode.OK


def summary_line(report: ScanReport) -> str:
    """The run in one line."""
    counts = report.counts
    read = _plural(counts["ok"] + counts["partial"], "document")
    pace = f"{report.pages / max(report.seconds, 1e-9):.1f} pages/s"
    parts = [f"read {read} ({_plural(report.pages, 'page')}) in {report.seconds:.1f} s, {pace}"]
    others = [
        f"{counts[status]:,} {word}"
        for status, word in (("failed", "failed"), ("partial", "with failed pages"), ("skipped", "skipped"))
        if counts[status]
    ]
    if others:
        parts.append(", ".join(others))
    return "; ".join([*parts, f"results in {report.settings.output}"])


def report_json(report: ScanReport) -> bytes:
    """The run as JSON, for people and programs."""
    plain = {
        "format": REPORT_FORMAT,
        "version": __version__,
        "settings": _plain_settings(report.settings),
        "exit_code": int(report.exit_code),
        "seconds": round(report.seconds, 3),
        "pages": report.pages,
        "counts": report.counts,
        "left_out": report.left_out,
        "unreadable_folders": report.unreadable,
        "documents": [_plain_outcome(outcome) for outcome in report.outcomes],
    }
    return valid_unicode(json.dumps(plain, ensure_ascii=False, indent=1, default=str) + "\n").encode("utf-8")


def _plain_settings(settings: ScanSettings) -> dict[str, Any]:
    plain = dataclasses.asdict(settings)
    # A report is read by others than the one who knows the passwords.
    del plain["read"]["passwords"]
    return plain


def _plain_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.job.name,
        "path": str(outcome.job.path),
        "status": outcome.status,
        "pages": outcome.pages,
        "failed_pages": outcome.failed_pages,
        "lines": outcome.lines,
        "seconds": round(outcome.seconds, 3),
        "error": {"class": outcome.error_class, "message": outcome.message} if outcome.message else None,
    }


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
