"""Thin spaces, as printers once set before a question mark or inside quotation marks: they part no words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import median

from recognizers.base import CharSpan
from recognizers.charset import script_of

MAX_THIN = 0.26  # of the line's height, the widest such space,
MAX_SHARE = 0.9  # and of the usual space between the words of its line
CLOSING = frozenset(";?!,”")  # no colon: the one behind a label often stands free
OPENING = frozenset("“„«¿¡")
SIGNED = re.compile(r"[-–—−] \d[\d.,]*%?")  # a number and its sign, which no other space tells
DASH = "—"  # which some languages set between spaces, and printers of others between thin ones


def close_thin_spaces(text: str, spans: Sequence[CharSpan], aspect: float) -> tuple[str, list[CharSpan]]:
    """Take the thin spaces beside marks out of a line, where wider ones between its words tell them apart.

    Args:
        text: Of the line, with single spaces.
        spans: One per character.
        aspect: Width of the line's picture to its height.

    Returns:
        The text and the spans of what stays.
    """
    widths = {at: (span.right - span.left) * aspect for at, span in enumerate(spans) if text[at] == " "}
    if SIGNED.fullmatch(text):
        closed = {at for at, width in widths.items() if width <= MAX_THIN}
    else:
        closed = _thin_beside_marks(text, widths)
    kept = [at for at in range(len(text)) if at not in closed]
    return "".join(text[at] for at in kept), [spans[at] for at in kept]


def _thin_beside_marks(text: str, widths: Mapping[int, float]) -> set[int]:
    """Which spaces, whose widths in heights of the line are given by place, are thinner than those between words."""
    between_words = [width for at, width in widths.items() if text[at - 1].isalnum() and text[at + 1].isalnum()]
    if not between_words:
        return set()
    widest = min(MAX_THIN, MAX_SHARE * median(between_words))
    thin = {at for at, width in widths.items() if width <= widest}
    closed = {at for at in thin if _hugs_mark(text, at)}
    if DASH in text and script_of(text) == "Latn":
        closed |= {at for at in thin if _hugs_dash(text, at, widths.keys() - thin)}
    return closed


def _hugs_mark(text: str, at: int) -> bool:
    """Whether the space at a place stands between a word and the mark that closes it, or opens it."""
    before, after = text[at - 1], text[at + 1]
    if before in OPENING:
        return after.isalnum()
    return after in CLOSING and before not in CLOSING and not text[at + 2 : at + 3].isalnum()


def _hugs_dash(text: str, at: int, wide: set[int]) -> bool:
    """Whether the space at a place stands between a word and a dash beside which no space is wide."""
    for dash, word in ((at + 1, at - 1), (at - 1, at + 1)):
        if text[dash] == DASH and text[word].isalnum():
            return wide.isdisjoint((dash - 1, dash + 1))
    return False
