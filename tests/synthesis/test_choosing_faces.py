"""How often each face is drawn."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from doubles.fonts import LETTERS

from e2eocr.synthesis.fonts.choosing import FaceChooser
from e2eocr.synthesis.fonts.faces import Face


def face(family: str, style: str, characters: str = LETTERS) -> Face:
    return Face(Path(family), 0, family, style, 400, False, (), frozenset({"Latn"}), frozenset(characters))


def test_many_files_do_not_drown_few() -> None:
    faces = (
        [face("Book", "serif")] + [face(f"Fancy {n}", "display") for n in range(50)] + [face("Type", "typewriter")] * 9
    )
    rng = random.Random(0)
    chooser = FaceChooser(faces)
    counts = Counter(drawn.style for drawn in (chooser.choose("hat", "Latn", rng) for _ in range(1000)) if drawn)
    assert counts["serif"] > counts["typewriter"] > counts["display"] > 0


def test_what_much_is_set_in_is_drawn_more_often() -> None:
    chooser = FaceChooser([face("Liberation Serif", "serif"), face("Book", "serif")])
    rng = random.Random(0)
    drawn = Counter(each.family for each in (chooser.choose("hat", "Latn", rng) for _ in range(700)) if each)
    assert 1.8 < drawn["Liberation Serif"] / drawn["Book"] < 3.5


def test_a_face_for_two_scripts_is_no_guest_in_its_own() -> None:
    scripts = frozenset({"Latn", "Geor"})
    both = Face(Path("both"), 0, "Both", "serif", 400, False, (), scripts, frozenset("ahtდღე"))
    latin = FaceChooser([both, face("Book", "serif")])
    rng = random.Random(0)
    drawn = Counter(each.family for each in (latin.choose("hat", "Latn", rng) for _ in range(900)) if each)
    assert drawn["Both"] < drawn["Book"] / 4
    assert latin.choose("დღე", "Geor", rng) is both


def test_only_a_face_that_covers_is_drawn() -> None:
    chooser = FaceChooser([face("Plain", "serif")] * 100 + [face("Wide", "display", LETTERS + "é")])
    rng = random.Random(0)
    drawn = chooser.choose("hé", "Latn", rng)
    assert drawn is not None and drawn.family == "Wide"
    assert chooser.choose("hй", "Latn", rng) is None
    assert chooser.choose("h", "Cyrl", rng) is None
