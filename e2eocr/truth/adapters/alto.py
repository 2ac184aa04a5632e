"""ALTO XML, of any version, with its pictures: libraries', kraken's, eScriptorium's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from e2eocr.truth.adapters.base import NO_PICTURE, DataSource, KnownPicture, LeftOut, read_files
from e2eocr.truth.adapters.elements import children, descendants, first, local_name
from e2eocr.truth.adapters.shapes import points_of, quad_of_text, upright_box
from e2eocr.truth.records import NO_PLACE, LineTruth


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """The page of each file. XML files of other kinds are told, and so are those of several pages."""
    return read_files(source, source.require("*.xml"), _read_file, "ALTO")


def _read_file(source: DataSource, path: Path) -> Iterator[KnownPicture | LeftOut]:
    root, name = source.xml(path, "alto"), source.name_of(path)
    pages = descendants(root, "Page")
    if len(pages) != 1:
        yield LeftOut(name, f"it has {len(pages)} pages: a picture has one")
        return
    file = next((each.text or "" for each in descendants(root, "fileName")), "")
    picture = source.picture(file, path.parent) or source.picture(path.stem, path.parent)
    if picture is None:
        yield LeftOut(name, NO_PICTURE)
    else:
        yield KnownPicture(name, picture, tuple(_lines(pages[0])), float(pages[0].get("WIDTH") or 0) or None)


def _lines(page: Element) -> Iterator[LineTruth]:
    for number, block in enumerate(descendants(page, "TextBlock")):
        for line in children(block, "TextLine"):
            text = _text(children(line, "String", "SP", "HYP"))
            yield LineTruth(text, _place(line), line.get("LANG") or block.get("LANG") or "", number)


def _text(parts: list[Element]) -> str:
    """The strings of a line; where no spaces are told, there is one between all of them."""
    spaced = any(local_name(part) == "SP" for part in parts)
    joined: list[str] = []
    for part in parts:
        if local_name(part) == "SP" or (not spaced and joined and local_name(part) == "String"):
            joined.append(" ")
        joined.append(part.get("CONTENT", ""))
    return "".join(joined)


def _place(line: Element) -> np.ndarray:
    """The quad of a line: of its shape and along its baseline, or else its box."""
    shape = first(line, "Shape", "Polygon")
    points = points_of(shape.get("POINTS", "")) if shape is not None else NO_PLACE
    if len(points) > 2:
        return quad_of_text(points, points_of(line.get("BASELINE", "")))
    try:
        left, top, width, height = (float(line.get(key, "")) for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    except ValueError:
        return NO_PLACE
    return upright_box(left, top, left + width, top + height)
