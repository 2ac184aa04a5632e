"""Strokes that pass for dashes: bars of charts, rules, and creases in the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from e2eocr.page.fit import is_bar
from e2eocr.page.lookalikes import DASHES
from recognizers.base import LineText

FAINT = 0.4  # of the contrast of a page's lines, that of a crease in its paper at most


def without_strokes(readings: Sequence[LineText], crops: Sequence[np.ndarray]) -> list[LineText]:
    """The readings of a page's lines; none of a dash that is a bar or a rule, or far fainter than the page's letters.

    Args:
        readings: Of all lines.
        crops: Of each, `(h, w)` uint8 grey.
    """
    dashes = [at for at, reading in enumerate(readings) if reading.text in DASHES]
    least = FAINT * _usual_contrast(readings, crops) if dashes else 0.0
    strokes = {at for at in dashes if is_bar(crops[at]) or _contrast(crops[at]) <= least}
    return [replace(each, text="", spans=()) if at in strokes else each for at, each in enumerate(readings)]


def _usual_contrast(readings: Sequence[LineText], crops: Sequence[np.ndarray]) -> float:
    """The median of the lines that have letters or digits; of none, less than any has."""
    written = (any(map(str.isalnum, reading.text)) for reading in readings)
    contrasts = [_contrast(crop) for crop, letters in zip(crops, written, strict=True) if letters]
    return float(np.median(contrasts)) if contrasts else -1.0


def _contrast(crop: np.ndarray) -> float:
    """Grey levels between the darkest and the lightest of a crop, extremes left out."""
    dark, light = np.quantile(crop, (0.004, 0.996))
    return float(light - dark)
