"""Searchable PDFs in every script: each word is found by PDFium's search, and copied by PDFium and by poppler."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import Literal

import pypdfium2
import pytest
from doubles.writer_documents import make_document, save_picture

from e2eocr.results import Line, Page, Word
from e2eocr.writers import write_document

SPACED = {
    "Arabic": "قرأت كتابا جديدا عن البحر",
    "Armenian": "Ծովի մասին նոր գիրք",
    "Bengali": "সমুদ্রের উপর একটি নতুন বই",
    "Cyrillic": "Новая книга о море",
    "Devanagari": "समुद्र पर एक नई किताब",
    "Ethiopic": "ስለ ባሕር አዲስ መጽሐፍ",
    "Georgian": "ახალი წიგნი ზღვაზე",
    "Greek": "Νέο βιβλίο για τη θάλασσα",
    "Gujarati": "સમુદ્ર વિશે નવું પુસ્તક",
    "Gurmukhi": "ਸਮੁੰਦਰ ਬਾਰੇ ਨਵੀਂ ਕਿਤਾਬ",
    "Hangul": "바다에 관한 새 책",
    "Hebrew": "ספר חדש על הים",
    "Kannada": "ಸಮುದ್ರದ ಬಗ್ಗೆ ಹೊಸ ಪುಸ್ತಕ",
    "Malayalam": "കടലിനെക്കുറിച്ച് പുതിയ പുസ്തകം",
    "Odia": "ସମୁଦ୍ର ବିଷୟରେ ନୂଆ ବହି",
    "Persian": "کتابی تازه دربارهٔ دریا",
    "Sinhala": "මුහුද ගැන අලුත් පොතක්",
    "Tamil": "கடலைப் பற்றிய புதிய நூல்",
    "Telugu": "సముద్రం గురించి కొత్త పుస్తకం",
    "Urdu": "سمندر کے بارے میں نئی کتاب",
    "Vietnamese": "Một cuốn sách mới về biển",
}
UNSPACED = {
    "Burmese": "ပင်လယ်အကြောင်းစာအုပ်အသစ်",
    "Chinese": "一本关于大海的新书",
    "Japanese": "海についての新しい本",
    "Khmer": "សៀវភៅថ្មីអំពីសមុទ្រ",
    "Lao": "ປື້ມໃໝ່ກ່ຽວກັບທະເລ",
    "Thai": "หนังสือใหม่เกี่ยวกับทะเล",
}
FROM_THE_RIGHT = {"Arabic", "Hebrew", "Persian", "Urdu"}
DIRECTION_MARKS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u200e\u200f"))
WIDTH, HEIGHT, WORD = 1100, 300, 140.0


def searchable(line: Line, folder: Path) -> bytes:
    """A searchable PDF of one line."""
    path = save_picture(folder / "page.png", WIDTH, HEIGHT)
    return write_document(make_document(Page(0, WIDTH, HEIGHT, dpi=100.0, lines=(line,))), "pdf", path)


def level_line(text: str, *, from_the_right: bool) -> Line:
    """A line whose words lie beside each other, the first at the side where the script begins."""
    words = text.split(" ")
    places = [40 + (WORD + 20) * number for number in range(len(words))]
    if from_the_right:
        places.reverse()
    boxes = [((x, 100.0), (x + WORD, 100.0), (x + WORD, 140.0), (x, 140.0)) for x in places]
    left, right = min(places), max(places) + WORD
    hull = ((left, 100.0), (right, 100.0), (right, 140.0), (left, 140.0))
    direction: Literal["ltr", "rtl"] = "rtl" if from_the_right else "ltr"
    placed = tuple(Word(word, 0.9, polygon) for word, polygon in zip(words, boxes, strict=True))
    return Line(text, 0.9, hull, words=placed, direction=direction)


def column(text: str) -> Line:
    """A column of upright characters, read from its top: its quad begins at the right."""
    hull = ((440.0, 20.0), (440.0, 280.0), (400.0, 280.0), (400.0, 20.0))
    return Line(text, 0.9, hull, words=(Word(text, 0.9, hull),), direction="ttb")


def is_found(data: bytes, word: str) -> bool:
    """Whether PDFium's search finds a word."""
    with pypdfium2.PdfDocument(data) as pdf:
        return pdf[0].get_textpage().search(word).get_next() is not None


def copied_by_pdfium(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as pdf:
        return plain(pdf[0].get_textpage().get_text_range())


def copied_by_poppler(data: bytes, folder: Path) -> str:
    (folder / "a.pdf").write_bytes(data)
    done = subprocess.run(["pdftotext", folder / "a.pdf", "-"], capture_output=True, text=True, check=True)
    return plain(done.stdout)


def plain(text: str) -> str:
    """A text without marks of direction, in NFC, with single spaces."""
    return unicodedata.normalize("NFC", " ".join(text.translate(DIRECTION_MARKS).split()))


@pytest.mark.parametrize("script", SPACED)
def test_words_are_found_and_copied(script: str, tmp_path: Path) -> None:
    text = unicodedata.normalize("NFC", SPACED[script])
    data = searchable(level_line(text, from_the_right=script in FROM_THE_RIGHT), tmp_path)
    assert [word for word in text.split(" ") if not is_found(data, word)] == []
    assert copied_by_pdfium(data) == text
    if shutil.which("pdftotext"):
        assert copied_by_poppler(data, tmp_path) == text


@pytest.mark.parametrize("script", UNSPACED)
def test_text_without_spaces_is_found_by_any_part(script: str, tmp_path: Path) -> None:
    text = unicodedata.normalize("NFC", UNSPACED[script])
    data = searchable(level_line(text, from_the_right=False), tmp_path)
    assert is_found(data, text[2:7])
    assert copied_by_pdfium(data) == text
    if shutil.which("pdftotext"):
        assert copied_by_poppler(data, tmp_path) == text


@pytest.mark.parametrize("text", ["一本关于大海的新书", "海についての新しい本", "바다에관한새책"])
def test_columns_are_found_and_copied(text: str, tmp_path: Path) -> None:
    data = searchable(column(text), tmp_path)
    assert is_found(data, text[2:5])
    assert copied_by_pdfium(data).replace(" ", "") == text
    if shutil.which("pdftotext"):
        assert copied_by_poppler(data, tmp_path).replace(" ", "") == text
