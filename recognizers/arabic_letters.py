"""Letters of Arabic writing that look alike within words: which of them a line has, its language tells."""

from __future__ import annotations

import re

from recognizers.arabic_digits import count_of

# Yeh, kaf and heh have a code point for Arabic and others for Persian and Urdu; within a word some look the same.
_PERSIAN_ALONE, _PERSIAN = frozenset("پچژگ"), frozenset("کی")
_ARABIC = frozenset("يكةىأإؤ")
# Languages that have letters of both: Kurdish, Uyghur, Pashto and Sindhi, by letters that no other has.
_OF_OTHERS = frozenset("ێۆڕڵۋېۈۇڭټډړږښګۍځڅڼٻڀٿٽڦڳڱڻڏڊڌڙڪڄڃ")
_UYGHUR_VOWEL = re.compile(r"ى\w")  # a yeh without points within a word
_TO_PERSIAN = str.maketrans("يىك", "ییک")
_TO_ARABIC = str.maketrans("یک", "يك")
_HEH, _OTHER_HEHS = "ه", "ەھ"


def in_one_language(text: str) -> str:
    """A line of text whose yehs, kafs and hehs are of one language; character by character as long as it was."""
    if not _OF_OTHERS.isdisjoint(text) or _UYGHUR_VOWEL.search(text):
        return text
    alone, persian, arabic = (count_of(text, letters) for letters in (_PERSIAN_ALONE, _PERSIAN, _ARABIC))
    if arabic > persian and not alone:
        return text.translate(_TO_ARABIC)
    return _with_one_heh(text.translate(_TO_PERSIAN)) if persian and persian + 3 * alone > arabic else text


def _with_one_heh(text: str) -> str:
    """A Persian line without the hehs of other languages, which would be the most frequent in a line of theirs."""
    for other in _OTHER_HEHS:
        if text.count(other) < text.count(_HEH):
            text = text.replace(other, _HEH)
    return text
