"""PaddleOCR: `Label.txt` of pages with places, and `rec_gt.txt` of lines that are cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from e2eocr.truth.adapters.base import MALFORMED, NO_PICTURE, DataSource, KnownPicture, LeftOut, whole_line
from e2eocr.truth.adapters.shapes import outline
from e2eocr.truth.records import WRONG_DATA, LineTruth

PAGES = ("Label.txt", "*label*.txt", "*Label*.txt")
LINES = ("rec_gt*.txt",)
_UNREAD = ("###", "*")


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Pages: a row is the picture, a tab, and a JSON list of `transcription` and `points`."""
    for path, number, name, rest in _rows(source, *PAGES):
        place = f"{path.name}, row {number}"
        try:
            shapes = json.loads(rest)
            lines = tuple(_line(shape) for shape in shapes)
        except WRONG_DATA:
            yield LeftOut(place, MALFORMED)
            continue
        yield _known(source, path, name, lines)


def read_lines(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Lines that are cut: a row is the picture, a tab, and the text."""
    for path, number, name, text in _rows(source, *LINES):
        if not name:
            yield LeftOut(f"{path.name}, row {number}", MALFORMED)
        else:
            yield _known(source, path, name, (whole_line(text),))


def _rows(source: DataSource, *patterns: str) -> Iterator[tuple[Path, int, str, str]]:
    """File, number, picture and the rest of each row; the picture is empty where there is no tab."""
    for path in source.require(*patterns):
        for number, row in enumerate(source.text(path).split("\n"), start=1):
            name, tab, rest = row.partition("\t")
            if row.strip():
                yield path, number, name if tab else "", rest


def _known(source: DataSource, path: Path, name: str, lines: tuple[LineTruth, ...]) -> KnownPicture | LeftOut:
    """The picture of a row; its path begins at the folder of the list, or at that above it."""
    picture = source.picture(name, path.parent) or source.picture(name.partition("/")[2], path.parent)
    if picture is None:
        return LeftOut(name, NO_PICTURE)
    return KnownPicture(source.name_of(picture), picture, lines)


def _line(shape: dict[str, Any]) -> LineTruth:
    text = str(shape["transcription"])
    points = [float(value) for point in shape["points"] for value in point]
    return LineTruth(text, outline(points), "", 0, ignore=bool(shape.get("difficult")) or text in _UNREAD)
