"""From a path to a `Document`: the stages of reading, one after the other."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from detectors.base import Detector
from e2eocr import __version__
from e2eocr.documents import OpenDocument, PageImage, open_document
from e2eocr.errors import DocumentError
from e2eocr.files import digest_file
from e2eocr.models.bundles import load_detector, load_recognizer
from e2eocr.page.crops import cut_lines, pad_quad, span_quad
from e2eocr.page.fit import fit_quads
from e2eocr.page.order import arrange_lines
from e2eocr.page.orientation import Orientation, common_skew, find_orientation, try_turns, turn_sideways
from e2eocr.page.straighten import Straightened, map_points, straighten, turn_page
from e2eocr.results import Document, Engine, Line, Page, Polygon, Source, Word
from e2eocr.settings import ReadSettings
from recognizers.base import LineText, Recognizer
from recognizers.charset import script_of

LINE_PADDING = 0.1
OUTLINE_MARGIN = 0.13  # of a line's height, between its ink and the outline that results give
FoundLine = tuple[np.ndarray, LineText]  # a quad and its reading
SURE_MARK = 0.9  # confidence at which a line without a letter or digit is taken for text


class Pipeline:
    """A detector and a recognizer, and how to read documents with them.

    The result depends on the document and the settings alone, so one pipeline may read any number of documents.
    """

    def __init__(self, detector: Detector, recognizer: Recognizer, settings: ReadSettings) -> None:
        self.detector = detector
        self.recognizer = recognizer
        self.settings = settings
        self.engine = Engine(__version__, detector.name, (recognizer.name,), settings.fingerprint_fields())
        self._pages_are_lines = detector.layout == "cut-line"
        self._padding = 0.0 if self._pages_are_lines else LINE_PADDING

    def read(self, path: str | Path, name: str | None = None) -> Document:
        """Read all pages of one file.

        A page that cannot be read is in the result with status `failed` and the reason; all others are read.

        Args:
            path: A PDF or picture.
            name: What to call it in the result; its file name when not given.

        Raises:
            DocumentError: If the file as a whole cannot be opened.
        """
        with self.open(path, name) as reading:
            return reading.document(reading.read_page(index) for index in range(reading.page_count))

    @contextmanager
    def open(self, path: str | Path, name: str | None = None) -> Iterator[Reading]:
        """Open one file, to read pages of it one at a time; arguments and errors are those of `read`."""
        path, settings = Path(path), self.settings
        with open_document(
            path,
            dpi=settings.dpi,
            pdf_engine=settings.pdf_engine,
            passwords=settings.passwords,
            max_pixels=settings.max_pixels,
        ) as opened:
            yield Reading(self, opened, path, name or path.name)

    def read_page(self, page: PageImage) -> Page:
        """Read one picture of a page."""
        height, width = page.pixels.shape[:2]
        upright, quads = self._find_lines(page.pixels)
        crops = cut_lines(upright.pixels, quads, padding=self._padding)
        # A straightened copy is as large as the page: it goes before the recognizer takes memory of its own.
        upright = replace(upright, pixels=page.pixels)
        readings = self.recognizer.read(crops)
        texts = [(quad, reading) for quad, reading in zip(quads, readings, strict=True) if is_text(reading)]
        found, illegible = part_legible(texts, self.settings.min_legibility)

        kept = np.array([quad for quad, _ in found], np.float32).reshape(-1, 4, 2)
        blocks = arrange_lines(kept, order=self.settings.order)
        margin = (
            OUTLINE_MARGIN if self.detector.layout == "any-angle" else 0.0
        )  # other detectors' outlines are no fitted ones
        mapping = PageMapping(upright.to_page, width, height, self._padding, margin)
        lines = [mapping.line(*found[at], block=block) for block, members in enumerate(blocks) for at in members]
        return Page(
            index=page.index,
            width=width,
            height=height,
            dpi=page.dpi,
            rotation=upright.rotation,
            skew=upright.skew,
            lines=tuple(lines),
            illegible=tuple(mapping.outline(quad) for quad, _ in illegible),
        )

    def orientation(self, page: PageImage) -> Orientation:
        """How a page lies; where the detector finds level lines alone, it is turned to see."""
        if self._pages_are_lines:
            return Orientation()
        if self.detector.layout != "any-angle":
            return try_turns(page.pixels, lambda pixels: self.detector.detect(pixels).quads, self._read_lines)
        return find_orientation(self.detector.detect(page.pixels).quads, partial(self._read_lines, page.pixels))

    def _find_lines(self, pixels: np.ndarray) -> tuple[Straightened, np.ndarray]:
        """The page as its lines are cut from it, and their quads there, clockwise from the top left of their text."""
        if self.detector.layout == "any-angle":
            return self._find_lines_at_any_angle(pixels)
        upright = Straightened(pixels) if self._pages_are_lines else straighten(pixels)
        return upright, self.detector.detect(upright.pixels).quads

    def _find_lines_at_any_angle(self, pixels: np.ndarray) -> tuple[Straightened, np.ndarray]:
        found = self.detector.detect(pixels).quads
        turn = find_orientation(found, partial(self._read_lines, pixels)).turn
        upright = turn_page(pixels, turn) if turn else Straightened(pixels)
        if turn:
            # The net knows level lines best.
            found = self.detector.detect(upright.pixels).quads
        quads = turn_sideways(found, partial(self._read_lines, upright.pixels))
        return replace(upright, skew=common_skew(quads)), fit_quads(upright.pixels, quads)

    def _read_lines(self, pixels: np.ndarray, quads: np.ndarray) -> list[LineText]:
        return self.recognizer.read(cut_lines(pixels, quads, padding=self._padding))

    def _read_or_fail(self, opened: OpenDocument, path: Path, index: int) -> Page:
        """One page, from its text layer or its picture; the reason instead of lines if neither can be had."""
        try:
            return self._read_text_layer(opened, index) or self.read_page(opened.read_page(index))
        except DocumentError as error:
            reason = _page_reason(error, path, index)
        except MemoryError:
            reason = "not enough memory to read it: use fewer workers, or a lower dpi"
        return Page(index, width=0, height=0, status="failed", error=reason)

    def _read_text_layer(self, opened: OpenDocument, index: int) -> Page | None:
        """The page as its PDF spells it out; None where it does not, or where the settings want the picture read."""
        if self.settings.text_layer == "ignore":
            return None
        size = opened.page_size(index)
        lines = opened.text_layer(index, size.dpi or self.settings.dpi)
        if lines is None:
            return None
        mapping = PageMapping(np.eye(3), size.width, size.height, padding=0.0)
        placed = tuple(
            mapping.place(line, block) for line, block in zip(lines, self._number_blocks(lines), strict=True)
        )
        return Page(index, size.width, size.height, dpi=size.dpi, origin="text-layer", lines=placed)

    def _number_blocks(self, lines: tuple[Line, ...]) -> list[int]:
        """The block of each line of a text layer: its order is the PDF's own, its blocks are those of the layout."""
        quads = np.array([line.polygon for line in lines], np.float32).reshape(-1, 4, 2)
        arranged = arrange_lines(quads, order=self.settings.order)
        home = {at: number for number, members in enumerate(arranged) for at in members}
        numbers = [0] * len(lines)
        for at in range(1, len(lines)):
            numbers[at] = numbers[at - 1] + (home[at] != home[at - 1])
        return numbers


class Reading:
    """A document that is open to be read by a pipeline.

    Attributes:
        page_count: How many pages it has.
    """

    def __init__(self, pipeline: Pipeline, opened: OpenDocument, path: Path, name: str) -> None:
        self.page_count = opened.page_count
        self._pipeline, self._opened, self._path, self._name = pipeline, opened, path, name

    def read_page(self, index: int) -> Page:
        """Read one page. One that cannot be read has status `failed` and the reason."""
        return self._pipeline._read_or_fail(self._opened, self._path, index)

    def document(self, pages: Iterable[Page]) -> Document:
        """The document, given all its pages in order.

        Raises:
            DocumentError: If the file is no longer there.
        """
        sha256, size = digest_file(self._path)
        source = Source(self._name, sha256, size, self._opened.media_type)
        return Document(source, self._pipeline.engine, tuple(pages))


def is_text(reading: LineText) -> bool:
    """Whether a reading is worth keeping: specks and bits of rules read as doubtful marks are not."""
    if any(character.isalnum() for character in reading.text):
        return True
    return bool(reading.text.strip()) and reading.confidence >= SURE_MARK


def part_legible(found: Sequence[FoundLine], least: float) -> tuple[list[FoundLine], list[FoundLine]]:
    """Part what was read from what only looks like text: stamps, handwriting, patterns.

    Args:
        found: Quads with their readings.
        least: Legibility of a line that is kept.

    Returns:
        What is kept and what is not. All is kept where half of it or more would go: then the page as a whole is hard
        to read, or in a script that the model does not know, and its text must not vanish.
    """
    legible = [line for line in found if line[1].legibility >= least]
    if 2 * len(legible) <= len(found):
        return list(found), []
    return legible, [line for line in found if line[1].legibility < least]


class PageMapping:
    """The way back from an upright picture to the page it was made of."""

    def __init__(self, to_page: np.ndarray, width: int, height: int, padding: float, margin: float = 0.0) -> None:
        """Prepare the way back.

        Args:
            to_page: `(3, 3)` matrix from places on the upright picture to the page's.
            width: Of the page, pixels.
            height: Of the page, pixels.
            padding: What crops were cut with, as a fraction of the line's height.
            margin: Room that the outlines of lines leave around their quads, likewise; those of words lie close.
        """
        self.to_page = to_page
        self.limit = (width, height)
        self.padding = padding
        self.margin = margin

    def line(self, quad: np.ndarray, reading: LineText, block: int) -> Line:
        """A reading as a line of the page; `quad` is `(4, 2)`, on the upright picture."""
        return Line(
            text=reading.text,
            confidence=round(reading.confidence, 4),
            polygon=self.outline(quad),
            script=reading.script,
            block=block,
            words=self.words(quad, reading),
        )

    def place(self, line: Line, block: int) -> Line:
        """A line of a text layer: its script told, its corners and those of its words on the page."""
        words = tuple(replace(word, polygon=self.polygon(np.array(word.polygon))) for word in line.words)
        polygon = self.polygon(np.array(line.polygon))
        return replace(line, polygon=polygon, script=script_of(line.text), block=block, words=words)

    def words(self, quad: np.ndarray, reading: LineText) -> tuple[Word, ...]:
        """The words of a line, each with the part of the line's quad that its characters take."""
        if len(reading.spans) != len(reading.text):
            return ()  # A recognizer that cannot tell where its characters are gives lines only.
        words = []
        for match in re.finditer(r"\S+", reading.text):
            spans = reading.spans[match.start() : match.end()]
            left, right = min(span.left for span in spans), max(span.right for span in spans)
            confidence = math.prod(span.confidence for span in spans)
            part = span_quad(quad, left, right, padding=self.padding)
            words.append(Word(match.group(), round(confidence, 4), self.polygon(part)))
        return tuple(words)

    def outline(self, quad: np.ndarray) -> Polygon:
        """Corners of a line on the page."""
        return self.polygon(pad_quad(quad, self.margin))

    def polygon(self, quad: np.ndarray) -> Polygon:
        """Corners on the page, to a tenth of a pixel, none beyond its edges."""
        corners = np.clip(map_points(quad, self.to_page), 0, self.limit)
        return tuple((round(float(x), 1), round(float(y), 1)) for x, y in corners)


def _page_reason(error: DocumentError, path: Path, index: int) -> str:
    """Why a page is lost, without the path and the page number: a result tells them beside it, and no path in full."""
    return str(error).removeprefix(f"{path}: ").removeprefix(f"page {index + 1}: ")


def load_pipeline(settings: ReadSettings | None = None) -> Pipeline:
    """Load the models that the settings name.

    Raises:
        BundleError: If a model is unknown or broken; the message lists the known ones.
    """
    settings = settings or ReadSettings()
    detector = load_detector(settings.detector, threads=settings.threads)
    recognizer = load_recognizer(settings.recognizer, threads=settings.threads)
    return Pipeline(detector, recognizer, settings)
