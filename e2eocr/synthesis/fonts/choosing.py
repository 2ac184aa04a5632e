"""How often each face is drawn."""

from __future__ import annotations

import bisect
import itertools
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.styles import STYLE_SHARES

_EUROPEAN = frozenset({"Latn", "Cyrl", "Grek"})
_GUEST_STANDING = 0.12
# Most documents are set in one of these: Times, Helvetica, Courier, Computer Modern and what offices have.
_COMMON = re.compile(
    r"liberation (serif|sans|mono)|nimbus (roman|sans|mono ps)|tex gyre (termes|heros|cursor)|tinos|arimo|cousine|"
    r"cmu (serif|sans serif|typewriter text)|latin modern (roman|sans|mono)|dejavu (serif|sans|sans mono)|"
    r"noto s(ans|erif) cjk (sc|tc|jp|kr)|wenquanyi (zen|micro) hei|ipaex?(gothic|mincho)|ar pl (uming|sungti|ukai).*|"
    r"nanum(gothic|myeongjo)|takaop?(gothic|mincho)|cwtex(ming|heibold|kai)|"
    r"lohit tamil classical|"  # the only one with the letters of all print before 1978
    r"carlito|caladea|free(serif|sans|mono)|stix(general| two text)?",
    re.IGNORECASE,
)
_COMMON_STANDING = 2.5


class FaceChooser:
    """Draws faces: style by its share, then family, then face, so that big families do not drown others."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._by_script: dict[str, tuple[list[Face], list[float]]] = {}
        for script in sorted({script for face in faces for script in face.scripts}):
            fitting = [face for face in faces if script in face.scripts]
            self._by_script[script] = (fitting, list(itertools.accumulate(_face_weights(fitting, script))))

    def choose(self, text: str, script: str, rng: random.Random) -> Face | None:
        """A face of the script that covers a text; None if none does."""
        if script not in self._by_script:
            return None
        faces, bounds = self._by_script[script]
        for _ in range(12):
            face = faces[min(bisect.bisect_right(bounds, rng.random() * bounds[-1]), len(faces) - 1)]
            if face.covers(text):
                return face
        covering = [place for place, face in enumerate(faces) if face.covers(text)]
        if not covering:
            return None
        weights = [bounds[place] - (bounds[place - 1] if place else 0.0) for place in covering]
        return faces[rng.choices(covering, weights)[0]]


def _face_weights(faces: Sequence[Face], script: str) -> list[float]:
    families: dict[tuple[str, str], list[Face]] = defaultdict(list)
    for face in faces:
        families[face.style, face.family].append(face)
    standing = _family_standing(families, script)
    styles: dict[str, float] = defaultdict(float)
    for (style, _), value in standing.items():
        styles[style] += value
    whole = {key: sum(map(_plainness, members)) for key, members in families.items()}
    weights = []
    for face in faces:
        key = (face.style, face.family)
        share = STYLE_SHARES[face.style] * standing[key] / styles[face.style]
        weights.append(share * _plainness(face) / whole[key])
    return weights


def _family_standing(families: dict[tuple[str, str], list[Face]], script: str) -> dict[tuple[str, str], float]:
    """Weight of each family within its style, where a script is drawn.

    A family that much is set in counts more; one that is all slanted or bold less, and so does each of many in one
    folder: they come of one hand, and those of collections for other scripts share one Latin.
    """
    folders = Counter((style, members[0].path.parent) for (style, _), members in families.items())
    return {
        key: max(map(_plainness, members))
        * (_GUEST_STANDING if script in _EUROPEAN and all(map(_is_guest, members)) else 1.0)
        * (_COMMON_STANDING if _COMMON.fullmatch(key[1]) else 1.0)
        / math.sqrt(folders[key[0], members[0].path.parent])
        for key, members in families.items()
    }


def _plainness(face: Face) -> float:
    """Weight of a face within its family: most print is upright and regular."""
    weight = 1.0 if 350 <= face.weight <= 500 else 0.35
    return weight * (0.4 if face.slanted else 1.0)


def _is_guest(face: Face) -> bool:
    """Whether a face is made for another script and has plain Latin by the way, mostly one of few designs."""
    return bool(face.scripts - _EUROPEAN) and not face.scripts & {"Cyrl", "Grek"}
