"""Which pixels of a page are ink: dark on light or, in dark panels, light on dark."""

from __future__ import annotations

import cv2
import numpy as np

REDUCTION = 4  # background and contrast are smooth: they are estimated on a page this many times smaller
WINDOW = 25  # reduced pixels, three to four lines of body text on a page of working size
PEAK_WINDOW = 9  # reduced pixels, about two lines
MIN_CONTRAST = 12.0  # grey levels; paler than this is paper
DARK_PAPER = 160  # grey level below which what stands out from the paper may be lighter than it
INK_FRACTION = 0.42  # of the strongest contrast nearby


def find_ink(grey: np.ndarray) -> np.ndarray:
    """Mark ink by its contrast to the paper around it.

    The paper is the median of a window of several lines, which follows shading and dark panels alike. A pixel
    is ink where it differs from the paper by a fixed part of the strongest difference nearby, so faint and
    bold print on one page both keep their shape.

    Args:
        grey: Page, `(H, W)` uint8.

    Returns:
        `(H, W)` uint8, 255 for ink and 0 for paper.
    """
    height, width = grey.shape
    small_size = (max(1, width // REDUCTION), max(1, height // REDUCTION))
    small = cv2.resize(grey, small_size, interpolation=cv2.INTER_AREA)
    paper_small = cv2.medianBlur(small, WINDOW)
    paper = cv2.resize(paper_small, (width, height), interpolation=cv2.INTER_LINEAR)
    contrast = cv2.subtract(paper, grey)
    panels = _dark_panels(small, paper_small)
    if panels.any():
        inside = cv2.resize(panels, (width, height), interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(cv2.subtract(grey, paper), inside, contrast)
    return cv2.compare(contrast, _thresholds(contrast, grey, paper, small_size), cv2.CMP_GT)


def _dark_panels(small: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Mask of where the paper is dark and what stands out from it is light, `(h, w)` uint8 0 or 255."""
    window = np.ones((WINDOW, WINDOW), np.uint8)
    above = cv2.subtract(cv2.dilate(small, window), paper)
    below = cv2.subtract(paper, cv2.erode(small, window))
    return ((paper < DARK_PAPER) & (above > below)).astype(np.uint8) * 255


def _thresholds(contrast: np.ndarray, grey: np.ndarray, paper: np.ndarray, small_size: tuple[int, int]) -> np.ndarray:
    """The contrast above which a pixel is ink, `(H, W)` uint8."""
    pooled = cv2.dilate(contrast, np.ones((REDUCTION, REDUCTION), np.uint8))
    pooled = cv2.resize(pooled, small_size, interpolation=cv2.INTER_NEAREST)
    peaks = cv2.dilate(pooled, np.ones((PEAK_WINDOW, PEAK_WINDOW), np.uint8))
    peaks = cv2.blur(peaks, (PEAK_WINDOW, PEAK_WINDOW))
    sample = cv2.absdiff(grey[::REDUCTION, ::REDUCTION], paper[::REDUCTION, ::REDUCTION])
    noise = 1.48 * float(np.median(sample))
    strongest = float(np.percentile(pooled, 99.5))
    floor = max(MIN_CONTRAST, 4 * noise, 0.15 * strongest)
    small = np.clip(np.maximum(peaks * INK_FRACTION, floor), 0, 255).astype(np.uint8)
    return cv2.resize(small, (contrast.shape[1], contrast.shape[0]), interpolation=cv2.INTER_LINEAR)
