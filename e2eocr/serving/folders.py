"""The folder of a server: gone when the server ends, however it ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2eocr.batch.lock import hold_folder, is_held, read_holder
from e2eocr.files import output_error

PREFIX = "e2eocr-serve-"


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder among the system's temporary ones. What servers left there that were killed is removed first.

    Raises:
        OutputError: If it cannot be made.
    """
    clear_abandoned()
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    except OSError as error:
        raise output_error(Path(tempfile.gettempdir()), error) from error
    try:
        with hold_folder(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_abandoned() -> None:
    """Remove the folders of servers that are gone; those of others that run are held by them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if read_holder(folder) is not None and not is_held(folder):
            shutil.rmtree(folder, ignore_errors=True)
