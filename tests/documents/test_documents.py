"""Opening files: pixels as a person sees them, and one clear error for each kind of trouble."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles.documents import corners, looks_like, make_pdf, read
from PIL import Image, ImageCms

from e2eocr.documents import OpenDocument, images, is_readable_suffix, media_type, open_document
from e2eocr.errors import DocumentError, TooLargeError
from e2eocr.files import digest_file

# --- pictures ------------------------------------------------------------------------------------------------------

STORED = [  # file name, options for saving, how far a lossy format may be off
    ("a.png", {}, 0),
    ("a.bmp", {}, 0),
    ("a.ppm", {}, 0),
    ("a.tif", {"compression": "tiff_lzw"}, 0),
    ("a.gif", {}, 0),
    ("a.webp", {"lossless": True}, 0),
    ("a.jp2", {}, 0),
    ("a.jpg", {"quality": 95, "subsampling": 0}, 20),
    ("jpeg-named.png", {"format": "JPEG", "quality": 95, "subsampling": 0}, 20),  # the name lies
    ("upper.TIFF", {}, 0),
]


@pytest.mark.parametrize(("name", "options", "tolerance"), STORED)
def test_reads_each_format(tmp_path: Path, name: str, options: dict, tolerance: int) -> None:
    path = tmp_path / name
    Image.fromarray(corners()).save(path, **options)
    assert is_readable_suffix(path)
    assert looks_like(read(path).pixels, corners(), tolerance)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
def test_exif_orientation_is_applied(tmp_path: Path, name: str, orientation: int) -> None:
    undo = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation]
    stored = images.orient(corners(), undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict = {"lossless": True} if name.endswith("webp") else {}
    Image.fromarray(stored).save(tmp_path / name, exif=exif, **options)
    page = read(tmp_path / name)
    assert page.pixels.shape == corners().shape
    assert looks_like(page.pixels[3:7:3, 3:-3:50], corners()[3:7:3, 3:-3:50], 40)
    assert page.pixels[35, 55, 2] > 200 and page.pixels[35, 5].max() < 60


def test_broken_exif_is_ignored(tmp_path: Path) -> None:
    Image.fromarray(corners()).save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff rubbish")
    assert read(tmp_path / "a.jpg").pixels.shape == corners().shape


def ramp() -> np.ndarray:
    return np.tile(np.linspace(0, 1, 64), (8, 1))


def deep(top: int) -> Image.Image:
    return Image.fromarray((ramp() * top).astype(np.uint16))


GREY = {  # each shows black on the left and white on the right
    "1-bit": Image.fromarray((ramp() * 255).astype(np.uint8)).convert("1", dither=Image.Dither.NONE),
    "8-bit": Image.fromarray((ramp() * 255).astype(np.uint8)),
    "palette": Image.fromarray((ramp() * 255).astype(np.uint8)).convert("P"),
    "16-bit, all of it": deep(65535),
    "16-bit that holds 12": deep(4095),
    "32-bit": Image.fromarray((ramp() * 65535).astype(np.int32)),
    "float 0-1": Image.fromarray(ramp().astype(np.float32)),
    "float 0-255": Image.fromarray((ramp() * 255).astype(np.float32)),
    "YCbCr": Image.fromarray((ramp() * 255).astype(np.uint8)).convert("YCbCr"),
    "CMYK": Image.fromarray((ramp() * 255).astype(np.uint8)).convert("CMYK"),
}


@pytest.mark.parametrize("name", GREY)
def test_every_depth_and_colour_space_reads_right(tmp_path: Path, name: str) -> None:
    GREY[name].save(tmp_path / "a.tif")
    row = read(tmp_path / "a.tif").pixels[4]
    assert row[0].max() <= 2 and row[-1].min() >= 253
    assert (np.diff(row[:, 1].astype(int)) >= 0).all()


def test_float_with_holes_and_one_flat_value(tmp_path: Path) -> None:
    values = ramp().astype(np.float32)
    values[0, 0] = np.nan
    Image.fromarray(values).save(tmp_path / "a.tif")
    assert read(tmp_path / "a.tif").pixels[4, -1].min() >= 253
    Image.fromarray(np.full((4, 4), 65000, np.uint16)).save(tmp_path / "blank.tif")
    assert read(tmp_path / "blank.tif").pixels.min() > 250


def test_lab_is_converted(tmp_path: Path) -> None:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    transform = ImageCms.buildTransformFromOpenProfiles(*profiles, "RGB", "LAB")
    lab = ImageCms.applyTransform(Image.fromarray(corners()), transform)
    assert lab is not None
    lab.save(tmp_path / "a.tif")
    assert looks_like(read(tmp_path / "a.tif").pixels, corners(), 25)


def test_cmyk_jpeg_is_not_inverted(tmp_path: Path) -> None:
    Image.fromarray(corners()).convert("CMYK").save(tmp_path / "a.jpg", quality=95, subsampling=0)
    page = read(tmp_path / "a.jpg").pixels
    assert page[20, 30].min() > 240 and page[35, 5].max() < 15


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])  # dark drawing on white, light drawing on black
@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparent_pictures_get_a_background_that_shows_them(tmp_path: Path, mode: str, ink: int, paper: int) -> None:
    rgba = np.zeros((40, 60, 4), np.uint8)
    rgba[10:20, 10:50] = (ink, ink, ink, 255)
    name = "a.png" if mode != "PA" else "a.tif"
    image = Image.fromarray(rgba).convert("LA") if mode == "LA" else Image.fromarray(rgba)
    image.save(tmp_path / name)
    page = read(tmp_path / name).pixels
    assert page[0, 0].tolist() == [paper] * 3 and page[15, 30].tolist() == [ink] * 3


def test_white_paper_with_cut_corners_stays_on_white(tmp_path: Path) -> None:
    rgba = np.full((40, 60, 4), 255, np.uint8)
    rgba[:3, :3, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").pixels.min() == 255


DPI = [((300, 300), 300.0), ((72, 72), 72.0), ((5, 5), None), ((9999, 9999), None), ((300, 72), None)]


@pytest.mark.parametrize(("stored", "told"), DPI)
def test_only_a_believable_dpi_is_told(tmp_path: Path, stored: tuple[int, int], told: float | None) -> None:
    Image.fromarray(corners()).save(tmp_path / "a.tif", dpi=stored)
    dpi = read(tmp_path / "a.tif").dpi
    assert dpi == (None if told is None else pytest.approx(told, abs=0.1))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("name", "stored", "size", "dpi"),
    [
        ("a.tif", (204, 98), (1, 2), 204),  # a fax in standard resolution
        ("a.tif", (204, 391), (2, 1), 391),  # in superfine: the other way round
        ("a.tif", (204, 196), (1, 1), 204),  # in fine: near enough
        ("a.png", (200, 100), (1, 2), 200),
        ("a.jpg", (100, 200), (2, 1), 200),
    ],
)
def test_faxes_become_square(
    tmp_path: Path, name: str, stored: tuple[int, int], size: tuple[int, int], dpi: float, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("L", (300, 120), 255).save(tmp_path / name, dpi=stored, exif=exif)
    with open_document(tmp_path / name) as document:
        told, page = document.page_size(0), document.read_page(0)
    ratio = max(stored) / min(stored) if max(size) > 1 else 1
    square = [int(side * (ratio if grows > 1 else 1)) for side, grows in zip((300, 120), size, strict=True)]
    expected = square if orientation == 1 else square[::-1]
    assert page.pixels.shape[1::-1] == (told.width, told.height)
    assert np.abs(np.subtract(page.pixels.shape[1::-1], expected)).max() <= 1
    assert page.dpi == told.dpi == pytest.approx(dpi, abs=0.1)


def test_a_stretched_fax_keeps_the_limit(tmp_path: Path) -> None:
    Image.new("L", (300, 120), 255).save(tmp_path / "a.tif", dpi=(204, 98))
    page = read(tmp_path / "a.tif", max_pixels=40_000)
    assert page.pixels.shape == (124, 150, 3) and page.dpi == pytest.approx(102, abs=0.1)


def test_animations_give_their_first_frame(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((20, 20, 3), value, np.uint8)) for value in (200, 100, 0)]
    for name in ("a.gif", "a.webp", "a.png"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        with open_document(tmp_path / name) as document:
            assert document.page_count == 1
            assert abs(int(document.read_page(0).pixels.mean()) - 200) < 5


# --- TIFF with several pages ----------------------------------------------------------------------------------------


def make_tiff(path: Path, values: tuple[int, ...] = (10, 120, 240), **options: Any) -> Path:
    frames = [Image.fromarray(np.full((30 + value, 50), value, np.uint8)) for value in values]
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    return path


def test_tiff_gives_a_page_a_frame_in_any_order(tmp_path: Path) -> None:
    with open_document(make_tiff(tmp_path / "a.tif")) as document:
        assert document.page_count == 3
        for index, value in ((2, 240), (0, 10), (1, 120)):
            page = document.read_page(index)
            assert page.index == index and page.pixels.shape == (30 + value, 50, 3)
            assert page.pixels[5, 5].tolist() == [value] * 3
        with pytest.raises(ValueError, match="index"):
            document.read_page(3)


def test_one_broken_frame_costs_one_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = make_tiff(tmp_path / "a.tif", compression="tiff_adobe_deflate")
    with Image.open(path) as image:
        image.seek(1)
        (offset,), (length,) = image.tag_v2[273], image.tag_v2[279]  # type: ignore[attr-defined]
    data = bytearray(path.read_bytes())
    data[offset : offset + length] = b"\xff" * length
    path.write_bytes(data)
    with open_document(path) as document:
        assert document.read_page(0).pixels[5, 5, 0] == 10
        with pytest.raises(DocumentError, match=r"a\.tif"):
            document.read_page(1)
        assert document.read_page(2).pixels[5, 5, 0] == 240
    assert capfd.readouterr().err == ""


def test_thumbnail_frames_are_no_pages(tmp_path: Path) -> None:
    path = make_tiff(tmp_path / "a.tif", values=(50, 200, 90), tiffinfo={254: 0})
    entry = struct.pack("<HHI", 254, 4, 1)  # tag NewSubfileType, type long, one value
    frames = path.read_bytes().split(entry + bytes(4))
    assert len(frames) == 4
    path.write_bytes(
        frames[0] + entry + bytes(4) + frames[1] + entry + b"\1\0\0\0" + frames[2] + entry + bytes(4) + frames[3]
    )
    with open_document(path) as document:
        assert document.page_count == 2
        assert document.read_page(1).pixels[5, 5, 0] == 90


# --- large pictures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
@pytest.mark.parametrize("mode", ["L", "1"])
def test_a_grey_picture_over_the_limit_is_reduced(tmp_path: Path, name: str, mode: str) -> None:
    if (name, mode) == ("a.jpg", "1"):
        pytest.skip("JPEG has no 1-bit pictures")
    Image.new(mode, (400, 300), 255).save(tmp_path / name, dpi=(300, 300))
    page = read(tmp_path / name, max_pixels=40_000)
    assert page.pixels.shape == (150, 200, 3) and page.pixels.min() == 255
    assert page.dpi == pytest.approx(150, abs=0.1)


def test_a_colour_picture_far_over_the_limit_is_refused_but_a_jpeg_is_decoded_small(tmp_path: Path) -> None:
    image = Image.new("RGB", (800, 600), (255, 0, 0))
    image.save(tmp_path / "a.png")
    with pytest.raises(TooLargeError, match=r"a\.png.*800 x 600.*at most 40,000.*`--max-pixels`"):
        read(tmp_path / "a.png", max_pixels=40_000)
    image.save(tmp_path / "a.jpg")
    assert read(tmp_path / "a.jpg", max_pixels=40_000).pixels.shape == (150, 200, 3)
    image.save(tmp_path / "progressive.jpg", progressive=True)
    with pytest.raises(TooLargeError):
        read(tmp_path / "progressive.jpg", max_pixels=40_000)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100)))
    (tmp_path / "bomb.png").write_bytes(data)
    with pytest.raises(TooLargeError, match=r"bomb\.png"):
        read(tmp_path / "bomb.png")


def test_a_thin_picture_of_many_pixels(tmp_path: Path) -> None:
    Image.new("L", (1, 5000), 9).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png", max_pixels=1300).pixels.shape == (1250, 1, 3)


# --- trouble --------------------------------------------------------------------------------------------------------

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
BROKEN = [  # file name, content, what the message says
    ("empty.pdf", b"", "empty"),
    ("empty.png", b"", "empty"),
    ("text.pdf", b"just text", "not application/pdf"),
    ("text.jpg", b"just text", "not image/jpeg"),
    ("notes.docx", b"PK\x03\x04", "not a kind of file we read"),
    ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<</Type", "damaged"),
    ("head.png", PNG_HEAD, "damaged"),
    ("head.tif", b"II*\0\x10\0\0\0", "damaged"),
    ("head.webp", b"RIFF\0\0\0\0WEBPVP8 ", "damaged"),
    ("head.jp2", b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0", "damaged"),
    ("head.gif", b"GIF89a", "damaged"),
    ("head.bmp", b"BM1234", "damaged"),
    ("head.ppm", b"P6 9", "damaged"),
    ("head.avif", b"\0\0\0\x14ftypavif\0\0\0\0avif", "damaged"),
]


@pytest.mark.parametrize(("name", "content", "message"), BROKEN)
def test_what_cannot_be_opened_says_why(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        open_document(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ") and message in text and "\n" not in text


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.pdf", tmp_path):
        with pytest.raises(DocumentError, match="Check the path"):
            open_document(path)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp", "a.jp2", "a.bmp", "a.gif"])
def test_a_truncated_picture_is_an_error_never_half_a_page(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(DocumentError, match="damaged"):
        read(tmp_path / name)


def test_a_jpeg_that_lacks_its_end_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.jpg")
    whole = read(tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2])
    half = read(tmp_path / "a.jpg")
    assert np.array_equal(half.pixels[:8], whole.pixels[:8])
    assert whole.damage is None
    assert half.damage is not None and half.damage.startswith("the file ends too early")
    # The switch is put back: others are strict.
    Image.fromarray(noise).save(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:4000])
    with pytest.raises(DocumentError, match="damaged"):
        read(tmp_path / "b.png")


def test_heic_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert media_type(tmp_path / "a.heic") == "image/heic"
    with pytest.raises(DocumentError, match="pip install pillow-heif"):
        open_document(tmp_path / "a.heic")


@pytest.mark.parametrize("option", [{"dpi": 0}, {"dpi": float("nan")}, {"max_pixels": 0}, {"pdf_engine": "ghost"}])
def test_wrong_arguments(tmp_path: Path, option: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(option))):
        open_document(tmp_path / "a.pdf", **option)


def test_documents_fill_the_seam(tmp_path: Path) -> None:
    Image.fromarray(corners()).save(tmp_path / "a.png")
    for path in (make_pdf(tmp_path / "a.pdf", [(72, 72)]), tmp_path / "a.png"):
        document: OpenDocument = open_document(path)
        with document as opened:
            assert opened.page_count == 1 and opened.media_type == media_type(path)
            assert opened.text_layer(0) is None
            for call in (opened.page_size, opened.read_page, opened.text_layer):
                with pytest.raises(ValueError, match="index"):
                    call(1)


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])  # Around the size of a chunk.
def test_digest(tmp_path: Path, size: int) -> None:
    data = bytes(size)
    (tmp_path / "file").write_bytes(data)
    assert digest_file(tmp_path / "file") == (hashlib.sha256(data).hexdigest(), size)


def test_digest_of_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"gone\.pdf: cannot be read"):
        digest_file(tmp_path / "gone.pdf")
