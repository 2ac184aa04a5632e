"""Groups of languages that one recognizer reads, each named as its alphabet is, and how they write numbers."""

from __future__ import annotations

import random

from e2eocr.synthesis.text.languages import RIGHT_TO_LEFT, SCRIPTS, SHARES

# Shares of the lines in per cent, by alphabet. English is in all: Latin words stand amid all writing.
GROUPS: dict[str, dict[str, float]] = {
    "ALPHABETIC": SHARES,
    "HAN": {"zh_CN": 36.0, "zh_TW": 20.0, "ja": 23.0, "ko": 16.0, "en": 5.0},
    "ARABIC": {
        "ar": 32.0, "fa": 21.0, "ur": 12.0, "he": 14.0, "ps": 3.0, "sd": 3.0, "ug": 4.0, "ckb": 4.0, "yi": 3.0,
        "en": 4.0,
    },
    "INDIC": {
        "hi": 13.0, "mr": 5.0, "ne": 5.0, "sa": 4.0, "bn": 9.0, "as": 3.0, "ta": 11.0, "te": 9.0, "kn": 9.0,
        "ml": 9.0, "gu": 7.0, "pa": 6.0, "or": 4.0, "si": 4.0, "en": 4.0,
    },
    "MAINLAND": {"th": 40.0, "km": 20.0, "my": 20.0, "lo": 16.0, "en": 4.0},
    "ETHIOPIC": {"am": 80.0, "en": 20.0},
    "TIBETAN": {"bo": 70.0, "dz": 26.0, "en": 4.0},
}  # fmt: skip

# The language's own zero, and how many of its lines write numbers with its own digits.
_OWN_DIGITS = {
    "ar": ("٠", 0.45), "fa": ("۰", 0.85), "ur": ("۰", 0.35), "ps": ("۰", 0.7), "sd": ("۰", 0.3), "ug": ("٠", 0.05),
    "ckb": ("٠", 0.6), "hi": ("०", 0.35), "mr": ("०", 0.7), "ne": ("०", 0.8), "sa": ("०", 0.8), "bn": ("০", 0.85),
    "as": ("০", 0.85), "gu": ("૦", 0.45), "pa": ("੦", 0.25), "or": ("୦", 0.6), "ta": ("௦", 0.05), "te": ("౦", 0.1),
    "kn": ("೦", 0.35), "ml": ("൦", 0.05), "th": ("๐", 0.25), "lo": ("໐", 0.25), "km": ("០", 0.75), "my": ("၀", 0.8),
}  # fmt: skip


def runs_from_right(group: str) -> bool:
    """Whether most lines of a group of languages are read from the right; a name that is no group's is none."""
    shares = GROUPS.get(group, {})
    return 2 * sum(share for code, share in shares.items() if SCRIPTS[code] in RIGHT_TO_LEFT) > sum(shares.values())


def with_own_digits(text: str, language: str, rng: random.Random) -> str:
    """A text whose numbers are written in the language's own digits, as often as its print does so."""
    zero, share = _OWN_DIGITS.get(language, ("0", 0.0))
    if not share or rng.random() >= share:
        return text
    return text.translate({ord("0") + value: chr(ord(zero) + value) for value in range(10)})
