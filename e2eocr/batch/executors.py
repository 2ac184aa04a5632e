"""Who does the jobs: this process, or several worker processes.

An executor takes what makes a worker, and jobs, and gives outcomes as they come. No document brings it down.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from traceback import format_exception
from typing import Any, Protocol

from e2eocr.batch.atomic import end_gently
from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.signals import Stop
from e2eocr.errors import OCRError

_GRACE_SECONDS = 5.0


class Worker(Protocol):
    """Does one job at a time."""

    def read(self, job: Job) -> Outcome:
        """Do a job. What goes wrong with it is its outcome; an exception ends the run."""
        ...


WorkerFactory = Callable[[], Worker]


class Executor(Protocol):
    """Runs jobs."""

    def run(
        self, worker_factory: WorkerFactory, jobs: Sequence[Job], stop: Stop | None = None
    ) -> Generator[Outcome, None, None]:
        """Do all jobs, and give one outcome for each, in the order in which they are done.

        Closing the generator, or an exception in it, ends the run: no worker is left behind.

        Args:
            worker_factory: Makes a worker; called once for each. For processes it must be picklable.
            jobs: What to do.
            stop: Once it is requested, the documents at work are finished and no other is begun.

        Raises:
            OCRError: If a worker cannot be made, or raises.
        """
        ...


class SerialExecutor:
    """Does the jobs one after the other in this process. The reference: every other executor does the same."""

    def run(
        self, worker_factory: WorkerFactory, jobs: Sequence[Job], stop: Stop | None = None
    ) -> Generator[Outcome, None, None]:
        worker = worker_factory()
        for job in jobs:
            if stop is not None and stop.requested:
                return
            yield worker.read(job)


class ProcessExecutor:
    """Shares the jobs out to processes, one job at a time each.

    A process that dies costs the document it was reading; another takes its place. Processes are spawned, not
    forked: libraries with threads of their own do not survive a fork. Each has its own pipe and nothing
    is shared between them, so none can block the others by dying.

    Args:
        workers: How many processes, at most.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"Invalid `workers`. Expected at least 1. Received: workers={workers}")
        self.workers = workers

    def run(
        self, worker_factory: WorkerFactory, jobs: Sequence[Job], stop: Stop | None = None
    ) -> Generator[Outcome, None, None]:
        pending = deque(jobs)
        unfinished = len(pending)
        crew: list[_WorkerProcess] = []
        try:
            crew.extend(_WorkerProcess(worker_factory) for _ in range(min(self.workers, len(pending))))
            while unfinished:
                if stop is not None and stop.requested:
                    unfinished -= len(pending)
                    pending.clear()
                for worker in _with_news(crew):
                    outcome = worker.collect()
                    if worker.dead:
                        crew.remove(worker)
                        if pending:
                            crew.append(_WorkerProcess(worker_factory))
                    elif pending:
                        worker.give(pending.popleft())
                    if outcome is not None:
                        unfinished -= 1
                        yield outcome
        finally:
            _stop(crew)


class _WorkerProcess:
    """One worker process as its parent sees it.

    It sends None when it is made, then an outcome for each job; an exception in place of either ends the run.
    """

    def __init__(self, worker_factory: WorkerFactory) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, worker_factory), daemon=True)
        with _interrupts_held_back():
            self.process.start()
        # The child has the only other end now, so its death is the end of the stream, and ours is for the child.
        theirs.close()
        self.dead = False
        self._made = False
        self._job: Job | None = None
        self._since = 0.0

    def give(self, job: Job) -> None:
        """Send it a job."""
        self._job, self._since = job, time.perf_counter()
        # If it is dead, that is the next thing to collect.
        with suppress(OSError):
            self.connection.send(job)

    def collect(self) -> Outcome | None:
        """What it has to say: the outcome of its job, or None if it had none.

        Raises:
            OCRError: If it could not be made, or its job ends the run.
        """
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            return self._bury()
        if isinstance(message, Exception):
            raise message
        self._made, self._job = True, None
        return message

    def join(self) -> int:
        """Wait for its end, force it if need be, and give back all it held. Returns its exit code."""
        self.connection.close()
        self.process.join(_GRACE_SECONDS)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        return code

    def _bury(self) -> Outcome | None:
        self.dead = True
        cause = _cause_of_death(self.join())
        if not self._made:
            raise OCRError(f"A worker process {cause} while it loaded its models. Try fewer workers.")
        if self._job is None:
            return None
        seconds = time.perf_counter() - self._since
        message = f"the worker process {cause} while it read this document"
        return Outcome(self._job, "failed", seconds=seconds, error_class="WorkerDied", message=message)


def _with_news(crew: list[_WorkerProcess]) -> list[_WorkerProcess]:
    """Wait until some workers have sent something, or died."""
    ready = wait([worker.connection for worker in crew])
    return [worker for worker in crew if worker.connection in ready]


def _stop(crew: list[_WorkerProcess]) -> None:
    """End all at once, then wait for each."""
    living = [worker for worker in crew if not worker.dead]
    for worker in living:
        worker.process.terminate()
    for worker in living:
        worker.join()


def _cause_of_death(exit_code: int) -> str:
    """What an exit code says, to be put after the subject of a sentence."""
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    number = -exit_code
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    hint = ", perhaps for lack of memory," if name == "SIGKILL" else ""
    return f"was ended by {name}{hint}"


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Block SIGINT; processes started meanwhile never see it: Ctrl-C is for the parent, which ends its workers."""
    # Started before, because starting it along with the first process would lift the block.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, worker_factory: WorkerFactory) -> None:
    """The life of a worker process."""
    # Ended by its parent, it unwinds and takes its temporary files with it.
    signal.signal(signal.SIGTERM, end_gently)
    # A connection that ends means that the parent has no more to do, or is gone.
    with suppress(KeyboardInterrupt, EOFError, ConnectionError), connection:
        worker = _attempt(worker_factory)
        if isinstance(worker, Exception):
            connection.send(worker)
            return
        connection.send(None)
        while True:
            connection.send(_attempt(worker.read, connection.recv()))


def _attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a call, or its exception in a form that can be sent."""
    try:
        return function(*arguments)
    except OCRError as error:
        return error
    except Exception as error:
        return RuntimeError("".join(format_exception(error)))
