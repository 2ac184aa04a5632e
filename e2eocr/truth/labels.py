"""`labels.tsv`, the list of what stands on the pictures of a folder: read and written here alone.

A row is `file<TAB>text`, and may go on with `<TAB>language` and `<TAB>flag`. UTF-8, with or without a byte order mark,
rows end with a line feed, no header, no quoting. Fields are split at every tab, so a text holds none; and a third field
that is no language code is refused, since it is the rest of a text with a tab in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from e2eocr.errors import DataError

LABELS_NAME = "labels.tsv"
EXPECTED = "file, text and, if you like, language and a flag, split at tabs"

# `de`, `zh-Hant`, `chi_tra`, and several of them: `de+fr`, or `de,fr` as others write them.
_CODE = r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*"
_LANGUAGE = re.compile(rf"(?:{_CODE}(?:[+,]{_CODE})*)?")


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A picture, by its path below the list, and what stands on it. `language` and `flag` may be empty."""

    file: str
    text: str
    language: str = ""
    flag: str = ""


def parse_labels(data: bytes, name: str) -> Iterator[LabelRow]:
    """Read the rows of a list; empty ones are passed over.

    Args:
        data: The list.
        name: What messages call it.

    Raises:
        DataError: If it is not UTF-8, or a row is not as this module says.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: cannot be read as UTF-8 text: {error}. Save it as UTF-8.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        row = line.removesuffix("\r")
        if row.strip():
            yield _parse_row(row, f"{name}, row {number}")


def _parse_row(row: str, place: str) -> LabelRow:
    fields = row.split("\t")
    if not 2 <= len(fields) <= 4 or not fields[0]:
        raise DataError(f"{place}: expected {EXPECTED}. Received: {row[:80]!r}")
    path = PurePosixPath(fields[0])
    if path.is_absolute() or ".." in path.parts:
        raise DataError(f"{place}: {fields[0]} does not lie below this list. Put the picture there.")
    file, text, language, flag = [*fields, "", ""][:4]
    if not _LANGUAGE.fullmatch(language):
        raise DataError(
            f"{place}: {language[:40]!r} is no language code such as de. A text holds no tab: write a space instead."
        )
    return LabelRow(file, text, language.replace(",", "+"), flag)


def load_labels(path: Path) -> Iterator[LabelRow]:
    """Read the rows of a file; see `parse_labels`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}. Check its permissions.") from error
    return parse_labels(data, str(path))


def format_labels(rows: Iterable[LabelRow]) -> bytes:
    """A list of rows; any run of white space in a text becomes one space."""
    return "".join(map(_format_row, rows)).encode("utf-8")


def _format_row(row: LabelRow) -> str:
    fields = [row.file, " ".join(row.text.split()), row.language, row.flag]
    while len(fields) > 2 and not fields[-1]:
        fields.pop()
    return "\t".join(fields) + "\n"
