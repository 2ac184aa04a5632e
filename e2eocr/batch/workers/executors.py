"""Who does the jobs: this process, or several workers.

An executor takes what makes a worker, and jobs, and gives outcomes as they come. No document brings it down.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import Stop, Stopped
from e2eocr.batch.workers.limits import Limits, available_cores, can_watch_memory
from e2eocr.batch.workers.messages import PageBegun, PageCount, WorkerFactory, WritingBegun
from e2eocr.batch.workers.pool import work_folder
from e2eocr.batch.workers.process import ProcessExecutor
from e2eocr.batch.workers.schedule import PIECE_PAGES
from e2eocr.errors import UsageError

_ANY_NUMBER = 1 << 62


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


def choose_executor(settings: ScanSettings) -> Executor:
    """What a run has its documents read by.

    Raises:
        UsageError: If memory is to be limited on a system that does not tell how much a process takes.
        MissingDependencyError: If Ray is asked for and not installed.
    """
    if settings.executor == "serial":
        return SerialExecutor()
    if settings.executor == "process":
        return process_executor(settings)

    from e2eocr.batch.workers.ray import RayExecutor

    threads, limits, folder = settings.read.threads, _limits(settings), work_folder(settings.output)
    return RayExecutor(settings.ray_address, limits, folder, workers=settings.workers, threads=threads)


def process_executor(settings: ScanSettings) -> ProcessExecutor:
    """Worker processes of this machine, as a run asks for them.

    Raises:
        UsageError: If memory is to be limited on a system that does not tell how much a process takes.
    """
    workers = settings.workers or max(1, available_cores() // settings.read.threads)
    return ProcessExecutor(workers, _limits(settings), work_folder(settings.output))


def _limits(settings: ScanSettings) -> Limits:
    if settings.memory_limit and not can_watch_memory():
        raise UsageError("`--memory-limit` needs Linux: this system does not tell how much memory a process takes.")
    return Limits(
        page_timeout=settings.page_timeout,
        document_timeout=settings.document_timeout,
        memory=settings.memory_limit,
        recycle_pages=settings.recycle_pages,
    )


class SerialExecutor:
    """Does the jobs one after the other in this process, without limits. The reference: all others do the same."""

    def run(
        self, worker_factory: WorkerFactory, jobs: Sequence[Job], stop: Stop | None = None
    ) -> Generator[Outcome, None, None]:
        def started(what: PageBegun | WritingBegun) -> None:
            if stop is not None and stop.requested and isinstance(what, PageBegun) and what.index >= PIECE_PAGES:
                raise Stopped

        worker = worker_factory()
        for job in jobs:
            if stop is not None and stop.requested:
                return
            try:
                outcome = worker.read(job, _ANY_NUMBER, started)
            except Stopped:
                return
            if not isinstance(outcome, PageCount):
                yield outcome
