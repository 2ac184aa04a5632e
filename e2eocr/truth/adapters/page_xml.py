"""PAGE XML, of any version, with its pictures: Transkribus', eScriptorium's, OCR-D's, our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from e2eocr.truth.adapters.base import NO_PICTURE, DataSource, KnownPicture, LeftOut, read_files
from e2eocr.truth.adapters.elements import children, descendants, first
from e2eocr.truth.adapters.shapes import points_of, quad_of_text
from e2eocr.truth.records import NO_PLACE, LineTruth

_DOWNWARDS = "top-to-bottom"


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each file with its picture. XML files of other kinds, such as METS, are told."""
    return read_files(source, source.require("*.xml"), _read_file, "PAGE")


def _read_file(source: DataSource, path: Path) -> Iterator[KnownPicture | LeftOut]:
    name = source.name_of(path)
    (page,) = children(source.xml(path, "PcGts"), "Page")
    file = page.get("imageFilename") or ""
    picture = source.picture(file, path.parent) or source.picture(path.stem, path.parent)
    if picture is None:
        yield LeftOut(name, NO_PICTURE)
    else:
        yield KnownPicture(name, picture, tuple(_lines(page)), float(page.get("imageWidth") or 0) or None)


def _lines(page: Element) -> Iterator[LineTruth]:
    """The lines in reading order; each region is a block."""
    for number, region in enumerate(_ordered(page, descendants(page, "TextRegion"))):
        for line in children(region, "TextLine"):
            downwards = _DOWNWARDS in (line.get("readingDirection"), region.get("readingDirection"))
            yield LineTruth(_text(line), _place(line), "", number, vertical=downwards)


def _ordered(page: Element, regions: list[Element]) -> list[Element]:
    """Regions as the reading order has them; those that it does not name follow as they stand in the file."""
    order = first(page, "ReadingOrder")
    named = list(_references(order)) if order is not None else []
    rank = {name: number for number, name in reversed(list(enumerate(named)))}
    return sorted(regions, key=lambda region: rank.get(region.get("id", ""), len(rank) + len(named)))


def _references(group: Element) -> Iterator[str]:
    """The regions that a group of the reading order names, those of inner groups among them."""
    for child in sorted(group, key=lambda child: int(child.get("index") or 0)):
        if child.get("regionRef"):
            yield child.get("regionRef", "")
        yield from _references(child)


def _text(element: Element) -> str:
    """The text of a line, or that of its words where it has none itself."""
    equivalents = children(element, "TextEquiv")
    if not equivalents:
        return " ".join(filter(None, map(_text, children(element, "Word"))))
    best = min(equivalents, key=lambda each: int(each.get("index") or 0))
    unicode = first(best, "Unicode")
    return (unicode.text or "") if unicode is not None else ""


def _place(line: Element) -> np.ndarray:
    coordinates, baseline = first(line, "Coords"), first(line, "Baseline")
    points = _points(coordinates)
    return quad_of_text(points, _points(baseline)) if len(points) > 2 else NO_PLACE


def _points(element: Element | None) -> np.ndarray:
    """The points of an element; files of 2010 and before have each as an element of its own."""
    if element is None:
        return NO_PLACE
    single = children(element, "Point")
    return points_of(element.get("points") or " ".join(f"{each.get('x')},{each.get('y')}" for each in single))
