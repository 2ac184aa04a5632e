"""What was seen of a page from far and from near, put together."""

from __future__ import annotations

import numpy as np
from doubles.detectors import box

from detectors.dbnet.looks import Look, join_looks

NO_LETTERS = np.zeros((0, 4), np.float32)
LARGE = box(0, 0, 800, 200)  # seen from far, as large print, or handwriting over a line of print
LINE, OTHER = box(40, 60, 260, 90), box(300, 120, 420, 150)  # seen from near, within it


def look(*quads: np.ndarray, score: float = 0.6) -> Look:
    return Look.of_quads(1.0, np.array(quads, np.float32), np.full(len(quads), score, np.float32))


def letters_in(*quads: np.ndarray) -> np.ndarray:
    """Boxes of letters side by side within quads."""
    boxes = [
        (x, quad[0, 1] + 5, x + 12, quad[2, 1] - 5)
        for quad in quads
        for x in range(int(quad[0, 0]) + 4, int(quad[1, 0]) - 12, 15)
    ]
    return np.array(boxes, np.float32)


def joined(near: Look, letters: np.ndarray) -> list[list[float]]:
    return join_looks(look(LARGE, score=0.8), near, 64, letters).quads[:, 0].tolist()


def test_pieces_of_large_letters_go() -> None:
    assert joined(look(LINE), NO_LETTERS) == [[0, 0]]
    strokes = np.array([(60, 10, 90, 190), (120, 10, 150, 190)], np.float32)  # that run through it
    assert joined(look(LINE), strokes) == [[0, 0]]


def test_a_line_as_sure_as_what_is_around_it_is_no_piece() -> None:
    letters = np.array([(300, 10, 400, 190), (420, 10, 520, 190)], np.float32)
    assert joined(look(LINE, score=0.75), letters) == [[0, 0], [40, 60]]


def test_what_holds_several_lines_as_sure_as_it_is_no_line() -> None:
    captions = [box(x, 160, x + 120, 180) for x in (40, 300, 560)]
    icons = np.array([(x, 20, x + 100, 140) for x in (50, 310, 570)], np.float32)
    assert joined(look(*captions, score=0.75), icons) == [[40, 160], [300, 160], [560, 160]]
    unsure = look(box(600, 20, 700, 40), score=0.6)  # a fourth
    assert joined(look(*captions, score=0.75).beside(unsure), icons)[3:] == [[600, 20]]


def test_lines_of_whole_letters_stay_beside_what_is_larger() -> None:
    letters = letters_in(LINE)
    written = np.array([(280 + 30 * at, 20, 300 + 30 * at, 180) for at in range(len(letters))], np.float32)
    assert joined(look(LINE), np.concatenate([letters, written])) == [[0, 0], [40, 60]]


def test_what_was_seen_from_far_gives_way_to_lines_that_hold_most_of_its_letters() -> None:
    assert joined(look(LINE, OTHER), letters_in(LINE, OTHER)) == [[40, 60], [300, 120]]


def test_pieces_from_far_give_way_to_a_surer_line_of_large_letters_from_near() -> None:
    far, near = look(box(20, 20, 160, 100)), look(box(0, 10, 320, 100), score=0.7)
    letters = letters_in(near.quads[0])
    assert join_looks(far, near, 64, letters).quads[:, 0].tolist() == [[0, 10]]
    assert [20, 20] in join_looks(look(box(20, 20, 160, 100), score=0.8), near, 64, letters).quads[:, 0].tolist()
    assert join_looks(far, near, 40, letters).quads[:, 0].tolist()[0] == [20, 20]  # far too high to be seen whole


def test_a_page_without_lines_from_near_stays_as_seen_from_far() -> None:
    assert joined(Look.of_quads(1.0, np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32)), NO_LETTERS) == [[0, 0]]
