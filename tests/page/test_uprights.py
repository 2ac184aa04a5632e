"""Lines across the rules of a table are parted at them."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.detectors import box

from detectors.base import Detections
from e2eocr.page.uprights import part_at_rules

TOP, BOTTOM = 100, 130
WORDS = ((60, 140), (200, 300))


def page(*rules: int, height: int = 60, drift: int = 0) -> np.ndarray:
    """A page with two words in a row, and upright rules so far above and below their middle."""
    picture = np.full((240, 400, 3), 250, np.uint8)
    for left, right in WORDS:
        for x in range(left, right, 10):
            picture[TOP + 8 : BOTTOM - 6, x : x + 4] = 20
    middle = (TOP + BOTTOM) // 2
    for rule in rules:
        for y in range(middle - height, middle + height):
            x = rule + drift * (y - middle) // height
            picture[y, x : x + 2] = 90
    return picture


def parts(picture: np.ndarray, left: int = 50, right: int = 310) -> list[tuple[float, float]]:
    """From where to where the parts of the row's line reach."""
    quads = box(left, TOP, right, BOTTOM)[None]
    found = part_at_rules(picture, Detections(quads, np.array([0.7], np.float32), np.full((1, 4, 2), np.nan)))
    assert len(found.quads) == len(found.scores) == len(found.outlines if found.outlines is not None else ())
    return [(float(quad[0, 0]), float(quad[1, 0])) for quad in found.quads]


@pytest.mark.parametrize("drift", [0, 2])
def test_a_line_in_two_cells_is_two(drift: int) -> None:
    assert parts(page(170, drift=drift)) == [(50, pytest.approx(168, abs=4)), (pytest.approx(174, abs=4), 310)]


def test_the_edges_of_a_cell_are_cut_off() -> None:
    [(left, right)] = parts(page(53, 306))
    assert left == pytest.approx(57, abs=3) and right == pytest.approx(303, abs=4)


@pytest.mark.parametrize("picture", [page(), page(170, height=14), page(64, height=14)])
def test_a_stroke_as_high_as_letters_parts_nothing(picture: np.ndarray) -> None:
    assert parts(picture) == [(50, 310)]


def test_a_short_line_stays() -> None:
    assert parts(page(80), 55, 90) == [(55, 90)]


def test_a_bent_line_stays() -> None:
    quads, outlines = box(50, TOP, 310, BOTTOM)[None], np.zeros((1, 4, 2))
    assert len(part_at_rules(page(170), Detections(quads, np.ones(1, np.float32), outlines))) == 1


def test_an_empty_page_has_none() -> None:
    assert not len(part_at_rules(page(), Detections(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))))


def test_light_letters_on_shaded_paper_stay_together() -> None:
    shade = np.linspace(90, 150, 400).astype(np.uint8)
    picture = np.ascontiguousarray(np.broadcast_to(shade[None, :, None], (240, 400, 3)))
    for x in range(60, 300, 14):
        picture[TOP + 8 : BOTTOM - 6, x : x + 9] = 240
    assert parts(picture) == [(50, 310)]
