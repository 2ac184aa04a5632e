"""Lines in doubt are read again at other widths, and the surest reading is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from e2eocr.page.doubts import WIDTHS, read_lines
from recognizers.base import CharSpan, LineText

WIDTH = 100


class Reader:
    """Reads each crop as sure as its width says."""

    name = "reader"

    def __init__(
        self, sureness: dict[int, float], script: str = "Latn", recognizers: dict[int, str] | None = None
    ) -> None:
        self.sureness, self.script, self.recognizers = sureness, script, recognizers or {}
        self.asked: list[int] = []

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        widths = [crop.shape[1] for crop in crops]
        self.asked += widths
        return [
            LineText(
                f"width {width}",
                0.5,
                (CharSpan(0.1, 0.9, self.sureness[width]),) * 4,
                self.script,
                self.recognizers.get(width, ""),
            )
            for width in widths
        ]


NARROW, WIDE = (round(factor * WIDTH) for factor in WIDTHS)


def read(reader: Reader) -> str:
    [reading] = read_lines([np.zeros((32, WIDTH), np.uint8)], reader)
    return reading.text


@pytest.mark.parametrize(
    ("first", "narrow", "wide", "kept"),
    [
        (0.8, 0.9, 0.85, NARROW),
        (0.8, 0.85, 0.9, WIDE),
        (0.8, 0.82, 0.7, WIDTH),  # hardly surer
        (0.8, 0.9, 0.91, NARROW),
        (0.97, 0.99, 0.99, WIDTH),  # sure enough
        (0.4, 0.9, 0.9, WIDTH),  # may be no text
        (0.4, 0.93, 0.9, NARROW),  # too wide to be legible as it stands
        (0.2, 0.99, 0.99, WIDTH),  # too faint
    ],
)
def test_the_surest_reading_of_a_line_in_doubt_is_kept(first: float, narrow: float, wide: float, kept: int) -> None:
    reader = Reader({WIDTH: first, NARROW: narrow, WIDE: wide})
    assert read(reader) == f"width {kept}"
    assert reader.asked == ([WIDTH, NARROW, WIDE] if 0.3 <= first < 0.95 else [WIDTH])


def test_what_may_be_no_text_is_not_made_a_sign_or_two() -> None:
    class Short(Reader):
        def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
            return [replace(each, text="1-", spans=each.spans[:2]) for each in super().read(crops)]

    [reading] = read_lines([np.zeros((32, WIDTH), np.uint8)], Short({WIDTH: 0.4, NARROW: 0.99, WIDE: 0.99}))
    assert reading.legibility == pytest.approx(0.4)


@pytest.mark.parametrize(("sure", "kept"), [(0.88, "-7693.44"), (0.95, "-7693,44")])
def test_a_number_gives_way_to_a_much_surer_reading_alone(sure: float, kept: str) -> None:
    class Numbers(Reader):
        def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
            texts = {WIDTH: "-7693.44", NARROW: "-7693,44", WIDE: "7693"}
            return [
                replace(each, text=texts[crop.shape[1]]) for each, crop in zip(super().read(crops), crops, strict=True)
            ]

    assert read(Numbers({WIDTH: 0.8, NARROW: sure, WIDE: 0.7}, "Zyyy")) == kept


def test_scripts_whose_letters_join_are_read_once() -> None:
    reader = Reader({WIDTH: 0.8, NARROW: 0.9, WIDE: 0.9}, script="Arab")
    assert read(reader) == f"width {WIDTH}" and reader.asked == [WIDTH]


def test_a_reading_by_another_recognizer_tells_nothing() -> None:
    reader = Reader({WIDTH: 0.8, NARROW: 0.99, WIDE: 0.7}, recognizers={NARROW: "other"})
    assert read(reader) == f"width {WIDTH}"


def test_a_speck_is_read_once() -> None:
    class Single(Reader):
        def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
            return [LineText("i", 0.8, (CharSpan(0.1, 0.9, 0.8),), "Latn") for _ in super().read(crops)]

    reader = Single({WIDTH: 0.8, NARROW: 0.9, WIDE: 0.9})
    assert read(reader) == "i" and reader.asked == [WIDTH]


def test_each_line_for_itself() -> None:
    sureness = {WIDTH: 0.8, NARROW: 0.9, WIDE: 0.7, 40: 0.99, 30: 0.5, 52: 0.5}
    crops = [np.zeros((32, 40), np.uint8), np.zeros((32, WIDTH), np.uint8)]
    assert [reading.text for reading in read_lines(crops, Reader(sureness))] == ["width 40", f"width {NARROW}"]
    assert read_lines([], Reader({})) == []


class Roomy:
    """Reads a short line as sure as the height of its crop says."""

    name = "roomy"

    def __init__(self, text: str, close: float, roomy: float) -> None:
        self.text, self.close, self.roomy = text, close, roomy

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        sureness = [self.close if len(crop) == 50 else self.roomy for crop in crops]
        return [LineText(self.text, 0.5, (CharSpan(0.1, 0.9, each),) * len(self.text), "Zyyy") for each in sureness]


@pytest.mark.parametrize(
    ("text", "close", "roomy", "kept"),
    [
        ("41", 0.6, 0.95, 0.95),
        ("41", 0.6, 0.85, 0.6),  # does not prove that it is text
        ("41", 0.8, 0.91, 0.91),
        ("41", 0.8, 0.88, 0.8),  # hardly surer
        ("41", 0.2, 0.99, 0.2),  # too faint
        ("4123", 0.6, 0.99, 0.6),
    ],
)
def test_a_short_line_in_doubt_is_read_with_more_room(text: str, close: float, roomy: float, kept: float) -> None:
    crop = np.full((50, 40), 255, np.uint8)
    [reading] = read_lines([crop], Roomy(text, close, roomy))
    assert reading.legibility == pytest.approx(kept)


def test_a_sign_that_room_would_lose_stays() -> None:
    class Losing(Roomy):
        def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
            texts = [self.text if len(crop) == 50 else self.text[1:] for crop in crops]
            return [replace(each, text=text) for each, text in zip(super().read(crops), texts, strict=True)]

    [reading] = read_lines([np.full((50, 40), 255, np.uint8)], Losing("−2", 0.7, 0.99))
    assert reading.text == "−2" and reading.legibility == pytest.approx(0.7)
