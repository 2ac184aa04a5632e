"""MNIST and its kin: pictures and labels in IDX files, gzip or not (LeCun, Cortes and Burges)."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from e2eocr.errors import DataError
from e2eocr.truth.adapters.base import DataSource, KnownPicture, LeftOut, whole_line

MAX_STRING_LENGTH = 10
_BYTES = 0x08  # the code of unsigned bytes in an IDX file
_NO_DIGIT = "its label is no digit"
_SEED = 1


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each digit as a line of its own, dark on light."""
    for split, images, labels in _files(source):
        for index, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
            name = f"{split}-{index:05d}"
            if label > 9:
                yield LeftOut(name, _NO_DIGIT)
            else:
                yield KnownPicture(f"{split}/{name}", 255 - image, (whole_line(str(label)),), split=split)


def read_strings(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each digit once, in strings of 1 to `MAX_STRING_LENGTH` with more or less room between them; always the same."""
    for split, images, labels in _files(source):
        rng = np.random.default_rng(_SEED)
        order = rng.permutation(len(labels))
        yield from (LeftOut(f"{split}-{index:05d}", _NO_DIGIT) for index in np.flatnonzero(labels > 9).tolist())
        digits = order[labels[order] <= 9]
        start = number = 0
        while start < len(digits):
            chosen = digits[start : start + int(rng.integers(1, MAX_STRING_LENGTH + 1))]
            text = "".join(map(str, labels[chosen].tolist()))
            picture = _put_together(255 - images[chosen], rng)
            yield KnownPicture(f"{split}/{split}-{number:05d}", picture, (whole_line(text),), split=split)
            start, number = start + len(chosen), number + 1


def _put_together(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Digits `(n, h, w)` uint8 beside one another, `(h, W)`: their ink is some pixels apart."""
    height = digits.shape[1]
    parts = [np.full((height, int(rng.integers(2, 6))), 255, np.uint8)]
    for digit in digits:
        columns = np.flatnonzero((digit < 128).any(axis=0))
        inked = digit[:, columns[0] : columns[-1] + 1] if len(columns) else digit
        parts += [inked, np.full((height, int(rng.integers(2, 6))), 255, np.uint8)]
    return cv2.hconcat(parts)


def _files(source: DataSource) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Split, pictures `(n, h, w)` uint8 and labels `(n,)` uint8 of each pair of files."""
    for path in source.require("*images*idx3*"):
        partner = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
        candidates = [partner, partner.with_suffix(""), partner.with_name(partner.name + ".gz")]
        found = next((candidate for candidate in candidates if candidate.is_file()), None)
        if found is None:
            raise DataError(f"{path}: {partner.name} is not beside it. Put the labels there.")
        images, labels = _load_idx(path, 3), _load_idx(found, 1)
        if len(images) != len(labels):
            raise DataError(f"{path} holds {len(images)} pictures, {found.name} {len(labels)} labels. Copy both again.")
        yield _split_name(path), images, labels


def _split_name(path: Path) -> str:
    """`train` or `test`, or what else stands before `images` in a file's name."""
    name = path.name.partition("images")[0].strip("-_.")
    return {"t10k": "test", "": "train"}.get(name, name)


def _load_idx(path: Path, dimensions: int) -> np.ndarray:
    """The array of an IDX file of unsigned bytes.

    Raises:
        DataError: If it is none, is cut off, or has not as many dimensions.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be unpacked: {error}. Copy it again.") from error
    head = 4 + 4 * dimensions
    if len(data) < head or data[:4] != bytes([0, 0, _BYTES, dimensions]):
        raise DataError(f"{path}: is no IDX file of {dimensions} dimensions of bytes. Copy it again.")
    shape = struct.unpack(f">{dimensions}I", data[4:head])
    size = int(np.prod(shape, dtype=np.int64))
    if len(data) - head != size:
        raise DataError(
            f"{path}: should hold {size} bytes behind its head and holds {len(data) - head}. Copy it again."
        )
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)
