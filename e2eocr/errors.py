"""Exit codes and the one tree of exceptions.

Every error a user can meet is an `OCRError`. The class says what kind of trouble it is and which exit
code the command line ends with; the message says which file, and what to do about it.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the `e2eocr` command ends with. These numbers are a contract: scripts rely on them."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    MISSING_DEPENDENCY = 3
    NOTHING_TO_READ = 4
    CANNOT_WRITE = 5
    BAD_BUNDLE = 6
    LOCKED = 7
    INTERRUPTED = 130
    TERMINATED = 143


class OCRError(Exception):
    """Base of all errors that e2eocr raises on purpose."""

    exit_code = ExitCode.SOME_FAILED


class UsageError(OCRError):
    """An option or argument that cannot be used as it was given."""

    exit_code = ExitCode.USAGE


class MissingDependencyError(OCRError):
    """An optional package or program is not installed; the message is the install line."""

    exit_code = ExitCode.MISSING_DEPENDENCY


class NothingToReadError(OCRError):
    """The inputs hold no document that can be read."""

    exit_code = ExitCode.NOTHING_TO_READ


class OutputError(OCRError):
    """The output folder or a file in it cannot be written."""

    exit_code = ExitCode.CANNOT_WRITE


class BundleError(OCRError):
    """A model bundle is unknown, incomplete or of another kind."""

    exit_code = ExitCode.BAD_BUNDLE


class OutputLockedError(OCRError):
    """Another scan holds the output folder."""

    exit_code = ExitCode.LOCKED


class DocumentError(OCRError):
    """One document, or a page of it, cannot be read; all others can.

    Args:
        path: The file.
        reason: What is wrong and what to do, without the path and the page.
        page: Index of the page, where it is one page's trouble.
    """

    def __init__(self, path: str | Path, reason: str, page: int | None = None) -> None:
        super().__init__(path, reason, page)  # these are what it is made of again in another process
        self.path, self.reason, self.page = path, reason, page

    @property
    def within(self) -> str:
        """The message without the path, for where the document is named beside it."""
        return self.reason if self.page is None else f"page {self.page + 1}: {self.reason}"

    def __str__(self) -> str:
        return f"{self.path}: {self.within}"


class PasswordError(DocumentError):
    """A PDF needs a password, or another one than was given."""


class TooLargeError(DocumentError):
    """A picture or page is larger than the limit against decompression bombs."""


class SignedError(DocumentError):
    """A signed PDF cannot be given text without breaking its signature."""


class PlaceTakenError(DocumentError):
    """Where a result of the document goes, there is a file that e2eocr did not write."""


class DataError(OCRError):
    """Training or evaluation data cannot be used."""

    exit_code = ExitCode.USAGE
