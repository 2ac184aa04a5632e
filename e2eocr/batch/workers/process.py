"""Workers that are processes of this machine: what one does to itself, by crashing, hanging or growing, harms no other.

Processes are spawned, not forked: libraries with threads of their own do not survive a fork. Each has its own pipe
and nothing is shared between them, so none can block the others by dying. Each leads a process group, to which the
programs belong that it starts, and has a folder of its own for temporary files: both go with it.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path

from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.signals import SIGNALS, Stop
from e2eocr.batch.workers.feed import Feed
from e2eocr.batch.workers.limits import Limits, resident_mebibytes
from e2eocr.batch.workers.messages import Loss, Lost, Message, Raised, Ready, Task, WorkerFactory, attempt, do
from e2eocr.batch.workers.pool import Hear, Pool, PoolWorker, fresh_folder
from e2eocr.batch.workers.schedule import Schedule
from e2eocr.files import discard_temporary, end_gently

_GRACE_SECONDS = 5.0
_GENTLE_SIGNAL = signal.SIGUSR1


class ProcessExecutor:
    """Shares documents, and pieces of large ones, out to processes.

    Args:
        workers: How many processes, at most.
        limits: What each may take.
        folder: Where pages of large documents lie until all are read; it is gone at the end. Without one, a
            temporary folder of the system.
    """

    def __init__(self, workers: int, limits: Limits | None = None, folder: Path | None = None) -> None:
        if workers < 1:
            raise ValueError(f"Invalid `workers`. Expected at least 1. Received: workers={workers}")
        self.workers = workers
        self.limits = limits or Limits()
        self._folder = folder

    def run(
        self, worker_factory: WorkerFactory, jobs: Sequence[Job], stop: Stop | None = None
    ) -> Generator[Outcome, None, None]:
        pool = Pool(lambda: _WorkerProcess(worker_factory), _wait, self.workers, self.limits)
        with self._page_folder() as folder:
            yield from pool.work(Schedule(jobs, folder, self.limits.document_timeout), stop)

    def serve(self, worker_factory: WorkerFactory, feed: Feed, hear: Hear) -> Generator[Outcome, None, None]:
        """Do what comes through a feed, until that is closed and all is done; all workers are kept ready.

        Args:
            worker_factory: As for `run`.
            feed: Where jobs come from; no two at a time may have one name.
            hear: Told, in this thread, what workers say.

        Raises:
            OCRError: If a worker cannot be made, or raises.
        """

        def wait_for(workers: Sequence[PoolWorker], seconds: float) -> None:
            _wait(workers, seconds, feed.signal)

        pool = Pool(lambda: _WorkerProcess(worker_factory), wait_for, self.workers, self.limits, feed=feed, hear=hear)
        with self._page_folder() as folder:
            yield from pool.work(Schedule((), folder, self.limits.document_timeout, endless=True), None)

    def _page_folder(self) -> AbstractContextManager[Path]:
        return fresh_folder(self._folder or Path(tempfile.mkdtemp(prefix="e2eocr-")))


class _WorkerProcess(PoolWorker):
    """One worker process as its parent sees it."""

    def __init__(self, worker_factory: WorkerFactory) -> None:
        super().__init__()
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        # Made by the worker: one that a killed parent cannot start any more leaves nothing.
        self._temporary = os.path.join(tempfile.gettempdir(), f"e2eocr-{secrets.token_hex(8)}")
        arguments = theirs, worker_factory, self._temporary
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        with _signals_held_back():
            self._process.start()
        self._pid = self._process.pid or 0
        # Else Python would wait at its end for a process that nobody has ended.
        atexit.register(self.kill)
        # The child has the only other end now, so its death is the end of the stream, and ours is for the child.
        theirs.close()

    def send(self, task: Task) -> None:
        with suppress(OSError):
            self.connection.send(task)

    def messages(self) -> list[Message]:
        said: list[Message] = []
        try:
            while self.connection.poll():
                said.append(self.connection.recv())
        except (EOFError, OSError):
            if said:
                # What it did last is known only when its last words are noted; its end is told the next time.
                return said
            # Killed too early, that would be taken for the cause.
            wait([self._process.sentinel], _GRACE_SECONDS)
            said.append(Lost(self._loss(_cause_of_death(self._end()))))
        return said

    def kill(self) -> None:
        if not self.gone:
            self._end()

    def memory(self) -> int:
        return resident_mebibytes(self._pid)

    def _end(self) -> int | None:
        """Kill it if it lives, with all it has started, and clear up. Its exit code; None if it cannot be killed."""
        self.gone = True
        atexit.unregister(self.kill)
        # As long as nobody has waited for it, its number belongs to no other.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)
        self._process.kill()
        self._process.join(_GRACE_SECONDS)
        code = self._process.exitcode
        if code is not None:
            self._process.close()
        self.connection.close()
        shutil.rmtree(self._temporary, ignore_errors=True)
        if self.task is not None:
            discard_temporary(self.task.job.output.parent, self._pid)
        return code

    def _loss(self, cause: str) -> Loss:
        if self.made:
            return self.death(cause)
        return Loss("WorkerDied", f"a worker process {cause} while it loaded its models")


def _wait(workers: Sequence[PoolWorker], seconds: float, *more: Connection) -> None:
    wait([*more, *(worker.connection for worker in workers if isinstance(worker, _WorkerProcess))], seconds)


def _cause_of_death(exit_code: int | None) -> str:
    """What an exit code says, to be put after the subject of a sentence."""
    if exit_code is None:
        return "does not answer and cannot be ended"
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    number = -exit_code
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    hint = ", perhaps for lack of memory," if name == "SIGKILL" else ""
    return f"was ended by {name}{hint}"


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Block the signals that end a run; processes started meanwhile never see them, nor do programs that they start.

    Ctrl-C and the end of a service reach all processes of a terminal or service. They are for the parent: it lets
    its workers finish their pages, or kills them.
    """
    # Started before, because starting it along with the first process would lift the block.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set(SIGNALS))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, worker_factory: WorkerFactory, temporary: str) -> None:
    """The life of a worker process."""
    os.setpgid(0, 0)
    os.mkdir(temporary, mode=0o700)
    tempfile.tempdir = os.environ["TMPDIR"] = temporary
    signal.signal(_GENTLE_SIGNAL, end_gently)
    threading.Thread(target=_end_with_parent, args=(temporary,), daemon=True).start()
    try:
        # A connection that ends means that the parent has no more to do, or is gone.
        with suppress(KeyboardInterrupt, EOFError, ConnectionError), connection:
            _work(connection, worker_factory)
    finally:
        signal.signal(_GENTLE_SIGNAL, signal.SIG_IGN)
        os.killpg(0, _GENTLE_SIGNAL)  # programs that it has started do not ignore it
        shutil.rmtree(temporary, ignore_errors=True)


def _work(connection: Connection, worker_factory: WorkerFactory) -> None:
    worker = attempt(worker_factory)
    connection.send(worker if isinstance(worker, Raised) else Ready(os.getpid()))
    if isinstance(worker, Raised):
        return

    def say(message: Message) -> None:
        try:
            connection.send(message)
        except ConnectionError as error:
            # The parent is gone, which is no fault of the page.
            raise KeyboardInterrupt from error

    while True:
        do(connection.recv(), worker, say)


def _end_with_parent(temporary: str) -> None:
    """Wait until the parent is gone, then end this process: gently, or else by force."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, _GENTLE_SIGNAL)
    time.sleep(_GRACE_SECONDS)
    shutil.rmtree(temporary, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)
