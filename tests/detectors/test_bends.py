"""Lines that bend: components followed along their middle, and looks whose lines bend put together."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from doubles.detectors import box

from detectors.dbnet.bends import are_bent, follow_bend, straight_outlines
from detectors.dbnet.evidence import fit_evidence
from detectors.dbnet.looks import Look, join_looks
from detectors.dbnet.page_ink import PageInk
from detectors.dbnet.postprocess import ComponentSettings, find_lines

HEIGHT = 12  # of a component, pixels


def drawn(middles: np.ndarray, height: int = HEIGHT) -> np.ndarray:
    """A map `(200, 420)` uint8 with one component whose middle runs through `middles`, one a column from 10."""
    picture = np.zeros((200, 420), np.uint8)
    for column, middle in enumerate(middles.round().astype(int), start=10):
        picture[middle - height // 2 : middle + height // 2, column] = 255
    return picture


def outline_of(picture: np.ndarray) -> np.ndarray | None:
    contours, _ = cv2.findContours(picture, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return follow_bend(contours[0], lambda length, thickness: (length + 8, thickness + 8))


ALONG = np.linspace(0, 1, 400)
SHAPES = [
    # how the middle of a line runs, whether it bends
    ("level", 100 + 0 * ALONG, False),
    ("slanted", 60 + 80 * ALONG, False),
    ("an arc", 60 + 60 * (2 * ALONG - 1) ** 2, True),
    ("an arc of half a line", 60 + 12 * (2 * ALONG - 1) ** 2, True),
    ("an arc of a quarter", 60 + 7 * (2 * ALONG - 1) ** 2, False),
    ("a fold at its end", 100 + 60 * np.maximum(0, ALONG - 0.6), True),
    ("a wave", 100 + 25 * np.sin(2 * np.pi * ALONG), True),
]


@pytest.mark.parametrize(("middles", "bends"), [case[1:] for case in SHAPES], ids=[case[0] for case in SHAPES])
def test_a_line_is_followed_where_it_bends(middles: np.ndarray, bends: bool) -> None:
    outline = outline_of(drawn(middles))
    assert (outline is not None) is bends
    if outline is not None:
        count = len(outline) // 2
        centre = (outline[:count] + outline[count:][::-1]) / 2
        expected = np.interp(centre[:, 0], np.arange(10, 410), middles)
        assert np.abs(centre[:, 1] - expected).max() < 0.75 * HEIGHT
        assert centre[0, 0] < 10 < 409 < centre[-1, 0]


def test_what_is_not_one_line_is_not_followed() -> None:
    short = drawn(100 + 10 * np.linspace(-1, 1, 30) ** 2)
    assert outline_of(short) is None
    assert outline_of(np.ascontiguousarray(drawn(60 + 60 * (2 * ALONG - 1) ** 2).T)) is None  # it runs down the page
    joined = drawn(100 + 0 * ALONG)
    joined[40:60, 10:150] = joined[150:170, 280:400] = 255
    joined[40:100, 140:146] = joined[100:170, 280:286] = 255  # rows of three lines, grown together
    assert outline_of(joined) is None


def test_only_lines_that_bend_have_an_outline() -> None:
    level, bowed = drawn(30 + 0 * ALONG), drawn(90 + 60 * (2 * ALONG - 1) ** 2)
    quads, scores, outlines = find_lines(np.maximum(level, bowed), ComponentSettings())
    assert len(quads) == len(scores) == len(outlines) == 2
    [bent] = np.flatnonzero(are_bent(outlines))
    low, high = quads[bent].min(axis=0), quads[bent].max(axis=0)
    assert (low <= outlines[bent] + 1).all() and (outlines[bent] <= high + 1).all()


NO_LETTERS = np.zeros((0, 4), np.float32)


def look_of(quads: np.ndarray, outline: np.ndarray | None = None) -> Look:
    outlines = straight_outlines(len(quads))
    if outline is not None:
        outlines[0] = outline
    return Look(1.0, quads, np.ones(len(quads), np.float32), outlines)


def test_a_bent_line_gives_way_only_to_what_covers_its_strip() -> None:
    outline = outline_of(drawn(60 + 60 * (2 * ALONG - 1) ** 2))
    assert outline is not None
    hull = box(*outline.min(axis=0), *outline.max(axis=0))
    under_its_arc = look_of(np.array([box(150, 100, 270, 118)]))
    joined = join_looks(look_of(hull[None], outline), under_its_arc, 64, NO_LETTERS)
    assert len(joined.quads) == 2 and are_bent(joined.outlines).tolist() == [True, False]
    again = join_looks(look_of(hull[None]), look_of(hull[None], outline), 64, NO_LETTERS)
    assert len(again.quads) == 1
    assert look_of(hull[None], outline).heights[0] < 0.5 * (hull[2, 1] - hull[0, 1])


def test_ink_within_the_hull_of_a_bent_line_is_its_own() -> None:
    page = np.full((300, 600, 3), 255, np.uint8)
    cv2.putText(page, "harbour light", (40, 160), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2)
    hull = np.array([box(20, 100, 320, 200)])
    nothing = np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32)
    assert len(fit_evidence(*nothing, PageInk.of(page), hull)[0]) == 0
    assert len(fit_evidence(*nothing, PageInk.of(page))[0]) == 1
