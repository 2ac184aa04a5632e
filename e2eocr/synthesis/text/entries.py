"""Strings full of signs: cells of spreadsheets, entries of dictionaries and bibliographies, letterheads."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence

from e2eocr.synthesis.text.forms import clock, number, phone, web
from e2eocr.synthesis.text.languages import Marks

_ERRORS = (
    "#N/A",
    "#N/A",
    "#REF!",
    "#DIV/0!",
    "#VALUE!",
    "#NAME?",
    "#NUM!",
    "N/A",
    "n/a",
    "N.A.",
    "k.A.",
    "TRUE",
    "FALSE",
)
_RARER_SHARE = 0.5  # of signs
_BULLETS = "▶▶◆◇◦◦◦➢➤❖☆★■□●○•–✓✗"
_SUITS, _RINGED = "♠♥♦♣", "①②③④⑤⑥⑦⑧⑨"
_PARTING = (" · ", " · ", " · ", " · ", " | ", " • ", " / ", " – ", "·")
_SHORT = (
    "adj.", "adv.", "n.", "v. tr.", "v.", "tr.", "GmbH", "Tel.", "IBAN", "Fax", "No.", "Nr.", "PDF", "HTML", "kg", "km",
    "cm", "mg", "g", "PM", "AM", "A", "B", "x", "p.", "pp.", "vs.", "vs", "CR", "REF",
)  # fmt: skip
_LABELS = ("Tel.", "Tel.:", "T", "Fax", "E-Mail:", "IBAN", "BIC", "HRB", "USt-IdNr.", "VAT ID", "No.", "Nr.")


def sheet_cell(rng: random.Random, words: Sequence[str], marks: Marks) -> str:
    """A cell of a spreadsheet or an account: an error, a formula, a sum in currency or in brackets, a share."""
    value, cell = number(rng, marks).lstrip("-−+±~"), f"{rng.choice(string.ascii_uppercase)}{rng.randint(1, 99)}"
    currency = rng.choice(marks.currencies)
    return rng.choice(
        (
            rng.choice(_ERRORS), rng.choice(_ERRORS), rng.choice(_ERRORS), f"({value})", f"({currency}{value})",
            f"{currency} {value}", f"{value} {currency}", f"{value}-", f"{value} {rng.choice(('CR', 'DR', 'S', 'H'))}",
            f"={rng.choice(('SUM', 'AVERAGE', 'IF', 'VLOOKUP'))}({cell}:{cell})", f"={cell}*{cell}",
            f"${cell[0]}${cell[1:]}",
            f"{rng.randint(1, 9)}{marks.decimal}{rng.randint(0, 99):02d}E{rng.choice('+-')}{rng.randint(1, 12):02d}",
            f"{rng.randint(0, 100)}%", f"{rng.choice(words)} {cell}", f"{rng.randint(1, 12)}/{rng.randint(1, 12)}",
        )
    )  # fmt: skip


def dictionary_entry(rng: random.Random, words: Sequence[str]) -> str:
    """A piece of a dictionary's column, where a swung dash stands for the head word."""
    head, other, third = (rng.choice(words).lower() for _ in range(3))
    sense = rng.randint(1, 9)
    return rng.choice(
        (
            f"~ {head}", f"{head} ~", f"{head} ~ {other}; {sense} {third}", f"~ {head}, {other} ~", f"(~ {head})",
            f"{other}; {sense} {head}. ~ {third}", f"~s {head}", f"{sense} ~ {head} {other}", f"~, {head} {other};",
            f"{head} {rng.choice(('n.', 'v. tr.', 'adj.', 'adv.', 'f', 'm'))} {sense} {other}; {sense + 1} {third}",
            f"{other}, {third}; ~ {head} ~", f"~{head}; {other} ~ {third}", f"{head} ~e {other}",
        )
    )  # fmt: skip


def reference(rng: random.Random, words: Sequence[str]) -> str:
    """A piece of a bibliography or a footnote: initials before semicolons, abbreviations before commas, addresses."""
    first, other, third = (rng.choice(words) for _ in range(3))
    letters = [f"{rng.choice(string.ascii_uppercase)}." for _ in range(4)]
    year, page = rng.randint(1850, 2026), rng.randint(1, 900)
    doi = f"10.{rng.randint(1000, 9999)}/{first.lower()}.{rng.randint(1, 99999)}"
    return rng.choice(
        (
            f"{first.title()}, {letters[0]}; {other.title()}, {letters[1]} {letters[2]}; {third.title()}, {letters[3]}",
            f"{first.title()}, {letters[0]}{letters[1]}; {other.title()}, {letters[2]}, {year}", f"({year}), {page} f.",
            f"{letters[0]} {first.title()}, {letters[1]} {other.title()}; {letters[2]} {third.title()}.", f"I, {page};",
            f"{first.title()}, op. cit., {rng.choice(('p.', 'pp.', 'S.', 's.'))} {page}", f"cf. ibid., p. {page} f.",
            f"ibid., {page}; cf. {other}", f"{other} {year}, {page}, {page + 1}–{page + 12}.", f"(cf. {first}, {page})",
            f"https://doi.org/{doi}", f"{page}. https://doi.org/{doi}", f"doi: {doi}.",
            f"see {first}, {letters[0]}; {letters[1]}; I.; II.", f"{first} etc., {other}.", f"{letters[0]};",
        )
    )  # fmt: skip


def sign(rng: random.Random, words: Sequence[str]) -> str:
    """What a cell has in place of a word, bullets, and sums of a school book: rings, ticks, stars, a scale, `÷`."""
    if rng.random() < _RARER_SHARE:
        return _rarer_sign(rng, words)
    scale, low, high = rng.randint(0, 5), rng.randint(1, 99), rng.randint(100, 999)
    filled, empty = rng.choice(("●○", "●○", "■□"))
    return rng.choice(
        (
            "○", "●", "✓", "✓✓", "–", "—", "○", "●", "■", "□", "*" * rng.randint(1, 5), "#" * rng.randint(1, 5), "•",
            filled * scale + empty * (5 - scale), f"{rng.choice(words)} {filled * scale + empty * (5 - scale)}",
            f"{high} ÷ {low} =", f"{low} ÷ {rng.randint(2, 9)} = {rng.randint(2, 12)}", f"{low} × {low} =",
            f"{high} - {low} = {high - low}", f"{low}÷{rng.randint(2, 9)}", f"*** {rng.choice(words).upper()} ***",
            f"{rng.choice('○●✓–')} {rng.choice(words)}", f"{rng.choice(words)} {rng.choice('○●✓')}",
        )
    )  # fmt: skip


def share(rng: random.Random, words: Sequence[str], marks: Marks) -> str:
    """A share or a change by the hundred, as reports and dashboards are full of."""
    value = f"{rng.randint(0, 99)}{rng.choice(('', marks.decimal + str(rng.randint(0, 9))))}"
    fine = f"{rng.randint(0, 100)}{marks.decimal}{rng.randint(0, 99):02d}"
    gap, word, other = rng.choice(("", "", "", " ")), rng.choice(words), rng.choice(words)
    rise = rng.choice(("▲", "▼", "▲ ", "▼ ", "+", "-", "−", "±", "↑ ", "↓ "))
    return rng.choice(
        (
            f"{value}{gap}%", f"{fine}{gap}%", f"{rise}{value}{gap}%", f"{rise}{value}{gap}%", f"({value}{gap}%)",
            f"{rise}{value}{gap}% {word} {other}", f"{word} {value}{gap}%", f"{value}{gap}% {word}", f"({rise}{fine}%)",
            f"{word} ({value}{gap}%)", f"{value}{gap}%–{fine}{gap}%", f"{value}{gap}% / {fine}{gap}%", f"{value}‰",
        )
    )  # fmt: skip


def gloss(rng: random.Random, words: Sequence[str]) -> str:
    """A word of a dictionary or a form amid Latin abbreviations, brackets and the number of a sense or a field."""
    word, other, third, short = *(rng.choice(words) for _ in range(3)), rng.choice(_SHORT)
    sense, bracketed = rng.randint(1, 19), rng.choice((f" [{other}]", f" ({other})", ""))
    return rng.choice(
        (
            f"{word} {short}{bracketed} {sense} {third}", f"{word}; {sense} {other} {third}", f"{sense} {word} {other}",
            f"{sense}. {word} {other}", f"{sense}. {word}", f"{sense}) {word}", f"{word} {sense} {other}", f"{sense}.",
            f"{word} {short}", f"{short} {word}", f"{word}: {sense}", f"{word} ~ {other}", f"~ {word} {other}",
            f"{word} {rng.choice('ABCDEFGHKMNOPRSTVXYZ')}. {other}", f"{word} · {sense} · {other}",
        )
    )  # fmt: skip


def _rarer_sign(rng: random.Random, words: Sequence[str]) -> str:
    """A bullet before words, a rise or a fall, a suit of cards, a sex, a number in a ring, stars, a note."""
    word, other, stars = rng.choice(words), rng.choice(words), rng.randint(1, 5)
    bullet, rise, number_in_ring = rng.choice(_BULLETS), rng.choice("▲▼"), rng.choice(_RINGED)
    return rng.choice(
        (
            f"{bullet} {word} {other}", f"{bullet} {word}", f"{bullet} {word} {other} {rng.choice(words)}", bullet,
            f"{rise} {rng.randint(0, 99)}{rng.choice('.,')}{rng.randint(0, 9)} %", f"{word} {rise}", rise,
            f"{rise}{rng.randint(1, 999)}", f"{rng.choice(_SUITS)} {rng.choice('AKQJ98765432')}", rng.choice(_SUITS),
            f"{rng.choice('♀♂')}", f"{rng.choice('♀♂')} {rng.randint(1, 90)}", f"{word} {rng.choice('♀♂')}",
            number_in_ring, f"{number_in_ring} {word} {other}", f"{word} {number_in_ring}", "✗", "✗", f"✗ {word}",
            f"{word} ✗", "★" * stars + "☆" * (5 - stars), f"☆ {word}", f"♪ {word} {other}", f"{word} ▶ {other}",
            f"◀ {word}", f"{word} ▶", f"{word} ◆ {other}", f"◦ {word} {other}", f"◦ {word}", "◇",
        )
    )  # fmt: skip


def letterhead(rng: random.Random, words: Sequence[str], marks: Marks) -> str:
    """Names, addresses, numbers or times with a point or a bar between them, as above a letter or at the foot of it."""
    return rng.choice(_PARTING).join(_detail(rng, words, marks) for _ in range(rng.choice((2, 2, 3, 3, 4))))


def _detail(rng: random.Random, words: Sequence[str], marks: Marks) -> str:
    """A name, a part of an address, a number of a firm, or a time."""
    word, label = rng.choice(words), rng.choice(_LABELS)
    return rng.choice(
        (
            word, word.capitalize(), f"{word} {rng.choice(words)}", f"{rng.randint(10000, 99999)} {word}",
            f"{word} {rng.randint(1, 200)}", f"{label} {phone(rng)}", f"{label} {rng.randint(1000, 10**9)}",
            web(rng, words), clock(rng), number(rng, marks),
        )
    )  # fmt: skip
