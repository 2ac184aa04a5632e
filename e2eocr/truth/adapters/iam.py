"""The IAM Handwriting Database (Marti and Bunke 2002): lines, words and whole forms.

`ascii/lines.txt` and `ascii/words.txt` list pictures and texts, `xml/` tells the same of each form with the places of
its words, and list files such as `trainset.txt` tell the official splits. Pictures may lie in any folders below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from e2eocr.truth.adapters.base import MALFORMED, NO_PICTURE, DataSource, KnownPicture, LeftOut, read_files, whole_line
from e2eocr.truth.adapters.shapes import box_around, upright_box
from e2eocr.truth.records import NO_PLACE, LineTruth, WordTruth

LANGUAGE = "en"
_BADLY_CUT = "marked as badly cut (err)"
# The large writer independent text line recognition task, and the split by forms that many papers use.
_SPLITS = {
    "trainset.txt": "train",
    "validationset1.txt": "validation1",
    "validationset2.txt": "validation2",
    "testset.txt": "test",
    "train.uttlist": "train",
    "validation.uttlist": "validation",
    "test.uttlist": "test",
}
# Name and state; grey level, number of parts, box; text. Words may lack the number of parts, and have a tag.
_LINE = re.compile(r"(\S+) (\S+)(?: -?\d+){6} (.+)")
_WORD = re.compile(r"(\S+) (\S+)(?: -?\d+){5,6} \S+ (.+)")


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """The lines. Their texts are those of the xml where it is there: `lines.txt` has spaces around signs."""
    texts = _line_texts(source)
    lists = source.find("lines.txt")
    if not lists and texts:
        for name, text in sorted(texts.items()):
            yield _cut(source, name, text)
        return
    for row in _rows(source, source.require("lines.txt")[0], _LINE):
        if isinstance(row, LeftOut):
            yield row
        else:
            name, _, text = row
            yield _cut(source, name, texts.get(name, text.replace("|", " ")))


def read_words(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """The words; those that are marked as badly cut are left out."""
    for row in _rows(source, source.require("words.txt")[0], _WORD):
        if isinstance(row, LeftOut):
            yield row
        elif row[1] != "ok":
            yield LeftOut(row[0], _BADLY_CUT)
        else:
            yield _cut(source, row[0], row[2])


def read_forms(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """The forms: handwritten lines with their places, and the printed text above them, whose place is not told."""
    return read_files(source, source.require("*.xml"), _read_form, "IAM")


def _read_form(source: DataSource, path: Path) -> Iterator[KnownPicture | LeftOut]:
    form = source.xml(path, "form")
    name = form.get("id") or path.stem
    picture = source.picture(name)
    if picture is None:
        yield LeftOut(name, NO_PICTURE)
    else:
        width = float(form.get("width") or 0) or None
        split = _split_of_each(source).get(name, "")
        # Headings, and the writer's name at the foot, are not told.
        yield KnownPicture(name, picture, tuple(_form_lines(form)), width, split, partial=True)


def _cut(source: DataSource, name: str, text: str) -> KnownPicture | LeftOut:
    picture = source.picture(name)
    if picture is None:
        return LeftOut(name, NO_PICTURE)
    split = _split_of(name, _split_of_each(source))
    return KnownPicture(source.name_of(picture), picture, (whole_line(text, LANGUAGE),), split=split)


def _rows(source: DataSource, path: Path, form: re.Pattern[str]) -> Iterator[tuple[str, str, str] | LeftOut]:
    """Name, `ok` or `err`, and text of each row."""
    for number, row in enumerate(source.text(path).split("\n"), start=1):
        match = form.fullmatch(row.strip())
        if match:
            name, state, text = match.groups()
            yield name, state, text
        elif row.strip() and not row.startswith("#"):
            yield LeftOut(f"{path.name}, row {number}", MALFORMED)


def _line_texts(source: DataSource) -> dict[str, str]:
    """The texts of the lines by name, as the xml of the forms has them; files that are none are passed over."""
    texts: dict[str, str] = {}
    for path in source.find("*.xml"):
        with suppress(ValueError):
            texts |= {line.get("id", ""): line.get("text", "") for line in source.xml(path, "form").iter("line")}
    return texts


def _form_lines(form: Element) -> Iterator[LineTruth]:
    for printed in form.iter("machine-print-line"):
        yield LineTruth(printed.get("text", ""), NO_PLACE, LANGUAGE, 0)
    for line in form.iter("line"):
        words = tuple(_words(line))
        place = box_around(word.polygon for word in words) if words else NO_PLACE
        yield LineTruth(line.get("text", ""), place, LANGUAGE, 1, words)


def _words(line: Element) -> Iterator[WordTruth]:
    for word in line.iter("word"):
        parts = [_component(part) for part in word.iter("cmp")]
        if parts:
            yield WordTruth(word.get("text", ""), box_around(parts))


def _component(part: Element) -> np.ndarray:
    left, top, width, height = (float(part.get(key, 0)) for key in ("x", "y", "width", "height"))
    return upright_box(left, top, left + width, top + height)


def _split_of_each(source: DataSource) -> dict[str, str]:
    """The split of each line or form that is in one, by name; read once for a source."""
    return source.remember("splits", lambda: _load_splits(source))


def _load_splits(source: DataSource) -> dict[str, str]:
    splits: dict[str, str] = {}
    for path in source.find(*_SPLITS):
        splits.update(dict.fromkeys(source.text(path).split(), _SPLITS[path.name]))
    return splits


def _split_of(name: str, splits: dict[str, str]) -> str:
    """The split of a line or word: its own, that of its line, or that of its form."""
    while name not in splits and "-" in name:
        name = name.rpartition("-")[0]
    return splits.get(name, "")
