"""Characters and class numbers, and the script of a text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.charset import BLANK, Charset, script_counts, script_of

CHARSET = Charset("ab é'жω\u0364−")


def test_the_blank_is_class_0_and_characters_follow() -> None:
    assert CHARSET.encode("ab") == [BLANK + 1, BLANK + 2]
    assert len(CHARSET) == len(CHARSET.characters) + 1
    assert "é" in CHARSET and "z" not in CHARSET and 1 not in CHARSET


@given(st.text(alphabet=CHARSET.characters))
def test_decode_undoes_encode(text: str) -> None:
    assert CHARSET.decode(CHARSET.encode(text)) == text


def test_unknown_characters_are_told_once_in_order() -> None:
    assert CHARSET.unknown("xaxyb") == "xy"
    with pytest.raises(ValueError, match="'xy'"):
        CHARSET.encode("xaxyb")


@pytest.mark.parametrize(
    "characters",
    [
        ["ab"],  # two in one
        [""],  # none: an empty file
        ["a", "b", "a"],  # one twice
        ["a", "\n"],  # would break the file
        ["a", "\r"],  # this one too
    ],
)
def test_wrong_characters_are_refused(characters: list[str]) -> None:
    with pytest.raises(ValueError, match="Invalid `characters`"):
        Charset(characters)


@given(st.lists(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), unique=True, min_size=1))
def test_load_reads_what_save_wrote(tmp_path_factory: pytest.TempPathFactory, characters: list[str]) -> None:
    path = tmp_path_factory.mktemp("charset") / "charset.txt"
    Charset(characters).save(path)
    assert Charset.load(path).characters == tuple(characters)


def test_the_file_is_a_character_a_line(tmp_path: Path) -> None:
    path = tmp_path / "charset.txt"
    Charset("a ж").save(path)
    assert path.read_bytes() == "a\n \nж\n".encode()


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("", "Zyyy"),  # nothing
        ("12,50 € – №", "Zyyy"),  # no letter
        ("5 µ", "Zyyy"),  # a sign, though Unicode calls it a letter
        ("Straße", "Latn"),
        ("1º 2ª", "Latn"),  # ordinals
        ("Ａｂ", "Latn"),  # full width
        ("Привет, world: слово", "Cyrl"),  # most letters count
        ("ὁ λόγος", "Grek"),  # polytonic
        ("ϛϝϡ", "Grek"),
        ("Հայերեն", "Armn"),
        ("ქართული", "Geor"),
        ("עברית", "Hebr"),
        ("العربية", "Arab"),
        ("हिन्दी", "Deva"),
        ("বাংলা", "Beng"),
        ("ગુજરાતી", "Gujr"),
        ("ਪੰਜਾਬੀ", "Guru"),
        ("தமிழ்", "Taml"),
        ("తెలుగు", "Telu"),
        ("മലയാളം", "Mlym"),
        ("ไทย", "Thai"),
        ("ລາວ", "Laoo"),
        ("አማርኛ", "Ethi"),
        ("日々", "Hani"),  # the iteration mark is Han too
        ("ひらがな", "Hira"),
        ("カー", "Kana"),  # with the prolonged sound mark
        ("한국어", "Hang"),
        ("ꤊꤋ", "Zzzz"),  # Kayah Li: a script not in the table
    ],
)
def test_script_of(text: str, script: str) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("第3章 ab", {"Hani": 2, "Latn": 2}),
        ("12.50 €", {}),
        ("٢٠ ۲۰ ۲", {"Arab": 5}),  # digits of a script are of it
        ("ﾊｰﾄ Ａ", {"Kana": 3, "Latn": 1}),  # of any width
        ("µ ℓ", {}),  # signs made of letters
    ],
)
def test_letters_and_own_digits_are_counted_by_script(text: str, counts: dict[str, int]) -> None:
    assert script_counts(text) == counts
