"""Being asked to end: once means after the pages at work, twice means now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# A terminal that is closed sends SIGHUP; Windows has none.
_HANG_UP = getattr(signal, "SIGHUP", None)
SIGNALS = tuple(each for each in (signal.SIGINT, signal.SIGTERM, _HANG_UP) if each is not None)


class Stop:
    """Whether a run was asked to end, and by which signal.

    Attributes:
        signal_number: The signal that came first, SIGHUP counted as SIGTERM; None as long as none came.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None

    @property
    def requested(self) -> bool:
        """Whether to begin nothing more."""
        return self.signal_number is not None


class Stopped(BaseException):
    """Raised where a run that was asked to end leaves a document unfinished; no document's own error."""


class Interrupted(KeyboardInterrupt):
    """Raised where a run is to end at once; `signal_number` is what it was told last."""

    def __init__(self, signal_number: int) -> None:
        super().__init__()
        self.signal_number = signal_number


@contextmanager
def interruptions() -> Iterator[Stop]:
    """While the block runs, a first SIGINT, SIGTERM or SIGHUP asks for an end, and a second one raises Interrupted.

    Signals after the second are ignored until the block has ended, so that clearing up is not broken off. One that was
    ignored before, as SIGHUP is under nohup, stays so. Outside of the main thread, where Python handles no signals, the
    block runs as it is.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]

    def handle(signal_number: int, frame: FrameType | None) -> None:
        number = signal.SIGTERM if signal_number == _HANG_UP else signal_number
        if not stop.requested:
            stop.signal_number = number
            return
        for each in heeded:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(number)

    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            # None is a handler that was not set by Python: it cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
