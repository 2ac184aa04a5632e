"""The room between the words of a run, and between its letters where a script lets them stand apart."""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from e2eocr.synthesis.lines.pieces import Piece
from e2eocr.synthesis.lines.style import LineStyle

# Shaped scripts whose letters no stroke joins: print sets them apart as it does Latin ones.
STANDING_APART = frozenset(
    {"Taml", "Telu", "Knda", "Mlym", "Sinh", "Orya", "Gujr", "Thai", "Laoo", "Khmr", "Mymr", "Hebr"}
)
_APART_SHARE = 0.25
_TIGHT_SHARE = 0.3
_MAX_TRACKING = 0.3
_MAX_UNEVENNESS = 0.08  # of the size, standard deviation: worn type cast on bodies that are too wide
_JOINERS = frozenset("\u200c\u200d")
_VIRAMA = 9  # canonical combining class
_JOINING_SIGNS = frozenset("\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d\u17d2\u1039")  # what follows is part of it
_FOLLOWING_VOWELS = frozenset("\u0e33\u0eb3")  # letters by their class, but their ring stands on the consonant
_TAMIL_LIGATURES = ("\u0b95\u0bcd\u0bb7", "\u0bb8\u0bcd\u0bb0", "\u0bb6\u0bcd\u0bb0")  # ksha, shri: all that it has


def space_as_script(style: LineStyle, script: str, rng: random.Random) -> LineStyle:
    """A style for a script: one whose letters join is never tracked, one whose letters stand apart more often.

    Arabic writing needs little room between words, since its letters have other forms at their ends.
    """
    if script not in STANDING_APART:
        tight = script == "Arab" and rng.random() < _TIGHT_SHARE
        return replace(style, tracking=0.0, word_space=rng.uniform(0.25, 0.8) if tight else style.word_space)
    if rng.random() < _APART_SHARE:
        tracking = rng.uniform(0.02, _MAX_TRACKING)
        return replace(style, tracking=tracking, word_space=max(style.word_space, rng.uniform(1.0, 2.5)))
    return style


def space_runs(pieces: list[Piece], style: LineStyle, rng: random.Random) -> tuple[list[Piece], float]:
    """The words of some runs, or their letters, each with the room that a style gives it.

    Args:
        pieces: Runs from left to right, each of one direction, its text in logical order.
        style: `word_space` and `tracking` are used.
        rng: Source of the unevenness of tracked letters.

    Returns:
        The pieces from left to right, and where they end, in pixels from the left.
    """
    unevenness = rng.uniform(0.0, _MAX_UNEVENNESS) if style.tracking > 0 else 0.0
    bodies: dict[str, float] = {}  # a type is always too wide by the same
    spaced: list[Piece] = []
    place = 0.0
    for piece in pieces:
        parts = list(split_letters(piece.text) if style.tracking else _words(piece.text))
        for part in reversed(parts) if piece.direction == "rtl" else parts:
            length = piece.font.getlength(part, direction=piece.direction)
            if part.isspace():
                place += length * style.word_space + 2 * max(style.tracking, 0.0) * style.size
                continue
            spaced.append(piece._replace(place=place, text=part))
            place += length
            if style.tracking:
                if part not in bodies:
                    bodies[part] = abs(rng.gauss(0.0, unevenness))
                place += (style.tracking + bodies[part]) * style.size
    return spaced, place


def _words(text: str) -> Iterator[str]:
    """The words and the spaces of a text, in their order."""
    for _, group in itertools.groupby(text, str.isspace):
        yield "".join(group)


def split_letters(text: str) -> Iterator[str]:
    """What of a text stands as one: a letter with its marks and what it is stacked or joined with."""
    letter = ""
    for character in text:
        if letter and not _goes_on(letter, character):
            yield letter
            letter = ""
        letter += character
    if letter:
        yield letter


def _goes_on(letter: str, character: str) -> bool:
    """Whether a character is part of the letter before it."""
    if unicodedata.category(character)[0] == "M" or character in _JOINERS or character in _FOLLOWING_VOWELS:
        return True
    if letter[-1] in _JOINERS:
        return len(letter) > 1 and unicodedata.combining(letter[-2]) == _VIRAMA
    if letter + character in _TAMIL_LIGATURES:
        return True
    return letter[-1] in _JOINING_SIGNS and unicodedata.category(character)[0] == "L"
