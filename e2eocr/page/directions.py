"""How the text of a line runs. Writers ask it too, so no decoder is loaded here."""

from __future__ import annotations

import math
from collections.abc import Sequence

from e2eocr.results import Direction, Line, Polygon
from recognizers.directions import is_mostly_from_right

_EAST_ASIAN = ("Hani", "Hira", "Kana", "Bopo", "Hang")  # whose characters stand upright in columns
_DOWN = 0.7  # of the length of a line's upper edge, that it runs down the page


def direction_of(text: str, script: str, polygon: Polygon) -> Direction:
    """How the text of a line runs whose corners on the page are `polygon`, the top left of its text first."""
    (x0, y0), (x1, y1) = polygon[:2]
    if script in _EAST_ASIAN and y1 - y0 > _DOWN * math.hypot(x1 - x0, y1 - y0):
        return "ttb"
    return "rtl" if is_mostly_from_right(text) else "ltr"


def are_columns(lines: Sequence[Line]) -> bool:
    """Whether most of the text of a page stands in columns, which are read as if the page lay on its side."""
    total = sum(len(line.text) for line in lines)
    return 2 * sum(len(line.text) for line in lines if line.direction == "ttb") > total
