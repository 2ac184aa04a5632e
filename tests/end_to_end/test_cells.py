"""Cells of tables and signs of amounts, drawn anew: nothing short is lost, whatever its size and resolution."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from e2eocr.documents import PageImage
from e2eocr.pipeline import Pipeline, load_pipeline

MINUS = "\u2212"
ROWS, COLUMNS = 12, 6
LABELS = ("Bolts", "Washers", "Screws", "Hinges", "Lamps", "Cables", "Valves", "Filters", "Gauges", "Clamps", "Springs")


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load_pipeline()


def draw_table(cells: list[list[str]], size: float, dpi: float, leading: float) -> PageImage:
    """A table of cells set flush right, with a column of labels; `size` in points."""
    pixels = size * dpi / 72
    font = ImageFont.load_default(size=pixels)
    pitch, step = round(leading * pixels), round(9 * pixels)
    image = Image.new("RGB", (step * (COLUMNS + 1) + 100, pitch * len(cells) + 200), "white")
    draw = ImageDraw.Draw(image)
    for row, texts in enumerate(cells):
        y = 100 + row * pitch
        draw.text((50, y), LABELS[row % len(LABELS)], fill="black", font=font)
        for column, text in enumerate(texts):
            right = step * (column + 2)
            draw.text((right, y), text.lstrip(MINUS), fill="black", font=font, anchor="ra")
            if text[0] == MINUS:  # which the font lacks: as long as a digit, and as high in the line as a plus
                left, middle = right - draw.textlength(text[1:], font) - 0.6 * pixels, y + 0.62 * pixels
                draw.rectangle((left, middle, left + 0.5 * pixels, middle + 0.06 * pixels), fill="black")
    return PageImage(0, np.asarray(image), dpi)


def words_read(pipeline: Pipeline, page: PageImage) -> Counter[str]:
    return Counter(word for line in pipeline.read_page(page).lines for word in line.text.split())


@pytest.mark.slow
@pytest.mark.parametrize(("size", "dpi", "leading"), [(10, 200, 1.3), (10, 200, 2.0), (9, 300, 1.3), (12, 150, 1.6)])
def test_single_digits_in_columns_are_found(pipeline: Pipeline, size: float, dpi: float, leading: float) -> None:
    rng = np.random.default_rng(5)
    cells = [[str(digit) for digit in row] for row in rng.integers(0, 10, (ROWS, COLUMNS))]
    true = Counter(text for row in cells for text in row)
    read = words_read(pipeline, draw_table(cells, size, dpi, leading))
    assert (true & read).total() >= 0.99 * true.total()


@pytest.mark.slow
@pytest.mark.parametrize(("size", "dpi", "leading"), [(10, 200, 1.6), (9, 300, 1.3), (12, 150, 1.6)])
def test_single_letters_in_columns_are_found(pipeline: Pipeline, size: float, dpi: float, leading: float) -> None:
    """H, O and I stand for letters of other scripts too, and were lost."""
    rng = np.random.default_rng(7)
    cells = [[str(letter) for letter in row] for row in rng.choice(list("ABCEFHIKLMNOPRTUY"), (ROWS, COLUMNS))]
    true = Counter(text for row in cells for text in row)
    read = words_read(pipeline, draw_table(cells, size, dpi, leading))
    assert (true & read).total() >= 0.97 * true.total()


@pytest.mark.slow
@pytest.mark.parametrize(("size", "dpi"), [(10, 200), (8, 300), (12, 150), (11, 250)])
@pytest.mark.parametrize("sign", ["-", MINUS])
def test_no_minus_is_lost(pipeline: Pipeline, size: float, dpi: float, sign: str) -> None:
    rng = np.random.default_rng(6)
    cells = [[f"{sign}{amount:.2f}" for amount in row] for row in rng.uniform(1, 2000, (ROWS, COLUMNS))]
    page = pipeline.read_page(draw_table(cells, size, dpi, 1.6))
    amounts = [line.text for line in page.lines if any(map(str.isdigit, line.text))]
    assert len(amounts) == ROWS * COLUMNS
    assert [text for text in amounts if text[0].isdigit()] == []


@pytest.mark.slow
@pytest.mark.parametrize("height", [80, 200, 500, 900])
@pytest.mark.parametrize("character", ["4", "K", "E"])
def test_a_character_alone_in_its_picture_is_found(pipeline: Pipeline, character: str, height: int) -> None:
    font = ImageFont.load_default(size=height)
    left, top, right, bottom = font.getbbox(character)
    image = Image.new("RGB", (round(1.6 * (right - left)), round(1.6 * (bottom - top))), "white")
    place = (0.3 * (right - left) - left, 0.3 * (bottom - top) - top)
    ImageDraw.Draw(image).text(place, character, fill="black", font=font)
    assert words_read(pipeline, PageImage(0, np.asarray(image), 300.0)) == Counter([character])
