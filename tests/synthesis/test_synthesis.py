"""From text and fonts to shards of line pictures."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doubles.fonts import LETTERS, build_font

from e2eocr.errors import OutputError
from e2eocr.synthesis.fonts.faces import find_faces
from e2eocr.synthesis.lines import synthesis
from e2eocr.synthesis.lines.rendering import render_line
from e2eocr.synthesis.lines.style import LineStyle, draw_style
from e2eocr.synthesis.lines.synthesis import LineSynthesizer, synth_lines
from e2eocr.synthesis.shard_rendering import Sources
from e2eocr.synthesis.text.sources import TextSource
from e2eocr.truth.line_shards import ShardReader


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text of few letters, and fonts that draw them."""
    path = tmp_path_factory.mktemp("made")
    (path / "en.txt").write_text("then he bent on the stone table\nno one has put the eggs there, they stay low\n")
    build_font(path / "serif.ttf", "Made Serif", LETTERS + ",-.")
    build_font(path / "typed.ttf", "Made Typewriter", LETTERS + ",-.")
    return path


@pytest.fixture(scope="module")
def synthesizer(folder: Path) -> LineSynthesizer:
    source = TextSource(folder, charset=LETTERS + ",-.", languages=["en"])
    return LineSynthesizer(source, find_faces(font_dirs=[folder]), seed=5)


def test_a_line_depends_on_seed_and_index_alone(synthesizer: LineSynthesizer) -> None:
    first = synthesizer.render(3)
    synthesizer.render(4)
    again = synthesizer.render(3)
    assert first.text == again.text
    np.testing.assert_array_equal(first.image, again.image)


@pytest.mark.parametrize("with_double_hyphen", [True, False])
def test_german_in_fraktur_is_spelled_as_fraktur_is_set(tmp_path: Path, with_double_hyphen: bool) -> None:
    letters = LETTERS + "ſ-" + "⸗" * with_double_hyphen
    (tmp_path / "de.txt").write_text("das stehe so-da\n" * 2)
    build_font(tmp_path / "old.ttf", "Made Fraktur", letters)
    source = TextSource(tmp_path, charset=LETTERS + "-", languages=["de"])
    made = LineSynthesizer(source, find_faces(font_dirs=[tmp_path]), seed=5)
    texts = [made.render(index).text for index in range(40)]
    assert any("ſtehe ſo⸗da" in text for text in texts)


def test_pictures_keep_their_bounds(synthesizer: LineSynthesizer) -> None:
    samples = [synthesizer.render(index) for index in range(300)]
    for sample in samples:
        height, width = sample.image.shape
        assert sample.image.dtype == np.uint8
        assert 4 <= height <= 48 and 2 <= width <= 48 * 50
        assert len(sample.text) == 1 or int(sample.image.max()) - int(sample.image.min()) > 40  # one box is all ink
        assert set(sample.text) <= set(LETTERS + ",-. ")
    assert len({sample.text for sample in samples}) > 100
    assert {sample.source for sample in samples} == {"serif.ttf", "typed.ttf"}


@pytest.mark.slow
def test_workers_do_not_change_the_lines(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(synthesis, "LINES_PER_SHARD", 20)
    for workers in (1, 2):
        report = synth_lines(
            tmp_path / str(workers), lines=50, workers=workers, charset=LETTERS + ",-.é",
            sources=Sources(1, text=folder, font_dirs=(folder,), languages=("en",)),
        )  # fmt: skip
        assert report.lines == 50
        assert "é" in report.seldom and "é" in caplog.text
    files = sorted(path.name for path in (tmp_path / "1").iterdir())
    assert [(tmp_path / "1" / name).read_bytes() for name in files] == [
        (tmp_path / "2" / name).read_bytes() for name in files
    ]
    assert len(ShardReader(tmp_path / "1")) == 50
    counts = json.loads((tmp_path / "1" / "characters.json").read_text(encoding="utf-8"))
    assert counts["e"] == "".join(ShardReader(tmp_path / "2").texts).count("e")


def test_marks_may_stand_apart_from_their_words(folder: Path) -> None:
    face = next(face for face in find_faces(font_dirs=[folder]) if face.path.name == "serif.ttf")
    style = replace(
        draw_style(face, 9, random.Random(1)), size=24, stretch=1.0, scale=1.0, tracking=0.0, typed=False,
        neighbours=False, rules=(), word_space=1.4, mark_space=0.0,
    )  # fmt: skip
    apart = replace(style, mark_space=0.25)

    def width(text: str, style: LineStyle) -> int:
        image = render_line(text, face, style, random.Random(1))
        assert image is not None
        return image.shape[1]

    assert width("then, he", apart) - width("then, he", style) == pytest.approx(0.25 * style.size, abs=2)
    assert width("the,n he", apart) == width("the,n he", style)
    assert width("then , he", apart) == width("then , he", style)


def test_shards_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "shard-00000.bin").touch()
    with pytest.raises(OutputError, match="holds shards already"):
        synth_lines(tmp_path, lines=1)


def test_nothing_to_render(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Invalid `lines`"):
        synth_lines(tmp_path, lines=0)
