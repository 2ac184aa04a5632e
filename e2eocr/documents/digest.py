"""Which file it is: its checksum and size."""

from __future__ import annotations

import hashlib
from pathlib import Path

from e2eocr.errors import DocumentError

_CHUNK = 1 << 20


def digest_file(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file in hexadecimal, and its size in bytes.

    Raises:
        DocumentError: If the file cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise DocumentError(
            f"{path}: cannot be read: {error.strerror}. Check that it is there and readable."
        ) from error
    return digest.hexdigest(), size
