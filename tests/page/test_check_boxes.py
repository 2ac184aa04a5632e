"""Check boxes are told in the lines that they stand beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from doubles.detectors import box

from e2eocr.page.check_boxes import tell_check_boxes
from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import Straightened, turn_page
from e2eocr.page.words import PageMapping
from recognizers.base import CharSpan, LineText

WIDTH, HEIGHT = 700, 300
LINE, SIDE = (100, 130), 22  # top and bottom of the line, pixels, and the side of its boxes
Draw = Callable[[np.ndarray, int, int], None]


def reading(text: str, confidence: float = 0.95, script: str = "Latn") -> LineText:
    width = 1 / max(len(text), 1)
    spans = tuple(CharSpan(at * width, (at + 1) * width, confidence) for at in range(len(text)))
    return LineText(text, confidence, spans, script, "latin")


def draw_empty(page: np.ndarray, left: int, top: int) -> None:
    cv2.rectangle(page, (left, top), (left + SIDE, top + SIDE), (0, 0, 0), 1)


def draw_tick(page: np.ndarray, left: int, top: int) -> None:
    draw_empty(page, left, top)
    cv2.polylines(
        page, [np.array([[left + 5, top + 12], [left + 9, top + 18], [left + 18, top + 4]])], False, (0, 0, 0), 2
    )


def draw_cross(page: np.ndarray, left: int, top: int) -> None:
    draw_empty(page, left, top)
    cv2.line(page, (left + 3, top + 3), (left + 19, top + 19), (0, 0, 0), 2)
    cv2.line(page, (left + 19, top + 3), (left + 3, top + 19), (0, 0, 0), 2)


def draw_filled(page: np.ndarray, left: int, top: int) -> None:
    draw_empty(page, left, top)
    cv2.rectangle(page, (left + 5, top + 5), (left + 17, top + 17), (0, 0, 0), cv2.FILLED)


class Reads:
    """Reads what stands in boxes as one text, and crops of lines as others, in turn."""

    name = "reads"

    def __init__(self, *texts: LineText, inside: str = "x") -> None:
        self._texts, self._inside = list(texts), inside

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        return [self._texts.pop(0) if crop.shape[1] > 2 * SIDE else reading(self._inside) for crop in crops]


def page_with(*boxes: tuple[Draw, int]) -> np.ndarray:
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for draw, left in boxes:
        draw(page, left, LINE[0] + 4)
    return page


def tell(
    page: np.ndarray,
    *lines: ReadLine,
    reader: Reads | None = None,
    unread: Sequence[UnreadLine] = (),
    upright: Straightened | None = None,
) -> PartedLines:
    located = LocatedLines(upright or Straightened(page), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    return tell_check_boxes(page, located, PartedLines(tuple(lines), tuple(unread)), reader or Reads())


def line(text: str, left: int, right: int, script: str = "Latn") -> ReadLine:
    return ReadLine(box(left, LINE[0], right, LINE[1]), reading(text, script=script))


@pytest.mark.parametrize(("draw", "mark"), [(draw_empty, "☐"), (draw_tick, "☑"), (draw_cross, "☒"), (draw_filled, "☒")])
def test_a_box_before_a_line_is_told_in_it(draw: Draw, mark: str) -> None:
    [told] = tell(page_with((draw, 100)), line("Yes", 135, 200)).legible
    assert told.reading.text == f"{mark} Yes"
    np.testing.assert_allclose(told.quad, box(100, LINE[0], 200, LINE[1]), atol=1.5)
    assert told.reading.confidence == pytest.approx(0.95)


def test_places_of_words_stay_where_they_were() -> None:
    before, [told] = (
        line("Yes or no", 135, 300),
        tell(page_with((draw_empty, 100)), line("Yes or no", 135, 300)).legible,
    )
    mapping = PageMapping(np.eye(3), WIDTH, HEIGHT, 0.1)
    mark, *words = mapping.words(told.quad, told.reading)
    assert mark.text == "☐" and mark.polygon[0][0] == pytest.approx(100, abs=1.5)
    for word, was in zip(words, mapping.words(before.quad, before.reading), strict=True):
        assert word.text == was.text
        np.testing.assert_allclose(word.polygon, was.polygon, atol=1)


def test_a_line_that_holds_boxes_is_read_without_them() -> None:
    page = page_with((draw_empty, 100), (draw_cross, 300))
    [told] = tell(page, line("O YesX No", 98, 400), reader=Reads(reading("Yes"), reading("No"))).legible
    assert told.reading.text == "☐ Yes ☒ No"


def test_what_cannot_be_read_beside_a_box_leaves_the_line_as_it_was() -> None:
    page = page_with((draw_empty, 100), (draw_cross, 300))
    for other in (reading("Na", 0.2), reading("")):
        [told] = tell(page, line("O YesX Nobody", 98, 400), reader=Reads(reading("Yes"), other)).legible
        assert told.reading.text == "O YesX Nobody"


def test_a_box_that_was_read_as_a_line_is_told_once() -> None:
    unread = [UnreadLine(box(98, 102, 126, 130), "no-text-found"), UnreadLine(box(300, 200, 400, 230), "illegible")]
    found = tell(page_with((draw_tick, 100)), line("Z", 98, 125), line("Yes", 135, 200), unread=unread)
    assert [each.reading.text for each in found.legible] == ["☑ Yes"]
    assert len(found.unread) == 1


def test_a_box_beside_no_line_is_told_where_it_was_read() -> None:
    found = tell(page_with((draw_tick, 100)), line("Z", 98, 125), line("Far away", 500, 650))
    assert [each.reading.text for each in found.legible] == ["☑", "Far away"]


def test_a_line_from_the_right_has_its_box_there() -> None:
    [told] = tell(page_with((draw_tick, 300)), line("كلمة", 150, 285, script="Arab")).legible
    assert told.reading.text == "☑ كلمة"


def test_a_letter_in_a_square_is_no_mark() -> None:
    page = page_with((draw_filled, 100))
    [told] = tell(page, line("Yes", 135, 200), reader=Reads(inside="B")).legible
    assert told.reading.text == "Yes"


def word_with_a_square() -> np.ndarray:
    """A page with letters close before and close behind a square."""
    page = page_with((draw_empty, 140))
    for x in (104, 116, 128, 168, 180, 192):
        cv2.rectangle(page, (x, LINE[0] + 6), (x + 6, LINE[1] - 4), (0, 0, 0), cv2.FILLED)
    return page


def test_a_square_letter_of_a_word_is_no_box() -> None:
    chloride = line("chloride", 100, 202)
    assert tell(word_with_a_square(), chloride).legible == (chloride,)


def test_a_letter_that_was_read_for_sure_is_no_box() -> None:
    page = page_with((draw_empty, 300))
    [told] = tell(page, ReadLine(box(298, LINE[0], 326, LINE[1]), reading("D", 0.99))).legible
    assert told.reading.text == "D"


def test_characters_of_east_asia_are_no_boxes() -> None:
    found = tell(page_with((draw_empty, 100)), line("口語", 98, 160, script="Hani"))
    assert [each.reading.text for each in found.legible] == ["口語"]
    mixed = tell(
        page_with((draw_empty, 100)), line("口語", 98, 160, script="Hani"), line("One", 300, 350), line("Two", 400, 450)
    )
    assert [each.reading.text for each in mixed.legible] == ["口語", "One", "Two"]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_has_its_boxes(turn: int) -> None:
    page = np.rot90(page_with((draw_tick, 100)), turn // 90).copy()
    [told] = tell(page, line("Yes", 135, 200), upright=turn_page(page, turn)).legible
    assert told.reading.text == "☑ Yes"
