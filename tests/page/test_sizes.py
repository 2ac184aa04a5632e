"""Lines of two sizes are read part by part where that is surer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from doubles.detectors import box

from e2eocr.page.legibility import PartedLines, ReadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.sizes import read_by_size
from e2eocr.page.straighten import Straightened
from recognizers.base import CharSpan, LineText

TOP, BOTTOM, BASE = 60, 100, 92
LINE = box(40, TOP, 400, BOTTOM)


def reading(text: str, *confidences: float) -> LineText:
    """A reading whose words are of some confidences, and stand where those of `page` do, one after the other."""
    spans: list[CharSpan] = []
    for word, confidence, (left, right) in zip(text.split(), confidences, ((0.03, 0.33), (0.43, 0.6)), strict=False):
        step = (right - left) / len(word)
        spans += [CharSpan(left, left, 0.99)] * bool(spans)  # the space before it
        spans += [CharSpan(left + at * step, left + (at + 1) * step, confidence) for at in range(len(word))]
    return LineText(text, min(confidences), tuple(spans))


class Reader:
    """Reads crops as some readings, in turn, and keeps how large they were."""

    name = "reader"

    def __init__(self, *readings: LineText) -> None:
        self._readings, self.shapes = list(readings), list[tuple[int, ...]]()

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.shapes += [crop.shape for crop in crops]
        return [self._readings.pop(0) for _ in crops]


def page(small: int = 14, gap: int = 40, count: int = 6, ink: int = 120) -> np.ndarray:
    """A page with a word of letters 28 pixels high, and behind a gap one of smaller ones, paler, on one line."""
    picture = np.full((160, 440, 3), 245, np.uint8)
    for x in range(50, 160, 16):
        picture[BASE - 28 : BASE, x : x + 9] = 20
    for x in range(155 + gap, 155 + gap + 10 * count, 10):
        picture[BASE - small : BASE, x : x + 5] = ink
    return picture


def told(picture: np.ndarray, whole: LineText, reader: Reader) -> list[str]:
    located = LocatedLines(Straightened(picture), LINE[None], np.ones(1, np.float32))
    parted = read_by_size(picture, located, PartedLines((ReadLine(LINE, whole),)), reader)
    return [line.reading.text for line in parted.legible]


WHOLE = reading("never 1803", 0.99, 0.6)


def test_small_print_beside_large_print_is_read_by_itself() -> None:
    reader = Reader(reading("18:03", 0.98))
    assert told(page(), WHOLE, reader) == ["never 18:03"]
    [(height, width)] = reader.shapes
    assert height < 0.8 * (BOTTOM - TOP), "as high as its own ink"
    assert width < 100


def test_places_of_characters_stay_where_they_were() -> None:
    located = LocatedLines(Straightened(page()), LINE[None], np.ones(1, np.float32))
    parted = PartedLines((ReadLine(LINE, WHOLE),))
    [line] = read_by_size(page(), located, parted, Reader(reading("18:03", 0.98))).legible
    np.testing.assert_allclose(
        [span.left for span in line.reading.spans[:5]], [span.left for span in WHOLE.spans[:5]], atol=0.01
    )
    assert 0.35 < line.reading.spans[6].left < line.reading.spans[-1].right < 0.7


@pytest.mark.parametrize(
    "part",
    [reading("18:03", 0.61), reading("", 0.0), reading("1", 0.98)],  # hardly surer, nothing, some is lost
)
def test_what_is_read_no_surer_by_itself_stays(part: LineText) -> None:
    assert told(page(), WHOLE, Reader(part)) == [WHOLE.text]


def test_small_print_that_is_sure_stays() -> None:
    reader = Reader()
    assert told(page(), reading("never 1803", 0.6, 0.99), reader) == ["never 1803"] and not reader.shapes


@pytest.mark.parametrize("picture", [page(small=26), page(gap=10), page(count=2)])
def test_one_size_a_narrow_gap_and_single_marks_part_nothing(picture: np.ndarray) -> None:
    reader = Reader()
    assert told(picture, WHOLE, reader) == [WHOLE.text] and not reader.shapes


def test_a_sure_line_is_not_looked_at() -> None:
    reader = Reader()
    assert told(page(), reading("never 18:03", 0.99, 0.99), reader) == ["never 18:03"] and not reader.shapes


def test_an_empty_page_has_no_lines() -> None:
    picture = np.full((160, 440, 3), 245, np.uint8)
    assert told(picture, WHOLE, Reader()) == [WHOLE.text]
