"""What one worker does: read a document, write its results whole, and say what became of it."""

from __future__ import annotations

import dataclasses
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from e2eocr.batch.atomic import replace_files
from e2eocr.batch.jobs import Job, Outcome
from e2eocr.config import ReadSettings, ScanSettings
from e2eocr.errors import DocumentError, OCRError, OutputError
from e2eocr.results import Document, Engine
from e2eocr.writers import SourceFile, write_document

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_NAME_ERRORS = {errno.ENAMETOOLONG, errno.ENOTDIR, errno.EILSEQ, errno.EINVAL, errno.ELOOP}


class Reader(Protocol):
    """What a worker needs of a pipeline. Two readers with equal engines read alike."""

    @property
    def engine(self) -> Engine: ...

    def read(self, path: Path, name: str) -> Document: ...


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

    Raises:
        OCRError: If a bundle or a dependency is wrong.
    """

    def __init__(self, settings: ScanSettings, load: Callable[[ReadSettings], Reader] = load_reader) -> None:
        limit_threads(settings.read.threads)
        self._passwords = settings.read.passwords
        self._formats = settings.formats
        self._reader = load(settings.read)

    def read(self, job: Job) -> Outcome:
        """Read a document and write its results. Whatever goes wrong with the document is its outcome.

        Raises:
            OutputError: If results cannot be written: then the next document's could not be either.
        """
        start = time.perf_counter()
        try:
            outcome = self._read(job)
        except (KeyboardInterrupt, OutputError):
            raise
        except BaseException as error:  # extensions raise panics of their own, and libraries call sys.exit
            outcome = Outcome(job, "failed", error_class=type(error).__name__, message=_reason(error, job))
        return dataclasses.replace(outcome, seconds=time.perf_counter() - start)

    def _read(self, job: Job) -> Outcome:
        # The JSON file is renamed last: where it is new, all are.
        formats = sorted(job.formats or self._formats, key=lambda format: format == "json")
        paths = {job.output_path(format): format for format in formats}
        for path in paths:
            _check_name(path)
        document = self._reader.read(job.path, job.name)
        if not document.pages:
            raise DocumentError(f"{job.path}: the document has no pages. Make it again, or leave it out.")
        if document.status != "failed":
            source = SourceFile(job.path, self._passwords)
            replace_files({path: write_document(document, format, source) for path, format in paths.items()})
        return _outcome(job, document)


def _check_name(path: Path) -> None:
    """Refuse a result whose name the file system cannot hold: that is one document's trouble, not the run's."""
    try:
        is_folder = path.is_dir()
        path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno in _NAME_ERRORS:
            raise DocumentError(f"{path}: cannot be written: {error.strerror}. Rename the document.") from error
        return
    if is_folder:
        raise DocumentError(f"{path}: cannot be written: a folder has this name. Rename it, or the document.")


def _reason(error: BaseException, job: Job) -> str:
    """The message of an exception; with its class where it was not raised for people to read."""
    if isinstance(error, OCRError):
        # The outcome names the document already.
        return str(error).removeprefix(f"{job.path}: ")
    if isinstance(error, MemoryError):
        return "not enough memory to read it: use fewer workers, or a lower dpi"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _outcome(job: Job, document: Document) -> Outcome:
    failed = [page for page in document.pages if page.status == "failed"]
    message = None
    if failed:
        first = f"page {failed[0].index + 1}: {failed[0].error or 'could not be read'}"
        message = f"{len(failed)} of {len(document.pages)} pages failed; {first}"
    return Outcome(
        job,
        document.status,
        pages=len(document.pages),
        failed_pages=len(failed),
        lines=sum(len(page.lines) for page in document.pages),
        error_class="PageError" if failed else None,
        message=message,
        sha256=document.source.sha256,
    )
