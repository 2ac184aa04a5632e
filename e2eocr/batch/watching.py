"""A folder that is watched: what comes in is read, by scan after scan into the same output folder."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from types import FrameType

from e2eocr.batch.progress import Log
from e2eocr.batch.report import ScanReport
from e2eocr.batch.runner import scan
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import SIGNALS
from e2eocr.errors import ExitCode, MissingDependencyError, NothingToReadError, OutputLockedError, UsageError

try:
    import watchfiles
except ImportError as error:
    raise MissingDependencyError("`watch` needs watchfiles: pip install 'e2eocr[watch]'") from error

DEFAULT_SETTLE = 2.0
_MAX_PATIENCE = 5  # times the settle time, in a folder where something changes all the time

Scan = Callable[[ScanSettings], ScanReport]


def watch(
    settings: ScanSettings, *, poll: bool = False, run_scan: Scan = scan, stop: threading.Event | None = None
) -> ExitCode:
    """Read what is in folders, and what comes into them, until a signal ends it.

    A file is read when it has not been written to for `settings.settle` seconds.

    Args:
        settings: The runs; their inputs are folders.
        poll: Whether to look for changes several times a second, as network shares need it, instead of being told.
        run_scan: Does a run.
        stop: Ends the watching when it is set, as SIGINT, SIGTERM and SIGHUP do.

    Returns:
        `OK`: it was asked to end.

    Raises:
        UsageError: If an input is no folder.
        OCRError: What ends a scan, but that there is nothing to read yet, or that another scan is at work.
    """
    for path in settings.inputs:
        if not path.is_dir():
            raise UsageError(f"{path}: is no folder that can be watched. Name the folder that it is in.")
    stop = stop or threading.Event()
    with _ended_by_signals(stop):
        _Watch(settings, poll, run_scan, stop).run()
    return ExitCode.OK


class _Watch:
    """The state of one watching."""

    def __init__(self, settings: ScanSettings, poll: bool, run_scan: Scan, stop: threading.Event) -> None:
        self._settings, self._poll, self._run_scan, self._stop = settings, poll, run_scan, stop
        self._log = Log(settings.log_format, quiet=settings.quiet)

    def run(self) -> None:
        names = ", ".join(map(str, self._settings.inputs))
        self._log.note(f"watching {names}", event="watching")
        settle = self._settings.settle
        waiting, last = True, 0.0  # what is there already is read first, once the folder is being watched
        with closing(self._changes()) as changes:
            for changed in changes:
                waiting = waiting or bool(changed)
                # While something changes, files are not at rest; but they must not wait for each other for ever.
                patient = bool(changed) and time.monotonic() - last < _MAX_PATIENCE * settle
                if waiting and not patient and not self._stop.is_set():
                    last, waiting = time.monotonic(), self._scan()

    def _changes(self) -> Generator[set[tuple[watchfiles.Change, str]], None, None]:
        """Changes as they come, and nothing after each settle time without."""
        pause = round(1000 * min(max(self._settings.settle, 0.05), 3600))
        return watchfiles.watch(
            *self._settings.inputs,
            watch_filter=_may_be_document(self._settings),
            stop_event=self._stop,
            rust_timeout=pause,
            yield_on_timeout=True,
            debounce=min(pause, 1600),
            raise_interrupt=False,
            force_polling=self._poll or None,
        )

    def _scan(self) -> bool:
        """Do a run; whether files were left for the next one."""
        try:
            report = self._run_scan(self._settings)
        except NothingToReadError:
            return False
        except OutputLockedError as error:
            self._log.warn(str(error))
            return True
        if report.signal_number is not None:
            self._stop.set()
        return bool(report.found.left_out.get("still changing"))


def _may_be_document(settings: ScanSettings) -> Callable[[watchfiles.Change, str], bool]:
    """What tells changes that are worth a run from those of hidden files, and of an output folder in the input."""
    output = os.path.abspath(settings.output) + os.sep
    inside = all(not f"{os.path.abspath(path)}{os.sep}".startswith(output) for path in settings.inputs)

    def is_wanted(change: watchfiles.Change, path: str) -> bool:
        return not os.path.basename(path).startswith(".") and not (inside and f"{path}{os.sep}".startswith(output))

    return is_wanted


@contextmanager
def _ended_by_signals(stop: threading.Event) -> Iterator[None]:
    """Have signals end the watching between two scans; a scan takes those that come in it, and tells."""

    def end(signal_number: int, frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, end) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
