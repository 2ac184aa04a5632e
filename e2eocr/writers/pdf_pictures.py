"""Pictures as PDF objects, as they were: a JPEG file goes in byte by byte, any other picture without loss."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import cv2
import numpy as np
import pikepdf
from pikepdf import Dictionary, Name, Stream
from PIL import Image

_ORIENTATION_TAG = 0x0112
_COLOUR_SPACES = {"L": (Name.DeviceGray, 1), "RGB": (Name.DeviceRGB, 3)}
_PNG_PREDICTORS = 15

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


def embed_jpeg(pdf: pikepdf.Pdf, path: Path) -> tuple[Stream, int] | None:
    """A JPEG file as it is, with its EXIF orientation; None where PDF readers might show it otherwise than we do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, and of a size that was read before
        with Image.open(path, formats=["JPEG", "MPO"]) as image:
            mode, size = image.mode, image.size
            orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    if mode not in _COLOUR_SPACES:
        return None
    entries = _image_entries(*size, _COLOUR_SPACES[mode][0], 8)
    entries.Filter = Name.DCTDecode
    stream = pdf.make_stream(path.read_bytes(), entries)
    return stream, orientation if orientation in _PLACEMENTS else 1


def embed_pixels(pdf: pikepdf.Pdf, pixels: np.ndarray) -> Stream:
    """A picture `(H, W, 3)` uint8 RGB without loss, as grey or as black and white where that is all it has."""
    mode, bits = "RGB", 8
    if (pixels[:, :, 0] == pixels[:, :, 1]).all() and (pixels[:, :, 1] == pixels[:, :, 2]).all():
        mode, pixels = "L", np.ascontiguousarray(pixels[:, :, 0])
        if ((pixels == 0) | (pixels == 255)).all():
            bits = 1
    space, colours = _COLOUR_SPACES[mode]
    height, width = pixels.shape[:2]
    parameters = Dictionary(Predictor=_PNG_PREDICTORS, Colors=colours, BitsPerComponent=bits, Columns=width)
    entries = _image_entries(width, height, space, bits)
    entries.Filter, entries.DecodeParms = Name.FlateDecode, parameters
    return pdf.make_stream(_deflate(pixels, bits), entries)


def placement(orientation: int, width: float, height: float) -> str:
    """The operand of `cm` that lays a picture of an EXIF orientation over a whole page of this size in points."""
    a, b, c, d, e, f = _PLACEMENTS[orientation]
    scaled = (a * width, b * height, c * width, d * height, e * width, f * height)
    return " ".join(f"{value:.4f}" for value in scaled)


def _image_entries(width: int, height: int, space: Name, bits: int) -> Dictionary:
    return Dictionary(
        Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, ColorSpace=space, BitsPerComponent=bits
    )


def _deflate(pixels: np.ndarray, bits: int) -> bytes:
    """Compress rows as PNG does: PDF readers know that way under the name of PNG predictors."""
    parameters = [cv2.IMWRITE_PNG_BILEVEL, 1] if bits == 1 else [cv2.IMWRITE_PNG_COMPRESSION, 6]
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".png", pixels, parameters)
    png, start, data = encoded.tobytes(), 8, []
    while start < len(png):
        (length,) = struct.unpack_from(">I", png, start)
        if png[start + 4 : start + 8] == b"IDAT":
            data.append(png[start + 8 : start + 8 + length])
        start += 12 + length
    return b"".join(data)
