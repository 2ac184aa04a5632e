"""What passes between a pool and its workers: a task one way, and the other what the worker says while it does it.

A task is a small document, some pages of a large one, or the writing of one.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exception
from typing import Protocol, TypeVar

from e2eocr.batch.jobs import Job, Outcome, Stamp
from e2eocr.errors import OCRError
from e2eocr.files import output_error
from e2eocr.results import Page

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PageCount:
    """What a worker finds where a document has more pages than it was to read.

    Attributes:
        pages: How many there are.
        stamp: The file as it was counted.
    """

    pages: int
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class PageBegun:
    """A worker begins the page of this index, of a document of so many pages."""

    index: int
    page_count: int


@dataclass(frozen=True, slots=True)
class WritingBegun:
    """A worker is going to write the results."""


# Told of each page that is begun, and of the writing of the results.
Started = Callable[[PageBegun | WritingBegun], None]


class Worker(Protocol):
    """Does one thing at a time. What goes wrong with a document is its outcome; an exception ends the run."""

    def read(self, job: Job, max_pages: int, started: Started) -> Outcome | PageCount:
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
    """To read a document whole, if it has at most `max_pages` pages."""

    job: Job
    max_pages: int

    @property
    def page_count(self) -> int:
        """Pages that it may come to, at least 1."""
        return max(1, self.max_pages)

    def run(self, worker: Worker, started: Started) -> Outcome | PageCount:
        return worker.read(self.job, self.max_pages, started)


@dataclass(frozen=True, slots=True)
class ReadPages:
    """To read the pages from index `start` to before `stop`, and leave them in the file `page_file`."""

    job: Job
    start: int
    stop: int
    page_file: Path

    @property
    def page_count(self) -> int:
        return self.stop - self.start

    def run(self, worker: Worker, started: Started) -> None:
        keep_pages(self.page_file, worker.read_pages(self.job, self.start, self.stop, started))


@dataclass(frozen=True, slots=True)
class WriteDocument:
    """To write the results of a document whose pages lie, in order, in the files `page_files`."""

    job: Job
    page_count: int
    stamp: Stamp
    page_files: tuple[Path, ...]

    def run(self, worker: Worker, started: Started) -> Outcome:
        return worker.write(self.job, kept_pages(self.page_files), self.stamp, started)


Task = ReadDocument | ReadPages | WriteDocument


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a worker is gone with what it did. The message goes on after the name of the document or page."""

    error_class: str
    message: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has loaded its models; `process` is its number on its machine."""

    process: int


@dataclass(frozen=True, slots=True)
class MemoryTaken:
    """How much memory it takes, where it watches that itself."""

    mebibytes: int


@dataclass(frozen=True, slots=True)
class Done:
    """It has done its task."""

    result: Outcome | PageCount | None


@dataclass(frozen=True, slots=True)
class Lost:
    """It is gone."""

    loss: Loss


@dataclass(frozen=True, slots=True)
class Raised:
    """Something has happened that ends the run."""

    error: BaseException


Message = Ready | PageBegun | WritingBegun | MemoryTaken | Done | Lost | Raised


def attempt(function: Callable[[], Result]) -> Result | Raised:
    """What a call gives, or its exception in a form that can be sent."""
    try:
        return function()
    except OCRError as error:
        return Raised(error)
    except Exception as error:
        return Raised(RuntimeError("".join(format_exception(error))))


def do(task: Task, worker: Worker, say: Callable[[Message], None]) -> None:
    """Have a worker do a task, and say what comes of it."""
    result = attempt(lambda: task.run(worker, say))
    say(result if isinstance(result, Raised) else Done(result))


def keep_pages(path: Path, pages: tuple[Page, ...]) -> None:
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


def kept_pages(page_files: Iterable[Path]) -> Iterator[Page]:
    for path in page_files:
        yield from pickle.loads(path.read_bytes())
