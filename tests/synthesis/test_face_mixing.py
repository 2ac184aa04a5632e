"""Words of a line in another face than the rest."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doubles.fonts import LETTERS, build_font

from e2eocr.synthesis.fonts import mixing as face_mixing
from e2eocr.synthesis.fonts.faces import Face, find_faces
from e2eocr.synthesis.fonts.mixing import FaceMixer, Guest
from e2eocr.synthesis.fonts.opening import face_height
from e2eocr.synthesis.lines.rendering import render_line
from e2eocr.synthesis.lines.style import LineStyle, draw_style

CYRILLIC = "анетосдм"


def face(
    family: str, style: str, characters: str = LETTERS + "\\/_-. ", script: str = "Latn", weight: int = 400
) -> Face:
    return Face(Path(family), 0, family, style, weight, False, (), frozenset({script}), frozenset(characters))


def guests_of(text: str, host: Face, faces: list[Face], script: str, number: int = 300) -> list[Guest | None]:
    mixer, rng = FaceMixer(faces), random.Random(2)
    return [mixer.choose_guest(text, host, script, rng) for _ in range(number)]


def test_commands_are_mostly_set_in_a_fixed_pitch() -> None:
    book, typed = face("Book", "serif"), face("Type", "mono")
    guests = [guest for guest in guests_of("then /on/hat stays", book, [book, typed], "Latn") if guest]
    assert 0.5 < len(guests) / 300 < 0.9
    assert sum(guest.face is typed and guest.words == {1} for guest in guests) > 0.9 * len(guests)


def test_latin_words_amid_others_are_now_and_then_in_another_hand() -> None:
    host = face("Both", "serif", LETTERS + CYRILLIC, "Cyrl")
    other = face("Plain", "sans")
    guests = [guest for guest in guests_of("нет hat да", host, [host, other], "Cyrl") if guest]
    assert 10 < len(guests) < 150
    assert {guest.face.family for guest in guests} == {"Plain"}
    assert {guest.words for guest in guests} == {frozenset({1})}


def test_emphasis_is_a_sibling_of_the_face(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_mixing, "_EMPHASIS_SHARE", 1.0)
    book, bold, other = face("Book", "serif"), face("Book", "serif", weight=700), face("Other", "serif")
    guests = [guest for guest in guests_of("ten eggs on that table", book, [book, bold, other], "Latn") if guest]
    assert {guest.face.weight for guest in guests} == {700}
    assert all(0 < len(guest.words) < 5 for guest in guests)


def test_a_word_alone_has_one_face() -> None:
    book, typed = face("Book", "serif"), face("Type", "mono")
    assert set(guests_of("/on/hat", book, [book, typed], "Latn")) == {None}


def test_a_line_of_a_program_has_a_fixed_pitch() -> None:
    mixer, rng = FaceMixer([face("Book", "serif"), face("Type", "mono")]), random.Random(1)
    drawn = [mixer.choose("/on/hat the.table", "Latn", rng) for _ in range(200)]
    assert sum(each is not None and each.style == "mono" for each in drawn) > 120


@pytest.fixture
def faces(tmp_path: Path) -> dict[str, Face]:
    """Two faces of which the second is half as high."""
    build_font(tmp_path / "host.ttf", "Made Serif")
    build_font(tmp_path / "low.ttf", "Made Sans", height=350)
    return {each.path.stem: each for each in find_faces(font_dirs=[tmp_path])}


def plain_style(host: Face) -> LineStyle:
    return replace(
        draw_style(host, 9, random.Random(1)), size=40, stretch=1.0, scale=1.0, tracking=0.0, typed=False,
        neighbours=False, rules=(), word_space=1.0, mark_space=0.0, underline=False,
        margins=(0.0, 0.0, 0.0, 0.0), by_ink=True,
        ink=0, paper=255, logos=False, small_caps=0.0,
    )  # fmt: skip


def draw(text: str, host: Face, style: LineStyle, guest: Guest | None = None) -> np.ndarray:
    image = render_line(text, host, style, random.Random(1), guest)
    assert image is not None
    return image


def test_a_guest_is_as_high_as_its_hosts(faces: dict[str, Face]) -> None:
    host, low = faces["host"], faces["low"]
    assert face_height(low) == pytest.approx(face_height(host) / 2, rel=0.15)  # a font has some depth
    style = plain_style(host)
    both = draw("hat hat", host, style, Guest(low, frozenset({1})))
    alone = draw("hat hat", host, style)
    assert both.shape[1] > alone.shape[1] * 1.3  # twice the size, so twice as wide
    assert both.shape[0] == pytest.approx(alone.shape[0], abs=2)
    right = both[:, -20:]
    assert (right.min(axis=1) < 128).mean() > 0.9


def test_typed_lines_have_one_face(faces: dict[str, Face]) -> None:
    host, style = faces["host"], replace(plain_style(faces["host"]), tracking=0.1)
    np.testing.assert_array_equal(
        draw("hat hat", host, style, Guest(faces["low"], frozenset({1}))), draw("hat hat", host, style)
    )


def test_logos_lower_their_e_and_stand_closer(tmp_path: Path) -> None:
    build_font(tmp_path / "capitals.ttf", "Made Serif", LETTERS + "LATEX")
    (host,) = find_faces(font_dirs=[tmp_path])
    style = plain_style(host)
    plain, logo = draw("TEX", host, style), draw("TEX", host, replace(style, logos=True))
    assert logo.shape[1] < plain.shape[1] - 5
    assert logo.shape[0] > plain.shape[0] + 5  # the E hangs below the line
    whole, small = draw("LATEX", host, style), draw("LATEX", host, replace(style, logos=True))
    assert small.shape[1] < whole.shape[1] - 20
    np.testing.assert_array_equal(draw("TEXT", host, style), draw("TEXT", host, replace(style, logos=True)))


def test_words_in_capitals_may_have_small_ones(tmp_path: Path) -> None:
    build_font(tmp_path / "capitals.ttf", "Made Serif", LETTERS + "HATE")
    (host,) = find_faces(font_dirs=[tmp_path])
    style = plain_style(host)
    small = replace(style, small_caps=0.7)
    plain, set_small = draw("HATE", host, style), draw("HATE", host, small)
    assert set_small.shape[0] == plain.shape[0] and set_small.shape[1] < 0.9 * plain.shape[1]
    inked = [np.flatnonzero((part < 128).any(axis=1)) for part in (set_small[:, :10], set_small[:, -10:])]
    assert inked[1].min() > inked[0].min() + 5 and abs(inked[1].max() - inked[0].max()) <= 1  # on one baseline
    for text in ("hate", "H", "Hate"):
        np.testing.assert_array_equal(draw(text, host, style), draw(text, host, small))
