"""Pieces of text that runs up or down a page are read as the lines that they are of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from doubles.detectors import box

from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.on_end import MAX_CHAINS, read_on_end
from e2eocr.page.straighten import Straightened
from recognizers.base import CharSpan, LineText

WIDTH, HEIGHT = 600, 500
LEFT, RIGHT = 40, 64  # of the line on end
TOP, BOTTOM = 100, 300


def reading(text: str, legibility: float = 0.98) -> LineText:
    return LineText(text, 0.9, (CharSpan(0.0, 1.0, legibility),) * len(text), "Latn", "latin")


def on_end(text: str, top: float, bottom: float) -> ReadLine:
    """A line that was read as one that runs up."""
    return ReadLine(np.roll(box(LEFT, top, RIGHT, bottom), 1, axis=0), reading(text))


def level(text: str, top: float, bottom: float) -> ReadLine:
    return ReadLine(box(LEFT, top, RIGHT, bottom), reading(text))


def unread(top: float, bottom: float) -> UnreadLine:
    return UnreadLine(box(LEFT, top, RIGHT, bottom), "illegible")


class Reader:
    """Reads a text in long crops whose left end is black, as that of a line is that begins so; noise in all others."""

    name = "reader"

    def __init__(self, text: str = "Percentage", legibility: float = 0.98) -> None:
        self._right = reading(text, legibility)
        self.crops: Sequence[np.ndarray] = ()

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.crops = crops
        begins = [crop[:, : crop.shape[1] // 2].mean() < crop[:, crop.shape[1] // 2 :].mean() for crop in crops]
        return [self._right if each else reading("vcv", 0.5) for each in begins]


def draw_line(upwards: bool = True, top: int = TOP, bottom: int = BOTTOM) -> np.ndarray:
    """Letters beneath each other, the first one black, the others grey."""
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for at in range(top, bottom, 16):
        page[at : at + 12, LEFT + 4 : RIGHT - 4] = 130
    start = bottom - 60 if upwards else top
    page[start : start + 60, LEFT + 4 : RIGHT - 4] = 0
    return page


def read(
    page: np.ndarray, reader: Reader, legible: Sequence[ReadLine] = (), places: Sequence[UnreadLine] = ()
) -> PartedLines:
    located = LocatedLines(Straightened(page), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    return read_on_end(page, located, PartedLines(tuple(legible), tuple(places)), reader)


@pytest.mark.parametrize("upwards", [True, False])
def test_pieces_are_one_line_that_runs_as_it_is_read(upwards: bool) -> None:
    pieces = [unread(TOP, 150), unread(155, 210), unread(240, BOTTOM)]
    found = read(draw_line(upwards), Reader(), [on_end("cen", 205, 245)], pieces)
    [line] = found.legible
    assert line.reading.text == "Percentage" and found.unread == ()
    first, second = line.quad[:2]
    assert first[1] > second[1] if upwards else first[1] < second[1]


def test_a_line_goes_as_far_as_its_ink() -> None:
    reader = Reader()
    [line] = read(draw_line(), reader, [on_end("cen", 180, 210)], [unread(150, 180), unread(210, 240)]).legible
    assert line.quad[:, 1].min() == pytest.approx(TOP, abs=8) and line.quad[:, 1].max() == pytest.approx(BOTTOM, abs=8)


def test_lines_of_other_columns_stay() -> None:
    others = [ReadLine(box(200, at, 400, at + 24), reading("A level line")) for at in (120, 200)]
    places = [unread(TOP, 200), unread(205, BOTTOM), UnreadLine(box(200, 250, 400, 274), "illegible")]
    found = read(draw_line(), Reader(), others, places)
    assert [line.reading.text for line in found.legible] == ["A level line", "A level line", "Percentage"]
    assert len(found.unread) == 1


def test_a_column_of_characters_stays_as_it_is() -> None:
    digits = [level(str(at), 100 + 40 * at, 124 + 40 * at) for at in range(5)]
    assert read(draw_line(), Reader(), digits).legible == tuple(digits)


@pytest.mark.parametrize("reader", [Reader(legibility=0.8), Reader("1989"), Reader("abc")])
def test_what_is_unsure_or_no_word_proves_nothing(reader: Reader) -> None:
    places = [unread(TOP, 200), unread(205, BOTTOM)]
    found = read(draw_line(), reader, (), places)
    assert found.legible == () and found.unread == tuple(places)


def test_what_tells_no_more_than_its_pieces_stays_out() -> None:
    pieces = [on_end("Percentage", TOP, 200), on_end("of votes", 205, BOTTOM)]
    assert read(draw_line(), Reader(), pieces).legible == tuple(pieces)


def test_a_page_full_of_columns_is_a_picture() -> None:
    reader = Reader()
    places = [
        UnreadLine(box(20 * at, top, 20 * at + 12, top + 60), "illegible")
        for at in range(MAX_CHAINS + 1)
        for top in (100, 165)
    ]
    assert read(draw_line(), reader, (), places).unread == tuple(places)
    assert not reader.crops
