"""What one worker does: read a document, write its results whole, and say what became of it."""

from __future__ import annotations

import dataclasses
import errno
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from e2eocr.batch.jobs import Job, Outcome, Stamp, origins_text
from e2eocr.batch.lock import Holder, check_still_held
from e2eocr.batch.places import Standing, checksum, read_written, standing, written_text
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import Stopped
from e2eocr.batch.workers.messages import PageBegun, PageCount, Started, WritingBegun, failed_page
from e2eocr.errors import DocumentError, OCRError, OutputError, PlaceTakenError, SignedError
from e2eocr.files import replace_files
from e2eocr.results import Document, Engine, Page, count_origins
from e2eocr.settings import ReadSettings
from e2eocr.writers import SourceFile, write_document

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_PASSED_ON = (KeyboardInterrupt, Stopped, OutputError)  # what ends more than a document
_ANY_NUMBER = 1 << 62
_READINGS = 2  # of a document that changes meanwhile; then it is left for the next run
_CHANGED = "the file has changed while it was read. The next run reads it again."
_NO_SIGNED_PDF = (
    "the PDF is signed: no PDF with text was made, since that would break the signature. Allow it by `--signed break`."
)
_NAME_ERRORS = {errno.ENAMETOOLONG, errno.ENOTDIR, errno.EILSEQ, errno.EINVAL, errno.ELOOP}


class Reading(Protocol):
    """A document that is open; see `e2eocr.pipeline.Reading`."""

    page_count: int
    attachments: tuple[str, ...]

    def read_page(self, index: int) -> Page: ...

    def document(self, pages: Iterable[Page]) -> Document: ...


class Reader(Protocol):
    """What a worker needs of a pipeline. Two readers with equal engines read alike."""

    @property
    def engine(self) -> Engine: ...

    def open(self, path: Path, name: str) -> AbstractContextManager[Reading]: ...


Load = Callable[[ReadSettings], Reader]


def limit_threads(threads: int) -> None:
    """Set how many threads the numeric libraries may use that are imported, here or in child processes, from now on."""
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(threads)


def load_reader(settings: ReadSettings) -> Reader:
    """Load the pipeline and keep OpenCV, too, within the thread budget.

    Raises:
        OCRError: If a bundle or a dependency is wrong.
    """
    # Imported here, when the thread budget is set: the libraries beneath read it once, at their import.
    import cv2

    from e2eocr.pipeline import load_pipeline

    cv2.setNumThreads(settings.threads)
    return load_pipeline(settings)


class DocumentWorker:
    """Reads documents one after the other with one pipeline, and writes their results.

    Args:
        settings: The run.
        load: Loads what reads the documents.
        holder: Who holds the output folder; without one, nobody looks whether that is still the same folder.

    Raises:
        OCRError: If a bundle or a dependency is wrong.
    """

    def __init__(self, settings: ScanSettings, load: Load = load_reader, holder: Holder | None = None) -> None:
        limit_threads(settings.read.threads)
        self._settings, self._holder = settings, holder
        self._reader = load(settings.read)

    def read(self, job: Job, max_pages: int = _ANY_NUMBER, started: Started = lambda what: None) -> Outcome | PageCount:
        """Read a document and write its results. Whatever goes wrong with the document is its outcome.

        Args:
            job: The document.
            max_pages: A document with more pages is not read: they are only counted.
            started: Told of each page that is begun, and before the results are written.

        Raises:
            OutputError: If results cannot be written: then the next document's could not be either.
        """

        def read() -> Outcome | PageCount:
            formats = self._formats_of(job)
            for _ in range(_READINGS):
                before = _stamp(job)
                with self._open(job) as (reading, path):
                    if reading.page_count > max_pages:
                        return PageCount(reading.page_count, before)
                    document = reading.document(_pages(reading, job, range(reading.page_count), started))
                    contents = self._contents(path, formats, document, started)
                    attachments = reading.attachments
                if _stamp(job) == before:
                    return self._write(job, document, contents, attachments)
            raise DocumentError(job.path, _CHANGED)

        return outcome_of(job, read)

    def read_pages(self, job: Job, start: int, stop: int, started: Started) -> tuple[Page, ...]:
        """Read pages `start` to before `stop`. Whatever goes wrong with them stands in them."""
        try:
            with self._open(job) as (reading, _):
                return tuple(_pages(reading, job, range(start, stop), started))
        except _PASSED_ON:
            raise
        except BaseException as error:
            return tuple(failed_page(index, _reason(error)) for index in range(start, stop))

    def write(self, job: Job, pages: Iterable[Page], stamp: Stamp, started: Started) -> Outcome:
        """Write the results of a document whose pages were read before.

        Args:
            job: The document.
            pages: All its pages, in order.
            stamp: The file as it was when its pages were counted; it must not have changed since.
            started: Told before the results are written.

        Raises:
            OutputError: If results cannot be written.
        """

        def write() -> Outcome:
            formats = self._formats_of(job)
            with self._open(job) as (reading, path):
                document, attachments = reading.document(pages), reading.attachments
                contents = self._contents(path, formats, document, started)
            if _stamp(job) != stamp:
                raise DocumentError(job.path, _CHANGED)
            return self._write(job, document, contents, attachments)

        return outcome_of(job, write)

    @contextmanager
    def _open(self, job: Job) -> Iterator[tuple[Reading, Path]]:
        """Open the document of a job; the path is that of its content, which another document may carry."""
        if job.member is None:
            with self._reader.open(job.path, job.name) as reading:
                yield reading, job.path
            return
        # Imported when the thread limit is set, like all that draws on the decoders.
        from e2eocr.documents.pdf import read_attachment

        with tempfile.TemporaryDirectory(prefix="e2eocr-") as folder:
            path = Path(folder, Path(job.member).name)
            path.write_bytes(read_attachment(job.path, job.member, self._settings.read.passwords))
            with self._reader.open(path, job.name) as reading:
                yield reading, path

    def _formats_of(self, job: Job) -> list[str]:
        """What to write for a job, the JSON file last: where that is new, all are.

        Raises:
            DocumentError: If a result cannot have its name, or somebody else's file has it.
        """
        formats = sorted(job.formats or self._settings.formats, key=lambda format: format == "json")
        for format in formats:
            _check_name(job, job.output_path(format))
            _check_place(job, format)
        return formats

    def _contents(self, path: Path, formats: list[str], document: Document, started: Started) -> dict[str, bytes]:
        """The results of a document by format; none where it has failed.

        Raises:
            SignedError: If a PDF is all that is wanted, and would break a signature.
        """
        if not document.pages:
            raise DocumentError(path, "the document has no pages. Make it again, or leave it out.")
        if document.status == "failed":
            return {}
        started(WritingBegun())
        source = SourceFile(path, **self._settings.source_options())
        writing, contents = self._settings.writing_options(), {}
        for format in formats:
            try:
                contents[format] = write_document(document, format, source, **writing)
            except SignedError:
                if formats == [format]:
                    raise
        return contents

    def _write(self, job: Job, document: Document, contents: dict[str, bytes], attachments: tuple[str, ...]) -> Outcome:
        """Write results, but not over those that a person has changed since."""
        if self._holder is not None:
            check_still_held(self._settings.output, self._holder)
        kept = [format for format in contents if _check_place(job, format) == "changed" and not self._settings.force]
        new = {format: data for format, data in contents.items() if format not in kept}
        replace_files({job.output_path(format): data for format, data in new.items()})
        written = {**read_written(job.written), **{format: checksum(data) for format, data in new.items()}}
        outcome = _outcome(job, document)
        if contents and len(contents) < len(job.formats or self._settings.formats):
            outcome = dataclasses.replace(
                outcome, status="partial", error_class=SignedError.__name__, message=outcome.message or _NO_SIGNED_PDF
            )
        return dataclasses.replace(
            outcome,
            written=written_text(written),
            attachments="\n".join(attachments),
            kept=tuple(job.output_path(format).name for format in kept),
        )


Result = TypeVar("Result")


def outcome_of(job: Job, do: Callable[[], Result]) -> Result | Outcome:
    """What comes of a job; an exception that the run can survive is an outcome too.

    Raises:
        OutputError: If results cannot be written.
    """
    start = time.perf_counter()
    try:
        result: Result | Outcome = do()
    except _PASSED_ON:
        raise
    except BaseException as error:  # extensions raise panics of their own, and libraries call sys.exit
        result = Outcome("failed", job=job, error_class=type(error).__name__, message=_reason(error))
    if isinstance(result, Outcome):
        return dataclasses.replace(result, seconds=time.perf_counter() - start)
    return result


def _pages(reading: Reading, job: Job, indices: Iterable[int], started: Started) -> Iterator[Page]:
    """Read pages; one that cannot be read stands there with the reason."""
    for index in indices:
        started(PageBegun(index, reading.page_count))
        try:
            page = reading.read_page(index)
        except _PASSED_ON:
            raise
        except BaseException as error:
            page = failed_page(index, _reason(error))
        yield page


def _stamp(job: Job) -> Stamp:
    try:
        status = job.path.stat()
    except OSError as error:
        raise DocumentError(job.path, f"cannot be read: {error.strerror}. Check that it is still there.") from error
    return Stamp(status.st_size, status.st_mtime_ns)


def _check_name(job: Job, path: Path) -> None:
    """Refuse a result whose name the file system cannot hold: that is one document's trouble, not the run's."""
    try:
        is_folder = path.is_dir()
        path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno in _NAME_ERRORS:
            raise DocumentError(job.path, f"{path.name}: cannot be written: {error.strerror}. Rename it.") from error
        return
    if is_folder:
        raise DocumentError(job.path, f"{path.name}: cannot be written: a folder has this name. Rename one of them.")


def _check_place(job: Job, format: str) -> Standing:
    """Whose file stands where a result goes; that of somebody else is this document's trouble."""
    found = standing(job, format)
    if found == "foreign":
        name = job.output_path(format)
        reason = f"{name} is there already, and e2eocr did not write it. Move it away, or choose another output folder."
        raise PlaceTakenError(job.path, reason)
    return found


def _reason(error: BaseException) -> str:
    """The message of an exception; with its class where it was not raised for people to read."""
    if isinstance(error, DocumentError):
        return error.within  # the outcome names the document already
    if isinstance(error, OCRError):
        return str(error)
    if isinstance(error, MemoryError):
        return "not enough memory to read it: use fewer workers, or a lower dpi"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _outcome(job: Job, document: Document) -> Outcome:
    failed = [page for page in document.pages if page.status == "failed"]
    torn = [page for page in document.pages if page.status == "ok" and page.error]
    message = None
    if failed or torn:
        worst = (failed or torn)[0]
        count, fate = (len(failed), "failed") if failed else (len(torn), "could be read in part")
        first = f"page {worst.index + 1}: {worst.error or 'could not be read'}"
        message = f"{count} of {len(document.pages)} pages {fate}; {first}"
    return Outcome(
        document.status,
        job=job,
        pages=len(document.pages),
        failed_pages=len(failed),
        lines=sum(len(page.lines) for page in document.pages),
        origins=origins_text(count_origins(document.pages)),
        unread_pages=sum(page.is_mostly_unread for page in document.pages),
        unknown_script_pages=sum(page.is_in_unknown_script for page in document.pages),
        error_class="PageError" if failed or torn else None,
        message=message,
        sha256=document.source.sha256,
    )
