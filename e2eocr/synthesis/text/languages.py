"""What rendering needs to know of each language: its script, its share, its marks and its signs."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Shares in per cent of the lines; where a language has no text, the others of its script take its share.
_LATIN_SHARES = {
    "en": 14.0, "de": 8.0, "fr": 7.0, "es": 5.5, "it": 4.5, "pt": 3.0, "pt_BR": 1.5, "nl": 3.0, "pl": 3.2, "cs": 3.0,
    "sv": 2.0, "hu": 1.6, "ro": 1.6, "tr": 2.4, "da": 1.3, "no": 1.0, "nn": 0.4, "fi": 1.3, "sk": 1.2, "hr": 0.9,
    "bs": 0.3, "sr@latin": 0.5, "sl": 0.8, "et": 0.8, "lv": 0.9, "lt": 0.9, "sq": 0.5, "is": 0.7, "ga": 0.4,
    "cy": 0.4, "ca": 0.9, "eu": 0.4, "gl": 0.5, "af": 0.3, "id": 0.5, "ms": 0.2, "tl": 0.2, "vi": 3.0,
}  # fmt: skip
_CYRILLIC_SHARES = {
    "ru": 6.2, "uk": 4.2, "bg": 2.2, "sr": 2.0, "be": 1.4, "mk": 0.8, "kk": 0.8, "mn": 0.5,
}  # fmt: skip
_GREEK_SHARES = {"el": 8.0}
_ARMENIAN_SHARES = {"hy": 1.0}
_GEORGIAN_SHARES = {"ka": 1.0}
_OTHER_SCRIPTS = {
    "ar": "Arab", "fa": "Arab", "ur": "Arab", "ps": "Arab", "sd": "Arab", "ug": "Arab", "ckb": "Arab", "he": "Hebr",
    "yi": "Hebr", "hi": "Deva", "mr": "Deva", "ne": "Deva", "sa": "Deva", "bn": "Beng", "as": "Beng", "ta": "Taml",
    "te": "Telu", "kn": "Knda", "ml": "Mlym", "gu": "Gujr", "pa": "Guru", "or": "Orya", "si": "Sinh", "th": "Thai",
    "lo": "Laoo", "km": "Khmr", "my": "Mymr", "am": "Ethi", "bo": "Tibt", "dz": "Tibt",
    "ja": "Jpan", "ko": "Hang", "zh_CN": "Hans",
    "zh_TW": "Hant",
}  # fmt: skip

RIGHT_TO_LEFT = frozenset({"Arab", "Hebr"})
_SHARES_BY_SCRIPT = {
    "Latn": _LATIN_SHARES,
    "Cyrl": _CYRILLIC_SHARES,
    "Grek": _GREEK_SHARES,
    "Armn": _ARMENIAN_SHARES,
    "Geor": _GEORGIAN_SHARES,
}
ALPHABETIC_SCRIPTS = tuple(_SHARES_BY_SCRIPT)
SHARES: dict[str, float] = {code: share for shares in _SHARES_BY_SCRIPT.values() for code, share in shares.items()}
SCRIPTS: dict[str, str] = {
    code: script for script, shares in _SHARES_BY_SCRIPT.items() for code in shares
} | _OTHER_SCRIPTS

_LETTERS = {
    "Latn": "A-Za-zÀ-ÖØ-öø-ʯḀ-ỿﬀ-ﬆ",
    "Cyrl": "Ѐ-ԯ",
    "Grek": "Ͱ-ͽͿ-Ͽἀ-῿",
    "Armn": "Ա-Ֆա-և",
    "Geor": "ა-ჰ",
}
_HAS = {script: re.compile(f"[{letters}]") for script, letters in _LETTERS.items()}
_WORD_OF = {script: re.compile(f"[{letters}'’ʼ-]+") for script, letters in _LETTERS.items()}
# Greek that stands alone in formulas of all languages; none looks like a letter of another script.
SYMBOL_LETTERS = "αβγδεθλμπσφψωΔΘΛΞΣΨΩ"
_SYMBOL = re.compile(rf"(?<![^\W\d_])[{SYMBOL_LETTERS}](?![^\W\d_])")
# For each script: letters that no line of it has. Latin words stand amid all, and no others amid Latin.
_FOREIGN_TO = {
    script: re.compile("[" + "".join(_LETTERS[other] for other in _LETTERS if other not in {script, "Latn"}) + "]")
    for script in _LETTERS
}
_MIXED_WORD = re.compile(
    "|".join(
        f"[{first}][{second}]"
        for name, first in _LETTERS.items()
        for other, second in _LETTERS.items()
        if name != other
    )
)

# Signs that print of all scripts has, and that many faces of other scripts lack.
SHARED_SIGNS = "–—‘’“”„…·•«»‹›′″‰°©®™§¶†‡×÷±−≤≥≠≈∞√½¼¾¹²³µ€£¥₹₪₨฿₭៛₩₽₺$¢¿¡←→↑↓■□●○★☆✓"

# Opening and closing marks, the usual pair first.
_QUOTES = {
    "en": "“” ‘’ \"\"", "de": "„“ »« ‚‘ \"\"", "fr": "«» “” \"\"", "es": "«» “” \"\"", "it": "«» “” \"\"",
    "pl": "„” «» \"\"", "cs": "„“ »« \"\"", "sv": "”” »» \"\"", "fi": "”” »» \"\"", "nl": "‘’ “” \"\"",
    "hu": "„” »« \"\"", "da": "»« „“ \"\"", "no": "«» \"\"", "ro": "„” «» \"\"", "el": "«» “” \"\"",
    "zh_CN": "“” ‘’ 《》 「」", "zh_TW": "「」 『』 《》", "ja": "「」 『』 “”", "ko": "“” ‘’ 「」", "ar": "«» “”",
    "fa": "«» “”", "he": "\"\" “”", "ru": "«» „“ \"\"",
    "uk": "«» „“ \"\"", "bg": "„“ «» \"\"", "sr": "„“ \"\"", "tr": "“” ‘’ \"\"",
}  # fmt: skip
_CURRENCIES = {
    "en": "$ £ € USD", "pl": "zł PLN €", "cs": "Kč CZK €", "ru": "₽ руб. р. €", "uk": "₴ грн €", "tr": "₺ TL €",
    "sv": "kr SEK €", "da": "kr. DKK", "no": "kr NOK", "is": "kr. ISK", "hu": "Ft HUF €", "bg": "лв. € BGN",
    "ro": "lei RON €", "vi": "₫ đ VND", "pt_BR": "R$", "kk": "₸ KZT", "mn": "₮", "be": "руб. BYN", "id": "Rp IDR",
    "ms": "RM MYR", "tl": "₱ PHP", "mk": "ден. €", "sr": "дин. € RSD", "sq": "L €", "en_IN": "₹", "af": "R ZAR",
    "zh_CN": "¥ 元 RMB", "zh_TW": "NT$ 元 TWD", "ja": "¥ 円 JPY", "ko": "₩ 원 KRW", "he": "₪ ש״ח", "ar": "ر.س د.إ $",
    "fa": "ریال تومان $", "hi": "₹ रु. $", "mr": "₹ रु.", "ne": "रु. ₹", "bn": "৳ টাকা ₹", "ta": "₹ ரூ.", "te": "₹ రూ.",
    "kn": "₹ ರೂ.", "ml": "₹ രൂ.", "gu": "₹ રૂ.", "pa": "₹ ਰੁ.", "th": "฿ บาท THB", "km": "៛ $", "lo": "₭ ກີບ", "my": "ကျပ် $",
    "am": "ብር $", "si": "රු. Rs.",
}  # fmt: skip
_POINT_LANGUAGES = frozenset(
    {"en", "ga", "cy", "ms", "tl", "zh", "ja", "ko", "he", "hi", "mr", "ne", "sa", "bn", "as", "ta", "te", "kn", "ml",
     "gu", "pa", "or", "si", "th", "km", "lo", "my", "am", "ur", "ar"}
)  # fmt: skip


@dataclass(frozen=True)
class Marks:
    """The signs a language writes with: quotation pairs, currencies, decimal and thousands marks."""

    quotes: tuple[str, ...]
    currencies: tuple[str, ...]
    decimal: str
    thousands: str


def marks_of(language: str) -> Marks:
    """The signs of a language; those of most of Europe where it has none of its own here."""
    base = re.split("[_@]", language)[0]
    quotes = _QUOTES.get(language, _QUOTES.get(base, '“” «» ""'))
    currencies = _CURRENCIES.get(language, _CURRENCIES.get(base, "€ EUR €"))
    decimal, thousands = (".", ",") if base in _POINT_LANGUAGES else (",", ".")
    return Marks(tuple(quotes.split()), tuple(currencies.split()), decimal, thousands)


def script_of_character(character: str) -> str:
    """The script of a letter: one of `ALPHABETIC_SCRIPTS`, or empty for all that belongs to several or to others."""
    return next((script for script, pattern in _HAS.items() if pattern.match(character)), "")


def is_word_of(word: str, script: str) -> bool:
    """Whether a word has letters of one script alone; true for scripts that are not alphabetic here."""
    return script not in _WORD_OF or _WORD_OF[script].fullmatch(word) is not None


def keeps_to_script(text: str, script: str) -> bool:
    """Whether a line may stand for a script.

    No word mixes scripts. A Latin line has letters of Latin alone; in others a Latin word may stand whole. A Greek
    letter may stand alone, as a symbol, in all.
    """
    if script not in _HAS:
        return True
    text = _SYMBOL.sub("", text)
    return _MIXED_WORD.search(text) is None and _FOREIGN_TO[script].search(text) is None
