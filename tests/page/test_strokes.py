"""Bars, rules and creases are no dashes."""

from __future__ import annotations

import numpy as np
import pytest

from e2eocr.page.strokes import without_strokes
from recognizers.base import LineText


@pytest.mark.parametrize(
    ("width", "thickness", "text"),
    [(36, 3, "—"), (60, 3, "—"), (60, 18, ""), (160, 3, "")],
    ids=["a dash", "a long dash", "a bar of a chart", "a rule"],
)
def test_bars_and_rules_are_no_dashes(width: int, thickness: int, text: str) -> None:
    crop = np.full((30, width), 255, np.uint8)
    crop[15 - thickness // 2 : 15 + (thickness + 1) // 2, 4:-4] = 0
    assert [reading.text for reading in without_strokes([LineText("—", 0.9)], [crop])] == [text]


@pytest.mark.parametrize(("grey", "text"), [(205, ""), (140, "—"), (0, "—")], ids=["a crease", "faded", "black"])
def test_a_dash_that_is_far_fainter_than_the_letters_is_a_crease(grey: int, text: str) -> None:
    letters, dash = (np.full((30, 60), 240, np.uint8) for _ in range(2))
    letters[8:22, 10:50:6], dash[14:17, 10:50] = 30, grey
    readings = [LineText("-1,20", 0.9), LineText("—", 0.9)]
    assert [each.text for each in without_strokes(readings, [letters, dash])] == ["-1,20", text]
    assert [each.text for each in without_strokes(readings[1:], [dash])] == ["—"]
