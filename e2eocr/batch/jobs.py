"""What there is to do, and what became of it: documents with the names their results get, and outcomes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple

from e2eocr.results import DocumentStatus, Origins
from e2eocr.writers import FORMATS

JobStatus = DocumentStatus | Literal["skipped"]
STATUSES: tuple[JobStatus, ...] = ("ok", "partial", "failed", "skipped")


class Stamp(NamedTuple):
    """What tells a file that was not written to since: bytes, and nanoseconds of its modification time."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Job:
    """One document to read.

    Attributes:
        path: The file.
        name: Its path below the input folder, with `/`; for a file that was named itself, its own name.
        output: The output folder and `name` together. Results add their suffix to it.
        stamp: Its size and time when it was found; None where they could not be told.
        formats: What to write; empty for all formats of the run.
        written: Checksums of the results that e2eocr wrote in this place before; see `places.written_text`.
        member: Where the document is carried by another: what that calls it. `path` is then the other.
    """

    path: Path
    name: str
    output: Path
    stamp: Stamp | None = field(default=None, compare=False)
    formats: tuple[str, ...] = field(default=(), compare=False)
    written: str = field(default="", compare=False)
    member: str | None = None

    def output_path(self, format: str) -> Path:
        """Where the result in one format goes."""
        return result_path(self.output, format)


def origins_text(origins: Origins) -> str:
    """Counts by origin as the journal keeps them: JSON, which SQLite can ask for its parts."""
    return json.dumps(origins.to_plain())


def sum_origins(verdicts: Iterable[Verdict]) -> Origins:
    """Where the text of documents came from, as far as that is known."""
    known = (json.loads(each.origins) for each in verdicts if each.origins)
    return sum((Origins.from_plain(each) for each in known), Origins())


def result_path(output: Path, format: str) -> Path:
    """Where the result of a document in one format goes: `OUT/a/b.pdf.txt` for `OUT/a/b.pdf`."""
    return output.with_name(f"{output.name}.{FORMATS[format].suffix}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading a document came to.

    Attributes:
        status: `ok`, `partial` where some pages failed, `failed`, or `skipped` where an earlier run had finished it.
        pages: Pages of the document, `failed_pages` among them.
        failed_pages: Pages that could not be read.
        lines: Lines of text that were found.
        seconds: Time it took.
        error_class: Name of the exception that ended it, if one did.
        message: Why it, or its first failed page, could not be read.
        sha256: Checksum of the content that was read, in hexadecimal; None where that is not known.
        attempts: How often it was tried.
        written: Checksums of the results that e2eocr wrote; see `places.written_text`.
        attachments: Names of the files that the document carries, a line each.
        origins: Where the text of its pages and lines came from, as `origins_text` writes it; empty where that is not
            known, as of documents that an earlier version read.
    """

    status: JobStatus
    pages: int = 0
    failed_pages: int = 0
    lines: int = 0
    seconds: float = 0.0
    error_class: str | None = None
    message: str | None = None
    sha256: str | None = None
    attempts: int = 1
    written: str = ""
    attachments: str = ""
    origins: str = ""

    def verdict(self) -> dict[str, Any]:
        """The verdict alone, by name of the attribute."""
        return {name: getattr(self, name) for name in _VERDICT}

    def error(self) -> dict[str, Any] | None:
        """Why it failed, as reports tell it; None if it did not."""
        return {"class": self.error_class, "message": self.message} if self.message else None


_VERDICT = tuple(each.name for each in fields(Verdict))


@dataclass(frozen=True, slots=True)
class Outcome(Verdict):
    """What became of a job.

    Attributes:
        job: What was to do.
        earlier: Whether this was found out by an earlier run, and not tried again.
        unread_pages: Pages that were read now, on which more lines were found and not read than were read.
        unknown_script_pages: Of these, pages most of whose lines are in a script that nothing at hand reads.
        kept: Names of results that were left as they are, because a person has changed them since.
    """

    job: Job = field(kw_only=True)
    earlier: bool = field(default=False, kw_only=True)
    kept: tuple[str, ...] = field(default=(), kw_only=True)
    unread_pages: int = field(default=0, kw_only=True)
    unknown_script_pages: int = field(default=0, kw_only=True)
