"""What the stages of a page hand to each other, and what a page becomes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from doubles.pipeline import (
    HEIGHT,
    WIDTH,
    FixedDetector,
    FixedRecognizer,
    TurningDetector,
    read_page,
    reading,
    take_as_straight,
)

from e2eocr.documents import PageImage
from e2eocr.page.legibility import is_text
from e2eocr.page.straighten import Straightened
from e2eocr.pipeline import Pipeline
from e2eocr.settings import ReadSettings
from recognizers.base import LineText


@pytest.fixture
def upright(monkeypatch: pytest.MonkeyPatch) -> None:
    take_as_straight(monkeypatch)


def test_lines_stand_in_reading_order_with_all_they_have(upright: None) -> None:
    detector = FixedDetector((10, 60, 90, 80), (10, 20, 90, 40))
    page = read_page(detector, reading("second", 0.87654), reading("first"))
    assert [line.text for line in page.lines] == ["first", "second"]
    assert page.lines[1].polygon == ((10.0, 60.0), (90.0, 60.0), (90.0, 80.0), (10.0, 80.0))
    assert page.lines[1].confidence == 0.8765
    assert page.lines[1].script == "Latn"
    assert (page.index, page.width, page.height, page.dpi) == (0, WIDTH, HEIGHT, 200.0)
    assert (page.status, page.error, page.origin) == ("ok", None, "ocr")


def test_blocks_count_up_in_reading_order(upright: None) -> None:
    boxes = [(x, y, x + 80, y + 8) for x in (5, 115) for y in (10, 22, 34, 46, 58, 70)]
    page = read_page(FixedDetector(*boxes), *[reading(f"line-{at}") for at in range(len(boxes))])
    blocks = [line.block for line in page.lines]
    assert blocks == sorted(blocks)
    assert len(page.lines) == len(boxes)


def test_lines_without_text_are_dropped(upright: None) -> None:
    detector = FixedDetector((10, 10, 60, 30), (10, 40, 60, 60), (10, 70, 60, 90))
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
    page = read_page(FixedDetector(*BOXES), reading("one"), SCRAWL, reading("three"))
    assert [line.text for line in page.lines] == ["one", "three"]
    assert [line.block for line in page.lines] == sorted(line.block for line in page.lines)
    [(_, top), _, (_, bottom), _] = page.illegible[0]
    assert len(page.illegible) == 1 and (top, bottom) == pytest.approx((40, 60), abs=1)


@pytest.mark.parametrize("readings", [(SCRAWL, SCRAWL, reading("three")), (SCRAWL,), (SCRAWL, reading("two"))])
def test_a_page_that_is_hard_to_read_keeps_all_its_lines(upright: None, readings: tuple[LineText, ...]) -> None:
    page = read_page(FixedDetector(*BOXES[: len(readings)]), *readings)
    assert len(page.lines) == len(readings) and page.illegible == ()


def test_all_lines_stay_where_the_settings_say_so(upright: None) -> None:
    readings = reading("one"), SCRAWL, reading("three")
    page = read_page(FixedDetector(*BOXES), *readings, settings=ReadSettings(min_legibility=0.0))
    assert [line.text for line in page.lines] == ["one", "sc~wl", "three"] and page.illegible == ()


def test_a_page_without_lines_is_a_page(upright: None) -> None:
    assert read_page(FixedDetector()).lines == ()


def test_polygons_are_mapped_back_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    half_turn = np.array([[-1.0, 0, WIDTH], [0, -1, HEIGHT], [0, 0, 1]])
    monkeypatch.setattr(
        "e2eocr.page.locate.straighten", lambda pixels: Straightened(pixels[::-1, ::-1], half_turn, 180, 0.5)
    )
    page = read_page(FixedDetector((10, 60, 110, 80), (10, 20, 110, 40)), reading("low"), reading("top"))
    # The order is that of the upright picture, the corners those of the page, from the text's own top left.
    assert [line.text for line in page.lines] == ["top", "low"]
    assert page.lines[0].polygon == ((190.0, 80.0), (90.0, 80.0), (90.0, 60.0), (190.0, 60.0))
    assert (page.rotation, page.skew) == (180, 0.5)
    assert (page.width, page.height) == (WIDTH, HEIGHT)


class TurnedRecognizer(FixedRecognizer):
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
    pipeline = Pipeline(TurningDetector(), TurnedRecognizer(), ReadSettings())
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
    page = read_page(FixedDetector((-5.0, 10.04, 250.0, 30.06)), reading("wide"))
    assert page.lines[0].bbox == (0.0, 10.0, 200.0, 30.1)


def test_whole_images_are_read_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e2eocr.page.locate.straighten", lambda pixels: pytest.fail("a line is not to be straightened"))
    recognizer = FixedRecognizer(reading("ab cde"))
    pipeline = Pipeline(FixedDetector((0, 0, WIDTH, 40), layout="cut-line"), recognizer, ReadSettings())
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
    page = read_page(FixedDetector((0, 0, WIDTH, HEIGHT), layout="cut-line"), line)
    found = [(word.text, (word.bbox[0], word.bbox[2])) for word in page.lines[0].words]
    assert found == words


def test_words_lie_within_their_line(upright: None) -> None:
    [line] = read_page(FixedDetector((20, 40, 140, 60)), reading("some words here")).lines
    for word in line.words:
        assert line.bbox[0] - 2 <= word.bbox[0] < word.bbox[2] <= line.bbox[2] + 2
        assert (word.bbox[1], word.bbox[3]) == (40.0, 60.0)


def test_the_confidence_of_a_word_is_the_product_of_its_characters() -> None:
    [line] = read_page(FixedDetector((0, 0, WIDTH, HEIGHT), layout="cut-line"), reading("abc d")).lines
    assert [word.confidence for word in line.words] == [0.8847, 0.96]
