"""The formats of results, as HTTP names them."""

from __future__ import annotations

from typing import Any

from e2eocr.errors import MissingDependencyError
from e2eocr.serving.web.refusals import RefusalError
from e2eocr.writers import FORMATS, check_installed

_TEXT = ("application/json", "application/xml")
_OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES = {
    "txt": "text/plain",
    "json": "application/json",
    "md": "text/markdown",
    "tsv": "text/tab-separated-values",
    "csv": "text/csv",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "hocr": "text/html",
    "alto": "application/xml",
    "pdf": "application/pdf",
    "html": "text/html",
    "overlay": "image/png",
    "labelme": "application/zip",
    "page": "application/zip",
}


def installed_formats() -> list[str]:
    """The formats that can be written here."""
    return [name for name in FORMATS if _is_installed(name)]


def describe_formats() -> dict[str, dict[str, Any]]:
    """What clients may want to know of each format that can be written here."""
    return {
        name: {"suffix": FORMATS[name].suffix, "media_type": kind, "is_text": kind.startswith("text/") or kind in _TEXT}
        for name, kind in MEDIA_TYPES.items()
        if _is_installed(name)
    }


def check_format(name: str) -> str:
    """A format that a client has named.

    Raises:
        RefusalError: If there is none of that name.
        MissingDependencyError: If what it needs is not installed.
    """
    if name not in FORMATS:
        raise RefusalError(404, "unknown_format", f"There is no format {name!r}. Known are: {', '.join(FORMATS)}")
    check_installed((name,))
    return name


def _is_installed(name: str) -> bool:
    try:
        check_installed((name,))
    except MissingDependencyError:
        return False
    return True
