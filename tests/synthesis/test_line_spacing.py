"""Room between the words and letters of shaped scripts."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from doubles.fonts import build_font

from e2eocr.synthesis.fonts.faces import Face, find_faces
from e2eocr.synthesis.lines.runs import lay_out_runs
from e2eocr.synthesis.lines.spacing import space_as_script, split_letters
from e2eocr.synthesis.lines.style import LineStyle, draw_style

HEBREW = "אבגדהוזחטיכלמנסעפצקרשת"


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Face:
    folder = tmp_path_factory.mktemp("made")
    build_font(folder / "hebrew.ttf", "Made Hebrew", HEBREW + "abc0123456789 ()")
    [face] = find_faces(font_dirs=[folder])
    return face


@pytest.fixture
def style(face: Face) -> LineStyle:
    return replace(draw_style(face, 4, random.Random(1)), size=40, tracking=0.0, word_space=1.0, weight=None)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("கொண்டு", ["கொ", "ண்", "டு"]),
        ("பக்ஷி", ["ப", "க்ஷி"]),  # its one conjunct
        ("ಕ್ಷಮೆ", ["ಕ್ಷ", "ಮೆ"]),
        ("ශ්‍රී ලංකා", ["ශ්‍රී", " ", "ලං", "කා"]),
        ("น้ำใจ", ["น้ำ", "ใ", "จ"]),
        ("ខ្មែរ", ["ខ្មែ", "រ"]),
        ("မြန်မာ", ["မြ", "န်", "မာ"]),  # a killed letter ends there
        ("မန္တလေး", ["မ", "န္တ", "လေး"]),
        ("שָׁלוֹם", ["שָׁ", "ל", "וֹ", "ם"]),
        ("A4.", ["A", "4", "."]),
        ("", []),
    ],
)
def test_what_stands_as_one_letter(text: str, letters: list[str]) -> None:
    assert list(split_letters(text)) == letters


def test_letters_that_a_stroke_joins_are_never_space_as_script(style: LineStyle) -> None:
    tracked = replace(style, tracking=0.2)
    assert {space_as_script(tracked, script, random.Random(1)).tracking for script in ("Arab", "Deva", "Beng")} == {0.0}
    drawn = [space_as_script(style, "Taml", random.Random(seed)) for seed in range(400)]
    assert 60 < sum(each.tracking > 0 for each in drawn) < 140
    assert space_as_script(tracked, "Thai", random.Random(2)).tracking > 0


def test_a_wide_space_parts_the_words_and_nothing_else(face: Face, style: LineStyle) -> None:
    plain, length = lay_out_runs("אבג דה", face, style, None, random.Random(1))
    spaced, longer = lay_out_runs("אבג דה", face, replace(style, word_space=3.0), None, random.Random(1))
    assert [piece.text for piece in plain] == ["אבג דה"]
    assert [piece.text for piece in spaced] == ["דה", "אבג"]  # from left to right
    space = spaced[0].font.getlength(" ")
    assert longer - length == pytest.approx(2 * space, abs=1)
    assert all(piece.direction == "rtl" for piece in spaced)


def test_words_and_figures_amid_a_line_from_the_right_keep_their_order(face: Face, style: LineStyle) -> None:
    pieces, _ = lay_out_runs("אב 12 abc bca (גד)", face, replace(style, word_space=1.5), None, random.Random(1))
    assert [piece.text for piece in pieces] == ["(גד)", "abc", "bca", "12", "אב"]
    assert [piece.direction for piece in pieces] == ["rtl", None, None, None, "rtl"]


def test_tracked_letters_stand_from_left_to_right_each_with_its_room(face: Face, style: LineStyle) -> None:
    pieces, length = lay_out_runs("אבא", face, replace(style, tracking=0.25), None, random.Random(1))
    assert [piece.text for piece in pieces] == ["א", "ב", "א"]
    steps = [right.place - left.place for left, right in itertools.pairwise(pieces)]
    least = [piece.font.getlength(piece.text) + 0.25 * style.size for piece in pieces[:2]]
    assert all(step >= room for step, room in zip(steps, least, strict=True))
    assert length > sum(least) + style.size


def test_the_same_seed_gives_the_same_places(face: Face, style: LineStyle) -> None:
    tracked = replace(style, tracking=0.1)
    first, second = (lay_out_runs(HEBREW, face, tracked, None, random.Random(3))[0] for _ in range(2))
    assert [piece.place for piece in first] == [piece.place for piece in second]
