"""What every detector takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

# How a detector wants its pictures: `level` finds lines of straightened pages, `any-angle` lines that run any way,
# `cut-line` takes each picture for a line that someone has cut already.
Layout = Literal["level", "any-angle", "cut-line"]

SURE_SCORE = 0.3


@dataclass(frozen=True, slots=True)
class Detections:
    """Text lines found on one picture.

    Attributes:
        quads: `(n, 4, 2)` float32, x then y, pixels of the picture that was given, clockwise from the
            text's own top-left corner.
        scores: `(n,)` float32 in 0–1, how sure the detector is that this is text. A detector that adds what may be
            text, so that no mark of the page is lost, gives it less than `SURE_SCORE`: its reading must prove it.
        outlines: `(n, m, 2)` float32, where the detector follows lines that bend: the points of a line's upper edge in
            reading direction, then of its lower edge back; its quad is the hull. Not a number for straight lines.
    """

    quads: np.ndarray
    scores: np.ndarray
    outlines: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.quads)


class Detector(Protocol):
    """Finds text lines. Stateless between calls: the same picture gives the same lines.

    Attributes:
        name: What results call it.
        layout: What it needs of a page. `level`: pages are straightened first, and quads begin at the text's start.
            `any-angle`: lines are found whichever way they run; quads are clockwise, the first edge the one that runs
            to the right. `cut-line`: pictures stay as they are.
    """

    name: str
    layout: Layout

    def detect(self, image: np.ndarray) -> Detections:
        """Find the text lines of a picture, `(H, W, 3)` uint8 RGB, in no particular order."""
        ...
