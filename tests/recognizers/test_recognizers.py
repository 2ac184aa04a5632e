"""What every recognizer must do, and how a reader puts readings together."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from doubles.tiny_models import LETTERS, SETTINGS, draw_bars, run_tiny, write_tiny_bundle
from doubles.training import draw_line
from doubles.writing import writing_reader
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.models.bundles import list_bundles
from e2eocr.models.loading import load_recognizer
from recognizers.base import CharSpan, LineText, Recognizer
from recognizers.calibration import calibrate, fit_calibration
from recognizers.charset import Charset
from recognizers.ctc.reader import CTCReader, CTCSettings
from recognizers.readings import tidy

SHIPPED = [info.name for info in list_bundles() if info.kind == "recognizer"]


def tiny_reader(**changes: object) -> CTCReader:
    settings = {"height": SETTINGS.height, "time_stride": SETTINGS.time_stride} | changes
    return CTCReader("bars", run_tiny, Charset(LETTERS), CTCSettings(**settings))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("bundles") / "bars")


@pytest.fixture(params=["numpy", "beam", "onnx", "writing", "writing by beam", *SHIPPED])
def recognizer(request: pytest.FixtureRequest, bundle: Path) -> Recognizer:
    makers: dict[str, Callable[[], Recognizer]] = {
        "numpy": tiny_reader,
        "beam": lambda: tiny_reader(beam=4, batch_size=2),
        "onnx": lambda: load_recognizer(str(bundle)),
        "writing": writing_reader,
        "writing by beam": lambda: writing_reader(beam=3, batch_size=2),
    }
    return makers.get(request.param, lambda: load_recognizer(request.param))()


RIGHT_TO_LEFT = ("Arab", "Hebr", "Syrc", "Thaa")


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).integers(0, 256, (height, width)).astype(np.uint8)


def check_reading(reading: LineText) -> None:
    """What holds for every reading, good or bad."""
    assert unicodedata.normalize("NFC", reading.text) == reading.text == reading.text.strip()
    assert 0 <= reading.confidence <= 1
    assert len(reading.spans) == len(reading.text)
    assert all(0 <= span.left < span.right <= 1 and 0 <= span.confidence <= 1 for span in reading.spans)
    assert len(reading.script) == 4
    if reading.script not in RIGHT_TO_LEFT:
        assert [span.left for span in reading.spans] == sorted(span.left for span in reading.spans)
    if not reading.text:
        assert reading.confidence == 0


def assert_same(first: LineText, second: LineText) -> None:
    """Equal but for the rounding of sums that another batch takes in another order."""
    assert first.text == second.text and first.script == second.script
    assert first.confidence == pytest.approx(second.confidence, abs=1e-3)


LINES = ["abcd", "a", "dcbadcbadcba", "bb", "cab", "d" * 40]


def test_readings_come_in_the_order_of_the_crops(recognizer: Recognizer) -> None:
    crops = [draw_bars(line, scale=scale) for line in LINES for scale in (1, 2)]
    readings = recognizer.read(crops)
    assert len(readings) == len(crops)
    for reading in readings:
        check_reading(reading)
    for reading, other in zip(readings, reversed(recognizer.read(crops[::-1])), strict=True):
        assert_same(reading, other)


def test_a_reading_does_not_depend_on_the_crops_beside_it(recognizer: Recognizer) -> None:
    crops = [draw_bars(line) for line in LINES] + [noise(32, 120), np.zeros((0, 0), np.uint8)]
    for crop, reading in zip(crops, recognizer.read(crops), strict=True):
        assert_same(recognizer.read([crop])[0], reading)


def test_the_same_crop_reads_the_same_twice(recognizer: Recognizer) -> None:
    crops = [draw_bars(line) for line in LINES]
    assert recognizer.read(crops) == recognizer.read(crops)


def test_no_crops_no_readings(recognizer: Recognizer) -> None:
    assert recognizer.read([]) == []


@pytest.mark.parametrize(
    "crop",
    [
        np.zeros((0, 0), np.uint8),  # empty
        np.zeros((0, 40), np.uint8),  # no height
        np.zeros((40, 0), np.uint8),  # no width
        np.zeros((1, 1), np.uint8),  # a pixel
        np.zeros((1, 500), np.uint8),  # a rule
        np.full((40, 300), 255, np.uint8),  # all white
        np.zeros((40, 300), np.uint8),  # all black
        np.full((40, 300), 128, np.uint8),  # all grey
    ],
    ids=lambda crop: "x".join(map(str, crop.shape)) + f"-{crop.max(initial=0)}",
)
def test_where_nothing_stands_nothing_is_sure(recognizer: Recognizer, crop: np.ndarray) -> None:
    [reading] = recognizer.read([crop])
    check_reading(reading)
    assert not reading.text or reading.confidence < 0.5


@pytest.mark.parametrize(
    "crop",
    [
        np.zeros((500, 2), np.uint8),  # taller than wide
        draw_bars("abcd" * 312)[:, :20_000],  # 20,000 pixels wide
        draw_bars("abcd")[::-1, ::-1],  # upside down; a view that is not contiguous
        noise(7, 9),  # tiny
        noise(300, 2000),  # large
    ],
    ids=["tall", "wide", "upside-down", "tiny", "large"],
)
def test_odd_crops_are_read_without_an_error(recognizer: Recognizer, crop: np.ndarray) -> None:
    [reading] = recognizer.read([crop])
    check_reading(reading)


BAD_CROPS = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "empty": np.zeros((0, 0), np.uint8),
    "0 wide": np.zeros((40, 0), np.uint8),
    "all white": np.full((40, 300), 255, np.uint8),
    "20,000 wide": np.tile(noise(32, 2000), 10),
    "upside down": draw_bars("abcdbcda")[::-1, ::-1],
}


def test_bad_crops_and_good_lines_in_one_batch_do_not_touch_each_other(recognizer: Recognizer) -> None:
    good = [draw_bars(line) for line in LINES]
    crops = [crop for pair in zip(BAD_CROPS.values(), good, strict=True) for crop in pair]
    readings = recognizer.read(crops)
    assert len(readings) == len(crops)
    for crop, reading in zip(crops, readings, strict=True):
        check_reading(reading)
        assert_same(recognizer.read([crop])[0], reading)
    for name in ("one pixel", "empty", "0 wide", "all white"):
        nothing = readings[2 * list(BAD_CROPS).index(name)]
        assert not nothing.text or nothing.confidence < 0.5, name


@pytest.mark.parametrize("name", SHIPPED)
def test_what_nobody_can_read_is_unsure(name: str) -> None:
    upright = draw_line("Unter den Linden")
    turned, wide = upright[::-1, ::-1], np.tile(noise(32, 2000), 10)
    [right, wrong, mess] = load_recognizer(name).read([upright, turned, wide])
    # Latin letters are what one bundle is made for, and what stands beside others' own writing.
    assert right.text == "Unter den Linden" and right.confidence > (0.8 if name == "alphabetic" else 0.6)
    assert wrong.confidence < 0.5 and mess.confidence < 0.5


def test_the_name_of_a_bundle_tells_its_weights_apart(bundle: Path) -> None:
    name, _, digest = load_recognizer(str(bundle)).name.partition("@")
    assert name == "bars" and len(digest) == 8


@given(st.text(alphabet=LETTERS, min_size=1, max_size=12), st.sampled_from([1, 2, 3]), st.sampled_from([1, 4]))
def test_text_and_places_are_right(text: str, scale: int, beam: int) -> None:
    [reading] = tiny_reader(beam=beam).read([draw_bars(text, scale=scale)])
    assert reading.text == text
    assert reading.script == "Latn"
    width = 8 + 16 * len(text)
    for position, span in enumerate(reading.spans):
        # A bar covers pixels 8 to 16 of its 16; its span goes from midway to the bar before to midway to the next, and
        # no further than the ink of the line.
        left, right = 4 + 16 * position, 20 + 16 * position
        assert span.left == pytest.approx(max(8, left) / width, abs=0.6 / width)
        assert span.right == pytest.approx(min(width - 8, right) / width, abs=0.6 / width)


A, B, C, D = CharSpan(0.0, 0.1, 0.9), CharSpan(0.2, 0.3, 0.5), CharSpan(0.4, 0.6, 0.7), CharSpan(0.8, 0.9, 0.7)


@pytest.mark.parametrize(
    ("text", "spans", "tidied", "kept"),
    [
        ("", [], "", []),
        (" a ", [A, B, C], "a", [B]),  # spaces at both ends
        ("  ", [A, B], "", []),  # nothing but spaces
        ("e\u0301", [A, B], "é", [CharSpan(0.0, 0.3, 0.5)]),  # composed
        ("o\u0364x", [A, B, C], "o\u0364x", [A, B, C]),  # a mark that does not compose
        ("q\u0307\u0323", [A, B, C], "q\u0323\u0307", [CharSpan(0.0, 0.6, 0.5)] * 3),  # marks out of order
        ("\u0364a", [A, B], "\u0364a", [A, B]),  # a mark with nothing before it
        ("\u1100\u1161", [A, B], "가", [CharSpan(0.0, 0.3, 0.5)]),  # jamo
        ("上， 本", [A, B, C, D], "上，本", [A, B, D]),  # wide punctuation has its own room
        ("文 （B", [A, B, C, D], "文（B", [A, C, D]),
        ("」 는", [A, B, C], "」 는", [A, B, C]),  # but in Korean
        ("a, b", [A, B, C, D], "a, b", [A, B, C, D]),
        ("ي\u0654x", [C, B, A], "ئx", [CharSpan(0.2, 0.6, 0.5), A]),  # written from the right
    ],
)
def test_tidy(text: str, spans: list[CharSpan], tidied: str, kept: list[CharSpan]) -> None:
    assert tidy(text, spans) == (tidied, kept)


@given(st.text(alphabet="ae \u0301\u0307\u0323\u0302\u0364\u1100\u1161\u11a8\u212b\u0958가", max_size=10))
def test_tidy_text_is_nfc_with_a_span_a_character(text: str) -> None:
    spans = [CharSpan(number / 10, (number + 1) / 10, 0.5) for number in range(len(text))]
    tidied, kept = tidy(text, spans)
    assert unicodedata.normalize("NFC", tidied) == tidied
    assert len(kept) == len(tidied)
    assert "  " not in tidied and tidied == tidied.strip(" ")
    assert [span.left for span in kept] == sorted(span.left for span in kept)


@pytest.mark.parametrize("score", [-2000.0, -3.0, 0.0, 3.0, 2000.0])
def test_calibrate_stays_within_0_and_1(score: float) -> None:
    assert 0 <= calibrate(score, (1.0, 0.0)) <= 1
    assert calibrate(score, (2.0, 0.5)) >= calibrate(score, (1.0, 0.5)) or score < 0


def logistic(scores: np.ndarray, slope: float, offset: float) -> np.ndarray:
    return 1 / (1 + np.exp(-(slope * scores + offset)))


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -1.0), (2.0, 1.5)])
def test_fit_calibration_finds_the_curve(slope: float, offset: float) -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 3, 20_000)
    right = rng.random(len(scores)) < logistic(scores, slope, offset)
    fitted = fit_calibration(logistic(scores, 1, 0), right)
    assert fitted == pytest.approx((slope, offset), abs=0.12)


@pytest.mark.parametrize(
    ("confidences", "right"),
    [
        ([], []),  # nothing to fit
        ([1.0] * 9, [True] * 9),  # all sure and right
        ([1.0] * 9, [False] * 9),  # all sure and wrong
        ([0.99] * 9 + [0.01] * 9, [True] * 9 + [False] * 9),  # told apart without an error
        ([0.0] * 9 + [1.0] * 9, [True] * 9 + [False] * 9),  # upside down
    ],
)
def test_fit_calibration_gives_a_finite_curve(confidences: list[float], right: list[bool]) -> None:
    slope, offset = fit_calibration(np.array(confidences), np.array(right, bool))
    assert abs(slope) < 20 and abs(offset) < 20
    for value, is_right in zip(confidences, right, strict=True):
        score = np.log(np.clip(value, 1e-6, 1 - 1e-6) / (1 - np.clip(value, 1e-6, 1 - 1e-6)))
        assert (calibrate(float(score), (slope, offset)) > 0.5) == is_right
