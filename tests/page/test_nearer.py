"""Places that gave no reading are looked at once more, each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from doubles.detectors import box

from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.nearer import MAX_PLACES, look_nearer
from e2eocr.page.straighten import Straightened
from e2eocr.results import UnreadReason
from recognizers.base import CharSpan, LineText

PAGE = np.full((400, 600, 3), 255, np.uint8)
PLACE = box(100, 100, 200, 200)
CAPTION, ICON = box(110, 170, 190, 190), box(110, 105, 190, 160)  # within the place


def reading(text: str, legibility: float = 1.0, confidence: float = 1.0, recognizer: str = "latin") -> LineText:
    return LineText(text, confidence, (CharSpan(0.0, 1.0, legibility),) * len(text), "Latn", recognizer)


class Answers:
    """A recognizer with the readings of all crops, in order."""

    name = "answers"

    def __init__(self, *readings: LineText) -> None:
        self._readings = readings

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        return list(self._readings[: len(crops)])


def look(
    *readings: LineText,
    quads: Sequence[np.ndarray] = (CAPTION, ICON),
    legible: Sequence[ReadLine] = (),
    places: Sequence[np.ndarray] = (PLACE,),
    reason: UnreadReason = "illegible",
) -> PartedLines:
    """What is found on a page when a part of it is looked at that begins 25 pixels before its place."""
    located = LocatedLines(Straightened(PAGE), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    parted = PartedLines(tuple(legible), tuple(UnreadLine(place, reason) for place in places))
    on_part = np.array([quad - (75, 75) for quad in quads], np.float32).reshape(-1, 4, 2)
    return look_nearer(PAGE, located, parted, lambda part: on_part, Answers(*readings))


def test_a_caption_is_read_and_the_rest_of_its_place_is_told() -> None:
    parted = look(reading("Settings"), reading("o", legibility=0.4))
    assert [line.reading.text for line in parted.legible] == ["Settings"]
    np.testing.assert_allclose(parted.legible[0].quad, CAPTION)
    [left] = parted.unread
    np.testing.assert_allclose(left.quad, ICON)
    assert left.reason == "illegible"


def test_what_is_unsure_or_short_proves_nothing() -> None:
    for doubtful in (reading("Settings", legibility=0.8), reading("Settings", confidence=0.4), reading("A")):
        parted = look(doubtful, quads=(CAPTION,))
        assert not parted.legible
        np.testing.assert_allclose(parted.unread[0].quad, PLACE)


def test_a_recognizer_that_read_nothing_of_the_page_proves_nothing() -> None:
    others = [ReadLine(box(300, 20, 500, 40), reading("Other words"))]
    assert len(look(reading("Settings", recognizer="arabic"), quads=(CAPTION,), legible=others).legible) == 1
    assert len(look(reading("Settings"), quads=(CAPTION,), legible=others).legible) == 2


def test_a_line_that_was_read_is_not_read_twice() -> None:
    read = [ReadLine(CAPTION, reading("Settings"))]
    assert len(look(reading("Settings"), quads=(CAPTION,), legible=read).legible) == 1


def test_pictures_and_unknown_scripts_are_not_looked_at_again() -> None:
    assert not look(reading("Settings"), quads=(CAPTION,), reason="unknown-script").legible
    assert not look(reading("Settings"), quads=(CAPTION,), places=[PLACE] * (MAX_PLACES + 1)).legible


def test_a_place_in_which_nothing_is_found_stays_told() -> None:
    [left] = look(quads=()).unread
    np.testing.assert_allclose(left.quad, PLACE)
