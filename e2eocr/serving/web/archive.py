"""The results of many documents in one file."""

from __future__ import annotations

import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from e2eocr.writers import FORMATS

_MEMORY_BYTES = 1 << 20


def zip_results(results: Sequence[tuple[str, str, Path]]) -> IO[bytes]:
    """Put results into a ZIP, in a file that has no name and goes when it is closed.

    Args:
        results: The client's name of the document, the format, and the file.

    Returns:
        The ZIP, to be read from its start. Where documents share a name, the later ones have a number before it.
    """
    file = tempfile.SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115
    seen: Counter[str] = Counter()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, format, path in results:
            inside = f"{name}.{FORMATS[format].suffix}"
            seen[inside] += 1
            archive.write(path, inside if seen[inside] == 1 else f"{seen[inside]}-{inside}")
    file.seek(0)
    return file
