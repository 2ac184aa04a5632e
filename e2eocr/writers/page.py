"""PAGE XML 2019, to correct what was read in eScriptorium, Transkribus and the like: a ZIP with each page's picture."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from e2eocr.results import Document, Line, Page, Polygon
from e2eocr.writers.archive import zip_pages
from e2eocr.writers.characters import xml_characters
from e2eocr.writers.layout import blocks, words_of
from e2eocr.writers.source import SourceFile, required

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_SCHEMA = f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_NO_TIME = "1970-01-01T00:00:00"  # the schema wants one; the same document gives the same bytes
_ABOVE = 0.2  # of a line's height: where its baseline is taken to run above its lower edge
_KINDS = {
    "heading": "heading",
    "paragraph": "paragraph",
    "caption": "caption",
    "header": "header",
    "footer": "footer",
    "page-number": "page-number",
    "footnote": "footnote",
}


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write a document as PAGE XML, a file for each page: blocks are regions, and what is illegible has no text.

    Raises:
        UsageError: If there is no source.
        DocumentError: If the source cannot be opened.
    """
    return zip_pages(document, required(source, document, "page"), ".xml", _describe)


def _describe(page: Page, picture: str) -> bytes:
    root = Element("PcGts", {"xmlns": NAMESPACE, "xmlns:xsi": _INSTANCE, "xsi:schemaLocation": _SCHEMA})
    metadata = SubElement(root, "Metadata")
    for name, value in (("Creator", "e2eocr"), ("Created", _NO_TIME), ("LastChange", _NO_TIME)):
        SubElement(metadata, name).text = value
    size = {"imageWidth": str(page.width), "imageHeight": str(page.height)}
    element = SubElement(root, "Page", {"imageFilename": xml_characters(picture), **size})
    regions = [[*lines] for lines in blocks(page)]
    _add_order(element, len(regions))
    for number, lines in enumerate(regions, start=1):
        _add_region(element, page, lines, f"r{number}")
    for number, polygon in enumerate(page.illegible, start=1):
        region = SubElement(element, "TextRegion", id=f"u{number}", type="other")
        _add_coordinates(region, polygon, page)
        _add_coordinates(SubElement(region, "TextLine", id=f"u{number}l1"), polygon, page)
    ElementTree.indent(root, " ")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "utf-8") + b"\n"


def _add_order(page: Element, regions: int) -> None:
    if regions:
        group = SubElement(SubElement(page, "ReadingOrder"), "OrderedGroup", id="order")
        for number in range(regions):
            SubElement(group, "RegionRefIndexed", index=str(number), regionRef=f"r{number + 1}")


def _add_region(element: Element, page: Page, lines: list[Line], name: str) -> None:
    region = SubElement(element, "TextRegion", id=name)
    kind = _KINDS.get(_block_of(page, lines[0]))
    if kind:
        region.set("type", kind)
    corners = [point for line in lines for point in line.polygon]
    x0, y0 = min(x for x, _ in corners), min(y for _, y in corners)
    x1, y1 = max(x for x, _ in corners), max(y for _, y in corners)
    _add_coordinates(region, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), page)
    for number, line in enumerate(lines, start=1):
        _add_line(region, page, line, f"{name}l{number}")


def _block_of(page: Page, line: Line) -> str:
    """The kind of the block that a line stands in; empty where nobody has looked."""
    return page.blocks[line.block].kind if line.block < len(page.blocks) else ""


def _add_line(region: Element, page: Page, line: Line, name: str) -> None:
    element = SubElement(region, "TextLine", id=name)
    _add_coordinates(element, line.polygon, page)
    SubElement(element, "Baseline", points=_points(_baseline(line.polygon), page))
    for number, word in enumerate(words_of(line), start=1):
        part = SubElement(element, "Word", id=f"{name}w{number}")
        _add_coordinates(part, word.polygon, page)
        _add_text(part, word.text, word.confidence)
    _add_text(element, line.text, line.confidence)


def _baseline(polygon: Polygon) -> Polygon:
    """Two points on which the letters of a quad stand, more or less."""
    top_left, top_right, bottom_right, bottom_left = polygon
    ends = ((bottom_left, top_left), (bottom_right, top_right))
    return tuple((x + _ABOVE * (up_x - x), y + _ABOVE * (up_y - y)) for (x, y), (up_x, up_y) in ends)


def _add_coordinates(element: Element, polygon: Polygon, page: Page) -> None:
    SubElement(element, "Coords", points=_points(polygon, page))


def _points(polygon: Polygon, page: Page) -> str:
    """Points in whole pixels within the page: the schema knows no others."""
    inside = ((min(max(x, 0), page.width), min(max(y, 0), page.height)) for x, y in polygon)
    return " ".join(f"{round(x)},{round(y)}" for x, y in inside)


def _add_text(element: Element, text: str, confidence: float) -> None:
    equivalent = SubElement(element, "TextEquiv", conf=f"{min(max(confidence, 0.0), 1.0):.4g}")
    SubElement(equivalent, "Unicode").text = xml_characters(text)
