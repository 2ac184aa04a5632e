"""Components of several lines are parted where the map tells, and all others stay whole."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from detectors.dbnet.joined import part_joined

Strip = tuple[int, int, int, int]
PAGE: list[Strip] = [(20, 200 + 25 * row, 300, 10) for row in range(7)]  # ordinary lines


def parted(
    strips: list[Strip], bridge: int, thick: Strip | None = None, others: Sequence[Strip] = PAGE
) -> list[tuple[int, ...]]:
    """Draw strips (left, top, width, height) whose gaps have the probability `bridge`, and part their components."""
    page = np.zeros((400, 400), np.uint8)
    left, top = min(strip[0] for strip in strips), min(strip[1] for strip in strips)
    right, bottom = max(strip[0] + strip[2] for strip in strips), max(strip[1] + strip[3] for strip in strips)
    page[top:bottom, left:right] = bridge
    for x, y, width, height in [*strips, *([thick] if thick else []), *others]:
        page[y : y + height, x : x + width] = 230
    binary = cv2.threshold(page, 76, 255, cv2.THRESH_BINARY)[1]
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return sorted(tuple(cv2.boundingRect(contour)) for contour in part_joined(page, list(contours), 12.0))


ROWS: list[Strip] = [(20, 20, 200, 10), (20, 36, 200, 10), (20, 52, 180, 10)]


def test_rows_that_ran_together_are_parted() -> None:
    assert parted(ROWS, bridge=110) == sorted([*ROWS, *PAGE])


def test_rows_that_nothing_parts_stay_one() -> None:
    assert parted(ROWS, bridge=200) == sorted([(20, 20, 200, 42), *PAGE])


def test_a_large_line_stays_whole() -> None:
    """A headline is as thick as several lines, and no probability parts it."""
    assert parted(ROWS, bridge=0, thick=(20, 100, 300, 60)) == sorted([*ROWS, (20, 100, 300, 60), *PAGE])


def test_a_few_blots_of_a_photograph_stay_as_they_are() -> None:
    assert parted(ROWS, bridge=110, others=PAGE[:2]) == sorted([(20, 20, 200, 42), *PAGE[:2]])


def test_no_components_are_none() -> None:
    assert part_joined(np.zeros((4, 4), np.uint8), [], 12.0) == []
