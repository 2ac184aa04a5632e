"""Words as masks of ink, and their breaking into lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.opening import open_font

SPACELESS = frozenset({"Jpan", "Hans", "Hant", "Thai"})
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_FIXED_STYLES = ("typewriter", "mono", "dots")
_BEARING = 0.06  # room right of a word's ink, in units of the size
_OVERHANG = 0.3  # of the size: how far the last letter of a word in a fixed pitch may lean out of its place
_THAI_RUN = 5


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """Ink of a word or character.

    Attributes:
        mask: `(h, w)` uint8, 255 is full ink.
        left: From the pen to the left of the mask, pixels.
        top: From the baseline to the top of the mask, pixels; negative above it.
        advance: How far the pen moves, pixels.
    """

    mask: np.ndarray
    left: int
    top: int
    advance: float


@dataclass(frozen=True, eq=False, slots=True)
class SetWord:
    """A word that is set: pieces and where each begins, pixels from the word's start; `glued` to the one before."""

    text: str
    pieces: tuple[tuple[Piece, float], ...]
    width: float
    glued: bool = False


class Type:
    """A face at a size, ready to set words.

    Args:
        face: Face to draw with.
        size: Font size, pixels.
        sample: Text of the page, to measure how high the script stands.
        tracking: Space added after each character, in units of the size.
        by_character: Whether characters are set one by one, as a typewriter does.
        weight: Value of the variable weight axis, where there is one.
    """

    def __init__(
        self,
        face: Face,
        size: int,
        sample: str,
        *,
        tracking: float = 0.0,
        by_character: bool = False,
        weight: float | None = None,
    ) -> None:
        self.face, self.size = face, size
        self._font = open_font(face, size, weight)
        self._tracking, self._by_character = tracking * size, by_character or tracking != 0.0
        self._fixed = self._font.getlength("n") if face.style in _FIXED_STYLES and face.covers("n") else 0.0
        self.space = max(self._font.getlength(" "), 0.18 * size) + self._tracking
        box = self._font.getbbox(sample, anchor="ls")
        self.ascent, self.descent = max(-box[1], 0.4 * size), max(box[3], 0.12 * size)
        small = "".join(letter for letter in "xnoeκпн" if letter in face.characters)
        self.x_height = -self._font.getbbox(small, anchor="ls")[1] if small else 0.7 * self.ascent
        self._pieces: dict[str, Piece | None] = {}
        self._words: dict[str, SetWord | None] = {}

    @property
    def height(self) -> float:
        """From ascenders to descenders, pixels."""
        return self.ascent + self.descent

    def set_word(self, text: str) -> SetWord | None:
        """Set a word; None if the face does not cover it or it shows no ink."""
        if text not in self._words:
            self._words[text] = self._set_new(text) if self.face.covers(text) else None
        return self._words[text]

    def _set_new(self, text: str) -> SetWord | None:
        if not self._by_character or not _stands_alone(text):
            piece = self._piece(text)
            return SetWord(text, ((piece, 0.0),), piece.advance) if piece else None
        placed, pen = [], 0.0
        for character in text:
            piece = self._piece(character)
            if piece is None:
                return None
            placed.append((piece, pen))
            pen += piece.advance + self._tracking
        return SetWord(text, tuple(placed), pen - self._tracking)

    def _piece(self, text: str) -> Piece | None:
        if text not in self._pieces:
            self._pieces[text] = self._draw(text)
        return self._pieces[text]

    def _draw(self, text: str) -> Piece | None:
        size = self.size
        room = int((1.3 * len(text) + 2.5) * size)
        canvas = Image.new("L", (room, 4 * size))
        ImageDraw.Draw(canvas).text((size, 2 * size), text, fill=255, font=self._font, anchor="ls")
        box = canvas.getbbox()
        if box is None:
            return None
        letters = sum(not unicodedata.combining(character) for character in text)
        reach = box[2] - size
        # Faces of a fixed pitch may have letters of another script that are wider: these keep their own.
        keeps_pitch = self._fixed and reach < self._fixed * letters + _OVERHANG * size
        advance = self._fixed * letters if keeps_pitch else reach + _BEARING * size
        return Piece(np.asarray(canvas.crop(box)), box[0] - size, box[1] - 2 * size, advance)


def _stands_alone(text: str) -> bool:
    """Whether each character may be drawn by itself: no marks to combine, no letters that join."""
    return not any(
        unicodedata.combining(character) or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        or "\u0900" <= character <= "\u0fff"
        for character in text
    )  # fmt: skip


def set_words(text: str, type_: Type, script: str) -> list[SetWord]:
    """Set a text; words that the face does not cover are left out.

    Scripts without spaces between words may break between characters: each is a word glued to the one before.
    """
    words = []
    for run in text.split():
        for place, part in enumerate(_parts(run, script)):
            word = type_.set_word(part)
            if word is not None:
                words.append(SetWord(word.text, word.pieces, word.width, glued=True) if place else word)
    return words


def set_letters(text: str, type_: Type) -> list[SetWord]:
    """Set a text letter by letter, as columns have it in any script; letters that the face does not cover are left
    out."""
    return [word for letter in "".join(text.split()) if (word := type_.set_word(letter)) is not None]


def _parts(run: str, script: str) -> Sequence[str]:
    if script not in SPACELESS:
        return (run,)
    if script != "Thai":
        return run
    starts = [0]
    for place, character in enumerate(run):
        if place - starts[-1] >= _THAI_RUN and not unicodedata.combining(character) and character not in "ะาำๅๆฯ":
            starts.append(place)
    return [run[start:end] for start, end in zip(starts, [*starts[1:], len(run)], strict=True)]


def line_width(words: Sequence[SetWord], space: float) -> float:
    """Width of words with that much space between them, pixels."""
    return sum(word.width for word in words) + space * sum(not word.glued for word in words[1:])


def break_lines(words: Iterable[SetWord], type_: Type, width: float, *, indent: float = 0.0) -> list[list[SetWord]]:
    """Break words into lines no wider than `width`; the first is shorter by `indent`. Too wide words are left out."""
    lines: list[list[SetWord]] = [[]]
    room = width - indent
    for word in words:
        if word.width > width - indent:
            continue
        needed = word.width + (0.0 if word.glued or not lines[-1] else type_.space)
        if needed > room:
            lines.append([])
            room, needed = width, word.width
        lines[-1].append(word)
        room -= needed
    return [line for line in lines if line]


def visual_order(words: Sequence[SetWord]) -> list[int]:
    """Places of words from left to right as they stand in a right-to-left line; runs of other scripts keep theirs."""
    runs: list[list[int]] = []
    was_foreign = False
    for place, word in enumerate(words):
        foreign = not is_right_to_left(word.text)
        if foreign and was_foreign:
            runs[-1].append(place)
        else:
            runs.append([place])
        was_foreign = foreign
    return [place for run in reversed(runs) for place in run]


def is_right_to_left(text: str) -> bool:
    """Whether any letter of a text is written from right to left."""
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)
