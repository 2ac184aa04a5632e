"""How many requests of the kinds that hold a thread for long may go on at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from e2eocr.serving.web.refusals import busy

MAX_STREAMS = 32  # clients that follow an order
MAX_MAKING = 16  # clients that wait for a format, a picture or an archive
_RETRY_SECONDS = 2


class Places:
    """So many may be inside at a time; the others are told to come again."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    def enter(self) -> None:
        """Take a place, to be given back by `leave`.

        Raises:
            RefusalError: If none is free.
        """
        if not self._free.acquire(blocking=False):
            raise busy("Too many clients wait for this.", _RETRY_SECONDS)

    def leave(self) -> None:
        """Give a place back."""
        self._free.release()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Have a place for the block."""
        self.enter()
        try:
            yield
        finally:
            self.leave()
