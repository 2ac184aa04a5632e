"""What every recognizer takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

UNKNOWN_SCRIPT = "Zzzz"


@dataclass(frozen=True, slots=True)
class CharSpan:
    """Where one character of a reading stands: `left` and `right` are fractions (0–1) of the crop's width."""

    left: float
    right: float
    confidence: float


@dataclass(frozen=True, slots=True)
class LineText:
    """The reading of one crop.

    Attributes:
        text: NFC, logical order; empty where nothing was read.
        confidence: Calibrated, 0–1.
        spans: One per character of `text`, in the order of `text`: from left to right, or the other way where the text
            is written so.
        script: ISO 15924 code of most of the letters, `Zyyy` where there are none. `Zzzz` without a text says that
            the line is in a script that nothing at hand reads.
        recognizer: The name of the one that read it, where several are at hand; else empty.
    """

    text: str
    confidence: float
    spans: tuple[CharSpan, ...] = ()
    script: str = "Zyyy"
    recognizer: str = ""

    @property
    def is_of_unknown_script(self) -> bool:
        """Whether it has no text because nothing at hand reads its script."""
        return not self.text and self.script == UNKNOWN_SCRIPT

    @property
    def alphanumerics(self) -> int:
        """How many letters and digits it has."""
        return sum(map(str.isalnum, self.text))

    @property
    def legibility(self) -> float:
        """The mean confidence of its characters, 0–1: what cannot be read is low in it, and long lines are not.

        The confidence of the line, where the recognizer does not tell that of characters.
        """
        if not self.spans:
            return self.confidence
        return sum(span.confidence for span in self.spans) / len(self.spans)


@dataclass(frozen=True, slots=True)
class DecodedLine:
    """The characters of a line as a decoder found them.

    Attributes:
        classes: Class of each character.
        starts: First time step of each character.
        ends: The time step behind its last.
        confidences: Highest probability of each character over its steps.
        log_probability: Natural logarithm of the line's probability: of the best path (greedy) or of all paths
            of the text that the beam kept.
    """

    classes: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    confidences: tuple[float, ...]
    log_probability: float


class Recognizer(Protocol):
    """Reads line pictures. The reading of a crop does not depend on the crops beside it."""

    name: str

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        """Read upright line crops, each `(h, w)` uint8 grey; one reading per crop, in the same order."""
        ...


@dataclass(frozen=True, slots=True)
class ScriptGroup:
    """Scripts that one recognizer reads together.

    Attributes:
        name: Of the group.
        scripts: ISO 15924 codes.
        everywhere: Whether lines of it are found amid those of any other group, as digits and English words are, and
            every recognizer knows their characters.
    """

    name: str
    scripts: tuple[str, ...]
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class LineKind:
    """What a sorter tells of one crop.

    Attributes:
        groups: Names of script groups with their probabilities, 0–1, the likeliest first; empty where nothing is told.
        upside_down: Whether the line stands on its head.
    """

    groups: tuple[tuple[str, float], ...]
    upside_down: bool = False


class LineSorter(Protocol):
    """Tells what kind of line a picture is of. The kind of a crop does not depend on the crops beside it.

    Attributes:
        name: What results call it.
        groups: The script groups that it tells apart.
    """

    name: str
    groups: tuple[ScriptGroup, ...]

    def sort(self, crops: Sequence[np.ndarray]) -> list[LineKind]:
        """Sort line crops, each `(h, w)` uint8 grey; one kind per crop, in the same order."""
        ...
