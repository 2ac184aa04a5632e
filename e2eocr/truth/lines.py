"""Lines of known text: a store of shards, pictures beside a `labels.tsv`, data sets, and lines cut out of pages."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from e2eocr.documents import open_document
from e2eocr.errors import DataError
from e2eocr.truth.adapters.checking import CheckedPicture, Findings
from e2eocr.truth.adapters.opening import DataSet, named_data_set, open_data_set, warn_of
from e2eocr.truth.ground_truth import TRUTH_SUFFIX
from e2eocr.truth.labelled import find_labelled
from e2eocr.truth.labels import EXPECTED, LABELS_NAME, LabelRow, load_labels, parse_labels
from e2eocr.truth.line_shards import ShardReader
from e2eocr.truth.pages import bounded, cut_page, read_page
from e2eocr.truth.records import LineSample, PageSample
from e2eocr.truth.shards import is_store


class LineStore(Protocol):
    """Labelled lines by number."""

    texts: list[str]
    widths: np.ndarray
    heights: np.ndarray
    broken: list[str]  # what is known on opening to have no picture; it is not among the lines

    def __getitem__(self, index: int) -> LineSample: ...


def open_lines(path: Path) -> LineStore:
    """Open lines: a folder of shards, a folder or `.tar` with a `labels.tsv`, or a data set `FORMAT:PATH`.

    Of data sets of pages, and of folders of labelled pages, the lines are cut out.

    Raises:
        DataError: If it is none of these.
    """
    data_set = named_data_set(path)
    if data_set is not None:
        return MemoryStore(read_data_set(data_set))
    if path.is_dir() and is_store(path):
        return ShardReader(path)
    if path.is_dir() and not (path / LABELS_NAME).is_file() and next(path.rglob(f"*{TRUTH_SUFFIX}"), None):
        return MemoryStore(cut_labelled_pages(path))
    broken: list[str] = []
    return MemoryStore(read_labelled_lines(path, broken=broken), broken)


class MemoryStore:
    """Lines that are kept encoded in memory; `broken` tells of those without a picture."""

    def __init__(self, samples: Iterable[LineSample], broken: list[str] | None = None) -> None:
        self.texts: list[str] = []
        self._pictures: list[np.ndarray] = []
        self._samples: list[tuple[str, str]] = []
        shapes = []
        for sample in samples:
            self.texts.append(sample.text)
            self._pictures.append(cv2.imencode(".png", sample.image)[1])
            self._samples.append((sample.language, sample.source))
            shapes.append(sample.image.shape)
        self.broken = broken or []
        sizes = np.array(shapes, np.int32).reshape(-1, 2)
        self.heights, self.widths = sizes[:, 0], sizes[:, 1]

    def __getitem__(self, index: int) -> LineSample:
        image = cv2.imdecode(self._pictures[index], cv2.IMREAD_GRAYSCALE)
        return LineSample(np.asarray(image), self.texts[index], *self._samples[index])


def read_data_set(data_set: DataSet) -> Iterator[LineSample]:
    """The lines of a data set, cut out of its pages or cut already; what is left out is logged."""
    findings = Findings()
    with open_data_set(data_set, findings) as pictures:
        for picture in pictures:
            image = _pixels(picture)
            page = PageSample(image, picture.lines, partial=picture.partial)
            lines, crops = (picture.lines, [_grey(image)]) if picture.cut else cut_page(page)
            for line, crop in zip(lines, crops, strict=True):
                yield LineSample(bounded(crop), line.text, line.language, data_set.format)
    warn_of(findings, data_set)


def cut_labelled_pages(folder: Path) -> Iterator[LineSample]:
    """The lines of the labelled pages of a folder, cut out."""
    for document in find_labelled(folder):
        for truth in document.pages:
            if truth.placed:
                for line, crop in zip(*cut_page(read_page(document, truth)), strict=True):
                    yield LineSample(bounded(crop), line.text, line.language, folder.name)


def _pixels(picture: CheckedPicture) -> np.ndarray:
    if isinstance(picture.picture, np.ndarray):
        return picture.picture
    with open_document(picture.picture) as opened:
        return opened.read_page(0).pixels


def _grey(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


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
        yield str(picture), picture.read_bytes() if os.path.isfile(picture) else b"", row


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
