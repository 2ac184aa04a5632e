"""Marks of a page on which something else than letters is the most."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.dbnet.page_ink import PageInk


def page_of_rings() -> np.ndarray:
    """Rings as icons, 80 pixels high, over words of strokes, 14 pixels high."""
    page = np.full((700, 900, 3), 255, np.uint8)
    for x in range(100, 900, 200):
        for y in range(100, 700, 200):
            cv2.circle(page, (x, y), 34, (0, 0, 0), 12)
            for letter in range(-20, 20, 10):
                page[y + 60 : y + 74, x + letter : x + letter + 5] = 0
    return page


def letters_low(ink: PageInk) -> int:
    heights = ink.marks.letters[:, 3] - ink.marks.letters[:, 1]
    return int((heights < 20).sum())


def test_the_lines_that_were_found_tell_how_high_letters_are_among_icons() -> None:
    page = page_of_rings()
    ink = PageInk.of(page)
    assert letters_low(ink) == 0  # what counts most is as high as the icons
    fitted = ink.fitted_to(page, np.full(12, 24.0), np.full(12, 50.0))
    assert letters_low(fitted) == 48


def test_marks_as_high_as_the_lines_stay_as_they_are() -> None:
    page = page_of_rings()
    ink = PageInk.of(page)
    assert ink.fitted_to(page, np.full(12, 90.0), np.full(12, 300.0)) is ink
    assert ink.fitted_to(page, np.zeros(0), np.zeros(0)) is ink
