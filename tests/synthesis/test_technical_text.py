"""Commands, paths and lines of programs."""

from __future__ import annotations

import random
import string

from e2eocr.synthesis.text import technical
from e2eocr.synthesis.text.alphabets import ALPHABETIC
from e2eocr.synthesis.text.languages import SYMBOL_LETTERS, keeps_to_script
from e2eocr.synthesis.text.sources import TextSource

WORDS = ("Haus", "öl", "näher", "table", "¿")


def test_names_are_small_latin_letters() -> None:
    names = {technical.name(WORDS, random.Random(seed)) for seed in range(200)}
    assert {"haus", "nher", "table", "l"} <= names
    assert all(set(name) <= set(string.ascii_lowercase) and name for name in names)


def test_every_form_can_be_read() -> None:
    rng = random.Random(1)
    tokens = {technical.token(WORDS, rng) for _ in range(2000)}
    lines = {technical.line(WORDS, rng) for _ in range(2000)}
    for text in (
        tokens | lines | {technical.product(rng) for _ in range(200)} | {technical.logo(rng) for _ in range(50)}
    ):
        assert text == " ".join(text.split()) and text
        assert set(text) <= set(ALPHABETIC) | {" "}
        assert keeps_to_script(text, "Latn") and keeps_to_script(text, "Cyrl"), text
    assert len(tokens) > 500 and len(lines) > 500
    signs = set("".join(tokens | lines))
    assert set("{}[]<>\\|~^_%$#&=+*/@\"'`!;:") <= signs
    assert set(SYMBOL_LETTERS) <= signs


def test_prose_has_some(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "en.txt").write_text("the table stands in the house\n" * 3)
    (tmp_path / "ru.txt").write_text("стол стоит в доме\n" * 3)
    source, rng = TextSource(tmp_path, charset=ALPHABETIC, languages=["en", "ru"]), random.Random(3)
    drawn = [source.draw(rng) for _ in range(4000)]
    technical_lines = [text for text, language in drawn if language == "en" and set(text) & set("\\{}_<>")]
    assert 0.01 < len(technical_lines) / len(drawn) < 0.1
    assert any("TEX" in text for text, _ in drawn)
    assert any("\\" in text and "дом" in text for text, language in drawn if language == "ru")
