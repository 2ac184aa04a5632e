"""Lone signs and the ground that they stand on."""

from __future__ import annotations

import numpy as np

from detectors.dbnet.grounds import SIGN_SCORE, stand_on_ground_of_text
from detectors.geometry import quads_from_boxes

LINE = [100, 50, 300, 80]
DASH = [50, 55, 80, 75]


def page_with(ground_of_dash: int, dash: int) -> np.ndarray:
    """A line of black letters on light paper, and a dash left of it on a ground of its own."""
    grey = np.full((120, 400), 215, np.uint8)
    grey[:, :90] = ground_of_dash
    grey[55:75, 102:298:6] = 40
    grey[64:67, 52:78] = dash
    return np.repeat(grey[:, :, None], 3, axis=2)


def kept(image: np.ndarray, boxes: list[list[int]]) -> list[bool]:
    scores = np.array([0.9] * (len(boxes) - 1) + [SIGN_SCORE], np.float32)
    return stand_on_ground_of_text(image, quads_from_boxes(np.array(boxes)), scores).tolist()


def test_a_dash_on_the_paper_of_its_line_stays() -> None:
    assert kept(page_with(215, 40), [LINE, DASH]) == [True, True]
    assert kept(page_with(190, 60), [LINE, DASH]) == [True, True]  # a cell that is tinted


def test_a_vein_of_the_table_beside_a_sheet_is_no_dash() -> None:
    assert kept(page_with(90, 60), [LINE, DASH]) == [True, False]


def test_a_dash_without_a_line_in_its_row_stays() -> None:
    assert kept(page_with(90, 60), [[100, 90, 300, 115], DASH]) == [True, True]
    assert kept(page_with(90, 60), [DASH]) == [True]


def test_a_sign_at_the_edge_of_the_picture_is_looked_at() -> None:
    assert kept(page_with(90, 60), [LINE, [-3, 55, 1, 75]]) == [True, False]
    assert kept(page_with(215, 40), [LINE, [399, 55, 404, 75]]) == [True, True]
