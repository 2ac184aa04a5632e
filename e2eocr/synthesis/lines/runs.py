"""Where the runs of a line stand that is set in two faces, or from the right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.mixing import Companion
from e2eocr.synthesis.fonts.opening import open_font
from e2eocr.synthesis.lines.pieces import Piece
from e2eocr.synthesis.lines.style import LineStyle
from recognizers.directions import runs_from_right, visual_runs


def lay_out_runs(text: str, face: Face, style: LineStyle, companion: Companion | None) -> tuple[list[Piece], float]:
    """The pieces of a line, each of one face and direction, from left to right; and how much room it needs in pixels.

    Args:
        text: In logical order.
        face: Its face.
        style: How it is set; tracking and the room of spaces are not used.
        companion: Characters that are set in another face.
    """
    own = open_font(face, style.size, style.weight)
    other = None if companion is None else open_font(companion.face, max(round(style.size * companion.scale), 6))
    if companion is None:
        direction = "rtl" if runs_from_right(text) else None
        return [Piece(0.0, text, own, direction=direction)], own.getlength(text, direction=direction) + style.size
    pieces: list[Piece] = []
    place = 0.0
    for run, is_other in _runs(text, companion):
        font = other if is_other and other is not None else own
        direction = "rtl" if runs_from_right(run) else None
        pieces.append(Piece(place, run, font, direction=direction))
        place += font.getlength(run, direction=direction)
    return pieces, place + style.size


def _runs(text: str, companion: Companion) -> Iterator[tuple[str, bool]]:
    """Runs from left to right, and whether each is set in the other face. A space goes with what is before it."""
    for run in visual_runs(text):
        parts = [
            ("".join(character for character, _ in group), is_other)
            for is_other, group in groupby(_faces(run, companion), lambda each: each[1])
        ]
        yield from reversed(parts) if runs_from_right(run) else parts


def _faces(run: str, companion: Companion) -> Iterator[tuple[str, bool]]:
    is_other = run[:1] in companion.characters
    for character in run:
        is_other = is_other if character == " " else character in companion.characters
        yield character, is_other
