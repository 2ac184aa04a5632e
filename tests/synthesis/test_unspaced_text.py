"""Text without spaces between words, and what East Asian documents are full of."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from e2eocr.synthesis.text import east_asian
from e2eocr.synthesis.text import forms as text_forms
from e2eocr.synthesis.text.alphabets import canonical, load_alphabet
from e2eocr.synthesis.text.alphabets.han import standards_of
from e2eocr.synthesis.text.groups import GROUPS, with_own_digits
from e2eocr.synthesis.text.languages import SCRIPTS
from e2eocr.synthesis.text.set_forms import EAST_ASIAN_FORMS, set_east_asian
from e2eocr.synthesis.text.sources import TextSource
from e2eocr.synthesis.text.unspaced import cut_unspaced, may_break, pieces_by_character

HAN = load_alphabet("HAN")


@pytest.mark.parametrize(
    ("text", "place", "may"),
    [
        ("中文", 1, True),
        ("中。文", 1, False),  # a line does not begin with a full stop
        ("（中）", 1, False),  # nor end with an opening bracket
        ("PDF文件", 2, False),  # words of Latin letters stay whole
        ("PDF文件", 3, True),
        ("ขึ้น", 1, False),  # signs above stay with their letter
        ("เขา", 1, False),  # a vowel that is written before its consonant
        ("ខ្មែរ", 2, False),  # a letter that stands below
        ("カード", 1, False),
    ],
)
def test_where_lines_may_be_parted(text: str, place: int, may: bool) -> None:
    assert may_break(text, place) is may


def test_pieces_are_cut_between_characters() -> None:
    rng, line = random.Random(1), "这是一个没有空格的句子，它说明了很多事情。" * 3
    pieces = [cut_unspaced(line, rng, 8) for _ in range(200)]
    assert all(piece in line and 8 <= len(piece) <= 11 for piece in pieces)
    assert not any(piece[0] in "，。" for piece in pieces)
    assert cut_unspaced("短", rng, 8) == "短"


def test_each_character_has_pieces_that_hold_it() -> None:
    found = pieces_by_character(["今天天气很好", "明天会下雨abc"], random.Random(1))
    assert set(found) == set("今天气很好明会下雨")
    assert all(character in piece for character, pieces in found.items() for piece in pieces)


@pytest.mark.parametrize("language", sorted(east_asian.EAST_ASIAN))
def test_figures_are_of_the_alphabet(language: str) -> None:
    rng = random.Random(2)
    texts = [east_asian.figures(language, ["标题", "b", "c", "d"], rng) for _ in range(400)]
    texts += [east_asian.dress("标题一二三", rng) for _ in range(100)]
    unknown = set("".join(map(canonical, texts))) - set(HAN)
    assert not unknown
    assert any("年" in text or "년" in text for text in texts)


@pytest.mark.parametrize(
    ("number", "forms"), [(5, {"5", "五", "伍"}), (10, {"10", "十", "壹零"}), (23, {"23", "二十三", "贰叁"})]
)
def test_numerals(number: int, forms: set[str]) -> None:
    rng = random.Random(3)
    assert {east_asian.numeral(number, rng) for _ in range(200)} == forms


def test_what_is_drawn_in_other_forms_is_learned_as_one() -> None:
    rng, text = random.Random(4), "第III章 カード ABC 12"
    drawn = {set_east_asian(text, "ja", rng) for _ in range(400)}
    assert {canonical(each) for each in drawn} == {text}
    seen = set("".join(drawn))
    assert {"Ⅲ", "ｶ", "ﾞ", "Ａ", "１"} <= seen and seen - set(HAN) <= set(EAST_ASIAN_FORMS)


def test_own_digits() -> None:
    rng = random.Random(5)
    texts = Counter(with_own_digits("12", "fa", rng) for _ in range(400))
    assert set(texts) == {"12", "۱۲"} and texts["۱۲"] > 300
    assert with_own_digits("12", "ja", rng) == "12"


def test_every_language_of_a_group_has_a_script() -> None:
    assert all(language in SCRIPTS for group in GROUPS.values() for language in group)
    assert all(load_alphabet(name) for name in GROUPS)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> TextSource:
    folder = tmp_path_factory.mktemp("text")
    (folder / "zh_CN.txt").write_text(
        "这是一个没有空格的句子，它说明了很多事情。\n今天天气很好\n" * 5, encoding="utf-8"
    )
    (folder / "ko.txt").write_text("한국어는 단어 사이를 띄어 쓴다\n" * 5, encoding="utf-8")
    (folder / "en.txt").write_text("words of latin letters stand amid all writing\n" * 5, encoding="utf-8")
    return TextSource(folder, charset=HAN, group="HAN")


def test_lines_of_a_group(source: TextSource) -> None:
    rng = random.Random(6)
    drawn = [source.draw(rng) for _ in range(1500)]
    assert source.languages == ["en", "ko", "zh_CN"]
    shares = Counter(language for _, language in drawn)
    assert shares["zh_CN"] > shares["ko"] > shares["en"] > 20
    assert all(canonical(text) == text and set(text) <= set(HAN) for text, _ in drawn)
    mixed = [text for text, language in drawn if language == "zh_CN" and any("a" <= each <= "z" for each in text)]
    assert 0.08 < len(mixed) / shares["zh_CN"] < 0.5


def test_rare_characters_come_however_rare_they_are(source: TextSource) -> None:
    rng = random.Random(7)
    counts = Counter("".join(source.draw(rng)[0] for _ in range(4000)))
    han = [character for character in HAN if "一" <= character <= "鿿"]
    simplified = [character for character in han if "Hans" in standards_of(character)]
    assert sum(counts[character] > 0 for character in simplified) > 0.5 * len(simplified)


def test_faker_knows_the_locales_of_every_language() -> None:
    from faker.config import AVAILABLE_LOCALES

    locales = {locale for names in text_forms._LOCALES.values() for locale in names.split()}
    assert locales - set(AVAILABLE_LOCALES) == set()
