"""Text without spaces between words: where it may be cut, and pieces that hold a character."""

from __future__ import annotations

import random
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

UNSPACED = frozenset({"Hans", "Hant", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"})
_STACKERS = "\u17d2\u1039"  # what follows them stands below
_LEADING = "เแโใไເແໂໃໄ"  # vowels written before their consonant
_FOLLOWING = "་།ะาำๅๆฯະາຳໆຯៗ、。，．：；！？）〉》」』】〕～ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_OPENING = "（〈《「『【〔“‘"
_REACH = 12  # characters of a piece around a character


def may_break(text: str, place: int) -> bool:
    """Whether a line may be parted before the character at a place."""
    if not 0 < place < len(text):
        return True
    before, after = text[place - 1], text[place]
    if unicodedata.category(after)[0] == "M" or after in _FOLLOWING or before in _STACKERS + _LEADING + _OPENING:
        return False
    return not (before.isascii() and before.isalnum() and after.isascii() and after.isalnum())


def next_break(text: str, place: int) -> int:
    """The first place from `place` on where a line may be parted."""
    while not may_break(text, place):
        place += 1
    return place


def cut_unspaced(line: str, rng: random.Random, length: int) -> str:
    """A piece of about `length` characters, at places where lines may be parted."""
    if len(line) <= length:
        return line
    start = 0 if rng.random() < 0.4 else next_break(line, rng.randrange(len(line) - length + 1))
    return line[start : next_break(line, start + length)].strip()


def pieces_by_character(lines: Sequence[str], rng: random.Random, most: int = 12) -> dict[str, list[str]]:
    """For each letter that the lines have, some pieces of them that hold it: each up to a dozen characters long.

    Args:
        lines: Running text.
        rng: Source of the lengths and of the order in which lines are looked through.
        most: Pieces for a letter.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for line in rng.sample(lines, len(lines)):
        for character in dict.fromkeys(line):
            if len(found[character]) < most and character.isalpha() and not character.isascii():
                found[character].append(_piece_around(line, line.index(character), rng))
    return {character: pieces for character, pieces in sorted(found.items()) if pieces}


def _piece_around(line: str, place: int, rng: random.Random) -> str:
    start = place - rng.randint(0, _REACH // 2)
    while start > 0 and not may_break(line, start):
        start -= 1
    return line[max(start, 0) : next_break(line, place + rng.randint(1, _REACH // 2))].strip()
