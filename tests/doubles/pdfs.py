"""PDF pages written by hand: content streams, fonts whose map to Unicode is wrong, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
WIDTH, HEIGHT = 612, 792  # points
SENTENCES = (
    "The harbour office keeps a register of every vessel",
    "that enters between sunrise and dusk. Captains sign",
    "the book, pay the fee of 14 shillings and receive a",
    "numbered token. In winter the gates close at four,",
    "and late arrivals wait outside until morning.",
)


def stream(data: bytes, entries: str = "") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries.encode(), len(data), data)


def make_pdf(
    path: Path,
    content: str,
    page: str = "",
    extra: Sequence[bytes] = (),
    *,
    font: bytes = FONT,
    size: tuple[float, float] = (WIDTH, HEIGHT),
    resources: str = "",
    catalog: str = "",
) -> Path:
    """A PDF of one page: `/F` is its font, object 5; objects of `extra` count from 6."""
    head = (
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size[0]} {size[1]}]"
        f"/Resources<</Font<</F 5 0 R>>{resources}>>/Contents 4 0 R{page}>>"
    )
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        head.encode(),
        stream(content.encode("latin-1")),
        font,
        *extra,
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (number, item) for number, item in enumerate(objects, start=1))
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF")
    return path


def text_at(x: float, y: float, lines: Sequence[str], size: float = 12, leading: float | None = None) -> str:
    """Operators that draw lines one under the other, the first with its baseline at `y`."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    return f"BT /F {size} Tf {leading or 1.3 * size} TL {x} {y} Td {shown} ET"


def shifted_font(shift: int) -> tuple[bytes, bytes]:
    """Helvetica whose map to Unicode is off by `shift`, and the map, which is to be object 6."""
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Off def /CMapType 2 def "
        "1 begincodespacerange <00> <FF> endcodespacerange "
        f"1 beginbfrange <20> <7E> <{0x20 + shift:04X}> endbfrange endcmap end end"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode 6 0 R>>"
    return font, stream(cmap.encode())


def draw_lines(lines: Sequence[str], width: int, height: int, size: int) -> np.ndarray:
    """Lines of text as a picture, `(height, width)` uint8 grey."""
    image = Image.new("L", (width, height), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    for row, line in enumerate(lines):
        pen.text((size, size + 1.6 * size * row), line, fill=0, font=font)
    return np.asarray(image)


def picture_object(pixels: np.ndarray) -> bytes:
    """A grey picture as an object that `/P Do` draws into the unit square."""
    height, width = pixels.shape
    entries = f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
    return stream(pixels.tobytes(), entries)
