"""LabelImg: Pascal VOC XML or YOLO text beside each picture. The name of a class is its text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from e2eocr.truth.adapters.base import (
    MALFORMED,
    NO_PICTURE,
    UNREADABLE,
    DataSource,
    KnownPicture,
    LeftOut,
    read_files,
    size_of,
)
from e2eocr.truth.adapters.shapes import numbers_of, quad_of_text, upright_box
from e2eocr.truth.records import WRONG_DATA, LineTruth

CLASSES = ("classes.txt", "obj.names")
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def read_voc(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each picture with an XML; XML files of other kinds are told."""
    return read_files(source, source.require("*.xml"), _read_voc_file, "Pascal VOC")


def _read_voc_file(source: DataSource, path: Path) -> Iterator[KnownPicture | LeftOut]:
    root, name = source.xml(path, "annotation"), source.name_of(path)
    lines = []
    for number, each in enumerate(root.iter("object"), start=1):
        line = _voc_line(each)
        if line is None:
            yield LeftOut(f"{name}, object {number}", MALFORMED)
        else:
            lines.append(line)
    picture = source.picture(root.findtext("filename") or "", path.parent) or source.picture(path.stem, path.parent)
    if picture is None:
        yield LeftOut(name, NO_PICTURE)
    else:
        yield KnownPicture(name, picture, tuple(lines), float(root.findtext("size/width") or 0) or None)


def _voc_line(each: Element) -> LineTruth | None:
    try:
        left, top, right, bottom = (float(each.findtext(f"bndbox/{side}", "")) for side in _SIDES)
    except ValueError:
        return None
    return LineTruth(each.findtext("name") or "", upright_box(left, top, right, bottom), "", 0)


def read_yolo(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each picture with a text file of `class x y width height`, parts of the picture; `classes.txt` has the texts."""
    classes = source.text(source.require(*CLASSES)[0]).rstrip("\n").split("\n")
    paths = [path for path in source.find("*.txt") if path.name not in CLASSES]
    return read_files(source, paths, lambda source, path: _read_yolo_file(source, path, classes), "YOLO")


def _read_yolo_file(source: DataSource, path: Path, classes: list[str]) -> Iterator[KnownPicture | LeftOut]:
    name = source.name_of(path)
    picture = source.picture(path.stem, path.parent)
    size = size_of(picture) if picture is not None else None
    if picture is None or size is None:
        yield LeftOut(name, NO_PICTURE if picture is None else UNREADABLE)
        return
    lines = []
    for number, row in enumerate(source.text(path).split("\n"), start=1):
        line = _yolo_line(row, classes, size) if row.strip() else None
        if line is not None:
            lines.append(line)
        elif row.strip():
            yield LeftOut(f"{name}, row {number}", "it is malformed, or of a class that the list does not have")
    yield KnownPicture(name, picture, tuple(lines))


def _yolo_line(row: str, classes: list[str], size: tuple[int, int]) -> LineTruth | None:
    """A row of a class and a box, or the corners of an outline, in parts of the picture `(width, height)`."""
    try:
        number, *parts = row.split()
        text = classes[int(number)] if int(number) >= 0 else ""
        scaled = numbers_of(np.array(parts, np.float64).reshape(-1, 2) * size)
    except WRONG_DATA:
        return None
    if not text or len(scaled) < 2:
        return None
    if len(scaled) > 2:
        return LineTruth(text, quad_of_text(scaled), "", 0)
    (x, y), (width, height) = scaled.tolist()
    return LineTruth(text, upright_box(x - width / 2, y - height / 2, x + width / 2, y + height / 2), "", 0)
