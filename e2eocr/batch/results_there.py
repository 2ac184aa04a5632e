"""Which files of an input folder are results of a scan: what a journal says, or the JSON result beside them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from e2eocr.batch.jobs import result_path
from e2eocr.batch.journal import JOURNAL, read_journal
from e2eocr.batch.places import ASIDE, read_written
from e2eocr.documents.kinds import is_readable_suffix
from e2eocr.errors import UsageError
from e2eocr.writers import FORMATS
from e2eocr.writers.json import FORMAT

_LIKE_DOCUMENTS = tuple(f".{each.suffix}" for each in FORMATS.values() if is_readable_suffix(Path(f"a.{each.suffix}")))
_MARK = f'"format":"{FORMAT}"'.encode()


@dataclass(frozen=True, slots=True)
class KnownResults:
    """Results in a folder and its subfolders.

    Attributes:
        folder: An output folder; None where there is none.
        names: Paths of results below it.
    """

    folder: Path | None = None
    names: frozenset[str] = frozenset()

    def has(self, path: Path) -> bool:
        """Whether a file, or the folder of those that were set aside, is of a scan and no document."""
        if self.folder is not None:
            name = str(path)[len(str(self.folder)) :].strip(os.sep)
            if name == ASIDE or name in self.names:
                return True
        return _is_beside_its_json(path)


def find_results(folder: Path, entries: Sequence[os.DirEntry[str]]) -> KnownResults | None:
    """What the journal of a folder says of the results in it; None where it holds none that can be read."""
    if all(entry.name != JOURNAL for entry in entries):
        return None
    try:
        known, _ = read_journal(folder)
    except UsageError:
        return KnownResults(folder)
    names: set[str] = set()
    for entry in known:
        formats = set(read_written(entry.written)) or set(entry.formats.split() if entry.status != "failed" else ())
        names.update(str(result_path(Path(entry.name), format)) for format in formats if format in FORMATS)
    return KnownResults(folder, frozenset(names))


def _is_beside_its_json(path: Path) -> bool:
    """Whether a file that could be taken for a document was written together with a JSON result, by name and time."""
    name = path.name
    if name.count(".") < 2 or not name.endswith(_LIKE_DOCUMENTS):
        return False
    for suffix in _LIKE_DOCUMENTS:
        document = name.removesuffix(suffix)
        if document != name:
            own = path.with_name(f"{document}.json")
            try:
                if own.stat().st_mtime_ns == path.stat().st_mtime_ns and _MARK in own.read_bytes()[:64]:
                    return True
            except OSError:
                continue
    return False
