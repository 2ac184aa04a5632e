"""How documents are read: the settings that all commands share that read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2eocr.errors import UsageError
from e2eocr.settings.options import check_options, option, options_of

ONNX, TENSORFLOW, KERAS, LITERT, LITERT_INT8 = BACKENDS = ("onnx", "tensorflow", "keras", "litert", "litert-int8")
PDF_ENGINES = ("auto", "poppler", "pdfium")
# A slanted colour page of this size takes a worker of one thread up to 450 MiB, of which its decoding takes most.
DEFAULT_MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How documents are read.

    Attributes:
        detector: Name or folder of the bundle that finds lines, `projection` or `whole-image`.
        recognizer: Name or folder of the bundle that reads lines; `auto` chooses line by line among those that ship.
        scripts: Scripts that may occur, such as `latin,han`, to choose among; `any` for all.
        backend: What runs the models: `onnx`; `tensorflow` or `keras`, which rebuild the graphs from their weights;
            `litert`, or `litert-int8` with weights of a quarter of the size.
        models: Folder of the bundles that are named or chosen among; None for those that ship.
        dpi: Resolution at which PDF pages are drawn, in pixels per inch.
        text_layer: `auto` takes the text a PDF page carries where it is what is seen, and reads the rest; `ignore`
            reads the picture of the page always; `keep` takes all text that is there.
        pdf_engine: What draws PDF pages; `auto` is poppler where it is installed, else PDFium.
        pages: Which pages of each document are read, such as `1-3,7` or `5-`, counted from 1; None for all.
        order: Whether columns or rows come first in the reading order.
        min_legibility: Least mean confidence of a line's characters, 0–1, for it to be kept; 0 keeps all. A page that
            would lose half of its lines or more keeps them if it can nearly be read: what was read is all there is.
        threads: Threads a worker may use for its models.
        passwords: Tried one after the other on PDFs that are locked.
        max_pixels: Pages with more pixels than this are reduced, or refused where even that takes too much memory.

    Raises:
        UsageError: If a value is out of its range.
    """

    detector: str = option(
        "What finds the lines; whole-image: each image is one line already cut.",
        "dbnet",
        effect="model",
        metavar="NAME|DIR|whole-image",
    )
    recognizer: str = option(
        "What reads the lines; auto: chosen line by line.", "auto", effect="model", metavar="auto|NAME|DIR"
    )
    scripts: str = option(
        "Scripts that may occur, such as latin,han, for auto to choose among.",
        "any",
        effect="model",
        metavar="NAME,...",
    )
    backend: str = option(
        "What runs the models. All but onnx need an extra: litert, or train.",
        ONNX,
        effect="text",
        choices=BACKENDS,
    )
    models: Path | None = option(
        "Folder of bundles that names mean, instead of those that ship.", None, effect="model", metavar="DIR"
    )
    dpi: float = option("Resolution at which PDF pages are drawn.", 200.0, effect="text", low=50, high=1200, opens=True)
    text_layer: str = option(
        "Take the text that a PDF carries where it is what is seen, read its picture, or keep all its text.",
        "auto",
        effect="text",
        choices=("auto", "ignore", "keep"),
    )
    pdf_engine: str = option(
        "What draws PDF pages; auto: poppler where it is installed, else PDFium.",
        "auto",
        effect="text",
        choices=PDF_ENGINES,
        opens=True,
    )
    pages: str | None = option("Pages to read, such as 1-3,7 or 5-.", None, effect="text", metavar="PAGES")
    order: str = option(
        "Read columns first, or rows right across the page.", "columns", effect="text", choices=("columns", "rows")
    )
    min_legibility: float = option(
        "Leave lines out that are less legible, such as stamps and handwriting; 0: none.",
        0.65,
        effect="text",
        low=0,
        high=1,
        metavar="0-1",
    )
    threads: int = option("Threads for each worker.", 1, low=1, metavar="N")
    max_pixels: int = option(
        "Reduce pages with more pixels than this.",
        DEFAULT_MAX_PIXELS,
        effect="text",
        low=1,
        metavar="N",
        opens=True,
    )
    passwords: tuple[str, ...] = option(
        "Password for locked PDFs; repeat it to have several tried.",
        (),
        secret=True,
        name="password",
        metavar="TEXT",
        opens=True,
    )

    def __post_init__(self) -> None:
        check_options(self)
        choose_pages(self.pages, 0)

    def fingerprint_fields(self) -> dict[str, Any]:
        """The settings that change what is read, beside the models, as plain values in a fixed order.

        Passwords and threads are left out: they never change the text, and the first are secret.
        """
        values = {each.name: getattr(self, each.name) for each, about in options_of(self) if about.effect == "text"}
        return {name: value for name, value in values.items() if value is not None}

    def opening(self) -> dict[str, Any]:
        """The settings that concern the opening of a document, by name."""
        return {each.name: getattr(self, each.name) for each, about in options_of(self) if about.opens}


def choose_pages(pages: str | None, page_count: int) -> list[int]:
    """The indices of the pages that `1-3,7` or `5-` means, in order; all pages for None.

    Raises:
        UsageError: If the words are no pages.
    """
    if pages is None:
        return list(range(page_count))
    chosen: set[int] = set()
    for part in pages.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:(-)\s*(\d*))?\s*", part)
        first = int(match.group(1)) if match else 0
        last = int((match.group(3) or page_count) if match.group(2) else first) if match else 0
        if first < 1 or (match and match.group(3) and last < first):
            raise UsageError(f"Invalid `pages`. Expected pages such as 1-3,7 or 5-. Received: pages={pages!r}")
        chosen.update(range(first - 1, min(last, page_count)))
    return sorted(chosen)
