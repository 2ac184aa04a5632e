"""Lines set in two faces: commands in a fixed pitch, Latin names in another hand, words in bold or italic."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from e2eocr.synthesis.fonts.choosing import FaceChooser
from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.text.languages import SHARED_SIGNS, script_of_character

_FIXED_PITCH = frozenset({"mono", "typewriter"})
_TECHNICAL = re.compile(r"[\\/_{}<>$%=|~@^]|\w[.]\w|--|\(\)")
_TECHNICAL_SHARE, _FOREIGN_SHARE, _EMPHASIS_SHARE = 0.65, 0.35, 0.07
_COMPANION_SHARE = 0.3
_MAX_EMPHASIS_LENGTH = 4  # words
_TECHNICAL_LINE = 0.5  # of a line's words, and it is technical as a whole


@dataclass(frozen=True)
class Guest:
    """Words of a line that are set in another face than the rest.

    Attributes:
        face: Their face.
        words: Their places, among the words that spaces part.
        scale: Their size, as a factor on what makes them as high as the others.
    """

    face: Face
    words: frozenset[int]
    scale: float = 1.0


@dataclass(frozen=True)
class Companion:
    """Characters of a line that are set in another face than the rest, as Latin words and figures amid other writing.

    Attributes:
        face: Their face.
        characters: Which they are.
        scale: Its size, as a factor on that of the line's own face.
    """

    face: Face
    characters: frozenset[str]
    scale: float = 1.0


class FaceMixer:
    """Draws the face of a line, and of those of its words that are set in another one."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._all = FaceChooser(faces)
        self._fixed = FaceChooser([face for face in faces if face.style in _FIXED_PITCH])
        self._families: dict[str, list[Face]] = defaultdict(list)
        for face in faces:
            self._families[face.family].append(face)

    def choose(self, text: str, script: str, rng: random.Random) -> Face | None:
        """A face of the script that covers a text; None if none does. Programs are mostly set in a fixed pitch."""
        words = text.split(" ")
        if len(_technical_words(words)) > _TECHNICAL_LINE * len(words) and rng.random() < _TECHNICAL_SHARE:
            face = self._fixed.choose(text, script, rng)
            if face is not None:
                return face
        return self._all.choose(text, script, rng)

    def choose_pair(self, text: str, script: str, rng: random.Random) -> tuple[Face | None, Companion | None]:
        """A face of the script, and one for the Latin letters, figures and signs of a text that it lacks.

        Now and then they are set in another face although the first has them; None if no two cover the text.
        """
        shared = frozenset(filter(_is_shared, text)) - {" "}
        own = "".join(character for character in text if character not in shared)
        face = self._all.choose(own or text, script, rng)
        if face is None:
            return None, None
        lacking = frozenset(text) - face.characters - {" "}
        if lacking - shared:
            return None, None
        if not lacking and (not own or rng.random() > _COMPANION_SHARE):
            return face, None
        set_apart = lacking or frozenset(filter(str.isascii, shared))
        if not set_apart:
            return face, None
        other = self._all.choose("".join(sorted(set_apart)), "Latn", rng)
        if other is None:
            return (None if lacking else face), None
        return face, Companion(other, set_apart, rng.uniform(0.9, 1.06))

    def choose_guest(self, text: str, face: Face, script: str, rng: random.Random) -> Guest | None:
        """Another face for some words of a line; None where the whole line is set in `face`, as most are."""
        words = text.split(" ")
        if len(words) < 2:
            return None
        technical = _technical_words(words)
        if technical and rng.random() < _TECHNICAL_SHARE:
            return _guest(self._fixed.choose(_join(words, technical), "Latn", rng), technical, len(words), rng)
        foreign = frozenset(place for place, word in enumerate(words) if script != "Latn" and _is_latin(word))
        if foreign and rng.random() < _FOREIGN_SHARE:
            chooser = self._fixed if rng.random() < 0.5 else self._all
            return _guest(chooser.choose(_join(words, foreign), "Latn", rng), foreign, len(words), rng)
        if rng.random() < _EMPHASIS_SHARE:
            start = rng.randrange(len(words))
            places = frozenset(range(start, min(start + rng.randint(1, _MAX_EMPHASIS_LENGTH), len(words))))
            text_of_them = _join(words, places)
            siblings = [each for each in self._families[face.family] if each is not face and each.covers(text_of_them)]
            return _guest(rng.choice(siblings) if siblings else None, places, len(words), rng)
        return None


def _is_shared(character: str) -> bool:
    """Whether a character is of no script but Latin: faces of any script may have it, and many lack it."""
    return character.isascii() or character in SHARED_SIGNS or script_of_character(character) == "Latn"


def _guest(face: Face | None, places: frozenset[int], words: int, rng: random.Random) -> Guest | None:
    if face is None or not places or len(places) == words:
        return None
    return Guest(face, places, rng.uniform(0.9, 1.06))


def _technical_words(words: Sequence[str]) -> frozenset[int]:
    return frozenset(place for place, word in enumerate(words) if _TECHNICAL.search(word))


def _is_latin(word: str) -> bool:
    return any(script_of_character(character) == "Latn" for character in word)


def _join(words: Sequence[str], places: frozenset[int]) -> str:
    return " ".join(words[place] for place in sorted(places))
