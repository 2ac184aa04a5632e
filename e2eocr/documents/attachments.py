"""The files that a PDF carries, as portfolios do: by names that are safe to write under."""

from __future__ import annotations

from pypdfium2 import PdfDocument, PdfiumError

_MAX_ATTACHMENTS = 1000
_FORBIDDEN = str.maketrans({chr(code): "_" for code in (*range(32), 127)})


def attachment_names(pdf: PdfDocument) -> tuple[str, ...]:
    """The names of the files in a PDF, in its order, each once; the caller holds the lock of PDFium."""
    names: list[str] = []
    try:
        for index in range(min(pdf.count_attachments(), _MAX_ATTACHMENTS)):
            name = _safe_name(pdf.get_attachment(index).get_name()) or f"file {index + 1}"
            names.append(name if name not in names else _numbered(name, index + 1))
    except PdfiumError:  # a broken tree of names takes nothing from the pages
        pass
    return tuple(names)


def _safe_name(name: str) -> str:
    """A path of no use to leave a folder with: nobody knows who has named the file."""
    parts = name.replace("\\", "/").translate(_FORBIDDEN).split("/")
    return "/".join(part.strip() for part in parts if part.strip() not in ("", ".", ".."))


def _numbered(name: str, number: int) -> str:
    folder, slash, base = name.rpartition("/")
    stem, dot, suffix = base.rpartition(".")
    return f"{folder}{slash}{stem} ({number}){dot}{suffix}" if dot else f"{name} ({number})"
