"""Jobs that come while others are done: what a server has instead of a list."""

from __future__ import annotations

import multiprocessing
import threading
from collections import deque

from e2eocr.batch.jobs import Job
from e2eocr.batch.signals import Stopped
from e2eocr.batch.workers.schedule import Schedule


class Feed:
    """Where any thread puts jobs, and the thread of a pool takes them out.

    Attributes:
        signal: A connection that has something to read when there is something to take.
    """

    def __init__(self) -> None:
        self.signal, self._bell = multiprocessing.Pipe(duplex=False)
        self._is_closed = self._is_aborted = False
        self._jobs: deque[tuple[Job, bool]] = deque()
        self._lock = threading.Lock()

    @property
    def is_done(self) -> bool:
        """Whether nothing is to be taken out any more."""
        with self._lock:
            return self._is_closed and not self._jobs

    def put(self, job: Job, *, first: bool = False) -> bool:
        """Have a job done, behind those that wait or before them. False, and it is not, once the feed is closed."""
        with self._lock:
            if self._is_closed:
                return False
            self._jobs.append((job, first))
            self._ring()
            return True

    def close(self) -> None:
        """Have the pool end when all is done that was put here."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._ring()

    def abort(self) -> None:
        """Have the pool end at once, whatever is at work."""
        with self._lock:
            self._is_closed = self._is_aborted = True
            self._ring()

    def fill(self, schedule: Schedule) -> None:
        """Take out all jobs.

        Raises:
            Stopped: If all is to end at once.
        """
        with self._lock:
            if self._is_aborted:
                raise Stopped
            while self.signal.poll():
                self.signal.recv_bytes()
            while self._jobs:
                job, first = self._jobs.popleft()
                schedule.add(job, first=first)

    def _ring(self) -> None:
        if not self.signal.poll():  # one stroke is enough: a pipe that nobody empties would be full some time
            self._bell.send_bytes(b"!")
