"""The plug-in for OCRmyPDF, by way of OCRmyPDF: what it hands us, and what becomes of what we give."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from doubles import REPOSITORY
from doubles.writer_documents import make_document, make_page
from PIL import Image, ImageDraw, ImageFont

from e2eocr.pipeline import Pipeline
from e2eocr.results import Document, Page
from e2eocr.settings import ReadSettings

ocrmypdf = pytest.importorskip("ocrmypdf", reason="OCRmyPDF is not installed: pip install 'e2eocr[ocrmypdf]'")
plugin = pytest.importorskip("e2eocr.ocrmypdf")

LINES = (
    "The harbour lay in the morning light",
    "and boats came home with silver fish",
    "while children ran along the water",
    "to see what every net had brought",
    "from places far beyond the island",
    "where nobody had ever been before",
)
SIZE = (1000, 600)
DPI = 150


def draw_page(path: Path, *, turned: int = 0, aslant: float = 0.0) -> Path:
    """A page of `LINES` as a PDF, turned counter-clockwise."""
    image = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(LINES):
        draw.text((80, 60 + 80 * row), line, fill=0, font=ImageFont.load_default(size=36))
    image = image.rotate(aslant, resample=Image.Resampling.BICUBIC, fillcolor=255).rotate(turned, expand=True)
    image.save(path, "PDF", resolution=DPI, quality=95)
    return path


def run(source: Path, target: Path, **options: Any) -> None:
    given = {"output_type": "pdf", "progress_bar": False, "jobs": 2, "optimize": 0, **options}
    ocrmypdf.ocr(source, target, plugins=["e2eocr.ocrmypdf"], **given)


def text_of(path: Path) -> list[str]:
    """The text of each page, as PDFium reads it."""
    with pypdfium2.PdfDocument(path) as pdf:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]


class FakePipeline:
    """Reads `word` on every page, and keeps what it was given."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def read(self, path: Path) -> Document:
        with Image.open(path) as image:
            self.sizes.append(image.size)
            return make_document(make_page(*image.size, "word", dpi=image.info["dpi"][0]))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    pipeline = FakePipeline()
    monkeypatch.setattr(plugin, "_load", lambda settings: pipeline)
    return pipeline


@pytest.mark.slow
def test_pages_are_read_side_by_side(tmp_path: Path) -> None:
    first, second = draw_page(tmp_path / "1.pdf"), draw_page(tmp_path / "2.pdf", aslant=2.0)
    with pikepdf.open(first) as pdf, pikepdf.open(second) as other:
        pdf.pages.extend(other.pages)
        pdf.save(tmp_path / "a.pdf")
    run(tmp_path / "a.pdf", tmp_path / "b.pdf", sidecar=tmp_path / "b.txt")
    assert text_of(tmp_path / "b.pdf") == [" ".join(LINES)] * 2
    assert (tmp_path / "b.txt").read_text(encoding="utf-8").split("\f")[0].split("\n")[0] == LINES[0]
    with pikepdf.open(tmp_path / "b.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []


@pytest.mark.slow
@pytest.mark.parametrize("renderer", ["auto", "fpdf2"])
def test_a_turned_page_is_turned_back(tmp_path: Path, renderer: str) -> None:
    run(
        draw_page(tmp_path / "a.pdf", turned=90),
        tmp_path / "b.pdf",
        rotate_pages=True,
        pdf_renderer=renderer,
    )
    assert text_of(tmp_path / "b.pdf") == [" ".join(LINES)]
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as pdf:
        width, height = pdf[0].get_size()
        assert width > height


@pytest.mark.slow
def test_a_slanted_page_is_levelled(tmp_path: Path) -> None:
    run(draw_page(tmp_path / "a.pdf", aslant=4.0), tmp_path / "b.pdf", deskew=True)
    assert text_of(tmp_path / "b.pdf") == [" ".join(LINES)]
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as pdf:
        pixels = pdf[0].render(scale=1, grayscale=True).to_numpy()
    dark_rows = (np.asarray(pixels).reshape(pixels.shape[:2]) < 128).any(axis=1)
    assert np.diff(dark_rows.astype(int)).clip(0).sum() >= len(LINES)  # white runs between the lines from side to side


def save_page_with_text(path: Path) -> Path:
    """A page that has text and a picture with more of it."""
    draw_page(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        pdf.pages[0].add_resource(pdf.make_indirect(font), pikepdf.Name.Font, pikepdf.Name("/F0"))
        pdf.pages[0].contents_add(b"BT /F0 12 Tf 3 Tr 20 20 Td (older) Tj ET")
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("options", "text", "pages_read"),
    [
        ({"skip_text": True}, "older", 0),
        ({"redo_ocr": True}, "word", 1),
        ({"force_ocr": True}, "word", 1),
    ],
)
def test_pages_that_have_text(
    tmp_path: Path, fake: FakePipeline, options: dict[str, bool], text: str, pages_read: int
) -> None:
    run(save_page_with_text(tmp_path / "a.pdf"), tmp_path / "b.pdf", **options)
    assert text_of(tmp_path / "b.pdf") == [text]
    assert len(fake.sizes) == pages_read


def test_words_stand_where_they_were_found(tmp_path: Path, fake: FakePipeline) -> None:
    run(draw_page(tmp_path / "a.pdf"), tmp_path / "b.pdf")
    assert fake.sizes == [SIZE]
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as pdf:
        page = pdf[0].get_textpage()
        left, bottom, right, top = np.array([page.get_charbox(at, loose=True) for at in range(4)]).T
        height = pdf[0].get_height()
    [[line]] = [page.lines for page in make_document(make_page(*SIZE, "word")).pages]
    found = (left.min(), height - top.max(), right.max(), height - bottom.min())
    assert np.array(found) == pytest.approx(np.array(line.bbox) * 72 / DPI, abs=1.0)


@pytest.mark.parametrize("renderer", ["sandwich", "fpdf2"])
def test_the_renderer_can_be_chosen(tmp_path: Path, fake: FakePipeline, renderer: str) -> None:
    run(draw_page(tmp_path / "a.pdf"), tmp_path / "b.pdf", pdf_renderer=renderer)
    assert text_of(tmp_path / "b.pdf") == ["word"]


@pytest.mark.slow
def test_tesseract_is_not_needed(tmp_path: Path) -> None:
    """In a process of its own, since OCRmyPDF looks for programs once."""
    command = [
        sys.executable,
        "-m",
        "ocrmypdf",
        "--plugin",
        "e2eocr.ocrmypdf",
        "--output-type",
        "pdf",
        "a.pdf",
        "b.pdf",
    ]
    draw_page(tmp_path / "a.pdf")
    environment = {"PATH": "", "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert text_of(tmp_path / "b.pdf") == [" ".join(LINES)]


@pytest.mark.skipif(shutil.which("gs") is None, reason="Ghostscript is not installed")
def test_pdf_a_by_ghostscript_keeps_the_text(tmp_path: Path, fake: FakePipeline) -> None:
    run(draw_page(tmp_path / "a.pdf"), tmp_path / "b.pdf", output_type="pdfa", pdfa_backend="ghostscript")
    assert text_of(tmp_path / "b.pdf") == ["word"]
    with pikepdf.open(tmp_path / "b.pdf") as pdf, pdf.open_metadata() as metadata:
        assert metadata.pdfa_status


def test_another_engine_can_be_named(tmp_path: Path, fake: FakePipeline) -> None:
    run(draw_page(tmp_path / "a.pdf"), tmp_path / "b.pdf", ocr_engine="none")
    assert fake.sizes == []
    assert text_of(tmp_path / "b.pdf") == [""]


def test_an_unknown_model_ends_it_before_the_pages(tmp_path: Path) -> None:
    with pytest.raises(ocrmypdf.exceptions.BadArgsError, match="alphabetic"):
        run(draw_page(tmp_path / "a.pdf"), tmp_path / "b.pdf", e2eocr_recognizer="nobody")
    assert not (tmp_path / "b.pdf").exists()


def test_options_reach_the_pipeline_and_pages_have_a_thread_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[ReadSettings] = []

    def load(settings: ReadSettings) -> FakePipeline:
        seen.append(settings)
        return FakePipeline()

    monkeypatch.setattr(plugin, "_load", load)
    run(draw_page(tmp_path / "a.pdf"), tmp_path / "b.pdf", e2eocr_order="rows", e2eocr_detector="whole-image")
    assert set(seen) == {ReadSettings(order="rows", detector="whole-image", threads=1)}


def test_a_page_that_cannot_be_read_is_an_error(tmp_path: Path, fake: FakePipeline) -> None:
    lost = make_document(Page(0, 0, 0, status="failed", error="is torn"))
    fake.read = lambda path: lost  # type: ignore[method-assign]
    with pytest.raises(ocrmypdf.exceptions.InputFileError, match="is torn"):
        run(draw_page(tmp_path / "a.pdf"), tmp_path / "b.pdf")
    with pytest.raises(ocrmypdf.exceptions.InputFileError, match=r"none\.png: No such file"):
        plugin.E2EOCREngine.get_deskew(tmp_path / "none.png", None)


def test_the_docs_name_our_options_and_their_defaults() -> None:
    parser = ArgumentParser(add_help=False)
    plugin.add_options(parser)
    usage = (REPOSITORY / "docs" / "usage.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `(--e2eocr-[a-z]+) [A-Z]+` \| `([^`]+)`", usage, re.MULTILINE))
    assert documented == {f"--{name.replace('_', '-')}": value for name, value in vars(parser.parse_args([])).items()}


def test_it_loads_the_pipeline_once() -> None:
    assert isinstance(plugin._load(ReadSettings()), Pipeline)
    assert plugin._load(ReadSettings()) is plugin._load(ReadSettings())
