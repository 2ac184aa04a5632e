"""Lines of other scripts than the alphabetic: two faces, columns, letters that join."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doubles.fonts import build_font
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont
from PIL import features

from e2eocr.errors import MissingDependencyError
from e2eocr.synthesis.fonts.faces import Face, find_faces
from e2eocr.synthesis.fonts.mixing import Companion, FaceMixer
from e2eocr.synthesis.fonts.stacking import without_loose_marks
from e2eocr.synthesis.lines.rendering import render_column, render_line
from e2eocr.synthesis.lines.scripts import check_shaping
from e2eocr.synthesis.lines.style import LineStyle, draw_style
from e2eocr.synthesis.lines.synthesis import LineSynthesis
from e2eocr.synthesis.shard_rendering import Sources

HAN = "这们说时国学来发经对一二三。"
LATIN = "aehonstEHNR0123456789bdpgqyl"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face of Han alone, and one of Latin."""
    path = tmp_path_factory.mktemp("made")
    build_font(path / "han.ttf", "Made Song", HAN)
    build_font(path / "latin.ttf", "Made Serif", LATIN, height=400)
    (path / "zh_CN.txt").write_text("这们说时国学来发经对\n" * 9, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def faces(folder: Path) -> dict[str, Face]:
    return {face.path.stem: face for face in find_faces(font_dirs=[folder])}


@pytest.fixture
def style(faces: dict[str, Face]) -> LineStyle:
    plain = draw_style(faces["han"], 4, random.Random(1))
    return replace(
        plain, size=30, scale=1.0, stretch=1.0, tracking=0.0, typed=False, underline=False, neighbours=False, rules=(),
        margins=(0.0, 0.0, 0.0, 0.0), by_ink=True, ink=0, paper=255, word_space=1.0, mark_space=0.0,
    )  # fmt: skip


def test_a_script_is_known_by_its_letters(faces: dict[str, Face]) -> None:
    assert {name: face.scripts for name, face in faces.items()} == {"han": {"Hans"}, "latin": {"Latn"}}


def test_what_a_face_lacks_is_set_in_another(faces: dict[str, Face]) -> None:
    mixer, rng = FaceMixer(list(faces.values())), random.Random(1)
    face, companion = mixer.choose_pair("第3".replace("第", "这"), "Hans", rng)
    assert face is faces["han"] and companion is not None
    assert companion.face is faces["latin"] and companion.characters == {"3"}
    assert mixer.choose_pair("这说", "Hans", rng) == (faces["han"], None)
    assert mixer.choose_pair("这語", "Hans", rng) == (None, None)  # no Latin face can stand in for Han
    assert mixer.choose_pair("这é", "Hans", rng)[0] is None


def test_two_faces_in_a_line(faces: dict[str, Face], style: LineStyle) -> None:
    companion = Companion(faces["latin"], frozenset("ab"), 1.0)
    image = render_line("这a说b", faces["han"], style, random.Random(1), companion=companion)
    assert image is not None
    heights = (image < 128).sum(axis=0)
    tall, low = np.flatnonzero(heights == heights.max()), np.flatnonzero((heights > 0) & (heights < heights.max()))
    assert len(tall) == pytest.approx(2 * 12, abs=3) and len(low) == pytest.approx(2 * 12, abs=3)
    with pytest.raises(ValueError, match="Invalid `face`"):
        render_line("这z", faces["han"], style, random.Random(1), companion=companion)


def test_a_column_is_turned_to_the_left(faces: dict[str, Face], style: LineStyle) -> None:
    image = render_column("这说时", faces["han"], style, random.Random(1))
    assert image is not None
    height, width = image.shape
    # Boxes are 12 x 21 pixels upright, so 21 x 12 here, one to a cell of 30.
    assert (width, height) == pytest.approx((2 * 30 + 21, 12), abs=2)


def test_a_full_stop_moves_to_the_corner_of_its_cell(faces: dict[str, Face], style: LineStyle) -> None:
    level = render_column("这", faces["han"], style, random.Random(1))
    moved = render_column("这。", faces["han"], style, random.Random(1))
    assert level is not None and moved is not None
    assert moved.shape[0] > level.shape[0]  # beyond the axis of the others
    assert moved.shape[1] < 30 + 21  # and nearer to what is before it


def test_lines_are_drawn_and_labelled(folder: Path) -> None:
    sources = Sources(3, text=folder, font_dirs=(folder,), languages=("zh_CN",))
    made = LineSynthesis(sources, HAN + LATIN, "HAN").prepare().synthesizer
    samples = [made.render(index) for index in range(120)]
    assert {sample.language for sample in samples} == {"zh_CN"}
    assert all(set(sample.text) <= set(HAN + LATIN + " ") for sample in samples)
    assert any(set(sample.text) & set("0123456789") for sample in samples)


def test_scripts_that_join_need_their_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda name: False)
    check_shaping(["Latn", "Hans"])
    with pytest.raises(MissingDependencyError, match=r"Arab, Deva.*libraqm"):
        check_shaping(["Deva", "Arab"])


def test_a_face_whose_marks_stand_beside_their_letters_draws_no_lines_with_marks(tmp_path: Path) -> None:
    path = build_font(tmp_path / "loose.ttf", "Made Caslon", "กดนมรลวสาเิ" + LATIN)
    font = TTFont(path)
    addOpenTypeFeaturesFromString(font, "table GDEF { GlyphClassDef [uni0E01 uni0E34], , , ; } GDEF;")  # no mark
    font.save(path)
    [face] = find_faces(font_dirs=[tmp_path])
    assert {"Thai", "Latn"} <= face.scripts
    [kept] = without_loose_marks([face])
    assert kept.scripts == face.scripts - {"Thai"}


def test_a_face_without_marks_stays_as_it_is(faces: dict[str, Face]) -> None:
    assert without_loose_marks(faces.values()) == [*faces.values()]
