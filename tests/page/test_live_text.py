"""The page put together of the text that it carries and what is read beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from e2eocr.page.live_text import merge_lines, moved_page, paint_over
from e2eocr.results import Line, Page, Polygon, Unread, Word


def box(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def line(text: str, polygon: Polygon) -> Line:
    return Line(text, 0.9, polygon, words=(Word(text, 0.9, polygon),))


LIVE = line("carried", box(10, 100, 90, 120))


def test_words_are_painted_over_where_they_stand_in_a_part() -> None:
    page = np.full((200, 200, 3), 255, np.uint8)
    page[102:118, 12:88] = page[150:160, 30:40] = 0
    part = page[90:170, 20:120].copy()
    paint_over(part, [LIVE], (20.0, 90.0, 120.0, 170.0))
    page[90:130] = 255
    assert (part == page[90:170, 20:120]).all()


def test_what_was_read_in_a_part_stands_on_the_page() -> None:
    place = (10.0, 50.0, 61.0, 100.0)
    unread = (Unread(box(1, 2, 3, 4), "illegible"),)
    read = Page(0, 51, 50, lines=(line("read", box(0, 0, 20.5, 10)),), unread=unread, illegible=(box(1, 2, 3, 4),))
    moved = moved_page(read, place, 100, 200)
    assert (moved.width, moved.height) == (100, 200)
    assert moved.lines[0].bbox == moved.lines[0].words[0].bbox == (10, 50, 30.5, 60)
    assert moved.unread[0].bbox == (11, 52, 13, 54) and moved.illegible == (box(11, 52, 13, 54),)


def test_lines_that_were_read_stand_beside_those_that_are_carried() -> None:
    merged = merge_lines(Page(0, 200, 200, rotation=90, lines=(line("read", box(10, 150, 90, 170)),)), [LIVE])
    assert [each.text for each in merged.lines] == ["carried", "read"]
    assert merged.origin == "mixed" and merged.rotation == 0


def test_marks_that_a_word_leaves_out_are_no_lines() -> None:
    crumbs = (line("C", box(30, 93, 36, 99)), line(".", box(92, 116, 95, 120)))
    unread = (Unread(box(30, 121, 40, 126), "illegible"), Unread(box(30, 160, 40, 170), "illegible"))
    merged = merge_lines(Page(0, 200, 200, lines=crumbs, unread=unread), [LIVE])
    assert merged.lines == (LIVE,) and merged.origin == "text-layer"
    assert merged.unread == unread[1:]


def test_a_line_that_touches_a_word_and_is_as_tall_is_no_crumb() -> None:
    merged = merge_lines(Page(0, 200, 200, lines=(line("next", box(85, 100, 140, 120)),)), [LIVE])
    assert [each.text for each in merged.lines] == ["carried", "next"]


def test_marks_far_below_a_letter_belong_to_its_line() -> None:
    """Burmese stacks them: the line is as high as its highest stack, a word's own box may be half of that."""
    low = replace(LIVE, polygon=box(20, 80, 90, 135))
    merged = merge_lines(Page(0, 200, 200, lines=(line("o", box(30, 128, 40, 138)),)), [low])
    assert merged.lines == (low,)


def test_a_picture_that_passes_for_one_letter_is_told_as_unread() -> None:
    picture = box(110, 100, 170, 170)
    merged = merge_lines(Page(0, 200, 200, lines=(line("O", picture),)), [LIVE])
    assert merged.lines == (LIVE,) and merged.origin == "text-layer"
    assert merged.unread == (Unread(picture, "no-text-found"),)
