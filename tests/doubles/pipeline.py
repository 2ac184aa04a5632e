"""Doubles of what a pipeline is made of: they find, read and hold just what they were made with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detectors.base import Detections, Layout
from detectors.geometry import quads_from_boxes
from e2eocr.documents import LayerLine, PageImage, PageSize, TextLayer
from e2eocr.page.straighten import Straightened
from e2eocr.pipeline import Pipeline
from e2eocr.results import Document, Line, Page
from e2eocr.settings import ReadSettings
from recognizers.base import CharSpan, LineText

if TYPE_CHECKING:
    import pytest

WIDTH, HEIGHT = 200, 100


class FixedDetector:
    """Finds those of the boxes `(x0, y0, x1, y1)` it was made with that begin in a picture."""

    name = "fixed-detector"

    def __init__(self, *boxes: tuple[float, float, float, float], layout: Layout = "level") -> None:
        self.layout = layout
        corners = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in boxes]
        self.quads = np.array(corners, np.float32).reshape(-1, 4, 2)

    def detect(self, image: np.ndarray) -> Detections:
        inside = (self.quads[:, 0] < image.shape[1::-1]).all(axis=1)
        return Detections(self.quads[inside], np.ones(int(inside.sum()), np.float32))


class TurningDetector:
    """Finds the one line of a page, whichever way it runs."""

    name = "fixed-detector"
    layout: Layout = "any-angle"

    def detect(self, image: np.ndarray) -> Detections:
        rows, columns = np.nonzero(image[..., 0] < 255)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        return Detections(quads_from_boxes(np.array([box])), np.ones(1, np.float32))


class FixedRecognizer:
    """Reads the texts it was made with, one a crop, and keeps the crops; some of them alone are nothing to it."""

    name = "fixed-recognizer"

    def __init__(self, *readings: LineText) -> None:
        self.readings = readings
        self.crops: Sequence[np.ndarray] = ()

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.crops = crops
        return list(self.readings) if len(crops) == len(self.readings) else [LineText("", 0.0)] * len(crops)


class FixedDocument:
    """Gives a page for each entry: white where it is None, else the entry is raised, or is its text layer."""

    media_type = "application/pdf"
    attachments: tuple[str, ...] = ()

    def __init__(self, *pages: Exception | tuple[Line, ...] | None) -> None:
        self.pages = pages
        self.page_count = len(pages)
        self.closed = False

    def page_size(self, index: int) -> PageSize:
        return PageSize(WIDTH, HEIGHT, 150.0)

    def read_page(self, index: int) -> PageImage:
        page = self.pages[index]
        if isinstance(page, Exception):
            raise page
        return white_page(index)

    def text_layer(self, index: int) -> TextLayer | None:
        page = self.pages[index]
        if not isinstance(page, tuple):
            return None
        lines = tuple(LayerLine(line, "font", is_sane=True, is_hidden=False) for line in page)
        return TextLayer(self.page_size(index), lines, white_page().pixels, 1.0, lambda boxes: [])

    def __enter__(self) -> FixedDocument:
        return self

    def __exit__(self, *error: object) -> None:
        self.closed = True


def white_page(index: int = 0) -> PageImage:
    return PageImage(index, np.full((HEIGHT, WIDTH, 3), 255, np.uint8), 200.0)


def reading(text: str, confidence: float = 0.9, *, right_to_left: bool = False, sure: float = 0.96) -> LineText:
    """A reading whose characters take equal parts of the crop."""
    count = len(text)
    places = range(count - 1, -1, -1) if right_to_left else range(count)
    spans = tuple(CharSpan(at / count, (at + 1) / count, sure) for at in places)
    return LineText(text, confidence, spans, "Latn")


def read_page(
    detector: FixedDetector, *readings: LineText, settings: ReadSettings | None = None, page: PageImage | None = None
) -> Page:
    return Pipeline(detector, FixedRecognizer(*readings), settings or ReadSettings()).read_page(page or white_page())


def take_as_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pages taken for straight, so that coordinates can be foretold."""
    monkeypatch.setattr("e2eocr.page.locate.straighten", lambda pixels: Straightened(pixels, np.eye(3), 0, 0.0))


def fixed_reader(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Callable[..., Document]:
    """What reads a `FixedDocument` with one line a page, given settings of reading by name."""
    take_as_straight(monkeypatch)

    def read(document: FixedDocument, **settings: object) -> Document:
        monkeypatch.setattr("e2eocr.pipeline.open_document", lambda path, **options: document)
        path = folder / "fixed.pdf"
        path.write_bytes(b"%PDF")
        pipeline = Pipeline(
            FixedDetector((10, 10, 60, 30)),
            FixedRecognizer(reading("read")),
            ReadSettings(**settings),  # type: ignore[arg-type]
        )
        return pipeline.read(path)

    return read
