"""What was read of font files, kept between runs: to look it up takes a tenth of the time.

The cache is one file in the user's cache folder. A face is known again by its file's path, size and time of change, so
that a font which was changed or replaced is read anew. The file is always replaced as a whole, after what others have
written meanwhile was read: processes that write at the same time may lose some of their work, and nothing else.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from e2eocr.errors import MissingDependencyError, OutputError
from e2eocr.files import replace_files
from e2eocr.synthesis.fonts.font_files import READER, FontFacts, read_facts

log = logging.getLogger(__name__)

_Known = dict[str, dict[str, Any]]  # a key of `_key` -> its size, its time and its facts, None where it is unusable


@cache
def _folder() -> Path:
    try:
        import platformdirs
    except ImportError as error:
        raise MissingDependencyError('Install what training needs: pip install "e2eocr[train]"') from error
    return platformdirs.user_cache_path("e2eocr", appauthor=False)


def cache_path() -> Path:
    """Where the facts are kept."""
    return _folder() / "fonts.json"


class FactsCache:
    """Facts of faces, looked up or else read; `save` keeps those that were new.

    Args:
        path: File of the cache; it need not be there, and one that cannot be read counts as empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = _load(path)
        self._new: _Known = {}

    def facts(self, path: Path, index: int) -> FontFacts | None:
        """What is known of a face; None where its file cannot be used for text."""
        try:
            status = path.stat()
        except OSError:
            return None
        key, size, changed = _key(path, index), status.st_size, status.st_mtime_ns
        entry = self._known.get(key)
        if entry is None or (entry["size"], entry["changed"]) != (size, changed):
            facts = read_facts(path, index)
            entry = {"size": size, "changed": changed, "facts": None if facts is None else asdict(facts)}
            self._known[key] = self._new[key] = entry
        return None if entry["facts"] is None else _to_facts(entry["facts"])

    def save(self) -> None:
        """Write what was read anew, beside what others know of files that are still there."""
        if not self._new:
            return
        known = {key: entry for key, entry in _load(self._path).items() if Path(key.rpartition("\t")[0]).exists()}
        data = json.dumps({"reader": READER, "faces": known | self._new}, separators=(",", ":"))
        self._new = {}
        try:
            replace_files({self._path: data.encode()})
        except OutputError as error:
            log.debug("Facts of fonts are not kept: %s", error)  # a home that is read-only costs time alone


def _key(path: Path, index: int) -> str:
    return f"{path.absolute()}\t{index}"


def _load(path: Path) -> _Known:
    try:
        content = json.loads(path.read_bytes())
        faces = content["faces"] if content["reader"] == READER else {}
        return {key: entry for key, entry in faces.items() if _is_entry(entry)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or set(entry) != {"size", "changed", "facts"}:
        return False
    return entry["facts"] is None or set(entry["facts"]) == set(FontFacts.__slots__)


def _to_facts(values: dict[str, Any]) -> FontFacts:
    lists = {
        "panose": tuple(values["panose"]),
        "axes": tuple(map(tuple, values["axes"])),
        "runs": tuple(values["runs"]),
    }
    return FontFacts(**(values | lists))
