"""Labelled line pictures in shards: a store for many of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from e2eocr.errors import DataError
from e2eocr.truth import shards
from e2eocr.truth.records import LineSample
from e2eocr.truth.shards import ShardFile, ShardFiles

FORMAT = "e2eocr-lines/1"
_PNG_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]


class ShardWriter:
    """Writes lines into the shards of one folder; use it as a context manager.

    Several writers may share a folder as long as their shard numbers differ: give each its `first_shard`
    and `manifest=False`, and call `write_manifest` once all have ended.

    Raises:
        OutputError: If the folder cannot be made.
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
        self._shard: ShardFile | None = None
        shards.make_folder(self.folder)

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end_shard(keep=kind is None)
        if kind is None and self._manifest:
            write_manifest(self.folder, seed=self._seed, settings=self._settings)

    def write(self, sample: LineSample) -> None:
        """Append one line.

        Raises:
            ValueError: If the picture is not `(h, w)` uint8 with something in it.
        """
        image = sample.image
        if image.ndim != 2 or image.dtype != np.uint8 or image.size == 0:
            raise ValueError(f"Invalid `sample`. Expected (h, w) uint8. Received: {image.shape=}, {image.dtype=}")
        if self._shard is None:
            self._shard = ShardFile(self.folder, self._number)
        record = {"height": image.shape[0], "width": image.shape[1]}
        record |= {"text": sample.text, "language": sample.language, "source": sample.source}
        self._shard.append(cv2.imencode(".png", image, _PNG_FAST)[1].tobytes(), record)
        if self._shard.count == self.lines_per_shard:
            self._end_shard(keep=True)

    def _end_shard(self, *, keep: bool) -> None:
        if self._shard is not None:
            self._shard.end(keep=keep)
            self._shard = None
            self._number += 1


def write_manifest(
    folder: str | Path, *, seed: int | None = None, settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Count the lines in the shards of a folder, and write `manifest.json`; returns what it wrote."""
    return shards.write_manifest(folder, format=FORMAT, counted="lines", seed=seed, settings=settings)


class ShardReader:
    """Random access to the lines of a store, in shard order.

    Pictures are decoded when asked for. A reader can be pickled and used after a fork.

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
        self._files = ShardFiles(self.folder, "Write some with `synth lines`")
        self.texts: list[str] = []
        self.broken: list[str] = []
        self.languages: list[str] = []
        self.sources: list[str] = []
        places: list[tuple[int, int, int, int, int]] = []
        for number, path in enumerate(self._files.records):
            places += self._read_records(number, path)
        self._places = np.array(places, dtype=np.int64).reshape(-1, 5)
        self.heights = self._places[:, 3].astype(np.int32)
        self.widths = self._places[:, 4].astype(np.int32)

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
        image = self._files.picture(number, offset, size, cv2.IMREAD_GRAYSCALE)
        return LineSample(image, self.texts[index], self.languages[index], self.sources[index])
