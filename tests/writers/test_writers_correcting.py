"""Formats to correct what was read: they come back by `import` as they went, and with what a person changed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from doubles.golden import CASES, load_case
from doubles.golden import page_schema as page_schema
from doubles.writer_documents import box, make_document, make_page, save_pdf, save_picture
from lxml import etree
from PIL import Image

from e2eocr.errors import DocumentError
from e2eocr.results import Block, Document, Page
from e2eocr.truth.pages import open_pages
from e2eocr.writers import write_document
from e2eocr.writers.page import NAMESPACE

FORMATS_TO_CORRECT = ["labelme", "page"]
each_format = pytest.mark.parametrize("format", FORMATS_TO_CORRECT)


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def slanted(page: Page) -> Page:
    """The page with lines that run up by a tenth."""
    lines = tuple(
        replace(line, words=(), polygon=tuple((x, y - 0.1 * x + 20) for x, y in line.polygon)) for line in page.lines
    )
    return replace(page, lines=lines)


def write(document: Document, format: str, source: Path, folder: Path) -> Path:
    """The file of a document in one of the formats; its path."""
    path = folder / f"{format}.zip"
    path.write_bytes(write_document(document, format, source))
    return path


@each_format
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_written_is_read_again(tmp_path: Path, format: str, turned: bool) -> None:
    source = save_picture(tmp_path / "a.png", 300, 200)
    page = make_page(300, 200, "one", "two", "three")
    lines = tuple(replace(line, block=min(at, 1)) for at, line in enumerate(page.lines))
    page = replace(page, lines=lines, illegible=(box(200, 100, 280, 130),))
    page = slanted(page) if turned else page
    path = write(make_document(page), format, source, tmp_path)
    found = open_pages(Path(f"{format}:{path}"))[0]
    assert found.text == "one\ntwo\nthree"
    assert [line.block for line in found.placed] == [0, 1, 1]
    tolerance = 1.5 if format == "page" else 0.01  # whole pixels
    np.testing.assert_allclose(found.quads, [line.polygon for line in page.lines], atol=tolerance)
    np.testing.assert_allclose(found.ignored, [page.illegible[0]], atol=tolerance)
    assert found.rgb.shape == (200, 300, 3)


@each_format
def test_each_page_goes_with_the_picture_that_was_read(tmp_path: Path, format: str) -> None:
    source = save_pdf(tmp_path / "a.pdf", rotate=90)
    document = make_document(make_page(300, 500, "one"), name="sub/a.pdf", media_type="application/pdf")
    files = files_of(write_document(document, format, source))
    assert set(files) == {"a.pdf.1.png", "a.pdf.1.json" if format == "labelme" else "a.pdf.1.xml"}
    with Image.open(io.BytesIO(files["a.pdf.1.png"])) as picture:
        assert picture.size == (300, 500)
    assert write_document(document, format, source) == write_document(document, format, source)


@each_format
def test_a_page_that_is_lost_is_told(tmp_path: Path, format: str) -> None:
    source = save_picture(tmp_path / "a.png", 300, 200)
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    lost = Page(0, 0, 0, status="failed", error="torn in two")
    with pytest.raises(DocumentError, match=r"a\.png: no page can be shown: torn in two"):
        write_document(make_document(lost), format, source)


@pytest.mark.parametrize("name", CASES)
def test_page_xml_is_valid_and_has_every_line_once(tmp_path: Path, name: str, page_schema: etree.XMLSchema) -> None:
    document = load_case(name)
    source = tmp_path / "a.tiff"
    frames = [np.full((max(page.height, 1), max(page.width, 1)), 255, np.uint8) for page in document.pages]
    assert cv2.imwritemulti(str(source), frames)
    for page in document.pages:
        single = replace(document, pages=(page,), engine=replace(document.engine, settings={}))
        [xml] = [data for file, data in files_of(write_document(single, "page", source)).items() if ".xml" in file]
        root = etree.fromstring(xml)
        page_schema.assertValid(root)
        texts = root.findall(f".//{{{NAMESPACE}}}TextLine/{{{NAMESPACE}}}TextEquiv/{{{NAMESPACE}}}Unicode")
        assert [text.text or "" for text in texts] == [line.text for line in page.lines]


def test_blocks_have_their_kinds_where_page_xml_knows_them(tmp_path: Path) -> None:
    source = save_picture(tmp_path / "a.png", 300, 200)
    page = make_page(300, 200, "one", "two")
    page = replace(page, lines=tuple(replace(line, block=at) for at, line in enumerate(page.lines)))
    blocks = (Block("heading", (0.0, 0.0, 9.0, 9.0), (0,), 1), Block("list", (0.0, 0.0, 9.0, 9.0), (1,)))
    files = files_of(write_document(make_document(replace(page, blocks=blocks)), "page", source))
    root = etree.fromstring(files["a.png.1.xml"])
    assert [region.get("type") for region in root.findall(f".//{{{NAMESPACE}}}TextRegion")] == ["heading", None]
