"""East Asian lines are read without the small characters above them, and where these stand is told."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from doubles.detectors import box
from doubles.readings import reading

from e2eocr.page.locate import LocatedLines
from e2eocr.page.ruby import read_without_ruby, without_ruby
from e2eocr.page.straighten import Straightened
from recognizers.base import LineText

HIGH, TOP, SIZE = 60, 24, 30  # of a crop, and of its characters: where they begin, and how high they are
PAGE = Straightened(np.full((9, 9, 3), 255, np.uint8))


def crop(*, ruby: int = 11, every: int = 3, rise: float = 0.0) -> np.ndarray:
    """A line of characters, some with two small ones above them so high; it rises by a share of its height."""
    picture = np.full((HIGH, 900), 235, np.uint8)
    for number, x in enumerate(range(10, 880, 36)):
        for y in (TOP, TOP + 7 + number % 5, TOP + 15 + number % 6, TOP + SIZE - 2):
            picture[y : y + 2, x : x + 30] = 30
        picture[TOP : TOP + SIZE, x + 8 : x + 24 : 7] = 30
        if ruby and number % every == 0:
            for left in (x, x + 16):
                cv2.rectangle(picture, (left, TOP - 3 - ruby), (left + 10, TOP - 4), 60, 2)
    lean = np.array([[1.0, 0.0, 0.0], [-rise * HIGH / 900, 1.0, rise * HIGH / 2]])
    return cv2.warpAffine(picture, lean, (900, HIGH), borderValue=235)


@pytest.mark.parametrize("rise", [0.0, 0.05, -0.1])
def test_ruby_is_left_out(rise: float) -> None:
    bare = without_ruby(crop(rise=rise))
    assert bare is not None and bare.begin == pytest.approx((TOP - 2) / HIGH, abs=0.06)
    assert len(bare.crop) == pytest.approx(SIZE + 6, abs=5)
    assert (bare.crop[:3] > 200).all()


@pytest.mark.parametrize(
    "picture",
    [crop(ruby=0), crop(ruby=1), crop(every=99)[:, 60:], np.full((HIGH, 200), 235, np.uint8)],
    ids=["none", "dots and strokes", "none in this part", "empty"],
)
def test_a_line_without_ruby_stays(picture: np.ndarray) -> None:
    assert without_ruby(picture) is None


class Reader:
    """Reads low crops surely, and higher ones less so."""

    name = "reader"

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        return [reading("会社", 0.99 if len(each) < HIGH else 0.8) for each in crops]


def found(text: str, script: str) -> tuple[list[str], list[tuple[str, list[float]]]]:
    """What is read of a line with ruby, and what is told of that."""
    picture, first = crop(), reading(text, 0.8)
    first = LineText(first.text, first.confidence, script=script, spans=first.spans)
    located = LocatedLines(PAGE, box(100, 200, 1000, 260)[None], np.ones(1, np.float32), padding=0.0)
    readings, ruby = read_without_ruby(located, [picture], [first], Reader())
    return [each.text for each in readings], [(each.reason, each.quad[:, 1].tolist()) for each in ruby]


def test_the_surer_reading_stays_and_ruby_is_told() -> None:
    texts, [(reason, corners)] = found("翁社", "Hani")
    assert texts == ["会社"] and reason == "ruby"
    assert corners[:2] == [200, 200] and corners[2] == corners[3] == pytest.approx(222, abs=4)


def test_other_scripts_have_none() -> None:
    assert found("Text", "Latn") == (["Text"], [])


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (12, 300)])
def test_a_speck_is_no_ruby(size: tuple[int, int]) -> None:
    picture = np.full(size, 235, np.uint8)
    picture[0, 0] = 0
    assert without_ruby(picture) is None
