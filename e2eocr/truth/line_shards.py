"""Labelled line pictures: a shard store for many of them, and readers of small folders and archives.

A store is a folder. Each shard is two files: `shard-00000.bin`, the PNG pictures one after another, and
`shard-00000.jsonl`, one record a line that says where its picture lies and what it shows. `manifest.json`
counts them. A shard that stands under its final name is whole.
"""

from __future__ import annotations

import json
import mmap
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import cv2
import numpy as np

from e2eocr.errors import DataError, OutputError

FORMAT = "e2eocr-lines/1"
_PNG_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]


@dataclass(frozen=True, eq=False)
class LineSample:
    """One line of text: its picture and what stands in it.

    Attributes:
        image: `(h, w)` uint8 grey, 0 is black.
        text: The right reading, Unicode NFC.
        language: Language code such as `de`; empty where it is not known.
        source: Where the line comes from: a font file, a data set.
    """

    image: np.ndarray
    text: str
    language: str
    source: str


class ShardWriter:
    """Writes lines into the shards of one folder; use it as a context manager.

    Several writers may share a folder as long as their shard numbers differ: give each its `first_shard`
    and `manifest=False`, and call `write_manifest` once all have ended.
    """

    def __init__(
        self,
        folder: str | Path,
        lines_per_shard: int = 10_000,
        *,
        first_shard: int = 0,
        manifest: bool = True,
        seed: int | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        if lines_per_shard < 1:
            raise ValueError(f"Invalid `lines_per_shard`. Expected at least 1. Received: {lines_per_shard=}")
        self.folder = Path(folder)
        self.lines_per_shard = lines_per_shard
        self._number = first_shard
        self._manifest = manifest
        self._seed, self._settings = seed, settings
        self._count = self._offset = 0
        self._pictures: IO[bytes] | None = None
        self._records: IO[str] | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"Cannot make folder {self.folder}: {error.strerror}. Choose another one.") from error

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self._abandon_shard()
            return
        self._finish_shard()
        if self._manifest:
            write_manifest(self.folder, seed=self._seed, settings=self._settings)

    def write(self, sample: LineSample) -> None:
        """Append one line.

        Raises:
            ValueError: If the picture is not `(h, w)` uint8 with something in it.
        """
        image = sample.image
        if image.ndim != 2 or image.dtype != np.uint8 or image.size == 0:
            raise ValueError(f"Invalid `sample`. Expected (h, w) uint8. Received: {image.shape=}, {image.dtype=}")
        pictures, records = self._open_shard()
        data = cv2.imencode(".png", image, _PNG_FAST)[1].tobytes()
        record = {"offset": self._offset, "size": len(data), "height": image.shape[0], "width": image.shape[1]}
        record |= {"text": sample.text, "language": sample.language, "source": sample.source}
        pictures.write(data)
        records.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._offset += len(data)
        self._count += 1
        if self._count == self.lines_per_shard:
            self._finish_shard()

    def _paths(self) -> tuple[Path, Path]:
        stem = f"shard-{self._number:05d}"
        return self.folder / f"{stem}.bin", self.folder / f"{stem}.jsonl"

    def _open_shard(self) -> tuple[IO[bytes], IO[str]]:
        if self._pictures is None or self._records is None:
            pictures, records = (path.with_name(path.name + ".part") for path in self._paths())
            self._pictures = pictures.open("wb")
            self._records = records.open("w", encoding="utf-8")
            self._count = self._offset = 0
        return self._pictures, self._records

    def _close_files(self) -> bool:
        if self._pictures is None or self._records is None:
            return False
        self._pictures.close()
        self._records.close()
        self._pictures = self._records = None
        return True

    def _finish_shard(self) -> None:
        if self._close_files():
            # The records come last: a reader looks for them, and then finds the pictures there.
            for path in self._paths():
                path.with_name(path.name + ".part").replace(path)
            self._number += 1

    def _abandon_shard(self) -> None:
        if self._close_files():
            for path in self._paths():
                path.with_name(path.name + ".part").unlink(missing_ok=True)


def write_manifest(
    folder: str | Path,
    *,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    format: str = FORMAT,
    counted: str = "lines",
) -> dict[str, Any]:
    """Count the records in the shards of a folder, and write `manifest.json`; returns what it wrote."""
    folder = Path(folder)
    shards: list[dict[str, Any]] = []
    for path in sorted(folder.glob("shard-*.jsonl")):
        with path.open("rb") as records:
            shards.append({"name": path.stem, counted: sum(1 for _ in records)})
    total = sum(shard[counted] for shard in shards)
    manifest = {"format": format, counted: total, "seed": seed, "settings": dict(settings or {}), "shards": shards}
    temporary = folder / "manifest.json.part"
    temporary.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(folder / "manifest.json")
    return manifest


class ShardReader:
    """Random access to the lines of a store, in shard order.

    Pictures are decoded when asked for. A reader can be pickled and used after a fork: its memory maps are
    read-only and opened again where they are needed.

    Attributes:
        texts: Labels, one a line.
        languages: Language codes, one a line.
        sources: Where each line comes from.
        widths: `(n,)` int32 pixels.
        heights: `(n,)` int32 pixels.
        broken: Empty: a picture is looked at when it is asked for.

    Raises:
        DataError: If the folder holds no shards, or one that cannot be read.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        paths = sorted(self.folder.glob("shard-*.jsonl"))
        if not paths:
            raise DataError(f"{self.folder} holds no shards. Write some with `synth lines`, or name another folder.")
        self.texts: list[str] = []
        self.broken: list[str] = []
        self.languages: list[str] = []
        self.sources: list[str] = []
        places: list[tuple[int, int, int, int, int]] = []
        for number, path in enumerate(paths):
            places += self._read_records(number, path)
        self._pictures = [path.with_suffix(".bin") for path in paths]
        self._places = np.array(places, dtype=np.int64).reshape(-1, 5)
        self.heights = self._places[:, 3].astype(np.int32)
        self.widths = self._places[:, 4].astype(np.int32)
        self._maps: dict[int, mmap.mmap] = {}

    def _read_records(self, number: int, path: Path) -> list[tuple[int, int, int, int, int]]:
        places = []
        names: dict[str, str] = {}  # one object for each language and source, not one a line
        try:
            with path.open(encoding="utf-8") as records:
                for record in map(json.loads, records):
                    self.texts.append(record["text"])
                    self.languages.append(names.setdefault(record["language"], record["language"]))
                    self.sources.append(names.setdefault(record["source"], record["source"]))
                    places.append((number, record["offset"], record["size"], record["height"], record["width"]))
        except (ValueError, KeyError, OSError) as error:
            raise DataError(f"{path} is not a list of lines ({error!r}). Write this store again.") from error
        return places

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> LineSample:
        number, offset, size = (int(value) for value in self._places[index, :3])
        try:
            encoded = np.frombuffer(self._map(number), dtype=np.uint8, count=size, offset=offset)
            image = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
        except (OSError, ValueError):  # the file is missing, empty or cut off
            image = None
        if image is None:
            raise DataError(f"{self._pictures[number]} holds no picture at byte {offset}. Write this store again.")
        return LineSample(image, self.texts[index], self.languages[index], self.sources[index])

    def _map(self, number: int) -> mmap.mmap:
        if number not in self._maps:
            with self._pictures[number].open("rb") as pictures:
                self._maps[number] = mmap.mmap(pictures.fileno(), 0, access=mmap.ACCESS_READ)
        return self._maps[number]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_maps": {}}


def read_labelled_folder(path: str | Path, *, broken: list[str] | None = None) -> Iterator[LineSample]:
    """Read line pictures that lie beside a `labels.tsv`.

    A row is file, text, language and perhaps a flag, split at tabs; UTF-8, no header, no quoting.

    Args:
        path: A folder, or a `.tar` of one.
        broken: Where given, rows whose picture cannot be read are passed over, and their reasons put here.

    Yields:
        One sample a row, in the order of the rows; its source is the name of the folder or archive.

    Raises:
        DataError: If there is no `labels.tsv`, or a row or picture is wrong.
    """
    path = Path(path)
    read = _read_tar if path.is_file() else _read_folder
    for name, data, text, language, source in read(path):
        image = _decode(data)
        reason = f"{name} is missing or not a picture. Mend it, or take its row out of labels.tsv."
        if image is not None:
            yield LineSample(image, text, language, source)
        elif broken is not None:
            broken.append(reason)
        else:
            raise DataError(reason)


# A row of `labels.tsv` with its picture: name for messages, encoded picture (empty: missing), text, language, source.
_Row = tuple[str, bytes, str, str, str]


def _read_folder(folder: Path) -> Iterator[_Row]:
    labels = folder / "labels.tsv"
    if not labels.is_file():
        raise DataError(f"{folder} holds no labels.tsv. Expected rows of file, text, language, split at tabs.")
    for name, text, language in _parse_labels(labels.read_bytes(), str(labels)):
        picture = folder / name
        data = picture.read_bytes() if picture.is_file() else b""
        yield str(picture), data, text, language, folder.name


def _read_tar(path: Path) -> Iterator[_Row]:
    try:
        with tarfile.open(path) as archive:
            members = {member.name.removeprefix("./"): member for member in archive if member.isfile()}
            labels = next((name for name in sorted(members) if Path(name).name == "labels.tsv"), None)
            if labels is None:
                raise DataError(f"{path} holds no labels.tsv. Expected rows of file, text, language, split at tabs.")
            folder = labels.removesuffix("labels.tsv")
            for name, text, language in _parse_labels(_tar_bytes(archive, members.get(labels)), f"{path}:{labels}"):
                data = _tar_bytes(archive, members.get(folder + name))
                yield f"{path}:{name}", data, text, language, path.stem
    except tarfile.TarError as error:
        raise DataError(f"{path} is not a tar archive that can be read: {error}.") from error


def _tar_bytes(archive: tarfile.TarFile, member: tarfile.TarInfo | None) -> bytes:
    file = archive.extractfile(member) if member is not None else None
    return file.read() if file is not None else b""


def _parse_labels(data: bytes, name: str) -> Iterator[tuple[str, str, str]]:
    for number, row in enumerate(data.decode("utf-8").split("\n"), start=1):
        row = row.removesuffix("\r")
        if not row:
            continue
        fields = row.split("\t")
        if len(fields) < 3:
            raise DataError(f"{name}, row {number}: expected file, text and language, split at tabs. Received: {row!r}")
        yield fields[0], fields[1], fields[2]


def _decode(data: bytes) -> np.ndarray | None:
    """The picture as `(h, w)` uint8 grey; None where the bytes are none."""
    return cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
