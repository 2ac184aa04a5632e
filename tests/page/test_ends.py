"""Room at the ends of small lines, and none taken from their neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.detectors import box, turned_box

from e2eocr.page.ends import open_ends


@pytest.mark.parametrize(
    ("height", "room"),
    [
        (10, 3.0),  # small print
        (16, 1.0),
        (5, 1.5),  # never more than a part of its height
        (30, 0.0),  # its margin is room enough
    ],
)
def test_small_lines_have_room_at_their_ends(height: float, room: float) -> None:
    [opened] = open_ends(np.array([box(100, 50, 300, 50 + height)]))
    assert opened == pytest.approx(box(100 - room, 50, 300 + room, 50 + height))


def test_neighbours_in_the_row_keep_their_ground() -> None:
    cells = np.array([box(100, 50, 200, 60), box(203, 50, 300, 60), box(100, 62, 300, 72)])
    opened = open_ends(cells)
    assert opened[0, 1, 0] == pytest.approx(201.5) and opened[1, 0, 0] == pytest.approx(201.5)
    assert opened[2, 1, 0] == pytest.approx(303)  # the rows above are no neighbours


def test_lines_that_overlap_stay_as_they_are_where_they_meet() -> None:
    opened = open_ends(np.array([box(100, 50, 200, 60), box(195, 50, 300, 60)]))
    assert opened[0, 1, 0] == pytest.approx(200) and opened[1, 0, 0] == pytest.approx(195)


def test_a_slanted_line_is_opened_along_its_text() -> None:
    quad = turned_box((200, 200), (100, 10), 30)
    [opened] = open_ends(np.array([quad]))
    widths = [float(np.linalg.norm(each[1] - each[0])) for each in (quad, opened)]
    assert widths[1] == pytest.approx(widths[0] + 6, abs=0.01)


def test_nothing_has_no_ends() -> None:
    assert open_ends(np.zeros((0, 4, 2), np.float32)).shape == (0, 4, 2)
