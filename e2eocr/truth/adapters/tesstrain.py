"""tesstrain and kraken: the picture of a line and, beside it, its text in `<stem>.gt.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from e2eocr.truth.adapters.base import NO_PICTURE, DataSource, KnownPicture, LeftOut, read_files, whole_line

_SUFFIX = ".gt.txt"
_KINDS = ("", ".bin", ".nrm", ".raw")  # of pictures: a.png, a.bin.png


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each text with its picture."""
    return read_files(source, source.require(f"*{_SUFFIX}"), _read_file, "tesstrain")


def _read_file(source: DataSource, path: Path) -> Iterator[KnownPicture | LeftOut]:
    stem = path.name.removesuffix(_SUFFIX)
    name = source.name_of(path.with_name(f"{stem}.txt"))
    found = (source.picture(stem + kind, path.parent) for kind in _KINDS)
    picture = next(filter(None, found), None)
    if picture is None:
        yield LeftOut(name, NO_PICTURE)
    else:
        yield KnownPicture(name, picture, (whole_line(source.text(path)),))
