"""The benchmark of what is easily lost: what it draws, and what it counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import kinds
import numpy as np
import pytest
from PIL import ImageFont


def made_font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@pytest.mark.parametrize("kind", list(kinds.KINDS))
def test_pages_hold_what_they_say_and_are_the_same_each_time(kind: str) -> None:
    font = made_font(24)
    drawn, again = (kinds.KINDS[kind](np.random.default_rng(3), font, 200.0) for _ in range(2))
    assert (drawn.image.pixels == again.image.pixels).all() and drawn.strings == again.strings
    assert drawn.image.pixels.min() < 80 and drawn.strings
    edges = drawn.image.pixels[:, [0, -1]]
    assert edges.min() > 128  # nothing is cut off
    assert drawn.signs == sum(text[0] in kinds.SIGNS for text in drawn.strings.elements())


def test_what_is_lost_is_counted_and_signs_for_themselves() -> None:
    page = kinds.draw_amounts(np.random.default_rng(1), made_font(20), 150.0)
    first, second, *_ = page.strings
    read = page.strings - Counter([first, second]) + Counter([first[1:], f"-{second[1:]}8"])
    found = kinds.Found()
    found.add(page, read)
    assert (found.strings, found.found) == (48, 46)
    assert (found.signs, found.signs_kept) == (48, 47)
    assert set(found.lost) == {first, second}


def test_a_face_of_ornaments_is_unlike_most_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = np.zeros((3, 10, 6), np.float32)
    ring[:2] = np.arange(60).reshape(10, 6) % 7  # two faces with ten digits alike, and one with the same rings for all
    ring[2, :, ::2] = 1
    drawn, font = iter(ring.reshape(-1, 6)), made_font(10)
    monkeypatch.setattr(kinds, "_glyph", lambda face, character: next(drawn))
    monkeypatch.setattr(ImageFont, "truetype", lambda path, size: font)
    plain, alike, ornament = kinds._likeness([Path("a"), Path("b"), Path("c")])
    assert plain == pytest.approx(1) and alike == pytest.approx(1)
    assert ornament < kinds.MIN_LIKENESS
