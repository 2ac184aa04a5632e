"""Text that was found twice, once as a part of something larger: letters on a button, and the button."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.geometry import boxes_from_quads, share_inside
from recognizers.base import LineText

CHANCE = 0.5  # legibility at which a letter proves nothing
ALIKE = 0.05  # of what one line tells, by which the same letters in it may tell less
INSIDE = 0.8  # of a line, from which it is told twice where another one holds so much of it


def find_doubles(quads: Sequence[np.ndarray], readings: Sequence[LineText]) -> set[int]:
    """The lines that tell what others tell: of a line and those that lie in it, whichever tells less.

    A line tells the more, the more letters it has and the surer they are.

    Args:
        quads: `(4, 2)` of each line. None bends: such a line has neighbours in its quad.
        readings: Of each.

    Returns:
        Their places in the list. Where both tell as much, it is the larger one, whose quad is not so exact.
    """
    boxes = boxes_from_quads(np.array(quads, np.float32).reshape(-1, 4, 2))
    told = [how_much_told(reading) for reading in readings]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    doubles: set[int] = set()
    for at in np.argsort(-areas, kind="stable").tolist():
        if at in doubles:
            continue
        common = np.minimum(boxes[:, 2:], boxes[at, 2:]) - np.maximum(boxes[:, :2], boxes[at, :2])
        near = np.flatnonzero((common > 0).all(axis=1) & (areas < areas[at]))
        held = [other for other in near.tolist() if share_inside(quads[other], quads[at]) >= INSIDE]
        if held:
            tell_less = sum(told[other] for other in held) < (1 - ALIKE) * told[at]
            doubles |= set(held) if tell_less else {at}
    return doubles


def how_much_told(reading: LineText) -> float:
    """How much a line tells: its letters and digits, by how much surer than chance they are."""
    return reading.alphanumerics * max(0.0, reading.legibility - CHANCE)
