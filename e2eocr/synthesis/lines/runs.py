"""Where the runs of a line stand that is set in two faces, or from the right."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.mixing import Companion
from e2eocr.synthesis.fonts.opening import open_font
from e2eocr.synthesis.lines.pieces import Piece
from e2eocr.synthesis.lines.spacing import space_runs
from e2eocr.synthesis.lines.style import LineStyle
from recognizers.directions import runs_from_right, visual_runs


def lay_out_runs(
    text: str, face: Face, style: LineStyle, companion: Companion | None, rng: random.Random
) -> tuple[list[Piece], float]:
    """The pieces of a line, each of one face and direction, from left to right; and how much room it needs in pixels.

    Args:
        text: In logical order.
        face: Its face.
        style: How it is set; `mark_space`, `typed` and `logos` are not used.
        companion: Characters that are set in another face.
        rng: Source of the unevenness of tracked letters.
    """
    own = open_font(face, style.size, style.weight)
    other = None if companion is None else open_font(companion.face, max(round(style.size * companion.scale), 6))
    from_right = runs_from_right(text)
    pieces: list[Piece] = []
    place = 0.0
    for run, is_other in _runs(text, companion):
        font = other if is_other and other is not None else own
        direction = "rtl" if from_right and not _has_left_to_right(run) else None
        pieces.append(Piece(place, run, font, direction=direction))
        place += font.getlength(run, direction=direction)
    if style.tracking or style.word_space != 1.0:
        pieces, place = space_runs(pieces, style, rng)
    return pieces, place + style.size


def _has_left_to_right(run: str) -> bool:
    """Whether a run of a line from the right is a number or a word that is not; signs alone run as the line does."""
    return any(unicodedata.bidirectional(character) in ("L", "EN", "AN") for character in run)


def _runs(text: str, companion: Companion | None) -> Iterator[tuple[str, bool]]:
    """Runs from left to right, and whether each is set in the other face. A space goes with what is before it."""
    for run in visual_runs(text):
        parts = [(run, False)] if companion is None else _faces(run, companion)
        yield from reversed(parts) if runs_from_right(run) else parts


def _faces(run: str, companion: Companion) -> list[tuple[str, bool]]:
    """The parts of a run that are each of one face, and whether that is the other one."""
    faces: list[bool] = []
    for character in run:
        same = bool(faces) and character == " "
        faces.append(faces[-1] if same else character in companion.characters)
    return [
        ("".join(character for character, _ in group), is_other)
        for is_other, group in groupby(zip(run, faces, strict=True), lambda each: each[1])
    ]
