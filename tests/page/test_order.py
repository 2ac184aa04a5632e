"""Reading order on layouts drawn as boxes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from e2eocr.page.gutters import widest_gutter
from e2eocr.page.order import NO_WALLS, arrange_lines

Box = tuple[float, float, float, float]


def make_quads(boxes: list[Box], degrees: float = 0.0) -> np.ndarray:
    quads = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in boxes]
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return (np.array(quads, np.float32).reshape(-1, 4, 2) @ matrix).astype(np.float32)


def column(x: float, y: float, width: float, lines: int, pitch: float = 26) -> list[Box]:
    """Lines 20 high, the last one short."""
    widths = [width] * (lines - 1) + [width * 0.6]
    return [(x, y + at * pitch, x + wide, y + at * pitch + 20) for at, wide in enumerate(widths)]


def row(y: float, *spans: tuple[float, float]) -> list[Box]:
    return [(x0, y, x1, y + 20) for x0, x1 in spans]


HEADER = [(300.0, 0.0, 700.0, 30.0)]
LEFT, RIGHT = column(0, 100, 470, 12), column(520, 100, 470, 12)
LEFT_LOWER = column(0, 460, 470, 8)
SIDEBAR = column(800, 107, 150, 9, pitch=31)

# Each layout is written in the order in which it is to be read.
LAYOUTS = {
    "empty": [],
    "single line": row(0, (0, 300)),
    "one column": column(0, 0, 900, 20),
    "two columns": LEFT + RIGHT,
    "two columns whose lines do not meet": LEFT + column(520, 111, 470, 12),
    "two columns, a paragraph's gap at one height": LEFT + LEFT_LOWER + RIGHT + column(520, 460, 470, 8),
    "three columns": column(0, 0, 300, 15) + column(330, 9, 300, 15) + column(660, 3, 300, 15),
    "four columns": [box for at in range(4) for box in column(at * 260, at * 5, 240, 30)],
    "header, two columns, footer": HEADER + LEFT + RIGHT + [(200.0, 500.0, 800.0, 520.0)],
    "two columns and a page number": LEFT + RIGHT + row(600, (480, 510)),
    "a heading across between columns": LEFT + RIGHT + row(440, (100, 900)) + LEFT_LOWER + column(520, 460, 470, 8),
    "text and a sidebar": column(0, 100, 700, 12) + SIDEBAR,
    "table": [box for at in range(6) for box in row(at * 40, (0, 120), (250, 330), (480, 560), (700, 790))],
    "receipt, prices at the right": [
        box
        for at in range(8)
        for box in (row(at * 26, (0, 200 + 20 * at), (600, 680)) if at % 3 else row(at * 26, (0, 300)))
    ],
    "form, names and values": [
        box for at in range(7) for box in row(at * 40, (0, 90 + 9 * at), (300, 500 + 60 * (at % 3)))
    ],
    "letter, date at the right": row(0, (0, 250)) + row(26, (0, 200)) + row(80, (700, 900)) + column(0, 140, 900, 9),
    "letter, date at the right between sender and receiver": column(0, 0, 260, 4)
    + row(112, (700, 860))
    + column(0, 150, 240, 3)
    + column(0, 260, 900, 9),
    "a running head above lines that end before its second half": row(0, (0, 500), (600, 900))
    + column(0, 90, 480, 2)
    + column(0, 170, 900, 9),
    "a line of dates above a short heading and columns": [(400.0, 0.0, 560.0, 40.0)]
    + row(60, (0, 90), (440, 470), (830, 980))
    + [(0.0, 95.0, 60.0, 145.0)]
    + [box for at in range(5) for box in column(at * 200, 165, 180, 18)],
    "a short headline between columns": LEFT
    + RIGHT
    + [(0.0, 430.0, 150.0, 480.0)]
    + column(0, 500, 470, 8)
    + column(520, 500, 470, 8),
    "narrow gutters": [box for at in range(5) for box in column(at * 208, 0, 200, 24, pitch=24)],
    "pieces of a row at different heights": [(0, 2, 200, 20), (230, 0, 400, 22), (430, 6, 600, 20), *row(30, (0, 600))],
}


@pytest.mark.parametrize("degrees", [0.0, 0.5, -0.5])
@pytest.mark.parametrize("name", LAYOUTS)
def test_columns_are_read_as_a_person_does(name: str, degrees: float) -> None:
    boxes = LAYOUTS[name]
    shuffled = np.random.default_rng(7).permutation(len(boxes))
    blocks = arrange_lines(make_quads([boxes[at] for at in shuffled], degrees))
    assert [int(shuffled[at]) for block in blocks for at in block] == list(range(len(boxes)))


def test_columns_of_running_text_are_none_of_a_table() -> None:
    """An advertisement beside narrow columns, all lines level: by their places alone they could be cells."""
    lines = [box for at in range(3) for box in column(300 + at * 130, 0, 120, 16) if box[3] - box[1]]
    aside = [box for at in (2, 5, 11) for box in row(26 * at, (20, 90 + 9 * at))]
    boxes = aside + lines
    blocks = arrange_lines(make_quads(boxes), running=range(len(aside), len(boxes)))
    assert [at for block in blocks for at in block] == list(range(len(boxes)))


@pytest.mark.parametrize(("small", "by_columns"), [(0.5, True), (0.1, False)])
def test_columns_of_a_word_a_line_are_told_by_their_small_letters(small: float, by_columns: bool) -> None:
    boxes = [box for at in range(4) for box in column(at * 150, 0, 60 + 10 * at, 8)]
    numbers = range(0, len(boxes), round(1 / small))
    read = [at for block in arrange_lines(make_quads(boxes), small=numbers) for at in block]
    assert read == (list(range(32)) if by_columns else [8 * at + row for row in range(8) for at in range(4)])


@pytest.mark.parametrize("degrees", [0.0, 2.0])
@pytest.mark.parametrize("walled", [True, False])
def test_columns_of_a_word_a_line_are_told_by_the_rule_between_them(walled: bool, degrees: float) -> None:
    boxes = [box for at in range(2) for box in column(at * 150, 0, 60 + 10 * at, 6)]
    rules = make_quads([(135.0, -5.0, 136.0, 160.0)], degrees)[:, [0, 3]]
    walls = rules if walled else NO_WALLS
    read = [at for block in arrange_lines(make_quads(boxes, degrees), small=range(12), walls=walls) for at in block]
    assert read == (list(range(12)) if walled else [6 * at + row for row in range(6) for at in range(2)])


def test_ragged_lines_of_narrow_columns_leave_no_further_columns() -> None:
    """Words at either end of a line, and pictures: here and there a strip within a column is empty."""
    rng = np.random.default_rng(0)
    boxes: list[Box] = []
    for at in range(5):
        for line in range(4 if at in (2, 4) else 0, 12):
            place = int(rng.integers(0, 2)) if rng.random() < 0.5 else 2
            start, end = ((0.0, 40.0), (80.0, 120.0), (0.0, 110.0))[place if at else 2]
            boxes.append((150.0 * at + start, 26.0 * line, 150.0 * at + end, 26.0 * line + 20))
    read = [at for block in arrange_lines(make_quads(boxes), small=range(0, len(boxes), 2)) for at in block]
    assert read == list(range(len(boxes)))


def test_rows_go_across_columns() -> None:
    blocks = arrange_lines(make_quads(LEFT[:3] + RIGHT[:3]), order="rows")
    assert [at for block in blocks for at in block] == [0, 3, 1, 4, 2, 5]


def test_a_paragraph_is_a_block() -> None:
    boxes = column(0, 0, 500, 4) + column(0, 140, 500, 3) + [(0.0, 260.0, 400.0, 300.0)]
    assert arrange_lines(make_quads(boxes)) == [[0, 1, 2, 3], [4, 5, 6], [7]]


def test_columns_are_blocks_of_their_own() -> None:
    assert [len(block) for block in arrange_lines(make_quads(HEADER + LEFT + RIGHT))] == [1, 12, 12]


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Invalid `order`\. Expected one of columns, rows"):
        arrange_lines(make_quads(LEFT), order="spiral")


@pytest.mark.parametrize("kind", ["anywhere", "one row", "staircase"])
def test_every_line_stands_once_however_they_lie(kind: str) -> None:
    count = 10_000
    corner = np.random.default_rng(3).uniform(0, 20_000, (count, 2))
    if kind == "one row":
        corner[:, 1] = 0
    elif kind == "staircase":
        corner = np.cumsum(np.linspace(40, 80, count))[:, None] * [1.0, 0.1]
    boxes = [(x, y, x + 30, y + 12) for x, y in corner.tolist()]
    for order in ("columns", "rows"):
        blocks = arrange_lines(make_quads(boxes), order=order)
        assert all(blocks)
        assert sorted(at for block in blocks for at in block) == list(range(count))


def draw_layout(rng: np.random.Generator) -> list[Box]:
    """A page as people set it, its lines in the order in which they are to be read."""
    columns, pitch = int(rng.integers(1, 5)), float(rng.uniform(24, 32))
    gutter, top = float(rng.uniform(24, 60)), 70.0
    aside = float(rng.choice([0, 170]))  # a column of notes at the right
    width = (1400 - aside - (columns - 1) * gutter) / columns
    boxes: list[Box] = [(500.0, 20.0, 900.0, 40.0)] if rng.random() < 0.7 else []  # header
    for section in range(int(rng.integers(1, 3))):
        boxes.append((0.0, top, float(rng.uniform(900, 1400)), top + 40))  # headline
        top += 70
        lines = int(rng.integers(9, 30))
        for at in range(columns):
            shift = float(rng.choice([0, rng.uniform(0, 12)]))
            ends = np.append(width * rng.uniform(0.82, 1.0, lines - 1), width * 0.5)
            left = at * (width + gutter)
            boxes += [
                (left, top + shift + row * pitch, left + end, top + shift + row * pitch + 20)
                for row, end in enumerate(ends)
            ]
        if aside and not section:
            notes = np.arange(int(rng.integers(4, 9))) * (pitch - 3) + top + 5
            boxes += [(1400 - aside + gutter, y, 1400 - rng.uniform(0, 20), y + 16) for y in notes.tolist()]
        top += lines * pitch + 60
        if rng.random() < 0.5:
            boxes.append((0.0, top, 1400.0, top + 20))  # what the table is about
            top += 40
            cells = [(0.0, 300.0), (420.0, 560.0), (760.0, 900.0), (1150.0, 1290.0)]
            for row in range(int(rng.integers(4, 9))):
                for left, right in cells:
                    boxes.append((left, top + 34 * row, right - float(rng.uniform(0, 100)), top + 34 * row + 20))
            top += 34 * 9 + 60
    return [*boxes, (690.0, top + 40, 710.0, top + 60)]  # the number of the page


def test_neighbouring_lines_of_many_layouts() -> None:
    """One to four columns, headers, headlines, tables and notes at the side: 97 of 100 lines follow the right one."""
    rng = np.random.default_rng(11)
    right = total = 0
    for _ in range(150):
        boxes = draw_layout(rng)
        shuffled = rng.permutation(len(boxes))
        blocks = arrange_lines(make_quads([boxes[at] for at in shuffled], float(rng.uniform(-1, 1))))
        order = [int(shuffled[at]) for block in blocks for at in block]
        right += sum(after == before + 1 for before, after in pairwise(order))
        total += len(boxes) - 1
    assert right / total >= 0.97


def test_a_note_up_the_margin_is_read_last() -> None:
    boxes = [*column(60, 0, 400, 12), *column(520, 0, 400, 12), (0.0, 20.0, 20.0, 260.0)]
    quads = make_quads(boxes)
    quads[-1] = quads[-1][[3, 0, 1, 2]]  # it runs upwards
    shuffled = np.random.default_rng(5).permutation(len(boxes))
    blocks = arrange_lines(quads[shuffled])
    assert [int(shuffled[at]) for block in blocks for at in block] == list(range(len(boxes)))


def test_a_date_above_newspaper_columns_keeps_none_from_being_parted() -> None:
    dates = row(0, (0, 200), (330, 560), (800, 1000))
    columns = [box for at in range(5) for box in column(at * 205, 60 + at, 180, 24, pitch=24)]
    boxes = dates + columns
    shuffled = np.random.default_rng(5).permutation(len(boxes))
    blocks = arrange_lines(make_quads([boxes[at] for at in shuffled]))
    assert [int(shuffled[at]) for block in blocks for at in block] == list(range(len(boxes)))


def test_an_indent_begins_a_paragraph() -> None:
    boxes = column(0, 0, 500, 12)
    for at in (4, 9):
        boxes[at] = (40.0, *boxes[at][1:])
    assert [len(block) for block in arrange_lines(make_quads(boxes))] == [4, 5, 3]


def test_lines_that_are_centred_or_set_in_together_are_no_paragraphs() -> None:
    centred = [
        (250.0 - half, 26.0 * at, 250.0 + half, 26.0 * at + 20) for at, half in enumerate([200, 120, 240, 90, 180])
    ]
    assert len(arrange_lines(make_quads(centred))) == 1
    boxes = column(0, 0, 500, 12)
    boxes[4:7] = [(40.0, *box[1:]) for box in boxes[4:7]]  # a quotation
    assert len(arrange_lines(make_quads(boxes))) == 1


def test_the_widest_gutter_has_lines_on_both_sides() -> None:
    """Beyond a wider one there is a speck alone, which would stand for a column of a table."""
    columns, speck = [(30.0, 290.0), (310.0, 570.0)], (1100.0, 1130.0)
    starts = [30.0] * 20 + [310.0] * 20 + [1100.0]
    assert widest_gutter([*columns, speck], starts) == [300]
    assert widest_gutter([columns[0], speck], starts[:20] + starts[40:]) == [695]  # where there is no other
    assert widest_gutter(columns[:1], starts[:20]) == []
