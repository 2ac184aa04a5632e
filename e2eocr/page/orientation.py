"""Which way up lines are: a page's quarter turn, and that of lines beside its text, told by reading them.

A detector that finds lines at any angle cannot say where their text begins. Most pages are upright, and a few of their
lines, read as they stand, prove it. Where they are not legible, they are read the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.geometry import weighted_median
from recognizers.base import LineText

ReadLines = Callable[[np.ndarray], Sequence[LineText]]

MAX_LINES = 8
LEGIBLE = 0.93  # at which a page is upright without further question: capitals on their heads read at 0.86
MIN_LEGIBLE = 0.75  # below which nothing is told: a script that is not known reads at 0.5 whichever way it lies
MIN_LETTERS = 2  # on a page that is turned: a letter on its own may be one of another script whichever way it lies
FAIRLY_LEGIBLE = 0.65  # of a bent page, which is told by how far one way is from the other
FAR = 0.24
SURE = 0.12  # by which a turned page must be more legible than it is as it stands
ON_END = 3.0  # times as long in all as the level lines of a page are those on end, where it seems to lie on its side
MAX_OTHERS, MIN_UPRIGHT = 16, 3  # quads of a page on its side that are asked, and that show that it is none;
UPRIGHT_SHARE = 0.3  # so many for each line on end: a stamp across a letter is upright where this lies on its side
_MIN_SHARE = 0.2  # of the longest line: shorter ones tell little
_ELONGATED = 1.5  # length over thickness at which an outline says which way its line runs
_SIDEWAYS = 2.5  # height over width of lines on an upright page that may run up or down


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a page lies.

    Attributes:
        turn: Degrees clockwise by which the page must be turned to stand upright: 0, 90, 180 or 270.
        evidence: How sure that is, in log-odds summed over the lines that were read: 0 is nothing, over 10 is sure.
    """

    turn: int = 0
    evidence: float = 0.0


def find_orientation(quads: np.ndarray, read: ReadLines) -> Orientation:
    """Tell how a page lies from its lines.

    Args:
        quads: `(n, 4, 2)` float32 page pixels, clockwise, the first edge the one that runs to the right.
        read: Reads lines whose quads it is given, `(m, 4, 2)`, each clockwise from the top left of its text.

    Returns:
        The turn that makes the longest lines legible; none where nothing tells.
    """
    sample, on_its_side = _longest_lines(quads, _MIN_SHARE)
    told = _tell_turn(sample, on_its_side, read)
    if told.turn and len(sample) < MAX_LINES:
        # So few that they may be pictures: the shorter lines are asked as well.
        more, _ = _longest_lines(quads, 0.0)
        told = told if len(more) == len(sample) else _tell_turn(more, on_its_side, read)
    upright = _stand_upright(quads, told.turn, read) if told.turn in (90, 270) else Orientation()
    return upright if upright.evidence else told


def _stand_upright(quads: np.ndarray, turn: int, read: ReadLines) -> Orientation:
    """What tells against the turn of a page on its side: all that stands upright, as the numbers of a chart do."""
    widths, heights = _sides(quads)
    on_end = heights > _ELONGATED * widths
    others = np.flatnonzero(~on_end)
    sample = quads[others[np.argsort(-(widths * heights)[others], kind="stable")[:MAX_OTHERS]]]
    if len(sample) < MIN_UPRIGHT:
        return Orientation()
    as_is, turned = (
        np.array([_legibility_of_letters(reading) for reading in read(np.roll(sample, turns, axis=1))])
        for turns in (0, turn // 90)
    )
    upright = (as_is >= LEGIBLE) & (as_is >= turned + SURE)
    lying = (turned >= LEGIBLE) & (turned >= as_is + SURE)
    if upright.sum() < max(MIN_UPRIGHT, lying.sum(), UPRIGHT_SHARE * on_end.sum()):
        return Orientation()
    return Orientation(0, float(sum(_log_odds(share) for share in as_is[upright])))


def _tell_turn(sample: np.ndarray, on_its_side: bool, read: ReadLines) -> Orientation:
    """The turn that makes some lines legible."""
    if not len(sample):
        return Orientation()
    found: dict[int, float] = {}
    letters: dict[int, int] = {}
    for turns in (1, 3, 0) if on_its_side else (0, 2):
        readings = read(np.roll(sample, turns, axis=1))
        found[turns], letters[turns] = _legibility(readings), sum(len(reading.text) for reading in readings)
        if turns == 0 and not on_its_side and found[turns] >= LEGIBLE:
            return Orientation(0, len(sample) * _log_odds(found[turns]))
    best, second = sorted(found, key=lambda turns: found[turns], reverse=True)[:2]
    surely = found[best] >= max(MIN_LEGIBLE, found.get(0, 0.0) + SURE) or _is_far(found[best], found[second])
    if best and not (surely and letters[best] >= MIN_LETTERS):
        return Orientation()
    return Orientation(90 * best, len(sample) * (_log_odds(found[best]) - _log_odds(found[second])))


def try_turns(
    pixels: np.ndarray,
    detect: Callable[[np.ndarray], np.ndarray],
    read: Callable[[np.ndarray, np.ndarray], Sequence[LineText]],
) -> Orientation:
    """Tell how a page lies where only level lines can be found: it is looked at as it is, and on its side.

    What counts is how many letters can be expected to be right: of the letters of a line on end each may be read for
    sure, as O is, but they are few.

    Args:
        pixels: Page, `(H, W, 3)` uint8 RGB.
        detect: Finds level lines on a page, `(n, 4, 2)`, clockwise from their top left.
        read: Reads lines of a page, whose quads it is given, each clockwise from the top left of its text.

    Returns:
        The turn that makes the longest lines legible; without evidence where there are none.
    """
    letters: dict[int, float] = {}
    lines: dict[int, int] = {}
    for turns in (0, 1):
        page = np.ascontiguousarray(np.rot90(pixels, -turns))
        quads = _longest_level(detect(page))
        for over in (0, 2):
            readings = read(page, np.roll(quads, over, axis=1))
            letters[turns + over] = sum(each.confidence * each.alphanumerics for each in readings)
            lines[turns + over] = len(quads)
    best, second = sorted(letters, key=lambda turns: letters[turns], reverse=True)[:2]
    return Orientation(90 * best, lines[best] * math.log((letters[best] + 1) / (letters[second] + 1)))


def run_on_end(quads: np.ndarray) -> bool:
    """Whether nearly all lines of a page, `(n, 4, 2)`, run up or down it."""
    widths, heights = _sides(quads)
    level, standing = widths > _ELONGATED * heights, heights > _ELONGATED * widths
    many = standing.sum() >= MAX_LINES
    return bool(many and heights[standing].sum() > ON_END * widths[level].sum())


def find_on_end(
    pixels: np.ndarray,
    detect: Callable[[np.ndarray], np.ndarray],
    read: Callable[[np.ndarray, np.ndarray], Sequence[LineText]],
) -> Orientation:
    """Tell how a page lies whose lines run on end and were not legible as they were found: it is looked at on its side.

    Args:
        pixels: Page, `(H, W, 3)` uint8 RGB.
        detect: Finds lines on a page, `(n, 4, 2)`, clockwise from their top left; best those that are level.
        read: Reads lines of a page, whose quads it is given, each clockwise from the top left of its text.

    Returns:
        The quarter turn that makes the longest lines legible; none where neither does.
    """
    page = np.ascontiguousarray(np.rot90(pixels, -1))
    quads = _longest_level(detect(page))
    if not len(quads):
        return Orientation()
    found = {1 + over: _legibility(read(page, np.roll(quads, over, axis=1))) for over in (0, 2)}
    best, second = sorted(found, key=lambda turns: found[turns], reverse=True)
    if found[best] < max(MIN_LEGIBLE, found[second] + SURE) and not _is_far(found[best], found[second]):
        return Orientation()
    return Orientation(90 * best, len(quads) * (_log_odds(found[best]) - _log_odds(found[second])))


def _is_far(best: float, second: float) -> bool:
    """Whether one way up is that much more legible than the other that it need not be read well."""
    return best >= FAIRLY_LEGIBLE and best >= second + FAR


def turn_sideways(quads: np.ndarray, read: ReadLines) -> np.ndarray:
    """Order the corners of lines that run up or down an upright page as their text runs.

    Args:
        quads: `(n, 4, 2)` float32 page pixels, clockwise, the first edge the one that runs to the right.
        read: As for `find_orientation`.

    Returns:
        The quads, each clockwise from the top left of its text.
    """
    widths, heights = _sides(quads)
    standing = np.flatnonzero(heights > _SIDEWAYS * widths)
    if not len(standing):
        return quads
    forms = [np.roll(quads[standing], turns, axis=1) for turns in (0, 1, 3)]
    legibilities = [[_legibility_of_letters(reading) for reading in read(form)] for form in forms]
    turned = quads.copy()
    for place, (as_is, *sideways) in enumerate(zip(*legibilities, strict=True)):
        if max(sideways) >= max(MIN_LEGIBLE, as_is + SURE):
            turned[standing[place]] = forms[1 + int(np.argmax(sideways))][place]
    return turned


def _legibility_of_letters(reading: LineText) -> float:
    """How legible a reading is; not at all without a letter or digit, for a stem on its side is read as a dash.

    Nor if all of it are characters that stand apart: these are letters in cells, one beneath the other.
    """
    words = reading.text.split()
    in_cells = len(words) > 1 and all(len(word) == 1 for word in words)
    return reading.legibility if any(map(str.isalnum, reading.text)) and not in_cells else 0.0


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
    return round(weighted_median(angles, lengths), 2)


def _longest_lines(quads: np.ndarray, least: float) -> tuple[np.ndarray, bool]:
    """The longest lines of those that run along the page or across it, whichever are more, and whether it is these.

    None is shorter than a share `least` of the longest.
    """
    widths, heights = _sides(quads)
    level, standing = widths > _ELONGATED * heights, heights > _ELONGATED * widths
    on_its_side = bool(heights[standing].sum() > widths[level].sum())
    members = np.flatnonzero(standing if on_its_side else level)
    lengths = np.maximum(widths, heights)[members]
    order = np.argsort(-lengths, kind="stable")[:MAX_LINES]
    return quads[members[order[lengths[order] >= least * lengths.max(initial=0)]]], on_its_side


def _longest_level(quads: np.ndarray) -> np.ndarray:
    widths, heights = _sides(quads)
    members = np.flatnonzero(widths > _ELONGATED * heights)
    return quads[members[np.argsort(-widths[members], kind="stable")[:MAX_LINES]]]


def _legibility(readings: Sequence[LineText]) -> float:
    """How legible lines are: the mean of the better half, since pictures and ruined print tell nothing either way."""
    best = sorted((reading.legibility for reading in readings), reverse=True)[: (len(readings) + 1) // 2]
    return sum(best) / len(best)


def _log_odds(share: float) -> float:
    bounded = min(max(share, 0.01), 0.99)
    return math.log(bounded / (1 - bounded))


def _sides(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of each quad along its first edge and across it, `(n,)` each."""
    along = np.linalg.norm(quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3], axis=1) / 2
    across = np.linalg.norm(quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1], axis=1) / 2
    return along, across
