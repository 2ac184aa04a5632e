"""A document into a file whose name tells the format."""

from __future__ import annotations

from pathlib import Path

from e2eocr.errors import UsageError
from e2eocr.files import replace_files
from e2eocr.results import Document
from e2eocr.writers import FORMATS, KEEP, SourceFile, write_document


def write(
    document: Document,
    path: str | Path,
    source: SourceFile | str | Path | None = None,
    *,
    dehyphenate: bool = False,
    page_furniture: str = KEEP,
) -> None:
    """Write a document to a file, whole or not at all.

    Args:
        document: What was read.
        path: Where to; its suffix says which format: `.txt`, `.json`, `.alto.xml` and so on.
        source: The file it was read from. Formats that show its pages need it: PDF, HTML, overlays and others.
        dehyphenate: Whether `txt` has words whole that the end of a line parts.
        page_furniture: Whether `txt`, `md` and `docx` `keep` headers, footers and page numbers, or `leave-out` those.

    Raises:
        UsageError: If the suffix is of no known format, or the format needs a source and has none.
        DocumentError: If the source cannot be opened.
        OutputError: If the file cannot be written.
    """
    path = Path(path)
    data = write_document(document, format_of(path), source, dehyphenate=dehyphenate, page_furniture=page_furniture)
    replace_files({path: data})


def format_of(path: Path) -> str:
    """The format that a file's name tells.

    Raises:
        UsageError: If it tells none; the message lists the suffixes.
    """
    for name, format in FORMATS.items():
        if path.name.lower().endswith(f".{format.suffix}"):
            return name
    known = ", ".join(f".{format.suffix}" for format in FORMATS.values())
    raise UsageError(f"{path}: the suffix is of no known format. Known are: {known}")
