"""A store of pages: pictures and truth in shards, a reader with random access, and a dump for evaluation.

Each shard is two files: `shard-00000.bin`, the pictures one after another (PNG or JPEG), and `shard-00000.jsonl`,
one record a line that says where its picture lies and what stands on it. A shard under its final name is whole.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import cv2
import numpy as np

from e2eocr.errors import DataError, OutputError
from e2eocr.truth import line_shards as samples
from e2eocr.truth.records import LineTruth, PageSample, line_from_json, line_to_json, quad_of

FORMAT = "e2eocr-pages/1"
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92]


class PageWriter:
    """Writes one shard; use it as a context manager. What was written before an error is thrown away."""

    def __init__(self, folder: str | Path, number: int = 0) -> None:
        self._paths = [Path(folder) / f"shard-{number:05d}{suffix}" for suffix in (".bin", ".jsonl")]
        self._parts = [path.with_name(path.name + ".part") for path in self._paths]
        self._offset = 0
        self._pictures: IO[bytes]
        self._records: IO[str]

    def __enter__(self) -> PageWriter:
        try:
            self._parts[0].parent.mkdir(parents=True, exist_ok=True)
            self._pictures = self._parts[0].open("wb")
            self._records = self._parts[1].open("w", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"Cannot write {self._parts[0]}: {error.strerror}. Choose another folder.") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pictures.close()
        self._records.close()
        for part, path in zip(self._parts, self._paths, strict=True):  # the records come last: a reader looks for them
            if kind is None:
                part.replace(path)
            else:
                part.unlink(missing_ok=True)

    def write(self, sample: PageSample) -> None:
        """Append a page: as JPEG, or as PNG where it has few greys and JPEG would blur its edges.

        Raises:
            ValueError: If the picture is not `(H, W)` or `(H, W, 3)` uint8.
        """
        data = _encode(sample.image)
        self._pictures.write(data)
        record: dict[str, Any] = {
            "offset": self._offset,
            "size": len(data),
            "rotation": sample.rotation,
            "dpi": round(sample.dpi, 1),
        }
        record |= {"skew": round(sample.skew, 3), "layout": sample.layout}
        record |= {"lines": [line_to_json(line) for line in sample.lines]}
        self._records.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._offset += len(data)


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
    return samples.write_manifest(folder, seed=seed, settings=settings, format=FORMAT, counted="pages")


class PageStore:
    """Random access to the pages of a store, in shard order.

    Pictures and truth are decoded when asked for. A store can be pickled and used after a fork: its memory maps
    are read-only and opened again where they are needed.

    Raises:
        DataError: If the folder holds no shards of pages.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._shards = sorted(self.folder.glob("shard-*.jsonl"))
        if not self._shards:
            raise DataError(f"{self.folder} holds no shards. Write some with `synth pages`, or name another folder.")
        places = [
            (number, start, end) for number, path in enumerate(self._shards) for start, end in _record_places(path)
        ]
        self._places = np.array(places, dtype=np.int64).reshape(-1, 3)
        self._maps: dict[Path, mmap.mmap] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> PageSample:
        number, start, end = (int(value) for value in self._places[index])
        path = self._shards[number]
        try:
            record = json.loads(self._map(path)[start:end])
            image = _decode(self._map(path.with_suffix(".bin")), record["offset"], record["size"])
            lines = tuple(line_from_json(line) for line in record["lines"])
            about = record["rotation"], record["skew"], record["dpi"], record["layout"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} has no page {index} that can be read ({error!r}). Write it again.") from error
        return PageSample(image, lines, *about)

    def _map(self, path: Path) -> mmap.mmap:
        if path not in self._maps:
            with path.open("rb") as file:
                self._maps[path] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._maps[path]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_maps": {}}


def _record_places(path: Path) -> list[tuple[int, int]]:
    """Where each record of a shard begins and ends, in bytes."""
    places, start = [], 0
    with path.open("rb") as records:
        for row in records:
            places.append((start, start + len(row)))
            start += len(row)
    return places


def _decode(pictures: mmap.mmap, offset: int, size: int) -> np.ndarray:
    encoded = np.frombuffer(pictures, dtype=np.uint8, count=size, offset=offset)
    image = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError(f"no picture at byte {offset}")
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


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
    picture = sample.image if sample.image.ndim == 2 else cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR)
    (folder / f"{stem}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    languages = sorted({line.language for line in sample.lines if line.language})
    truth = {
        "file": f"{stem}.png", "source": "e2eocr synth pages",
        "language": languages[0] if len(languages) == 1 else languages, "kind": sample.layout, "split": "synthetic",
        "rotation": sample.rotation, "skew": round(sample.skew, 3), "lines": [_labelled(line) for line in sample.lines],
    }  # fmt: skip
    (folder / f"{stem}.gt.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _labelled(line: LineTruth) -> dict[str, Any]:
    polygon = [[round(float(x), 2), round(float(y), 2)] for x, y in quad_of(line.polygon)]
    labelled: dict[str, Any] = {"text": line.text, "polygon": polygon, "block": line.block}
    return labelled | {"ignore": True} if line.ignore else labelled
