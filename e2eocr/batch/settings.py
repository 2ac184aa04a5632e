"""The settings of one run over files and folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from e2eocr.errors import UsageError
from e2eocr.settings import ReadSettings, check_at_least_one, check_choice, check_not_negative
from e2eocr.writers import FORMATS

EXECUTORS = ("process", "serial", "ray")
LOG_FORMATS = ("text", "json")


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """One run over files and folders.

    Attributes:
        inputs: Files, and folders that are walked with all their subfolders.
        output: Folder for the results; made if it is not there.
        formats: What to write for each document, names of `e2eocr.writers.FORMATS`.
        dehyphenate: Whether `txt` has words whole that the end of a line parts.
        workers: Documents read at the same time; None lets the runner choose by the machine.
        executor: `process` for worker processes, `serial` for this process alone, `ray` for a cluster.
        ray_address: Where the cluster is, as Ray names it; `auto` finds one that runs here.
        page_timeout: Seconds that a page may take; 0 for no limit.
        document_timeout: Seconds of work that a document may take; 0 for no limit.
        memory_limit: MiB that a worker may take; 0 for no limit.
        recycle_pages: Pages after which a worker is replaced by a fresh one; 0 for never.
        force: Whether to read again what an earlier run has finished.
        retry_failed: Whether to read again what, or pages of which, an earlier run could not read.
        settle: Seconds for which a file must not have been written to; others are left for the next run.
        wait: Seconds to wait for another run that holds the output folder.
        report: Where to write the report of the run, if anywhere beside the output folder's own.
        quiet: Whether to keep progress and summary off stderr.
        log_format: What stderr is for: `text` for people, `json` for programs, an object a line.
        read: How each document is read.

    Raises:
        UsageError: If a value is out of its range.
    """

    inputs: tuple[Path, ...]
    output: Path
    formats: tuple[str, ...] = ("txt", "json")
    dehyphenate: bool = False
    workers: int | None = None
    executor: str = "process"
    ray_address: str = "auto"
    page_timeout: float = 300.0
    document_timeout: float = 0.0
    memory_limit: int = 0
    recycle_pages: int = 1000
    force: bool = False
    retry_failed: bool = False
    settle: float = 0.0
    wait: float = 0.0
    report: Path | None = None
    quiet: bool = False
    log_format: str = "text"
    read: ReadSettings = field(default_factory=ReadSettings)

    def __post_init__(self) -> None:
        if not self.inputs:
            raise UsageError("Nothing to scan: name at least one file or folder.")
        if not self.formats:
            raise UsageError(f"Invalid `formats`. Expected at least one of: {', '.join(FORMATS)}. Received: none")
        for name in self.formats:
            check_choice("formats", name, FORMATS)
        if self.workers is not None:
            check_at_least_one("workers", self.workers)
        check_choice("executor", self.executor, EXECUTORS)
        check_choice("log_format", self.log_format, LOG_FORMATS)
        for name in ("settle", "wait", "page_timeout", "document_timeout"):
            check_not_negative(name, getattr(self, name), "seconds")
        for name in ("memory_limit", "recycle_pages"):
            check_not_negative(name, getattr(self, name))
