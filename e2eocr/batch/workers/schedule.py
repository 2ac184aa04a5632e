"""What is done next, by whichever worker is free: fair to small documents, and careful with those that bring one down.

A document of up to `PIECE_PAGES` pages is one task. A larger one is divided into pieces, which take turns with the
documents behind it, so that it holds up none of them and all workers can share in it; large documents are read one
after the other. What was lost with its worker waits until all else is done and is tried once more with nothing beside
it, page by page: so a page that cannot be survived costs itself alone.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from e2eocr.batch.jobs import Job, Outcome, Stamp
from e2eocr.batch.workers.tasks import (
    Loss,
    PageCount,
    ReadDocument,
    ReadPages,
    Task,
    WriteDocument,
    failed_page,
    spill_pages,
)

PIECE_PAGES = 8
MOST_LOSSES = 5  # workers that a document may cost in each of its two attempts; then its other pages are given up


@dataclass(slots=True, eq=False)
class _Book:
    """A document that is read in pieces, or for the second time.

    Attributes:
        number: Sets its files apart from those of others.
        page_count: 0 as long as it is not known.
        missing: Pages of which nothing is known yet.
        pieces: Those that may be read beside other documents.
        spills: Where pages lie, by the index of the first.
        seconds: Working time, of which `earlier` in the attempt before.
        losses: Workers lost to it beside other documents, `losses_alone` with nothing beside it.
    """

    job: Job
    number: int
    page_count: int = 0
    missing: int = 0
    stamp: Stamp = field(default_factory=lambda: Stamp(0, 0))
    pieces: deque[ReadPages] = field(default_factory=deque)
    spills: dict[int, Path] = field(default_factory=dict)
    seconds: float = 0.0
    earlier: float = 0.0
    attempts: int = 1
    losses: int = 0
    losses_alone: int = 0
    loss: Loss | None = None


class Schedule:
    """The tasks of a run, as they come up. It starts nothing itself: an executor asks, and tells what came of it.

    Args:
        jobs: What to do.
        folder: Where pages of large documents lie until all are there.
        document_timeout: Seconds of work that a document may take, over all its pieces; 0 for no limit.
    """

    def __init__(self, jobs: Sequence[Job], folder: Path, document_timeout: float = 0.0) -> None:
        self._folder, self._document_timeout = folder, document_timeout
        self._new = deque(jobs)
        self._large: deque[_Book] = deque()
        self._complete: deque[WriteDocument] = deque()
        self._suspects: deque[Task] = deque()
        self._books: dict[str, _Book] = {}
        self._numbers = 0
        self._alone = False  # whether a suspect is at work
        self._turn_of_pieces = False

    @property
    def alone(self) -> bool:
        """Whether a task is at work that must have no other beside it."""
        return self._alone

    def waiting(self, at_work: int) -> int:
        """How many tasks could be begun now, while so many are at work, had one workers enough."""
        if self._alone:
            return 0
        beside_others = len(self._complete) + len(self._new) + sum(len(book.pieces) for book in self._large)
        return beside_others or (1 if self._suspects and not at_work else 0)

    def next_task(self, at_work: int) -> Task | None:
        """What to do next, while so many other tasks are at work; None if nothing can be begun now."""
        if self._alone:
            return None
        if self._complete:
            return self._complete.popleft()
        if self._large and (self._turn_of_pieces or not self._new):
            self._turn_of_pieces = False
            return self._next_piece()
        if self._new:
            self._turn_of_pieces = True
            return ReadDocument(self._new.popleft(), PIECE_PAGES)
        if self._suspects and not at_work:
            self._alone = True
            return self._suspects.popleft()
        return None

    def stop(self) -> None:
        """Begin nothing more; documents of which all pages are read are still written."""
        self._new.clear()
        self._large.clear()
        self._suspects.clear()

    def seconds_left(self, task: Task) -> float:
        """How long a task may take before its document has had its time; what was read is written in any case."""
        if not self._document_timeout or isinstance(task, WriteDocument):
            return float("inf")
        book = self._books.get(task.job.name)
        return self._document_timeout - (book.seconds - book.earlier if book else 0.0)

    def done(self, task: Task, result: Outcome | PageCount | None, seconds: float) -> Outcome | None:
        """Take note of what a task came to; the outcome of its document, if that is all."""
        alone, self._alone = self._alone, False
        book = self._book(task.job)
        book.seconds += seconds
        if isinstance(result, Outcome):
            return self._close(book, result)
        if isinstance(result, PageCount):
            self._divide(book, result, alone)
        elif isinstance(task, ReadPages):
            self._keep(book, task)
        if self.seconds_left(task) <= 0:
            self._leave_rest(book, document_timeout_loss(self._document_timeout).message)
        return None

    def lost(self, task: Task, loss: Loss, seconds: float) -> Outcome | None:
        """Take note of a worker that is gone with its task; the outcome of its document, if that is all."""
        alone, self._alone = self._alone, False
        book = self._book(task.job)
        book.seconds += seconds
        book.losses += not alone
        book.losses_alone += alone
        book.loss = loss
        no_time = isinstance(task, ReadPages) and self.seconds_left(task) <= 0
        if not alone and not no_time:
            self._suspect(book, task)
            return None
        if not isinstance(task, ReadPages):
            failed = Outcome(book.job, "failed", pages=book.page_count, failed_pages=book.page_count)
            return self._close(book, dataclasses.replace(failed, error_class=loss.error_class, message=loss.message))
        self._fail(book, task, loss.message)
        if no_time:
            self._leave_rest(book, loss.message)
        elif book.losses_alone == MOST_LOSSES:
            self._leave_rest(book, f"not tried, because {MOST_LOSSES} pages were each lost with their worker")
        return None

    def _book(self, job: Job) -> _Book:
        book = self._books.get(job.name)
        if book is None:
            self._numbers += 1
            book = self._books[job.name] = _Book(job, self._numbers)
        return book

    def _next_piece(self) -> ReadPages:
        book = self._large[0]
        piece = book.pieces.popleft()
        if not book.pieces:
            self._large.popleft()
        return piece

    def _divide(self, book: _Book, counted: PageCount, alone: bool) -> None:
        """Make tasks of the pages of a document."""
        book.page_count = book.missing = counted.pages
        book.stamp = counted.stamp
        if alone:
            self._suspects.extendleft(reversed(self._cut(book, 0, counted.pages, 1)))
        else:
            book.pieces.extend(self._cut(book, 0, counted.pages, PIECE_PAGES))
            self._large.append(book)

    def _cut(self, book: _Book, start: int, stop: int, size: int) -> list[ReadPages]:
        # A worker that was given up may still write its pages: those of another attempt have other names.
        return [
            ReadPages(book.job, first, min(first + size, stop), self._folder / f"{book.number}-{first}-{size}")
            for first in range(start, stop, size)
        ]

    def _suspect(self, book: _Book, task: Task) -> None:
        """Set a task aside, to be tried again alone."""
        book.attempts = 2
        if isinstance(task, ReadPages):
            again = [task]
            if book.losses == MOST_LOSSES:
                again.extend(self._take_pieces(book))
            self._suspects.extend(page for piece in again for page in self._cut(book, piece.start, piece.stop, 1))
        elif isinstance(task, ReadDocument):
            book.earlier = book.seconds
            self._suspects.append(ReadDocument(task.job, 0))
        else:
            self._suspects.append(task)

    def _take_pieces(self, book: _Book) -> list[ReadPages]:
        """The pieces of a document that nobody has begun; they are its own no longer."""
        pieces = list(book.pieces)
        book.pieces.clear()
        if book in self._large:
            self._large.remove(book)
        return pieces

    def _keep(self, book: _Book, task: ReadPages) -> None:
        """Take note of pages that lie in their file now."""
        book.spills[task.start] = task.spill
        book.missing -= task.page_count
        if not book.missing:
            spills = tuple(path for _, path in sorted(book.spills.items()))
            self._complete.append(WriteDocument(book.job, book.page_count, book.stamp, spills))

    def _fail(self, book: _Book, task: ReadPages, reason: str) -> None:
        spill_pages(task.spill, tuple(failed_page(index, reason) for index in range(task.start, task.stop)))
        self._keep(book, task)

    def _leave_rest(self, book: _Book, reason: str) -> None:
        """Give up the pages that nobody has begun."""
        others, rest = deque[Task](), self._take_pieces(book)
        for task in self._suspects:
            if isinstance(task, ReadPages) and task.job.name == book.job.name:
                rest.append(task)
            else:
                others.append(task)
        self._suspects = others
        for task in rest:
            self._fail(book, task, reason)

    def _close(self, book: _Book, outcome: Outcome) -> Outcome:
        """The outcome of a document with what the schedule alone knows of it."""
        del self._books[book.job.name]
        _discard(book.spills.values())
        cause = outcome.error_class
        if outcome.status == "failed" and book.loss is not None:
            cause = book.loss.error_class
        # A worker sends a copy of its job with each outcome; a run that keeps all outcomes has no memory for those.
        return dataclasses.replace(
            outcome, job=book.job, seconds=book.seconds, attempts=book.attempts, error_class=cause
        )


def document_timeout_loss(seconds: float) -> Loss:
    """What becomes of a document that takes too long."""
    return Loss("DocumentTimeout", f"the document took longer than {seconds:g} s (`--document-timeout`)")


def _discard(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
