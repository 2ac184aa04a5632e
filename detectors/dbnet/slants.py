"""Text on the slant, as below the columns of a chart: which letters stand in such rows, and a picture turned level.

The net finds lines best that run along the page, and of labels side by side at 30 to 60 degrees makes one block. Their
letters tell how they run, as in O'Gorman's docstrum (1993): of a letter's nearest neighbours, those of its own line are
nearer than those of another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.dbnet.frames import InkIndex, QuadFrame, free_marks, own_marks
from detectors.projection.grouping import label_groups

MIN_SLANT, MAX_SLANT = 25.0, 65.0  # degrees, either way; lines nearer to level or upright are found as they stand
NEIGHBOURS = 2
REACH = 1.7  # sizes of a letter, to the middle of the next one of its word
MAX_UNLIKE = 2.6  # times the size of a letter, that of its neighbour
SPREAD = 15.0  # degrees by which the way from letter to letter differs from that of their line
MIN_CHAIN = 4  # letters in a row that tell of a slant,
MIN_LETTERS = 8  # and in all such rows, for a few are by chance
MAX_SCATTER = 0.3  # of a letter's size, from its middle to that of its row
PURE = 0.7  # of the neighbours of their letters, those in the row
MAX_WAYS = 2  # in which slanted lines of a page run
MAX_SUSPECTS = 6000  # more are a picture
LOOSE = 2.2  # times the size of its letters, the height of a quad that does not fit them
LONG = 2.0  # heights of a quad that tells how its line runs
MARGIN = 4.0  # sizes of a letter, of page around slanted lines
LEVEL = 10.0  # degrees by which lines of the turned picture may run up or down
LINE = 1.4  # heights of a line that lies along the turned picture, and not askew on it
MIN_SHARED = 2  # slanted letters in a line of the turned picture,
SHARE = 0.5  # and their share of its letters
_AT_ONCE = 256  # rows of a distance matrix


@dataclass(frozen=True, slots=True)
class Slant:
    """Lines of a page that run one way: `degrees` clockwise from level, and the boxes of their letters, `(n, 4)`."""

    degrees: float
    letters: np.ndarray

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Top left and bottom right, `(2,)`, of the part of the page that the lines may take."""
        room = MARGIN * float(np.median(_sizes(self.letters)))
        return self.letters[:, :2].min(axis=0) - room, self.letters[:, 2:].max(axis=0) + room


@dataclass(frozen=True, slots=True)
class TurnedPart:
    """A part of a page on which slanted lines lie level: its `pixels`, and the way there from the page, `(2, 3)`."""

    pixels: np.ndarray
    matrix: np.ndarray

    def to_page(self, points: np.ndarray) -> np.ndarray:
        """Places `(…, 2)` of the part, on the page."""
        back = cv2.invertAffineTransform(self.matrix)
        return (points @ back[:, :2].T + back[:, 2]).astype(np.float32)


def find_slants(letters: np.ndarray, quads: np.ndarray) -> list[Slant]:
    """Find the letters of slanted lines.

    Args:
        letters: Boxes of a page's letters, `(n, 4)`.
        quads: What was found on it, `(m, 4, 2)`; letters in a level line that fits them are not on the slant.
    """
    suspects = letters[_are_suspect(letters, quads)]
    if not MIN_LETTERS <= len(suspects) <= MAX_SUSPECTS:
        return []
    pairs, angles = _link(suspects)
    left = _on_the_slant(angles, SPREAD)
    slants = []
    for _ in range(MAX_WAYS):
        near = left & _near_commonest(angles, left)
        slant = _gather(suspects, pairs, near)
        slants += [slant] if slant else []
        left &= ~near
    return slants


def turn_level(image: np.ndarray, slant: Slant) -> TurnedPart:
    """Cut the part of a page `(H, W, 3)` that holds slanted lines, turned so that they lie level."""
    low, high = slant.bounds()
    low, high = np.maximum(low, 0), np.minimum(high, image.shape[1::-1])
    matrix = cv2.getRotationMatrix2D((0, 0), slant.degrees, 1.0)
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]]) @ matrix[:, :2].T
    first, last = corners.min(axis=0), corners.max(axis=0)
    matrix[:, 2] = -first
    width, height = np.ceil(last - first).astype(int).tolist()
    pixels = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return TurnedPart(pixels, matrix)


def are_slanted(quads: np.ndarray, part: TurnedPart, slant: Slant, letters: np.ndarray) -> np.ndarray:
    """Which lines of a turned part are those that are on the slant on the page, `(n,)` bool.

    Args:
        quads: Lines of the part, `(n, 4, 2)`.
        part: Where they were found.
        slant: What it was turned for.
        letters: Boxes of all letters of the page, `(m, 4)`.
    """
    on_page = part.to_page(quads)
    slanted, every = (_count_inside(boxes, on_page) for boxes in (slant.letters, letters))
    along, across = quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0]
    level = np.abs(np.degrees(np.arctan2(along[:, 1], along[:, 0]))) <= LEVEL
    lines = np.linalg.norm(along, axis=1) >= LINE * np.linalg.norm(across, axis=1)
    kept: np.ndarray = level & lines & (slanted >= MIN_SHARED) & (slanted >= SHARE * every)
    return kept


def give_way(quads: np.ndarray, slanted: np.ndarray, letters: np.ndarray) -> np.ndarray:
    """Which quads `(n, 4, 2)` hold the letters `(m, 4)` of slanted lines `(k, 4, 2)` for the most part, `(n,)` bool."""
    taken = letters[~free_marks(InkIndex(letters), slanted)]
    held, every = (_count_inside(boxes, quads) for boxes in (taken, letters))
    given: np.ndarray = (held > 0) & (held >= SHARE * every)
    return given


def _count_inside(boxes: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """How many of the boxes `(n, 4)` lie in each of the quads `(m, 4, 2)`, `(m,)`."""
    index = InkIndex(boxes)
    return np.array([int((~free_marks(index, quad[None])).sum()) for quad in quads], int)


def _sizes(letters: np.ndarray) -> np.ndarray:
    sizes: np.ndarray = (letters[:, 2:] - letters[:, :2]).max(axis=1)
    return sizes


def _are_suspect(letters: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Which letters `(n, 4)` may be on the slant, `(n,)` bool: those in no line that is level, and as high as they."""
    owners, sizes = own_marks(InkIndex(letters), quads), _sizes(letters)
    suspect = owners == -1
    for at, quad in enumerate(quads):
        own = owners == at
        if own.any() and not _fits(QuadFrame.of(quad), float(np.median(sizes[own]))):
            suspect |= own
    return suspect


def _fits(frame: QuadFrame, size: float) -> bool:
    """Whether a quad is that of a line along the page or down it, for letters of this size."""
    off = abs(math.degrees(math.atan2(frame.along[1], frame.along[0])))
    low, high = sorted((frame.width, frame.height))
    return off < MIN_SLANT and high >= LONG * low and low <= LOOSE * size


def _on_the_slant(degrees: np.ndarray, room: float = 0.0) -> np.ndarray:
    slanted: np.ndarray = (np.abs(degrees) >= MIN_SLANT - room) & (np.abs(degrees) <= MAX_SLANT + room)
    return slanted


def _link(letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of letters that stand beside each other, `(n, 2)`, and degrees from one to the other, -90 to 90."""
    first, second = _neighbours(letters)
    middles = (letters[:, :2] + letters[:, 2:]) / 2
    way = middles[second] - middles[first]
    way = np.where(way[:, :1] < 0, -way, way)
    return np.stack([first, second], axis=1), np.degrees(np.arctan2(way[:, 1], way[:, 0]))


def _neighbours(letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each letter `(n, 4)` the nearest ones of about its size: pairs, as two `(m,)` arrays of indices."""
    sizes, middles = _sizes(letters), (letters[:, :2] + letters[:, 2:]) / 2
    order = np.argsort(middles[:, 1], kind="stable")
    levels, reach = middles[order, 1], REACH * float(sizes.max())
    firsts, seconds = [], []
    for start in range(0, len(order), _AT_ONCE):
        own = order[start : start + _AT_ONCE]
        low, high = np.searchsorted(levels, (middles[own[0], 1] - reach, middles[own[-1], 1] + reach))
        others = order[low:high]
        apart = np.linalg.norm(middles[own][:, None] - middles[others], axis=2)
        larger, smaller = (pick(sizes[own][:, None], sizes[others]) for pick in (np.maximum, np.minimum))
        apart[(own[:, None] == others) | (larger > MAX_UNLIKE * smaller) | (apart > REACH * larger)] = np.inf
        nearest = np.argsort(apart, axis=1, kind="stable")[:, :NEIGHBOURS]
        rows, places = np.nonzero(np.isfinite(np.take_along_axis(apart, nearest, axis=1)))
        firsts.append(own[rows])
        seconds.append(others[nearest[rows, places]])
    return np.concatenate(firsts), np.concatenate(seconds)


def _near_commonest(angles: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Which angles `(n,)` lie near the commonest one of those that are left, `(n,)` bool both."""
    if not left.any():
        return left
    ordered = np.sort(angles[left])
    counts = np.searchsorted(ordered, ordered + SPREAD, "right") - np.searchsorted(ordered, ordered - SPREAD, "left")
    commonest = float(ordered[int(np.argmax(counts))])
    centre = float(np.median(ordered[np.abs(ordered - commonest) <= SPREAD]))
    near: np.ndarray = np.abs(angles - centre) <= SPREAD
    return near


def _gather(letters: np.ndarray, pairs: np.ndarray, near: np.ndarray) -> Slant | None:
    """The lines that some pairs of neighbours form, if several letters stand in straight rows and in no other way.

    Args:
        letters: Boxes, `(n, 4)`.
        pairs: Of all that stand beside each other, `(m, 2)`.
        near: Which of them stand so on the slant, `(m,)` bool.
    """
    rows = _straight_rows(letters, label_groups(len(letters), *pairs[near].T))
    if sum(map(len, rows)) < MIN_LETTERS:
        return None
    proven = np.concatenate(rows)
    if near[np.isin(pairs[:, 0], proven)].mean() < PURE:  # a pattern, whose marks stand in rows whichever way
        return None
    middles = (letters[:, :2] + letters[:, 2:]) / 2
    spread = np.sum([len(row) * np.cov(middles[row].T, bias=True) for row in rows], axis=0)  # (2, 2)
    degrees = math.degrees(math.atan2(2 * spread[0, 1], spread[0, 0] - spread[1, 1])) / 2
    if not _on_the_slant(np.array(degrees)):
        return None
    low, high = Slant(degrees, letters[proven]).bounds()
    short = np.setdiff1d(pairs[near], proven)
    beside = ((middles[short] > low) & (middles[short] < high)).all(axis=1)
    return Slant(degrees, letters[np.concatenate([proven, short[beside]])])


def _straight_rows(letters: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """The indices of those groups of letters that are long and straight; `labels`, `(n,)`, tell the groups."""
    middles, sizes = (letters[:, :2] + letters[:, 2:]) / 2, _sizes(letters)
    rows = []
    for label in np.flatnonzero(np.bincount(labels) >= MIN_CHAIN):
        row = np.flatnonzero(labels == label)
        scatter = math.sqrt(max(float(np.linalg.eigvalsh(np.cov(middles[row].T, bias=True))[0]), 0.0))
        if scatter <= MAX_SCATTER * float(np.median(sizes[row])):
            rows.append(row)
    return rows
