"""The settings of one run over files and folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2eocr.errors import UsageError
from e2eocr.settings import ReadSettings, check_options, option, options_of
from e2eocr.writers import FORMATS, KEEP, PAGE_FURNITURE, check_installed


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """One run over files and folders.

    Attributes:
        inputs: Files, and folders that are walked with all their subfolders.
        output: Folder for the results; made if it is not there.
        formats: What to write for each document, names of `e2eocr.writers.FORMATS`.
        dehyphenate: Whether `txt` has words whole that the end of a line parts.
        page_furniture: Whether `txt`, `md` and `docx` `keep` headers, footers and page numbers, or `leave-out` those.
        pdf_images: Whether `pdf` has pictures as they are in their file, `keep`, or `smaller` at some loss.
        signed: Whether `pdf` adds text to a PDF that is signed, which breaks the signature: `refuse` or `break`.
        workers: Documents read at the same time; None: as many as the cores and the memory allow.
        executor: `process` for worker processes, `serial` for this process alone, `ray` for a cluster.
        ray_address: Where the cluster is, as Ray names it; `auto` finds one that runs here.
        page_timeout: Seconds that a page may take; 0 for no limit.
        document_timeout: Seconds of work that a document may take; 0 for no limit.
        memory_limit: MiB that a worker may take; 0 for no limit.
        recycle_pages: Pages after which a worker is replaced by a fresh one; 0 for never.
        force: Whether to read again what an earlier run has finished.
        attachments: Whether files that PDFs carry are told by name, or `read` as documents of their own.
        retry_failed: Whether to read again what, or pages of which, an earlier run could not read.
        settle: Seconds for which a file must not have been written to; others are left for the next run.
        include: Patterns, as of a shell, of which a document's name matches one; all are read without any.
        exclude: Patterns of documents and folders that are left out.
        fail_on: Which failures the exit code tells: `any`, or `new` ones, that no earlier run has told.
        wait: Seconds to wait for another run that holds the output folder.
        report: Where to write the report of the run, if anywhere beside the output folder's own.
        quiet: Whether to keep progress and summary off stderr.
        verbose: Whether to name each file that is left out.
        log_file: A file that takes all lines that go to stderr too, each with the time.
        log_format: What stderr is for: `text` for people, `json` for programs, an object a line.
        read: How each document is read.

    Raises:
        UsageError: If a value is out of its range.
        MissingDependencyError: If a format needs a package that is not installed.
    """

    inputs: tuple[Path, ...]
    output: Path = option("Folder for the results.", short="o", metavar="OUT")
    formats: tuple[str, ...] = option(
        "What to write for each document; repeat it for several.",
        ("txt", "json"),
        name="format",
        choices=tuple(FORMATS),
    )
    dehyphenate: bool = option("In txt, make words whole that the end of a line parts.", False, effect="text")
    page_furniture: str = option(
        "In txt, md and docx, keep headers, footers and page numbers, or leave them out.",
        KEEP,
        effect="text",
        choices=PAGE_FURNITURE,
    )
    pdf_images: str = option(
        "Pictures in a PDF as they are in their file, or smaller at some loss.",
        "keep",
        effect="text",
        choices=("keep", "smaller"),
    )
    signed: str = option(
        "Add no text to signed PDFs, or break their signature.", "refuse", effect="text", choices=("refuse", "break")
    )
    workers: int | None = option(
        "Documents read at the same time; auto: as many as cores and memory allow.",
        None,
        low=1,
        word_for_none="auto",
        metavar="N|auto",
    )
    executor: str = option("What the workers are.", "process", choices=("process", "serial", "ray"))
    ray_address: str = option("The Ray cluster for --executor ray.", "auto", metavar="ADDRESS")
    page_timeout: float = option(
        "Give a page up after so long; 0: never.", 300.0, low=0, unit="seconds", metavar="SECONDS"
    )
    document_timeout: float = option(
        "Give a document up after so much work; 0: never.", 0.0, low=0, unit="seconds", metavar="SECONDS"
    )
    memory_limit: int = option("End a worker that takes more memory than this; 0: never.", 0, low=0, metavar="MIB")
    recycle_pages: int = option(
        "Replace a worker by a fresh one after so many pages; 0: never.", 1000, low=0, metavar="N"
    )
    force: bool = option("Read again what an earlier scan has finished.", False)
    attachments: str = option(
        "Name the files that PDFs carry, or read them as documents of their own.", "name", choices=("name", "read")
    )
    retry_failed: bool = option("Read again what an earlier scan could not read.", False)
    settle: float = option(
        "Leave files for the next scan that were written to less than this ago.",
        0.0,
        low=0,
        unit="seconds",
        metavar="SECONDS",
    )
    include: tuple[str, ...] = option(
        "Read only documents whose name matches, such as '*.pdf'; repeat it.", (), metavar="GLOB"
    )
    exclude: tuple[str, ...] = option(
        "Leave out documents and folders whose name matches; repeat it.", (), metavar="GLOB"
    )
    fail_on: str = option(
        "Which failures make the exit code 1: of this run, or known ones too.", "any", choices=("any", "new")
    )
    wait: float = option(
        "Wait so long for another scan that holds the output folder.", 0.0, low=0, unit="seconds", metavar="SECONDS"
    )
    report: Path | None = option("Write a report of the run to this file.", None, metavar="FILE")
    quiet: bool = option("No progress and no summary.", False, short="q")
    verbose: bool = option("Name each file that is left out.", False, short="v")
    log_file: Path | None = option("Write all that goes to stderr to this file too.", None, metavar="FILE")
    log_format: str = option(
        "What goes to stderr; json: an object a line, for programs.", "text", choices=("text", "json")
    )
    read: ReadSettings = field(default_factory=ReadSettings)

    def source_options(self) -> dict[str, Any]:
        """What `e2eocr.writers.SourceFile` is to know beside the path."""
        return {"passwords": self.read.passwords, "signed": self.signed, "pdf_images": self.pdf_images}

    def writing_options(self) -> dict[str, Any]:
        """What `e2eocr.writers.write_document` is to know beside document, format and source."""
        return {"dehyphenate": self.dehyphenate, "page_furniture": self.page_furniture}

    def chosen_writing(self) -> set[str]:
        """The names of those options of writing that are not at their defaults."""
        defaults = {each.name: each.default for each, _ in options_of(self)}
        return {name for name, value in self.writing_options().items() if value != defaults[name]}

    def __post_init__(self) -> None:
        if not self.inputs:
            raise UsageError("Nothing to scan: name at least one file or folder.")
        if not self.formats:
            raise UsageError(f"Invalid `formats`. Expected at least one of: {', '.join(FORMATS)}. Received: none")
        check_options(self)
        check_installed(self.formats)
