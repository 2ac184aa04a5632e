"""What a worker is given to do at a time: a small document, some pages of a large one, or the writing of one."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from e2eocr.batch.jobs import Job, Outcome, Stamp
from e2eocr.files import output_error
from e2eocr.results import Page

# Told the index of each page that is begun, and None when the results are going to be written.
Started = Callable[[int | None], None]


@dataclass(frozen=True, slots=True)
class PageCount:
    """What a worker finds where a document has more pages than it was to read.

    Attributes:
        pages: How many there are.
        stamp: The file as it was counted.
    """

    pages: int
    stamp: Stamp


class Worker(Protocol):
    """Does one thing at a time. What goes wrong with a document is its outcome; an exception ends the run."""

    def read(self, job: Job, most_pages: int, started: Started) -> Outcome | PageCount:
        """Read a document of at most so many pages and write its results; of a larger one, only count the pages."""
        ...

    def read_pages(self, job: Job, start: int, stop: int, started: Started) -> tuple[Page, ...]:
        """Read the pages from index `start` to before `stop`."""
        ...

    def write(self, job: Job, pages: Iterable[Page], stamp: Stamp, started: Started) -> Outcome:
        """Write the results of a document, given all its pages, unless the file has changed since it was counted."""
        ...


WorkerFactory = Callable[[], Worker]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """To read a document whole, if it has at most `most_pages` pages."""

    job: Job
    most_pages: int

    @property
    def page_count(self) -> int:
        """Pages that it may come to, at least 1."""
        return max(1, self.most_pages)

    def run(self, worker: Worker, started: Started) -> Outcome | PageCount:
        return worker.read(self.job, self.most_pages, started)


@dataclass(frozen=True, slots=True)
class ReadPages:
    """To read the pages from index `start` to before `stop`, and leave them in the file `spill`."""

    job: Job
    start: int
    stop: int
    spill: Path

    @property
    def page_count(self) -> int:
        return self.stop - self.start

    def run(self, worker: Worker, started: Started) -> None:
        spill_pages(self.spill, worker.read_pages(self.job, self.start, self.stop, started))


@dataclass(frozen=True, slots=True)
class WriteDocument:
    """To write the results of a document whose pages lie, in order, in the files `spills`."""

    job: Job
    page_count: int
    stamp: Stamp
    spills: tuple[Path, ...]

    def run(self, worker: Worker, started: Started) -> Outcome:
        return worker.write(self.job, _spilled_pages(self.spills), self.stamp, started)


Task = ReadDocument | ReadPages | WriteDocument


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a worker is gone with what it did. The message goes on after the name of the document or page."""

    error_class: str
    message: str


def spill_pages(path: Path, pages: tuple[Page, ...]) -> None:
    """Lay pages down until their document is complete: a large one would fill the memory of whoever waits for it.

    Raises:
        OutputError: If the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(pages))
    except OSError as error:
        raise output_error(path, error) from error


def failed_page(index: int, reason: str) -> Page:
    """A page that could not be read."""
    return Page(index, width=0, height=0, status="failed", error=reason)


def _spilled_pages(spills: Iterable[Path]) -> Iterator[Page]:
    for path in spills:
        yield from pickle.loads(path.read_bytes())
