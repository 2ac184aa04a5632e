"""Documents that were moved, renamed or copied: their content is known, so their results are taken along."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property

from e2eocr.batch.jobs import Job
from e2eocr.batch.journal import Entry
from e2eocr.batch.places import checksum, read_written, standing, written_text
from e2eocr.batch.settings import ScanSettings
from e2eocr.errors import OCRError
from e2eocr.files import digest_file, replace_files
from e2eocr.results import Document
from e2eocr.writers import SourceFile, read_json, write_document

# These do not hold the name of the document: they are the same to the byte under another one.
_NAMELESS = ("txt", "md", "tsv", "pdf", "overlay")


class KnownContent:
    """Finds what the journal knows of a content, whatever name it has now.

    Args:
        entries: What the journal knows.
        settings: Fingerprint of the run: results of other settings are of no use.
    """

    def __init__(self, entries: Iterable[Entry], settings: str) -> None:
        self._entries, self._settings = entries, settings

    @cached_property
    def _by_size(self) -> dict[int, list[Entry]]:
        """Made when it is first asked for: where nothing is new, nobody asks."""
        found: dict[int, list[Entry]] = {}
        for entry in self._entries:
            if entry.status == "ok" and entry.settings == self._settings and entry.size is not None and entry.written:
                found.setdefault(entry.size, []).append(entry)
        return found

    def find(self, job: Job) -> Entry | None:
        """The entry of another document with the content of this one; it is read only where one is as large."""
        candidates = self._by_size.get(job.stamp.size, []) if job.stamp is not None else []
        if not candidates:
            return None
        try:
            sha256, _ = digest_file(job.path)
        except OCRError:
            return None
        return next((entry for entry in candidates if entry.sha256 == sha256 and entry.name != job.name), None)


def take_along(settings: ScanSettings, job: Job, entry: Entry, *, moved: bool) -> Entry | None:
    """Give a document the results of another with the same content.

    What a person has changed in them is taken along as it is.

    Args:
        settings: The run.
        job: The document, under its new name.
        entry: What the journal knows of it under the old one.
        moved: Whether the old name has that document no more: then its results go.

    Returns:
        The entry under the new name; None where the results cannot be taken along, and it must be read.

    Raises:
        OutputError: If results cannot be written.
    """
    known = read_written(entry.written)
    old = dataclasses.replace(job, name=entry.name, output=settings.output / entry.name, written=entry.written)
    found = {format: standing(old, format) for format in known}
    formats = [format for format, whose in found.items() if whose in ("ours", "changed")]
    if not set(settings.formats) <= set(formats) or any(standing(job, format) != "free" for format in formats):
        return None
    try:
        contents = {format: _renamed(settings, old, job, format, found[format]) for format in formats}
    except (OSError, ValueError, RecursionError, OCRError):
        return None
    replace_files({job.output_path(format): data for format, data in contents.items()})
    if moved:
        _remove(old, formats)
    sums = {format: checksum(data) if found[format] == "ours" else known[format] for format, data in contents.items()}
    size, mtime_ns = job.stamp or (None, None)
    return dataclasses.replace(
        entry,
        name=job.name,
        path=os.path.abspath(job.path),
        size=size,
        mtime_ns=mtime_ns,
        formats=" ".join(sorted(formats)),
        written=written_text(sums),
        gone=None,
    )


def _renamed(settings: ScanSettings, old: Job, job: Job, format: str, whose: str) -> bytes:
    """A result as it is under the new name."""
    data = old.output_path(format).read_bytes()
    if whose == "changed" or format in _NAMELESS:
        return data
    document = read_json(old.output_path("json").read_bytes())
    renamed = Document(dataclasses.replace(document.source, path=job.name), document.engine, document.pages)
    source = SourceFile(job.path, **settings.source_options())
    return write_document(renamed, format, source, **settings.writing_options())


def _remove(job: Job, formats: Iterable[str]) -> None:
    for format in formats:
        with suppress(OSError):
            job.output_path(format).unlink()
