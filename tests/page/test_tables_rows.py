"""The rows of tables whose rules are not all seen, and the small picture that rules are looked for in."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.layouts import draw_rules, make_page, rows_of

from e2eocr.page.structure import structure_page
from e2eocr.page.structure.sketch import shrink

XS, COLUMNS = (100, 400, 600, 800), (110, 410, 610)
ENTRIES = [[f"harbour {at}", f"{40 + at}.00", f"{90 + at}.00"] for at in range(8)]


@pytest.mark.parametrize("missing", [[5], [2], [3, 6]])
def test_a_rule_that_is_too_faint_to_be_seen_leaves_rows_apart(missing: list[int]) -> None:
    ys = [190 + 40 * at for at in range(9)]
    level = [(XS[0], y, XS[-1], y) for at, y in enumerate(ys) if at not in missing]
    picture = draw_rules(*level, *((x, ys[0], x, ys[-1]) for x in XS))
    (table,) = structure_page(make_page(rows_of(ENTRIES, COLUMNS, 200)), picture).tables
    assert [cell.text for cell in table.cells] == [text for row in ENTRIES for text in row]


@pytest.mark.parametrize(
    ("shape", "side", "small"),
    [((1001, 1503), 2, (500, 751)), ((1000, 1500), 2, (500, 750)), ((1001, 1504), 3, (333, 501)), ((1, 1500), 2, None)],
)
def test_a_small_picture_has_whole_squares_of_pixels(
    shape: tuple[int, int], side: int, small: tuple[int, int] | None
) -> None:
    rows, columns = np.indices(shape)
    squares = ((rows // side + columns // side) % 2 * 255).astype(np.uint8)
    made = shrink(squares, shape[1], 10.0 * side)
    assert made.grey.shape == (small or shape)
    assert made.scale == (side if small else 1)
    if small:
        assert set(np.unique(made.grey).tolist()) == {0, 255}  # no square is mixed with another


def test_a_space_of_one_row_parts_no_column() -> None:
    """The last word of a text reaches beyond the others by itself: what is before it is a space between words."""
    names = ["harbourmastersoffice state", *("x" * (12 + at % 8) for at in range(13)), "y" * 30]
    rows = [[name, f"{40 + at}.00"] for at, name in enumerate(names)]
    (table,) = structure_page(make_page(rows_of(rows, (110, 610), 200)), None).tables
    assert [cell.text for cell in table.cells] == [text for row in rows for text in row]
