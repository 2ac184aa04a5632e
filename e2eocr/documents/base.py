"""What every document gives, whatever its file's kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import numpy as np

from e2eocr.results import Box, Line


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
        damage: What is missing of the page, where the file ends too early; None where it is whole.
    """

    index: int
    pixels: np.ndarray
    dpi: float | None
    damage: str | None = None


LEADER_DOTS = frozenset(".·․…‥")  # what leads the eye from an entry to its page number
FORM_FIELD = "form field"  # stands for the font of what is written in the fields of a form


@dataclass(frozen=True, slots=True)
class LayerLine:
    """One line of the text that a PDF page carries.

    Attributes:
        line: Its text in NFC with confidence 1, its quad and those of its words in pixels of the page as seen, none
            beyond its edges.
        font: The font in which most of its characters are set: its name, with what tells it from others of that name.
        is_sane: Whether seven in ten of its characters are mapped to a printable character of Unicode.
        is_hidden: Whether most of its characters are drawn invisibly or lie under a picture: another program's reading
            of a scan.
    """

    line: Line
    font: str
    is_sane: bool
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The text that a page carries, and what is needed to hold it against what a person sees.

    Attributes:
        size: The size in whose pixels the lines stand.
        lines: In the PDF's own order.
        preview: `(h, w, 3)` uint8 RGB, the page drawn small and quickly.
        scale: Pixels of the preview for each pixel of the page.
        draw: Draws boxes of the page, `(x0, y0, x1, y1)` in its pixels, as `(h, w, 3)` uint8 RGB each.
    """

    size: PageSize
    lines: tuple[LayerLine, ...]
    preview: np.ndarray
    scale: float
    draw: Callable[[Sequence[Box]], list[np.ndarray]]


class OpenDocument(Protocol):
    """A document whose pages are read one at a time. A context manager: leaving it closes the file."""

    media_type: str
    page_count: int
    attachments: tuple[str, ...]  # names of the files that it carries, with `/` between folders

    def page_size(self, index: int) -> PageSize:
        """The size that `read_page` will give, without rendering. Raises DocumentError if the page is broken."""
        ...

    def frame(self, index: int) -> int:
        """Which of the frames that the file holds the page is: thumbnails and masks are none."""
        ...

    def read_page(self, index: int) -> PageImage:
        """Read one page. Raises DocumentError: that page is lost, others can still be read."""
        ...

    def text_layer(self, index: int) -> TextLayer | None:
        """The text that the page carries; None where it carries none. Raises DocumentError if the page is broken."""
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
