"""Searchable PDF: what stays as it was, how large the file becomes, and what it claims of itself."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from doubles.batch import load_double
from doubles.writer_documents import box, make_document, make_page, save_pdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw

from e2eocr.batch import runner
from e2eocr.batch.jobs import Outcome
from e2eocr.batch.settings import ScanSettings
from e2eocr.documents import open_document
from e2eocr.errors import SignedError
from e2eocr.results import Document, Line, Page, Word
from e2eocr.writers import SourceFile, write_document

SIZE = (900, 1200)


def photograph() -> Image.Image:
    """A page under a lamp, with the grain of paper: what compression has to work at."""
    chance = np.random.default_rng(1)
    light = np.linspace(150, 250, SIZE[0])[None, :, None] * np.linspace(0.8, 1, SIZE[1])[:, None, None]
    grain = chance.normal(0, 4, (SIZE[1], SIZE[0], 1))
    image = Image.fromarray(np.clip(light * (1.0, 0.95, 0.85) + grain, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for row in range(20):
        draw.text((60, 60 + 50 * row), f"line {row} of a letter to somebody", fill=(30, 30, 60), font_size=28)
    return image


def drawn(folder: Path, name: str, mode: str, **options: object) -> Path:
    path = folder / name
    image = photograph()
    image = image.quantize(16) if mode == "P16" else image.convert(mode)
    image.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("name", "mode", "options", "growth", "difference"),
    [
        # What PDF can hold goes in as it is.
        ("a.jpg", "RGB", {"quality": 85}, 1.1, 0.0),
        ("a.jpg", "L", {"quality": 85, "progressive": True}, 1.1, 0.0),
        ("a.jpg", "CMYK", {"quality": 85}, 1.1, 12.0),  # readers mix these inks in different ways
        ("a.jp2", "RGB", {"quality_mode": "rates", "quality_layers": [12]}, 1.1, 0.5),
        ("a.png", "RGB", {}, 1.1, 0.0),
        ("a.png", "P16", {}, 1.1, 0.0),
        ("a.png", "1", {}, 1.1, 0.0),
        ("a.tif", "1", {"compression": "group4"}, 1.1, 0.0),
        # The same without loss.
        ("a.gif", "P16", {}, 1.1, 0.0),
        ("a.tif", "RGB", {"compression": "tiff_lzw"}, 1.1, 0.0),
        ("a.webp", "RGB", {"lossless": True}, 1.6, 0.0),
        # What PDF does not know, at equal look.
        ("a.webp", "RGB", {"quality": 80}, 1.5, 3.0),
        ("a.avif", "RGB", {"quality": 70}, 1.5, 3.0),
        ("a.tif", "RGB", {"compression": "jpeg", "quality": 85}, 1.5, 3.0),
    ],
)
def test_a_picture_stays_as_large_and_looks_the_same(
    tmp_path: Path, name: str, mode: str, options: dict[str, object], growth: float, difference: float
) -> None:
    path = drawn(tmp_path, name, mode, **options)
    data = write_document(make_document(make_page(*SIZE, "word")), "pdf", path)
    # The invisible font and the frame of a PDF take some kilobytes whatever the picture is.
    assert len(data) - 4096 <= growth * path.stat().st_size
    with open_document(path) as opened:
        seen = opened.read_page(0).pixels
    with pypdfium2.PdfDocument(data) as pdf:
        shown = pdf[0].render(scale=100 / 72, rev_byteorder=True).to_numpy()[: SIZE[1], : SIZE[0], :3]
        assert "word" in pdf[0].get_textpage().get_text_range()
    assert np.abs(shown.astype(int) - seen).mean() <= difference + 0.01


def test_without_jpeg_2000_a_picture_becomes_a_jpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drawn(tmp_path, "a.webp", "RGB")
    filters = []
    for has_jpeg_2000 in (True, False):
        monkeypatch.setattr("e2eocr.writers.pdf_pictures.features.check", lambda name, has=has_jpeg_2000: has)
        data = write_document(make_document(make_page(*SIZE, "word")), "pdf", path)
        with pikepdf.open(io.BytesIO(data)) as pdf:
            filters += [str(picture.Filter) for picture in pdf.pages[0].Resources.XObject.values()]
    assert filters == ["/JPXDecode", "/DCTDecode"]


@pytest.mark.parametrize(("name", "mode"), [("a.jpg", "RGB"), ("a.png", "RGB"), ("a.webp", "RGB"), ("a.png", "1")])
def test_smaller_pictures(tmp_path: Path, name: str, mode: str) -> None:
    path = drawn(tmp_path, name, mode)
    document = make_document(make_page(*SIZE, "word"))
    kept = write_document(document, "pdf", path)
    small = write_document(document, "pdf", SourceFile(path, pdf_images="smaller"))
    assert len(small) < len(kept) if mode == "RGB" else len(small) <= len(kept)


def test_frames_of_a_tiff_keep_their_places_and_turns(tmp_path: Path) -> None:
    frames = [Image.new("1", (300, 200), 1) for _ in range(3)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).rectangle((10, 10, 40 + 50 * number, 60), fill=0)
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:], compression="group4")
    document = make_document(*(make_page(300, 200, "word", index=index) for index in range(3)))
    data = write_document(document, "pdf", tmp_path / "a.tif")
    with pypdfium2.PdfDocument(data) as pdf, open_document(tmp_path / "a.tif") as opened:
        for index in range(3):
            shown = pdf[index].render(scale=100 / 72, rev_byteorder=True).to_numpy()[:200, :300, :3]
            assert np.abs(shown.astype(int) - opened.read_page(index).pixels).mean() < 1


# --- PDFs that are signed, or claim something -----------------------------------------------------------------------


def sign(pdf: pikepdf.Pdf) -> None:
    """What a signature looks like to those who do not check it."""
    signature = pdf.make_indirect(Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=String("x" * 20)))
    field = Dictionary(FT=Name.Sig, T=String("signer"), V=signature)
    parent = pdf.make_indirect(Dictionary(T=String("all"), Kids=Array([pdf.make_indirect(field)])))
    pdf.Root.AcroForm = Dictionary(Fields=Array([parent]), SigFlags=3)


def permit(pdf: pikepdf.Pdf) -> None:
    """Rights that a signature gives to readers."""
    pdf.Root.Perms = Dictionary(UR3=Dictionary(Type=Name.Sig))


def leave_unsigned(pdf: pikepdf.Pdf) -> None:
    """A place for a signature that nobody has given."""
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("signer")))]))


def prepared(path: Path, prepare: Callable[[pikepdf.Pdf], None]) -> Path:
    save_pdf(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        prepare(pdf)
        pdf.save(path)
    return path


def page_document(*texts: str) -> Document:
    return make_document(make_page(500, 300, *texts), media_type="application/pdf")


@pytest.mark.parametrize("prepare", [sign, permit])
def test_a_signed_pdf_gets_no_text(tmp_path: Path, prepare: Callable[[pikepdf.Pdf], None]) -> None:
    path = prepared(tmp_path / "a.pdf", prepare)
    with pytest.raises(SignedError, match=r"a\.pdf: the PDF is signed.*`--signed break`"):
        write_document(page_document("word"), "pdf", path)
    data = write_document(page_document("word"), "pdf", SourceFile(path, signed="break"))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/Perms" not in pdf.Root
        if prepare is sign:
            assert "/V" not in pdf.Root.AcroForm.Fields[0].Kids[0] and "/SigFlags" not in pdf.Root.AcroForm


def test_a_place_for_a_signature_is_none(tmp_path: Path) -> None:
    path = prepared(tmp_path / "a.pdf", leave_unsigned)
    assert write_document(page_document("word"), "pdf", path).startswith(b"%PDF")


@pytest.mark.parametrize("prepare", [sign, leave_unsigned])
def test_a_pdf_that_needs_no_text_stays_as_it_is(tmp_path: Path, prepare: Callable[[pikepdf.Pdf], None]) -> None:
    path = prepared(tmp_path / "a.pdf", prepare)
    document = page_document("word")
    carried = replace(document, pages=tuple(replace(page, origin="text-layer") for page in document.pages))
    for each in (page_document(), carried):
        assert write_document(each, "pdf", path) == path.read_bytes()


def claim(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata() as metadata:
        metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "2", "A"
        metadata["pdfuaid:part"] = "1"
        metadata["dc:title"] = "A letter"
    pdf.Root.MarkInfo = Dictionary(Marked=True)


def test_claims_that_no_longer_hold_are_dropped(tmp_path: Path) -> None:
    path = prepared(tmp_path / "a.pdf", claim)
    with pikepdf.open(io.BytesIO(write_document(page_document("word"), "pdf", path))) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert not any(name in metadata for name in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part"))
            assert metadata["dc:title"] == "A letter"
        assert not pdf.Root.MarkInfo.Marked


@pytest.mark.parametrize(
    ("formats", "status", "written"),
    [
        (("txt", "pdf"), "partial", ["a.pdf.txt"]),  # the others are there
        (("pdf",), "failed", []),
    ],
)
def test_a_signed_pdf_costs_its_own_pdf_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formats: tuple[str, ...], status: str, written: list[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.pdf").write_text("one")

    def refuse(document: Document, format: str, source: SourceFile, **options: object) -> bytes:
        if format == "pdf" and source.signed == "refuse":
            raise SignedError(source.path, "the PDF is signed")
        return b"written"

    monkeypatch.setattr("e2eocr.batch.workers.worker.write_document", refuse)
    settings = ScanSettings((tmp_path / "in",), tmp_path / "out", formats, executor="serial")

    def scan(**changes: object) -> Outcome:
        [outcome] = runner.scan(replace(settings, **changes), load_double).outcomes  # type: ignore[arg-type]
        return outcome

    outcome = scan()
    assert (outcome.status, outcome.error_class) == (status, "SignedError")
    assert sorted(path.name for path in settings.output.glob("a.*")) == written
    assert scan().earlier  # and is not read again each night
    assert scan(signed="break").status == "ok"


def test_the_text_of_a_full_page_weighs_little(tmp_path: Path) -> None:
    """A letter of 400 words as a fax: its picture is small, and each word counts."""
    words = [f"word{number % 97}" for number in range(400)]
    rows = [words[start : start + 10] for start in range(0, len(words), 10)]
    image = Image.new("L", (2480, 3508), 255)
    lines, draw = [], ImageDraw.Draw(image)
    for number, row in enumerate(rows):
        # Lines of a scan never lie quite level, and no two gaps are alike.
        top, places = 200 + 80 * number, [200 + 200 * at + (at * 37 + number * 11) % 40 for at in range(len(row))]
        for at, text in zip(places, row, strict=True):
            draw.text((at, top), text, fill=0, font_size=44)
        boxes = [box(at, top + index, at + 130 + (at % 9), top + 42 + index) for index, at in enumerate(places)]
        placed = tuple(Word(text, 0.9, quad) for text, quad in zip(row, boxes, strict=True))
        lines.append(Line(" ".join(row), 0.9, box(200, top, 2200, top + 52), words=placed))
    path = tmp_path / "a.tif"
    image.convert("1").save(path, compression="group4", dpi=(300, 300))
    document = make_document(Page(0, 2480, 3508, dpi=300.0, lines=tuple(lines)))
    assert len(write_document(document, "pdf", path)) - path.stat().st_size <= 7 * len(words) + 2048
