"""Lines that bend: cut level along their outlines, and places in such pictures back on the page."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from doubles.detectors import box

from e2eocr.page.crops import cut_lines, pad_quad
from e2eocr.page.legibility import ReadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import Straightened
from e2eocr.page.strips import cut_strip, fit_strip, pad_strip, strip_part, strip_size
from e2eocr.page.words import PageMapping
from e2eocr.results import bounding_box, hull_quad
from recognizers.base import CharSpan, LineText

PAPER, INK = 230, 30
WIDTH, HEIGHT = 400, 30


def arc(x: np.ndarray) -> np.ndarray:
    """How far the page's rows lie lower at each column."""
    return 60 * (2 * (x - 50) / WIDTH - 1) ** 2


def bent_page() -> tuple[np.ndarray, np.ndarray]:
    """A page with a line of bars bent to an arc, its neighbours above and below, and the outline of the middle one."""
    flat = np.full((400, 500), PAPER, np.uint8)
    for top in (120, 160, 200):
        for left in range(56, 444, 12):
            flat[top + 6 : top + 24, left : left + 6] = INK
    x, y = np.meshgrid(np.arange(500, dtype=np.float32), np.arange(400, dtype=np.float32))
    page = cv2.remap(flat, x, (y - arc(x)).astype(np.float32), cv2.INTER_LINEAR, borderValue=PAPER)
    columns = np.linspace(50, 50 + WIDTH, 17)
    upper = np.column_stack([columns, 160 + arc(columns)])
    outline = np.concatenate([upper, (upper + np.array([0, HEIGHT]))[::-1]]).astype(np.float32)
    return np.repeat(page[:, :, None], 3, axis=2), outline


def test_a_bent_line_is_cut_level_and_without_its_neighbours() -> None:
    page, outline = bent_page()
    crop = cut_strip(page, outline, padding=0.0)
    length, height = strip_size(outline)
    assert crop.shape == (round(height), round(length)) and length > WIDTH
    ink = crop < 130
    rows = np.flatnonzero(ink.any(axis=1)) / len(crop)
    assert rows.min() > 0.1 and rows.max() < 0.9
    assert ink.mean(axis=0).max() < 0.75  # one row of bars in every column


def test_a_straight_outline_is_cut_as_its_quad_is() -> None:
    page, _ = bent_page()
    columns = np.linspace(100, 300, 9)
    upper = np.column_stack([columns, np.full(9, 170.0)])
    outline = np.concatenate([upper, (upper + np.array([0, 40]))[::-1]]).astype(np.float32)
    [expected] = cut_lines(page, box(100, 170, 300, 210)[None], padding=0.1)
    crop = cut_strip(page, outline, padding=0.1)
    assert crop.shape == expected.shape
    assert np.abs(crop.astype(int) - expected).max() <= 1


def test_a_strip_beyond_the_page_goes_on() -> None:
    page, outline = bent_page()
    assert cut_strip(page, outline - np.array([0, 260])).shape[1] > WIDTH


def test_an_outline_is_fitted_to_its_ink() -> None:
    page, outline = bent_page()
    loose = outline.copy()
    loose[:17, 1] -= 6
    loose[17:, 1] += 6
    fitted = fit_strip(page, loose)
    assert fitted.shape == loose.shape
    assert HEIGHT - 6 < strip_size(fitted)[1] < strip_size(loose)[1] - 4


def test_parts_of_a_strip_lie_on_the_line() -> None:
    _, outline = bent_page()
    first, last = strip_part(outline, 0.0, 0.1), strip_part(outline, 0.9, 1.0)
    assert first[0] == pytest.approx(outline[0]) and last[1] == pytest.approx(outline[16])
    middle = strip_part(outline, 0.45, 0.55).mean(axis=0)
    assert middle == pytest.approx([250, 160 + HEIGHT / 2], abs=3)


def test_crops_stand_in_the_order_of_their_quads() -> None:
    page, outline = bent_page()
    quads = np.array([box(0, 0, 30, 20), box(50, 160, 450, 250), box(0, 0, 60, 20)])
    located = LocatedLines(Straightened(page), quads, np.ones(3, np.float32), padding=0.0, outlines={1: outline})
    assert [crop.shape for crop in located.cut()] == [(20, 30), (30, round(strip_size(outline)[0])), (20, 60)]


def test_words_of_a_bent_line_lie_along_it() -> None:
    _, outline = bent_page()
    spans = tuple(CharSpan(at / 5, (at + 1) / 5, 0.9) for at in range(5))
    mapping = PageMapping(np.eye(3), 500, 400, padding=0.0)
    quad = box(50, 160, 450, 250)
    [line] = mapping.lines([ReadLine(quad, LineText("ab cd", 0.9, spans, "Latn"), outline=outline)])
    corners = [word.polygon for word in line.words]
    assert corners[0][0] == (50, 220) and corners[0][3] == (50, 250)  # the line's start, not that of its hull
    assert corners[1][1] == (450, 220) and corners[1][2] == (450, 250)
    assert line.polygon == ((50, 160), (450, 160), (450, 250), (50, 250))  # the line's own is the hull
    assert np.array(line.outline) == pytest.approx(outline, abs=0.06)


def test_the_outline_of_a_bent_line_leaves_room_and_its_quad_holds_it() -> None:
    _, outline = bent_page()
    mapping = PageMapping(np.eye(3), 500, 400, padding=0.0, margin=0.2)
    line = mapping.line(box(50, 160, 450, 250), LineText("ab", 0.9), outline)
    inner, outer = (strip_size(np.array(each)) for each in (outline, line.outline))
    assert outer == pytest.approx((inner[0] + 0.4 * inner[1], 1.4 * inner[1]), rel=0.02)
    quad = np.array(line.polygon, np.float32)
    assert min(cv2.pointPolygonTest(quad, point, True) for point in line.outline) >= -0.1
    assert line.bbox == bounding_box(line.outline)


def test_a_straight_outline_is_padded_as_its_quad_is() -> None:
    quad = box(100, 80, 300, 120)
    upper = np.linspace(quad[0], quad[1], 9)
    outline = np.concatenate([upper, (upper + np.array([0, 40]))[::-1]]).astype(np.float32)
    padded = pad_strip(outline, 0.1)
    assert padded[[0, 8, 9, 17]] == pytest.approx(pad_quad(quad, 0.1))


@pytest.mark.parametrize("slope", [0.0, 0.2, -0.5])
def test_the_hull_of_a_line_runs_as_the_line_does(slope: float) -> None:
    """Turned with its line, it turns: the hull of a line that falls to the right falls with it."""
    x = np.linspace(100, 300, 9)
    upper = np.column_stack([x, 200 + slope * (x - 200)])
    across = 20 * np.array([-slope, 1]) / np.hypot(slope, 1)
    outline = tuple(map(tuple, np.concatenate([upper, (upper + across)[::-1]]).tolist()))
    corners = np.array(hull_quad(outline, 500, 500))
    assert corners == pytest.approx(np.array([outline[0], outline[8], outline[9], outline[17]]), abs=0.1)
