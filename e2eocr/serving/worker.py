"""What one worker of a server does: read documents, and make of what was read what a client asks for later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from e2eocr.batch.jobs import Job, Outcome, Stamp
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.workers.messages import PageCount, Started, WritingBegun
from e2eocr.batch.workers.worker import DocumentWorker, Load, Reader, Reading, outcome_of
from e2eocr.errors import DocumentError, OutputError
from e2eocr.files import replace_files
from e2eocr.results import Document, Engine, Page
from e2eocr.writers import FORMATS, SourceFile, read_json, write_document

Result = TypeVar("Result")
_MAX_SIDE = 2400  # pixels of the picture of a page that is shown
_JPEG_QUALITY = 85


@dataclass(frozen=True, slots=True)
class ClientJob(Job):
    """A document of a client. Its `name` is `ORDER/NUMBER/NAME`: no two have the same, and the client's is the end.

    Attributes:
        passwords: Those that came with it.
    """

    passwords: tuple[str, ...] = field(default=(), repr=False)

    @property
    def client_name(self) -> str:
        """What the client calls it."""
        return self.name.split("/", 2)[2]


@dataclass(frozen=True, slots=True)
class ConversionJob(ClientJob):
    """To write a document that was read in one more format."""

    format: str = "txt"

    @property
    def target(self) -> Path:
        return self.output_path(self.format)


@dataclass(frozen=True, slots=True)
class PictureJob(ClientJob):
    """To make the picture of a page, for people to look at. `page` is its place among those that were read, from 0."""

    page: int = 0

    @property
    def target(self) -> Path:
        return self.output.with_name(f"page-{self.page + 1}.jpg")


Errand = ConversionJob | PictureJob


class _ClientReader:
    """A reader of documents by the names that clients gave them, with the passwords of the one that is read."""

    def __init__(self, reader: Reader) -> None:
        self._reader: Any = reader  # that of a pipeline takes passwords, others need not
        self.passwords: tuple[str, ...] = ()

    @property
    def engine(self) -> Engine:
        return self._reader.engine

    @contextmanager
    def open(self, path: Path, name: str) -> Iterator[Reading]:
        more = {"passwords": self.passwords} if self.passwords else {}
        with self._reader.open(path, name.split("/", 2)[2], **more) as reading:
            yield reading


class ServingWorker:
    """Does the jobs of a server. What goes wrong is the outcome of its document, a full disk too.

    Args:
        settings: How documents are read.
        load: Loads what reads them.

    Raises:
        OCRError: If a bundle or a dependency is wrong.
    """

    def __init__(self, settings: ScanSettings, load: Load) -> None:
        self._source_options = settings.source_options()
        self._documents = DocumentWorker(settings, lambda read: self._keep_reader(load(read)))

    def read(self, job: Job, max_pages: int, started: Started) -> Outcome | PageCount:
        """Read a document and write its results, or run an errand."""
        if isinstance(job, ConversionJob | PictureJob):
            return _survive(job, lambda: outcome_of(job, lambda: self._run_errand(job, started)))
        self._unlock(job)
        return _survive(job, lambda: self._documents.read(job, max_pages, started))

    def read_pages(self, job: Job, start: int, stop: int, started: Started) -> tuple[Page, ...]:
        """Read pages of a large document."""
        self._unlock(job)
        return self._documents.read_pages(job, start, stop, started)

    def write(self, job: Job, pages: Iterable[Page], stamp: Stamp, started: Started) -> Outcome:
        """Write the results of a large document."""
        self._unlock(job)
        return _survive(job, lambda: self._documents.write(job, pages, stamp, started))

    def _keep_reader(self, reader: Reader) -> Reader:
        self._reader = _ClientReader(reader)
        return self._reader

    def _unlock(self, job: Job) -> None:
        self._reader.passwords = job.passwords if isinstance(job, ClientJob) else ()

    def _run_errand(self, job: Errand, started: Started) -> Outcome | PageCount:
        started(WritingBegun())
        document = read_json(job.output_path("json").read_bytes())
        passwords = (*job.passwords, *self._source_options["passwords"])
        source = SourceFile(job.path, **{**self._source_options, "passwords": passwords})
        data = _page_picture(document, source, job) if isinstance(job, PictureJob) else None
        if isinstance(job, ConversionJob):
            data = write_document(document, job.format, source if FORMATS[job.format].needs_source else None)
        replace_files({job.target: data or b""})
        return Outcome("ok", job=job)


def _page_picture(document: Document, source: SourceFile, job: PictureJob) -> bytes:
    """The picture of a page as JPEG, reduced to what a screen shows.

    Raises:
        DocumentError: If the page cannot be shown.
    """
    # Imported when the thread limit is set: OpenCV reads it once, at its import.
    import cv2

    from e2eocr.writers.source import read_picture

    page = document.pages[job.page]
    with source.open(document) as opened:
        picture = read_picture(opened, page)
    if isinstance(picture, str):
        raise DocumentError(document.source.path, picture, page.index)
    pixels = picture.pixels
    scale = min(1.0, _MAX_SIDE / max(pixels.shape[:2]))
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    return cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), quality)[1].tobytes()


def _survive(job: Job, do: Callable[[], Result]) -> Result | Outcome:
    """What comes of a job; a result that cannot be written costs this job alone: others may be smaller."""
    try:
        return do()
    except OutputError as error:
        return Outcome("failed", job=job, error_class=type(error).__name__, message="the server's disk is full")
