"""What stands at the ends of lines: bullets of lists, and letters that lie in two lines of a row."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.detectors import box

from detectors.dbnet.evidence import fit_evidence
from detectors.dbnet.frames import InkIndex
from detectors.dbnet.neighbours import part_ends
from detectors.dbnet.page_ink import PageInk
from detectors.dbnet.signs import reach_bullets
from detectors.marks import Marks

ITEMS = np.array([box(50, top, 300, top + 25) for top in (0, 40, 80)])
BULLETS = [(14.0, top + 8.0, 24.0, top + 18.0) for top in (0, 40, 80)]


def marks_of(*boxes: tuple[float, ...]) -> np.ndarray:
    return np.array(boxes, np.float32).reshape(-1, 4)


def begins(*boxes: tuple[float, ...]) -> list[float]:
    """Where the three items begin, given the marks beside them."""
    quads = reach_bullets(ITEMS, InkIndex(marks_of(*boxes)))
    assert (quads[:, [1, 2]] == ITEMS[:, [1, 2]]).all()
    lefts: list[float] = quads[:, 0, 0].tolist()
    return lefts


def test_items_of_a_list_reach_their_bullets() -> None:
    first, second, third = begins(*BULLETS[:2])
    assert first == second and 0 < first <= 14
    assert third == 50


@pytest.mark.parametrize(
    "marks",
    [
        BULLETS[:1],  # a list has several
        [BULLETS[0], (34.0, 48.0, 44.0, 58.0)],  # and one above the other
        [(left, top, left + 3, top + 3) for left, top in ((20, 11), (20, 51))],  # dirt
        [(4.0, top + 3.0, 20.0, top + 22.0) for top in (0, 40)],  # letters or digits
        [(14.0, top + 16.0, 24.0, top + 25.0) for top in (0, 40)],  # the commas of a column beside them
        [(-40.0, top + 8.0, -30.0, top + 18.0) for top in (0, 40)],  # a column away
        [*BULLETS[:2], (-8.0, 8.0, 2.0, 18.0), (-8.0, 48.0, 2.0, 58.0)],  # leaders, or the end of another text
    ],
)
def test_what_is_no_bullet_of_a_list_stays_apart(marks: list[tuple[float, ...]]) -> None:
    assert begins(*marks) == [50, 50, 50]


def row_of(*lefts: float) -> np.ndarray:
    return marks_of(*((left, 5, left + 10, 25) for left in lefts))


@pytest.mark.parametrize(
    ("letters", "ends"),
    [
        # the last letter of the left line lies in the right one, too
        (row_of(0, 12, 24, 36, 48, 100, 112, 124), (62, None)),
        # the first letter of the right line lies in the left one
        (row_of(-18, -6, 50, 62, 74), (None, 48)),
        # one line in two pieces
        (row_of(0, 12, 24, 36, 50, 62, 74), (48, 62)),
    ],
)
def test_a_letter_stays_with_its_own_word(letters: np.ndarray, ends: tuple[float | None, float | None]) -> None:
    left, right = part_ends(np.array([box(-4, 0, 62, 30), box(48, 0, 140, 30)]), InkIndex(letters))
    wanted_end, wanted_start = ends
    if None not in ends:
        assert (left[1, 0], right[0, 0]) == (62, 48)  # nothing moves
    elif wanted_end:
        assert left[1, 0] == 62 and 58 < right[0, 0] < 100
    elif wanted_start:
        assert right[0, 0] == 48 and 4 < left[1, 0] < 50


def test_lines_below_each_other_share_no_end() -> None:
    quads = np.array([box(0, 0, 100, 30), box(90, 20, 200, 50)])
    assert (part_ends(quads, InkIndex(row_of(92))) == quads).all()


def test_a_dash_stands_in_the_row_of_digits_that_only_their_ink_tells() -> None:
    head = box(300, 0, 420, 25)
    digits = marks_of(
        *((left, 65, left + 10, 81) for left in (100, 200)),
        *((345, 105 + 40 * row, 353, 121 + 40 * row) for row in range(2)),
    )
    dash = marks_of((345, 72, 353, 74))
    letters = marks_of(*((left, 5, left + 10, 21) for left in range(305, 410, 12)))
    ink = PageInk(Marks(np.concatenate([letters, digits]), dash, 16.0), 16.0, (240, 500))
    quads, _ = fit_evidence(head[None], np.ones(1, np.float32), ink)
    found = [quad for quad in quads if quad[0, 0] < 345 and quad[1, 0] > 353 and 50 < quad[0, 1] < 72]
    assert len(found) == 1 and found[0][3, 1] - found[0][0, 1] >= 16
