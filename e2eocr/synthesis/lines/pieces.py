"""Where the pieces of a line stand: its words, or its characters, one by one."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from PIL import ImageFont

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.mixing import Guest
from e2eocr.synthesis.fonts.opening import face_height, open_font
from e2eocr.synthesis.lines.style import LineStyle

_OPENING_MARKS, _CLOSING_MARKS = "¿¡«", ";:!?,»"
_LOGO = re.compile(r"(?:LA)?TEX(?![A-Z])")
# Of each letter of the logos: room before it and how far below the baseline it stands, in units of the size, and its
# own size, after the definitions in the TeXbook (Knuth 1984) and in LaTeX (Lamport 1986).
_LOGO_LETTERS = {
    "TEX": ((0.0, 0.0, 1.0), (-0.1667, 0.215, 1.0), (-0.125, 0.0, 1.0)),
    "LATEX": ((0.0, 0.0, 1.0), (-0.36, -0.2, 0.7), (-0.15, 0.0, 1.0), (-0.1667, 0.215, 1.0), (-0.125, 0.0, 1.0)),
}
_WIDE_WIDTH = 1.05
_AMPLE_WIDTH = 0.72  # of the size a character, in a text of some length; almost no face is as wide


class Piece(NamedTuple):
    """Some characters of a line: where they begin, in pixels from its left, and how far below its baseline.

    The direction is `rtl` for those that run from the right; None leaves it to the letters.
    """

    place: float
    text: str
    font: ImageFont.FreeTypeFont
    drop: float = 0.0
    direction: str | None = None


def lay_out(text: str, face: Face, style: LineStyle, guest: Guest | None) -> tuple[list[Piece], float]:
    """The pieces of a line, and how much room it needs in pixels."""
    font = open_font(face, style.size, style.weight)
    if style.typed or style.tracking:
        return _lay_out_characters(text, font, style)
    logos = style.logos and _LOGO.search(text) is not None
    if style.word_space == 1.0 and not (style.mark_space or style.small_caps or guest or logos):
        # To measure costs as much as to draw: give ample room.
        return [Piece(0.0, text, font)], style.size * (_ample_width(text) + 1)
    space = font.getlength(" ") * style.word_space
    pieces: list[Piece] = []
    place = 0.0
    for number, word in enumerate(text.split(" ")):
        own = font
        if guest is not None and number in guest.words:
            own = open_font(guest.face, _guest_size(guest, face, style.size))
        for part_number, part in enumerate(_split_marks(word) if style.mark_space else [word]):
            place += style.mark_space * style.size if part_number else 0.0
            if logos:
                set_part = _set_logos(part, own, place)
            else:
                set_part = _set_small_caps(part, own, place, style.small_caps)
            pieces += set_part
            place = set_part[-1].place + set_part[-1].font.getlength(set_part[-1].text)
        place += space
    return pieces, place


def _ample_width(text: str) -> float:
    """More than the width of a text in almost any face, in units of the size."""
    return sum(_WIDE_WIDTH if unicodedata.east_asian_width(each) in "WFA" else _AMPLE_WIDTH for each in text)


def _guest_size(guest: Guest, face: Face, size: int) -> int:
    return max(round(size * face_height(face) / face_height(guest.face) * guest.scale), 6)


def _set_logos(word: str, font: ImageFont.FreeTypeFont, place: float) -> list[Piece]:
    """A word whose TEX and LATEX are logos."""
    pieces: list[Piece] = []

    def add(text: str, font: ImageFont.FreeTypeFont, drop: float = 0.0) -> None:
        nonlocal place
        if text:
            pieces.append(Piece(place, text, font, drop))
            place += font.getlength(text)

    end = 0
    for match in _LOGO.finditer(word):
        add(word[end : match.start()], font)
        for letter, (room, drop, scale) in zip(match.group(), _LOGO_LETTERS[match.group()], strict=True):
            place += room * font.size
            add(
                letter,
                font if scale == 1.0 else font.font_variant(size=max(round(font.size * scale), 4)),
                drop * font.size,
            )
        end = match.end()
    add(word[end:], font)
    return pieces or [Piece(place, word, font)]


def _set_small_caps(word: str, font: ImageFont.FreeTypeFont, place: float, scale: float) -> list[Piece]:
    """A word, if in capitals with all but the first one smaller by a scale, unless that is 0."""
    first = next((at for at, character in enumerate(word) if character.isalpha()), len(word)) + 1
    head, tail = word[:first], word[first:]
    if not (scale and tail and word.isupper()):
        return [Piece(place, word, font)]
    small = font.font_variant(size=max(round(font.size * scale), 4))
    return [Piece(place, head, font), Piece(place + font.getlength(head), tail, small)]


def _split_marks(word: str) -> list[str]:
    """A word without the marks before and behind it, and those."""
    inner = word.lstrip(_OPENING_MARKS)
    stem = inner.rstrip(_CLOSING_MARKS)
    return [piece for piece in (word[: len(word) - len(inner)], stem, inner[len(stem) :]) if piece]


def _lay_out_characters(text: str, font: ImageFont.FreeTypeFont, style: LineStyle) -> tuple[list[Piece], float]:
    gap = style.tracking * style.size
    space = font.getlength(" ") * style.word_space
    lengths: dict[str, float] = {" ": max(space + gap, space * 0.6)}
    pieces: list[Piece] = []
    place = 0.0
    for cluster in _clusters(text):
        if cluster not in lengths:
            lengths[cluster] = font.getlength(cluster)
        if cluster != " ":
            pieces.append(Piece(place, cluster, font))
        place += lengths[cluster] + gap
    return pieces, place + style.size


def _clusters(text: str) -> list[str]:
    """Characters, each with the combining marks that stand on it."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.combining(character):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters
