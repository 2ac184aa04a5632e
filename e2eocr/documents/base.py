"""What every document gives, whatever its file's kind."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import numpy as np

from e2eocr import results


@dataclass(frozen=True, slots=True)
class PageSize:
    """How large a page will be, known without reading it. `dpi` is None where nothing says it."""

    width: int
    height: int
    dpi: float | None


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page as a person sees it.

    Attributes:
        index: Place in the document, from 0.
        pixels: `(H, W, 3)` uint8 RGB.
        dpi: Pixels an inch, None where the file says nothing believable.
    """

    index: int
    pixels: np.ndarray
    dpi: float | None


class OpenDocument(Protocol):
    """A document whose pages are read one at a time. A context manager: leaving it closes the file."""

    media_type: str
    page_count: int

    def page_size(self, index: int) -> PageSize:
        """The size that `read_page` will give, without rendering. Raises DocumentError if the page is broken."""
        ...

    def read_page(self, index: int) -> PageImage:
        """Read one page. Raises DocumentError: that page is lost, others can still be read."""
        ...

    def text_layer(self, index: int, dpi: float) -> tuple[results.Line, ...] | None:
        """The text that the page carries, in page pixels at `dpi`; None if it has no text to be trusted."""
        ...

    def __enter__(self) -> OpenDocument: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def explain(reason: str | BaseException, remedy: str) -> str:
    """One line for a person: what is wrong, what to do."""
    if isinstance(reason, BaseException):
        reason = f"{type(reason).__name__}: {reason}" if str(reason) else type(reason).__name__
    return f"{' '.join(reason.split()).rstrip('.')}. {remedy}"


def check_index(index: int, page_count: int) -> None:
    """Raise ValueError unless `index` names a page."""
    if not 0 <= index < page_count:
        raise ValueError(f"Invalid `index`. Expected 0 <= index < {page_count}. Received: index={index}")
