"""Opening PDF files: both engines, passwords, sizes that are absurd."""

from __future__ import annotations

import hashlib
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from doubles.documents import corners, looks_like, make_pdf, read
from doubles.pdfs import make_pdf as make_page
from doubles.pdfs import picture_object

from e2eocr.documents import open_document
from e2eocr.errors import DocumentError, MissingDependencyError, PasswordError, TooLargeError

HAS_POPPLER = shutil.which("pdftoppm") is not None
ENGINES = ["pdfium", pytest.param("poppler", marks=pytest.mark.skipif(not HAS_POPPLER, reason="no pdftoppm"))]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pdf_pages_are_seen_turned(tmp_path: Path, engine: str, rotation: int) -> None:
    path = make_pdf(tmp_path / "a.pdf", [(144, 72), (72, 72)], rotation)
    with open_document(path, dpi=100, pdf_engine=engine) as document:
        assert (document.media_type, document.page_count) == ("application/pdf", 2)
        page = document.read_page(0)
        size = document.page_size(0)
    assert page.pixels.shape == ((100, 200, 3) if rotation in (0, 180) else (200, 100, 3))
    assert (size.height, size.width, size.dpi) == (*page.pixels.shape[:2], 100)
    wanted = np.rot90(corners(), -rotation // 90)
    for row, column in ((2, 2), (2, -3), (-3, 2), (-3, -3)):
        assert looks_like(page.pixels[row : row + 1, column], wanted[row : row + 1, column], 40)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_large_page_is_rendered_at_a_lower_resolution(tmp_path: Path, engine: str) -> None:
    path = make_pdf(tmp_path / "a.pdf", [(720.3, 720.7)])
    page = read(path, dpi=300, pdf_engine=engine, max_pixels=250_000)
    assert 0.9 * 250_000 < page.pixels.shape[0] * page.pixels.shape[1] <= 250_000
    assert page.dpi == pytest.approx(50, abs=0.5)


def test_an_absurd_page_is_refused_alone(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [(14_000, 14_000), (72, 72)])
    with open_document(path, pdf_engine="pdfium", max_pixels=1_000_000) as document:
        with pytest.raises(TooLargeError, match="page 1"):
            document.read_page(0)
        assert document.read_page(1).pixels.shape == (200, 200, 3)


# Encrypted with RC4-40 (revision 2): user password "secret". Built below from the standard's algorithms.
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def make_encrypted_pdf(path: Path, password: bytes) -> Path:
    def md5(data: bytes) -> bytes:
        return hashlib.md5(data, usedforsecurity=False).digest()

    owner = rc4(md5((b"owner" + PADDING)[:32])[:5], (password + PADDING)[:32])
    identity = b"0123456789abcdef"
    key = md5((password + PADDING)[:32] + owner + struct.pack("<i", -4) + identity)[:5]
    user = rc4(key, PADDING)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (owner.hex().encode(), user.hex().encode()),
    ]
    return write_pdf(path, objects, b"/Encrypt 4 0 R/ID[<%s><%s>]" % ((identity.hex().encode(),) * 2))


def write_pdf(path: Path, objects: list[bytes], trailer: bytes = b"") -> Path:
    data, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d%s>>\n" % (count, table, count, trailer)
    path.write_bytes(data + b"startxref\n%d\n%%%%EOF" % data.index(b"xref\n"))
    return path


def test_passwords_are_tried_in_turn(tmp_path: Path) -> None:
    path = make_encrypted_pdf(tmp_path / "locked.pdf", b"secret")
    assert read(path, passwords=["wrong", "secret"]).pixels.shape == (200, 200, 3)
    with pytest.raises(PasswordError, match=r"locked\.pdf.*needs a password.*--password"):
        open_document(path)
    with pytest.raises(PasswordError, match="another password"):
        open_document(path, passwords=["wrong"])


def test_an_empty_user_password_opens(tmp_path: Path) -> None:
    assert read(make_encrypted_pdf(tmp_path / "a.pdf", b"")).pixels.shape == (200, 200, 3)


def test_auto_never_puts_a_password_on_a_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_encrypted_pdf(tmp_path / "locked.pdf", b"secret")
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(
        "e2eocr.documents.pdf.PDFDocument._render_by_poppler", lambda *arguments: pytest.fail("poppler was run")
    )
    assert read(path, passwords=["secret"]).pixels.shape == (200, 200, 3)


def test_auto_falls_back_on_pdfium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> np.ndarray:
        raise RuntimeError("no picture came back")

    path = make_pdf(tmp_path / "a.pdf", [(72, 72)])
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr("e2eocr.documents.pdf.PDFDocument._render_by_poppler", fail)
    assert read(path).pixels.shape == (200, 200, 3)
    with pytest.raises(DocumentError, match=r"a\.pdf: page 1: .*poppler: no picture"):
        read(path, pdf_engine="poppler")


def test_a_page_that_poppler_leaves_white_is_drawn_by_pdfium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_pdf(tmp_path / "a.pdf", [(72, 72)])
    white = np.full((200, 200, 3), 255, np.uint8)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr("e2eocr.documents.pdf.PDFDocument._render_by_poppler", lambda *_, **__: white)
    assert read(path).pixels.std() > 50
    assert read(path, pdf_engine="poppler").pixels.std() == 0


def test_a_page_of_which_poppler_leaves_out_a_part_is_drawn_by_pdfium(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(*_: object, strict: bool) -> np.ndarray:
        if strict:
            raise RuntimeError("Bad image parameters")
        return np.zeros((200, 200, 3), np.uint8)

    path = make_pdf(tmp_path / "a.pdf", [(72, 72)])
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr("e2eocr.documents.pdf.PDFDocument._render_by_poppler", draw)
    assert read(path).pixels.max() > 200
    # Where PDFium fails, a part is better than nothing.
    monkeypatch.setattr("e2eocr.documents.pdf.PDFDocument._render_by_pdfium", lambda *_: 1 / 0)
    assert read(path).pixels.max() == 0


@pytest.mark.parametrize(
    ("points", "pixels", "dpi"), [(60, 1500, 1800), (60, 400, 480), (60, 100, 200), (600, 9000, 200)]
)
def test_a_scan_on_a_small_page_is_drawn_as_it_was_scanned(
    tmp_path: Path, points: int, pixels: int, dpi: float
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (pixels, pixels), np.uint8)
    content = f"q {points} 0 0 {points} 0 0 cm /P Do Q"
    path = make_page(
        tmp_path / "a.pdf",
        content,
        extra=[picture_object(noise)],
        size=(points, points),
        resources="/XObject<</P 6 0 R>>",
    )
    assert read(path, pdf_engine="pdfium", dpi=200).dpi == pytest.approx(dpi, abs=1)


def test_poppler_asked_for_but_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_pdf(tmp_path / "a.pdf", [(72, 72)])
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingDependencyError, match="apt install poppler-utils"):
        open_document(path, pdf_engine="poppler")
    assert read(path).pixels.shape == (200, 200, 3)


def test_a_name_like_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_pdf(tmp_path / "-r 900 ü.pdf", [(72, 72)])
    monkeypatch.chdir(tmp_path)
    assert read(Path("-r 900 ü.pdf")).pixels.shape == (200, 200, 3)


def test_a_pdf_without_pages(tmp_path: Path) -> None:
    with pytest.raises(PasswordError):  # what PDFium says of this one must not stick
        open_document(make_encrypted_pdf(tmp_path / "locked.pdf", b"secret"))
    path = write_pdf(tmp_path / "a.pdf", [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"])
    with pytest.raises(DocumentError, match="no pages"):
        open_document(path)
