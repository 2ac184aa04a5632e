"""Characters of a column that were found as one place are read each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from doubles.detectors import box
from doubles.readings import reading

from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.stacked import read_stacked
from e2eocr.page.straighten import Straightened
from e2eocr.results import UnreadReason
from recognizers.base import LineText

HIGH, PITCH, LEFT = 20, 40, 100  # of a letter, of its rows, and where the column stands


class Reader:
    """Reads a letter in every crop, and counts them."""

    name = "reader"

    def __init__(self, text: str = "E", sure: float = 0.97) -> None:
        self.text, self.sure, self.count = text, sure, 0

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.count += len(crops)
        return [reading(self.text, self.sure) for _ in crops]


def page(rows: int = 6, height: int = HIGH) -> np.ndarray:
    """A column of letters."""
    picture = np.full((400, 300, 3), 250, np.uint8)
    for row in range(rows):
        picture[50 + PITCH * row : 50 + PITCH * row + height, LEFT : LEFT + 14] = 20
    return picture


def cell(row: int, text: str = "K") -> ReadLine:
    top = 50 + PITCH * row
    return ReadLine(box(LEFT - 4, top - 4, LEFT + 18, top + HIGH + 4), reading(text), 0.9)


def read(
    picture: np.ndarray, reader: Reader, read_rows: Sequence[int] = (0, 3, 4, 5), reason: UnreadReason = "illegible"
) -> PartedLines:
    """A column of which rows 1 and 2 were found as one place."""
    place = box(LEFT - 4, 50 + PITCH - 12, LEFT + 18, 50 + 2 * PITCH + HIGH + 12)
    located = LocatedLines(Straightened(picture), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32), padding=0.0)
    parted = PartedLines(tuple(cell(row) for row in read_rows), (UnreadLine(place, reason),))
    return read_stacked(picture, located, parted, reader)


def test_each_letter_of_a_place_is_read() -> None:
    found = read(page(), Reader())
    assert [line.reading.text for line in found.legible] == ["K"] * 4 + ["E"] * 2 and not found.unread
    tops = [float(line.quad[0, 1]) for line in found.legible[4:]]
    assert tops == [pytest.approx(50 + PITCH * row, abs=8) for row in (1, 2)]


def test_what_was_read_already_is_not_read_again() -> None:
    reader = Reader()
    found = read(page(), reader, (0, 1, 3, 4, 5))
    assert reader.count == 1 and [line.reading.text for line in found.legible] == ["K"] * 5 + ["E"]


@pytest.mark.parametrize("reader", [Reader(sure=0.5), Reader("Ei"), Reader("|"), Reader("")])
def test_what_is_no_sure_character_stays_unread(reader: Reader) -> None:
    found = read(page(), reader)
    assert len(found.legible) == 4 and len(found.unread) == 1


def test_only_a_column_of_lone_characters_tells() -> None:
    for found in (
        read(page(), Reader(), ()),
        read(page(), Reader(), reason="unknown-script"),
        read(page(height=38), Reader()),
    ):
        assert len(found.unread) == 1 and all(line.reading.text == "K" for line in found.legible)
