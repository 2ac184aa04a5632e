"""Forms with a box for each character, read by the models that ship."""

from __future__ import annotations

import numpy as np
import pytest
from doubles.forms import draw_comb
from PIL import Image, ImageDraw, ImageFont

from e2eocr.documents import PageImage
from e2eocr.pipeline import load_pipeline

ROWS = ("JANE EXAMPLE", "DE89370400440532013000", "12031985", "PORT-AU-LAC 12", "4711")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "pitch", "lids", "quarters"), [(26, 40, True, 0), (20, 30, True, 1), (34, 52, False, 0)]
)
def test_a_row_of_boxes_is_one_line(size: float, pitch: int, lids: bool, quarters: int) -> None:
    image = Image.new("RGB", (pitch * 24 + 100, (pitch + 60) * len(ROWS) + 160), "white")
    draw = ImageDraw.Draw(image)
    draw.text((50, 30), "Please fill in with capital letters", fill="black", font=ImageFont.load_default(size=size))
    for row, text in enumerate(ROWS):
        draw_comb(draw, (50, 120 + row * (pitch + 60)), text, 23, pitch=pitch, height=pitch + 4, lids=lids, size=size)
    page = load_pipeline().read_page(PageImage(0, np.rot90(np.asarray(image), quarters).copy(), None))
    assert [line.text for line in page.lines] == ["Please fill in with capital letters", *ROWS]
    assert not page.tables
    for line, text in zip(page.lines[1:], ROWS, strict=True):
        assert [word.text for word in line.words] == text.split()
