"""Thin spaces beside marks against the spaces between the words of their lines."""

from __future__ import annotations

from itertools import pairwise

import pytest

from recognizers.base import CharSpan
from recognizers.thin_spaces import close_thin_spaces

ASPECT = 20.0  # of a line's picture
LETTER, SPACE, THIN = 0.5, 0.4, 0.18  # widths in heights of the line; `_` below is a thin space


def close(drawn: str, *, space: float = SPACE, thin: float = THIN) -> str:
    """A line whose thin spaces are drawn as `_`, as it is told."""
    widths = [{" ": space, "_": thin}.get(character, LETTER) / ASPECT for character in drawn]
    edges = [sum(widths[:at]) for at in range(len(widths) + 1)]
    spans = [CharSpan(left, right, 1.0) for left, right in pairwise(edges)]
    text, kept = close_thin_spaces(drawn.replace("_", " "), spans, ASPECT)
    assert len(kept) == len(text)
    return text


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        ("in the Océano_; and then", "in the Océano; and then"),  # as hand-set type has it
        ("what is this_? asked he", "what is this? asked he"),
        ("called “_Young Turks_” or", "called “Young Turks” or"),
        ("the olden time—_The dress_—_Freaks", "the olden time—The dress—Freaks"),
        ("the olden — time goes", "the olden — time goes"),  # a space as wide as those between words is one
        ("the olden_— time goes", "the olden — time goes"),  # and one on the other side of the dash tells that both are
        ("верим вам_—_вы признаете", "верим вам — вы признаете"),  # Russian sets its dash so
        ("Total due_: 12 each", "Total due : 12 each"),  # a colon may stand free of its label
        ("Setia Indah X_,U13 there", "Setia Indah X ,U13 there"),  # whatever is right before a letter belongs to it
        ("a b_c d", "a b c d"),  # words are apart, however near
        ("–_1138.69", "–1138.69"),  # a sign and its number
        ("– 3", "– 3"),  # the dash of a list
        ("what_?", "what ?"),  # where no other space tells what is thin
    ],
)
def test_thin_spaces_beside_marks_are_none(drawn: str, told: str) -> None:
    assert close(drawn) == told


def test_wide_spaces_before_marks_stay() -> None:
    assert close("qu'est-ce_? dit le roi", thin=0.38) == "qu'est-ce ? dit le roi"


def test_what_is_thin_depends_on_the_line() -> None:
    assert close("so narrowly set_; is it", space=0.19) == "so narrowly set ; is it"
