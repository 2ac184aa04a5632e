"""Words stay in one script: А, A and Α print alike, and only the letters around them tell which one stands there.

A model that reads Latin, Cyrillic and Greek at once sees single letters well and now and then mixes alphabets within
a word. Where a greedy reading does, each of its words is given the one script that explains its time steps best.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recognizers.charset import Charset, script_of
from recognizers.ctc import CTCPath

# How much less probable (in nats) the line's own script may make a word and still be taken; and each of its letters in
# Latin lines: names in Latin letters stand amid other writing, seldom the other way round.
_LINE_BONUS = 3.0
_LATIN_LETTER_BONUS = 1.0
_COMMON = "Zyyy"


class ScriptKeeper:
    """Knows which classes of a charset are letters of which script."""

    def __init__(self, charset: Charset) -> None:
        scripts = [_COMMON, *(script_of(character) for character in charset.characters)]  # the blank is common
        self._scripts = np.array(scripts)
        self._space = charset.encode(" ")[0] if " " in charset else -1
        # script -> (classes,) bool: what may stand in a word of it
        self._allowed = {
            script: (self._scripts == script) | (self._scripts == _COMMON) for script in sorted({*scripts} - {_COMMON})
        }

    def settle(self, probabilities: np.ndarray, path: CTCPath, decode: Callable[[np.ndarray], CTCPath]) -> CTCPath:
        """Read a line again with each word kept to one script, if its reading mixes scripts.

        Args:
            probabilities: `(T, classes)` float32.
            path: How `decode` reads them.
            decode: Reads probabilities.
        """
        if len({self._scripts[number] for number in path.classes} - {_COMMON}) < 2:
            return path
        scores = {
            script: np.log(np.maximum(probabilities[:, allowed].max(axis=1), 1e-9))  # (T,)
            for script, allowed in self._allowed.items()
        }
        of_line = max(scores, key=lambda script: scores[script].sum())
        kept = probabilities.copy()
        letter_bonus = _LATIN_LETTER_BONUS if of_line == "Latn" else 0.0
        for start, end, letters in self._words(path, len(probabilities)):
            totals = {script: float(steps[start:end].sum()) for script, steps in scores.items()}
            totals[of_line] += _LINE_BONUS + letter_bonus * letters
            chosen = max(totals, key=lambda script: totals[script])
            kept[start:end, ~self._allowed[chosen]] = 0.0
        return decode(kept)

    def _words(self, path: CTCPath, steps: int) -> list[tuple[int, int, int]]:
        """Each word's first step, the step behind its last, and how many letters it has."""
        words, start, letters = [], 0, 0
        for number, first, last in zip(path.classes, path.starts, path.ends, strict=True):
            if number == self._space:
                words.append((start, first, letters))
                start, letters = last, 0
            elif self._scripts[number] != _COMMON:
                letters += 1
        words.append((start, steps, letters))
        return [word for word in words if word[2]]
