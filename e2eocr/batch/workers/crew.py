"""Workers that are somewhere else, kept at work and within their limits; what they are is an executor's own affair."""

from __future__ import annotations

import secrets
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exception
from typing import Any

from e2eocr.batch.jobs import Outcome
from e2eocr.batch.signals import Stop
from e2eocr.batch.workers.schedule import Schedule, document_timeout_loss
from e2eocr.batch.workers.tasks import Loss, ReadDocument, ReadPages, Task
from e2eocr.errors import OCRError

TICK_SECONDS = 0.1
LOAD_SECONDS = 300.0
MOST_FAILED_LOADS = 3
WORK_FOLDER = ".e2eocr-pages"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may take; 0 is no limit.

    Attributes:
        page_timeout: Seconds for a page, and for opening a document.
        document_timeout: Seconds of work for a document, over all workers that share in it.
        memory: MiB of a worker with the programs it starts.
        recycle_pages: Pages after which a worker is replaced.
    """

    page_timeout: float = 0.0
    document_timeout: float = 0.0
    memory: int = 0
    recycle_pages: int = 0


class Hand(ABC):
    """One worker as the crew sees it.

    It says, as `(kind, value)`: `made` once it is, then for each task `page` with the index of each page that it
    begins, `writing` before it writes, and `done` with the result; `lost` with a `Loss` when it is gone, and
    `raised` with an exception that ends the run.
    """

    def __init__(self) -> None:
        self.made = self.gone = False
        self.task: Task | None = None
        self.pages = 0  # read in its life
        self.since = time.monotonic()  # when it was hired, or given its task
        self._page: int | None = None
        self._phase, self._phase_since = "opening", self.since

    @abstractmethod
    def send(self, task: Task) -> None:
        """Have it begin a task. If it is gone, that is the next thing it says."""

    @abstractmethod
    def news(self) -> list[tuple[str, Any]]:
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
        """Seconds since it was hired or given its task."""
        return time.monotonic() - self.since

    def give(self, task: Task) -> None:
        self.task, self._page = task, None
        self.since = self._phase_since = time.monotonic()
        self._phase = "opening"
        self.send(task)

    def note(self, kind: str, value: Any) -> None:
        """Take note of something it has said."""
        if kind == "made":
            self.made = True
        elif kind in ("page", "writing"):
            self._phase, self._phase_since = kind, time.monotonic()
            self._page = value
            self.pages += kind == "page"

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


class Crew:
    """Does the tasks of a schedule with up to `size` workers.

    Args:
        hire: Starts a worker.
        wait: Waits, for so many seconds at most, until one of these workers has news.
        size: How many workers to have, at most.
        limits: What each may take.
    """

    def __init__(
        self,
        hire: Callable[[], Hand],
        wait: Callable[[Sequence[Hand], float], None],
        size: int,
        limits: Limits,
    ) -> None:
        self._hire, self._wait, self._size, self._limits = hire, wait, size, limits
        self._hands: list[Hand] = []
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
                self._share_out(schedule)
                if not self._at_work and not schedule.waiting(0):
                    return
                self._wait(self._hands, TICK_SECONDS)
                for hand in list(self._hands):
                    yield from self._hear(hand, schedule)
                    yield from self._check(hand, schedule)
        finally:
            self._end()

    @property
    def _at_work(self) -> int:
        return sum(hand.task is not None for hand in self._hands)

    def _share_out(self, schedule: Schedule) -> None:
        """Give each free worker a task, and hire where there are more tasks than workers."""
        for hand in [each for each in self._hands if each.idle]:
            if 0 < self._limits.recycle_pages <= hand.pages:
                self._dismiss(hand)
            elif (task := schedule.next_task(self._at_work)) is not None:
                hand.give(task)
            elif schedule.alone:
                self._dismiss(hand)  # it takes memory too
        coming = sum(not hand.made for hand in self._hands)
        while len(self._hands) < self._size and schedule.waiting(self._at_work) > coming:
            self._hands.append(self._hire())
            coming += 1

    def _hear(self, hand: Hand, schedule: Schedule) -> Generator[Outcome, None, None]:
        """Take what a worker has to say."""
        for kind, value in hand.news():
            hand.note(kind, value)
            outcome = None
            if kind == "raised":
                raise value
            if kind == "lost":
                outcome = self._lose(hand, value, schedule)
            elif kind == "made":
                self._failed_loads = 0
            elif kind == "done" and hand.task is not None:
                task, hand.task = hand.task, None
                outcome = schedule.done(task, value, hand.elapsed)
            if outcome is not None:
                yield outcome

    def _check(self, hand: Hand, schedule: Schedule) -> Generator[Outcome, None, None]:
        """End a worker that has overrun a limit."""
        if hand.gone:
            return
        if not hand.made and hand.elapsed > LOAD_SECONDS and not any(each.made for each in self._hands):
            raise OCRError(f"No worker was ready after {LOAD_SECONDS:g} s. Try fewer workers.")
        if hand.task is None:
            return
        loss = hand.broken_limit(self._limits, schedule.seconds_left(hand.task))
        if loss is not None:
            hand.kill()
            outcome = self._lose(hand, loss, schedule)
            if outcome is not None:
                yield outcome

    def _lose(self, hand: Hand, loss: Loss, schedule: Schedule) -> Outcome | None:
        """Go on without a worker."""
        hand.gone = True
        self._hands.remove(hand)
        if not hand.made:
            self._failed_loads += 1
            if self._failed_loads == MOST_FAILED_LOADS:
                raise OCRError(f"{loss.message[0].upper()}{loss.message[1:]}. Try fewer workers.")
        return None if hand.task is None else schedule.lost(hand.task, loss, hand.elapsed)

    def _dismiss(self, hand: Hand) -> None:
        self._hands.remove(hand)
        hand.kill()

    def _end(self) -> None:
        """Have all workers gone."""
        for hand in list(self._hands):
            self._dismiss(hand)


def attempt(kind: str, function: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    """What a worker says of a call: its result, or its exception in a form that can be sent."""
    try:
        return kind, function(*arguments)
    except OCRError as error:
        return "raised", error
    except Exception as error:
        return "raised", RuntimeError("".join(format_exception(error)))


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
