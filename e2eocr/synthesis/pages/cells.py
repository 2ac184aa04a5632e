"""What stands in the cells of tables: digits, counts, ticks, signs, grades, sums, times; mostly a few characters."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from e2eocr.synthesis.pages.text import PageText

Maker = Callable[[], str]
MINUS_SIGNS = ("-", "−", "–")
_TICKS = tuple("✓✔✗✘xX×*•·+oO●○†‡§#?")
_DASHES = ("-", "–", "—", "--", ".", "..", "...", "n/a", "nil")
_GRADES = (
    *"ABCDEFIVXSMLNY", "A+", "A-", "B+", "B-", "C+", "II", "III", "IV", "VI", "IX", "XL", "Ja", "NO",
)  # fmt: skip
_CURRENCIES = ["$", "€", "£", "¥", "₽", "zł", "Kč", "kr", "Ft", "lei", "Rs", "CHF", "USD", "EUR", "%"]


def digit(rng: random.Random) -> str:
    """A lone digit."""
    return str(rng.randint(0, 9))


def count(rng: random.Random) -> str:
    """A number of one to four digits."""
    return str(rng.randrange(10 ** rng.randint(1, 4)))


def tick(rng: random.Random) -> str:
    """A tick, a cross or a dot."""
    return rng.choice(_TICKS)


def dash(rng: random.Random) -> str:
    """What stands where nothing is to be said."""
    return rng.choice(_DASHES)


def grade(rng: random.Random) -> str:
    """A mark of letters."""
    return rng.choice(_GRADES)


def currency(rng: random.Random) -> str:
    """A currency's sign alone, as in the column before sums."""
    return rng.choice(_CURRENCIES)


def signed(rng: random.Random) -> str:
    """A small number with a sign, or in the parentheses that stand for one."""
    value = rng.choice((str(rng.randint(0, 99)), f"{rng.uniform(0, 100):.1f}", f"{rng.uniform(0, 10):.2f}"))
    return rng.choice((*(sign + value for sign in MINUS_SIGNS), "+" + value, "±" + value, f"({value})", value))


def decimal(rng: random.Random) -> str:
    """A number with one to three decimals."""
    return f"{rng.uniform(0, 10 ** rng.randint(0, 3)):.{rng.randint(1, 3)}f}"


def percentage(rng: random.Random) -> str:
    """A share, with or without the sign for per cent."""
    return rng.choice((f"{rng.randint(0, 100)}%", f"{rng.randint(0, 100)} %", f"{rng.uniform(0, 100):.1f}%"))


def clock(rng: random.Random) -> str:
    """A time as timetables write it."""
    hour, minute = rng.randint(0, 23), rng.randint(0, 59)
    return rng.choice((f"{hour}:{minute:02}", f"{hour:02}{minute:02}", f"{hour}.{minute:02}", f"{hour:02}:{minute:02}"))


def range_of(rng: random.Random) -> str:
    """From one number to another."""
    low = rng.randint(0, 90)
    return f"{low}{rng.choice(('-', '–', ' – ', '/', ':'))}{low + rng.randint(1, 30)}"


_SHORT = (digit, digit, count, count, tick, grade, signed, percentage)
_NUMBERS = (count, decimal, signed, percentage, range_of, clock)


def column(text: PageText, rng: random.Random, *, short: bool) -> Maker:
    """What fills a column: cells of one kind, with a dash or a gap here and there.

    Args:
        text: Of the page.
        rng: Source of all choices.
        short: Whether cells hold four characters at most, as a rule.
    """
    main = _main(text, rng, short=short)
    missing, sign = rng.choice((0.0, 0.0, 0.05, 0.3)), dash(rng)
    return lambda: sign if rng.random() < missing else main()


def _main(text: PageText, rng: random.Random, *, short: bool) -> Maker:
    """What most cells of a column hold."""
    if short or rng.random() < 0.5:
        return partial(rng.choice(_SHORT if short else _NUMBERS), rng)
    return rng.choice((text.amount, text.price, text.date, text.code, text.number, partial(text.phrase, 2)))
