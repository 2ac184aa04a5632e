"""A pool of workers that are somewhere else, kept at work and within their limits; what they are, executors know."""

from __future__ import annotations

import secrets
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from e2eocr.batch.jobs import Outcome
from e2eocr.batch.signals import Stop
from e2eocr.batch.workers.feed import Feed
from e2eocr.batch.workers.limits import Limits
from e2eocr.batch.workers.messages import (
    Done,
    Loss,
    Lost,
    Message,
    PageBegun,
    Raised,
    ReadDocument,
    ReadPages,
    Ready,
    Task,
    WritingBegun,
)
from e2eocr.batch.workers.schedule import Schedule, document_timeout_loss
from e2eocr.errors import OCRError

TICK_SECONDS = 0.1
LOAD_SECONDS = 300.0
MAX_FAILED_LOADS = 3
WORK_FOLDER = ".e2eocr-pages"
# Told what a worker says, and the task that it is at, if it is at one.
Hear = Callable[[Task | None, Message], None]


class PoolWorker(ABC):
    """One worker as the pool sees it.

    It says that it is `Ready`, then for each task which pages it begins, that it writes, and that it is `Done`; `Lost`
    when it is gone, and `Raised` what ends the run.
    """

    def __init__(self) -> None:
        self.made = self.gone = False
        self.task: Task | None = None
        self.pages = 0  # read in its life
        self.since = time.monotonic()  # when it was started, or given its task
        self._page: int | None = None
        self._phase, self._phase_since = "opening", self.since

    @abstractmethod
    def send(self, task: Task) -> None:
        """Have it begin a task. If it is gone, that is the next thing it says."""

    @abstractmethod
    def messages(self) -> list[Message]:
        """What it has said since the last time; does not wait."""

    @abstractmethod
    def kill(self) -> None:
        """End it at once, with all it has started, and clear up after it."""

    def memory(self) -> int:
        """MiB that it takes; 0 where it watches that itself."""
        return 0

    @property
    def idle(self) -> bool:
        return self.made and self.task is None and not self.gone

    @property
    def elapsed(self) -> float:
        """Seconds since it was started or given its task."""
        return time.monotonic() - self.since

    def begin(self, task: Task) -> None:
        self.task, self._page = task, None
        self.since = self._phase_since = time.monotonic()
        self._phase = "opening"
        self.send(task)

    def note(self, message: Message) -> None:
        """Take note of something it has said."""
        if isinstance(message, Ready):
            self.made = True
        elif isinstance(message, PageBegun):
            self._phase, self._phase_since, self._page = "page", time.monotonic(), message.index
            self.pages += 1
        elif isinstance(message, WritingBegun):
            self._phase, self._phase_since, self._page = "writing", time.monotonic(), None

    def broken_limit(self, limits: Limits, seconds_left: float) -> Loss | None:
        """Which limit it has overrun, if any, given the seconds its document has left."""
        if self.elapsed > seconds_left:
            return document_timeout_loss(limits.document_timeout)
        overdue = self._overdue(limits.page_timeout)
        if overdue is not None:
            return overdue
        if limits.memory and self.memory() > limits.memory:
            message = f"{self._subject()} took more than {limits.memory} MiB of memory (`--memory-limit`)"
            return Loss("MemoryLimit", message)
        return None

    def death(self, cause: str) -> Loss:
        """The loss where it has died, of what `cause` tells after its name."""
        doing = {"opening": "opened the document", "page": "read this page", "writing": "wrote the results"}
        if isinstance(self.task, ReadDocument) and self._page is not None:
            doing["page"] = f"read page {self._page + 1}"
        return Loss("WorkerDied", f"the worker process {cause} while it {doing[self._phase]}")

    def _overdue(self, page_timeout: float) -> Loss | None:
        """Time is counted anew for each page; the writing of all gets the time of all."""
        task = self.task
        pages = task.page_count if task is not None and self._phase == "writing" else 1
        allowed = page_timeout * pages
        if not allowed or time.monotonic() - self._phase_since <= allowed:
            return None
        doing = {"opening": " to open", "page": "", "writing": " to write"}[self._phase]
        return Loss("PageTimeout", f"{self._subject()} took longer than {allowed:g} s{doing} (`--page-timeout`)")

    def _subject(self) -> str:
        if self._phase != "page":
            return "the document"
        return "the page" if isinstance(self.task, ReadPages) or self._page is None else f"page {self._page + 1}"


class Pool:
    """Does the tasks of a schedule with up to `size` workers.

    Args:
        start: Starts a worker.
        wait: Waits, for so many seconds at most, until one of these workers has something to say.
        size: How many workers to have, at most.
        limits: What each may take.
        feed: Where more tasks come from, for which all workers are kept ready; the work ends once it is closed.
        hear: Told all that workers say, with the task that they are at.
    """

    def __init__(
        self,
        start: Callable[[], PoolWorker],
        wait: Callable[[Sequence[PoolWorker], float], None],
        size: int,
        limits: Limits,
        *,
        feed: Feed | None = None,
        hear: Hear = lambda task, message: None,
    ) -> None:
        self._start, self._wait, self._size, self._limits = start, wait, size, limits
        self._feed, self._tell = feed, hear
        self._workers: list[PoolWorker] = []
        self._failed_loads = 0

    def work(self, schedule: Schedule, stop: Stop | None) -> Generator[Outcome, None, None]:
        """Do all tasks, or no more than are begun once `stop` is requested; no worker is left at the end.

        Raises:
            OCRError: If a worker cannot be made, or raises.
        """
        try:
            while True:
                if stop is not None and stop.requested:
                    schedule.stop()
                if self._feed is not None:
                    self._feed.fill(schedule)
                self._share_out(schedule)
                if not self._at_work and not schedule.waiting(0) and not self._is_fed:
                    return
                self._wait(self._workers, TICK_SECONDS)
                for worker in list(self._workers):
                    yield from self._hear(worker, schedule)
                    yield from self._check(worker, schedule)
        finally:
            self._end()

    @property
    def _is_fed(self) -> bool:
        return self._feed is not None and not self._feed.is_done

    @property
    def _at_work(self) -> int:
        return sum(worker.task is not None for worker in self._workers)

    def _share_out(self, schedule: Schedule) -> None:
        """Give each free worker a task, and start more where there are more tasks than workers."""
        for worker in [each for each in self._workers if each.idle]:
            if 0 < self._limits.recycle_pages <= worker.pages:
                self._dismiss(worker)
            elif (task := schedule.next_task(self._at_work)) is not None:
                worker.begin(task)
            elif schedule.alone:
                self._dismiss(worker)  # it takes memory too
        coming = sum(not worker.made for worker in self._workers)
        while len(self._workers) < self._size and (self._is_fed or schedule.waiting(self._at_work) > coming):
            self._workers.append(self._start())
            coming += 1

    def _hear(self, worker: PoolWorker, schedule: Schedule) -> Generator[Outcome, None, None]:
        """Take what a worker has to say."""
        for message in worker.messages():
            worker.note(message)
            if not isinstance(message, Lost):
                self._tell(worker.task, message)
            outcome = None
            if isinstance(message, Raised):
                raise message.error
            if isinstance(message, Lost):
                outcome = self._lose(worker, message.loss, schedule)
            elif isinstance(message, Ready):
                self._failed_loads = 0
            elif isinstance(message, Done) and worker.task is not None:
                task, worker.task = worker.task, None
                outcome = schedule.done(task, message.result, worker.elapsed)
            if outcome is not None:
                yield outcome

    def _check(self, worker: PoolWorker, schedule: Schedule) -> Generator[Outcome, None, None]:
        """End a worker that has overrun a limit."""
        if worker.gone:
            return
        if not worker.made and worker.elapsed > LOAD_SECONDS and not any(each.made for each in self._workers):
            raise OCRError(f"No worker was ready after {LOAD_SECONDS:g} s. Try fewer workers.")
        if worker.task is None:
            return
        loss = worker.broken_limit(self._limits, schedule.seconds_left(worker.task))
        if loss is not None:
            worker.kill()
            outcome = self._lose(worker, loss, schedule)
            if outcome is not None:
                yield outcome

    def _lose(self, worker: PoolWorker, loss: Loss, schedule: Schedule) -> Outcome | None:
        """Go on without a worker."""
        worker.gone = True
        self._workers.remove(worker)
        self._tell(worker.task, Lost(loss))
        if not worker.made:
            self._failed_loads += 1
            if self._failed_loads == MAX_FAILED_LOADS:
                raise OCRError(f"{loss.message[0].upper()}{loss.message[1:]}. Try fewer workers.")
        return None if worker.task is None else schedule.lost(worker.task, loss, worker.elapsed)

    def _dismiss(self, worker: PoolWorker) -> None:
        self._workers.remove(worker)
        worker.kill()

    def _end(self) -> None:
        """Have all workers gone."""
        for worker in list(self._workers):
            self._dismiss(worker)


def work_folder(output: Path) -> Path:
    """Where a run lays down the pages of large documents; hidden, so that no run takes it for documents."""
    return output / WORK_FOLDER


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """A name below a folder that no other run has used; all that the folder holds is removed before and after."""
    # What a killed run left there is of no use, and its workers may still be about to write.
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder / secrets.token_hex(8)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
