"""Quads and the marks in them: a quad's own axes, and which marks of a page lie in which quad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

COVER = 0.15  # of a quad's height, around it, that it explains


@dataclass(frozen=True, slots=True)
class QuadFrame:
    """A quad as axes of its own: along its text and across it.

    Attributes:
        origin: Its top left corner, `(2,)`.
        along: Unit vector to the right, `(2,)`.
        across: Unit vector downwards, `(2,)`.
        width: Along the text, pixels.
        height: Across it.
    """

    origin: np.ndarray
    along: np.ndarray
    across: np.ndarray
    width: float
    height: float

    @classmethod
    def of(cls, quad: np.ndarray) -> QuadFrame:
        along, across = quad[1] - quad[0] + quad[2] - quad[3], quad[3] - quad[0] + quad[2] - quad[1]
        width, height = max(float(np.hypot(*along)), 1e-3), max(float(np.hypot(*across)), 1e-3)
        return cls(quad[0], along / width, across / height, width / 2, height / 2)

    def turned(self, angle: float) -> QuadFrame:
        """The same from its corner, its axes turned clockwise by an angle in radians."""
        along = np.cos(angle) * self.along + np.sin(angle) * self.across
        return replace(self, along=along, across=np.cos(angle) * self.across - np.sin(angle) * self.along)

    def extents(self, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last place of page boxes `(n, 4)` along the text, `(n, 2)`, and across it, `(n, 2)`."""
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2 - self.origin
        halves = (boxes[:, 2:] - boxes[:, :2]) / 2
        spans = []
        for axis in (self.along, self.across):
            at, reach = middles @ axis, halves @ np.abs(axis)
            spans.append(np.stack([at - reach, at + reach], axis=1))
        return spans[0], spans[1]

    def middles(self, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the middles of page boxes `(n, 4)` are along the text, `(n,)`, and across it, `(n,)`."""
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2 - self.origin
        return middles @ self.along, middles @ self.across

    def cut(self, left: float, top: float, right: float, bottom: float) -> np.ndarray:
        """The `(4, 2)` quad between places along and across."""
        places = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
        return (self.origin + places[:, :1] * self.along + places[:, 1:] * self.across).astype(np.float32)


class InkIndex:
    """Marks of a page in order of their height on it, so that those near a quad are found quickly."""

    def __init__(self, boxes: np.ndarray) -> None:
        self.boxes = boxes
        middles = (boxes[:, 1] + boxes[:, 3]) / 2
        self._order = np.argsort(middles, kind="stable")
        self._levels = middles[self._order]

    def near(self, quad: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Indices of the boxes whose middles lie in the upright box around a quad `(4, 2)`, grown by `margin`."""
        (x0, y0), (x1, y1) = quad.min(axis=0) - margin, quad.max(axis=0) + margin
        first, last = np.searchsorted(self._levels, (y0, y1))
        found = self._order[first:last]
        middles = (self.boxes[found, 0] + self.boxes[found, 2]) / 2
        return found[(middles >= x0) & (middles <= x1)]


def inside(frame: QuadFrame, boxes: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """Which boxes `(n, 4)` have their middle in a quad grown by `margin` pixels, `(n,)` bool."""
    x, y = frame.middles(boxes)
    return (x >= -margin) & (x <= frame.width + margin) & (y >= -margin) & (y <= frame.height + margin)


def own_marks(index: InkIndex, quads: np.ndarray) -> np.ndarray:
    """The quad of `(n, 4, 2)` that each mark lies in, and nearest to its middle: `(m,)`, -1 where in none."""
    claims = []
    for quad in quads:
        frame, near = QuadFrame.of(quad), index.near(quad)
        near = near[inside(frame, index.boxes[near])]
        claims.append((near, np.abs(frame.middles(index.boxes[near])[1] / frame.height - 0.5)))
    return _nearest(len(index.boxes), claims)


def own_reached(index: InkIndex, quads: np.ndarray, reached: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The quad that each mark stands nearest to along the text, of those that have reached it.

    Args:
        index: The marks.
        quads: `(n, 4, 2)`, as they were.
        reached: The same with their ends moved out.

    Returns:
        Of each mark its quad, `(m,)`, -1 for none; of each quad whether a mark that it reached is another's, `(n,)`.
    """
    claims = []
    for quad, longer in zip(quads, reached, strict=True):
        near = index.near(longer)
        near = near[inside(QuadFrame.of(longer), index.boxes[near])]
        frame = QuadFrame.of(quad)
        along, _ = frame.extents(index.boxes[near])
        claims.append((near, np.maximum(along[:, 0] - frame.width, -along[:, 1])))
    owners = _nearest(len(index.boxes), claims)
    return owners, np.array([(owners[claimed] != at).any() for at, (claimed, _) in enumerate(claims)], bool)


def _nearest(count: int, claims: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Who claims each of `count` marks from nearest, the first of several as near: `(count,)`, -1 where nobody does.

    Args:
        count: How many marks there are.
        claims: Of each claimant, the marks that it claims, and how far each is from it.
    """
    owners, distances = np.full(count, -1), np.full(count, np.inf)
    for at, (claimed, distance) in enumerate(claims):
        nearer = distance < distances[claimed]
        owners[claimed[nearer]], distances[claimed[nearer]] = at, distance[nearer]
    return owners


def free_marks(index: InkIndex, quads: np.ndarray) -> np.ndarray:
    """Which marks lie in no quad of `(n, 4, 2)`: `(m,)` bool."""
    free = np.ones(len(index.boxes), bool)
    for quad in quads:
        frame = QuadFrame.of(quad)
        margin = COVER * frame.height
        near = index.near(quad, margin)
        free[near[inside(frame, index.boxes[near], margin)]] = False
    return free
