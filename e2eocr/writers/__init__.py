"""Documents as files. A writer turns a `Document` into bytes; `FORMATS` knows all of them by name.

A writer's module, with what it draws on, is loaded when its format is first asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from e2eocr.errors import MissingDependencyError, UsageError
from e2eocr.results import Document
from e2eocr.settings import check_choice
from e2eocr.writers.furniture import leave_out_furniture
from e2eocr.writers.hyphens import join_parted_words
from e2eocr.writers.json import read_json
from e2eocr.writers.source import SourceFile

Writer = Callable[[Document, SourceFile | None], bytes]


KEEP, _LEAVE_OUT = PAGE_FURNITURE = ("keep", "leave-out")


@dataclass(frozen=True, slots=True)
class Format:
    """A format that documents are written in.

    Attributes:
        suffix: What is added to the document's name, after a dot.
        module: The module of `e2eocr.writers` whose `write` is the writer.
        needs_source: Whether it takes the file that was read, for the pictures of its pages.
        package: What it needs beside what reading needs, of the extra `office`.
        changed_by: The options of `write_document` that change it.
    """

    suffix: str
    module: str
    needs_source: bool = False
    package: str = ""
    changed_by: tuple[str, ...] = ()


FORMATS = {
    "txt": Format("txt", "text", changed_by=("dehyphenate", "page_furniture")),
    "json": Format("json", "json"),
    "md": Format("md", "markdown", changed_by=("page_furniture",)),
    "tsv": Format("tsv", "tsv"),
    "csv": Format("csv", "csv"),
    "xlsx": Format("xlsx", "xlsx", package="xlsxwriter"),
    "docx": Format("docx", "docx", package="docx", changed_by=("page_furniture",)),
    "hocr": Format("hocr", "hocr"),
    "alto": Format("alto.xml", "alto"),
    "pdf": Format("pdf", "pdf", needs_source=True),
    "html": Format("html", "html", needs_source=True),
    "overlay": Format("overlay.png", "overlay", needs_source=True),
    "labelme": Format("labelme.zip", "labelme", needs_source=True),
    "page": Format("page.zip", "page", needs_source=True),
}

__all__ = [
    "FORMATS",
    "KEEP",
    "PAGE_FURNITURE",
    "Format",
    "SourceFile",
    "Writer",
    "check_installed",
    "load_writer",
    "read_json",
    "write_document",
]


def write_document(
    document: Document,
    format: str,
    source: SourceFile | str | Path | None = None,
    *,
    dehyphenate: bool = False,
    page_furniture: str = KEEP,
) -> bytes:
    """Write a document in one of the known formats.

    Args:
        document: What was read.
        format: A key of `FORMATS`.
        source: The file it was read from. Formats that show its pages need it; the others do without.
        dehyphenate: Whether `txt` has words whole that the end of a line parts. `md` always has.
        page_furniture: Whether `txt`, `md` and `docx` `keep` headers, footers and page numbers, or `leave-out` those.

    Returns:
        The whole file.

    Raises:
        UsageError: If `format` or `page_furniture` is unknown, or the format needs a source and has none.
        DocumentError: If the source cannot be opened.
        MissingDependencyError: If the format needs a package that is not installed.
    """
    if format not in FORMATS:
        raise UsageError(f"Invalid `format`. Expected one of: {', '.join(FORMATS)}. Received: format={format!r}")
    if isinstance(source, str | Path):
        source = SourceFile(Path(source))
    check_choice("page_furniture", page_furniture, PAGE_FURNITURE)
    changed_by = FORMATS[format].changed_by
    if page_furniture == _LEAVE_OUT and "page_furniture" in changed_by:
        document = leave_out_furniture(document)
    if dehyphenate and "dehyphenate" in changed_by:
        document = join_parted_words(document)
    return load_writer(format)(document, source)


def check_installed(formats: Iterable[str]) -> None:
    """See that what formats need is there.

    Raises:
        MissingDependencyError: If it is not; the message is the install line.
    """
    for name in formats:
        package = FORMATS[name].package
        if package and importlib.util.find_spec(package) is None:
            raise MissingDependencyError(f"Format {name!r} needs {package}: pip install 'e2eocr[office]'")


def load_writer(format: str) -> Writer:
    """The writer of a known format.

    Raises:
        MissingDependencyError: If it needs a package that is not installed.
    """
    check_installed((format,))
    writer: Writer = importlib.import_module(f"e2eocr.writers.{FORMATS[format].module}").write
    return writer
