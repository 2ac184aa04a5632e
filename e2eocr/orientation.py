"""Which way up a page is: its longest lines are read in all four turns, and the turn that reads best is right."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from detectors.base import Detector
from e2eocr.lines import cut_lines
from recognizers.base import Recognizer

MOST_LINES = 16
_LEAST_SHARE = 0.2  # of the longest line: shorter ones tell little
_WORKING_SIDE = 2000


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a page lies.

    Attributes:
        turn: Degrees clockwise by which the page must be turned to stand upright: 0, 90, 180 or 270.
        evidence: How sure that is, summed over the lines that were read: 0 is nothing, over 10 is sure.
    """

    turn: int
    evidence: float


def find_orientation(pixels: np.ndarray, detector: Detector, recognizer: Recognizer) -> Orientation:
    """Tell the quarter turn that makes the lines of a page legible.

    Args:
        pixels: Page, `(H, W, 3)` uint8 RGB.
        detector: Finds the lines, on the page as it is and on its side.
        recognizer: Reads the longest of them upright and upside down.

    Returns:
        The turn, with no evidence where the page has no lines.
    """
    step = max(1, round(max(pixels.shape[:2]) / _WORKING_SIDE))
    small = pixels[::step, ::step] if step > 1 else pixels
    letters: dict[int, float] = {}
    lines: dict[int, int] = {}
    for turn in (0, 90):
        page = np.ascontiguousarray(np.rot90(small, -turn // 90))
        crops = _longest_lines(page, detector)
        for further in (0, 180):
            turned = [np.ascontiguousarray(np.rot90(crop, further // 90)) for crop in crops]
            letters[turn + further] = _legible_letters(turned, recognizer)
            lines[turn + further] = len(crops)
    best, second = sorted(letters, key=lambda turn: letters[turn], reverse=True)[:2]
    return Orientation(best, lines[best] * math.log((letters[best] + 1) / (letters[second] + 1)))


def _longest_lines(page: np.ndarray, detector: Detector) -> list[np.ndarray]:
    """Pictures of the longest lines of a page."""
    quads = detector.detect(page).quads
    lengths = np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)
    order = np.argsort(-lengths, kind="stable")[:MOST_LINES]
    kept = [at for at in order if lengths[at] >= _LEAST_SHARE * lengths[order[0]]]
    return cut_lines(page, quads[kept]) if kept else []


def _legible_letters(crops: list[np.ndarray], recognizer: Recognizer) -> float:
    """How many letters and digits the readings can be expected to have right.

    The letters of a line that stands on end may each be read for sure, as O is, but there are few in each reading.
    """
    readings = recognizer.read(crops)
    return sum(reading.confidence * sum(map(str.isalnum, reading.text)) for reading in readings)
