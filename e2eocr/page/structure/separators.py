"""What parts the columns, and the rows, of a table: rules and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from e2eocr.page.structure.spans import Span, covered, gather


@dataclass(frozen=True, slots=True)
class Separator:
    """A line between two columns or two rows.

    Attributes:
        place: Its x between columns, its y between rows.
        zone: The gap it stands in; without width where it is a rule.
        spans: Where along it a rule is drawn; empty where it is a gap alone.
    """

    place: float
    zone: Span
    spans: tuple[Span, ...] = ()

    def is_drawn(self, start: float, end: float, share: float = 0.5) -> bool:
        """Whether a rule is drawn along at least a share of the way from `start` to `end`."""
        return bool(self.spans) and covered(self.spans, start, end) >= share


def gap_separator(start: float, end: float) -> Separator:
    """A separator in the middle of a gap."""
    return Separator((start + end) / 2, (start, end))


def rule_separators(rules: np.ndarray, low: float, high: float, tolerance: float) -> list[Separator]:
    """Separators where rules run, strictly between `low` and `high`.

    Args:
        rules: `(n, 3)`: start, end and place of each rule.
        low: Lowest place of a separator.
        high: Highest place.
        tolerance: Rules that are as close as this are one.
    """
    found = []
    for members in gather(rules[:, 2], tolerance):
        part = rules[members]
        lengths = np.maximum(part[:, 1] - part[:, 0], 1.0)
        place = float((part[:, 2] * lengths).sum() / lengths.sum())
        if low < place < high:
            found.append(Separator(place, (place, place), tuple((a, b) for a, b in part[:, :2].tolist())))
    return found
