"""Which way up a page is, told by a detector and a recognizer that know only dark bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.base import Detections
from e2eocr.orientation import find_orientation
from recognizers.base import LineText

ROWS = 8


class BarDetector:
    """Finds dark bars that lie level, each row of pixels with ink a line."""

    name = "bars"
    any_angle = False

    def detect(self, pixels: np.ndarray) -> Detections:
        dark = pixels[:, :, 0] < 128
        edges = np.diff(np.concatenate([[0], dark.any(axis=1).astype(int), [0]]))
        quads = []
        for top, bottom in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
            columns = np.flatnonzero(dark[top:bottom].any(axis=0))
            left, right = columns[0], columns[-1] + 1
            quads.append([[left, top], [right, top], [right, bottom], [left, bottom]])
        return Detections(np.array(quads, np.float32).reshape(-1, 4, 2), np.ones(len(quads), np.float32))


class WedgeRecognizer:
    """Reads a bar whose dark end is at the left as a long word, all else as one letter that it is sure of."""

    name = "wedges"

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        return [self._read(crop) for crop in crops]

    def _read(self, crop: np.ndarray) -> LineText:
        half = crop.shape[1] // 2
        upright = crop.shape[1] > 3 * crop.shape[0] and crop[:, :half].mean() < crop[:, half:].mean() - 20
        return LineText("a legible line", 0.8) if upright else LineText("O", 0.95)


def draw_bars() -> np.ndarray:
    page = np.full((400, 300, 3), 255, np.uint8)
    for row in range(ROWS):
        page[20 + 45 * row : 40 + 45 * row, 30:150] = 20
        page[20 + 45 * row : 40 + 45 * row, 150:260] = 100
    return page


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_turn_that_makes_a_page_legible(turn: int) -> None:
    page = np.ascontiguousarray(np.rot90(draw_bars(), turn // 90))  # counter-clockwise, so it takes `turn` clockwise
    found = find_orientation(page, BarDetector(), WedgeRecognizer())
    assert found.turn == turn
    assert found.evidence > 10


def test_a_page_without_lines_tells_nothing() -> None:
    found = find_orientation(np.full((50, 80, 3), 255, np.uint8), BarDetector(), WedgeRecognizer())
    assert found.evidence == 0


def test_one_line_is_not_enough() -> None:
    page = draw_bars()
    page[50:] = 255
    found = find_orientation(page, BarDetector(), WedgeRecognizer())
    assert 0 < found.evidence < 10
