"""The truth of a made page: a line of two words, and a check that such lines are the same."""

from __future__ import annotations

import numpy as np

from e2eocr.truth.records import LineTruth, WordTruth, box_polygon


def made_line(**changes: object) -> LineTruth:
    """A line with its words, but for what is changed."""
    polygon = box_polygon(10, 20, 110, 40)
    words = (WordTruth("one", box_polygon(10, 20, 50, 40)), WordTruth("two", box_polygon(60, 20, 110, 40)))
    return LineTruth("one two", polygon, "en", 3, words, **changes)  # type: ignore[arg-type]


def assert_same_line(found: LineTruth, line: LineTruth) -> None:
    assert (found.text, found.language, found.block) == (line.text, line.language, line.block)
    assert (found.vertical, found.ignore, found.kind) == (line.vertical, line.ignore, line.kind)
    np.testing.assert_allclose(found.polygon, line.polygon, atol=0.006)
    assert [word.text for word in found.words] == [word.text for word in line.words]
