"""The pipeline: what the stages hand to each other, and what a document becomes."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detectors.base import Detections, Layout
from detectors.geometry import quads_from_boxes
from e2eocr import __version__
from e2eocr.documents import LayerLine, PageImage, PageSize, TextLayer
from e2eocr.errors import DocumentError, PasswordError
from e2eocr.models.engine import identify_engine
from e2eocr.page.legibility import is_text
from e2eocr.page.order import ORDERS
from e2eocr.page.straighten import Straightened
from e2eocr.pipeline import Pipeline, load_pipeline
from e2eocr.results import Document, Line, Page, Word
from e2eocr.settings import ReadSettings, options_of
from e2eocr.writers import write_document
from recognizers.base import CharSpan, LineText

WIDTH, HEIGHT = 200, 100
SQUARE = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))


class FakeDetector:
    """Finds the boxes `(x0, y0, x1, y1)` it was made with."""

    name = "fake-detector"

    def __init__(self, *boxes: tuple[float, float, float, float], layout: Layout = "level") -> None:
        self.layout = layout
        corners = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in boxes]
        self.quads = np.array(corners, np.float32).reshape(-1, 4, 2)

    def detect(self, image: np.ndarray) -> Detections:
        return Detections(self.quads, np.ones(len(self.quads), np.float32))


class FakeTurningDetector:
    """Finds the one line of a page, whichever way it runs."""

    name = "fake-detector"
    layout: Layout = "any-angle"

    def detect(self, image: np.ndarray) -> Detections:
        rows, columns = np.nonzero(image[..., 0] < 255)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        return Detections(quads_from_boxes(np.array([box])), np.ones(1, np.float32))


class FakeRecognizer:
    """Reads the texts it was made with, one a crop, and keeps the crops."""

    name = "fake-recognizer"

    def __init__(self, *readings: LineText) -> None:
        self.readings = readings
        self.crops: Sequence[np.ndarray] = ()

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.crops = crops
        return list(self.readings)


class FakeDocument:
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

    def __enter__(self) -> FakeDocument:
        return self

    def __exit__(self, *error: object) -> None:
        self.closed = True


def white_page(index: int = 0) -> PageImage:
    return PageImage(index, np.full((HEIGHT, WIDTH, 3), 255, np.uint8), 200.0)


def reading(text: str, confidence: float = 0.9, *, right_to_left: bool = False, sure: float = 0.9) -> LineText:
    """A reading whose characters take equal parts of the crop."""
    count = len(text)
    places = range(count - 1, -1, -1) if right_to_left else range(count)
    spans = tuple(CharSpan(at / count, (at + 1) / count, sure) for at in places)
    return LineText(text, confidence, spans, "Latn")


def read_page(
    detector: FakeDetector, *readings: LineText, settings: ReadSettings | None = None, page: PageImage | None = None
) -> Page:
    return Pipeline(detector, FakeRecognizer(*readings), settings or ReadSettings()).read_page(page or white_page())


@pytest.fixture
def upright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are taken for straight, so that coordinates can be foretold."""
    monkeypatch.setattr("e2eocr.page.locate.straighten", lambda pixels: Straightened(pixels, np.eye(3), 0, 0.0))


@pytest.fixture
def read_fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, upright: None) -> Callable[..., Document]:
    """Reads a `FakeDocument` with one line a page."""

    def read(document: FakeDocument, **settings: object) -> Document:
        monkeypatch.setattr("e2eocr.pipeline.open_document", lambda path, **options: document)
        path = tmp_path / "fake.pdf"
        path.write_bytes(b"%PDF")
        pipeline = Pipeline(
            FakeDetector((10, 10, 60, 30)),
            FakeRecognizer(reading("read")),
            ReadSettings(**settings),  # type: ignore[arg-type]
        )
        return pipeline.read(path)

    return read


def test_lines_stand_in_reading_order_with_all_they_have(upright: None) -> None:
    detector = FakeDetector((10, 60, 90, 80), (10, 20, 90, 40))
    page = read_page(detector, reading("second", 0.87654), reading("first"))
    assert [line.text for line in page.lines] == ["first", "second"]
    assert page.lines[1].polygon == ((10.0, 60.0), (90.0, 60.0), (90.0, 80.0), (10.0, 80.0))
    assert page.lines[1].confidence == 0.8765
    assert page.lines[1].script == "Latn"
    assert (page.index, page.width, page.height, page.dpi) == (0, WIDTH, HEIGHT, 200.0)
    assert (page.status, page.error, page.origin) == ("ok", None, "ocr")


def test_blocks_count_up_in_reading_order(upright: None) -> None:
    boxes = [(x, y, x + 80, y + 8) for x in (5, 115) for y in (10, 22, 34, 46, 58, 70)]
    page = read_page(FakeDetector(*boxes), *[reading(f"line-{at}") for at in range(len(boxes))])
    blocks = [line.block for line in page.lines]
    assert blocks == sorted(blocks)
    assert len(page.lines) == len(boxes)


def test_lines_without_text_are_dropped(upright: None) -> None:
    detector = FakeDetector((10, 10, 60, 30), (10, 40, 60, 60), (10, 70, 60, 90))
    page = read_page(detector, LineText("", 0.0), reading("text"), LineText(" ", 0.3))
    assert [line.text for line in page.lines] == ["text"]


KEPT = [
    # text, confidence, whether it stays
    ("a", 0.01, True),  # a doubtful letter is a letter
    ("7", 0.01, True),
    ("—", 0.95, True),  # a sure mark stands there
    ("’", 0.5, False),  # a speck
    (". ,", 0.89, False),
    (" ", 1.0, False),
    ("", 0.0, False),
]


@pytest.mark.parametrize(("text", "confidence", "kept"), KEPT)
def test_specks_are_no_text(text: str, confidence: float, kept: bool) -> None:
    assert is_text(reading(text, confidence)) is kept


BOXES = [(10.0, 10.0, 90.0, 30.0), (10.0, 40.0, 90.0, 60.0), (10.0, 70.0, 90.0, 90.0)]
SCRAWL = reading("sc~wl", 0.9, sure=0.6)


def test_what_cannot_be_read_is_left_out_but_not_forgotten(upright: None) -> None:
    page = read_page(FakeDetector(*BOXES), reading("one"), SCRAWL, reading("three"))
    assert [line.text for line in page.lines] == ["one", "three"]
    assert [line.block for line in page.lines] == sorted(line.block for line in page.lines)
    [(_, top), _, (_, bottom), _] = page.illegible[0]
    assert len(page.illegible) == 1 and (top, bottom) == pytest.approx((40, 60), abs=1)


@pytest.mark.parametrize("readings", [(SCRAWL, SCRAWL, reading("three")), (SCRAWL,), (SCRAWL, reading("two"))])
def test_a_page_that_is_hard_to_read_keeps_all_its_lines(upright: None, readings: tuple[LineText, ...]) -> None:
    page = read_page(FakeDetector(*BOXES[: len(readings)]), *readings)
    assert len(page.lines) == len(readings) and page.illegible == ()


def test_all_lines_stay_where_the_settings_say_so(upright: None) -> None:
    readings = reading("one"), SCRAWL, reading("three")
    page = read_page(FakeDetector(*BOXES), *readings, settings=ReadSettings(min_legibility=0.0))
    assert [line.text for line in page.lines] == ["one", "sc~wl", "three"] and page.illegible == ()


def test_a_page_without_lines_is_a_page(upright: None) -> None:
    assert read_page(FakeDetector()).lines == ()


def test_polygons_are_mapped_back_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    half_turn = np.array([[-1.0, 0, WIDTH], [0, -1, HEIGHT], [0, 0, 1]])
    monkeypatch.setattr(
        "e2eocr.page.locate.straighten", lambda pixels: Straightened(pixels[::-1, ::-1], half_turn, 180, 0.5)
    )
    page = read_page(FakeDetector((10, 60, 110, 80), (10, 20, 110, 40)), reading("low"), reading("top"))
    # The order is that of the upright picture, the corners those of the page, from the text's own top left.
    assert [line.text for line in page.lines] == ["top", "low"]
    assert page.lines[0].polygon == ((190.0, 80.0), (90.0, 80.0), (90.0, 60.0), (190.0, 60.0))
    assert (page.rotation, page.skew) == (180, 0.5)
    assert (page.width, page.height) == (WIDTH, HEIGHT)


class TurnedRecognizer(FakeRecognizer):
    """Reads the wide crops whose left half is the darker one, as those of a page are that was turned back."""

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        half = [crop.shape[1] // 2 for crop in crops]
        upright = [crop[:, :at].mean() < crop[:, at:].mean() for crop, at in zip(crops, half, strict=True)]
        return [reading("ab", sure=0.98 if each else 0.5) for each in upright]


@pytest.mark.parametrize(("turns", "rotation"), [(0, 0), (1, 270), (2, 180), (3, 90)])
def test_a_turned_page_is_read_as_the_upright_one(monkeypatch: pytest.MonkeyPatch, turns: int, rotation: int) -> None:
    monkeypatch.setattr("e2eocr.page.locate.fit_quads", lambda pixels, quads: quads)
    monkeypatch.setattr("e2eocr.page.locate.OUTLINE_MARGIN", 0.1)  # 2 of the line's 20 pixels
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    pixels[40:60, 20:140] = 200
    pixels[40:60, 20:80] = 0  # the darker half of the line
    turned = np.ascontiguousarray(np.rot90(pixels, -turns))
    pipeline = Pipeline(FakeTurningDetector(), TurnedRecognizer(), ReadSettings())
    page = pipeline.read_page(PageImage(0, turned, 200.0))
    assert (page.rotation, page.skew, page.lines[0].text) == (rotation, 0.0, "ab")
    corners = (  # from the top left of the text, clockwise, on the page as it was given
        ((18, 38), (142, 38), (142, 62), (18, 62)),
        ((62, 18), (62, 142), (38, 142), (38, 18)),
        ((182, 62), (58, 62), (58, 38), (182, 38)),
        ((38, 182), (38, 58), (62, 58), (62, 182)),
    )
    assert page.lines[0].polygon == corners[turns]


def test_polygons_end_at_the_edges_of_the_page(upright: None) -> None:
    page = read_page(FakeDetector((-5.0, 10.04, 250.0, 30.06)), reading("wide"))
    assert page.lines[0].bbox == (0.0, 10.0, 200.0, 30.1)


def test_whole_images_are_read_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e2eocr.page.locate.straighten", lambda pixels: pytest.fail("a line is not to be straightened"))
    recognizer = FakeRecognizer(reading("ab cde"))
    pipeline = Pipeline(FakeDetector((0, 0, WIDTH, 40), layout="cut-line"), recognizer, ReadSettings())
    page = pipeline.read_page(PageImage(0, np.full((40, WIDTH, 3), 255, np.uint8), None))
    assert [crop.shape for crop in recognizer.crops] == [(40, WIDTH)]
    assert [word.bbox for word in page.lines[0].words] == [(0.0, 0.0, 66.7, 40.0), (100.0, 0.0, 200.0, 40.0)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        # Left to right: the boxes follow the words.
        (reading("ab cde"), [("ab", (0.0, 66.7)), ("cde", (100.0, 200.0))]),
        # Right to left: the first word of the text stands on the right.
        (reading("אב גדה", right_to_left=True), [("אב", (133.3, 200.0)), ("גדה", (0.0, 100.0))]),
        # Spaces in a row, at the ends, and a no-break space make no words.
        (reading(" a\u00a0 b "), [("a", (33.3, 66.7)), ("b", (133.3, 166.7))]),
        # Without spans nobody knows where the words are.
        (LineText("ab cde", 0.9), []),
    ],
)
def test_words(line: LineText, words: list[tuple[str, tuple[float, float]]]) -> None:
    page = read_page(FakeDetector((0, 0, WIDTH, HEIGHT), layout="cut-line"), line)
    found = [(word.text, (word.bbox[0], word.bbox[2])) for word in page.lines[0].words]
    assert found == words


def test_words_lie_within_their_line(upright: None) -> None:
    [line] = read_page(FakeDetector((20, 40, 140, 60)), reading("some words here")).lines
    for word in line.words:
        assert line.bbox[0] - 2 <= word.bbox[0] < word.bbox[2] <= line.bbox[2] + 2
        assert (word.bbox[1], word.bbox[3]) == (40.0, 60.0)


def test_the_confidence_of_a_word_is_the_product_of_its_characters() -> None:
    [line] = read_page(FakeDetector((0, 0, WIDTH, HEIGHT), layout="cut-line"), reading("abc d")).lines
    assert [word.confidence for word in line.words] == [0.729, 0.9]


@pytest.mark.parametrize("name", [None, "folder/page.png"])
def test_read_tells_what_was_read_and_by_what(tmp_path: Path, name: str | None) -> None:
    path = tmp_path / "page.png"
    Image.new("L", (WIDTH, HEIGHT), 255).save(path)
    settings = ReadSettings(order="rows", passwords=("secret",))
    document = Pipeline(FakeDetector(), FakeRecognizer(), settings).read(path, name)
    assert document.source.path == (name or "page.png")
    assert document.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert document.source.size == path.stat().st_size
    assert document.source.media_type == "image/png"
    assert document.engine.version == __version__
    assert (document.engine.detector, document.engine.recognizers) == ("fake-detector", ("fake-recognizer",))
    assert document.engine.settings == settings.fingerprint_fields()
    assert b"secret" not in write_document(document, "json")
    assert (document.status, len(document.pages)) == ("ok", 1)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH), np.uint8)
    Image.fromarray(noise).save(path)
    documents = [
        Pipeline(FakeDetector((10, 10, 90, 30)), FakeRecognizer(reading("a b")), ReadSettings()).read(path)
        for _ in range(2)
    ]
    assert write_document(documents[0], "json") == write_document(documents[1], "json")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        # Path and number stand beside the reason, or nowhere: a result holds no full path.
        (DocumentError("in/fake.pdf", "is torn. Scan it.", page=1), "is torn. Scan it."),
        # A page that is too much for the machine.
        (MemoryError(), "not enough memory to read it: use fewer workers, or a lower dpi"),
    ],
)
def test_a_bad_page_costs_one_page(read_fake: Callable[..., Document], error: Exception, message: str) -> None:
    fake = FakeDocument(None, error, None)
    document = read_fake(fake)
    assert [page.status for page in document.pages] == ["ok", "failed", "ok"]
    assert [len(page.lines) for page in document.pages] == [1, 0, 1]
    assert [page.index for page in document.pages] == [0, 1, 2]
    assert document.pages[1].error == message
    assert document.status == "partial"
    assert fake.closed


def test_a_slip_of_ours_is_not_taken_for_a_bad_page(read_fake: Callable[..., Document]) -> None:
    with pytest.raises(KeyError):
        read_fake(FakeDocument(KeyError("slip")))


def test_a_document_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def open_document(path: Path, **options: object) -> FakeDocument:
        raise PasswordError(path, "needs a password")

    monkeypatch.setattr("e2eocr.pipeline.open_document", open_document)
    with pytest.raises(PasswordError):
        Pipeline(FakeDetector(), FakeRecognizer(), ReadSettings()).read(tmp_path / "a.pdf")


def test_settings_reach_the_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = {}

    def open_document(path: Path, **options: object) -> FakeDocument:
        seen.update(options)
        return FakeDocument()

    monkeypatch.setattr("e2eocr.pipeline.open_document", open_document)
    settings = ReadSettings(dpi=300.0, pdf_engine="pdfium", passwords=("a",), max_pixels=1000)
    path = tmp_path / "a.pdf"
    path.touch()
    Pipeline(FakeDetector(), FakeRecognizer(), settings).read(path)
    assert seen == {"dpi": 300.0, "pdf_engine": "pdfium", "passwords": ("a",), "max_pixels": 1000}


def test_a_text_layer_that_is_kept_is_taken_as_it_is(read_fake: Callable[..., Document]) -> None:
    lines = (Line("carried", 1.0, SQUARE, words=(Word("carried", 1.0, SQUARE),)),)
    first, second = read_fake(FakeDocument(lines, None), text_layer="keep").pages
    wanted = dataclasses.replace(lines[0], script="Latn", origin="text-layer")
    assert (first.origin, first.lines) == ("text-layer", (wanted,))
    assert (first.width, first.height, first.dpi) == (WIDTH, HEIGHT, 150.0)
    assert (second.origin, second.lines[0].text, second.lines[0].origin) == ("ocr", "read", "ocr")


def test_a_text_layer_without_ink_on_the_page_is_no_text(read_fake: Callable[..., Document]) -> None:
    lines = (Line("white on white", 1.0, SQUARE, words=(Word("white on white", 1.0, SQUARE),)),)
    [page] = read_fake(FakeDocument(lines)).pages
    assert (page.origin, [line.text for line in page.lines]) == ("ocr", ["read"])


def row(text: str, left: float, top: float) -> Line:
    return Line(text, 1.0, ((left, top), (left + 80, top), (left + 80, top + 5), (left, top + 5)))


def test_text_layer_keeps_its_order_and_gets_blocks(
    monkeypatch: pytest.MonkeyPatch, read_fake: Callable[..., Document]
) -> None:
    # The second paragraph of the page comes first in the PDF.
    monkeypatch.setattr(
        "e2eocr.page.structure.arranging.arrange_lines", lambda quads, *, order, solid, running: [[2, 3], [0, 1]]
    )
    lines = (row("c", 10, 80), row("d", 10, 86), row("a", 10, 5), row("b", 10, 11))
    [page] = read_fake(FakeDocument(lines), text_layer="keep").pages
    assert [line.text for line in page.lines] == ["c", "d", "a", "b"]
    assert [line.block for line in page.lines] == [0, 0, 1, 1]


def test_columns_that_a_pdf_draws_row_by_row_are_read_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, read_fake: Callable[..., Document]
) -> None:
    monkeypatch.setattr(
        "e2eocr.page.structure.arranging.arrange_lines",
        lambda quads, *, order, solid, running: [[0, 2, 4, 6], [1, 3, 5, 7]],
    )
    lines = tuple(
        row(f"{name}{side}", left, 10.0 * at)
        for at, name in enumerate("abcd")
        for side, left in (("l", 10), ("r", 110))
    )
    [page] = read_fake(FakeDocument(lines), text_layer="keep").pages
    assert [line.text for line in page.lines] == ["al", "bl", "cl", "dl", "ar", "br", "cr", "dr"]


def test_text_layer_ends_at_the_edges_of_the_page(read_fake: Callable[..., Document]) -> None:
    beyond = ((-3.0, -2.0), (9.04, -2.0), (9.04, 300.0), (-3.0, 300.0))
    lines = (Line("wide", 1.0, beyond, words=(Word("wide", 1.0, beyond),)),)
    [page] = read_fake(FakeDocument(lines), text_layer="keep").pages
    inside = (0.0, 0.0, 9.0, 100.0)
    assert (page.lines[0].bbox, page.lines[0].words[0].bbox) == (inside, inside)


def test_text_layer_can_be_ignored(read_fake: Callable[..., Document]) -> None:
    lines = (Line("carried", 1.0, SQUARE),)
    [page] = read_fake(FakeDocument(lines), text_layer="ignore").pages
    assert (page.origin, page.lines[0].text) == ("ocr", "read")


def test_load_pipeline_loads_what_the_settings_name(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def load_fake(name: str, *, threads: int, model: FakeDetector | FakeRecognizer) -> FakeDetector | FakeRecognizer:
        calls.append((name, threads))
        return model

    monkeypatch.setattr("e2eocr.pipeline.load_detector", partial(load_fake, model=FakeDetector()))
    monkeypatch.setattr("e2eocr.models.choice.load_recognizer", partial(load_fake, model=FakeRecognizer()))
    settings = ReadSettings(detector="projection", recognizer="alphabetic", threads=2)
    pipeline = load_pipeline(settings)
    assert [(Path(name).name, threads) for name, threads in calls] == [("projection", 2), ("alphabetic", 2)]
    assert pipeline.settings is settings and pipeline.engine == identify_engine(settings)


def test_settings_and_stages_know_the_same_choices() -> None:
    # Settings do not import the stages, so that help is quick.
    [order] = [about for each, about in options_of(ReadSettings) if each.name == "order"]
    assert order.choices == ORDERS
