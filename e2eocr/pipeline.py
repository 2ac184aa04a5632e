"""From a path to a `Document`: the stages of reading, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from detectors.base import Detector
from e2eocr import __version__
from e2eocr.documents import OpenDocument, PageImage, TextLayer, open_document
from e2eocr.errors import DocumentError
from e2eocr.files import digest_file
from e2eocr.models.choice import open_recognizer
from e2eocr.models.engine import identify_engine
from e2eocr.models.loading import load_detector
from e2eocr.page.bullets import settle_bullets
from e2eocr.page.check_boxes import tell_check_boxes
from e2eocr.page.combs import cover_combs
from e2eocr.page.directions import are_columns
from e2eocr.page.doubts import read_lines
from e2eocr.page.farther import look_farther
from e2eocr.page.layer import covered_words
from e2eocr.page.leaders import without_leaders
from e2eocr.page.legibility import part_lines
from e2eocr.page.letter_case import settle_case
from e2eocr.page.live_text import LayerJudge, LiveText, live_lines, merge_lines, moved_page, paint_over
from e2eocr.page.locate import line_finder
from e2eocr.page.nearer import look_nearer
from e2eocr.page.on_end import read_on_end
from e2eocr.page.orientation import Orientation
from e2eocr.page.recut import read_again
from e2eocr.page.ruby import read_without_ruby
from e2eocr.page.sizes import read_by_size
from e2eocr.page.stacked import read_stacked
from e2eocr.page.straighten import map_points
from e2eocr.page.strokes import without_strokes
from e2eocr.page.structure import structure_page
from e2eocr.page.structure.across import join_pages
from e2eocr.page.upside_down import turn_over
from e2eocr.page.words import PageMapping
from e2eocr.results import Document, Engine, Page, Source
from e2eocr.settings import ReadSettings, choose_pages
from recognizers.base import Recognizer


class Pipeline:
    """A detector and a recognizer, and how to read documents with them.

    The result depends on the document and the settings alone, so one pipeline may read any number of documents.
    """

    def __init__(
        self, detector: Detector, recognizer: Recognizer, settings: ReadSettings, engine: Engine | None = None
    ) -> None:
        """Put a pipeline together.

        Args:
            detector: Finds lines.
            recognizer: Reads them.
            settings: How pages are opened and arranged.
            engine: What results call all this; by default made of the names of the models.
        """
        self.recognizer = recognizer
        self.settings = settings
        by_name = Engine(__version__, detector.name, (recognizer.name,), settings.fingerprint_fields())
        self.engine = engine or by_name
        self._finder = line_finder(detector, recognizer)

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
    def open(self, path: str | Path, name: str | None = None, *, passwords: Sequence[str] = ()) -> Iterator[Reading]:
        """Open one file, to read pages of it one at a time; arguments and errors are those of `read`.

        `passwords` are tried on it beside those of the settings.
        """
        path, opening = Path(path), self.settings.opening()
        with open_document(path, **{**opening, "passwords": (*passwords, *opening["passwords"])}) as opened:
            yield Reading(self, opened, path, name or path.name)

    def read_page(self, image: PageImage) -> Page:
        """Read one picture of a page."""
        return self._structure(*self._read_lines(image))

    def _read_lines(self, image: PageImage) -> tuple[Page, np.ndarray]:
        """A page with its lines, in no order, and the picture whose rules are those of tables."""
        height, width = image.pixels.shape[:2]
        located = self._finder.find(image.pixels)
        crops = located.cut()
        # A straightened copy is as large as the page: it goes before the recognizer takes memory of its own.
        located = located.without_copy(image.pixels)
        readings, ruby = read_without_ruby(located, crops, read_lines(crops, self.recognizer), self.recognizer)
        readings = without_strokes(readings, crops)
        readings = settle_bullets(located.quads, crops, settle_case(located, crops, readings))
        parted = part_lines(located, readings, self.settings.min_legibility)
        for read_more in (turn_over, without_leaders, read_by_size, read_again, read_on_end, read_stacked):
            parted = read_more(image.pixels, located, parted, self.recognizer)
        for look_again in (look_nearer, look_farther):
            parted = look_again(image.pixels, located, parted, self._finder.find_upright, self.recognizer)
        parted = tell_check_boxes(image.pixels, located, parted, self.recognizer)
        upright = located.upright
        mapping = PageMapping(upright.to_page, width, height, located.padding, located.margin)
        unread = mapping.unread((*parted.unread, *ruby))
        lines = mapping.lines(parted.legible)
        picture = cover_combs(image.pixels, map_points(located.combs, upright.to_page))
        page = Page(
            index=image.index,
            width=width,
            height=height,
            dpi=image.dpi,
            rotation=0 if are_columns(lines) else upright.rotation,
            skew=upright.skew,
            error=image.damage,
            lines=lines,
            illegible=tuple(each.polygon for each in unread if each.reason not in ("no-text-found", "ruby")),
            unread=unread,
            recognizers=tuple(sorted({line.reading.recognizer for line in parted.legible} - {""})),
        )
        return page, picture

    def read_carried(self, opened: OpenDocument, index: int, layer: TextLayer, judge: LayerJudge) -> Page:
        """Read a page that carries text: what of it is the page's text stays, the rest is read from the picture."""
        keep = self.settings.text_layer == "keep"
        text = LiveText(layer.lines) if keep else judge.take(index, layer)
        shown = () if keep else text.lines
        page = self._read_beside(opened, index, layer, text)
        return replace(page, covers_text=bool(covered_words(layer, shown)))

    def _read_beside(self, opened: OpenDocument, index: int, layer: TextLayer, text: LiveText) -> Page:
        """Put a page together of the text that is taken from it, and of what is read where that leaves ink bare."""
        if not text.lines:
            return self.read_page(opened.read_page(index))
        size, live = layer.size, live_lines(text.lines)
        if text.bare is None:
            page = Page(index, size.width, size.height, dpi=size.dpi, origin="text-layer", lines=tuple(live))
            return self._structure(page, layer.preview, keep_order=text.has_order)
        # Drawn by what drew the preview: another program may set the same text wider, and leave ends of it bare.
        pixels = layer.draw([text.bare])[0]
        paint_over(pixels, live, text.bare)
        part, _ = self._read_lines(PageImage(index, pixels, size.dpi))
        read = moved_page(part, text.bare, size.width, size.height)
        return self._structure(merge_lines(read, live), layer.preview)

    def orientation(self, image: PageImage) -> Orientation:
        """How a page lies."""
        return self._finder.orientation(image.pixels)

    def _structure(self, page: Page, picture: np.ndarray, *, keep_order: bool = False) -> Page:
        return structure_page(page, picture, order=self.settings.order, keep_order=keep_order)


class Reading:
    """A document that is open to be read by a pipeline.

    Attributes:
        page_count: How many of its pages are read: all, unless the settings choose some.
        attachments: Names of the files that it carries.
    """

    def __init__(self, pipeline: Pipeline, opened: OpenDocument, path: Path, name: str) -> None:
        self._chosen = choose_pages(pipeline.settings.pages, opened.page_count)
        if opened.page_count and not self._chosen:
            raise DocumentError(
                path,
                f"has none of the pages {pipeline.settings.pages}, for it has {opened.page_count}. Choose others by "
                "`--pages`, or leave it out.",
            )
        self.page_count = len(self._chosen)
        self.attachments = opened.attachments
        self._pipeline, self._opened, self._path, self._name = pipeline, opened, path, name
        self._judge = LayerJudge(pipeline.recognizer, opened.text_layer)

    def read_page(self, index: int) -> Page:
        """Read one page, from its text layer or its picture. One that cannot be read is `failed`, with the reason.

        Args:
            index: Its place among the pages that are read, from 0.
        """
        pipeline, opened, index = self._pipeline, self._opened, self._chosen[index]
        try:
            if pipeline.settings.text_layer == "ignore":
                return pipeline.read_page(opened.read_page(index))
            layer = opened.text_layer(index)
            if layer is None:
                return replace(pipeline.read_page(opened.read_page(index)), covers_text=False)
            return pipeline.read_carried(opened, index, layer, self._judge)
        except DocumentError as error:
            reason = error.reason
        except MemoryError:
            reason = "not enough memory to read it: use fewer workers, or a lower dpi"
        return Page(index, width=0, height=0, status="failed", error=reason)

    def document(self, pages: Iterable[Page]) -> Document:
        """The document, given all pages that are read in order.

        Raises:
            DocumentError: If the file is no longer there.
        """
        # A page that was lost on the way is known by its place alone.
        pages = (replace(page, index=index) for page, index in zip(pages, self._chosen, strict=True))
        sha256, size = digest_file(self._path)
        source = Source(self._name, sha256, size, self._opened.media_type)
        read = join_pages(tuple(pages))
        return Document(source, self._pipeline.engine.of_document(read), read)


def load_pipeline(settings: ReadSettings | None = None) -> Pipeline:
    """Load the models that the settings name.

    Raises:
        BundleError: If a model is unknown or broken; the message lists the known ones.
        UsageError: If a script is asked for that is not known.
    """
    settings = settings or ReadSettings()
    detector = load_detector(
        settings.detector, threads=settings.threads, backend=settings.backend, home=settings.models
    )
    return Pipeline(detector, open_recognizer(settings), settings, identify_engine(settings))
