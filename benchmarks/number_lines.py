"""Whether numbers are read right: drawn lines of dates, prices and telephone numbers as each country writes them.

    python benchmarks/number_lines.py [--alphabet NAME=BUNDLE]... [--lines N] [--strength X] [--faces FILE]...
                                      [--fonts DIR]... [--json FILE]

A line is one string with digits, in a face drawn at random, then degraded as a scan. Digits are the country's own as
often as its print has them. A line counts where every character is read, spaces apart.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.models.bundles import find_bundle
from e2eocr.models.loading import load_recognizer
from e2eocr.models.parts import load_charset
from e2eocr.synthesis.effects.lines import DegradeSettings, degrade
from e2eocr.synthesis.fonts.faces import find_faces
from e2eocr.synthesis.fonts.stacking import without_loose_marks
from e2eocr.synthesis.lines.synthesis import LineSynthesizer
from e2eocr.synthesis.text.alphabets import canonical
from e2eocr.synthesis.text.forms import locale_strings
from e2eocr.synthesis.text.groups import GROUPS, with_own_digits
from e2eocr.truth.records import LineSample
from recognizers.base import Recognizer

SHIPPED = ("ALPHABETIC=alphabetic", "HAN=han", "ARABIC=arabic", "INDIC=indic", "MAINLAND=mainland")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how many lines of numbers are read right.")
    parser.add_argument("--alphabet", action="append", metavar="NAME=BUNDLE", help=f"default: {', '.join(SHIPPED)}")
    parser.add_argument("--lines", type=int, default=300, help="lines of each alphabet")
    parser.add_argument("--strength", type=float, default=0.5, help="of the degrading: 1 is the worst of real scans")
    parser.add_argument("--faces", type=Path, action="append", default=[], help="list of faces, as `synth lines` takes")
    parser.add_argument("--fonts", type=Path, action="append", default=[], help="folder of fonts")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    figures = {}
    for pair in arguments.alphabet or SHIPPED:
        alphabet, _, bundle = pair.partition("=")
        charset = frozenset(load_charset(find_bundle(bundle, "recognizer")).characters)
        faces = without_loose_marks(find_faces(arguments.faces, arguments.fonts, charset=charset))
        synthesizer = LineSynthesizer(Numbers(alphabet, charset), faces, 0)
        samples = [synthesizer.render(index) for index in range(arguments.lines)]
        figures[alphabet] = measure(load_recognizer(bundle), samples, arguments.strength)
        tell(alphabet, figures[alphabet])
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class Numbers:
    """Draws strings that have digits, of an alphabet's languages by their shares, for a `LineSynthesizer`."""

    def __init__(self, alphabet: str, charset: frozenset[str]) -> None:
        found = {language: self._strings(language, charset) for language in GROUPS[alphabet]}
        self._strings_of = {language: strings for language, strings in found.items() if strings}
        self._shares = [GROUPS[alphabet][language] for language in self._strings_of]

    @staticmethod
    def _strings(language: str, charset: frozenset[str]) -> list[str]:
        rng = random.Random(language)
        drawn = [canonical(" ".join(string.split())) for string in locale_strings(language, seed=4711)]
        dressed = [with_own_digits(string, language, rng) for string in drawn if any(map(str.isdigit, string))]
        return [string for string in dressed if charset.issuperset(string)]

    def draw(self, rng: random.Random) -> tuple[str, str]:
        """A string and its language."""
        [language] = rng.choices(list(self._strings_of), self._shares)
        return rng.choice(self._strings_of[language]), language


def measure(recognizer: Recognizer, samples: Sequence[LineSample], strength: float) -> dict[str, Any]:
    """How many lines there are and how many are read right, by language, and what was read of the others."""
    settings = DegradeSettings(strength=strength)
    crops = [degrade(sample.image, np.random.default_rng(index), settings) for index, sample in enumerate(samples)]
    wrong = []
    for sample, reading in zip(samples, recognizer.read(crops), strict=True):
        if reading.text.replace(" ", "") != sample.text.replace(" ", ""):
            wrong.append((sample.language, sample.source, sample.text, reading.text))
    return {
        "lines": Counter(sample.language for sample in samples),
        "wrong": Counter(language for language, *_ in wrong),
        "readings": wrong,
    }


def tell(alphabet: str, figures: dict[str, Any]) -> None:
    """Print the share of an alphabet, and of each of its languages."""
    lines, wrong = figures["lines"], figures["wrong"]
    by_language = "  ".join(f"{language} {1 - wrong[language] / lines[language]:.2f}" for language in sorted(lines))
    print(f"{alphabet:12} {1 - wrong.total() / lines.total():.3f} of {lines.total()} lines right   {by_language}")


if __name__ == "__main__":
    main()
