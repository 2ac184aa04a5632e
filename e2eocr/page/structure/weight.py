"""How heavy the print of a line is: bold text has more ink on its place than the rest of the page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np

from detectors.geometry import bounds_of
from e2eocr.page.rows import middle
from e2eocr.page.structure.frame import Frame, corners_of, words_of
from e2eocr.page.structure.sketch import WHITE, Sketch, SmallPicture
from e2eocr.results import Line

BOLD = 1.25  # times the usual ink of a line, from which its print is bold,
PLAIN = 1.1  # and up to which it is not


class WordWeights:
    """How heavy the print of the words of a frame is; few pages ask for it, so it is found when it is asked for.

    Attributes:
        frame: The words.
    """

    def __init__(self, sketch: Sketch | None, frame: Frame) -> None:
        self._sketch, self.frame = sketch, frame

    def heads(self, upper: Sequence[int], lower: Sequence[int]) -> bool:
        """Whether some words of the frame are bold and some under them are not: these do not go on what those say."""
        return self._weight(upper) >= BOLD and self._weight(lower) <= PLAIN

    def _weight(self, words: Sequence[int]) -> float:
        """Relative to the usual text of the page."""
        ink, areas, usual = self._ink
        return float(ink[list(words)].sum() / max(areas[list(words)].sum(), 1.0)) / usual

    @cached_property
    def _ink(self) -> tuple[np.ndarray, np.ndarray, float]:
        if self._sketch is None:
            return np.ones(len(self.frame.texts)), np.ones(len(self.frame.texts)), 1.0
        ink, areas = _ink(self._sketch.grey, self._sketch.places(self.frame.boxes))
        shares = np.repeat(ink / np.maximum(areas, 1.0), [len(text) for text in self.frame.texts])
        return ink, areas, max(middle(shares), 1e-6)


def line_weights(picture: SmallPicture | None, lines: Sequence[Line]) -> np.ndarray:
    """How much ink lines have, relative to the usual line of the page: `(n,)`, 1 for the usual, about 1.4 for bold.

    Args:
        picture: Of the page; without it all lines are usual ones.
        lines: Of the page.
    """
    if picture is None or not lines:
        return np.ones(len(lines))
    words = [words_of(line) for line in lines]
    owners = np.repeat(np.arange(len(lines)), [len(each) for each in words])
    boxes = bounds_of(corners_of([word.polygon for each in words for word in each]))
    ink, areas = _ink(picture.grey, boxes / picture.scale)
    shares = np.bincount(owners, ink, len(lines)) / np.maximum(np.bincount(owners, areas, len(lines)), 1.0)
    usual = middle(np.repeat(shares, [max(len(line.text), 1) for line in lines]))
    return shares / usual if usual > 0 else np.ones(len(lines))


def _ink(grey: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How dark the pixels of boxes `(n, 4)` are together, and how many they are."""
    total = cv2.integral(grey)  # total[y, x]: of all pixels above and left of (x, y)
    height, width = grey.shape
    x0, x1 = np.clip(np.round(boxes[:, [0, 2]]), 0, width).astype(int).T
    y0, y1 = np.clip(np.round(boxes[:, [1, 3]]), 0, height).astype(int).T
    light = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    areas = ((x1 - x0) * (y1 - y0)).astype(float)
    return WHITE * areas - light, areas
