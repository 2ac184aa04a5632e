"""How right the places of lines are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.geometry import boxes_from_quads, quad_overlap

# Two quads belong together when they share this much of the smaller one's area and of the taller one's height.
_SHARED_AREA = 0.5
_SHARED_HEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class DetectionScore:
    """How many rows of text there are, were found, and agree. Scores add up with `+`."""

    matched: int = 0
    truth: int = 0
    found: int = 0

    def __add__(self, other: DetectionScore) -> DetectionScore:
        return DetectionScore(self.matched + other.matched, self.truth + other.truth, self.found + other.found)

    @property
    def precision(self) -> float:
        """Share of the found rows that are right, 0-1; 1 where nothing was found."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true rows that were found, 0-1; 1 where there is no text."""
        return self.matched / self.truth if self.truth else 1.0

    @property
    def h_mean(self) -> float:
        """Harmonic mean of precision and recall, 0-1."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def match_detections(
    truth_quads: np.ndarray,
    found_quads: np.ndarray,
    iou: float = 0.5,
    *,
    ignored_quads: np.ndarray | None = None,
    partial: bool = False,
) -> DetectionScore:
    """Compare found lines with true ones.

    Labels and detectors cut a row of text at different places: one has a price apart from its item, the other
    both in one. That is no error of finding, so pieces are joined first, on both sides. A true and a found quad
    belong together when they stand on the same row (they share half of the taller one's height, across the
    true text's direction) and share half of the smaller one's area; all that hang together in this way are one
    row, and its true pieces and its found pieces are each joined to their convex hull. A row matches, one to
    one, when the two hulls overlap enough. Counts are of such rows. Lines that are found as one with the line
    above stand on no common row and do not match; whether columns were run together shows in the text.

    Args:
        truth_quads: `(n, 4, 2)` corners in pixels, clockwise from the text's own top left.
        found_quads: `(m, 4, 2)`, likewise.
        iou: Least intersection over union of a match, 0-1.
        ignored_quads: `(k, 4, 2)` places where finding text is neither right nor wrong.
        partial: Whether only some of the text is labelled: then what else was found does not count as wrong.
    """
    truth, found = _as_quads(truth_quads), _as_quads(found_quads)
    ignored = _as_quads(ignored_quads) if ignored_quads is not None else np.zeros((0, 4, 2), np.float32)
    score = DetectionScore()
    for true_members, found_members in _rows(truth, found):
        matched = False
        if true_members and found_members:
            matched = quad_overlap(_hull(truth[true_members]), _hull(found[found_members])) >= iou
        elif found_members and _lies_in(found[found_members[0]], ignored):
            continue
        counts_as_found = bool(found_members) and (matched or not partial)
        score += DetectionScore(int(matched), int(bool(true_members)), int(counts_as_found))
    return score


def _as_quads(quads: np.ndarray) -> np.ndarray:
    return np.asarray(quads, np.float32).reshape(-1, 4, 2)


def _rows(truth: np.ndarray, found: np.ndarray) -> list[tuple[list[int], list[int]]]:
    """Group true and found quads that hang together: `(indices of truth, indices of found)` a row."""
    count = len(truth)
    parent = list(range(count + len(found)))

    def root(member: int) -> int:
        while parent[member] != member:
            member = parent[member]
        return member

    for i, j in _touching(truth, found):
        if _belong_together(truth[i], found[j]):
            parent[root(count + j)] = root(i)
    rows: dict[int, tuple[list[int], list[int]]] = {}
    for member in range(len(parent)):
        true_members, found_members = rows.setdefault(root(member), ([], []))
        if member < count:
            true_members.append(member)
        else:
            found_members.append(member - count)
    return list(rows.values())


def _touching(truth: np.ndarray, found: np.ndarray) -> Sequence[tuple[int, int]]:
    """Pairs of indices whose upright boxes overlap."""
    first, second = boxes_from_quads(truth)[:, None], boxes_from_quads(found)[None]
    apart = (first[..., :2] >= second[..., 2:]) | (second[..., :2] >= first[..., 2:])  # (n, m, 2)
    return [(int(i), int(j)) for i, j in np.argwhere(~apart.any(axis=2))]


def _belong_together(truth: np.ndarray, found: np.ndarray) -> bool:
    """Whether two `(4, 2)` quads share enough area, and enough height across the first one's direction."""
    smaller = min(cv2.contourArea(truth), cv2.contourArea(found))
    if _common_area(truth, found) < _SHARED_AREA * smaller:
        return False
    along = truth[1] + truth[2] - truth[0] - truth[3]
    across = np.array([-along[1], along[0]]) / max(1e-6, float(np.hypot(*along)))
    first, second = truth @ across, found @ across
    shared = min(first.max(), second.max()) - max(first.min(), second.min())
    return bool(shared >= _SHARED_HEIGHT * max(np.ptp(first), np.ptp(second)))


def _common_area(first: np.ndarray, second: np.ndarray) -> float:
    overlap = quad_overlap(first, second)
    return overlap * (cv2.contourArea(first) + cv2.contourArea(second)) / (1 + overlap)


def _lies_in(quad: np.ndarray, regions: np.ndarray) -> bool:
    """Whether half of a quad lies in one of the regions."""
    return any(_common_area(quad, region) >= _SHARED_AREA * cv2.contourArea(quad) for region in regions)


def _hull(quads: np.ndarray) -> np.ndarray:
    """The convex hull `(n, 2)` of `(m, 4, 2)` quads; a single quad stays as it is."""
    return quads[0] if len(quads) == 1 else cv2.convexHull(quads.reshape(-1, 2))[:, 0]
