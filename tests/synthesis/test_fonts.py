"""Which faces are found, and what they are good for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doubles.fonts import build_font

from e2eocr.errors import DataError
from e2eocr.synthesis.fonts.faces import find_faces


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
    faces = [face for face in find_faces([listed], [tmp_path], charset="ah") if face.path.parent == tmp_path]
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
        find_faces([tmp_path / "faces.jsonl"], [tmp_path])


def test_no_face_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No font was found"):
        find_faces(font_dirs=[tmp_path])


def test_a_face_that_is_listed_for_several_scripts_is_good_for_all(tmp_path: Path) -> None:
    build_font(tmp_path / "good.ttf")
    lists = []
    for number, entry in enumerate(('"scripts": ["latn"]', '"lang": "hy"')):
        lists.append(tmp_path / f"faces{number}.jsonl")
        lists[-1].write_text(f'{{"file": "good.ttf", {entry}}}\n')
    faces = [face for face in find_faces(lists, [tmp_path]) if face.path.parent == tmp_path]
    assert [face.scripts for face in faces] == [{"Latn", "Armn"}]
