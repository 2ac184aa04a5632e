"""Workers that are actors of a Ray cluster, each with its models, on whichever machine Ray has room for them.

The machines share the inputs and the output folder, under the same paths: workers read and write there themselves,
and pages of large documents wait there for each other. Documents go to the workers, and outcomes come back.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from e2eocr import __version__
from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.signals import Stop
from e2eocr.batch.workers.limits import Limits, resident_mebibytes
from e2eocr.batch.workers.messages import (
    Done,
    Loss,
    Lost,
    MemoryTaken,
    Message,
    Raised,
    Ready,
    Task,
    WorkerFactory,
    attempt,
    do,
)
from e2eocr.batch.workers.pool import TICK_SECONDS, Pool, PoolWorker, fresh_folder
from e2eocr.batch.workers.schedule import Schedule
from e2eocr.errors import MissingDependencyError, UsageError
from e2eocr.files import discard_temporary

try:
    import ray
    from ray.exceptions import RayError
except ImportError as error:
    raise MissingDependencyError("`--executor ray` needs Ray: pip install 'e2eocr[ray]'") from error

_LAST_WORDS = (Ready, Done, Raised)


class RayExecutor:
    """Shares documents, and pieces of large ones, out to a cluster.

    Args:
        address: Where the cluster is, as `ray.init` takes it.
        limits: What each worker may take.
        folder: Where pages of large documents lie until all are read, for all machines to see; gone at the end.
        workers: How many actors, at most; by default as many as the cluster's cores allow.
        threads: Cores that each takes.
    """

    def __init__(self, address: str, limits: Limits, folder: Path, *, workers: int | None = None, threads: int = 1):
        self.address, self.limits = address, limits
        self._folder, self._workers, self._threads = folder.absolute(), workers, threads

    def run(
        self, worker_factory: WorkerFactory, jobs: Sequence[Job], stop: Stop | None = None
    ) -> Generator[Outcome, None, None]:
        with _connected(self.address):
            size = self._workers or max(1, int(ray.cluster_resources().get("CPU", 1)) // self._threads)
            pool = Pool(lambda: _RayWorker(worker_factory, self._threads, self.limits.memory), _wait, size, self.limits)
            with fresh_folder(self._folder) as folder:
                yield from pool.work(Schedule(jobs, folder, self.limits.document_timeout), stop)


class _RayWorker(PoolWorker):
    """One actor as the driver sees it."""

    def __init__(self, worker_factory: WorkerFactory, threads: int, memory_limit: int) -> None:
        super().__init__()
        # Ray sets OMP_NUM_THREADS to the cores that an actor takes.
        actor: Any = ray.remote(_Actor)
        self._actor: Any = actor.options(num_cpus=threads, max_restarts=0).remote(memory_limit)
        self._taken = self._process = 0
        self.stream: Any = self._actor.make.options(num_returns="streaming").remote(worker_factory)

    def send(self, task: Task) -> None:
        self._taken = 0
        self.stream = self._actor.run.options(num_returns="streaming").remote(task)

    def messages(self) -> list[Message]:
        said: list[Message] = []
        while self.stream is not None and ray.wait([self.stream], timeout=0)[0]:
            message = self._next()
            if isinstance(message, MemoryTaken):
                self._taken = message.mebibytes
            else:
                if isinstance(message, Ready):
                    self._process = message.process
                said.append(message)
            if isinstance(message, _LAST_WORDS):
                self.stream = None
        return said

    def kill(self) -> None:
        self.gone, self.stream = True, None
        ray.kill(self._actor, no_restart=True)
        if self.task is not None:
            discard_temporary(self.task.job.output.parent, self._process)

    def memory(self) -> int:
        return self._taken

    def _next(self) -> Message:
        try:
            message: Message = ray.get(next(self.stream))
            return message
        except (RayError, StopIteration) as error:
            self.kill()
            if not self.made and "No module named 'e2eocr'" in str(error):
                text = f"The machines of the Ray cluster need e2eocr: pip install 'e2eocr[ray]=={__version__}' on each"
                return Raised(MissingDependencyError(text))
        # What it said last may be lost too: it is not known which page it was at.
        return Lost(Loss("WorkerDied", "the worker process crashed, or was lost with its machine"))


class _Actor:
    """A worker in a process of a Ray cluster; it says what a `PoolWorker` says, and watches its own memory."""

    def __init__(self, memory_limit: int) -> None:
        self._memory_limit = memory_limit
        self._worker: Any = None

    def make(self, worker_factory: WorkerFactory) -> Iterator[Message]:
        made = attempt(worker_factory)
        if not isinstance(made, Raised):
            self._worker = made
        yield made if isinstance(made, Raised) else Ready(os.getpid())

    def run(self, task: Task) -> Iterator[Message]:
        said: SimpleQueue[Message] = SimpleQueue()
        threading.Thread(target=do, args=(task, self._worker, said.put), daemon=True).start()
        message: Message | None = None
        while not isinstance(message, _LAST_WORDS):
            try:
                message = said.get(timeout=TICK_SECONDS)
            except Empty:
                message = MemoryTaken(resident_mebibytes(os.getpid()))
                if not 0 < self._memory_limit < message.mebibytes:
                    continue
            yield message


def _wait(workers: Sequence[PoolWorker], seconds: float) -> None:
    streams = [each.stream for each in workers if isinstance(each, _RayWorker) and each.stream is not None]
    if streams:
        ray.wait(streams, timeout=seconds)
    else:
        time.sleep(seconds)


@contextmanager
def _connected(address: str) -> Iterator[None]:
    """Belong to a cluster, if this process does not yet."""
    if ray.is_initialized():
        yield
        return
    # Ray ends a process on SIGTERM in a way of its own.
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        advice = "Start one with `ray start --head`, or name one with `--ray-address`."
        raise UsageError(f"{address}: no Ray cluster is there: {reason}. {advice}") from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        ray.shutdown()
