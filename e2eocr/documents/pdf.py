"""PDF pages, rendered by poppler (through pdf2image) or PDFium, one at a time.

PDFium counts and measures the pages and reads their text in any case; the engine chosen only renders. PDFium is not
thread-safe: every call into it holds one lock. Poppler runs as a process of its own for each page, which can crash
or hang without harm to us.
"""

from __future__ import annotations

import logging
import math
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
import pypdfium2
from pypdfium2 import PdfDocument, PdfiumError

from e2eocr.documents.attachments import attachment_names
from e2eocr.documents.base import PageImage, PageSize, TextLayer, check_index, explain
from e2eocr.documents.kinds import PDF
from e2eocr.documents.pdf_pictures import scan_dpi
from e2eocr.documents.text_layer import read_text_layer
from e2eocr.errors import DocumentError, MissingDependencyError, PasswordError, TooLargeError
from e2eocr.results import Box

POPPLER_TIMEOUT_S = 30  # a page that takes it longer is left to PDFium, which mostly takes a second
_MIN_DPI = 20.0
_POINTS_PER_INCH = 72.0
_PREVIEW_DPI = 100.0
_PREVIEW_SIDE = 2200  # pixels that a preview has at most
_STRICT_POPPLER = "strict poppler"
_BLANK_RANGE = 8  # grey levels within which a picture is blank
_PASSWORD_ERROR = pypdfium2.raw.FPDF_ERR_PASSWORD
_REASONS = {
    pypdfium2.raw.FPDF_ERR_FORMAT: "the PDF is damaged beyond repair or has no pages",
    pypdfium2.raw.FPDF_ERR_SECURITY: "the PDF is encrypted in a way we cannot open, such as for a certificate",
}
_ANEW = "Save it anew from the program that made it."
_PDFIUM_LOCK = threading.RLock()
# pypdfium2 remarks on forms it cannot fill in; without a handler Python would print that to stderr.
logging.getLogger("pypdfium2").addHandler(logging.NullHandler())


class PDFDocument:
    """A PDF; see `OpenDocument`."""

    media_type = PDF

    def __init__(self, path: Path, pdf: PdfDocument, password: str, engines: Sequence[str], dpi: float, limit: int):
        self._path = path
        self._pdf = pdf
        self._password = password
        self._engines = engines
        self._dpi = dpi
        self._max_pixels = limit
        self._scan_dpi: dict[int, float] = {}
        with _PDFIUM_LOCK:
            self.page_count = len(pdf)
            self.attachments = attachment_names(pdf)

    def page_size(self, index: int) -> PageSize:
        width, height = self._size_in_points(index)
        dpi = self._fitting_dpi(index, width, height)
        return PageSize(*_size_in_pixels(width, height, dpi), dpi)

    def frame(self, index: int) -> int:
        return index

    def read_page(self, index: int) -> PageImage:
        size = self.page_size(index)
        failures: list[str] = []
        pixels = None
        for engine in self._engines:
            try:
                pixels = self._renderer(engine)(index, size)
            # What a damaged page makes of a renderer is not foreseeable; each failure is told below.
            except Exception as error:
                failures.append(f"{engine}: {error or type(error).__name__}")
                continue
            if not _is_blank(pixels):
                break  # a renderer that meets what it cannot draw may leave the page white without a word
        if pixels is None:
            raise self._page_error(index, "; ".join(failures))
        return PageImage(index, pixels, size.dpi)

    def text_layer(self, index: int) -> TextLayer | None:
        size = self.page_size(index)
        scale = (size.dpi or self._dpi) / _POINTS_PER_INCH
        try:
            with self._loaded(index) as page:
                lines = read_text_layer(page, scale)
                preview = self._preview(page, size) if lines else None
        except PdfiumError:
            return None  # a page whose text cannot be read may still be rendered
        if preview is None:
            return None
        return TextLayer(size, lines, preview, preview.shape[1] / size.width, partial(self._draw_boxes, index, size))

    def _preview(self, page: pypdfium2.PdfPage, size: PageSize) -> np.ndarray:
        points = _POINTS_PER_INCH / (size.dpi or self._dpi)
        side = max(size.width, size.height) * points
        return _draw(page, min(_PREVIEW_DPI / _POINTS_PER_INCH, _PREVIEW_SIDE / side))

    def _draw_boxes(self, index: int, size: PageSize, boxes: Sequence[Box]) -> list[np.ndarray]:
        scale = (size.dpi or self._dpi) / _POINTS_PER_INCH
        width, height = self._size_in_points(index)
        with self._loaded(index) as page:
            return [_draw(page, scale, crop=_crop_around(box, scale, width, height)) for box in boxes]

    def __enter__(self) -> PDFDocument:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _PDFIUM_LOCK:
            self._pdf.close()

    @contextmanager
    def _loaded(self, index: int) -> Iterator[pypdfium2.PdfPage]:
        """One PDFium page, under the lock as long as it is open."""
        with _PDFIUM_LOCK:
            page = self._pdf[index]
            try:
                yield page
            finally:
                page.close()

    def _size_in_points(self, index: int) -> tuple[float, float]:
        """Width and height as seen (rotation and crop box applied), in points."""
        check_index(index, self.page_count)
        try:
            with _PDFIUM_LOCK:
                width, height = self._pdf.get_page_size(index)
        except PdfiumError as error:
            raise self._page_error(index, str(error)) from error
        if not (math.isfinite(width * height) and width > 0 and height > 0):
            raise self._page_error(index, f"impossible page size {width:g} x {height:g} points")
        return width, height

    def _fitting_dpi(self, index: int, width: float, height: float) -> float:
        """The wanted resolution, or the highest at which the page holds at most `max_pixels`."""
        wanted = self._wanted_dpi(index)
        columns, rows = _size_in_pixels(width, height, wanted)
        if columns * rows <= self._max_pixels:
            return wanted
        # A hair less, since both sides are rounded up to whole pixels.
        dpi = 0.999 * _POINTS_PER_INCH * math.sqrt(self._max_pixels / (width * height))
        if dpi < _MIN_DPI:
            remedy = "Save it on a smaller page size, or raise `--max-pixels`."
            raise TooLargeError(self._path, explain(f"too large, {width:g} x {height:g} points", remedy), index)
        return round(dpi, 2)

    def _wanted_dpi(self, index: int) -> float:
        """The resolution that was asked for; for a scan on a page too small for it, that of the scan."""
        if index not in self._scan_dpi:
            with self._loaded(index) as page:
                self._scan_dpi[index] = scan_dpi(page)
        return max(self._dpi, self._scan_dpi[index])

    def _renderer(self, engine: str) -> Callable[[int, PageSize], np.ndarray]:
        if engine == "pdfium":
            return self._render_by_pdfium
        return partial(self._render_by_poppler, strict=engine == _STRICT_POPPLER)

    def _render_by_pdfium(self, index: int, size: PageSize) -> np.ndarray:
        with self._loaded(index) as page:
            return _draw(page, (size.dpi or 0.0) / _POINTS_PER_INCH)[: size.height, : size.width]

    def _render_by_poppler(self, index: int, size: PageSize, strict: bool) -> np.ndarray:
        """Have poppler write the page to a file: through a pipe it would be held four times over.

        If `strict`, a page of which poppler says that it could not make out a part is an error.
        """
        from pdf2image import convert_from_path

        with tempfile.TemporaryDirectory(prefix="e2eocr-") as folder:
            paths = convert_from_path(
                self._path.absolute(),  # a relative name could start with "-"
                dpi=size.dpi,  # type: ignore[arg-type]  # pdftoppm takes fractions
                first_page=index + 1,
                last_page=index + 1,
                use_cropbox=True,
                userpw=self._password or None,  # type: ignore[arg-type]
                ownerpw=self._password or None,  # type: ignore[arg-type]
                output_folder=folder,
                paths_only=True,
                timeout=POPPLER_TIMEOUT_S,
                strict=strict,
            )
            pixels = cv2.imread(str(paths[0]), cv2.IMREAD_COLOR_RGB) if paths else None
        if pixels is None:
            raise RuntimeError("no picture came back")
        return _fit(pixels, size)

    def _page_error(self, index: int, reason: str) -> DocumentError:
        reason = f"cannot be read ({reason.rstrip('.')})"
        return DocumentError(self._path, explain(reason, "The page is damaged: save the PDF anew."), index)


def open_pdf(path: Path, *, dpi: float, engine: str, passwords: Sequence[str], max_pixels: int) -> PDFDocument:
    """Open a PDF, trying no password first and then each of `passwords`.

    `auto` renders by poppler where it is installed and by PDFium where poppler fails, takes long, leaves out a part or
    draws nothing; poppler's picture is taken all the same where PDFium has none. A PDF that needs a password is left to
    PDFium: poppler takes it on its command line, for every user of the machine to see.

    Raises:
        PasswordError: If none of the passwords opens it.
        DocumentError: If it is damaged, has no pages, or is encrypted for a certificate.
        MissingDependencyError: If `engine` is `poppler` and that is not installed.
    """
    installed = shutil.which("pdftoppm") is not None
    if engine == "poppler" and not installed:
        raise MissingDependencyError("`--pdf-engine poppler` needs pdftoppm: apt install poppler-utils")
    pdf, password = _unlock(path, ["", *passwords])
    engines: Sequence[str] = (engine,)
    if engine == "auto":
        engines = (_STRICT_POPPLER, "pdfium", "poppler") if installed and not password else ("pdfium",)
    return PDFDocument(path, pdf, password, engines, dpi, max_pixels)


def read_attachment(path: Path, name: str, passwords: Sequence[str]) -> bytes:
    """The content of a file that a PDF carries.

    Args:
        path: The PDF.
        name: What `PDFDocument.attachments` calls the file.
        passwords: Tried in turn.

    Raises:
        DocumentError: If the PDF cannot be opened, or carries no such file.
    """
    pdf, _ = _unlock(path, ["", *passwords])
    with _PDFIUM_LOCK:
        try:
            index = attachment_names(pdf).index(name)
            return bytes(pdf.get_attachment(index).get_data())
        except (ValueError, PdfiumError) as error:
            raise DocumentError(path, explain(f"the file {name} in it cannot be read", _ANEW)) from error
        finally:
            pdf.close()


def _unlock(path: Path, passwords: Sequence[str]) -> tuple[PdfDocument, str]:
    """The open PDF and the password that opened it."""
    for password in dict.fromkeys(passwords):
        try:
            with _PDFIUM_LOCK:
                return _load(path, password), password
        except PdfiumError as error:
            if error.err_code != _PASSWORD_ERROR:
                reason = _REASONS.get(error.err_code, str(error))
                raise DocumentError(path, explain(reason, _ANEW)) from error
        except OSError as error:
            raise DocumentError(path, explain(error, "Check the path and its permissions.")) from error
    given = "needs a password" if len(passwords) < 2 else "needs another password than was given"
    raise PasswordError(path, explain(f"the PDF {given}", "Give it by `--password` or `--password-file`."))


def _load(path: Path, password: str) -> PdfDocument:
    try:
        pdf = PdfDocument(path.absolute(), password=password or None)
    except PdfiumError:
        _set_last_error()
        pdf = PdfDocument(path.absolute(), password=password or None)
    with suppress(PdfiumError):  # from a broken form: the pages themselves can still be drawn
        pdf.init_forms()  # so that filled-in fields are drawn
    return pdf


def _set_last_error() -> None:
    """Make PDFium's last error one of format: of a PDF without pages it tells the last error of another document."""
    with suppress(PdfiumError):
        PdfDocument(b"no PDF")


def _draw(page: pypdfium2.PdfPage, scale: float, crop: tuple[float, float, float, float] = (0, 0, 0, 0)) -> np.ndarray:
    """A page, or what is left of it when `crop` points are cut off at its left, bottom, right and top, as RGB."""
    bitmap = page.render(scale=scale, crop=crop, rev_byteorder=True)
    try:
        return np.array(bitmap.to_numpy()[..., :3])
    finally:
        bitmap.close()


def _crop_around(box: Box, scale: float, width: float, height: float) -> tuple[float, float, float, float]:
    """What to cut off a page of this size in points, at its left, bottom, right and top, to leave a box of pixels."""
    x0, y0, x1, y1 = (value / scale for value in box)
    return max(0.0, x0), max(0.0, height - y1), max(0.0, width - x1), max(0.0, y0)


def _is_blank(pixels: np.ndarray) -> bool:
    return int(pixels.max()) - int(pixels.min()) < _BLANK_RANGE


def _fit(pixels: np.ndarray, size: PageSize) -> np.ndarray:
    """Undo a difference of a pixel in how the engines round the page's size."""
    if pixels.shape[:2] == (size.height, size.width):
        return pixels
    return cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_AREA)


def _size_in_pixels(width: float, height: float, dpi: float) -> tuple[int, int]:
    """Whole pixels of a page given in points, rounded up as both engines do."""
    scale = dpi / _POINTS_PER_INCH
    return math.ceil(width * scale), math.ceil(height * scale)
