"""The boxes of words lie on them, whichever way their line runs: the shipped recognizer on lines with known words."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from e2eocr.models.loading import load_recognizer
from e2eocr.page.crops import LINE_PADDING, cut_lines
from e2eocr.page.words import PageMapping
from recognizers.base import CharSpan, LineText, Recognizer

WORDS = [
    ["The", "harbour", "lay", "in", "morning", "light"],
    ["and", "a", "hundred", "boats", "came", "home"],
    ["Invoice", "No.", "2041", "of", "15", "March"],
    ["We", "will", "meet", "there", "at", "nine"],
]
SIZE = (900, 520)


def draw_page() -> tuple[np.ndarray, list[np.ndarray], list[list[np.ndarray]]]:
    """A page `(H, W, 3)`, the quads of its lines, and those of each line's words, as high as the line."""
    image = Image.new("RGB", SIZE, "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=34)
    lines, words = [], []
    for row, texts in enumerate(WORDS):
        top, left = 60 + 110 * row, 70.0
        boxes = []
        for text in texts:
            draw.text((left, top), text, fill="black", font=font)
            x0, _, x1, _ = draw.textbbox((left, top), text, font=font)
            boxes.append((x0, x1))
            left += draw.textlength(text + " ", font=font)
        low, high = draw.textbbox((0, top), "Ápg", font=font)[1::2]
        quads = [np.array([[x0, low], [x1, low], [x1, high], [x0, high]], np.float32) for x0, x1 in boxes]
        words.append(quads)
        lines.append(np.array([quads[0][0], quads[-1][1], quads[-1][2], quads[0][3]]))
    return np.asarray(image), lines, words


def turn_page(degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """The `(2, 3)` matrix that turns the page clockwise, and the size of the canvas that holds it."""
    width, height = SIZE
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ matrix[:, :2].T + matrix[:, 2]
    matrix[:, 2] -= corners.min(axis=0)
    return matrix, np.ceil(np.ptp(corners, axis=0)).astype(int)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two convex quads `(4, 2)`."""
    shared, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    union = cv2.contourArea(one.astype(np.float32)) + cv2.contourArea(other.astype(np.float32)) - shared
    return float(shared / union)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return load_recognizer("alphabetic")


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [0.0, 6.0, -6.0, 90.0, 180.0, 270.0])
def test_words_lie_on_their_ink(recognizer: Recognizer, degrees: float) -> None:
    image, lines, words = draw_page()
    matrix, size = turn_page(degrees)
    page = cv2.warpAffine(image, matrix, tuple(size.tolist()), borderValue=(255, 255, 255))
    quads = np.array(lines) @ matrix[:, :2].T + matrix[:, 2]
    readings = recognizer.read(cut_lines(page, quads.astype(np.float32), padding=LINE_PADDING))
    mapping = PageMapping(np.eye(3), int(size[0]), int(size[1]), LINE_PADDING)
    overlaps = []
    for quad, reading, texts, places in zip(quads, readings, WORDS, words, strict=True):
        found = mapping.words(quad, reading)
        if [word.text for word in found] == texts:
            true = (place @ matrix[:, :2].T + matrix[:, 2] for place in places)
            overlaps += [overlap(np.array(word.polygon), place) for word, place in zip(found, true, strict=True)]
    assert len(overlaps) >= 0.7 * sum(map(len, WORDS))
    assert np.median(overlaps) >= 0.75
    assert min(overlaps) >= 0.4


def spans_from_the_right(text: str) -> tuple[CharSpan, ...]:
    """Spans of characters of one width, the first at the right."""
    edges = np.linspace(1, 0, len(text) + 1)
    return tuple(CharSpan(left, right, 0.9) for right, left in pairwise(edges))


def test_words_written_from_the_right_lie_where_they_stand() -> None:
    text = "שלום עולם"  # in logical order: its first word stands at the right
    reading = LineText(text, 0.9, spans_from_the_right(text), "Hebr")
    quad = np.array([[100, 50], [190, 50], [190, 70], [100, 70]], np.float32)
    [first, second] = PageMapping(np.eye(3), 300, 200, padding=0.0).words(quad, reading)
    assert (first.text, second.text) == ("שלום", "עולם")
    assert first.bbox == (150.0, 50.0, 190.0, 70.0) and second.bbox == (100.0, 50.0, 140.0, 70.0)
    # Corners go clockwise from the top left of the word as it stands, as those of any other word.
    assert first.polygon == ((150.0, 50.0), (190.0, 50.0), (190.0, 70.0), (150.0, 70.0))


def test_a_word_of_both_directions_is_one_box() -> None:
    text = "בשנת1948"  # letters from the right, digits from the left, at their left
    letters, digits = np.linspace(1, 0.5, 5), np.linspace(0, 0.5, 5)
    spans = [CharSpan(b, a, 0.9) for a, b in pairwise(letters)]
    spans += [CharSpan(a, b, 0.9) for a, b in pairwise(digits)]
    quad = np.array([[0, 0], [80, 0], [80, 20], [0, 20]], np.float32)
    [word] = PageMapping(np.eye(3), 300, 200, padding=0.0).words(quad, LineText(text, 0.9, tuple(spans), "Hebr"))
    assert word.text == text and word.bbox == (0.0, 0.0, 80.0, 20.0)
