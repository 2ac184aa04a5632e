"""What stores of lines and of pages have in common: pictures and records in shards, written whole and read anywhere.

A shard is two files: `shard-00000.bin`, the pictures one after another, and `shard-00000.jsonl`, one record a line that
says where its picture lies and what it shows. A shard that stands under its final name is whole.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np

from e2eocr.errors import DataError, OutputError

_RECORDS = "shard-*.jsonl"


class ShardFile:
    """A shard that is being written, under names that end in `.part`.

    Raises:
        OutputError: If it cannot be begun.
    """

    def __init__(self, folder: Path, number: int) -> None:
        # The records come last: a reader looks for them, and then finds the pictures there.
        self._paths = [folder / f"shard-{number:05d}{suffix}" for suffix in (".bin", ".jsonl")]
        self._parts = [path.with_name(path.name + ".part") for path in self._paths]
        self._offset = 0
        self.count = 0
        make_folder(folder)
        try:
            self._pictures: IO[bytes] = self._parts[0].open("wb")
            self._records: IO[str] = self._parts[1].open("w", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"Cannot write {self._parts[0]}: {error.strerror}. Choose another folder.") from error

    def append(self, picture: bytes, record: Mapping[str, Any]) -> None:
        """Write an encoded picture and its record, which is told where the picture lies."""
        place = {"offset": self._offset, "size": len(picture)}
        self._pictures.write(picture)
        self._records.write(json.dumps(place | dict(record), ensure_ascii=False) + "\n")
        self._offset += len(picture)
        self.count += 1

    def end(self, *, keep: bool) -> None:
        """Close the shard, and give it its final names or throw it away."""
        self._pictures.close()
        self._records.close()
        for part, path in zip(self._parts, self._paths, strict=True):
            if keep:
                part.replace(path)
            else:
                part.unlink(missing_ok=True)


class ShardFiles:
    """The shards of a store, their pictures mapped into memory as they are asked for.

    Can be pickled and used after a fork: the maps are read-only and opened again where they are needed.

    Raises:
        DataError: If the folder holds no shards.
    """

    def __init__(self, folder: Path, remedy: str) -> None:
        self.records = sorted(folder.glob(_RECORDS))
        if not self.records:
            raise DataError(f"{folder} holds no shards. {remedy}, or name another folder.")
        self._maps: dict[Path, mmap.mmap] = {}

    def map(self, path: Path) -> mmap.mmap:
        """The bytes of a file of the store. Raises OSError or ValueError where it is missing or empty."""
        if path not in self._maps:
            with path.open("rb") as file:
                self._maps[path] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._maps[path]

    def picture(self, number: int, offset: int, size: int, flags: int) -> np.ndarray:
        """The decoded picture of a record of shard `number`, as OpenCV's `flags` ask for it.

        Raises:
            DataError: If there is none.
        """
        path = self.records[number].with_suffix(".bin")
        try:
            encoded = np.frombuffer(self.map(path), dtype=np.uint8, count=size, offset=offset)
            image = cv2.imdecode(encoded, flags)
        except (OSError, ValueError):  # the file is missing, empty or cut off
            image = None
        if image is None:
            raise DataError(f"{path} holds no picture at byte {offset}. Write this store again.")
        return image

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_maps": {}}


def make_folder(folder: Path) -> None:
    """Make the folder of a store if it is not there.

    Raises:
        OutputError: If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make folder {folder}: {error.strerror}. Choose another one.") from error


def is_store(folder: Path) -> bool:
    """Whether a folder holds shards."""
    return next(folder.glob(_RECORDS), None) is not None


def write_manifest(
    folder: str | Path,
    *,
    format: str,
    counted: str,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Count the records in the shards of a folder, and write `manifest.json`; returns what it wrote."""
    folder = Path(folder)
    shards: list[dict[str, Any]] = []
    for path in sorted(folder.glob(_RECORDS)):
        with path.open("rb") as records:
            shards.append({"name": path.stem, counted: sum(1 for _ in records)})
    total = sum(shard[counted] for shard in shards)
    manifest = {"format": format, counted: total, "seed": seed, "settings": dict(settings or {}), "shards": shards}
    temporary = folder / "manifest.json.part"
    temporary.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(folder / "manifest.json")
    return manifest
