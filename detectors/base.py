"""What every detector takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class Detections:
    """Text lines found on one picture.

    Attributes:
        quads: `(n, 4, 2)` float32, x then y, pixels of the picture that was given, clockwise from the
            text's own top-left corner.
        scores: `(n,)` float32 in 0–1, how sure the detector is that this is text.
    """

    quads: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.quads)


class Detector(Protocol):
    """Finds text lines. Stateless between calls: the same picture gives the same lines.

    Attributes:
        name: What results call it.
        any_angle: Whether lines are found whichever way they run. Their quads are then clockwise, the first edge the
            one that runs to the right; otherwise pages are straightened first, and the quads begin at the text's start.
    """

    name: str
    any_angle: bool

    def detect(self, image: np.ndarray) -> Detections:
        """Find the text lines of a picture, `(H, W, 3)` uint8 RGB, in no particular order."""
        ...
