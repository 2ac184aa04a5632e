"""One document from a stream or a file, and its text back: nothing is written to disk but what the readers need."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from e2eocr.batch.workers.worker import limit_threads
from e2eocr.errors import DocumentError, ExitCode
from e2eocr.settings import ReadSettings
from e2eocr.writers import SourceFile, write_document

STDIN_NAME = "stdin"


def scan_stream(source: BinaryIO | Path, format: str, read: ReadSettings, **writing: Any) -> tuple[bytes, ExitCode]:
    """Read one document.

    Args:
        source: A file, or a stream of its bytes.
        format: What to write, a key of `e2eocr.writers.FORMATS`.
        read: How to read it.
        writing: `dehyphenate` and `page_furniture` of `e2eocr.writers.write_document`.

    Returns:
        The document in that format, and `SOME_FAILED` where not all of it could be read.

    Raises:
        DocumentError: If it cannot be read at all.
    """
    if isinstance(source, Path):
        return _scan_file(source, source.name, format, read, writing)
    with tempfile.TemporaryDirectory(prefix="e2eocr-") as folder:
        path = Path(folder, STDIN_NAME)
        with path.open("wb") as file:
            shutil.copyfileobj(source, file)
        try:
            return _scan_file(path, STDIN_NAME, format, read, writing)
        except DocumentError as error:
            raise type(error)(STDIN_NAME, error.reason, error.page) from error


def _scan_file(
    path: Path, name: str, format: str, read: ReadSettings, writing: dict[str, Any]
) -> tuple[bytes, ExitCode]:
    limit_threads(read.threads)

    # Imported when the thread limit is set: the libraries beneath read it once, at their import.
    from e2eocr.batch.workers.worker import load_reader

    with load_reader(read).open(path, name) as reading:
        document = reading.document(reading.read_page(index) for index in range(reading.page_count))
    if document.status == "failed":
        raise DocumentError(path, document.pages[0].error or "no page could be read", document.pages[0].index)
    data = write_document(document, format, SourceFile(path, read.passwords), **writing)
    return data, ExitCode.OK if document.status == "ok" else ExitCode.SOME_FAILED
