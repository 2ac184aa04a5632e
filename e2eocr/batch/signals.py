"""Being asked to end: once means after the pages at work, twice means now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether a run was asked to end, and by which signal.

    Attributes:
        signal_number: The signal that came first; None as long as none came.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None

    @property
    def requested(self) -> bool:
        """Whether to begin nothing more."""
        return self.signal_number is not None


class Stopped(BaseException):
    """Raised where a run that was asked to end leaves a document unfinished; no document's own error."""


@contextmanager
def interruptions() -> Iterator[Stop]:
    """While the block runs, a first SIGINT or SIGTERM asks for an end, and a second one raises KeyboardInterrupt.

    Signals after the second are ignored until the block has ended, so that clearing up is not broken off. Outside of
    the main thread, where Python handles no signals, the block runs as it is.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handle(signal_number: int, frame: FrameType | None) -> None:
        if not stop.requested:
            stop.signal_number = signal_number
            return
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            # None is a handler that was not set by Python: it cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
