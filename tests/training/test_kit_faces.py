"""Faces for minutes on a GPU: cut to what the lines need."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from kit_faces import Need, cut, pack_faces

from e2eocr.synthesis.fonts.faces import Face, find_faces

CHARACTERS = "A国語漢字体画数点線"


def write_font(path: Path, family: str = "Test Gothic") -> None:
    """A font whose characters are squares, each of another size."""
    names = {ord(character): f"u{ord(character):04X}" for character in CHARACTERS}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *dict.fromkeys(names.values())])
    builder.setupCharacterMap(names)
    glyphs = {}
    for number, name in enumerate([".notdef", *dict.fromkeys(names.values())]):
        pen = TTGlyphPen(None)
        side = 500 + 40 * number
        pen.moveTo((0, 0))
        for point in ((0, side), (side, side), (side, 0)):
            pen.lineTo(point)
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


def face_of(path: Path, family: str, weight: int = 400) -> Face:
    scripts, characters = frozenset({"Hans"}), frozenset(CHARACTERS)
    return Face(path, 0, family, "sans", weight, False, (), scripts, characters)


def need(common: str) -> Need:
    return Need(frozenset(CHARACTERS), {"Hans": Counter(common)})


def test_a_face_keeps_what_nearly_all_text_has_and_what_is_not_of_thousands(tmp_path: Path) -> None:
    text = "国" * 900 + "語" * 95 + "漢" * 5
    face = face_of(tmp_path / "a.ttf", "A")
    assert need(text).of(face, whole=False) == {"A", "国", "語"}
    assert need(text).of(face, whole=True) == set(CHARACTERS)


def test_a_cut_face_draws_what_is_kept(tmp_path: Path) -> None:
    write_font(tmp_path / "a.ttf")
    font = TTFont(io.BytesIO(cut(str(tmp_path / "a.ttf"), 0, "A語", True)))
    assert set(font.getBestCmap()) == {ord("A"), ord("語")}
    assert font["head"].unitsPerEm == 256
    assert TTFont(io.BytesIO(cut(str(tmp_path / "a.ttf"), 0, "A語", False)))["head"].unitsPerEm == 1000


def test_a_font_that_cannot_be_cut_is_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_font(tmp_path / "a.ttf")
    (tmp_path / "b.ttf").write_bytes(b"no font")
    faces = [face_of(tmp_path / f"{name}.ttf", f"Family {name}") for name in "ab"]
    listed = pack_faces(faces, need("国" * 100), tmp_path / "fonts", 1.0)
    assert [json.loads(row)["fam"] for row in listed.read_text("utf-8").splitlines()] == ["Family a"]
    assert "b.ttf is left out" in capfd.readouterr().err


def test_faces_are_packed_whole_ones_first_until_the_room_is_taken(tmp_path: Path) -> None:
    for name in "abcd":
        write_font(tmp_path / f"{name}.ttf", f"Family {name}")
    faces = [face_of(tmp_path / f"{name}.ttf", f"Family {name}") for name in "abcd"]
    listed = pack_faces(faces, need("国" * 100), tmp_path / "fonts", 1.0)
    found = find_faces([listed], [tmp_path / "fonts"], facts_file=tmp_path / "facts")
    found = [face for face in found if face.family.startswith("Family")]
    assert len(found) == 4 and all("Hans" in face.scripts for face in found)
    assert sorted(len(face.characters) for face in found) == [2, 2, 10, 10]
    rows = [json.loads(row) for row in listed.read_text("utf-8").splitlines()]
    assert [row["fam"] for row in rows[:2]] == ["Family a", "Family b"]  # the whole ones
    assert not list(pack_faces(faces, need("国"), tmp_path / "none", 0.0).with_name("none").iterdir())
