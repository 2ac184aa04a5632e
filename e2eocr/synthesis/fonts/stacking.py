"""Faces in which marks stand on their letters: in some that cover a script they stand beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.opening import open_font

# A letter of a script, and a mark that takes no room of its own above or below it.
_STACKS = {
    "Thai": ("ก", "ิ"), "Laoo": ("ກ", "ິ"), "Khmr": ("ក", "ិ"), "Mymr": ("က", "ိ"), "Deva": ("क", "ु"),
    "Beng": ("ক", "ু"), "Guru": ("ਕ", "ੁ"), "Gujr": ("ક", "ુ"), "Orya": ("କ", "ୁ"), "Telu": ("క", "ి"),
    "Knda": ("ಕ", "ಿ"), "Sinh": ("ක", "ි"), "Arab": ("ب", "\u064e"), "Hebr": ("ב", "\u05b8"),
    "Tibt": ("ཀ", "ི"),
}  # fmt: skip
_SIZE = 64  # pixels
MAX_WIDENING = 1.3  # by a mark, of the letter's width


def without_loose_marks(faces: Iterable[Face]) -> list[Face]:
    """The faces, each without those of its scripts in which its marks stand beside their letters."""
    kept = []
    for face in faces:
        loose = {script for script in _STACKS if script in face.scripts and _is_loose(face, script)}
        kept.append(replace(face, scripts=face.scripts - loose) if loose else face)
    return kept


def _is_loose(face: Face, script: str) -> bool:
    letter, mark = _STACKS[script]
    if not face.covers(letter + mark):
        return False  # then no line with such a mark is drawn with it
    font = open_font(face, _SIZE, None)
    return font.getlength(letter + mark) > MAX_WIDENING * font.getlength(letter)
