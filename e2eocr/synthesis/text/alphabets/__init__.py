"""The alphabets our recognizers are trained on, each a string of characters in class order."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from e2eocr.errors import DataError
from e2eocr.synthesis.text.alphabets.alphabetic import ALPHABETIC, DIGITS
from e2eocr.synthesis.text.alphabets.canonical import canonical
from e2eocr.synthesis.text.alphabets.han import build_han
from e2eocr.synthesis.text.alphabets.shaped import ARABIC, ETHIOPIC, INDIC, MAINLAND, TIBETAN

_BUILDERS: dict[str, Callable[[], str]] = {
    "ALPHABETIC": lambda: ALPHABETIC,
    "DIGITS": lambda: DIGITS,
    "HAN": build_han,
    "ARABIC": lambda: ARABIC,
    "INDIC": lambda: INDIC,
    "MAINLAND": lambda: MAINLAND,
    "ETHIOPIC": lambda: ETHIOPIC,
    "TIBETAN": lambda: TIBETAN,
}
ALPHABETS = tuple(_BUILDERS)

__all__ = ["ALPHABETIC", "ALPHABETS", "canonical", "load_alphabet"]


@cache
def load_alphabet(name: str) -> str:
    """The characters of an alphabet in class order.

    Raises:
        DataError: If there is none of that name.
    """
    if name not in _BUILDERS:
        raise DataError(f"There is no alphabet {name!r}. Known: {', '.join(sorted(ALPHABETS))}.")
    return _BUILDERS[name]()
