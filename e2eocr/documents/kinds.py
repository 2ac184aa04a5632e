"""What kind of file this is, by its first bytes, and by its suffix where these say nothing."""

from __future__ import annotations

import re
from pathlib import Path

PDF = "application/pdf"
UNKNOWN = "application/octet-stream"

_BY_SUFFIX = {
    ".pdf": PDF,
    ".png": "image/png",
    ".apng": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpe": "image/jpeg",
    ".jfif": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".dib": "image/bmp",
    ".pbm": "image/x-portable-anymap",
    ".pgm": "image/x-portable-anymap",
    ".ppm": "image/x-portable-anymap",
    ".pnm": "image/x-portable-anymap",
    ".gif": "image/gif",
    ".jp2": "image/jp2",
    ".j2k": "image/jp2",
    ".jpc": "image/jp2",
    ".jpf": "image/jp2",
    ".jpx": "image/jp2",
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".heif": "image/heic",
}
SUFFIXES = frozenset(_BY_SUFFIX)

_BY_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),  # BigTIFF
    (b"MM\0+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),  # a bare codestream
    (b"BM", "image/bmp"),
)
_SNIFFED_BYTES = 1024
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)  # bytes of the second header, which tell its version
_PNM_HEADER = re.compile(rb"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+(#[^\n]*\n\s*)*\d+\s")


def is_readable_suffix(path: Path) -> bool:
    """Whether the file's name says that it is of a kind we read."""
    return path.suffix.lower() in SUFFIXES


def is_document(path: Path) -> bool:
    """Whether a file is of a kind we read: by its name, or else by what it plainly holds.

    A file whose name says nothing, or something else, must begin as only such a file does: text that happens to begin
    with the letters `BM` or `P1` is no picture.
    """
    if is_readable_suffix(path):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFFED_BYTES)
    except OSError:
        return False
    kind = sniff(head)
    if kind == PDF:
        return head.startswith(b"%PDF-")
    if kind == "image/bmp":
        return int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return kind is not None and (kind != "image/x-portable-anymap" or _PNM_HEADER.match(head) is not None)


def media_type(path: Path) -> str:
    """The media type of a file: by its first bytes, else by its suffix, else `application/octet-stream`."""
    try:
        with path.open("rb") as file:
            sniffed = sniff(file.read(_SNIFFED_BYTES))
    except OSError:
        sniffed = None
    return sniffed or suffix_media_type(path) or UNKNOWN


def suffix_media_type(path: Path) -> str | None:
    """The media type that the file's name promises; None for a suffix we do not know."""
    return _BY_SUFFIX.get(path.suffix.lower())


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes of a file show (1,024 are enough); None if they are of no kind we read."""
    for magic, kind in _BY_MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "image/x-portable-anymap"
    if head[4:8] == b"ftyp":
        return _sniff_heif(head)
    # Readers accept a PDF header after some rubbish, such as a byte order mark or mail headers.
    return PDF if b"%PDF-" in head[:_SNIFFED_BYTES] else None


def _sniff_heif(head: bytes) -> str | None:
    """AVIF and HEIC share a container; its brands (major, then compatible ones) tell which it is."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[start : start + 4] for start in (8, *range(16, size - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return "image/avif"
    return "image/heic" if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"} else None
