"""A store of pages: pictures and truth in shards, a reader with random access, and a dump for evaluation.

The pictures of its shards are PNG or JPEG.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from e2eocr.errors import DataError, OutputError
from e2eocr.truth import shards
from e2eocr.truth.ground_truth import TRUTH_SUFFIX, format_truth
from e2eocr.truth.records import (
    PageSample,
    encode_png,
    line_from_json,
    line_to_json,
    table_from_json,
    table_to_json,
)
from e2eocr.truth.shards import ShardFile, ShardFiles

FORMAT = "e2eocr-pages/1"
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92]


class PageWriter:
    """Writes one shard; use it as a context manager. What was written before an error is thrown away.

    Raises:
        OutputError: If it cannot be begun.
    """

    def __init__(self, folder: str | Path, number: int = 0) -> None:
        self._shard = ShardFile(Path(folder), number)

    def __enter__(self) -> PageWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._shard.end(keep=kind is None)

    def write(self, sample: PageSample) -> None:
        """Append a page: as JPEG, or as PNG where it has few greys and JPEG would blur its edges.

        Raises:
            ValueError: If the picture is not `(H, W)` or `(H, W, 3)` uint8.
        """
        record: dict[str, Any] = {"rotation": sample.rotation, "dpi": round(sample.dpi, 1)}
        record |= {"skew": round(sample.skew, 3), "layout": sample.layout}
        record |= {"lines": [line_to_json(line) for line in sample.lines]}
        record |= {"tables": [table_to_json(table) for table in sample.tables]} if sample.tables else {}
        self._shard.append(_encode(sample.image), record)


def _encode(image: np.ndarray) -> bytes:
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or not image.size:
        raise ValueError(f"Invalid `sample`. Expected (H, W[, 3]) uint8. Received: {image.shape=}, {image.dtype=}")
    picture = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    flat = len(np.unique(image[::4, ::4])) < 48
    return cv2.imencode(".png" if flat else ".jpg", picture, [] if flat else _JPEG)[1].tobytes()


def write_manifest(
    folder: str | Path, *, seed: int | None = None, settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Count the pages in the shards of a folder, and write `manifest.json`; returns what it wrote."""
    return shards.write_manifest(folder, format=FORMAT, counted="pages", seed=seed, settings=settings)


class PageStore:
    """Random access to the pages of a store, in shard order.

    Pictures and truth are decoded when asked for. A store can be pickled and used after a fork.

    Raises:
        DataError: If the folder holds no shards of pages.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._files = ShardFiles(self.folder, "Write some with `synth pages`")
        places = [
            (number, start, end)
            for number, path in enumerate(self._files.records)
            for start, end in _record_places(path)
        ]
        self._places = np.array(places, dtype=np.int64).reshape(-1, 3)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> PageSample:
        number, start, end = (int(value) for value in self._places[index])
        path = self._files.records[number]
        try:
            record = json.loads(self._files.map(path)[start:end])
            place = record["offset"], record["size"]
            lines = tuple(line_from_json(line) for line in record["lines"])
            about = record["rotation"], record["skew"], record["dpi"], record["layout"]
            tables = tuple(table_from_json(table) for table in record.get("tables", ()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} has no page {index} that can be read ({error!r}). Write it again.") from error
        picture = self._files.picture(number, *place, cv2.IMREAD_UNCHANGED)
        image = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        return PageSample(image, lines, *about, tables=tables)


def _record_places(path: Path) -> list[tuple[int, int]]:
    """Where each record of a shard begins and ends, in bytes."""
    places, start = [], 0
    with path.open("rb") as records:
        for row in records:
            places.append((start, start + len(row)))
            start += len(row)
    return places


def write_labelled(store: PageStore, folder: str | Path) -> int:
    """Write pages as `evaluate` reads them: `page-00000.png` and `page-00000.gt.json`.

    Curved lines are written as the narrowest quads around them.

    Returns:
        How many pages were written.

    Raises:
        OutputError: If the folder cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for index in range(len(store)):
            _write_labelled_page(store[index], folder, f"page-{index:05d}")
    except OSError as error:
        raise OutputError(f"Cannot write {folder}: {error.strerror}. Choose another folder.") from error
    return len(store)


def _write_labelled_page(sample: PageSample, folder: Path, stem: str) -> None:
    (folder / f"{stem}.png").write_bytes(encode_png(sample.image))
    facts = {"source": "e2eocr synth pages", "kind": sample.layout, "split": "synthetic"}
    turned = {"rotation": sample.rotation, "skew": round(sample.skew, 3)}
    truth = format_truth(f"{stem}.png", sample.lines, facts=facts | turned)
    (folder / f"{stem}{TRUTH_SUFFIX}").write_bytes(truth)
