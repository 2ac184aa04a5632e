"""The alphabets of scripts whose letters join or stack: those of the Near East, India, South East Asia and Ethiopia.

Labels are code points, as Unicode has them: which letters make a conjunct, and where a vowel sign stands, is learned.
Each alphabet has Latin letters, digits and the signs of print, since all documents mix.
"""

from __future__ import annotations

import unicodedata

from e2eocr.synthesis.text.alphabets.canonical import ASCII, character_range, normal

_COMMON = "–—‘’“”„…·•«»‹›′″°§©®™№†‡×÷±−≤≥≠≈√∞½¼¾¹²³µ€£¥₹₪₨¢←→↑↓■□●○★✓"
_LATIN = "ÀÁÂÄÇÈÉÊËÍÎÏÑÓÔÖÚÛÜàáâäçèéêëíîïñóôöúûüßāīūṛṣṭḍṇśṃḥṅñĀĪŪŚ"
_JOINERS = "\u200c\u200d"  # they tell whether letters join: print shows it


def _letters(first: int, last: int) -> str:
    """The letters, marks, digits and signs that Unicode has in a range."""
    return "".join(c for c in character_range(first, last) if unicodedata.category(c)[0] in "LMNPS")


_ARABIC = (
    "،؛؟٪٫٬۔" + character_range(0x0621, 0x063A) + character_range(0x0641, 0x0655) + "ٰٱ"
    + character_range(0x0660, 0x0669) + character_range(0x06F0, 0x06F9) + "ٹٺټپٿځڃڄچڅڇڈډڊڌڍڎڑړڕږژښڠڤڦکګڪگڱڳڵںڻھہۀۂۃ"
    + "ۆۇۈۋیۍێېےۓەۥۦﷲ﷼"
)  # fmt: skip
_HEBREW = (
    character_range(0x05D0, 0x05EA) + character_range(0x05F0, 0x05F4) + "־׀׃" + character_range(0x05B0, 0x05BC)
    + "\u05bd\u05bf\u05c1\u05c2\u05c7"
)  # fmt: skip
ARABIC = normal(ASCII + _ARABIC + _HEBREW + "\u200c" + _COMMON + _LATIN)
"""Arabic as Arabic, Persian, Urdu, Pashto, Sindhi, Uyghur and Sorani write it; Hebrew and Yiddish. Vowel signs too."""

_INDIC_RANGES = (
    (0x0900, 0x097F),  # Devanagari
    (0x0980, 0x09FB),  # Bengali and Assamese
    (0x0A01, 0x0A76),  # Gurmukhi
    (0x0A81, 0x0AF1),  # Gujarati
    (0x0B01, 0x0B77),  # Odia
    (0x0B82, 0x0BFA),  # Tamil
    (0x0C00, 0x0C7F),  # Telugu
    (0x0C80, 0x0CF2),  # Kannada
    (0x0D00, 0x0D7F),  # Malayalam
    (0x0D82, 0x0DF4),  # Sinhala
)
INDIC = normal(ASCII + "".join(_letters(*each) for each in _INDIC_RANGES) + _JOINERS + _COMMON + _LATIN)
"""Devanagari, Bengali, Gurmukhi, Gujarati, Odia, Tamil, Telugu, Kannada, Malayalam and Sinhala."""

_THAI, _LAO = _letters(0x0E01, 0x0E5B), _letters(0x0E81, 0x0EDF)
_BURMESE, _KHMER = _letters(0x1000, 0x109F), _letters(0x1780, 0x17F9)
MAINLAND = normal(ASCII + _THAI + _LAO + _BURMESE + _KHMER + "\u200c\u200d" + "฿₭៛" + _COMMON + _LATIN)
"""Thai, Lao, Burmese and Khmer."""

ETHIOPIC = normal(ASCII + _letters(0x1200, 0x139F) + _COMMON + _LATIN)
"""Amharic, Tigrinya and the other languages of Ethiopia and Eritrea."""

TIBETAN = normal(ASCII + _letters(0x0F00, 0x0FDA) + _COMMON)
"""Tibetan and Dzongkha."""
