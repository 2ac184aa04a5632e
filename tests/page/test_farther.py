"""Words that are too large for the looks at a page are looked for on a small picture of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from doubles.detectors import box
from PIL import Image, ImageDraw, ImageFont

from e2eocr.page.farther import SEEN, look_farther
from e2eocr.page.legibility import PartedLines, ReadLine, UnreadLine
from e2eocr.page.locate import LocatedLines
from e2eocr.page.straighten import Straightened, turn_page
from recognizers.base import CharSpan, LineText

SIZE = (900, 600)  # width, height
WORD = box(80, 60, 840, 380)


def reading(text: str, legibility: float = 1.0) -> LineText:
    return LineText(text, 1.0, (CharSpan(0.0, 1.0, legibility),) * len(text), "Latn", "latin")


def draw_poster(size: int) -> np.ndarray:
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    draw.text((460, 220), "BAHN", font=ImageFont.load_default(size=size), fill="black", anchor="mm", stroke_width=8)
    draw.text((80, 500), "Every hour, every day", font=ImageFont.load_default(size=30), fill="black")
    return np.asarray(image)


class Pictures:
    """Finds the word in a picture of the whole page, and keeps the pictures."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def find(self, picture: np.ndarray) -> np.ndarray:
        self.shapes.append(picture.shape)
        return (WORD * picture.shape[1] / SIZE[0])[None]


class Reader:
    """Reads all crops alike, and keeps them."""

    name = "reader"

    def __init__(self, answer: LineText) -> None:
        self._answer = answer
        self.crops: Sequence[np.ndarray] = ()

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.crops = crops
        return [self._answer] * len(crops)


def look(
    page: np.ndarray, pictures: Pictures, reader: Reader, *legible: ReadLine, upright: Straightened | None = None
) -> PartedLines:
    located = LocatedLines(
        upright or Straightened(page), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32)
    ).without_copy(page)
    unread = UnreadLine(box(100, 100, 300, 300), "illegible"), UnreadLine(box(100, 400, 300, 450), "illegible")
    return look_farther(page, located, PartedLines(legible, unread), pictures.find, reader)


def test_a_word_is_found_where_its_letters_are_of_a_usual_height() -> None:
    pictures = Pictures()
    found = look(draw_poster(300), pictures, Reader(reading("BAHN")))
    [line] = found.legible
    assert line.reading.text == "BAHN"
    np.testing.assert_allclose(line.quad, WORD, atol=1)
    [(height, width, _)] = pictures.shapes
    assert width / height == pytest.approx(1.5, abs=0.05)
    assert 0.7 * SEEN < 215 * width / SIZE[0] < 1.4 * SEEN  # of letters that are about 215 pixels high
    [left] = found.unread  # what lies on the word is told by it
    np.testing.assert_allclose(left.quad, box(100, 400, 300, 450))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_looked_at_upright(turn: int) -> None:
    page = np.rot90(draw_poster(300), turn // 90).copy()
    reader = Reader(reading("BAHN"))
    [line] = look(page, Pictures(), reader, upright=turn_page(page, turn)).legible
    np.testing.assert_allclose(line.quad, WORD, atol=2)
    [crop] = reader.crops
    columns = (crop < 128).sum(axis=0)
    assert columns[: len(columns) // 10].max() > 0.5 * len(crop)  # B begins with a stroke


def test_pieces_of_its_letters_go() -> None:
    pieces = ReadLine(box(300, 100, 400, 350), reading("A")), ReadLine(box(80, 490, 500, 530), reading("Every hour"))
    found = look(draw_poster(300), Pictures(), Reader(reading("BAHN")), *pieces)
    assert sorted(line.reading.text for line in found.legible) == ["BAHN", "Every hour"]


def test_a_page_without_large_letters_is_not_looked_at_again() -> None:
    pictures = Pictures()
    look(draw_poster(40), pictures, Reader(reading("BAHN")))
    look(draw_poster(300), pictures, Reader(reading("BAHN")), ReadLine(WORD, reading("BAHN")))
    assert not pictures.shapes


def test_what_is_unsure_proves_nothing() -> None:
    found = look(draw_poster(300), Pictures(), Reader(reading("BAHN", legibility=0.6)))
    assert not found.legible and len(found.unread) == 2
