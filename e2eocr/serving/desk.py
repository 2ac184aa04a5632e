"""The desk: takes documents of clients in, has them read by the workers of a batch, and keeps what comes of it."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from traceback import format_exception

from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.signals import Stopped
from e2eocr.batch.workers.executors import process_executor
from e2eocr.batch.workers.feed import Feed
from e2eocr.batch.workers.messages import Lost, Message, PageBegun, Ready, Task
from e2eocr.batch.workers.worker import Load, load_reader
from e2eocr.errors import OCRError, OutputError
from e2eocr.serving.orders import Order, Ticket, Upload, new_order
from e2eocr.serving.settings import MEBIBYTE, ServeSettings
from e2eocr.serving.worker import Errand, ServingWorker

_RETRY_SECONDS = (1, 60)
_FIRST_GUESS = 1.0  # seconds that a document takes, as long as none was read
_RECENT = 0.1  # weight of the last document in the mean of all
_RESTART_SECONDS = 1.0
_TICK_SECONDS = 0.5
_SAVING_SECONDS = 10.0  # at most, that orders are waited for whose files are being saved


class BusyError(Exception):
    """There is no room for more now; `retry_after` is in how many seconds there may be."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ClosingError(Exception):
    """The server is about to end, and takes nothing more."""


@dataclass(slots=True)
class Counts:
    """What a desk has seen since it was opened: documents by status, pages and lines read, workers lost by cause."""

    documents: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    lines: int = 0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        self.documents[outcome.status] += 1
        self.pages += outcome.pages
        self.lines += outcome.lines
        self.seconds += outcome.seconds


class Desk:
    """Takes documents in, any number of threads at a time. A context manager: it is open within the block.

    Args:
        settings: The server.
        folder: Where files of clients lie; what is in it goes with them.
        load: Loads what reads documents, in each worker; picklable.
        tell: Told what became of each document.

    Attributes:
        changed: Notified whenever something becomes of a document; hold it to look at tickets.
        failure: What has ended the reading for good, if something has.
        is_ready: Whether a worker has its models loaded.
        is_closing: Whether nothing more is taken.
    """

    def __init__(
        self,
        settings: ServeSettings,
        folder: Path,
        load: Load = load_reader,
        tell: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        self.changed = threading.Condition()
        self.counts = Counts()
        self.failure: BaseException | None = None
        self.is_ready = self.is_closing = False
        self._settings, self._folder, self._tell = settings, folder, tell
        self._orders: dict[str, Order] = {}
        self._tickets: dict[str, Ticket] = {}  # not done yet, by the name of their job
        self._taking = 0  # orders whose files are being saved
        self._mean = _FIRST_GUESS
        self._feed = Feed()
        scan = settings.for_workers(folder)
        self._factory = partial(ServingWorker, scan, load)
        self._executor = process_executor(scan)
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def __enter__(self) -> Desk:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closing = True
        self._feed.abort()
        self._thread.join()

    def close(self) -> None:
        """Take nothing more. What was taken, or is just being taken, is done as long as the desk is open."""
        with self.changed:
            self.is_closing = True
            self.changed.wait_for(lambda: not self._taking, _SAVING_SECONDS)
            self._feed.close()
            self.changed.notify_all()

    @property
    def is_idle(self) -> bool:
        """Whether all is done that was taken, or nothing can be done any more."""
        return not self._thread.is_alive()

    @property
    def workers(self) -> int:
        """How many workers it has."""
        return self._executor.workers

    def waiting(self) -> int:
        """Documents that wait or are read."""
        with self.changed:
            return self._waiting()

    def stored(self) -> int:
        """Bytes of all that is kept."""
        with self.changed:
            return sum(order.size for order in self._orders.values())

    def take(self, uploads: Sequence[Upload], passwords: tuple[str, ...] = ()) -> Order:
        """Have documents read.

        Raises:
            BusyError: If too many wait already, or what is stored takes too much.
            ClosingError: If the server is about to end.
            OSError: If they cannot be saved.
        """
        order = self._reserve(uploads, passwords)
        try:
            for upload, ticket in zip(uploads, order.tickets, strict=True):
                ticket.job.path.parent.mkdir(parents=True)
                upload.save(ticket.job.path)
            order.measure()
            self._make_room()
            for ticket in order.tickets:
                self._put(ticket.job)
        except BaseException:
            self.drop(order)
            raise
        finally:
            with self.changed:
                self._taking -= 1
                self.changed.notify_all()
        return order

    @contextmanager
    def visit(self, uploads: Sequence[Upload], passwords: tuple[str, ...] = ()) -> Iterator[Order]:
        """As `take`, with all of it gone after the block."""
        order = self.take(uploads, passwords)
        try:
            yield order
        finally:
            self.drop(order)

    def find(self, id: str) -> Order | None:
        """The order of this id, if it is still kept."""
        with self.changed:
            return self._orders.get(id)

    def drop(self, order: Order) -> None:
        """Forget an order. What of it is at work finds no file, or is removed when it is done."""
        with self.changed:
            self._orders.pop(order.id, None)
            for ticket in order.tickets:
                self._tickets.pop(ticket.job.name, None)
            self.changed.notify_all()
        order.discard()

    def sweep(self) -> None:
        """Forget what was kept for its time, and the oldest of what takes too much room, but never the latest."""
        now = time.monotonic()
        with self.changed:
            finished = sorted(
                (order for order in self._orders.values() if order.finished is not None),
                key=lambda order: order.finished or 0.0,
            )
            excess = sum(order.size for order in self._orders.values()) - self._settings.max_stored * MEBIBYTE
        for order in finished:
            is_too_much = excess > 0 and order is not finished[-1]
            if is_too_much or now - (order.finished or now) > self._settings.keep:
                excess -= order.size
                self.drop(order)

    def run_errand(self, order: Order, job: Errand) -> Ticket:
        """Have something made of a document that was read; the same errand is not run twice at a time.

        Raises:
            ClosingError: If the server is about to end.
        """
        with self.changed:
            self._check_open()
            ticket = self._tickets.get(job.name)
            if ticket is not None:
                return ticket
            ticket = self._tickets[job.name] = Ticket(job)
        self._put(job, first=True)
        return ticket

    def wait(self, is_done: Callable[[], bool], seconds: float, is_gone: Callable[[], bool] = lambda: False) -> bool:
        """Wait until something is done, but not for longer, nor for a client that is gone.

        Args:
            is_done: Asked, with `changed` held, whenever something has changed.
            seconds: For how long.
            is_gone: Asked now and then.

        Returns:
            Whether it is done.
        """
        end = time.monotonic() + seconds
        with self.changed:
            while not is_done():
                left = end - time.monotonic()
                if left <= 0 or is_gone() or self.failure is not None:
                    return False
                self.changed.wait(min(left, _TICK_SECONDS))
            return True

    def _reserve(self, uploads: Sequence[Upload], passwords: tuple[str, ...]) -> Order:
        order = new_order(self._folder, [upload.name for upload in uploads], passwords)
        with self.changed:
            self._check_open()
            if self._waiting() + len(uploads) > self._settings.max_waiting:
                raise BusyError(f"{self._waiting()} documents are waiting.", self._retry_after())
            self._taking += 1
            self._orders[order.id] = order
            self._tickets.update({ticket.job.name: ticket for ticket in order.tickets})
        return order

    def _make_room(self) -> None:
        self.sweep()
        if self.stored() > self._settings.max_stored * MEBIBYTE:
            raise BusyError("The server's room for documents is full.", self._retry_after())

    def _check_open(self) -> None:
        if self.is_closing or self.failure is not None:
            raise ClosingError

    def _put(self, job: Job, *, first: bool = False) -> None:
        if not self._feed.put(job, first=first):
            raise ClosingError

    def _waiting(self) -> int:
        return sum(ticket.number > 0 for ticket in self._tickets.values())

    def _retry_after(self) -> int:
        """Seconds after which half of what waits may be done."""
        low, high = _RETRY_SECONDS
        return max(low, min(high, math.ceil(self._waiting() * self._mean / self.workers / 2)))

    def _run(self) -> None:
        """Have all read that comes, until the desk is closed."""
        while True:
            try:
                for outcome in self._executor.serve(self._factory, self._feed, self._hear):
                    self._finish(outcome)
                return
            except Stopped:
                self._lose_all("the server has ended")
                return
            except OutputError as error:  # the disk is full: there may be room again
                self._lose_all(str(error))
                time.sleep(_RESTART_SECONDS)
            except BaseException as error:
                self._end(error)
                return

    def _end(self, error: BaseException) -> None:
        self.failure = error if isinstance(error, OCRError) else OCRError("".join(format_exception(error)))
        self._lose_all("the server has failed")

    def _lose_all(self, message: str) -> None:
        """Let all that was taken fail."""
        with self.changed:
            lost = [ticket.job for ticket in self._tickets.values()]
        for job in lost:
            self._finish(Outcome("failed", job=job, error_class="ServerError", message=message))

    def _hear(self, task: Task | None, message: Message) -> None:
        """Take note of what a worker says."""
        with self.changed:
            if isinstance(message, Ready):
                self.is_ready = True
            elif isinstance(message, Lost):
                self.counts.losses[message.loss.error_class] += 1
            elif isinstance(message, PageBegun) and task is not None and task.job.name in self._tickets:
                self._tickets[task.job.name].begin_page(message.page_count)
                self.changed.notify_all()

    def _finish(self, outcome: Outcome) -> None:
        outcome = _without_folder(outcome, self._folder)
        self._tell(outcome)
        with self.changed:
            ticket = self._tickets.pop(outcome.job.name, None)
            order = self._orders.get(outcome.job.name.partition("/")[0])
            if ticket is not None:
                ticket.finish(outcome)
                self._count(ticket, outcome)
            if order is not None:
                order.measure()
                order.note_end()
            self.changed.notify_all()
        if order is None:
            _discard_folder(outcome.job.path.parent.parent)

    def _count(self, ticket: Ticket, outcome: Outcome) -> None:
        if ticket.number:
            self.counts.add(outcome)
            self._mean += _RECENT * (outcome.seconds - self._mean)


def _without_folder(outcome: Outcome, folder: Path) -> Outcome:
    """An outcome whose message does not tell where the server keeps its files, as those of the system do."""
    if outcome.message is None:
        return outcome
    return replace(outcome, message=outcome.message.replace(f"{folder}/", ""))


def _discard_folder(folder: Path) -> None:
    """Remove what the reading of a forgotten order has left."""
    Order("", folder).discard()
