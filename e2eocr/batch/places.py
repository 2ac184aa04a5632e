"""Where results go, and whose files stand there: what e2eocr did not write, or a person has changed since, is kept."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Literal

from e2eocr.batch.jobs import Job, result_path
from e2eocr.files import output_error
from e2eocr.results import Document
from e2eocr.writers import FORMATS, PAGE_FURNITURE, read_json, write_document
from e2eocr.writers.characters import valid_unicode

ASIDE = "e2eocr-aside"
Standing = Literal["free", "ours", "changed", "foreign"]


def checksum(data: bytes) -> str:
    """What tells a result that was changed since: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(data).hexdigest()[:32]


def written_text(checksums: Mapping[str, str]) -> str:
    """Checksums by format as the journal holds them: `json=… txt=…`."""
    return " ".join(f"{format}={value}" for format, value in sorted(checksums.items()))


def read_written(text: str) -> dict[str, str]:
    """Back from `written_text`."""
    pairs = (part.partition("=") for part in text.split())
    return {format: value for format, _, value in pairs}


def standing(job: Job, format: str) -> Standing:
    """Whose file stands where a result goes.

    Returns:
        `free` where there is none, `ours` where it is as e2eocr wrote it, `changed` where that was changed since, and
        `foreign` where it is of somebody else, or cannot be looked at.
    """
    path = job.output_path(format)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return "foreign"  # a pipe, of which a reader would wait for ever
        data = path.read_bytes()
    except FileNotFoundError:
        return "foreign" if path.is_symlink() else "free"
    except OSError:
        return "foreign"
    known = read_written(job.written)
    if known.get(format) == checksum(data):
        return "ours"
    by_json = _standing_by_json(job, format, data)
    return "changed" if by_json == "foreign" and format in known else by_json


def verified_checksums(job: Job, formats: Iterable[str]) -> str:
    """What may be said of results that no journal knows: a checksum where they are as their JSON says, else none."""
    written = {}
    for format in formats:
        ours = standing(job, format) == "ours"
        written[format] = checksum(job.output_path(format).read_bytes()) if ours else ""
    return written_text(written)


def set_aside(output: Path, name: str, formats: Iterable[str]) -> list[Path]:
    """Move the results of a document away, for another that has its name.

    Returns:
        Where they are now: `OUT/e2eocr-aside/a/b.png.1.txt` for `OUT/a/b.png.txt`, with the least number that is free.

    Raises:
        OutputError: If they cannot be moved.
    """
    there = [format for format in formats if os.path.lexists(result_path(output / name, format))]
    number = 1
    while any(os.path.lexists(_aside_path(output, name, number, format)) for format in FORMATS):
        number += 1
    moved = []
    for format in there:
        target = _aside_path(output, name, number, format)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(result_path(output / name, format), target)
        except OSError as error:
            raise output_error(target, error) from error
        moved.append(target)
    return moved


def _aside_path(output: Path, name: str, number: int, format: str) -> Path:
    return result_path(output / ASIDE / f"{name}.{number}", format)


def _standing_by_json(job: Job, format: str, data: bytes) -> Standing:
    """Whose a file is by the words of the JSON result beside it, or by its own."""
    own = job.output_path("json")
    try:
        document = read_json(data if format == "json" else own.read_bytes())
        if document.source.path != valid_unicode(job.name):
            return "foreign"
        return "ours" if _is_made_of(document, job, format, data) else "changed"
    except (OSError, ValueError, RecursionError):
        return "foreign"


def _is_made_of(document: Document, job: Job, format: str, data: bytes) -> bool:
    """Whether a file is what its JSON result gives; pictures of pages are known by the time of writing alone."""
    if FORMATS[format].needs_source:
        return job.output_path(format).stat().st_mtime_ns == job.output_path("json").stat().st_mtime_ns
    ways = product((False, True), PAGE_FURNITURE)
    return any(
        write_document(document, format, dehyphenate=whole, page_furniture=furniture) == data
        for whole, furniture in ways
    )
