"""Pictures: one page each, or a page a frame for TIFF.

Animated GIF, WebP, PNG and AVIF give their first frame: they are films, not documents. A file is opened anew for
each page and closed again, so that no decoded frame outlives the page it was read for. Pictures with half as many
pixels an inch one way as the other, such as faxes of 204 x 98 dpi, are stretched to the higher resolution.
"""

from __future__ import annotations

import logging
import math
import os
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from e2eocr.documents.base import PageImage, PageSize, TextLayer, check_index, explain
from e2eocr.documents.pixels import decoded_bytes_per_pixel, to_rgb
from e2eocr.errors import DocumentError, TooLargeError

# Pillow tries only these on a file of that kind: a sniffed PNG never reaches, say, the PostScript reader.
_PILLOW_FORMATS = {
    "image/png": ("PNG",),
    "image/jpeg": ("JPEG", "MPO"),
    "image/tiff": ("TIFF",),
    "image/webp": ("WEBP",),
    "image/bmp": ("BMP",),
    "image/x-portable-anymap": ("PPM",),
    "image/gif": ("GIF",),
    "image/jp2": ("JPEG2000",),
    "image/avif": ("AVIF",),
    "image/heic": ("HEIF",),
}
_ORIENTATION_TAG = 0x0112
_SUBFILE_TYPE_TAG = 254
_REDUCED_OR_MASK = 0b101
_MAX_FRAMES = 10_000
_SANE_DPI = (50.0, 1200.0)
_FAX_RATIO = (1.85, 2.15)  # of the higher to the lower resolution: 204 x 98, 200 x 100, 204 x 391 dpi
_DAMAGED = "The file is damaged: copy or scan it again."
_STDERR_LOCK = threading.Lock()
_LENIENCE_LOCK = threading.Lock()
# Pillow logs some of what is odd; without a handler Python would print that to stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of a decoded picture: reduced by a whole factor, then stretched to `size` (width, height)."""

    reduction: int
    size: tuple[int, int]
    dpi: float | None


class ImageDocument:
    """A picture file; see `OpenDocument`."""

    attachments: tuple[str, ...] = ()

    def __init__(self, path: Path, kind: str, max_pixels: int) -> None:
        self.media_type = kind
        self._path = path
        self._max_pixels = max_pixels
        with self._opened() as image:
            self._frames = _list_frames(image) if kind == "image/tiff" else [0]
        self.page_count = len(self._frames)

    def page_size(self, index: int) -> PageSize:
        with self._opened(index) as image:
            plan = self._prepare(image)
            width, height = plan.size
            # Of a TIFF, Pillow tells the size as seen from the start.
            if self.media_type != "image/tiff" and _orientation(image) >= 5:
                width, height = height, width
        return PageSize(width, height, plan.dpi)

    def frame(self, index: int) -> int:
        return self._frames[index]

    def read_page(self, index: int) -> PageImage:
        with self._opened(index) as image:
            plan = self._prepare(image)
            damage = self._load(image)
            orientation = _orientation(image)  # after loading: Pillow has turned a TIFF by then
            pixels = to_rgb(image, plan.reduction)
        if pixels.shape[1::-1] != plan.size:
            pixels = cv2.resize(pixels, plan.size, interpolation=cv2.INTER_LINEAR)
        return PageImage(index, orient(pixels, orientation), plan.dpi, damage)

    def _load(self, image: Image.Image) -> str | None:
        """Decode a picture. A JPEG that lacks its end is read as far as it goes, and what it lacks is told."""
        try:
            with _muted_stderr() if self.media_type == "image/tiff" else nullcontext():
                image.load()
        except OSError as error:
            if self.media_type != "image/jpeg" or "truncated" not in str(error):
                raise
            with _leniently():
                image.load()
            return explain("the file ends too early, and the rest of the picture is lost", _DAMAGED)
        return None

    def text_layer(self, index: int) -> TextLayer | None:
        check_index(index, self.page_count)
        return None

    def __enter__(self) -> ImageDocument:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @contextmanager
    def _opened(self, index: int | None = None) -> Iterator[Image.Image]:
        """Open the file at a page; whatever goes wrong meanwhile is a DocumentError."""
        if index is not None:
            check_index(index, self.page_count)
        try:
            with _quiet(), Image.open(self._path, formats=_PILLOW_FORMATS[self.media_type]) as image:
                if index:
                    image.seek(self._frames[index])
                yield image
        except DocumentError:
            raise
        # Pillow's readers meet hostile bytes with whatever error comes first: OSError, ValueError, SyntaxError,
        # struct.error, OverflowError, MemoryError, KeyError … Each of them means the same: this page is lost.
        except Exception as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> DocumentError:
        if isinstance(error, Image.DecompressionBombError):
            return TooLargeError(self._path, explain("the picture is larger than Pillow allows", self._shrink_hint()))
        if isinstance(error, UnidentifiedImageError):
            return DocumentError(self._path, explain(f"no readable {self.media_type} header", _DAMAGED))
        if isinstance(error, MemoryError):
            return TooLargeError(self._path, explain("not enough memory for the picture", self._shrink_hint()))
        if isinstance(error, (struct.error, SyntaxError)):
            return DocumentError(self._path, explain(f"broken picture structure ({error})", _DAMAGED))
        # Plain sentences come as these two; with others the class says more than the text.
        plain = isinstance(error, (OSError, ValueError)) and str(error)
        reason = f"the picture cannot be decoded ({plain or repr(error)})"
        return DocumentError(self._path, explain(reason, _DAMAGED))

    def _shrink_hint(self) -> str:
        return f"Save it smaller: at most {self._max_pixels:,} pixels."

    def _prepare(self, image: Image.Image) -> _Plan:
        """Have a large JPEG decoded small, and tell what is to be done with the decoded picture.

        Raises:
            TooLargeError: If decoding would take more than 4 bytes for each allowed pixel.
        """
        width, height = image.size
        across, down = _resolution(image)
        stretch = (max(down / across, 1.0), max(across / down, 1.0)) if across else (1.0, 1.0)
        limit = max(1, int(self._max_pixels / math.prod(stretch)))
        factor = _reduction(image.size, limit)
        # A progressive JPEG is held whole in memory whatever size is asked of it.
        if factor > 1 and image.format == "JPEG" and not image.info.get("progressive"):
            image.draft(None, (width // factor, height // factor))
            factor = _reduction(image.size, limit)
        if math.prod(image.size) * decoded_bytes_per_pixel(image.mode) > 4 * self._max_pixels:
            reason = f"the picture is too large, {width} x {height} pixels"
            remedy = f"Save it smaller (at most {self._max_pixels:,} pixels), or raise `--max-pixels`."
            raise TooLargeError(self._path, explain(reason, remedy))
        reduced = _reduced_size(image.size, factor)
        size = int(reduced[0] * stretch[0]), int(reduced[1] * stretch[1])
        dpi = round(max(across, down), 2) * reduced[0] / width if across else None
        return _Plan(factor, size, dpi)


def open_image(path: Path, kind: str, *, max_pixels: int) -> ImageDocument:
    """Open a picture file of a sniffed kind (`image/…`); raises DocumentError."""
    if kind == "image/heic":
        _register_heif(path)
    return ImageDocument(path, kind, max_pixels)


def orient(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror a stored picture as its EXIF orientation (1–8) says, so that a person sees it upright.

    Args:
        pixels: `(H, W, 3)`, as stored.
        orientation: EXIF value; 5–8 swap width and height.

    Returns:
        The upright picture, contiguous; the same array for orientation 1.
    """
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's remarks on odd metadata off stderr: what matters of them ends as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _leniently() -> Iterator[None]:
    """Have Pillow fill up what a picture lacks; that is a switch for the whole process."""
    with _LENIENCE_LOCK:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


@contextmanager
def _muted_stderr() -> Iterator[None]:
    """Keep off stderr what libtiff prints there from C about damaged files; the error comes as an exception too."""
    with _STDERR_LOCK:
        try:
            saved = os.dup(2)
        except OSError:  # a service without stderr
            yield
            return
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(null)


def _register_heif(path: Path) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        reason = "HEIC pictures need the package pillow-heif"
        raise DocumentError(path, explain(reason, "Install it: pip install pillow-heif")) from error
    register_heif_opener()


def _list_frames(image: Image.Image) -> list[int]:
    """The frames of a TIFF that are pages: no thumbnails, no transparency masks.

    A frame whose directory cannot be read counts as a page, so that its loss is told; no frame can be reached
    behind it.
    """
    frames: list[int] = []
    for number in range(_MAX_FRAMES):
        try:
            image.seek(number)
        except EOFError:
            break
        except Exception:  # any error of the reader, see `_opened`; reading this page will raise it again
            frames.append(number)
            break
        if not _tiff_tag(image, _SUBFILE_TYPE_TAG) & _REDUCED_OR_MASK:
            frames.append(number)
    return frames or [0]


def _tiff_tag(image: Image.Image, tag: int) -> int:
    value = getattr(image, "tag_v2", {}).get(tag, 0)
    return value if isinstance(value, int) else 0


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 where there is none or it makes no sense."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # broken EXIF takes nothing from the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Pixels an inch across and down, if the file tells them believably: alike, or as a fax has them; else zeros."""
    across, down = (_as_float(value) for value in _pair(image.info.get("dpi")))
    low, high = min(across, down), max(across, down)
    if not (_SANE_DPI[0] <= low and high <= _SANE_DPI[1]):
        return 0.0, 0.0
    if abs(across - down) <= 0.1 * across:
        return across, across
    if not _FAX_RATIO[0] <= high / low <= _FAX_RATIO[1]:
        return 0.0, 0.0
    # The file tells them for the picture as stored; the size of a TIFF, Pillow tells as seen.
    turned = image.format == "TIFF" and _orientation(image) >= 5
    return (down, across) if turned else (across, down)


def _pair(value: Any) -> tuple[Any, Any]:
    return (value[0], value[1]) if isinstance(value, tuple) and len(value) == 2 else (0, 0)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return 0.0


def _reduction(size: tuple[int, int], max_pixels: int) -> int:
    """The smallest whole factor by which a picture must be reduced to hold at most `max_pixels`."""
    factor = max(1, math.isqrt(math.prod(size) // max_pixels))
    while math.prod(_reduced_size(size, factor)) > max_pixels:
        factor += 1
    return factor


def _reduced_size(size: tuple[int, int], factor: int) -> tuple[int, int]:
    return max(1, size[0] // factor), max(1, size[1] // factor)
