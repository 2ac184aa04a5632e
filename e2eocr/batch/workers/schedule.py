"""What is done next, by whichever worker is free: fair to small documents, and careful with those that bring one down.

A document of up to `PIECE_PAGES` pages is one task. A larger one is divided into pieces, which take turns with the
documents behind it, so that it holds up none of them and all workers can share in it; large documents are read one
after the other. What was lost with its worker waits until all else is done and is tried once more with nothing beside
it, page by page: so a page that cannot be survived costs itself alone. Where there is no end to what comes, it is tried
again at once, beside others.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from e2eocr.batch.jobs import Job, Outcome, Stamp
from e2eocr.batch.workers.messages import (
    Loss,
    PageCount,
    ReadDocument,
    ReadPages,
    Task,
    WriteDocument,
    failed_page,
    keep_pages,
)

PIECE_PAGES = 8
MAX_LOSSES = 5  # workers that a document may cost in each of its two attempts; then its other pages are given up


@dataclass(slots=True, eq=False)
class _Document:
    """A document that is read in pieces, or for the second time.

    Attributes:
        number: Sets its files apart from those of others.
        page_count: 0 as long as it is not known.
        missing: Pages of which nothing is known yet.
        pieces: Those that may be read beside other documents.
        page_files: Where pages lie, by the index of the first.
        seconds: Working time, of which `earlier` in the attempt before.
        losses: Workers lost to it in the first attempt, `losses_again` in the second.
    """

    job: Job
    number: int
    page_count: int = 0
    missing: int = 0
    stamp: Stamp = field(default_factory=lambda: Stamp(0, 0))
    pieces: deque[ReadPages] = field(default_factory=deque)
    page_files: dict[int, Path] = field(default_factory=dict)
    seconds: float = 0.0
    earlier: float = 0.0
    attempts: int = 1
    losses: int = 0
    losses_again: int = 0
    loss: Loss | None = None


class Schedule:
    """The tasks of a run, as they come up. It starts nothing itself: an executor asks, and tells what came of it.

    Args:
        jobs: What to do.
        folder: Where pages of large documents lie until all are there.
        document_timeout: Seconds of work that a document may take, over all its pieces; 0 for no limit.
        endless: Whether jobs are added without end.
    """

    def __init__(
        self, jobs: Sequence[Job], folder: Path, document_timeout: float = 0.0, *, endless: bool = False
    ) -> None:
        self._folder, self._document_timeout, self._endless = folder, document_timeout, endless
        self._new = deque(jobs)
        self._large: deque[_Document] = deque()
        self._complete: deque[WriteDocument] = deque()
        self._suspects: deque[Task] = deque()
        self._documents: dict[str, _Document] = {}
        self._numbers = 0
        self._again: list[Task] = []  # suspects that are at work
        self._turn_of_pieces = False

    @property
    def alone(self) -> bool:
        """Whether a task is at work that must have no other beside it."""
        return bool(self._again) and not self._endless

    def add(self, job: Job, *, first: bool = False) -> None:
        """Take one more job, behind those that wait or before them."""
        (self._new.appendleft if first else self._new.append)(job)

    def waiting(self, at_work: int) -> int:
        """How many tasks could be begun now, while so many are at work, had one workers enough."""
        if self.alone:
            return 0
        beside_others = len(self._complete) + len(self._new) + sum(len(document.pieces) for document in self._large)
        if self._endless:
            return beside_others + len(self._suspects)
        return beside_others or (1 if self._suspects and not at_work else 0)

    def next_task(self, at_work: int) -> Task | None:
        """What to do next, while so many other tasks are at work; None if nothing can be begun now."""
        if self.alone:
            return None
        if self._complete:
            return self._complete.popleft()
        if self._endless and self._suspects:
            return self._next_suspect()
        if self._large and (self._turn_of_pieces or not self._new):
            self._turn_of_pieces = False
            return self._next_piece()
        if self._new:
            self._turn_of_pieces = True
            return ReadDocument(self._new.popleft(), PIECE_PAGES)
        return self._next_suspect() if self._suspects and not at_work else None

    def stop(self) -> None:
        """Begin nothing more; documents of which all pages are read are still written."""
        self._new.clear()
        self._large.clear()
        self._suspects.clear()

    def seconds_left(self, task: Task) -> float:
        """How long a task may take before its document has had its time; what was read is written in any case."""
        if not self._document_timeout or isinstance(task, WriteDocument):
            return float("inf")
        document = self._documents.get(task.job.name)
        return self._document_timeout - (document.seconds - document.earlier if document else 0.0)

    def done(self, task: Task, result: Outcome | PageCount | None, seconds: float) -> Outcome | None:
        """Take note of what a task came to; the outcome of its document, if that is all."""
        again = self._leave_again(task)
        document = self._document(task.job)
        document.seconds += seconds
        if isinstance(result, Outcome):
            return self._close(document, result)
        if isinstance(result, PageCount):
            self._divide(document, result, again)
        elif isinstance(task, ReadPages):
            self._keep(document, task)
        if self.seconds_left(task) <= 0:
            self._leave_rest(document, document_timeout_loss(self._document_timeout).message)
        return None

    def lost(self, task: Task, loss: Loss, seconds: float) -> Outcome | None:
        """Take note of a worker that is gone with its task; the outcome of its document, if that is all."""
        again = self._leave_again(task)
        document = self._document(task.job)
        document.seconds += seconds
        document.losses += not again
        document.losses_again += again
        document.loss = loss
        no_time = isinstance(task, ReadPages) and self.seconds_left(task) <= 0
        if not again and not no_time:
            self._suspect(document, task)
            return None
        if not isinstance(task, ReadPages):
            pages = document.page_count
            failed = Outcome("failed", pages, pages, error_class=loss.error_class, message=loss.message, job=task.job)
            return self._close(document, failed)
        self._fail(document, task, loss.message)
        if no_time:
            self._leave_rest(document, loss.message)
        elif document.losses_again == MAX_LOSSES:
            self._leave_rest(document, f"not tried, because {MAX_LOSSES} pages were each lost with their worker")
        return None

    def _document(self, job: Job) -> _Document:
        document = self._documents.get(job.name)
        if document is None:
            self._numbers += 1
            document = self._documents[job.name] = _Document(job, self._numbers)
        return document

    def _next_suspect(self) -> Task:
        task = self._suspects.popleft()
        self._again.append(task)
        return task

    def _leave_again(self, task: Task) -> bool:
        """Whether a task that has ended was a second attempt."""
        again = task in self._again
        if again:
            self._again.remove(task)
        return again

    def _next_piece(self) -> ReadPages:
        document = self._large[0]
        piece = document.pieces.popleft()
        if not document.pieces:
            self._large.popleft()
        return piece

    def _divide(self, document: _Document, counted: PageCount, again: bool) -> None:
        """Make tasks of the pages of a document."""
        document.page_count = document.missing = counted.pages
        document.stamp = counted.stamp
        if again:
            self._suspects.extendleft(reversed(self._cut(document, 0, counted.pages, 1)))
        else:
            document.pieces.extend(self._cut(document, 0, counted.pages, PIECE_PAGES))
            self._large.append(document)

    def _cut(self, document: _Document, start: int, stop: int, size: int) -> list[ReadPages]:
        # A worker that was given up may still write its pages: those of another attempt have other names.
        return [
            ReadPages(document.job, first, min(first + size, stop), self._folder / f"{document.number}-{first}-{size}")
            for first in range(start, stop, size)
        ]

    def _suspect(self, document: _Document, task: Task) -> None:
        """Set a task aside, to be tried again alone."""
        document.attempts = 2
        if isinstance(task, ReadPages):
            again = [task]
            if document.losses == MAX_LOSSES:
                again.extend(self._take_pieces(document))
            self._suspects.extend(page for piece in again for page in self._cut(document, piece.start, piece.stop, 1))
        elif isinstance(task, ReadDocument):
            document.earlier = document.seconds
            self._suspects.append(ReadDocument(task.job, 0))
        else:
            self._suspects.append(task)

    def _take_pieces(self, document: _Document) -> list[ReadPages]:
        """The pieces of a document that nobody has begun; they are its own no longer."""
        pieces = list(document.pieces)
        document.pieces.clear()
        if document in self._large:
            self._large.remove(document)
        return pieces

    def _keep(self, document: _Document, task: ReadPages) -> None:
        """Take note of pages that lie in their file now."""
        document.page_files[task.start] = task.page_file
        document.missing -= task.page_count
        if not document.missing:
            page_files = tuple(path for _, path in sorted(document.page_files.items()))
            self._complete.append(WriteDocument(document.job, document.page_count, document.stamp, page_files))

    def _fail(self, document: _Document, task: ReadPages, reason: str) -> None:
        keep_pages(task.page_file, tuple(failed_page(index, reason) for index in range(task.start, task.stop)))
        self._keep(document, task)

    def _leave_rest(self, document: _Document, reason: str) -> None:
        """Give up the pages that nobody has begun."""
        others, rest = deque[Task](), self._take_pieces(document)
        for task in self._suspects:
            if isinstance(task, ReadPages) and task.job.name == document.job.name:
                rest.append(task)
            else:
                others.append(task)
        self._suspects = others
        for task in rest:
            self._fail(document, task, reason)

    def _close(self, document: _Document, outcome: Outcome) -> Outcome:
        """The outcome of a document with what the schedule alone knows of it."""
        del self._documents[document.job.name]
        _discard(document.page_files.values())
        cause = outcome.error_class
        if outcome.status == "failed" and document.loss is not None:
            cause = document.loss.error_class
        # A worker sends a copy of its job with each outcome; a run that keeps all outcomes has no memory for those.
        return dataclasses.replace(
            outcome, job=document.job, seconds=document.seconds, attempts=document.attempts, error_class=cause
        )


def document_timeout_loss(seconds: float) -> Loss:
    """What becomes of a document that takes too long."""
    return Loss("DocumentTimeout", f"the document took longer than {seconds:g} s (`--document-timeout`)")


def _discard(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
