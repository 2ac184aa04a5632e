"""Strings that running text has too few of: numbers, dates, prices, codes, addresses; and ways to set a text."""

from __future__ import annotations

import datetime
import random
import re
import string
from collections.abc import Callable, Sequence

from e2eocr.errors import MissingDependencyError
from e2eocr.synthesis.text.languages import Marks

INSTALL = 'Install what training needs: pip install "e2eocr[train]"'
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
_ROMAN_SMALL = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_UNITS = ("kg", "g", "mm", "cm", "m", "km", "l", "ml", "%", "‰", "°C", "m²", "m³", "kWh", "h", "s", "µm", "MB", "GHz")
_NOTE_MARKS = ("¹", "²", "³", "*", "**", "†", "‡", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁰", "[1]", "[23]", "(4)", "1)", "a)")
_SIGNS = "-−+±~"
_LOCALES = {
    "en": "en_US en_GB", "de": "de_DE de_AT", "fr": "fr_FR fr_CH", "es": "es_ES es_MX", "it": "it_IT", "pt": "pt_PT",
    "pt_BR": "pt_BR", "nl": "nl_NL nl_BE", "pl": "pl_PL", "cs": "cs_CZ", "sk": "sk_SK", "sv": "sv_SE", "da": "da_DK",
    "no": "no_NO", "nn": "no_NO", "fi": "fi_FI", "hu": "hu_HU", "ro": "ro_RO", "tr": "tr_TR", "hr": "hr_HR",
    "bs": "bs_BA", "sl": "sl_SI", "et": "et_EE", "lv": "lv_LV", "lt": "lt_LT", "sq": "sq_AL", "is": "is_IS",
    "ga": "ga_IE", "id": "id_ID", "tl": "fil_PH", "vi": "vi_VN", "ru": "ru_RU", "uk": "uk_UA", "bg": "bg_BG",
    "el": "el_GR", "ca": "es_CA", "zh_CN": "zh_CN", "zh_TW": "zh_TW", "ja": "ja_JP", "ko": "ko_KR", "fa": "fa_IR",
    "ar": "ar_SA ar_EG", "he": "he_IL", "hi": "hi_IN", "ne": "ne_NP", "bn": "bn_BD", "ta": "ta_IN",
    "th": "th_TH", "or": "or_IN", "gu": "gu_IN",
}  # fmt: skip
DOUBLE_HYPHEN, SMALL_E_ABOVE = "⸗", "\N{COMBINING LATIN SMALL LETTER E}"
_SMALL_E_SHARE, _BROKEN_SHARE = 0.3, 0.4  # of the lines in Fraktur
_MIN_BROKEN, _HYPHEN_ROOM = 24, 7  # characters: of a line that may end with a hyphen, and of the word it breaks
_UMLAUT_BASES = {"ä": "a", "ö": "o", "ü": "u"}
# Faker falls back on English without a word: each call is made only where its provider is the locale's own.
_FAKER_CALLS = {
    "address": ("street_address", "city", "address", "postcode"),
    "person": ("name", "last_name"),
    "company": ("company",),
    "phone_number": ("phone_number",),
    "job": ("job",),
}


def roman(number: int) -> str:
    """A number from 1 to 3999 in capitals."""
    parts = []
    for value, letters in _ROMAN + _ROMAN_SMALL:
        count, number = divmod(number, value)
        parts.append(letters * count)
    return "".join(parts)


def number(rng: random.Random, marks: Marks) -> str:
    """A whole or decimal number with the marks of the language."""
    value = int(10 ** rng.uniform(0, 7))
    whole = str(value)
    if rng.random() < 0.5:
        whole = f"{value:,}".replace(",", rng.choice((marks.thousands, marks.thousands, " ", "'")))
    if rng.random() < 0.4:
        whole += marks.decimal + "".join(rng.choices(string.digits, k=rng.choice((1, 2, 2, 3))))
    sign = rng.choice(("", "", "", "", *_SIGNS))
    return sign + whole


def amount(rng: random.Random, marks: Marks) -> str:
    """A number with two decimals, without a currency."""
    value = rng.choice((rng.uniform(0, 20), rng.uniform(0, 200), rng.uniform(0, 20_000)))
    return f"{value:,.2f}".replace(",", "\0").replace(".", marks.decimal).replace("\0", marks.thousands)


def price(rng: random.Random, marks: Marks) -> str:
    """An amount with a currency before or behind it."""
    currency = rng.choice((*marks.currencies, "€", "$", "£", "¥"))
    value = amount(rng, marks)
    return rng.choice((f"{currency}{value}", f"{currency} {value}", f"{value} {currency}", f"{value} {currency}"))


def date(rng: random.Random) -> str:
    """A date in digits, with a time now and then."""
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1880, 2030)
    separator = rng.choice("./-")
    text = rng.choice(
        (
            f"{day:02}{separator}{month:02}{separator}{year}",
            f"{day}{separator}{month}{separator}{year}",
            f"{day:02}{separator}{month:02}{separator}{year % 100:02}",
            f"{year}-{month:02}-{day:02}",
            f"{day}. {month}. {year}",
            f"{year}–{year + rng.randint(1, 60)}",
        )
    )
    return f"{text} {clock(rng)}" if rng.random() < 0.2 else text


def clock(rng: random.Random) -> str:
    """A time of day."""
    hour, minute = rng.randint(0, 23), rng.randint(0, 59)
    return rng.choice((f"{hour}:{minute:02}", f"{hour:02}:{minute:02}:{rng.randint(0, 59):02}", f"{hour}.{minute:02}"))


def code(rng: random.Random) -> str:
    """A code of capitals, digits and signs: order numbers, IBANs, plates, versions."""
    pattern = rng.choice(
        ("AA-####", "A####", "####-####", "AA## #### #### #### ####", "###.###.###-##", "AAA###", "#.##.#", "A#A #A#",
         "AA-AA ####", "##/####", "(##) ####", "No. ####", "№ ###", "#A-###-##", "AAAA#####", "##:##:##", "0x##aa",
         "###############", "A.A. ###", "#######/##", "aaa_aa##", "§ ##", "§§ ##–##", "Nr. ###/##",
         "ISBN ###-#-####-####-#")
    )  # fmt: skip
    kinds = {"A": string.ascii_uppercase, "a": "abcdefghijkmnopqrstuvwxyz", "#": string.digits}
    if not any(word in pattern for word in ("No.", "ISBN", "Nr.", "0x")):
        return "".join(rng.choice(kinds[sign]) if sign in kinds else sign for sign in pattern)
    return re.sub("#", lambda _: rng.choice(string.digits), pattern)


def phone(rng: random.Random) -> str:
    """A telephone number."""
    pattern = rng.choice(
        ("+## ## ### ## ##", "+## (#) ### ####", "0## ### ####", "(0##) ### ## ##", "###-###-####", "0##/#######",
         "+##########", "## ## ## ## ##", "Tel. 0## ####", "Fax: +## ### ###", "☎ 0##-###")
    )  # fmt: skip
    return re.sub("#", lambda _: rng.choice(string.digits), pattern)


def web(rng: random.Random, words: Sequence[str]) -> str:
    """An e-mail address, a URL or a path."""
    name = re.sub("[^a-z]", "", rng.choice(words).lower()) or "info"
    host = (re.sub("[^a-z]", "", rng.choice(words).lower()) or "mail") + rng.choice(
        (".com", ".org", ".net", ".de", ".fr", ".eu", ".co.uk", ".ru", ".gr", ".info", ".it", ".pl")
    )
    return rng.choice(
        (
            f"{name}@{host}", f"{name}.{rng.choice(string.ascii_lowercase)}{rng.randint(1, 99)}@{host}",
            f"www.{host}", f"https://{host}/{name}", f"http://www.{host}/{name}/{rng.randint(1, 999)}.html",
            f"https://{host}/?{name}={rng.randint(1, 99)}&id={rng.randint(1, 9999)}", f"#{name}", f"@{name}_{name[:3]}",
            f"/{name}/{name[:4]}.{rng.choice(('txt', 'py', 'pdf', 'xml'))}", f"C:\\{name.title()}\\{name[:3]}.exe",
        )
    )  # fmt: skip


def receipt_row(rng: random.Random, words: Sequence[str], marks: Marks) -> str:
    """A row of a receipt or an invoice."""
    item = " ".join(rng.choices(words, k=rng.randint(1, 3)))
    count, value, total = rng.randint(1, 12), amount(rng, marks), amount(rng, marks)
    row = rng.choice(
        (
            f"{count} x {value} {total}", f"{item} {value}", f"{count} {item} {value} {total}", f"{item}: {total}",
            f"{item} {rng.choice(marks.currencies)} {value}", f"{count} × {item} {value} A", f"{total} *",
            f"{rng.randint(1, 25)}% {value} {total}", f"{count} @ {value} = {total}", f"{item} ({count}) -{value}",
            f"{item} {'.' * rng.randint(3, 20)} {rng.randint(1, 400)}", f"{item} {value} {marks.currencies[0]}",
        )
    )  # fmt: skip
    return row.upper() if rng.random() < 0.5 else row


def statistic(rng: random.Random, marks: Marks) -> str:
    """A cell of a table of statistics: a number with marks of its notes or significance, or what stands for none."""
    value, other, size = number(rng, marks), *(number(rng, marks).lstrip(_SIGNS) for _ in range(2))
    stars = rng.choice(("*", "*", "*", "**", "***", "†", "‡"))
    small = f"0{marks.decimal}{rng.choice(('05', '01', '001', '1'))}"
    return rng.choice(
        (
            f"{stars}{value}", f"{stars}{value}", f"{value}{stars}", f"{value}{stars}", f"{stars}–{size}",
            f"({value})", f"{value} ({other})", f"{value}{stars} ({other})", f"{value} ± {other}", f"±{other}",
            f"{value} [{other}]", f"({size}–{other})", f"({value}, {other})", f"p < {small}", f"P<{small}", f"≥ {size}",
            f"≤{size}", f"n = {rng.randint(2, 2000)}", f"(n={rng.randint(2, 900)})", f"R² = {small}", f"–{other}",
            "*" * rng.randint(1, 6), rng.choice(("(X)", "(D)", "(NA)", "N/A", "n/a", "n.s.", "NA", "–", "—", "-", "…")),
        )
    )  # fmt: skip


def bound(rng: random.Random, words: Sequence[str], marks: Marks) -> str:
    """A bound or a range in words, as rows of statistics have it: `≤5 years`, `6–15 years`, `> 1,000`."""
    size, word = number(rng, marks).lstrip(_SIGNS), rng.choice(words)
    sign = rng.choice(("≤", "≥", "≤", "≥", "<", ">", "≈", "±")) + rng.choice(("", "", " "))
    return rng.choice(
        (
            f"{sign}{rng.randint(1, 99)} {word}", f"{sign}{rng.randint(1, 99)}", f"{sign}{size}",
            f"{word} {sign}{size}", f"{word} ({sign}{size} {rng.choice(_UNITS)})",
            f"{rng.randint(1, 20)}–{rng.randint(21, 99)} {word}",
        )
    )  # fmt: skip


def initials(rng: random.Random, words: Sequence[str]) -> str:
    """Initials of names with their full stops, alone as beneath an article, or before or behind a name."""
    letters = [word[0].upper() for word in words if word[0].isalpha()] or ["N"]
    joint = rng.choice((".", ".", ". ", ".-"))
    several = joint.join(rng.choice(letters) for _ in range(rng.choice((1, 2, 2, 3)))) + "."
    name = rng.choice(words).capitalize()
    return rng.choice((several, several, f"{several} {name}", f"{name}, {several}", f"({several})"))


def table_cell(rng: random.Random, words: Sequence[str], marks: Marks) -> str:
    """A cell or two: values with units, single letters, enumerations, small sums."""
    word = rng.choice(words)
    return rng.choice(
        (
            f"{number(rng, marks)} {rng.choice(_UNITS)}",
            f"{rng.randint(1, 99)}.",
            f"{rng.randint(1, 9)}) {word}",
            f"{rng.choice('abcdef')}) {word}",
            f"• {word}",
            f"– {word}",
            f"{rng.randint(0, 100)} %",
            f"{rng.randint(0, 100)}%",
            f"{number(rng, marks)} {number(rng, marks)}",
            f"{word}: {rng.randint(0, 999)}",
            f"[{rng.randint(1, 99)}]",
            f"{rng.randint(1, 99)}/{rng.randint(2, 99)}",
            f"{rng.choice(string.ascii_uppercase)}",
            f"{rng.randint(0, 9)}",
            f"{rng.randint(1, 500)}–{rng.randint(1, 500)}",
            f"x = {rng.randint(1, 99)}",
            f"{word} = {number(rng, marks)}",
            f"{rng.randint(1, 9)} + {rng.randint(1, 9)} = {rng.randint(2, 18)}",
            f"< {rng.randint(1, 99)}",
            f"| {word} |",
            f"{rng.choice('½¼¾⅓⅔')} {word}",
            f"{rng.randint(1, 9)}° {rng.randint(1, 59)}′ {rng.randint(1, 59)}″",
            f"{roman(rng.randint(1, 40))}. {word}",
            f"{roman(rng.randint(1, 2100))}",
            f"© {rng.randint(1950, 2030)} {word}",
            f"{word}®",
            f"{word}™",
            f"{{{word}}}",
            f"<{word}>",
            f"{word}; {word}",
            f"☐ {word}",
            f"→ {word}",
            f"✓ {word}",
        )
    )


def to_upper(text: str, language: str) -> str:
    """Capitals as the language has them: dotted and dotless i in Turkish, no accents in Greek, none in Georgian."""
    if language == "ka":
        return text
    if language == "tr":
        text = text.replace("i", "İ").replace("ı", "I")
    if language == "el":
        text = text.translate(str.maketrans("άέήίόύώΐΰΆΈΉΊΌΎΏ", "αεηιουωϊϋΑΕΗΙΟΥΩ"))
    return text.upper()


def to_title(text: str, language: str) -> str:
    """Each word with a capital."""
    return " ".join(to_upper(word[:1], language) + word[1:] for word in text.split(" "))


def to_long_s(text: str) -> str:
    """Old orthography: a small s is long unless it ends its word or stands before f."""
    return re.sub(r"s(?=[^\W\d_])(?!f)", "ſ", text)


def to_fraktur(text: str, rng: random.Random, *, small_e: bool) -> str:
    """German as Fraktur sets it: long s, double hyphens; with `small_e`, at times an e for umlauts."""
    text = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_]|$)", DOUBLE_HYPHEN, to_long_s(text))
    if len(text) > _MIN_BROKEN and text[-_HYPHEN_ROOM:].isalpha() and rng.random() < _BROKEN_SHARE:
        text = text[: -rng.randint(2, _HYPHEN_ROOM - 2)] + DOUBLE_HYPHEN
    if small_e and rng.random() < _SMALL_E_SHARE:
        text = re.sub(r"[äöü]", lambda match: _UMLAUT_BASES[match.group()] + SMALL_E_ABOVE, text)
    return text


def space_out(text: str) -> str:
    """Letters with a space between them, words with three made one: the first word of the text alone."""
    return " ".join(text.split(" ")[0][:16])


def decorate(text: str, rng: random.Random, marks: Marks) -> str:
    """Set a text in quotation marks, parentheses or dashes, or give it a mark of a footnote."""
    pair = rng.choice(marks.quotes)
    note = rng.choice(_NOTE_MARKS)
    words = text.split(" ")
    cut = rng.randrange(len(words))
    left, right = " ".join(words[:cut]), " ".join(words[cut:])
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{pair[0]}{text}{pair[1]}",
        lambda: f"{left} {pair[0]}{right}{pair[1]}",
        lambda: f"{left} ({right})",
        lambda: f"{left} [{right}]",
        lambda: f"{left} – {right}",
        lambda: f"{left}—{right}",
        lambda: f"— {text}",
        lambda: f"{text}{note}",
        lambda: f"{note} {text}",
        lambda: f"{left}{rng.choice(',;:.!?…')} {right}",
        lambda: f"{text}{rng.choice(('...', '…', '!', '?', '?!', ';', ':'))}",
        lambda: f"{pair[0]}{text}",
        lambda: f"{text} {rng.randint(1, 400)}",
        lambda: f"{rng.randint(1, 400)} {text}",
        lambda: f"{left} / {right}",
        lambda: f"{left} & {right}",
    )
    return rng.choice(forms)()


def locale_strings(language: str, seed: int, count: int = 160) -> list[str]:
    """Names, streets, companies, telephone numbers, dates and prices as faker and babel write them.

    Args:
        language: Language code; one that faker does not know gives dates and prices alone.
        seed: The same seed gives the same strings.
        count: How many strings of faker, at most; half as many of babel.

    Raises:
        MissingDependencyError: If faker or babel is not installed.
    """
    try:
        import babel  # noqa: F401
        import faker
    except ImportError as error:
        raise MissingDependencyError(INSTALL) from error
    strings = _babel_strings(language, random.Random(seed), count // 2)
    for locale in _LOCALES.get(language, "").split():
        fake = faker.Faker(locale)
        fake.seed_instance(seed)
        calls = [
            getattr(fake, call)
            for provider, calls in _FAKER_CALLS.items()
            for call in calls
            if type(fake.provider(provider)).__module__.endswith("." + locale)
        ]
        if calls:
            strings += [calls[index % len(calls)]().replace("\n", ", ") for index in range(count)]
    return strings


def _babel_strings(language: str, rng: random.Random, count: int) -> list[str]:
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date
    from babel.numbers import format_currency

    try:
        locale = Locale.parse({"sr@latin": "sr_Latn", "tl": "fil"}.get(language, language))
    except (UnknownLocaleError, ValueError):
        return []
    strings = []
    for _ in range(count):
        day = datetime.date(rng.randint(1850, 2030), rng.randint(1, 12), rng.randint(1, 28))
        strings.append(format_date(day, rng.choice(("full", "long", "medium", "MMMM y", "d MMM", "EEE d.M.")), locale))
        currency = rng.choice(("EUR", "USD", "GBP", "PLN", "RUB", "TRY", "CZK"))
        strings.append(format_currency(round(rng.uniform(1, 9999), 2), currency, locale=locale))
    return strings
