"""Strings drawn of a language's text: running text, words, figures and codes, and ways to dress and mix them."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence

from e2eocr.synthesis.text import east_asian, forms
from e2eocr.synthesis.text.corpora import LanguageText
from e2eocr.synthesis.text.east_asian import EAST_ASIAN
from e2eocr.synthesis.text.entries import dictionary_entry, gloss, letterhead, reference, share, sheet_cell, sign
from e2eocr.synthesis.text.formulas import formula
from e2eocr.synthesis.text.languages import SCRIPTS, marks_of
from e2eocr.synthesis.text.polytonic import to_polytonic
from e2eocr.synthesis.text.unspaced import cut_unspaced, next_break

MAX_CHARACTERS = 110
_WIDE_SCRIPTS = frozenset({"Hans", "Hant", "Jpan"})  # a character takes the room of two
_DRESSED_SHARE = 0.16
_STRINGS_SHARE = 0.3  # of the lines that are neither running text nor words
# Scripts whose letters join or stack: within a word, few may stand in the place of another.
_SHAPED = frozenset(
    {
        "Arab",
        "Hebr",
        "Deva",
        "Beng",
        "Taml",
        "Telu",
        "Knda",
        "Mlym",
        "Gujr",
        "Guru",
        "Orya",
        "Sinh",
        "Thai",
        "Laoo",
        "Khmr",
        "Mymr",
        "Tibt",
    }
)
_LONG_S_LANGUAGES = frozenset({"de", "en", "fr"})


def _length(rng: random.Random) -> int:
    """Characters of a line: half are words and short phrases, the rest lines of columns and of books."""
    kind = rng.random()
    if kind < 0.5:
        return rng.randint(1, 18)
    mean, spread, least, most = (30, 10, 8, 60) if kind < 0.88 else (62, 18, 20, MAX_CHARACTERS)
    return int(min(max(rng.gauss(mean, spread), least), most))


def _cut_piece(line: str, rng: random.Random, length: int) -> str:
    """A piece of about `length` characters, between spaces; now and then its last word is broken."""
    if len(line) <= length:
        return line
    start = 0 if rng.random() < 0.4 else rng.randrange(len(line) - length + 1)
    if start:
        start = line.find(" ", start) + 1
    piece = line[start : start + length]
    broken = start + length < len(line) and line[start + length] != " "
    if broken and " " in piece:
        kept, last = piece.rsplit(" ", 1)
        piece = f"{kept} {last}-" if rng.random() < 0.12 and len(last) > 1 and last.isalpha() else kept
    elif broken and start:
        piece = line[start:].split(" ", 1)[0]
    return piece.strip()


def running_text(source: LanguageText, rng: random.Random) -> str:
    """A piece of running text, as long as lines of print are."""
    length, cut, space = _length(rng), _cut_piece, " "
    if source.unspaced:
        wide = SCRIPTS[source.language] in _WIDE_SCRIPTS
        length, cut, space = max(round(length * 0.5), 1) if wide else length, cut_unspaced, ""
    piece = cut(rng.choice(source.lines), rng, length)
    # Lines of books go over the ends of sentences.
    while len(piece) < length * 0.6 and length > 25 and rng.random() < 0.85:
        piece += space + cut(rng.choice(source.lines), rng, length - len(piece))
    return piece


def draw_plain(source: LanguageText, rng: random.Random) -> str:
    """Running text in about two of three lines, or else words, figures, codes, strings of the country."""
    chance = rng.random()
    if chance < 0.68:
        return running_text(source, rng)
    if chance < 0.82:
        return source.some_words(rng, 9)
    words = [source.word(rng) for _ in range(4)]
    if source.strings and rng.random() < _STRINGS_SHARE:
        return rng.choice(source.strings)
    if source.language in EAST_ASIAN:
        return east_asian.figures(source.language, words, rng)
    return _draw_figures(source.language, words, rng)


def _draw_figures(language: str, words: Sequence[str], rng: random.Random) -> str:
    """Numbers, prices, dates, codes, rows of receipts and cells of tables."""
    marks = marks_of(language)
    figures = (
        lambda: forms.number(rng, marks),
        lambda: forms.price(rng, marks),
        lambda: forms.price(rng, marks),
        lambda: forms.date(rng),
        lambda: forms.date(rng),
        lambda: forms.clock(rng),
        lambda: forms.code(rng),
        lambda: forms.phone(rng),
        lambda: forms.web(rng, [rng.choice(("office", "shop", "news", "mail", "docs", "blog", "press")), *words]),
        lambda: forms.receipt_row(rng, words, marks),
        lambda: forms.receipt_row(rng, words, marks),
        lambda: forms.table_cell(rng, words, marks),
        lambda: forms.statistic(rng, marks),
        lambda: forms.bound(rng, words, marks),
        lambda: forms.initials(rng, words),
        lambda: sheet_cell(rng, words, marks),
        lambda: dictionary_entry(rng, words),
        lambda: letterhead(rng, words, marks),
        lambda: reference(rng, words),
        lambda: sign(rng, words),
        lambda: share(rng, words, marks),
        lambda: gloss(rng, words),
        lambda: formula(rng, marks),
        lambda: formula(rng, marks),
        lambda: forms.table_cell(rng, words, marks),
        lambda: f"{words[0]} {forms.code(rng)}, {forms.date(rng)}",
        lambda: f"{words[0]}: {forms.phone(rng)}",
    )
    return rng.choice(figures)()


def dress(text: str, language: str, rng: random.Random) -> str:
    """Capitals, old spelling, quotation marks and the like, for some lines."""
    if language in EAST_ASIAN:
        return east_asian.dress(text, rng) if rng.random() < _DRESSED_SHARE else text
    chance = rng.random()
    if chance < 0.07:
        text = forms.to_upper(text, language)
    elif chance < 0.10:
        text = forms.to_title(text, language)
    elif chance < 0.105 and SCRIPTS.get(language) not in _SHAPED:  # marks must not stand alone, nor letters part
        text = forms.space_out(forms.to_upper(text, language))
    elif language == "el" and chance < 0.45:
        text = to_polytonic(text, rng)
    elif language in _LONG_S_LANGUAGES and chance < 0.14:
        text = forms.to_long_s(text)
    if rng.random() < 0.14:
        text = forms.decorate(text, rng, marks_of(language))
    return text


def word_with(character: str, source: LanguageText, others: Sequence[LanguageText], rng: random.Random) -> str:
    """A word of the source, or of another language of its script, that holds a character; or one made so."""
    shaped = SCRIPTS.get(source.language) in _SHAPED
    is_mark = shaped and unicodedata.category(character)[0] == "M"
    if not character.isalpha() and not is_mark:
        return _beside_word(character, source.word(rng), rng)
    for text in (source, *rng.sample(others, min(len(others), 6))):
        if character in text.by_character and rng.random() < 0.9:
            return rng.choice(text.by_character[character])
    word = source.word(rng)
    if is_mark:  # alone, it would stand on a dotted circle
        return word
    if shaped:
        return character + word
    base = unicodedata.normalize("NFD", character)[0].lower()
    places = [place for place, letter in enumerate(word) if _base(letter) == base]
    if not places or character.isupper():
        places = [0] if character.isupper() else list(range(len(word)))
    place = rng.choice(places)
    return word[:place] + character + word[place + 1 :]


def insert_word(text: str, word: str, rng: random.Random) -> str:
    """A text without spaces, with a word of another script within, before or behind it."""
    cut = next_break(text, rng.randint(0, len(text)))
    gap = rng.choice(("", " "))
    before, after = text[:cut].rstrip(), text[cut:].lstrip()
    return (before + gap if before else "") + word + (gap + after if after else "")


def mix_in(text: str, draw: Callable[[random.Random], str], rng: random.Random) -> str:
    """Put other words in the place of one or two of a text's: up to half of them."""
    words = text.split(" ")
    for place in rng.sample(range(len(words)), min(rng.choice((1, 1, 2)), (len(words) + 1) // 2)):
        words[place] = draw(rng)
    return " ".join(words)


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0].lower()


def _beside_word(sign: str, word: str, rng: random.Random) -> str:
    """A sign where one may stand: alone, or before, behind or within a word or number."""
    digits = str(rng.randint(0, 999))
    if sign.isdigit() and sign.isascii():
        return sign + digits
    return rng.choice(
        (sign, sign + word, word + sign, sign + digits, digits + sign, f"{word} {sign}", f"{word}{sign}{word}")
    )
