"""What a PDF says of itself that adding text makes untrue: signatures, archive formats, tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Dictionary

_CLAIMS = ("pdfaid:part", "pdfaid:conformance", "pdfaid:rev", "pdfaid:amd", "pdfuaid:part", "pdfxid:GTS_PDFXVersion")
_MAX_FIELD_DEPTH = 50


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """Whether a PDF carries a signature that was made, of its content or of the rights to it."""
    return "/Perms" in pdf.Root or any(_signature_fields(pdf))


def drop_claims(pdf: pikepdf.Pdf) -> None:
    """Take out of a PDF what no longer holds when text is added to it.

    Signatures lose their value, and their fields stay; PDF/A, PDF/UA and PDF/X are claimed no longer, since nobody has
    checked the new text against them; and text without tags makes a tagged PDF one with tags in part.
    """
    for field in _signature_fields(pdf):
        del field["/V"]
    if "/Perms" in pdf.Root:
        del pdf.Root["/Perms"]
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/SigFlags" in form:
        del form["/SigFlags"]
    marks = pdf.Root.get("/MarkInfo")
    if isinstance(marks, Dictionary) and marks.get("/Marked", False):
        marks["/Marked"] = False
    _drop_metadata_claims(pdf)


def _drop_metadata_claims(pdf: pikepdf.Pdf) -> None:
    if "/Metadata" not in pdf.Root:
        return
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        for claim in _CLAIMS:
            if claim in metadata:
                del metadata[claim]


def _signature_fields(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """The signature fields that were signed."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        return
    pending = [(field, 0) for field in _children(form, "/Fields")]
    while pending:
        field, depth = pending.pop()
        if field.get("/FT") == "/Sig" and "/V" in field:
            yield field
        if depth < _MAX_FIELD_DEPTH:
            pending.extend((child, depth + 1) for child in _children(field, "/Kids"))


def _children(node: Any, name: str) -> list[Any]:
    kids = node.get(name)
    return [kid for kid in kids if isinstance(kid, Dictionary)] if isinstance(kids, pikepdf.Array) else []
