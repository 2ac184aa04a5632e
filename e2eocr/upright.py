"""Which way up lines are: a page's quarter turn, and that of lines beside its text, told by reading them.

A detector that finds lines at any angle cannot say where their text begins. Most pages are upright, and a few of their
lines, read as they stand, prove it. Where they are not legible, they are read the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from recognizers.base import LineText

ReadLines = Callable[[np.ndarray], Sequence[LineText]]

MOST_LINES = 8
LEGIBLE = 0.8  # at which a page is upright without further question
SURE = 0.12  # by which a turned page must be more legible than it is as it stands
_LEAST_SHARE = 0.2  # of the longest line: shorter ones tell little
_ELONGATED = 1.5  # length over thickness at which an outline says which way its line runs
_SIDEWAYS = 2.5  # at which a line that stands on an upright page is tried as one that runs up or down


def set_upright(quads: np.ndarray, read: ReadLines) -> tuple[np.ndarray, int]:
    """Order the corners of lines as their text runs.

    Args:
        quads: `(n, 4, 2)` float32 page pixels, clockwise, the first edge the one that runs to the right.
        read: Reads lines whose quads it is given, `(m, 4, 2)`.

    Returns:
        The quads, each clockwise from the top left of its text, and by how many degrees the page must be turned
        clockwise to stand upright: 0, 90, 180 or 270.
    """
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    if not len(quads):
        return quads, 0
    turns = _page_turns(quads, read)
    quads = np.roll(quads, turns, axis=1)
    widths, heights = _sides(quads)
    standing = np.flatnonzero(heights > _SIDEWAYS * widths)
    if len(standing):
        quads[standing] = _most_legible(quads[standing], read)
    return quads, 90 * turns


def common_skew(quads: np.ndarray, turn: int) -> float:
    """Degrees by which lines fall to the right on a page that is turned upright first: the median, by length.

    Args:
        quads: `(n, 4, 2)`, clockwise from the top left of their text.
        turn: Degrees clockwise that bring the page upright.
    """
    if not len(quads):
        return 0.0
    edges = quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]
    angles = np.degrees(np.arctan2(edges[:, 1], edges[:, 0])) + turn
    angles = (angles + 180) % 360 - 180
    near = np.abs(angles) <= 45
    if not near.any():
        return 0.0
    angles, lengths = angles[near], np.linalg.norm(edges[near], axis=1)
    order = np.argsort(angles, kind="stable")
    reached = np.cumsum(lengths[order])
    return round(float(angles[order][np.searchsorted(reached, reached[-1] / 2)]), 2)


def _page_turns(quads: np.ndarray, read: ReadLines) -> int:
    """Clockwise quarter turns that bring a page upright; 0 where nothing tells."""
    widths, heights = _sides(quads)
    level, standing = widths > _ELONGATED * heights, heights > _ELONGATED * widths
    on_its_side = heights[standing].sum() > widths[level].sum()
    members = np.flatnonzero(standing if on_its_side else level)
    lengths = np.maximum(widths, heights)[members]
    order = np.argsort(-lengths, kind="stable")[:MOST_LINES]
    sample = quads[members[order[lengths[order] >= _LEAST_SHARE * lengths.max(initial=0)]]]
    if not len(sample):
        return 0
    best, most = 0, 0.0
    for turns in (1, 3, 0) if on_its_side else (0, 2):
        legibility = float(np.mean([_legibility(each) for each in read(np.roll(sample, turns, axis=1))]))
        if legibility >= LEGIBLE:
            return turns
        if legibility > most + SURE:
            best, most = turns, legibility
    return best


def _most_legible(quads: np.ndarray, read: ReadLines) -> np.ndarray:
    """Each quad with its corners as they make its line most legible: as it stands, running up, or running down."""
    forms = [np.roll(quads, turns, axis=1) for turns in (0, 1, 3)]
    legibilities = [[_legibility(each) for each in read(form)] for form in forms]
    best = np.argmax(legibilities, axis=0)
    return np.stack([forms[form][at] for at, form in enumerate(best)])


def _legibility(reading: LineText) -> float:
    """The confidence of a reading, a character; 0 where nothing was read."""
    return reading.confidence ** (1 / len(reading.text)) if reading.text else 0.0


def _sides(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of each quad along its first edge and across it, `(n,)` each."""
    along = np.linalg.norm(quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3], axis=1) / 2
    across = np.linalg.norm(quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1], axis=1) / 2
    return along, across
