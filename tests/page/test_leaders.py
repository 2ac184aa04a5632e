"""Leaders: rows of dots are cut out of lines, an ellipsis stays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from doubles.detectors import box
from PIL import Image, ImageDraw, ImageFont

from e2eocr.documents import PageImage
from e2eocr.page.crops import LINE_PADDING
from e2eocr.page.leaders import without_leaders
from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import Straightened
from e2eocr.pipeline import load_pipeline
from recognizers.base import LineText

TOP, BOTTOM, FIRST_DOT, LAST_DOT = 92, 128, 180, 780
FONT = ImageFont.load_default(size=26)


class Reader:
    """Reads each crop as the same text, and keeps the crops."""

    name = "reader"

    def __init__(self, text: str = "Methods") -> None:
        self.text = text
        self.crops: list[np.ndarray] = []

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.crops += crops
        return [LineText(self.text, 0.9) for _ in crops]


class OneAfterAnother(Reader):
    """Reads each crop as the next one of some texts; one with a question mark is hardly legible."""

    def __init__(self, *texts: str) -> None:
        super().__init__()
        self.texts = iter(texts)

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        return [LineText(text, 0.3 if "?" in text else 0.9) for _, text in zip(crops, self.texts, strict=False)]


def contents_line(dots: int = 50) -> np.ndarray:
    image = Image.new("RGB", (900, 220), "white")
    draw = ImageDraw.Draw(image)
    draw.text((50, 120), "Methods", fill="black", font=FONT, anchor="ls")
    draw.text((850, 120), "47", fill="black", font=FONT, anchor="rs")
    for x in np.linspace(FIRST_DOT, LAST_DOT, 50)[:dots]:
        draw.ellipse((x, 117, x + 3, 120), fill="black")
    return np.asarray(image)


def cut(
    page: np.ndarray, quads: list[np.ndarray], texts: list[str], reader: Reader, unread: tuple[UnreadLine, ...] = ()
) -> PartedLines:
    located = LocatedLines(Straightened(page), np.array(quads, np.float32), np.ones(len(quads), np.float32))
    lines = tuple(ReadLine(quad, LineText(text, 0.9)) for quad, text in zip(quads, texts, strict=True))
    return without_leaders(page, located, PartedLines(lines, unread), reader)


@pytest.mark.parametrize("slope", [0.0, 0.02])
def test_a_line_with_a_leader_is_what_stands_before_and_behind_it(slope: float) -> None:
    reader = Reader()
    quad = box(46, TOP, 856, BOTTOM) + np.array([[0, 0], [0, 810], [0, 810], [0, 0]]) * slope * 0.5
    left = cut(contents_line(), [quad], ["Methods ..........7"], reader)
    ends = [(line.quad[0, 0], line.quad[1, 0]) for line in left.legible]
    assert ends == [(46, pytest.approx(FIRST_DOT - 6, abs=4)), (pytest.approx(LAST_DOT + 8, abs=5), 856)]
    assert len(reader.crops) == 2


def test_the_beginning_of_a_leader_is_cut_off_a_title() -> None:
    reader = Reader()
    left = cut(contents_line(), [box(46, TOP, 222, BOTTOM)], ["Methods ..."], reader)
    [line] = left.legible
    assert line.quad[1, 0] < FIRST_DOT and line.reading.text == "Methods"


def test_a_line_of_dots_is_none() -> None:
    reader = Reader()
    quads, blank = [box(170, TOP, 500, BOTTOM), box(46, TOP, 170, BOTTOM)], box(500, 110, 790, 125)
    left = cut(contents_line(), quads, [". . . . . .", "Methods"], reader, (UnreadLine(blank, "illegible"),))
    assert [line.reading.text for line in left.legible] == ["Methods"]
    assert not left.unread and not reader.crops


@pytest.mark.parametrize("text", ["Methods.", "Methods,"])
def test_the_first_dot_of_a_leader_is_no_point_of_its_title(text: str) -> None:
    reader = Reader()
    quads = [box(46, TOP, FIRST_DOT + 5, BOTTOM), box(815, TOP, 856, BOTTOM)]
    left = cut(contents_line(), quads, [text, "47"], reader)
    assert [line.reading.text for line in left.legible] == ["Methods", "47"]
    assert reader.crops[0].shape[1] < FIRST_DOT - 46 + LINE_PADDING * (BOTTOM - TOP)


def test_a_point_with_no_number_behind_it_is_not_looked_at() -> None:
    reader = Reader()
    quads = [box(46, TOP, FIRST_DOT + 5, BOTTOM), box(815, 140, 856, 170)]
    left = cut(contents_line(), quads, ["Methods.", "47"], reader)
    assert [line.reading.text for line in left.legible] == ["Methods.", "47"] and not reader.crops


@pytest.mark.parametrize(("read", "told"), [("47", ["Methods", "47"]), ("", ["Methods"])])
def test_what_is_unread_for_a_dot_before_it_is_read_without(read: str, told: list[str]) -> None:
    unread = UnreadLine(box(LAST_DOT - 6, TOP, 856, BOTTOM), "illegible")
    reader = OneAfterAnother("Methods", read)
    left = cut(contents_line(), [box(46, TOP, 222, BOTTOM)], ["Methods ..."], reader, (unread,))
    assert [line.reading.text for line in left.legible] == told
    assert bool(left.unread) == (not read)


@pytest.mark.parametrize("dots", [0, 3, 6])
def test_an_ellipsis_stays(dots: int) -> None:
    reader = Reader()
    text = "Methods ..."
    left = cut(contents_line(dots), [box(46, TOP, 260, BOTTOM)], [text], reader)
    assert [line.reading.text for line in left.legible] == [text] and not reader.crops


def test_what_is_read_worse_without_its_dots_stays() -> None:
    text = "Methods ..."
    left = cut(contents_line(), [box(46, TOP, 222, BOTTOM)], [text], Reader(""))
    assert [line.reading.text for line in left.legible] == [text]


def test_text_beside_a_leader_that_cannot_be_read_is_told_as_unread() -> None:
    left = cut(contents_line(), [box(46, TOP, 856, BOTTOM)], ["Methods ....47"], OneAfterAnother("Methods", "4?"))
    assert [line.reading.text for line in left.legible] == ["Methods"]
    [unread] = left.unread
    assert unread.reason == "illegible" and unread.quad[0, 0] > LAST_DOT


@pytest.mark.slow
@pytest.mark.parametrize("step", [8, 14])
def test_contents_are_read_without_their_leaders(step: int) -> None:
    titles = ("Introduction", "Methods of measurement", "Results", "Tables and figures", "Index of names")
    image = Image.new("RGB", (1300, 500), "white")
    draw = ImageDraw.Draw(image)
    for row, title in enumerate(titles):
        baseline = 100 + 60 * row
        draw.text((80, baseline), title, fill="black", font=FONT, anchor="ls")
        draw.text((1200, baseline), str(7 * row + 3), fill="black", font=FONT, anchor="rs")
        for x in range(round(90 + FONT.getlength(title)), 1140, step):
            draw.ellipse((x, baseline - 3, x + 3, baseline), fill="black")
    page = load_pipeline().read_page(PageImage(0, np.asarray(image), None))
    words = " ".join(line.text for line in page.lines).split()
    assert sorted(words) == sorted([*" ".join(titles).split(), "3", "10", "17", "24", "31"])
