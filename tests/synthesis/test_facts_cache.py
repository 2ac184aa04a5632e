"""What was read of fonts is kept, and read anew when a font changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from doubles.fonts import build_font

from e2eocr.synthesis.fonts import facts_cache
from e2eocr.synthesis.fonts.faces import find_faces
from e2eocr.synthesis.fonts.facts_cache import FactsCache, cache_path
from e2eocr.synthesis.fonts.font_files import FontFacts, read_facts


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read."""
    names: list[str] = []

    def read(path: Path, index: int) -> FontFacts | None:
        names.append(path.name)
        return read_facts(path, index)

    monkeypatch.setattr(facts_cache, "read_facts", read)
    return names


def test_a_font_is_read_once(tmp_path: Path, readings: list[str]) -> None:
    build_font(tmp_path / "fonts" / "made.ttf")
    (tmp_path / "fonts" / "broken.ttf").write_bytes(b"not a font")
    kept = tmp_path / "kept" / "fonts.json"
    first, second = (find_faces(font_dirs=[tmp_path / "fonts"], facts_file=kept) for _ in range(2))
    assert readings == ["broken.ttf", "made.ttf"]
    assert [vars(face) for face in first] == [vars(face) for face in second]


def test_a_font_that_changed_is_read_again(tmp_path: Path, readings: list[str]) -> None:
    font, kept = build_font(tmp_path / "made.ttf", characters="aehonstEHNR"), tmp_path / "fonts.json"
    assert not find_faces(font_dirs=[tmp_path], facts_file=kept)[0].covers("bread")
    build_font(font, characters="aehonstEHNRbrd")
    assert find_faces(font_dirs=[tmp_path], facts_file=kept)[0].covers("bread")
    os.utime(font, ns=(0, 0))
    find_faces(font_dirs=[tmp_path], facts_file=kept)
    assert len(readings) == 3


def test_two_that_write_at_once_leave_both_their_findings(tmp_path: Path, readings: list[str]) -> None:
    kept = tmp_path / "fonts.json"
    caches = [FactsCache(kept), FactsCache(kept)]
    for number, each in enumerate(caches):
        each.facts(build_font(tmp_path / f"{number}.ttf"), 0)
    for each in caches:
        each.save()
    again = FactsCache(kept)
    assert all(again.facts(tmp_path / f"{number}.ttf", 0) for number in range(2))
    assert len(readings) == 2


def test_fonts_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    kept = tmp_path / "fonts.json"
    for name in ("gone.ttf", "here.ttf"):
        cached = FactsCache(kept)
        cached.facts(build_font(tmp_path / name), 0)
        (tmp_path / "gone.ttf").unlink(missing_ok=name == "here.ttf")
        cached.save()
    assert "gone.ttf" not in kept.read_text() and "here.ttf" in kept.read_text()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"reader": 1, "faces": {"a": 1}}', '{"reader": 0, "faces": {}}'])
def test_a_cache_that_cannot_be_used_counts_as_empty(tmp_path: Path, content: str, readings: list[str]) -> None:
    build_font(tmp_path / "made.ttf")
    kept = tmp_path / "fonts.json"
    kept.write_text(content)
    assert find_faces(font_dirs=[tmp_path], facts_file=kept)
    assert FactsCache(kept).facts(tmp_path / "made.ttf", 0) is not None
    assert readings == ["made.ttf"]


def test_a_cache_that_cannot_be_written_costs_time_alone(tmp_path: Path) -> None:
    build_font(tmp_path / "made.ttf")
    (tmp_path / "file").touch()
    assert find_faces(font_dirs=[tmp_path], facts_file=tmp_path / "file" / "fonts.json")


def test_it_lies_in_the_users_cache() -> None:
    assert cache_path().parent.name == "e2eocr"
