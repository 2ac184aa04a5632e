"""ALTO 4, the XML of libraries and archives. Valid under the schema from version 4.0 on."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from e2eocr.results import Box, Document, Line, Page, Polygon, Word
from e2eocr.writers.characters import xml_characters
from e2eocr.writers.layout import blocks, box_around, text_angle, words_of
from e2eocr.writers.source import SourceFile

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-2.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write a document as ALTO, as UTF-8."""
    root = Element("alto", {"xmlns": NAMESPACE, "xmlns:xsi": _INSTANCE, "SCHEMAVERSION": "4.2"})
    root.set("xsi:schemaLocation", f"{NAMESPACE} {_SCHEMA}")
    _describe(root, document)
    layout = SubElement(root, "Layout")
    for page in document.pages:
        _add_page(layout, page)
    ElementTree.indent(root, " ")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "utf-8") + b"\n"


def _describe(root: Element, document: Document) -> None:
    description = SubElement(root, "Description")
    SubElement(description, "MeasurementUnit").text = "pixel"
    image = SubElement(description, "sourceImageInformation")
    SubElement(image, "fileName").text = xml_characters(document.source.path)
    processing = SubElement(description, "Processing", ID="reading")
    models = ", ".join((document.engine.detector, *document.engine.recognizers))
    SubElement(processing, "processingStepSettings").text = xml_characters(models)
    software = SubElement(processing, "processingSoftware")
    SubElement(software, "softwareName").text = "e2eocr"
    SubElement(software, "softwareVersion").text = xml_characters(document.engine.version)


def _add_page(layout: Element, page: Page) -> None:
    number = page.index + 1
    size = {"WIDTH": str(page.width), "HEIGHT": str(page.height)}
    element = SubElement(layout, "Page", {"ID": f"page_{number}", "PHYSICAL_IMG_NR": str(number), **size})
    space = SubElement(element, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size})
    for count, lines in enumerate(blocks(page), start=1):
        block = SubElement(space, "TextBlock", {"ID": f"block_{number}_{count}", **_place(box_around(lines))})
        for at, line in enumerate(lines, start=1):
            _add_line(block, line, f"{number}_{count}_{at}")


def _add_line(block: Element, line: Line, place: str) -> None:
    element = SubElement(block, "TextLine", {"ID": f"line_{place}", **_place(line.bbox)})
    if text_angle(line):
        _add_shape(element, line.polygon)
    words = words_of(line)
    if not words:
        words = (Word("", line.confidence, line.polygon),)  # A line has at least one string, as the schema wants.
    for count, word in enumerate(words, start=1):
        if count > 1 and not word.glued:
            SubElement(element, "SP")
        values = {"CONTENT": xml_characters(word.text), "WC": f"{min(max(word.confidence, 0.0), 1.0):.4g}"}
        SubElement(element, "String", {"ID": f"word_{place}_{count}", **values, **_place(word.bbox)})


def _add_shape(element: Element, polygon: Polygon) -> None:
    points = " ".join(f"{x:g},{y:g}" for x, y in polygon)
    SubElement(SubElement(element, "Shape"), "Polygon", POINTS=points)


def _place(box: Box) -> dict[str, str]:
    x0, y0, x1, y1 = box
    values = {"HPOS": x0, "VPOS": y0, "WIDTH": x1 - x0, "HEIGHT": y1 - y0}
    return {name: f"{round(value, 1):g}" for name, value in values.items()}
