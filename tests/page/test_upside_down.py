"""Lines that stand on their heads are read from their other end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from doubles.detectors import box

from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import Straightened
from e2eocr.page.upside_down import MAX_LINES, turn_over
from e2eocr.results import UnreadReason
from recognizers.base import CharSpan, LineText

PAGE = np.full((400, 600, 3), 255, np.uint8)
PAGE[110:130, 50:150] = 0  # the left third of the line is black
LINE = box(40, 100, 340, 140)


def reading(text: str, legibility: float, confidence: float = 0.9) -> LineText:
    return LineText(text, confidence, (CharSpan(0.0, 1.0, legibility),) * len(text), "Latn", "latin")


class Reader:
    """Reads a text in crops whose right third is black, and keeps the crops."""

    name = "reader"

    def __init__(self, text: str = "market paper", legibility: float = 0.98) -> None:
        self._answer = reading(text, legibility)
        self.crops: Sequence[np.ndarray] = ()

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.crops = crops
        half = [crop.shape[1] // 2 for crop in crops]
        turned = [crop[:, :at].mean() > crop[:, at:].mean() for crop, at in zip(crops, half, strict=True)]
        return [self._answer if each else reading("vcvc", 0.3, 0.1) for each in turned]


def turn(reader: Reader, *lines: ReadLine, unread: Sequence[UnreadLine] = ()) -> PartedLines:
    located = LocatedLines(Straightened(PAGE), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    return turn_over(PAGE, located, PartedLines(lines, tuple(unread)), reader)


def test_a_line_on_its_head_begins_where_its_text_does() -> None:
    [line] = turn(Reader(), ReadLine(LINE, reading("əded Jəʞɹɐɯ", 0.75, 0.2))).legible
    assert line.reading.text == "market paper"
    np.testing.assert_array_equal(line.quad, LINE[[2, 3, 0, 1]])


def test_a_line_that_was_not_read_may_be_one() -> None:
    found = turn(Reader(), unread=[UnreadLine(LINE, "illegible")])
    assert [line.reading.text for line in found.legible] == ["market paper"] and found.unread == ()


@pytest.mark.parametrize("reason", ["unknown-script", "no-text-found"])
def test_what_gave_no_letters_is_not_asked(reason: UnreadReason) -> None:
    reader = Reader()
    assert turn(reader, unread=[UnreadLine(LINE, reason)]).legible == () and not reader.crops


@pytest.mark.parametrize(
    "line",
    [
        reading("a sure line", 0.95, 0.3),
        reading("a likely one", 0.8, 0.6),
        reading("abc", 0.7, 0.1),
    ],
)
def test_what_is_not_in_doubt_stays(line: LineText) -> None:
    reader = Reader()
    assert turn(reader, ReadLine(LINE, line)).legible[0].reading == line and not reader.crops


@pytest.mark.parametrize("reader", [Reader(legibility=0.88), Reader("ab")])
def test_what_is_not_far_surer_stays_out(reader: Reader) -> None:
    before = ReadLine(LINE, reading("əded Jəʞɹɐɯ", 0.8, 0.2))
    assert turn(reader, before).legible == (before,)


def test_a_page_that_is_hard_to_read_stays_as_it_is() -> None:
    reader = Reader()
    lines = [ReadLine(LINE, reading("hardly read", 0.7, 0.1))] * (MAX_LINES + 1)
    assert turn(reader, *lines).legible == tuple(lines) and not reader.crops
