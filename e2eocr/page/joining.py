"""Lines that were found in two pieces, one running into the other, put together again."""

from __future__ import annotations

import numpy as np

from e2eocr.page.crops import cut_lines
from e2eocr.page.fit import find_ink

_APART = 0.2  # of the line's height: pieces of one word are no farther apart, where they do not overlap
_LEVEL = 0.7  # of the higher piece's height that both share,
_LETTER_LEVEL = 0.5  # and of two that share a letter,
_LETTER = 0.25  # which overlap by so much of the lower one's height
_SPACE = 0.6  # of the line's height: a wider gap parts cells, names and values
_RULE = 0.9  # of the line's height: ink that is as high is a rule between cells


def join_pieces(image: np.ndarray, quads: np.ndarray) -> list[list[int]]:
    """Tell which quads are pieces of one line.

    A detector may lose a line amid a word, most often where letters are joined by a long stroke, as in Arabic, or where
    bars or pictures are near. The pieces then overlap, or are no farther apart than letters, and no gap as wide as
    between cells, and no rule, stands between them.

    Args:
        image: Page, `(H, W, 3)` uint8 RGB.
        quads: Line corners, `(n, 4, 2)` float32 page pixels, clockwise from the text's top left.

    Returns:
        Chains of pieces in the direction of the quads' upper edges; those that stand alone as chains of one. Every
        index stands once, and chains are in the order of their first pieces.
    """
    following: dict[int, int] = {}
    for left, right in _overlapping(quads):
        joined = join_quads(quads[[left, right]])
        if left not in following and right not in following.values() and _goes_on(image, quads, left, right, joined):
            following[left] = right
    chains = []
    for start in sorted(set(range(len(quads))) - set(following.values())):
        chain = [start]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        chains.append(chain)
    return chains


def join_quads(pieces: np.ndarray) -> np.ndarray:
    """The quad `(4, 2)` of a line out of those of its pieces, `(k, 4, 2)`, in their order."""
    first, last = pieces[0], pieces[-1]
    return np.array([first[0], last[1], last[2], first[3]], np.float32)


def _overlapping(quads: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of level quads, the second of which begins where the first has hardly ended and ends beyond it."""
    starts, ends = quads[:, [0, 3]].mean(axis=1), quads[:, [1, 2]].mean(axis=1)
    along = ends - starts
    level = np.abs(along[:, 1]) < 0.3 * along[:, 0]
    tops, bottoms = quads[:, :2, 1].mean(axis=1), quads[:, 2:, 1].mean(axis=1)
    heights = bottoms - tops
    slope = along[:, 1] / np.maximum(along[:, 0], 1)
    pairs = []
    for left in np.flatnonzero(level).tolist():
        overlap = ends[left, 0] - starts[:, 0]
        # A slanted piece is compared where the other begins.
        shift = slope[left] * (starts[:, 0] - (starts[left, 0] + ends[left, 0]) / 2)
        shared = np.minimum(bottoms[left] + shift, bottoms) - np.maximum(tops[left] + shift, tops)
        fits = level & (starts[:, 0] > starts[left, 0]) & (ends[:, 0] > ends[left, 0])
        level_enough = np.where(overlap > _LETTER * np.minimum(heights[left], heights), _LETTER_LEVEL, _LEVEL)
        fits &= (overlap > -_APART * heights[left]) & (shared > level_enough * np.maximum(heights[left], heights))
        pairs += [(left, right) for right in np.flatnonzero(fits).tolist()]
    return pairs


def _goes_on(image: np.ndarray, quads: np.ndarray, left: int, right: int, joined: np.ndarray) -> bool:
    """Whether the ink of a joined line goes on where its pieces overlap, with no more than a space between words."""
    [crop] = cut_lines(image, joined[None], padding=0.0)
    ink = find_ink(crop)
    if ink is None:
        return False
    height, width = crop.shape
    scale = width / max(float(joined[1, 0] - joined[0, 0]), 1.0)
    start, end = (quads[at, corner, 0] - joined[0, 0] for at, corner in ((right, 0), (left, 1)))
    start, end = min(start, end), max(start, end)
    first, last = max(int(start * scale), 0), min(int(end * scale) + 1, width)
    if not (ink[:, first:last].sum(axis=0) < _RULE * height).all():
        return False
    columns = np.flatnonzero(ink.any(axis=0))
    before, after = columns[columns <= first], columns[columns >= last]
    if not (len(before) and len(after)):
        return False
    crossed = columns[(columns >= before[-1]) & (columns <= after[0])]
    gaps = [first - before[-1], after[0] - last, *np.diff(crossed)]
    return bool(max(gaps) < _SPACE * height)
