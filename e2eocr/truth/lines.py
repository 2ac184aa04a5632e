"""Lines that are cut already: a store of shards, or pictures of a folder or archive beside a `labels.tsv`."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from e2eocr.errors import DataError
from e2eocr.truth.labels import EXPECTED, LABELS_NAME, LabelRow, load_labels, parse_labels
from e2eocr.truth.line_shards import ShardReader
from e2eocr.truth.records import LineSample
from e2eocr.truth.shards import is_store


class LineStore(Protocol):
    """Labelled lines by number."""

    texts: list[str]
    widths: np.ndarray
    heights: np.ndarray
    broken: list[str]  # what is known on opening to have no picture; it is not among the lines

    def __getitem__(self, index: int) -> LineSample: ...


def open_lines(path: Path) -> LineStore:
    """Open a folder of shards, or a folder or `.tar` with a `labels.tsv`.

    Raises:
        DataError: If it is neither.
    """
    return ShardReader(path) if path.is_dir() and is_store(path) else MemoryStore(path)


class MemoryStore:
    """Lines of a labelled folder or archive, kept encoded in memory; `broken` tells of those without a picture."""

    def __init__(self, path: Path) -> None:
        self.broken: list[str] = []
        self.texts: list[str] = []
        self._pictures: list[np.ndarray] = []
        self._samples: list[tuple[str, str]] = []
        shapes = []
        for sample in read_labelled_lines(path, broken=self.broken):
            self.texts.append(sample.text)
            self._pictures.append(cv2.imencode(".png", sample.image)[1])
            self._samples.append((sample.language, sample.source))
            shapes.append(sample.image.shape)
        sizes = np.array(shapes, np.int32).reshape(-1, 2)
        self.heights, self.widths = sizes[:, 0], sizes[:, 1]

    def __getitem__(self, index: int) -> LineSample:
        image = cv2.imdecode(self._pictures[index], cv2.IMREAD_GRAYSCALE)
        return LineSample(np.asarray(image), self.texts[index], *self._samples[index])


def read_labelled_lines(path: str | Path, *, broken: list[str] | None = None) -> Iterator[LineSample]:
    """Read line pictures that lie beside a `labels.tsv`.

    Args:
        path: A folder, or a `.tar` of one.
        broken: Where given, rows whose picture cannot be read are passed over, and their reasons put here.

    Yields:
        One sample a row, in the order of the rows; its source is the name of the folder or archive.

    Raises:
        DataError: If there is no `labels.tsv`, or a row or picture is wrong.
    """
    path = Path(path)
    read, source = (_read_tar, path.stem) if path.is_file() else (_read_folder, path.name)
    for name, data, row in read(path):
        image = _decode(data)
        reason = f"{name} is missing or not a picture. Mend it, or take its row out of {LABELS_NAME}."
        if image is not None:
            yield LineSample(image, row.text, row.language, source)
        elif broken is not None:
            broken.append(reason)
        else:
            raise DataError(reason)


# A row with its picture: the name for messages, the encoded picture (empty: missing), the row.
_Row = tuple[str, bytes, LabelRow]


def _read_folder(folder: Path) -> Iterator[_Row]:
    labels = folder / LABELS_NAME
    if not labels.is_file():
        raise _no_labels(folder)
    for row in load_labels(labels):
        picture = folder / row.file
        yield str(picture), picture.read_bytes() if picture.is_file() else b"", row


def _read_tar(path: Path) -> Iterator[_Row]:
    try:
        with tarfile.open(path) as archive:
            members = {member.name.removeprefix("./"): member for member in archive if member.isfile()}
            labels = next((name for name in sorted(members) if Path(name).name == LABELS_NAME), None)
            if labels is None:
                raise _no_labels(path)
            folder = labels.removesuffix(LABELS_NAME)
            for row in parse_labels(_tar_bytes(archive, members.get(labels)), f"{path}:{labels}"):
                yield f"{path}:{row.file}", _tar_bytes(archive, members.get(folder + row.file)), row
    except (tarfile.TarError, EOFError) as error:
        raise DataError(f"{path} is not a tar archive that can be read: {error}. Copy or pack it again.") from error


def _no_labels(path: Path) -> DataError:
    return DataError(f"{path} holds no {LABELS_NAME}. Expected rows of {EXPECTED}.")


def _tar_bytes(archive: tarfile.TarFile, member: tarfile.TarInfo | None) -> bytes:
    file = archive.extractfile(member) if member is not None else None
    return file.read() if file is not None else b""


def _decode(data: bytes) -> np.ndarray | None:
    """The picture as `(h, w)` uint8 grey; None where the bytes are none."""
    return cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
