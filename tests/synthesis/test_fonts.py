"""Which faces are found, and how they are drawn."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from doubles.fonts import LETTERS, build_font

from e2eocr.errors import DataError
from e2eocr.synthesis.fonts.faces import Face, FaceChooser, find_faces


def test_faces_of_a_folder_are_found(tmp_path: Path) -> None:
    build_font(tmp_path / "made.ttf", "Made Typewriter")
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    (face,) = find_faces(font_dirs=[tmp_path])
    assert (face.family, face.style, face.slanted) == ("Made Typewriter", "typewriter", False)
    assert face.scripts == {"Latn"}
    assert face.covers("no one") and not face.covers("zone") and not face.covers("né")


def test_a_list_of_faces_decides(tmp_path: Path) -> None:
    build_font(tmp_path / "good.ttf")
    build_font(tmp_path / "other.ttf")
    entry = {"file": "good.ttf", "idx": 0, "fam": "Listed Serif", "weight": 700, "mono": False, "scripts": ["latn"]}
    listed = tmp_path / "faces.jsonl"
    listed.write_text(json.dumps(entry) + "\n" + json.dumps(entry | {"file": "not-installed.ttf"}) + "\n")
    faces = [face for face in find_faces(listed, [tmp_path], charset="ah") if face.path.parent == tmp_path]
    assert [(face.family, face.style, face.weight) for face in faces] == [("Listed Serif", "serif", 700)]
    assert faces[0].characters == {"a", "h"}


@pytest.mark.parametrize("family", ["Made Mono Caps", "Made SmallCaps", "Made Small Caps"])
def test_small_letters_drawn_as_capitals_are_not_taken(tmp_path: Path, family: str) -> None:
    build_font(tmp_path / "caps.ttf", family)
    with pytest.raises(DataError, match="No font was found"):
        find_faces(font_dirs=[tmp_path])


@pytest.mark.parametrize("content", ["{", "[1"])
def test_a_broken_list_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "faces.jsonl").write_text(content)
    with pytest.raises(DataError, match=r"faces\.jsonl"):
        find_faces(tmp_path / "faces.jsonl", [tmp_path])


def test_no_face_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No font was found"):
        find_faces(font_dirs=[tmp_path])


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
