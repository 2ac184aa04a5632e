"""Words stay in one script: А, A and Α print alike, and only the letters around them tell which one stands there.

A model that reads several alphabets at once sees single letters well and now and then mixes alphabets within a word.
Letters that stand together and do are read again in the one script that explains their time steps best. Words of one
script stay as they are: a name in Latin letters may stand amid any other writing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recognizers.base import DecodedLine
from recognizers.charset import Charset, script_of

_COMMON = "Zyyy"
# Letters of another script that words of this one may have: the Latin alphabets of the Soviet north (Komi, Khakas,
# Evenki … of the 1930s), whose letters Unicode has in Cyrillic alone, or people type so.
_GUESTS = {"Latn": "ьвзєӡ"}
_GUEST_WEIGHT = 0.1  # on their probability


@dataclass(slots=True)
class _Run:
    """Letters that stand together: their time steps, and their scripts."""

    start: int
    end: int
    scripts: set[str]


class ScriptKeeper:
    """Knows which classes of a charset are letters of the scripts that may be confused.

    Letters of other scripts are to it what signs are: writing that mixes scripts by nature, as Japanese does, stays.
    """

    def __init__(self, charset: Charset, confusable: Sequence[str]) -> None:
        """Sort the classes of a charset.

        Args:
            charset: The characters of the classes.
            confusable: ISO 15924 codes of scripts whose letters print alike.
        """
        scripts = [script_of(character) for character in charset.characters]
        kept = np.array([_COMMON, *(script if script in confusable else _COMMON for script in scripts)])
        self._scripts = kept.tolist()  # of each class, the blank's first
        # script -> (classes,) float32: how probable each class may be in a word of it, as a factor
        self._weights: dict[str, np.ndarray] = {}
        for script in sorted({*self._scripts} - {_COMMON}):
            weights = ((kept == script) | (kept == _COMMON)).astype(np.float32)
            guests = "".join(letter for letter in _GUESTS.get(script, "") if letter in charset)
            weights[charset.encode(guests)] = _GUEST_WEIGHT
            self._weights[script] = weights

    def settle(
        self, probabilities: np.ndarray, path: DecodedLine, decode: Callable[[np.ndarray], DecodedLine]
    ) -> DecodedLine:
        """Read a line again with the letters that stand together kept to one script, if its reading mixes scripts.

        Args:
            probabilities: `(T, classes)` float32.
            path: How `decode` reads them.
            decode: Reads probabilities.
        """
        mixed = [run for run in self._runs(path) if len(run.scripts) > 1]
        if not mixed:
            return path
        kept = probabilities.copy()
        for run in mixed:
            steps = probabilities[run.start : run.end]
            fit = {
                script: float(np.log(np.maximum((steps * weights).max(axis=1), 1e-9)).sum())
                for script, weights in self._weights.items()
            }
            best = max(fit, key=lambda script: fit[script])
            kept[run.start : run.end, self._weights[best] == 0.0] = 0.0
        return decode(kept)

    def _runs(self, path: DecodedLine) -> list[_Run]:
        runs: list[_Run] = []
        within = False
        for number, first, last in zip(path.classes, path.starts, path.ends, strict=True):
            script = self._scripts[number]
            if script == _COMMON:
                within = False
                continue
            if not within:
                runs.append(_Run(first, last, set()))
            within = True
            runs[-1].end = last
            runs[-1].scripts.add(script)
        return runs
