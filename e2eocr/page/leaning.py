"""How short text runs: a word whose first letter is a capital seems to fall to the right, and a digit tells nothing.

Both run as what stands around them does: as long lines, and from each cell of a row to the next.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.dbnet.frames import QuadFrame

TELLING = 1.1  # heights: the width from which a line tells how text around it runs,
SURE = 3.6  # and from which it tells for itself
STANDING = 1.3  # widths: the height from which a line may be a column, which runs as no other text tells
LEANING = math.radians(2.5)  # by which a word may run off what is usual around it
NEAREST = 5  # lines, or pairs side by side, that tell how a short one runs
ASKEW = math.radians(15)  # by which such a pair, or a digit, may run off what the lines around it tell
FAR = 18.0  # heights between the middles of two cells side by side, at most
BESIDE = 0.27  # heights by which one of these may stand higher
MOST = 2000  # lines of a page; more are a pattern or dirt
UNLIKE = math.log(1.4)  # of their heights, that of one by the other's, at most


def level_words(quads: np.ndarray) -> np.ndarray:
    """Turn short lines, each around its middle, as the text around them runs.

    Args:
        quads: `(n, 4, 2)` float32, clockwise from the top left of their text, on an upright page.

    Returns:
        As many; of more than `MOST` all as they are.
    """
    if len(quads) > MOST:
        return quads
    frames = [QuadFrame.of(quad) for quad in quads]
    middles = quads.mean(axis=1)
    usual = _UsualAngles.of(frames, middles)
    levelled = quads.copy()
    for at, frame in enumerate(frames):
        if not _is_short(frame):
            continue
        off = usual.near(complex(*middles[at])) - math.atan2(frame.along[1], frame.along[0])
        if abs(off) <= (LEANING if frame.width > TELLING * frame.height else ASKEW):
            turn = np.array([[math.cos(off), math.sin(off)], [-math.sin(off), math.cos(off)]])
            levelled[at] = (quads[at] - middles[at]) @ turn + middles[at]
    return levelled


def _is_short(frame: QuadFrame) -> bool:
    return frame.width <= SURE * frame.height and frame.height <= STANDING * frame.width


@dataclass(frozen=True, slots=True, eq=False)
class _UsualAngles:
    """How text runs around the places of a page.

    A piece of text is told by its ends; the error of its angle falls with its length, by whose square it weighs.

    Attributes:
        starts: `(n,)` complex, where such pieces begin, `x + iy`.
        ways: `(n,)` complex, from there to where they end.
    """

    starts: np.ndarray
    ways: np.ndarray

    @classmethod
    def of(cls, frames: Sequence[QuadFrame], middles: np.ndarray) -> _UsualAngles:
        """What lines with middles `(n, 2)` tell, and pairs that run much as these do."""
        telling = [at for at, frame in enumerate(frames) if frame.width > TELLING * frame.height]
        ways = [frames[at].width * complex(*frames[at].along) for at in telling]
        starts = [complex(*middles[at]) - way / 2 for at, way in zip(telling, ways, strict=True)]
        told = cls(np.array(starts, complex), np.array(ways, complex))
        for first, second in _side_by_side(frames, middles):
            start, way = complex(*middles[first]), complex(*(middles[second] - middles[first]))
            if abs(cmath.phase(way) - told.near(start + way / 2)) <= ASKEW:
                starts.append(start)
                ways.append(way)
        return cls(np.array(starts, complex), np.array(ways, complex))

    def near(self, point: complex) -> float:
        """How text runs around a point, radians; level where nothing tells."""
        if not len(self.ways):
            return 0.0
        there = point - self.starts
        along = np.clip((there * self.ways.conj()).real / np.abs(self.ways) ** 2, 0, 1)
        nearest = np.argsort(np.abs(there - along * self.ways), kind="stable")[:NEAREST]
        weighted = self.ways[nearest] * np.abs(self.ways[nearest])
        return cmath.phase(complex(weighted.sum()))


def _side_by_side(frames: Sequence[QuadFrame], middles: np.ndarray) -> Iterator[tuple[int, int]]:
    """Short lines, each with the next one at its right that is as high and stands no higher."""
    short = [at for at, frame in enumerate(frames) if _is_short(frame)]
    short.sort(key=lambda at: float(middles[at, 0]))
    places = middles[short]
    heights = np.array([frames[at].height for at in short])
    for number, at in enumerate(short):
        frame, rest = frames[at], slice(number + 1, None)
        apart = places[rest] - middles[at]
        beside = (np.abs(apart[:, 1]) <= BESIDE * frame.height) & (apart[:, 0] >= frame.width)
        beside &= np.abs(np.log(heights[rest] / frame.height)) <= UNLIKE
        first = int(np.argmax(beside)) if beside.any() else -1
        if first >= 0 and apart[first, 0] <= FAR * frame.height:
            yield at, short[number + 1 + first]
