"""Ink as evidence: quads parted by their rows, ends moved to signs, and what the net did not find."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from doubles.bad_pictures import specks
from doubles.detectors import box, turned_box

from detectors.dbnet.evidence import fit_evidence, level_short, split_rows
from detectors.dbnet.frames import InkIndex, free_marks, own_marks
from detectors.dbnet.page_ink import PageInk, are_fragments
from detectors.dbnet.signs import lone_signs, reach_signs
from detectors.marks import Marks, are_scattered

NO_SCORES = np.zeros(0, np.float32)


def letters_of(row_tops: list[float], lefts: list[float], height: float = 20, width: float = 12) -> np.ndarray:
    """Boxes of letters in rows, `(n, 4)`."""
    return np.array([(x, y, x + width, y + height) for y in row_tops for x in lefts], np.float32)


def turned(points: np.ndarray) -> np.ndarray:
    """Places or boxes of a page that is turned by a quarter: x and y change places."""
    return points[..., [1, 0, 3, 2]] if points.shape[-1] == 4 else points[..., ::-1]


COLUMNS = [
    # what the letters are, their boxes, the quad around them, how many rows there are
    ("a column of digits", letters_of([0, 40, 80, 120], [0]), box(-6, -6, 18, 146), 4),
    ("two digits a row", letters_of([0, 36, 72], [0, 15]), box(-6, -6, 33, 98), 3),
    ("closely set", letters_of([0, 29, 58, 87], [0]), box(-6, -4, 18, 111), 4),
    ("two rows of a paragraph", letters_of([0, 30], list(range(0, 300, 15))), box(-5, -5, 305, 55), 2),
    ("one line", letters_of([0], list(range(0, 300, 15))), box(-5, -5, 305, 25), 1),
    ("one digit", letters_of([0], [0]), box(-5, -5, 17, 25), 1),
    ("a line on end", turned(letters_of([0], list(range(0, 300, 15)))), box(-5, -5, 25, 305), 1),
]


@pytest.mark.parametrize(("letters", "quad", "rows"), [case[1:] for case in COLUMNS], ids=[case[0] for case in COLUMNS])
def test_a_quad_is_parted_by_the_rows_in_it(letters: np.ndarray, quad: np.ndarray, rows: int) -> None:
    parts = split_rows(quad, letters)
    assert len(parts) == rows
    inside = [((part[0] <= letters[:, :2]) & (letters[:, 2:] <= part[2])).all(axis=1).sum() for part in parts]
    assert inside == [len(letters) // rows] * rows


def on_end(lefts: range, widths: list[int], pitch: int) -> tuple[np.ndarray, np.ndarray]:
    """Lines that run down the page, typed with a fixed pitch: boxes of their letters, and their quads."""
    letters = [
        (left, pitch * at, left + 20, pitch * at + widths[at % len(widths)]) for left in lefts for at in range(15)
    ]
    quads = [box(left - 5, -5, left + 25, pitch * 15) for left in lefts]
    return np.array(letters, np.float32), np.array(quads)


@pytest.mark.parametrize(
    ("widths", "rows"),
    [([4, 9, 12, 13, 10], 6), ([12], 6 * 15)],
    ids=["letters of a typewriter on its side", "columns of digits"],
)
def test_lines_of_a_page_on_its_side_are_no_columns(widths: list[int], rows: int) -> None:
    letters, quads = on_end(range(0, 300, 50), widths, 20)
    ink = PageInk(Marks(letters, np.zeros((0, 4), np.float32), 12.0), 12.0, (400, 400), 64.0)
    found, _ = fit_evidence(quads, np.full(len(quads), 0.9, np.float32), ink)
    assert len(found) == rows


def test_columns_beside_level_lines_are_parted_whatever_their_letters() -> None:
    letters, quads = on_end(range(0, 300, 50), [4, 9, 12, 13, 10], 20)
    line = letters_of([400], list(range(0, 600, 15)))
    ink = PageInk(Marks(np.concatenate([letters, line]), np.zeros((0, 4), np.float32), 12.0), 12.0, (500, 700), 64.0)
    quads = np.concatenate([quads, [box(-5, 395, 605, 425)]])
    found, _ = fit_evidence(quads, np.full(len(quads), 0.9, np.float32), ink)
    assert len(found) > 6 * 10


def test_commas_and_feet_of_a_line_are_no_row() -> None:
    line = letters_of([0], list(range(0, 300, 15)))
    commas = letters_of([16], [31, 151], height=9, width=4)
    assert len(split_rows(box(-5, -5, 305, 30), np.concatenate([line, commas]))) == 1


def test_letters_count_for_the_quad_whose_middle_they_lie_at() -> None:
    upper, lower = letters_of([0], [0, 20]), letters_of([24], [0, 20])
    quads = np.array([box(-5, -5, 40, 32), box(-5, 14, 40, 48)])  # each reaches into the other line
    assert own_marks(InkIndex(np.concatenate([upper, lower])), quads).tolist() == [0, 0, 1, 1]


SIGNS = [
    # what stands beside the line, its box, whether the line is moved out to it
    ("a minus before it", (-16, 12, -6, 14), True),
    ("a minus behind it", (206, 12, 216, 14), True),
    ("a minus a space away", (-24, 12, -14, 14), True),
    ("a column away", (-60, 12, -50, 14), False),
    ("a comma's foot of the line above", (-10, -14, -6, -6), False),
    ("a bar that is no sign", (-40, 10, -2, 14), False),
    ("a point behind it", (204, 23, 207, 26), True),
    ("a point a space away", (214, 23, 217, 26), False),
    ("a point of the row below", (204, 34, 207, 37), False),
    ("a quotation mark before it", (-7, -2, -3, 3), True),
]


@pytest.mark.parametrize(("mark", "moved"), [case[1:] for case in SIGNS], ids=[case[0] for case in SIGNS])
def test_a_line_reaches_the_signs_beside_it(mark: tuple[float, ...], moved: bool) -> None:
    quad = reach_signs(box(0, 0, 200, 25), np.array([mark], np.float32))
    assert bool(quad[0, 0] <= mark[0] and mark[2] <= quad[1, 0]) is moved
    assert (quad[0, 0], quad[1, 0]) == (min(0, mark[0]), max(200, mark[2])) if moved else (0, 200)
    assert quad[:, 1].tolist() == [0, 0, 25, 25]


def test_a_line_that_ends_inside_a_word_reaches_its_end() -> None:
    rest = letters_of([2], [202, 217, 232, 247])
    assert reach_signs(box(0, 0, 200, 25), rest)[1, 0] == 259


@pytest.mark.parametrize(("dots", "end"), [(3, 234), (8, 200)], ids=["an ellipsis", "a leader"])
def test_dots_behind_a_line_are_its_own_unless_they_lead_away(dots: int, end: int) -> None:
    row = np.array([(204 + 13 * at, 20, 208 + 13 * at, 24) for at in range(dots)], np.float32)
    assert reach_signs(box(0, 0, 200, 25), row)[1, 0] == end


def test_the_hyphen_of_a_narrow_face_is_a_sign_and_a_point_is_none() -> None:
    rows = np.array([box(0, 0, 200, 25), box(280, 0, 350, 25), box(0, 100, 200, 125)])
    hyphen, point = (310, 111, 315, 113), (330, 119, 333, 122)
    assert len(lone_signs(np.array([hyphen], np.float32), rows, 20.0)) == 1
    assert not len(lone_signs(np.array([point], np.float32), rows, 20.0))


def test_a_dash_alone_in_a_cell_is_as_high_as_its_row() -> None:
    rows = np.array([box(0, 0, 200, 25), box(280, 0, 350, 25), box(0, 100, 200, 125)])
    dash, speck, between = (300, 112, 310, 114), (400, 110, 402, 112), (300, 60, 310, 62)
    outside = (500, 112, 510, 114)  # in the row, but under no line, as the grain of a table top beside a sheet
    [quad] = lone_signs(np.array([dash, speck, between, outside], np.float32), rows, 20.0)
    assert quad[:, 1].tolist() == [100, 100, 125, 125]
    assert quad[0, 0] < 300 and quad[1, 0] > 310


def test_a_dashed_rule_is_no_row_of_signs() -> None:
    dashes = np.array([(300 + 14 * at, 12, 310 + 14 * at, 14) for at in range(8)], np.float32)
    assert len(lone_signs(dashes, np.array([box(0, 0, 200, 25)]), 20.0)) == 0


def test_rows_of_print_part_however_high_their_quad_is() -> None:
    letters = letters_of([100, 140], list(range(100, 250, 15)))
    quad = box(90, 85, 260, 175)  # higher than a letter that is sure to be seen whole
    ink = PageInk(Marks(letters, letters[:0], 20.0), 20.0, (400, 400), 64.0)
    quads, _ = fit_evidence(quad[None], np.ones(1, np.float32), ink)
    assert [round(float(each[:, 1].mean())) for each in quads] == [110, 150]


@pytest.mark.parametrize("degrees", [-7.0, 6.0])
def test_rows_that_run_otherwise_than_their_quad_part(degrees: float) -> None:
    letters = letters_of([100, 136, 172, 208], list(range(100, 400, 15)))
    quad = turned_box((250, 164), (330, 170), degrees)
    parts = split_rows(quad, letters)
    assert [round(float(part[:, 1].mean())) for part in parts] == pytest.approx([110, 146, 182, 218], abs=4)


@pytest.mark.parametrize("degrees", [-5.0, 0.0, 5.0])
def test_a_long_line_is_no_block_of_rows(degrees: float) -> None:
    letters = letters_of([100], list(range(100, 900, 15)))
    quad = turned_box((500, 110), (900, 80), degrees)
    assert len(split_rows(quad, letters)) == 1


def test_pieces_of_large_letters_are_no_rows() -> None:
    stems = [(100 + 30 * at, 100, 104 + 30 * at, 110 + 30 * (at % 3)) for at in range(5)]
    feet = [(100 + 30 * at, 160, 120 + 30 * at, 164 + 20 * (at % 2)) for at in range(5)]
    pieces = np.array([*stems, *feet], np.float32)
    ink = PageInk(Marks(pieces, pieces[:0], 20.0), 20.0, (400, 400), 64.0)
    quads, _ = fit_evidence(box(90, 85, 260, 195)[None], np.ones(1, np.float32), ink)
    assert len(quads) == 1


def test_two_points_one_above_the_other_are_a_colon() -> None:
    rows = np.array([box(0, 0, 200, 25), box(280, 0, 350, 25), box(0, 100, 200, 125), box(0, 150, 350, 175)])
    colon = [(240, 106, 243, 109), (240, 117, 243, 120)]  # between a label and nothing
    aslant = [(300, 156, 303, 159), (309, 165, 312, 168)]
    heap = [(500, 106, 503, 109), (500, 112, 503, 115), (500, 118, 503, 121)]
    apart = [(240, 56, 243, 59), (240, 67, 243, 70)]  # in no row
    dots = np.array([*colon, *aslant, *heap, *apart], np.float32)
    [quad] = lone_signs(dots, rows, 20.0)
    assert quad[:, 1].tolist() == [100, 100, 125, 125]
    assert quad[0, 0] < 240 and quad[1, 0] > 243


def test_lines_that_ink_alone_tells_have_a_little_room() -> None:
    page = np.full((300, 600, 3), 255, np.uint8)
    cv2.putText(page, "2", (40, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2)
    ink = PageInk.of(page)
    [quad], _ = fit_evidence(np.zeros((0, 4, 2), np.float32), NO_SCORES, ink)
    [digit] = ink.marks.letters
    assert (quad[0] < digit[:2] - 1).all() and (quad[2] > digit[2:] + 1).all()


def test_ink_in_no_quad_becomes_lines_that_must_prove_themselves() -> None:
    page = np.full((300, 600, 3), 255, np.uint8)
    for row in (80, 160):
        cv2.putText(page, "harbour light", (40, row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2)
    ink = PageInk.of(page)
    found = np.array([box(30, 50, 300, 95)])
    quads, scores = fit_evidence(found, np.ones(1, np.float32), ink)
    assert len(quads) == 2 and scores[0] == 1 and 0 < scores[1] < 0.3
    assert 120 < quads[1][:, 1].min() < quads[1][:, 1].max() < 185
    assert not free_marks(InkIndex(ink.marks.letters), quads).any()


@pytest.mark.parametrize("shape", [(1, 1, 3), (0, 5, 3), (400, 300, 3)])
def test_a_page_without_ink_has_no_line(shape: tuple[int, ...]) -> None:
    quads, scores = fit_evidence(np.zeros((0, 4, 2), np.float32), NO_SCORES, PageInk.of(np.full(shape, 255, np.uint8)))
    assert (quads.shape, scores.shape) == ((0, 4, 2), (0,))


def test_a_line_that_ends_inside_a_letter_reaches_its_end() -> None:
    page = np.full((200, 600, 3), 255, np.uint8)
    cv2.rectangle(page, (92, 96), (106, 99), (0, 0, 0), -1)  # a minus, more than half of it in the line
    for at in range(5):
        cv2.rectangle(page, (120 + 24 * at, 84), (132 + 24 * at, 110), (0, 0, 0), -1)
    quads, _ = fit_evidence(np.array([box(96, 76, 240, 118)]), np.ones(1, np.float32), PageInk.of(page))
    assert quads[0][0, 0] <= 92


def test_a_line_on_end_reaches_nothing_beside_it() -> None:
    page = np.full((600, 600, 3), 255, np.uint8)
    for at in range(16):
        cv2.rectangle(page, (100, 80 + 22 * at), (122, 96 + 22 * at), (0, 0, 0), -1)
        cv2.rectangle(page, (140, 80 + 22 * at), (162, 96 + 22 * at), (0, 0, 0), -1)
    line = box(96, 74, 126, 434)
    quads, _ = fit_evidence(np.array([line]), np.ones(1, np.float32), PageInk.of(page))
    assert quads[0].tolist() == line.tolist()


def test_a_lone_digit_lies_as_the_lines_of_its_page_run() -> None:
    letters = letters_of([100], [300])
    askew = np.array([[306, 88], [328, 110], [306, 132], [284, 110]], np.float32)
    lines = np.array([box(0, 0, 200, 25), askew])
    levelled = level_short(lines, [letters_of([2], list(range(0, 190, 15))), letters])
    assert levelled[0].tolist() == lines[0].tolist()
    assert (levelled[1][0] < letters[0, :2]).all() and (levelled[1][2] > letters[0, 2:]).all()
    assert levelled[1][0, 1] == levelled[1][1, 1]


def marks_of(boxes: list[np.ndarray], height: float) -> Marks:
    return Marks(np.array(boxes, np.float32).reshape(-1, 4), np.zeros((0, 4), np.float32), height)


def test_pieces_of_a_letter_with_thick_strokes_are_told_from_letters() -> None:
    letter = marks_of([np.array([100, 100, 700, 900])], 800.0)
    pieces = [np.array([110, 300, 150, 420]), np.array([500, 150, 560, 300])]
    assert are_fragments(marks_of(pieces, 120.0), letter)
    assert are_fragments(marks_of([], 0.0), letter)
    assert not are_fragments(marks_of([*pieces, np.array([1000, 100, 1040, 160])], 120.0), letter)  # text beside it
    assert not are_fragments(letter, letter)
    assert not are_fragments(letter, marks_of([], 0.0))


@pytest.mark.parametrize("side", [300, 1400])
def test_a_letter_that_fills_its_picture_is_seen_as_one(side: int) -> None:
    image = np.full((side, side, 3), 255, np.uint8)
    unit = side // 10
    image[2 * unit : 8 * unit, 3 * unit : 5 * unit] = 0  # an L
    image[6 * unit : 8 * unit, 3 * unit : 7 * unit] = 0
    [letter] = PageInk.of(image).marks.letters
    assert letter == pytest.approx(np.array([3, 2, 7, 8]) * unit, abs=0.02 * side)


def test_a_line_does_not_reach_the_letters_of_a_line_that_stays_as_it_is() -> None:
    letters = letters_of([0], [0, 15, 30])
    beside = letters_of([0], [48, 63])
    ink = PageInk(Marks(np.concatenate([letters, beside]), letters[:0], 20.0), 20.0, (400, 400), 64.0)
    quad, other = np.array([box(-5, -5, 45, 25)]), np.array([box(46, -5, 80, 25)])
    alone, _ = fit_evidence(quad, np.ones(1, np.float32), ink)
    apart, _ = fit_evidence(quad, np.ones(1, np.float32), ink, other)
    assert alone[0, 1, 0] == 75
    assert apart[0, 1, 0] == 45


def rows_of_letters(degrees: float, jitter: float = 0.0) -> np.ndarray:
    """Boxes of 1,200 letters in rows that run at an angle, `(n, 4)`."""
    columns, rows = np.meshgrid(np.arange(40) * 14.0, np.arange(30) * 30.0)
    middles = np.column_stack([columns.ravel(), rows.ravel()])
    middles += np.random.default_rng(0).normal(0, jitter, middles.shape)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middles = middles @ turn
    return np.concatenate([middles - 6, middles + 6], axis=1).astype(np.float32)


@pytest.mark.parametrize("degrees", [0, 7, 45, 90])
def test_letters_are_told_from_specks_however_they_lie(degrees: float) -> None:
    assert not are_scattered(rows_of_letters(degrees, jitter=2))


def test_specks_lie_in_no_direction() -> None:
    middles = np.random.default_rng(0).uniform(0, 2000, (3000, 2))
    boxes = np.concatenate([middles - 2, middles + 2], axis=1).astype(np.float32)
    assert are_scattered(boxes)
    assert not are_scattered(boxes[:900])  # so few cost nothing


@pytest.mark.parametrize("count", [10_000, 40_000])
def test_a_page_full_of_specks_has_no_marks(count: int) -> None:
    ink = PageInk.of(np.repeat(specks(count)[:, :, None], 3, axis=2))
    assert ink.is_field and not len(ink.marks.letters) and not len(ink.marks.dots)


def test_specks_around_lines_become_no_lines() -> None:
    line = letters_of([400], list(range(100, 900, 15)))
    middles = np.random.default_rng(0).uniform(0, 1000, (3000, 2)).astype(np.float32)
    dirt = np.concatenate([middles - 2, middles + 2], axis=1)
    dirt = dirt[np.abs(middles[:, 1] - 410) > 60]
    ink = PageInk(Marks(np.concatenate([line, dirt]), dirt[:0], 20.0), 20.0, (1000, 1000))
    quads, scores = fit_evidence(box(95, 395, 905, 425)[None], np.ones(1, np.float32), ink)
    assert len(quads) == len(scores) == 1


@pytest.mark.parametrize(("dash", "owner"), [(62, 0), (78, 1), (70, 0)], ids=["nearer left", "nearer right", "amid"])
def test_a_dash_between_two_lines_is_told_once(dash: int, owner: int) -> None:
    letters = np.concatenate([letters_of([0], [0, 15, 30, 45]), letters_of([0], [100, 115, 130])])
    mark = np.array([[dash, 9, dash + 12, 12]], np.float32)
    ink = PageInk(Marks(letters, mark, 20.0), 20.0, (400, 400), 64.0)
    quads = np.array([box(-3, -5, 60, 25), box(97, -5, 145, 25)])
    found, _ = fit_evidence(quads, np.ones(2, np.float32), ink)
    assert [quad[0, 0] <= dash and quad[1, 0] >= dash + 12 for quad in found] == [owner == 0, owner == 1]
