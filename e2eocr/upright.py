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
_SIDEWAYS = 2.5  # height over width of lines on an upright page that may run up or down


def find_turn(quads: np.ndarray, read: ReadLines) -> int:
    """Tell how a page lies from its lines.

    Args:
        quads: `(n, 4, 2)` float32 page pixels, clockwise, the first edge the one that runs to the right.
        read: Reads lines whose quads it is given, `(m, 4, 2)`, each clockwise from the top left of its text.

    Returns:
        By how many degrees the page must be turned clockwise to stand upright: 0, 90, 180 or 270; 0 where nothing
        tells.
    """
    widths, heights = _sides(quads)
    level, standing = widths > _ELONGATED * heights, heights > _ELONGATED * widths
    on_its_side = heights[standing].sum() > widths[level].sum()
    members = np.flatnonzero(standing if on_its_side else level)
    lengths = np.maximum(widths, heights)[members]
    order = np.argsort(-lengths, kind="stable")[:MOST_LINES]
    sample = quads[members[order[lengths[order] >= _LEAST_SHARE * lengths.max(initial=0)]]]
    best, most = 0, 0.0
    for turns in (1, 3, 0) if on_its_side else (0, 2):
        legibility = _mean_legibility(read(np.roll(sample, turns, axis=1)))
        if legibility >= LEGIBLE:
            return 90 * turns
        if legibility > most + SURE:
            best, most = turns, legibility
    return 90 * best


def turn_sideways(quads: np.ndarray, read: ReadLines) -> np.ndarray:
    """Order the corners of lines that run up or down an upright page as their text runs.

    Args:
        quads: `(n, 4, 2)` float32 page pixels, clockwise, the first edge the one that runs to the right.
        read: As for `find_turn`.

    Returns:
        The quads, each clockwise from the top left of its text.
    """
    widths, heights = _sides(quads)
    standing = np.flatnonzero(heights > _SIDEWAYS * widths)
    if not len(standing):
        return quads
    forms = [np.roll(quads[standing], turns, axis=1) for turns in (0, 1, 3)]
    legibilities = [[_legibility(reading) for reading in read(form)] for form in forms]
    turned = quads.copy()
    for at, form in zip(standing, np.argmax(legibilities, axis=0), strict=True):
        turned[at] = np.roll(quads[at], (0, 1, 3)[form], axis=0)
    return turned


def common_skew(quads: np.ndarray) -> float:
    """Degrees by which the lines of an upright page fall to the right: the median, by length.

    Args:
        quads: `(n, 4, 2)`, clockwise from the top left of their text.
    """
    edges = quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]
    angles = np.degrees(np.arctan2(edges[:, 1], edges[:, 0]))
    level = np.abs(angles) <= 45
    if not level.any():
        return 0.0
    angles, lengths = angles[level], np.linalg.norm(edges[level], axis=1)
    order = np.argsort(angles, kind="stable")
    reached = np.cumsum(lengths[order])
    return round(float(angles[order][np.searchsorted(reached, reached[-1] / 2)]), 2)


def _mean_legibility(readings: Sequence[LineText]) -> float:
    return sum(map(_legibility, readings)) / max(1, len(readings))


def _legibility(reading: LineText) -> float:
    """The confidence of a reading, a character; 0 where nothing was read."""
    return reading.confidence ** (1 / len(reading.text)) if reading.text else 0.0


def _sides(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of each quad along its first edge and across it, `(n,)` each."""
    along = np.linalg.norm(quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3], axis=1) / 2
    across = np.linalg.norm(quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1], axis=1) / 2
    return along, across
