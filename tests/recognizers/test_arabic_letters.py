"""Letters that look alike within words, in lines of one language."""

from __future__ import annotations

import pytest

from recognizers.arabic_letters import in_one_language


@pytest.mark.parametrize(
    ("read", "line"),
    [
        ("قصهٔ بچە ها غير از يك روز نیست", "قصهٔ بچه ها غیر از یک روز نیست"),  # Persian
        ("ھمان نەدرحاليکه گفته بودند", "همان نهدرحالیکه گفته بودند"),
        ("کیا آپ ميم لکھتے ہیں", "کیا آپ میم لکھتے ہیں"),  # Urdu keeps the hehs that it has
        ("الوسائط المتعددة في الصفحة التالیة", "الوسائط المتعددة في الصفحة التالية"),  # Arabic
    ],
)
def test_letters_are_those_of_the_line(read: str, line: str) -> None:
    assert in_one_language(read) == line
    assert len(line) == len(read)


@pytest.mark.parametrize(
    "line",
    [
        "ئىلگىرى گۈزەل يەر",  # Uyghur
        "بىر گەپ",
        "لە کوردستان بۆ هەموو کەسێک",  # Kurdish
        "سرفنگ ميدان",  # Sindhi
        "چینايي ښار كې",  # Pashto
        "Friends 2024",
        "שלום",
        "ي",
        "",
    ],
)
def test_lines_of_other_languages_stay(line: str) -> None:
    assert in_one_language(line) == line
