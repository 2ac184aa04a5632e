"""The form in which texts are learned, and what alphabets are built of."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def character_range(first: int, last: int) -> str:
    """The characters from one code point to another, both included."""
    return "".join(map(chr, range(first, last + 1)))


ASCII = character_range(0x20, 0x7E)

# Characters that print alike are learned as one. Full-width letters and digits are Latin ones set apart; full-width
# marks of East Asian print stay, which have a form and a room of their own.
_FULL_WIDTH_MARKS = "！（），．：；？～"
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in _FULL_WIDTH_MARKS} | {
    "￠": "¢",
    "￡": "£",
    "￢": "¬",
    "￣": "¯",
    "￥": "¥",
    "￦": "₩",
    "￨": "|",
}
_NARROW = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF61, 0xFFA0)}  # half-width kana
_ROMAN = {
    chr(code): unicodedata.normalize("NFKC", chr(code)) for code in (*range(0x2160, 0x216C), *range(0x2170, 0x217C))
}
_ALIKE = str.maketrans(
    {"ʼ": "’", "᾽": "’", "᾿": "’", "ʹ": "′", "͵": "′", "‐": "-", "‑": "-", "‒": "–", "―": "–", "‟": "“", "‛": "‘",
     "∙": "·", "⋅": "·", "‧": "·", "․": "·", "∶": ":", "⁃": "•", "▪": "■", "\u00a0": " ", "\u202f": " ",
     "\u2009": " ", "\u3000": " ", "\u00ad": "-", "\u200b": None, "\ufeff": None, "〜": "～", "⋯": "…", "▸": "▶",
     "►": "▶", "‣": "▶", "◂": "◀", "◄": "◀", "✘": "✗", "ـ": None}
    | _WIDE | _NARROW | _ROMAN
)  # fmt: skip


def canonical(text: str) -> str:
    """The form in which a text is learned: NFC, characters that print alike made one, white space folded."""
    alike = unicodedata.normalize("NFC", text).translate(_ALIKE)  # may bring a letter and its mark together
    return " ".join(unicodedata.normalize("NFC", alike).split())


def normal(characters: Iterable[str]) -> str:
    """Each character once, in order, without those that have another form in which they are learned."""
    return "".join(dict.fromkeys(c for c in characters if c == " " or canonical(c) == c))
