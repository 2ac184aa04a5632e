"""Letters that print alike: read as one of them, it is their common shape that was surely seen.

H, Н and Η are one picture, and so are O and o where nothing stands beside them. A model divides its confidence among
them; in a word the letters around tell which it is, and in a cell with a letter or two nothing does. There each
letter is as sure as all that look like it are together.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recognizers.base import DecodedLine
from recognizers.charset import Charset, script_of

MOST = 3  # characters of a line in which nothing else tells
# Letters of Latin, Cyrillic, Greek and Armenian, and those of both cases that differ in size alone.
_TWINS = (
    "AАΑ", "BВΒв", "CcСсϹϲ", "EЕΕ", "HНΗн", "JЈ", "KКΚкκ", "MМΜм", "NΝ", "PРΡ", "SsЅѕՏ", "TТΤт", "UՍ", "Vvν", "Ww",
    "XxХхΧ", "YyУуΥҮ", "ZzΖ", "aа", "eе", "hհ", "iі", "jј", "mт", "nո", "pр", "pρ", "rг", "uս", "uи", "ГΓ", "ПΠп", "ФΦ",
)  # fmt: skip
# A ring and a stroke: what is sure of them may be the mark of a punch or a crease, and only cells around tell.
_PLAIN = ("OoОоΟοՕօ", "IІΙlӀӏ|")


def twin_in(letter: str, script: str) -> str | None:
    """The letter of another script, by its ISO 15924 code, that prints as one does: of its case, or else of its shape.

    None where there is none.
    """
    alike = [each for twins in (*_TWINS, *_PLAIN) if letter in twins for each in twins if script_of(each) == script]
    return next((each for each in alike if each.isupper() == letter.isupper()), next(iter(alike), None))


class TwinSums:
    """Knows which classes of a charset are letters that print alike."""

    def __init__(self, charset: Charset) -> None:
        self._twins: dict[int, list[int]] = {}
        for letter in sorted(set("".join(_TWINS))):
            alike = {each for twins in _TWINS if letter in twins for each in twins if each in charset}
            if letter in charset and len(alike) > 1:
                self._twins[charset.encode(letter)[0]] = charset.encode("".join(sorted(alike)))

    def settle(self, probabilities: np.ndarray, path: DecodedLine) -> DecodedLine:
        """The same path, the letters of a short line as sure as their shape is.

        Args:
            probabilities: `(T, classes)` float32.
            path: How they are read.
        """
        if not 0 < len(path.classes) <= MOST:
            return path
        spans = zip(path.classes, path.starts, path.ends, path.confidences, strict=True)
        sums = [
            max(sure, float(probabilities[start:end, self._twins[number]].sum(axis=1).max(initial=0.0)))
            if number in self._twins
            else sure
            for number, start, end, sure in spans
        ]
        confidences = tuple(min(each, 1.0) for each in sums)
        before, after = (sum(np.log(np.maximum(each, 1e-9))) for each in (path.confidences, confidences))
        sure = min(path.log_probability + float(after - before), 0.0)
        return replace(path, confidences=confidences, log_probability=sure)
