"""Digits of Arabic writing: seven of ten look alike in its two sets, and a number is written in one of them."""

from __future__ import annotations

ARABIC = "٠١٢٣٤٥٦٧٨٩"  # U+0660 and on: Arabic, Kurdish, Uyghur
EXTENDED = "۰۱۲۳۴۵۶۷۸۹"  # U+06F0 and on: Persian, Urdu, Pashto
_TO_ARABIC, _TO_EXTENDED = str.maketrans(EXTENDED, ARABIC), str.maketrans(ARABIC, EXTENDED)
_OWN_SHAPES = slice(4, 7)  # four, five and six are drawn differently
# Letters of one set's languages alone. Kurdish and Uyghur have Persian letters too, and Arabic digits.
_OF_ARABIC, _OF_EXTENDED = frozenset("يكةىأإؤ"), frozenset("یکپچژگٹڈڑںھہے")
_OF_KURDISH_AND_UYGHUR = frozenset("ەۆێڕڵۋېۈۇ")


def in_one_set(text: str) -> str:
    """A line of text with all its Arabic digits in one set; character by character as long as it was.

    A four, five or six tells the set by its shape; else the letters beside the digits do, and else what most of them
    were read as.
    """
    arabic, extended = count_of(text, ARABIC), count_of(text, EXTENDED)
    if not arabic + extended:
        return text
    lead = (
        _sign(count_of(text, ARABIC[_OWN_SHAPES]) - count_of(text, EXTENDED[_OWN_SHAPES]))
        or _tell_by_letters(text)
        or _sign(arabic - extended)
    )
    return text.translate(_TO_ARABIC if lead > 0 else _TO_EXTENDED) if lead else text


def _tell_by_letters(text: str) -> int:
    """1 where the letters go with Arabic digits, -1 with extended ones, 0 where they do not tell."""
    if not _OF_KURDISH_AND_UYGHUR.isdisjoint(text):
        return 1
    return _sign(count_of(text, _OF_ARABIC) - count_of(text, _OF_EXTENDED))


def count_of(text: str, characters: str | frozenset[str]) -> int:
    """How many characters of a text are among some."""
    return sum(character in characters for character in text)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
