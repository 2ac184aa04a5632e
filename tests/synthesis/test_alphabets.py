"""The alphabets hold what they promise, each character once, in a form that stays."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.errors import DataError
from e2eocr.synthesis.text.alphabets import ALPHABETIC, ALPHABETS, canonical, load_alphabet
from recognizers.charset import Charset

GEORGIAN = "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ"  # has no capitals that print uses
# The letters of each language beside a–z (or, in other scripts, all), in small letters.
EUROPEAN = {
    "Albanian": "çë",
    "Basque, Galician, Spanish": "áéíñóúü",
    "Bosnian, Croatian, Serbian": "čćđšž",
    "Catalan": "àçèéíïòóúü·",
    "Czech": "áčďéěíňóřšťúůýž",
    "Danish, Norwegian": "åæø",
    "Dutch": "áéëïóöúü",
    "Esperanto": "ĉĝĥĵŝŭ",
    "Estonian": "äõöüšž",
    "Faroese": "áæðíóøúý",
    "Finnish, Swedish": "åäö",
    "French": "àâæçèéêëîïôœùûüÿ",
    "German": "äöüß",
    "Hungarian": "áéíóöőúüű",
    "Icelandic": "áæðéíóöþúý",
    "Irish": "áéíóú",
    "Italian": "àèéìòóù",
    "Latvian": "āčēģīķļņšūž",
    "Lithuanian": "ąčęėįšųūž",
    "Maltese": "ċġħż",
    "Northern Sámi": "áčđŋšŧž",
    "Polish": "ąćęłńóśźż",
    "Portuguese": "àáâãçéêíóôõú",
    "Romanian": "ăâîșțşţ",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Slovenian": "čšž",
    "Turkish, Azerbaijani": "çəğıöşü",
    "Vietnamese": "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "Welsh": "àáâäèéêëìíîïòóôöùúûüẁẃŵẅỳýŷÿ",
    "Belarusian": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
    "Bulgarian": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "Kazakh": "әғқңөұүһі",
    "Armenian": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆև",
    "Georgian": GEORGIAN,
    "Macedonian": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
    "Mongolian": "абвгдеёжзийклмноөпрстуүфхцчшщъыьэюя",
    "Russian": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "Russian before 1918": "іѣѳѵ",
    "Serbian": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "Ukrainian": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "Greek": "αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ",
    "Greek, polytonic": "ἀἁἄἅᾶὰἐἑἔἕἠἡῆῃἰἱῖὀὁὐὑῦὠὡῶῳᾳῷῥ",
}


@pytest.mark.parametrize("name", ALPHABETS)
def test_every_character_stands_once_and_stays(name: str) -> None:
    characters = load_alphabet(name)
    assert len(Charset(characters)) == len(characters) + 1
    assert all(unicodedata.normalize("NFC", character) == character for character in characters)
    # A label is canonical: a character that is not would never be learned.
    assert [character for character in characters if canonical(character) != character] == [" "] * (" " in characters)
    joiners = "\u200c\u200d"  # they show in whether letters join
    assert all(character.isprintable() or character in joiners for character in characters)


def test_the_order_of_classes_is_kept() -> None:
    # Trained models know characters by their number: new ones go to the end of the alphabet.
    assert len(ALPHABETIC) == 1094
    assert ALPHABETIC.startswith(" !\"#$%&'()*+,-./0123456789")
    assert [ALPHABETIC.index(character) for character in "aé€жωἀꞨაჰ▲⑨"] == [
        65, 260, 125, 514, 695, 704, 905, 1020, 1052, 1053, 1093,
    ]  # fmt: skip


def test_ascii_and_the_signs_of_print_are_there() -> None:
    needed = " " + string.ascii_letters + string.digits + string.punctuation + "€£¥§©®°№…–—‘’“”„«»‹›•·½±×÷"
    assert [character for character in needed if character not in ALPHABETIC] == []


@pytest.mark.parametrize("language", EUROPEAN)
def test_the_letters_of_a_language_are_there(language: str) -> None:
    letters = EUROPEAN[language]
    capitals = "".join(letter.upper() for letter in letters if len(letter.upper()) == 1 and letter not in GEORGIAN)
    assert [letter for letter in letters + capitals if letter not in ALPHABETIC] == []


@given(st.text())
def test_canonical_text_stays(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert unicodedata.normalize("NFC", once) == once
    assert once == once.strip() and "  " not in once


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("e\u0301", "é"),  # composed
        ("e\u200b\u0301", "é"),  # what a zero-width space parted is composed too
        (" a\u00a0 b\t\nc ", "a b c"),  # white space
        ("a‐b‑c\u00add", "a-b-c-d"),  # hyphens
        ("ʼn᾽", "’n’"),  # apostrophes
        ("\ufeffabc", "abc"),  # a byte-order mark
        ("\u2126 \u212b", "Ω Å"),  # signs that are letters
        ("", ""),
    ],
)
def test_canonical(text: str, form: str) -> None:
    assert canonical(text) == form


def test_an_unknown_alphabet_lists_the_known() -> None:
    with pytest.raises(DataError, match=r"'ALPHABET'\. Known: ALPHABETIC"):
        load_alphabet("ALPHABET")
