"""A path in, pages out: one page in memory at a time.

The names below are loaded when first asked for: who only wants to know which files are documents needs no decoder.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from e2eocr.documents.base import LayerLine, OpenDocument, PageImage, PageSize, TextLayer
    from e2eocr.documents.kinds import SUFFIXES, is_readable_suffix, media_type, sniff
    from e2eocr.documents.opening import open_document

_HOMES = {
    "SUFFIXES": "e2eocr.documents.kinds",
    "LayerLine": "e2eocr.documents.base",
    "OpenDocument": "e2eocr.documents.base",
    "PageImage": "e2eocr.documents.base",
    "PageSize": "e2eocr.documents.base",
    "TextLayer": "e2eocr.documents.base",
    "is_readable_suffix": "e2eocr.documents.kinds",
    "media_type": "e2eocr.documents.kinds",
    "open_document": "e2eocr.documents.opening",
    "sniff": "e2eocr.documents.kinds",
}

__all__ = [
    "SUFFIXES",
    "LayerLine",
    "OpenDocument",
    "PageImage",
    "PageSize",
    "TextLayer",
    "is_readable_suffix",
    "media_type",
    "open_document",
    "sniff",
]


def __getattr__(name: str) -> Any:
    """Load a name from its module (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'e2eocr.documents' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
