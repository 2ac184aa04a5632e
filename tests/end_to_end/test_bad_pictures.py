"""Pictures that tempt a reader cost no more than three ordinary pages, and no text is invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from doubles.bad_pictures import A4, WITHOUT_TEXT, fax
from PIL import Image, ImageDraw, ImageFont

from detectors.dbnet.reader import DBNetDetector, Model
from e2eocr.documents import PageImage
from e2eocr.models.choice import open_recognizer
from e2eocr.models.loading import load_detector
from e2eocr.pipeline import Pipeline
from e2eocr.results import Page
from e2eocr.settings import ReadSettings
from recognizers.base import LineText, Recognizer

TEXT = "the quick brown fox jumps over a lazy dog while seven wizards mix their jugs of liquor"
WORDS = TEXT.split()


@dataclass
class Counted:
    """A model and a recognizer that count: pixels that the net sees, and pictures of lines that are read."""

    model: Model
    recognizer: Recognizer
    name: str = "counted"
    pixels: int = 0
    lines: int = 0

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        self.pixels += pixels.size
        return self.model(pixels)

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.lines += len(crops)
        return self.recognizer.read(crops)


def read_counted(grey: np.ndarray) -> tuple[Page, Counted]:
    """Read a page `(H, W)` uint8, and what that took."""
    settings = ReadSettings(threads=1)
    detector = load_detector(settings.detector, threads=1)
    assert isinstance(detector, DBNetDetector)
    counted = Counted(detector._model, open_recognizer(settings))
    pipeline = Pipeline(DBNetDetector("counted", counted, detector._settings), counted, settings)
    pixels = np.repeat(grey[:, :, None], 3, axis=2)
    return pipeline.read_page(PageImage(0, pixels, 140.0)), counted


def typed_page() -> np.ndarray:
    """An ordinary page: forty-odd lines of text."""
    image = Image.new("L", A4[::-1], 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=20)
    for row in range(46):
        first = row % len(WORDS)
        draw.text((100, 90 + 32 * row), " ".join((WORDS + WORDS)[first : first + 14]), fill=0, font=font)
    return np.asarray(image)


@pytest.fixture(scope="module")
def ordinary() -> Counted:
    page, counted = read_counted(typed_page())
    assert len(page.lines) == 46
    return counted


@pytest.mark.slow
@pytest.mark.parametrize("name", list(WITHOUT_TEXT))
def test_no_text_is_invented_and_the_work_is_bounded(ordinary: Counted, name: str) -> None:
    page, counted = read_counted(WITHOUT_TEXT[name]())
    assert [line.text for line in page.lines] == []
    assert counted.pixels <= 3 * ordinary.pixels
    assert counted.lines <= 3 * ordinary.lines


@pytest.mark.slow
def test_a_fax_is_read_for_what_it_says(ordinary: Counted) -> None:
    page, counted = read_counted(fax(typed_page()))
    read = " ".join(line.text for line in page.lines).split()
    assert sum(word in WORDS for word in read) >= 0.9 * 46 * 14
    assert sum(word not in WORDS for word in read) <= 0.05 * 46 * 14
    assert counted.pixels <= 3 * ordinary.pixels and counted.lines <= 3 * ordinary.lines
