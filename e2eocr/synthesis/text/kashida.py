"""Arabic lines whose words are stretched to fill the measure."""

from __future__ import annotations

import random
import unicodedata

KASHIDA = "\u0640"
# Letters of Arabic writing that no stroke joins to what follows (Unicode's joining types R and U).
_NOT_JOINING = frozenset("ءآأؤإاةدذرزوىٱڈډڑړژڕۀۃەۆۇۈۋےۓ")
_STRETCHED_SHARE = 0.15
_MAX_KASHIDAS = 4


def stretch_words(text: str, rng: random.Random) -> str:
    """A text in which, now and then, joining strokes are lengthened; its canonical form is that of the text."""
    if rng.random() >= _STRETCHED_SHARE:
        return text
    share = rng.uniform(0.1, 0.6)  # of the words
    return " ".join(_stretch(word, rng) if rng.random() < share else word for word in text.split(" "))


def _stretch(word: str, rng: random.Random) -> str:
    places = [place for place in range(1, len(word)) if _is_joined(word, place)]
    if not places:
        return word
    place = rng.choice(places)
    return word[:place] + KASHIDA * rng.randint(1, _MAX_KASHIDAS) + word[place:]


def _is_joined(word: str, place: int) -> bool:
    """Whether a stroke joins the letter at a place to the one before it, and may be lengthened."""
    before = word[:place].rstrip("".join(filter(unicodedata.combining, word)))[-1:]
    after = word[place]
    joined = _is_letter(before) and before not in _NOT_JOINING and _is_letter(after) and after != "ء"
    return joined and not (before == "ل" and after in "اأإآٱ")  # one glyph


def _is_letter(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith("ARABIC LETTER")
