"""What is drawn to be rendered."""

from __future__ import annotations

import lzma
import random
import re
import unicodedata
from pathlib import Path

import pytest

from e2eocr.errors import DataError
from e2eocr.synthesis.text import forms as text_forms
from e2eocr.synthesis.text.alphabets import ALPHABETIC, load_alphabet
from e2eocr.synthesis.text.corpora import shares_of
from e2eocr.synthesis.text.drawing import dress
from e2eocr.synthesis.text.entries import dictionary_entry, letterhead, reference, sheet_cell, sign
from e2eocr.synthesis.text.formulas import formula
from e2eocr.synthesis.text.languages import keeps_to_script, marks_of
from e2eocr.synthesis.text.polytonic import to_polytonic
from e2eocr.synthesis.text.sources import TextSource

TEXTS = {
    "de": "Der Fuchs läuft über die Straße und weiter in den großen, dunklen Wald hinein.\nGuten Tag, schöne Welt!\n",
    "ru": "Быстрая лиса бежит через дорогу в тёмный лес и не оглядывается.\nПривет, Firefox и весь мир!\n",
    "el": "Η γρήγορη αλεπού τρέχει μέσα στο σκοτεινό δάσος.\nΚαλημέρα σε όλους τους ανθρώπους!\n",
    "hy": "Արագ աղվեսը վազում է մութ անտառի միջով։\nԲարև բոլորին։\n",
    "ka": "სწრაფი მელა გარბის ბნელ ტყეში.\nგამარჯობა ყველას!\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("texts")
    for language, text in TEXTS.items():
        (path / f"{language}.txt.xz").write_bytes(lzma.compress(text.encode()))
    (path / "notes.txt").write_text("not a language")
    return path


@pytest.fixture(scope="module")
def source(folder: Path) -> TextSource:
    return TextSource(folder, charset=ALPHABETIC)


def test_lines_can_be_learned(source: TextSource) -> None:
    rng = random.Random(1)
    drawn = [source.draw(rng) for _ in range(3000)]
    scripts = {"de": "Latn", "ru": "Cyrl", "el": "Grek", "hy": "Armn", "ka": "Geor"}
    for text, language in drawn:
        assert 1 <= len(text) <= 110
        assert set(text) <= set(ALPHABETIC)
        assert text == unicodedata.normalize("NFC", text) == " ".join(text.split())
        assert keeps_to_script(text, scripts[language])
    shares = {code: sum(language == code for _, language in drawn) / len(drawn) for code in scripts}
    assert shares["de"] > 0.6 and 0.1 < shares["ru"] < 0.3 and 0.04 < shares["el"] < 0.16
    assert 0.003 < shares["hy"] < 0.04 and 0.003 < shares["ka"] < 0.04


def test_latin_words_stand_amid_other_scripts(source: TextSource) -> None:
    rng = random.Random(4)
    lines = [text for text, language in (source.draw(rng) for _ in range(3000)) if language == "ru"]
    german = set(re.findall(r"\w+", TEXTS["de"].casefold().replace("ß", "ss")))
    latin = [text for text in lines if german & set(text.casefold().split())]
    assert 0.03 < len(latin) / len(lines) < 0.3
    assert any(re.search("[а-я]{3}", text.casefold()) for text in latin)


def test_every_character_is_drawn(source: TextSource) -> None:
    rng = random.Random(2)
    seen = set("".join(source.draw(rng)[0] for _ in range(20_000)))
    assert len(set(ALPHABETIC) - seen) <= 2  # each comes about once in 3,000 lines


def test_the_same_state_draws_the_same(folder: Path) -> None:
    drawn = [TextSource(folder, charset=ALPHABETIC, seed=3).draw(random.Random(9)) for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_text_outside_the_charset_is_mended(folder: Path) -> None:
    source = TextSource(folder, charset="abcdefghijklmnopqrstuvwxyzDG,.", languages=["de"])
    rng = random.Random(5)
    assert all(set(source.draw(rng)[0]) <= set("abcdefghijklmnopqrstuvwxyzDG,. ") for _ in range(300))


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        (["fr"], "No text for fr"),  # a language without a file
        (["xx"], "No text for xx"),  # no language at all
    ],
)
def test_missing_text_is_named(folder: Path, languages: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        TextSource(folder, languages=languages)


@pytest.mark.slow
def test_text_is_made_of_word_lists() -> None:
    source = TextSource(charset=ALPHABETIC, languages=["en", "uk"])
    rng = random.Random(4)
    assert {language for _, language in (source.draw(rng) for _ in range(50))} == {"en", "uk"}


@pytest.mark.parametrize(
    ("text", "script", "expected"),
    [
        ("Der Wald", "Latn", True),  # plain
        ("Der Wаld", "Latn", False),  # a Cyrillic letter in a Latin word
        ("Привет, Firefox", "Cyrl", True),  # a name stands whole
        ("Пpивет", "Cyrl", False),  # a Latin letter in a Cyrillic word
        ("Καλό Word 7", "Grek", True),  # word and number in Greek
        ("Καλό Привет", "Grek", False),  # two scripts that do not meet
        ("10 µm", "Latn", True),  # a sign, not a Greek letter
        ("Für β = 2 und 2ε", "Latn", True),  # symbols
        ("Für βeta", "Latn", False),  # but no letters of words
        ("Արմ TEX-ը", "Armn", True),  # an ending joined to a name
        ("Արմ დღე", "Armn", False),  # Armenian and Georgian do not meet
    ],
)
def test_scripts_do_not_mix(text: str, script: str, expected: bool) -> None:
    assert keeps_to_script(text, script) is expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("ışık ilk", "tr", "IŞIK İLK"),  # dotted and dotless i
        ("άνθρωπος", "el", "ΑΝΘΡΩΠΟΣ"),  # Greek capitals lose their accents
        ("straße", "de", "STRASSE"),  # sharp s
        ("დღე", "ka", "დღე"),  # Georgian has no capitals
    ],
)
def test_capitals_follow_the_language(text: str, language: str, expected: str) -> None:
    assert text_forms.to_upper(text, language) == expected


def test_long_s_stands_within_words() -> None:
    assert text_forms.to_long_s("das ist alles so dasselbe") == "das iſt alles ſo daſſelbe"


def test_fraktur_has_its_own_spelling() -> None:
    rng = random.Random(3)
    assert text_forms.to_fraktur("so-genannte Reise- ", rng, small_e=False) == "ſo⸗genannte Reiſe- "
    texts = {text_forms.to_fraktur("zur Einführung der Eisenbahnfahrt", rng, small_e=True) for _ in range(60)}
    assert "zur Einführung der Eiſenbahnfahrt" in texts
    assert any("Einfu\u0364hrung" in text for text in texts)
    assert any(text.endswith("⸗") for text in texts)


@pytest.mark.parametrize(("number", "expected"), [(4, "IV"), (1999, "MCMXCIX"), (48, "XLVIII")])
def test_roman_numerals(number: int, expected: str) -> None:
    assert text_forms.roman(number) == expected


def test_amounts_follow_the_language() -> None:
    assert text_forms.amount(random.Random(1), marks_of("de")).split(",")[1].isdigit()
    assert text_forms.amount(random.Random(1), marks_of("en")).split(".")[1].isdigit()


def test_statistics_have_numbers_with_marks_of_notes() -> None:
    rng = random.Random(1)
    cells = {text_forms.statistic(rng, marks_of("en")) for _ in range(2000)}
    assert any(re.fullmatch(r"\*[\d.,' ]+", cell) for cell in cells) and any(cell.startswith("*–") for cell in cells)
    assert {"*****", "(X)", "–"} <= cells and not any("±-" in cell or "≤-" in cell for cell in cells)


def test_signs_stand_for_words_and_part_them() -> None:
    rng, words, marks = random.Random(3), ["gehen", "Haus"], marks_of("de")
    cells = {sheet_cell(rng, words, marks) for _ in range(2000)}
    assert {"#N/A", "#DIV/0!", "TRUE"} <= cells and any(re.fullmatch(r"\([\d.,' ]+\)", cell) for cell in cells)
    entries = {dictionary_entry(rng, words) for _ in range(2000)}
    assert {"~ gehen", "(~ haus)", "~s haus"} <= entries
    heads = {letterhead(rng, words, marks) for _ in range(2000)}
    assert {"gehen · Haus", "Haus | gehen"} <= heads and not any(head.endswith((" ·", " |")) for head in heads)
    references = {reference(rng, words) for _ in range(2000)}
    assert any(re.search(r"[A-Z]\.; Gehen", each) for each in references)
    assert any(each.startswith("https://doi.org/10.") for each in references)
    signs = {sign(rng, words) for _ in range(2000)}
    assert {"○", "●●●○○", "***"} <= signs and any(re.fullmatch(r"\d+ ÷ \d+ =", each) for each in signs)
    texts = "".join(cells | entries | heads | references | signs)
    assert set(texts) <= set(ALPHABETIC)


def test_bounds_and_initials_are_written_as_print_has_them() -> None:
    rng = random.Random(2)
    bounds = {text_forms.bound(rng, ["years", "months"], marks_of("en")) for _ in range(60_000)}
    assert {"≤5 years", "≥16 months"} <= bounds and not any(re.search("[≤≥] ?[-−–]", bound) for bound in bounds)
    names = {text_forms.initials(rng, ["paul", "gilles", "élise", "3d"]) for _ in range(20_000)}
    assert {"P.G.", "É.-P.", "G. Paul", "Gilles, P. G."} <= names and not any("3." in name for name in names)


def test_formulas_have_the_signs_of_the_alphabet() -> None:
    rng = random.Random(3)
    drawn = [formula(rng, marks_of("en")) for _ in range(5000)]
    text = "".join(drawn)
    assert set(text) <= {*load_alphabet("ALPHABETIC"), " "}
    assert set("≠≈≤≥→±×÷√∞∑½¼¾‰µΩπΔ²³−") <= set(text)
    assert not any(each != each.strip() or "  " in each for each in drawn)


def test_polytonic_greek_keeps_its_letters() -> None:
    text = "Ένας άνθρωπος και η γυναίκα του είδαν ΤΟ ΦΩΣ 7 Word"

    def bare(line: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFD", line) if not unicodedata.combining(c))

    converted = to_polytonic(text, random.Random(0))
    assert converted != text
    assert bare(converted) == bare(text)
    assert any("\u1f00" <= character <= "\u1fff" for character in converted)


@pytest.mark.parametrize(
    ("text", "language", "apart"),
    [
        ("слово", "ru", True),
        ("น้ำใจดี", "th", False),
        ("مرحبا", "ar", False),
        ("हिन्दी", "hi", False),
        ("བོད་", "bo", False),
    ],
)
def test_letters_that_join_or_stack_are_not_set_apart(text: str, language: str, apart: bool) -> None:
    drawn = [dress(text, language, random.Random(seed)) for seed in range(800)]
    spaced = " ".join(text[:3]).casefold()
    assert any(spaced in each.casefold() for each in drawn) is apart


def test_languages_of_several_groups_come_equally_often() -> None:
    """English had fifty lines of a hundred where Chinese, which is in another group, had one."""
    assert set(shares_of(["en", "zh_CN", "ja"]).values()) == {1.0}
    alphabetic = shares_of(["en", "de", "ru"])
    assert alphabetic["en"] > alphabetic["de"] > alphabetic["ru"]
