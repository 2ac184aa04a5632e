"""Rows of letters on the slant are told from level print, columns and patterns, and lie level on the part cut out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detectors.dbnet.slants import Slant, are_slanted, find_slants, give_way, turn_level
from detectors.geometry import boxes_from_quads, quads_from_boxes

SIZE = np.array([12, 16])
NOTHING = np.zeros((0, 4, 2), np.float32)


def row_of_letters(start: tuple[float, float], degrees: float, count: int, pitch: float = 14.0) -> np.ndarray:
    """Boxes of 12 by 16 pixels, `(count, 4)`, whose middles stand in a row."""
    way = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    middles = np.array(start) + pitch * np.arange(count)[:, None] * way
    return np.concatenate([middles - SIZE / 2, middles + SIZE / 2], axis=1).astype(np.float32)


def labels(degrees: float, counts: tuple[int, ...] = (6, 8, 5, 7)) -> np.ndarray:
    rows = [row_of_letters((100 + 80 * at, 300), degrees, count) for at, count in enumerate(counts)]
    return np.concatenate(rows)


@pytest.mark.parametrize("degrees", [-60, -45, -30, 30, 45, 60])
def test_labels_on_the_slant_tell_how_they_run(degrees: float) -> None:
    letters = labels(degrees)
    [slant] = find_slants(letters, NOTHING)
    assert slant.degrees == pytest.approx(degrees, abs=1)
    assert len(slant.letters) == len(letters)


@pytest.mark.parametrize("degrees", [0, 10, 85, 90])
def test_print_along_the_page_and_down_it_is_not_on_the_slant(degrees: float) -> None:
    assert find_slants(labels(degrees), NOTHING) == []


def test_labels_that_run_two_ways_are_two() -> None:
    other = labels(40) + np.array([600, 0, 600, 0], np.float32)
    found = find_slants(np.concatenate([labels(-45), other]), NOTHING)
    assert sorted(round(slant.degrees) for slant in found) == [-45, 40]


def test_a_pattern_is_no_text() -> None:
    """Marks at the corners of diamonds stand in rows whichever way one looks."""
    columns, rows = np.meshgrid(np.arange(20), np.arange(20))
    middles = 200 + 12 * np.stack([columns + rows, columns - rows], axis=-1).reshape(-1, 2)
    marks = np.concatenate([middles - 5, middles + 5], axis=1).astype(np.float32)
    assert find_slants(marks, NOTHING) == []


def test_letters_of_level_lines_that_fit_them_are_not_looked_at() -> None:
    letters = labels(-45)
    lines = quads_from_boxes(np.stack([[80, y, 600, y + 24] for y in range(160, 320, 20)]))
    assert find_slants(letters, lines) == []
    assert len(find_slants(letters, quads_from_boxes(np.array([[80, 150, 600, 330]])))) == 1  # a block fits no letter


def test_a_few_marks_are_by_chance() -> None:
    assert find_slants(row_of_letters((100, 100), 45, 5), NOTHING) == []
    assert find_slants(np.zeros((0, 4), np.float32), NOTHING) == []


def test_a_short_label_beside_longer_ones_is_one_of_them() -> None:
    letters = labels(-45, (6, 2, 7))
    [slant] = find_slants(letters, NOTHING)
    assert len(slant.letters) == len(letters)


def test_slanted_lines_lie_level_on_their_part_and_come_back() -> None:
    letters = row_of_letters((300, 300), -40, 10)
    page = np.full((600, 800, 3), 255, np.uint8)
    for x0, y0, x1, y1 in letters.astype(int):
        page[y0:y1, x0:x1] = 0
    part = turn_level(page, Slant(-40, letters))
    rows = np.flatnonzero((part.pixels < 128).any(axis=(1, 2)))
    columns = np.flatnonzero((part.pixels < 128).any(axis=(0, 2)))
    assert np.ptp(columns) > 6 * np.ptp(rows)
    middles = (letters[:, :2] + letters[:, 2:]) / 2
    line = quads_from_boxes(np.array([[columns[0], rows[0], columns[-1], rows[-1]]]))
    assert are_slanted(line, part, Slant(-40, letters), letters).all()
    standing = np.roll(line, 1, axis=1)
    assert not are_slanted(standing, part, Slant(-40, letters), letters).any()
    box = boxes_from_quads(part.to_page(line))[0]
    assert box[0] < middles[0, 0] and box[2] > middles[-1, 0]


def test_what_was_found_askew_gives_way_to_slanted_lines() -> None:
    letters, level = labels(-45), row_of_letters((100, 400), 0, 8)
    slanted = quads_from_boxes(np.array([[90, 150, 600, 320]]))
    block, line = [80, 140, 620, 330], [90, 388, 220, 412]
    given = give_way(quads_from_boxes(np.array([block, line])), slanted, np.concatenate([letters, level]))
    assert given.tolist() == [True, False]
