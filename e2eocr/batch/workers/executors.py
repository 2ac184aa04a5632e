"""Who does the jobs: this process, or several workers.

An executor takes what makes a worker, and jobs, and gives outcomes as they come. No document brings it down.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.signals import Stop, Stopped
from e2eocr.batch.workers.schedule import PIECE_PAGES
from e2eocr.batch.workers.tasks import PageCount, WorkerFactory

_MOST_PAGES = 1 << 62


class Executor(Protocol):
    """Runs jobs."""

    def run(
        self, worker_factory: WorkerFactory, jobs: Sequence[Job], stop: Stop | None = None
    ) -> Generator[Outcome, None, None]:
        """Do all jobs, and give one outcome for each, in the order in which they are done.

        Closing the generator, or an exception in it, ends the run: no worker is left behind.

        Args:
            worker_factory: Makes a worker; called once for each. For other processes it must be picklable.
            jobs: What to do.
            stop: Once it is requested, the pages at work are finished, and what they complete is written; the
                documents left out have no outcome.

        Raises:
            OCRError: If a worker cannot be made, or raises.
        """
        ...


class SerialExecutor:
    """Does the jobs one after the other in this process, without limits. The reference: all others do the same."""

    def run(
        self, worker_factory: WorkerFactory, jobs: Sequence[Job], stop: Stop | None = None
    ) -> Generator[Outcome, None, None]:
        def begin_page(index: int | None) -> None:
            if stop is not None and stop.requested and index is not None and index >= PIECE_PAGES:
                raise Stopped

        worker = worker_factory()
        for job in jobs:
            if stop is not None and stop.requested:
                return
            try:
                outcome = worker.read(job, _MOST_PAGES, begin_page)
            except Stopped:
                return
            if not isinstance(outcome, PageCount):
                yield outcome
