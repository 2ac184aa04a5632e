"""Opening a data set by its format and place: `iam:/data/iam`, and `iam:/data/iam#train` for one split of it."""

from __future__ import annotations

import logging
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from e2eocr.errors import DataError, NothingToReadError, UsageError
from e2eocr.truth.adapters import ADAPTERS
from e2eocr.truth.adapters.base import DataSource
from e2eocr.truth.adapters.checking import CheckedPicture, Findings, check_pictures

log = logging.getLogger(__name__)

_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set of a known format.

    Attributes:
        format: A key of `ADAPTERS`.
        path: Its folder, the one file that lists it, or an archive of it.
        split: The split to take; empty for all.
        pictures: Further folders in which its pictures are looked for.
        encoding: Of its text files.
        language: Of lines that do not tell theirs.

    Raises:
        UsageError: If the format is not known.
    """

    format: str
    path: Path
    split: str = ""
    pictures: tuple[Path, ...] = ()
    encoding: str = "utf-8"
    language: str = ""

    def __post_init__(self) -> None:
        if self.format not in ADAPTERS:
            raise UsageError(f"Unknown format of data sets: {self.format}. Known are: {', '.join(ADAPTERS)}")

    def __str__(self) -> str:
        return f"{self.format}:{self.path}" + (f"#{self.split}" if self.split else "")


def named_data_set(path: Path | str) -> DataSet | None:
    """The data set that a path means, `FORMAT:PATH` or `FORMAT:PATH#SPLIT`; None where it is an ordinary path."""
    format, colon, place = str(path).partition(":")
    if not colon or format not in ADAPTERS or Path(path).exists():
        return None
    folder, _, split = (place, "", "") if Path(place).exists() else place.rpartition("#")
    return DataSet(format, Path(folder or place), split if folder else "")


@contextmanager
def open_data_set(data_set: DataSet, findings: Findings) -> Iterator[Iterator[CheckedPicture]]:
    """The pictures of a data set that can be used, as long as the block lasts; `findings` count them as they come.

    Raises:
        NothingToReadError: If it is not there or holds nothing of its format.
        DataError: If an archive or a list of it cannot be read.
    """
    with _unpacked(data_set.path) as path:
        found = ADAPTERS[data_set.format].load()(_source(data_set, path))
        yield check_pictures(found, findings, split=data_set.split, language=data_set.language)


def _source(data_set: DataSet, path: Path) -> DataSource:
    missing = next((each for each in (path, *data_set.pictures) if not each.exists()), None)
    if missing is not None:
        raise NothingToReadError(f"{missing}: is not there. Name the data set's folder, list or archive.")
    only = None if path.is_dir() else path
    return DataSource(path if only is None else path.parent, only, data_set.pictures, data_set.encoding)


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The folder that an archive holds, unpacked for as long as the block lasts; other paths stay as they are."""
    if not path.is_file() or not path.name.lower().endswith(_ARCHIVES):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="e2eocr-") as folder:
        try:
            _unpack(path, Path(folder))
        except (OSError, EOFError, ValueError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
            raise DataError(f"{path}: cannot be unpacked: {error}. Copy or pack it again.") from error
        yield Path(folder)


def _unpack(path: Path, folder: Path) -> None:
    """Unpack an archive; its members cannot leave the folder, and must fit on its disk."""
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            _check_room(sum(member.file_size for member in archive.infolist()), folder)
            archive.extractall(folder)
    else:
        with tarfile.open(path) as archive:
            _check_room(sum(member.size for member in archive), folder)
            archive.extractall(folder, filter="data")


def _check_room(size: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise OSError(f"it takes {size / 1e9:.1f} GB and {free / 1e9:.1f} GB are free in {folder.parent}")


def warn_of(findings: Findings, data_set: DataSet) -> None:
    """Log what was left out of a data set, and why."""
    for row in findings.summary():
        log.warning("%s: %s", data_set, row)
