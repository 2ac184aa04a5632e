"""What stands amid lines that were read, and what lies in pictures."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.detectors import box

from e2eocr.page.audit import are_covered, stand_amid
from e2eocr.page.legibility import part_lines
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import Straightened
from recognizers.base import CharSpan, LineText

TABLE = [box(x, y, x + 60, y + 20) for x in (0, 150) for y in (0, 40, 120)]

PLACES = [
    # A cell of the second row, one of a column with text on one side only, a picture below, letters of another size.
    (box(150, 80, 160, 100), True),
    (box(300, 40, 310, 60), True),
    (box(20, 300, 30, 320), False),
    (box(150, 65, 200, 118), False),
    (box(900, 40, 910, 60), False),  # too far away to be of that row
]


@pytest.mark.parametrize(("place", "stands"), PLACES)
def test_what_stands_in_rows_and_columns_of_text_is_amid_it(place: np.ndarray, stands: bool) -> None:
    assert stand_amid([place], TABLE).tolist() == [stands]


def test_nothing_stands_amid_no_text() -> None:
    assert stand_amid(TABLE, []).tolist() == [False] * 6
    assert stand_amid([], TABLE).tolist() == []


@pytest.mark.parametrize(
    ("place", "covered"),
    [
        (box(0, 0, 300, 116), True),  # four rows
        (box(0, 0, 300, 50), False),  # one and a half: handwriting on print
        (box(200, 0, 700, 116), False),  # most of it beside them
        (box(0, 200, 300, 300), False),
    ],
)
def test_a_quad_across_rows_that_were_read_is_told_by_them(place: np.ndarray, covered: bool) -> None:
    rows = [box(0, 30 * row, 300, 30 * row + 24) for row in range(4)]
    assert are_covered([place], rows).tolist() == [covered]


def test_what_lies_across_read_rows_is_not_told() -> None:
    quads = np.array([box(0, 30 * row, 300, 30 * row + 24) for row in range(4)] + [box(0, 0, 300, 116)])
    readings = [_reading("words of a line", 0.95)] * 4 + [_reading("w0rd$ l:ne", 0.2)]
    located = LocatedLines(Straightened(np.full((9, 9, 3), 255, np.uint8)), quads, np.ones(5, np.float32))
    parted = part_lines(located, readings, 0.65)
    assert len(parted.legible) == 4 and not parted.unread


def _reading(text: str, sure: float) -> LineText:
    return LineText(text, sure, tuple(CharSpan(0.0, 1.0, sure) for _ in text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("O", 1),  # may be a blood group or a zero
        ("-", 1),
        ("|", 1),  # may be the letter I
        ("*", 0),  # a speck
        ("", 0),
    ],
)
def test_ink_amid_text_that_no_reading_proved_is_told(text: str, told: int) -> None:
    quads = np.array([*TABLE, box(150, 80, 160, 100), box(20, 300, 30, 320)])
    scores = np.array([0.9] * 6 + [0.2, 0.2], np.float32)
    readings = [_reading("word", 0.95)] * 6 + [_reading(text, 0.2)] * 2
    parted = part_lines(LocatedLines(Straightened(np.full((9, 9, 3), 255, np.uint8)), quads, scores), readings, 0.65)
    assert len(parted.legible) == 6
    assert [(line.quad[0, 1], line.reason) for line in parted.unread] == [(80.0, "illegible")] * told


@pytest.mark.parametrize(("others", "kept"), [(["", ""], 0), (["", "word"], 2), (["7"], 2), ([], 1)])
def test_marks_amid_places_without_text_are_of_a_picture(others: list[str], kept: int) -> None:
    readings = [_reading("—", 0.99), *(_reading(text, 0.99) for text in others)]
    quads = np.array(TABLE[: len(readings)])
    located = LocatedLines(Straightened(np.full((9, 9, 3), 255, np.uint8)), quads, np.ones(len(quads), np.float32))
    parted = part_lines(located, readings, 0.65)
    assert len(parted.legible) == kept and len(parted.legible) + len(parted.unread) == len(readings)


@pytest.mark.parametrize(
    ("texts", "kept"), [("Yy", 0), ("YYY", 0), ("Y", 1), ("YX", 2), ("77", 2), (["Yes", "Yes"], 2)]
)
def test_one_letter_again_and_again_is_a_pattern(texts: list[str], kept: int) -> None:
    quads = np.array(TABLE[: len(texts)])
    located = LocatedLines(Straightened(np.full((9, 9, 3), 255, np.uint8)), quads, np.ones(len(quads), np.float32))
    parted = part_lines(located, [_reading(text, 0.95) for text in texts], 0.65)
    assert len(parted.legible) == kept and len(parted.legible) + len(parted.unread) == len(texts)
