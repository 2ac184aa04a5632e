"""e2eocr reads printed and typed documents: a path in, pages of lines and words out.

    >>> import e2eocr
    >>> pipeline = e2eocr.load_pipeline()
    >>> document = pipeline.read("letter.pdf")
    >>> e2eocr.write(document, "letter.txt")

The names below are the public ones. They are loaded when first asked for, so that `import e2eocr` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from e2eocr.batch.settings import ScanSettings
    from e2eocr.errors import DocumentError, ExitCode, OCRError
    from e2eocr.pipeline import Pipeline, load_pipeline
    from e2eocr.results import Block, Cell, Document, Line, Page, Table, Word
    from e2eocr.settings import ReadSettings
    from e2eocr.writers import FORMATS, read_json, write_document
    from e2eocr.writers.saving import write

_HOMES = {
    "FORMATS": "e2eocr.writers",
    "Block": "e2eocr.results",
    "Cell": "e2eocr.results",
    "Document": "e2eocr.results",
    "DocumentError": "e2eocr.errors",
    "ExitCode": "e2eocr.errors",
    "Line": "e2eocr.results",
    "OCRError": "e2eocr.errors",
    "Page": "e2eocr.results",
    "Pipeline": "e2eocr.pipeline",
    "ReadSettings": "e2eocr.settings",
    "ScanSettings": "e2eocr.batch.settings",
    "Table": "e2eocr.results",
    "Word": "e2eocr.results",
    "load_pipeline": "e2eocr.pipeline",
    "read_json": "e2eocr.writers",
    "write": "e2eocr.writers.saving",
    "write_document": "e2eocr.writers",
}

__all__ = [
    "FORMATS",
    "Block",
    "Cell",
    "Document",
    "DocumentError",
    "ExitCode",
    "Line",
    "OCRError",
    "Page",
    "Pipeline",
    "ReadSettings",
    "ScanSettings",
    "Table",
    "Word",
    "__version__",
    "load_pipeline",
    "read_json",
    "write",
    "write_document",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'e2eocr' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
