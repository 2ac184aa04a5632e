"""Words and the direction of lines, as they come from readings."""

from __future__ import annotations

import numpy as np
import pytest

from e2eocr.page.directions import are_columns, direction_of
from e2eocr.page.words import PageMapping
from e2eocr.results import Line, Polygon, join_words
from recognizers.base import CharSpan, LineText
from recognizers.charset import script_of

LEVEL = ((0.0, 0.0), (100.0, 0.0), (100.0, 20.0), (0.0, 20.0))
DOWN = ((20.0, 0.0), (20.0, 100.0), (0.0, 100.0), (0.0, 0.0))
UP = ((0.0, 100.0), (0.0, 0.0), (20.0, 0.0), (20.0, 100.0))


def read(text: str) -> LineText:
    """A reading whose characters are equally wide."""
    places = np.linspace(0, 1, len(text) + 1)
    spans = tuple(CharSpan(a, b, 0.99) for a, b in zip(places[:-1].tolist(), places[1:].tolist(), strict=True))
    return LineText(text, 0.9, spans, script_of(text))


@pytest.mark.parametrize(
    ("text", "polygon", "direction"),
    [
        ("left to right", LEVEL, "ltr"),
        ("up a margin", UP, "ltr"),
        ("down a margin", DOWN, "ltr"),
        ("東京に行く", LEVEL, "ltr"),
        ("東京に行く", DOWN, "ttb"),
        ("東京に行く", UP, "ltr"),
        ("שלום PDF עולם", LEVEL, "rtl"),
        ("The word שלום means peace", LEVEL, "ltr"),
        ("12.5", LEVEL, "ltr"),
    ],
)
def test_direction(text: str, polygon: Polygon, direction: str) -> None:
    assert direction_of(text, script_of(text), polygon) == direction
    line = PageMapping(np.eye(3), 200, 200, padding=0.0).line(np.array(polygon, np.float32), read(text))
    assert line.direction == direction


def test_words_without_spaces_are_glued_and_stand_on_their_characters() -> None:
    line = PageMapping(np.eye(3), 200, 200, padding=0.0).line(np.array(LEVEL, np.float32), read("第3章 Intro"))
    assert [(word.text, word.glued) for word in line.words] == [
        ("第", False),
        ("3", True),
        ("章", True),
        ("Intro", False),
    ]
    assert join_words(line.words) == line.text
    assert [word.bbox[0] for word in line.words] == pytest.approx([0, 11.1, 22.2, 44.4], abs=0.1)


def test_a_page_of_columns_is_told_by_its_text() -> None:
    column = Line("東京に行く", 1.0, DOWN, direction="ttb")
    level = Line("12", 1.0, LEVEL)
    assert are_columns([column, level])
    assert not are_columns([level, level])
    assert not are_columns([])
