"""What a run came to: for people a line, for programs a JSON file, for the shell an exit code."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from e2eocr import __version__
from e2eocr.batch.finding import FoundJobs
from e2eocr.batch.jobs import STATUSES, Outcome, sum_origins
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import Interrupted
from e2eocr.errors import ExitCode, OCRError
from e2eocr.results import Origins
from e2eocr.settings import options_of
from e2eocr.writers.characters import valid_unicode

REPORT_NAME = "e2eocr-report/"
REPORT_FORMAT = f"{REPORT_NAME}1"


@dataclass(frozen=True, slots=True)
class ScanReport:
    """One run.

    Attributes:
        settings: What was asked for.
        outcomes: One for each document, in the order in which the documents were found.
        found: What was found under the inputs.
        seconds: Time the run took.
        gone: Documents that earlier runs knew and that are no longer under the inputs. Their results are kept.
        started: When the run began, UTC, ISO 8601.
        finished: When it ended.
        signal_number: The signal that asked it to end early; None if none did.
        left: Documents that it did not come to for that.
        known_unreadable: Folders that the run before could not list either.
        error: What ended the run before its end, if anything did.
    """

    settings: ScanSettings
    outcomes: tuple[Outcome, ...]
    found: FoundJobs
    seconds: float = 0.0
    gone: tuple[str, ...] = ()
    started: str | None = None
    finished: str | None = None
    signal_number: int | None = None
    left: int = 0
    known_unreadable: tuple[str, ...] = ()
    error: OCRError | Interrupted | None = None

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
    def unread_pages(self) -> int:
        """Pages read in this run, on which more lines were found and not read than were read."""
        return sum(outcome.unread_pages for outcome in self.outcomes)

    @property
    def unknown_script_pages(self) -> int:
        """Of these, pages most of whose lines are in a script that nothing at hand reads."""
        return sum(outcome.unknown_script_pages for outcome in self.outcomes)

    @property
    def origins(self) -> Origins:
        """Where the text of the pages read in this run came from."""
        return sum_origins(outcome for outcome in self.outcomes if not outcome.earlier)

    @property
    def exit_code(self) -> ExitCode:
        """128 and the signal for a run that was interrupted; `SOME_FAILED` if something could not be read."""
        if isinstance(self.error, OCRError):
            return self.error.exit_code
        signal_number = self.signal_number if self.error is None else self.error.signal_number
        if signal_number is not None:
            return ExitCode(128 + signal_number)
        only_new = self.settings.fail_on == "new"
        failed = any(each.status in ("failed", "partial") for each in self.outcomes if not (only_new and each.earlier))
        unlisted = set(self.found.unreadable) - set(self.known_unreadable if only_new else ())
        return ExitCode.SOME_FAILED if failed or unlisted else ExitCode.OK


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
    if str(report.origins):
        parts.append(str(report.origins))
    if report.unread_pages:
        verb = "has" if report.unread_pages == 1 else "have"
        strange = report.unknown_script_pages
        reason = f", {strange:,} of them in a script without a recognizer" if strange else ""
        parts.append(f"{plural(report.unread_pages, 'page')} {verb} text that was not read{reason}")
    if report.gone:
        parts.append(f"{len(report.gone):,} gone from the input")
    kept = sum(bool(outcome.kept) for outcome in report.outcomes)
    if kept:
        parts.append(f"results of {kept:,} kept as they were changed by hand, --force replaces them")
    if report.found.unreadable:
        parts.append(f"{plural(len(report.found.unreadable), 'folder')} could not be listed")
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
        "error": str(report.error) if isinstance(report.error, OCRError) else None,
        "interrupted": report.signal_number is not None or isinstance(report.error, Interrupted),
        "started": report.started,
        "finished": report.finished,
        "seconds": round(report.seconds, 3),
        "pages": report.pages,
        "unread_pages": report.unread_pages,
        "unknown_script_pages": report.unknown_script_pages,
        "origins": report.origins.to_plain(),
        "counts": report.counts,
        "left": report.left,
        "gone": report.gone,
        "left_out": report.found.left_out,
        "left_out_files": [each._asdict() for each in report.found.passed_over],
        "unreadable_folders": report.found.unreadable,
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
        "unread_pages": outcome.unread_pages,
        "unknown_script_pages": outcome.unknown_script_pages,
        "lines": outcome.lines,
        "origins": json.loads(outcome.origins or "null"),
        "seconds": round(outcome.seconds, 3),
        "attempts": outcome.attempts,
        "earlier": outcome.earlier,
        "kept": outcome.kept,
        "attachments": outcome.attachments.splitlines(),
        "error": outcome.error(),
    }


def plural(count: int, noun: str) -> str:
    """`1 page`, `1,234 pages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
