"""Lines that gave no reading are cut anew by their ink."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from doubles.detectors import box

from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.recut import MAX_LINES, read_again
from e2eocr.page.straighten import Straightened
from recognizers.base import CharSpan, LineText

HEIGHT = 20
WORD = LineText("word", 0.95, (CharSpan(0.0, 1.0, 0.95),) * 4)


class CountingRecognizer:
    """Reads how many strokes a line has: surely, where none of them is cut."""

    name = "counting"

    def __init__(self, sure: float = 1.0) -> None:
        self._sure = sure

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        return [self._read(crop) for crop in crops]

    def _read(self, crop: np.ndarray) -> LineText:
        ink = (crop < 128).astype(np.uint8)
        strokes = cv2.connectedComponents(ink)[0] - 1
        is_cut = ink[[0, -1]].any() or ink[:, [0, -1]].any()
        text = str(strokes) * strokes
        return LineText(text, self._sure, (CharSpan(0.0, 1.0, 0.1 if is_cut else self._sure),) * strokes)


def a_page(*strokes: tuple[int, int], rules: tuple[int, ...] = ()) -> np.ndarray:
    """A white page with strokes as high as letters at some places, and level rules."""
    page = np.full((400, 600, 3), 255, np.uint8)
    for x, y in strokes:
        page[y : y + HEIGHT, x : x + 6] = 0
    for y in rules:
        page[y : y + 4, 100:500] = 0
    return page


def read_on(page: np.ndarray, *unread: np.ndarray, sure: float = 1.0, skew: float = 0.0, lines: int = 3) -> PartedLines:
    """What is read again of a page with two columns of lines."""
    legible = tuple(
        ReadLine(box(x, 100 + 40 * at, x + 70, 120 + 40 * at), WORD) for at in range(lines) for x in (20, 450)
    )
    parted = PartedLines(legible, tuple(UnreadLine(quad, "no-text-found") for quad in unread))
    located = LocatedLines(Straightened(page, skew=skew), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    return read_again(page, located, parted, CountingRecognizer(sure))


def texts(parted: PartedLines) -> list[str]:
    return [line.reading.text for line in parted.legible if line.reading is not WORD]


@pytest.mark.parametrize(
    "unread",
    [
        box(202, 144, 205, 156),
        box(200, 140, 212, 150),
        np.array([[195, 136], [235, 141], [235, 157], [195, 152]], float),
    ],
    ids=["a part of one letter", "the upper half of some", "aslant"],
)
def test_a_line_is_cut_whole(unread: np.ndarray) -> None:
    page = a_page((200, 140), (210, 140), (220, 140), rules=(128, 168))
    parted = read_on(page, unread.astype(np.float32))
    assert texts(parted) == ["333"]
    assert parted.unread == ()
    quad = parted.legible[-1].quad
    np.testing.assert_allclose(quad[[0, 2]], [[200, 140], [226, 160]], atol=4)


def test_a_line_is_as_aslant_as_its_page() -> None:
    turn = cv2.getRotationMatrix2D((300, 200), -3, 1)  # clockwise
    page = cv2.warpAffine(
        a_page(*((200 + 10 * at, 140) for at in range(20))), turn, (600, 400), borderValue=(255, 255, 255)
    )
    x, y = turn @ [290, 150, 1]
    parted = read_on(page, box(x - 4, y - 6, x + 4, y + 6), skew=3.0)
    assert [len(set(text)) for text in texts(parted)] == [2]  # 20 strokes
    down = parted.legible[-1].quad[1] - parted.legible[-1].quad[0]
    assert np.degrees(np.arctan2(down[1], down[0])) == pytest.approx(3, abs=0.3)


def test_two_parts_of_one_line_are_one_line() -> None:
    page = a_page((200, 140), (210, 140))
    parted = read_on(page, box(199, 145, 204, 155), box(209, 145, 214, 155))
    assert texts(parted) == ["22"]
    assert parted.unread == ()


@pytest.mark.parametrize("case", ["doubtful", "alone on its page", "no ink", "no line is read", "a page of noise"])
def test_what_is_not_sure_stays_unread(case: str) -> None:
    page = a_page() if case == "no ink" else a_page((200, 140), (210, 140))
    if case == "alone on its page":
        page = a_page((300, 340), (310, 340))
    quads = [box(299, 345, 304, 355) if case == "alone on its page" else box(199, 145, 204, 155)]
    quads *= MAX_LINES + 1 if case == "a page of noise" else 1
    parted = read_on(page, *quads, sure=0.9 if case == "doubtful" else 1.0, lines=0 if case == "no line is read" else 3)
    assert texts(parted) == []
    assert len(parted.unread) == len(quads)


def test_what_a_line_holds_already_is_not_read_twice() -> None:
    page = a_page((60, 100), (70, 100))
    parted = read_on(page, box(59, 105, 64, 115))
    assert texts(parted) == []
    assert len(parted.unread) == 1
