"""What of a page's own text is believed: seen, once, and saying what the picture says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
from doubles.readings import reading

from e2eocr.documents import LayerLine, PageSize, TextLayer
from e2eocr.page.layer import (
    MAX_SAMPLES,
    FontVerdict,
    are_trusted,
    bare_place,
    choose_samples,
    hidden_lines,
    judge_lines,
    likeness,
    seen_lines,
)
from e2eocr.results import Line, Word

INK = (12, 28)  # rows of a word that have ink


def word(text: str, left: float, top: float = 10.0, width: float = 60.0) -> Word:
    return Word(text, 1.0, ((left, top), (left + width, top), (left + width, top + 20), (left, top + 20)))


def line(*words: Word, font: str = "f", hidden: bool = False) -> LayerLine:
    text = " ".join(each.text for each in words)
    corners = (words[0].polygon[0], words[-1].polygon[1], words[-1].polygon[2], words[0].polygon[3])
    return LayerLine(Line(text, 1.0, corners, words=words), font, is_sane=True, is_hidden=hidden)


def layer(*lines: LayerLine, ink: tuple[float, ...] = (), colours: tuple[int, int] = (255, 0)) -> TextLayer:
    """A page with strokes at each of the places of `ink`, drawn as large as it is."""
    ground, stroke = colours
    preview = np.full((100, 400, 3), ground, np.uint8)
    for left in ink:
        for start in range(int(left) + 5, int(left) + 55, 12):  # an H
            preview[INK[0] : INK[1], [start, start + 7]] = stroke
            preview[sum(INK) // 2, start : start + 8] = stroke
    return TextLayer(PageSize(400, 100, 72.0), lines, preview, 1.0, lambda boxes: [])


read = partial(reading, sure=0.99)


def test_words_without_ink_are_not_seen() -> None:
    page = layer(line(word("shown", 10), word("covered", 100)), ink=(10,))
    [seen] = seen_lines(page)
    assert seen.line.text == "shown" and seen.line.bbox == (10, 10, 70, 30)


def test_the_edge_of_a_bar_is_no_ink() -> None:
    page = layer(line(word("secret", 10)))
    page.preview[12:28, :200] = 0  # the bar ends within the box of the word
    assert seen_lines(page) == ()


def test_a_thin_dash_is_seen() -> None:
    dash = Word("-", 1.0, ((10, 20), (20, 20), (20, 21), (10, 21)))
    page = layer(line(dash))
    page.preview[20, 10:20] = 190
    assert [each.line.text for each in seen_lines(page)] == ["-"]


def test_text_of_the_same_grey_as_its_ground_is_seen() -> None:
    page = layer(line(word("green on red", 10)))
    page.preview[:] = (200, 30, 40)
    page.preview[12:28, 15:60:6] = (20, 122, 40)
    assert len(seen_lines(page)) == 1


@pytest.mark.parametrize("shift", [0.5, 2, 4, 8])
def test_shadows_come_once(shift: float) -> None:
    page = layer(line(word("shadow", 10)), line(word("shadow", 10 + shift, 10 + shift)), ink=(10,))
    assert [each.line.text for each in seen_lines(page)] == ["shadow"]


def test_a_word_that_stands_twice_in_a_row_stays() -> None:
    page = layer(line(word("very", 10), word("very", 80)), ink=(10, 80))
    assert [each.line.text for each in seen_lines(page)] == ["very very"]


def test_hidden_lines_are_apart() -> None:
    page = layer(line(word("shown", 10)), line(word("hidden", 100), hidden=True), ink=(10, 100))
    assert [each.line.text for each in seen_lines(page)] == ["shown"]
    assert [each.line.text for each in hidden_lines(page)] == ["hidden"]


def test_ink_that_no_line_explains_is_bare() -> None:
    lines = (line(word("shown", 10)),)
    assert bare_place(layer(*lines, ink=(10,)), lines) is None
    for page in (layer(*lines, ink=(10, 200)), layer(*lines, ink=(200,), colours=(0, 255))):
        assert bare_place(page, lines) == (165, 0, 301, 68)


def draw_frame(page: TextLayer, left: int, top: int, right: int, bottom: int) -> None:
    cv2.rectangle(page.preview, (left, top), (right, bottom), (0, 0, 0))


def test_rules_and_frames_are_no_bare_ink() -> None:
    page = layer()
    draw_frame(page, 5, 5, 395, 95)
    assert bare_place(page, ()) is None


def test_frames_around_words_are_no_bare_ink() -> None:
    lines = [line(word("boxed", left)) for left in (10, 100, 200, 300)]
    page = layer(*lines, ink=(10, 100, 200, 300))
    for left in (5, 95, 195, 295):
        draw_frame(page, left, 5, left + 70, 35)
    assert bare_place(page, lines) is None


def test_ink_is_looked_for_on_panels_too() -> None:
    lines = (line(word("shown", 10)),)
    page = layer(*lines, ink=(10,))
    page.preview[40:95, 100:380] = 90
    for left in range(150, 300, 20):
        page.preview[60:75, [left, left + 6]] = page.preview[67, left : left + 7] = 255
    place = bare_place(page, lines)
    assert place is not None and place[0] < 150 and place[2] > 300


def test_samples_are_the_longest_lines_of_each_font() -> None:
    lines = [line(word("x" * (10 + at), 10), font=font) for font in "ab" for at in range(5)]
    lines.append(line(word("ab", 10), font="d"))
    turns = choose_samples(lines)
    assert len(turns) == MAX_SAMPLES
    chosen = [[(each.font, len(each.line.text)) for each in turn] for turn in turns[:2]]
    assert chosen == [[("a", 14), ("b", 14)], [("a", 13), ("b", 13)]]


def test_a_font_that_says_something_else_is_not_believed() -> None:
    samples = [line(word("Uif ibscpvs pggjdf", 10), font="off"), line(word("The harbour office", 10), font="right")]
    verdicts = judge_lines(samples, [read("The harbour office"), read("The harbor office")], {})
    assert not verdicts["off"].is_believed and verdicts["right"].is_believed


def test_what_we_cannot_read_has_no_say() -> None:
    samples = [line(word("港务处登记每一艘船只", 10))]
    assert judge_lines(samples, [read("# E ilt% 1", sure=0.5)], {}) == {}
    assert FontVerdict().is_believed


def test_a_script_that_is_taken_for_another_has_no_say() -> None:
    samples = [line(word("\\item รายการที่หนึ่ง", 10))]
    assert judge_lines(samples, [read("\\item snennsiwds", sure=0.905)], {}) == {}


def test_another_reading_of_a_scan_is_taken_where_it_is_ours() -> None:
    samples = [line(word("The harbour office", 10), hidden=True)]
    assert are_trusted(samples, [read("The harbour office")])
    assert not are_trusted(samples, [read("The arbour offlce")])
    assert not are_trusted([], [])


def test_spaces_and_case_make_no_difference() -> None:
    assert likeness("The  Office", "theoffice") == 1.0
    assert likeness("abc", "xyz") == 0.0


def test_an_unsure_font_is_believed_by_most_of_its_lines() -> None:
    samples = [replace(line(word(text, 10))) for text in ("first line here", "second line here", "zzzzzzzzzzzz")]
    readings = [read("first line here"), read("second line here"), read("third line here")]
    assert judge_lines(samples, readings, {})["f"] == FontVerdict(2, 1)
    assert judge_lines(samples, readings, {"f": FontVerdict(0, 2)})["f"] == FontVerdict(2, 3)
