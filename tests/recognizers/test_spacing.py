"""What stands for a word where no spaces are set, and lines joined to a text."""

from __future__ import annotations

import pytest

from recognizers.spacing import join_texts, word_ranges


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, world (again).", ["Hello,", "world", "(again)."]),
        ("한국어 문장, 둘", ["한국어", "문장,", "둘"]),  # Korean sets spaces
        ("你好，世界。", ["你好，", "世界。"]),
        ("第3章 Introduction", ["第", "3", "章", "Introduction"]),
        ("「東京に行く」と言った。", ["「東京", "に", "行", "く」", "と", "言", "った。"]),
        ("共3.5元(含税)", ["共", "3.5", "元", "(含税)"]),
        ("二〇二四年10月", ["二〇二四年", "10", "月"]),
        ("コーヒーを飲む", ["コーヒーを", "飲", "む"]),
        ("らーめん", ["らーめん"]),
        ("ภาษาไทย ง่าย", ["ภาษาไทย", "ง่าย"]),
        ("他说：“是。”", ["他说：", "“是。”"]),
        ("", []),
        ("  ", []),
    ],
)
def test_word_ranges(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in word_ranges(text)] == words


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (["one", "two"], "one two"),
        (["你好", "世界"], "你好世界"),
        (["版本", "2.0"], "版本 2.0"),
        (["", "a", "", "b"], "a b"),
        ([], ""),
    ],
)
def test_texts_are_joined_as_their_scripts_are_written(texts: list[str], joined: str) -> None:
    assert join_texts(texts) == joined
