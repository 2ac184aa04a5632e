"""The ink of a page, as far as it may be text: which marks it has, and how high its letters are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detectors.dbnet.frames import InkIndex, free_marks
from detectors.geometry import in_boxes, weighted_median
from detectors.marks import Marks, are_scattered, find_marks
from detectors.projection.detector import WORKING_PIXELS

SMALL_QUANTILE = 0.2  # of the heights of letters, for those of the small print
MIN_SIDE = 3  # pixels of a page in which anything can be found
RELIABLE = 64.0  # pixels at which a page is worked on
FAR_SIDE = 240  # pixels of a page's longer side at which a letter that fills it is seen whole
MAX_FRAGMENTS = 200  # marks that a few such letters fall into when seen from near
NO_MARKS = Marks(np.zeros((0, 4), np.float32), np.zeros((0, 4), np.float32), 0.0)
MAX_MARK = 1.5  # times the height of the lines that were found, that of most marks; higher ones are no letters
LETTER = 0.6  # of the height of a line, that of its letters


@dataclass(frozen=True, slots=True)
class PageInk:
    """The marks of a page, in its pixels.

    Attributes:
        marks: Letters and dots.
        small_letter: Height of the small letters, pixels; 0 where there are none.
        size: Height and width of the page.
        reliable: Height of a letter, pixels, up to which its ink is sure to be seen as one piece.
        is_field: Whether it is full of specks, of which none is a mark.
    """

    marks: Marks
    small_letter: float
    size: tuple[int, int]
    reliable: float = 0.0
    is_field: bool = False

    @classmethod
    def of(cls, image: np.ndarray) -> PageInk:
        """Find the marks of a page, `(H, W, 3)` uint8 RGB."""
        height, width = image.shape[:2]
        if min(height, width) < MIN_SIDE:
            return cls(NO_MARKS, 0.0, (height, width))
        scale = working_scale((height, width))
        marks, reliable = _scaled(find_marks(image, scale), scale), RELIABLE / scale
        if len(marks.letters) <= MAX_FRAGMENTS and max(height, width) * scale > FAR_SIDE:
            far = FAR_SIDE / max(height, width)
            whole = _scaled(find_marks(image, far), far)
            if are_fragments(marks, whole):
                marks, reliable = whole, float(max(height, width))
        if are_scattered(marks.letters):
            return cls(NO_MARKS, 0.0, (height, width), is_field=True)
        heights = marks.letters[:, 3] - marks.letters[:, 1]
        small = float(np.quantile(heights, SMALL_QUANTILE)) if len(heights) else 0.0
        return cls(marks, small, (height, width), reliable)

    def fitted_to(self, image: np.ndarray, heights: np.ndarray, lengths: np.ndarray) -> PageInk:
        """The same page, its marks told by the height of lines, where icons or bars hid that of its letters.

        Args:
            image: The page, `(H, W, 3)` uint8 RGB.
            heights: Of lines that were found, `(n,)` pixels.
            lengths: Of each.
        """
        if not len(heights) or self.is_field:
            return self
        line = weighted_median(heights, lengths / np.maximum(heights, 1))
        if self.marks.height <= MAX_MARK * line:
            return self
        scale = working_scale(self.size)
        marks = _scaled(find_marks(image, scale, LETTER * line * scale), scale)
        return replace(self, marks=marks, reliable=RELIABLE / scale)

    def large_letters(self, quads: np.ndarray, least: float) -> np.ndarray:
        """Heights of the letters that are at least so high and lie in no quad, `(n,)` pixels."""
        heights = self.marks.letters[:, 3] - self.marks.letters[:, 1]
        large = heights >= least
        return heights[large][free_marks(InkIndex(self.marks.letters[large]), quads)]


def working_scale(size: tuple[int, int]) -> float:
    """By how much a page of a height and width is made smaller before its marks are looked for, 0–1."""
    height, width = size
    return min(1.0, (WORKING_PIXELS / (height * width)) ** 0.5)


def _scaled(marks: Marks, scale: float) -> Marks:
    """Marks of a page that was made smaller by `scale`, in its own pixels."""
    return Marks(marks.letters / scale, marks.dots / scale, marks.height / scale)


def are_fragments(near: Marks, far: Marks) -> bool:
    """Whether what was seen from near are pieces of the letters seen from far, whose strokes are too thick."""
    if not len(far.letters):
        return False
    middles = (near.letters[:, :2] + near.letters[:, 2:]) / 2
    return bool(in_boxes(middles, far.letters).all()) and 2 * near.height < far.height
