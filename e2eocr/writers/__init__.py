"""Documents as files. A writer turns a `Document` into bytes; `FORMATS` knows all of them by file suffix."""

from __future__ import annotations

from collections.abc import Callable

from e2eocr.errors import UsageError
from e2eocr.results import Document
from e2eocr.writers.json import read_json, write_json
from e2eocr.writers.text import write_text

Writer = Callable[[Document], bytes]

FORMATS: dict[str, Writer] = {"txt": write_text, "json": write_json}

__all__ = ["FORMATS", "Writer", "read_json", "write_document", "write_json", "write_text"]


def write_document(document: Document, format: str) -> bytes:
    """Write a document in one of the known formats.

    Args:
        document: What was read.
        format: A key of `FORMATS`; it is also the suffix of the file.

    Returns:
        The whole file.

    Raises:
        UsageError: If the format is not known.
    """
    if format not in FORMATS:
        raise UsageError(f"Invalid `format`. Expected one of: {', '.join(FORMATS)}. Received: format={format!r}")
    return FORMATS[format](document)
