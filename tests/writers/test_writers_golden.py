"""Golden cases, a folder a script: each text format to the byte, and what its own readers find in it.

`golden/<case>/document.json` is what was read, `expected.<format>` what must be written of it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from doubles.golden import CASES, GOLDEN, all_words, load_case
from doubles.golden import alto_schema as alto_schema
from lxml import etree

from e2eocr.results import Line, Polygon
from e2eocr.writers import write_document
from e2eocr.writers.alto import NAMESPACE

XHTML = "{http://www.w3.org/1999/xhtml}"
BBOX = re.compile(r"bbox (\d+) (\d+) (\d+) (\d+)(; |$)")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("format", ["txt", "md", "tsv", "hocr", "alto"])
def test_bytes(name: str, format: str) -> None:
    assert write_document(load_case(name), format) == (GOLDEN / name / f"expected.{format}").read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_hocr_is_read_back(name: str) -> None:
    document = load_case(name)
    root = ElementTree.fromstring(write_document(document, "hocr"))
    by_class: dict[str, list[ElementTree.Element]] = {}
    for element in root.iter():
        by_class.setdefault(element.get("class", ""), []).append(element)
    capabilities = root.find(f".//{XHTML}meta[@name='ocr-capabilities']")
    assert capabilities is not None
    assert set(by_class) - {""} <= set(capabilities.get("content", "").split())
    assert all(BBOX.search(each.get("title", "")) for kind, found in by_class.items() if kind for each in found)
    identifiers = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(identifiers) == len(set(identifiers))
    words = all_words(document)
    assert [each.text for each in by_class["ocrx_word"]] == [word.text for word in words]
    boxes = [match.groups()[:4] for each in by_class["ocrx_word"] if (match := BBOX.search(each.get("title", "")))]
    assert [tuple(map(float, box)) for box in boxes] == [word.bbox for word in words]
    assert len(by_class["ocr_line"]) == sum(len(page.lines) for page in document.pages)


@pytest.mark.parametrize("name", CASES)
def test_alto_is_valid_and_read_back(name: str, alto_schema: etree.XMLSchema) -> None:
    document = load_case(name)
    root = etree.fromstring(write_document(document, "alto"))
    alto_schema.assertValid(root)
    strings = root.findall(f".//{{{NAMESPACE}}}String")
    assert [each.get("CONTENT") for each in strings] == [word.text for word in all_words(document)]
    lefts = [float(each.get("HPOS") or "nan") for each in strings]
    assert lefts == [word.bbox[0] for word in all_words(document)]


@pytest.mark.parametrize("name", CASES)
def test_tsv_is_read_back(name: str) -> None:
    document = load_case(name)
    text = write_document(document, "tsv").decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    words = [row for row in rows if row["level"] == "5"]
    assert [row["text"] for row in words] == [word.text for word in all_words(document)]
    assert [float(row["left"]) for row in words] == [word.bbox[0] for word in all_words(document)]
    assert {row["conf"] for row in rows if row["level"] != "5"} == {"-1"}


@pytest.mark.parametrize(
    ("polygon", "title"),
    [
        # Level: nothing is told.
        (((0, 0), (100, 0), (100, 20), (0, 20)), "bbox 0 0 100 20"),
        # It falls by a tenth: its baseline begins above the lower left corner of the box, a quarter of its height up.
        (((0, 0), (100, 10), (98, 30), (-2, 20)), "bbox -2 0 100 30; baseline 0.1000 -15"),
        # It rises.
        (((0, 10), (100, 0), (102, 20), (2, 30)), "bbox 0 0 102 30; baseline -0.1000 -5"),
        # Turned by quarters: downwards, upside down, upwards.
        (((20, 0), (20, 100), (0, 100), (0, 0)), "bbox 0 0 20 100; textangle 270.0"),
        (((100, 20), (0, 20), (0, 0), (100, 0)), "bbox 0 0 100 20; textangle 180.0"),
        (((0, 100), (0, 0), (20, 0), (20, 100)), "bbox 0 0 20 100; textangle 90.0"),
    ],
)
def test_hocr_tells_how_a_line_lies(polygon: Polygon, title: str) -> None:
    document = load_case("latin")
    page = replace(document.pages[0], lines=(Line("word", 0.9, polygon),))
    root = ElementTree.fromstring(write_document(replace(document, pages=(page,)), "hocr"))
    [line] = [element for element in root.iter() if element.get("class") == "ocr_line"]
    assert line.get("title") == title
