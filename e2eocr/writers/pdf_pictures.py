"""Pictures as PDF objects: as they are in their file where PDF can hold that, and otherwise as small at equal look.

JPEG, JPEG 2000, PNG and TIFF with fax compression go in byte by byte, palettes as palettes. What was compressed with
loss in a way that PDF does not know (WebP, AVIF, HEIC, JPEG within TIFF) becomes a JPEG 2000 of about its size, all
else is compressed without loss.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import cv2
import img2pdf
import numpy as np
import pikepdf
from pikepdf import Stream
from PIL import Image, features

_ORIENTATION_TAG = 0x0112
_COMPRESSION_TAG, _JPEG_COMPRESSIONS = 259, (6, 7)
_LOSSY = ("image/webp", "image/avif", "image/heic")
_LOSSLESS_WEBP = b"VP8L"
_MAX_GROWTH = 1.4  # of a picture that is compressed anew
_PLAIN_QUALITY = 72  # of a JPEG, where Pillow was built without JPEG 2000
_SMALLER_QUALITY = 50
# It remarks on transparency and odd metadata; without a handler Python would print that to stderr.
logging.getLogger("img2pdf").addHandler(logging.NullHandler())

# How the unit square of the picture as stored lies on the page, by EXIF orientation: the first two rows of the matrix
# of the `cm` operator, for a page of width 1 and height 1, and where the picture's lower left corner goes.
_PLACEMENTS = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


class FilePictures:
    """The pictures of a file, taken over into a PDF as they are.

    Args:
        path: A picture file.
        media_type: What kind it is of.
    """

    def __init__(self, path: Path, media_type: str) -> None:
        self._path, self._media_type = path, media_type
        self._made: pikepdf.Pdf | None = None
        self._tried = False

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    def embed(self, pdf: pikepdf.Pdf, frame: int) -> tuple[Stream, int] | None:
        """The picture of a frame, with its EXIF orientation; None where it cannot go in as it is.

        That is so for damaged files, for those with transparency, which are seen on white, and for those that would
        grow since PDF does not know their compression.
        """
        if not self._tried:
            self._tried = True
            self._made = self._make()
        if self._made is None or frame >= len(self._made.pages):
            return None
        [(_, picture)] = self._made.pages[frame].obj.Resources.XObject.items()
        if "/SMask" in picture:
            return None
        return cast(Stream, pdf.copy_foreign(picture)), _orientation(self._path, frame)

    def _make(self) -> pikepdf.Pdf | None:
        if self._media_type in _LOSSY or (self._media_type == "image/tiff" and _is_jpeg_in_tiff(self._path)):
            return None
        return make_pdf(self._path.read_bytes(), first_only=self._media_type != "image/tiff")


def embed_pixels(pdf: pikepdf.Pdf, pixels: np.ndarray, *, max_bytes: int | None = None) -> Stream:
    """A picture `(H, W, 3)` uint8 RGB, as grey or as black and white where that is all it has.

    Args:
        pdf: Where it goes.
        pixels: The picture.
        max_bytes: Where it was compressed with loss, how large it may be: then it becomes a JPEG 2000 of that size,
            which at 1.4 times the size of a WebP file loses 2 to 3 dB less than a JPEG. Without it, it goes in without
            loss.
    """
    image = _plain_image(pixels)
    if image.mode == "1":
        return _embed(pdf, _encoded(image, "TIFF", compression="group4"))
    if max_bytes is None:
        return _embed(pdf, _encoded(image, "PNG"))
    if not features.check("jpg_2000"):
        return _embed(pdf, _encoded(image, "JPEG", quality=_PLAIN_QUALITY, optimize=True, progressive=True))
    rate = max(1.0, np.asarray(image).nbytes / max_bytes)
    in_colour = image.mode == "RGB"
    options = {"quality_mode": "rates", "quality_layers": [rate], "irreversible": True, "mct": int(in_colour)}
    return _embed(pdf, _encoded(image, "JPEG2000", **options))


def embed_smaller(pdf: pikepdf.Pdf, pixels: np.ndarray) -> Stream:
    """A picture as small as text stays legible: fax compression for black and white, a coarse JPEG for the rest."""
    image = _plain_image(pixels)
    if image.mode == "1":
        return embed_pixels(pdf, pixels)
    return _embed(pdf, _encoded(image, "JPEG", quality=_SMALLER_QUALITY, optimize=True, progressive=True))


def allowed_bytes(path: Path, media_type: str, frames: int) -> int | None:
    """How large a picture may become that is compressed anew; None where its file holds it without loss."""
    if media_type == "image/webp" and _LOSSLESS_WEBP in path.read_bytes()[:4096]:
        return None
    in_tiff = media_type == "image/tiff" and _is_jpeg_in_tiff(path)
    if media_type in _LOSSY or in_tiff:
        return int(_MAX_GROWTH * path.stat().st_size / max(1, frames))
    return None


def make_pdf(data: bytes, *, first_only: bool = False) -> pikepdf.Pdf | None:
    """A picture file as a PDF with a page for each frame, by img2pdf; None where it cannot be."""
    with _quiet():
        try:
            made = img2pdf.convert(
                data,
                layout_fun=_one_size,
                rotation=img2pdf.Rotation.none,
                first_frame_only=first_only,
                engine=img2pdf.Engine.internal,
            )
        # What hostile bytes make of its readers is not foreseeable; the picture is decoded and put in anew then.
        except Exception:
            return None
    return pikepdf.open(io.BytesIO(made))


def placement(orientation: int, width: float, height: float) -> str:
    """The operand of `cm` that lays a picture of an EXIF orientation over a whole page of this size in points."""
    a, b, c, d, e, f = _PLACEMENTS[orientation]
    scaled = (a * width, b * height, c * width, d * height, e * width, f * height)
    return " ".join(f"{value + 0.0:.4f}".rstrip("0").rstrip(".") for value in scaled)


def _plain_image(pixels: np.ndarray) -> Image.Image:
    """A picture with no more colours than it needs: mode `1`, `L` or `RGB`."""
    if (pixels[:, :, 0] != pixels[:, :, 1]).any() or (pixels[:, :, 1] != pixels[:, :, 2]).any():
        return Image.fromarray(pixels)
    grey = np.ascontiguousarray(pixels[:, :, 0])
    image = Image.fromarray(grey)
    return image.convert("1", dither=Image.Dither.NONE) if ((grey == 0) | (grey == 255)).all() else image


def _encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    if format == "PNG":
        return _png(image)
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def _png(image: Image.Image) -> bytes:
    """By OpenCV, which is several times as fast as Pillow at equal size."""
    pixels = np.asarray(image)
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes()


def _embed(pdf: pikepdf.Pdf, data: bytes) -> Stream:
    made = make_pdf(data)
    if made is None:
        raise ValueError("Invalid `data`. Expected a picture that was just encoded. Received: one that cannot be read")
    with made:
        [(_, picture)] = made.pages[0].obj.Resources.XObject.items()
        return cast(Stream, pdf.copy_foreign(picture))


def _one_size(_width: int, _height: int, _dpi: tuple[float, float]) -> tuple[float, float, float, float]:
    """The page and the picture on it, points: of no interest, since the picture alone is taken over."""
    return 100.0, 100.0, 100.0, 100.0


def _orientation(path: Path, frame: int) -> int:
    """The EXIF orientation of a frame as it is stored, 1 where none is told."""
    with _quiet(), Image.open(path) as image:
        try:
            image.seek(frame)
            value = image.getexif().get(_ORIENTATION_TAG, 1)
        except Exception:  # broken EXIF takes nothing from the picture
            return 1
    return value if value in _PLACEMENTS else 1


def _is_jpeg_in_tiff(path: Path) -> bool:
    with _quiet(), Image.open(path, formats=["TIFF"]) as image:
        return getattr(image, "tag_v2", {}).get(_COMPRESSION_TAG) in _JPEG_COMPRESSIONS


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, and of a size that was read before
        yield
