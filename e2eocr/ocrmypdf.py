"""A plug-in for OCRmyPDF: `ocrmypdf --plugin e2eocr.ocrmypdf in.pdf out.pdf` reads with our detector and recognizer.

OCRmyPDF draws the pages, turns and levels them by what it is told here, has several read at a time and makes the PDF.
A page is read with one thread, since pages are read side by side.
"""

from __future__ import annotations

import functools
import shutil
import threading
from argparse import ArgumentParser
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import cv2
from ocrmypdf import OcrEngine, OcrOptions, OrientationConfidence, hookimpl
from ocrmypdf.builtin_plugins import tesseract_ocr
from ocrmypdf.exceptions import BadArgsError, InputFileError
from pydantic import BaseModel, create_model

from e2eocr import __version__
from e2eocr.documents import PageImage, open_document
from e2eocr.errors import OCRError
from e2eocr.page.straighten import find_skew
from e2eocr.pipeline import Pipeline, load_pipeline
from e2eocr.results import Document
from e2eocr.settings import ReadSettings, options_of
from e2eocr.writers import write_document
from e2eocr.writers.pdf import write_text_pages

if TYPE_CHECKING:
    from pluggy import PluginManager

_NAME = "e2eocr"
_DEFAULTS = ReadSettings()
_READING = ("detector", "recognizer", "order")
# OCRmyPDF turns pages by default from a confidence of 14 on; our evidence is sure from 10 on.
_CONFIDENCE = 1.4
_SANDWICH_FONT = "/F1"  # OCRmyPDF takes text pages over with the fonts of a few names only


_OPTIONS = {each.name: about for each, about in options_of(ReadSettings) if each.name in _READING}
# What the plug-in adds to OCRmyPDF's options, as `--e2eocr-detector` and so on.
ReadingOptions = create_model("ReadingOptions", **{name: (str, getattr(_DEFAULTS, name)) for name in _OPTIONS})  # type: ignore[call-overload]


class E2EOCREngine(OcrEngine):
    """Reads the pictures of pages that OCRmyPDF makes."""

    @staticmethod
    def version() -> str:
        return __version__

    @staticmethod
    def creator_tag(options: OcrOptions) -> str:
        return f"{_NAME} {__version__}"

    def __str__(self) -> str:
        return f"{_NAME} {__version__}"

    @staticmethod
    def languages(options: OcrOptions) -> set[str]:
        """None: the recognizer is told no language, and OCRmyPDF then takes any."""
        return set()

    @staticmethod
    def get_orientation(input_file: Path, options: OcrOptions) -> OrientationConfidence:
        """The clockwise quarter turn by which a page lies; OCRmyPDF turns it back."""
        found = _pipeline(options).orientation(_open_page(input_file))
        return OrientationConfidence(-found.turn % 360, _CONFIDENCE * found.evidence)

    @staticmethod
    def get_deskew(input_file: Path, options: OcrOptions) -> float:
        """The angle in degrees, counter-clockwise, that levels the lines of a page."""
        return find_skew(_open_page(input_file).pixels)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: OcrOptions) -> None:
        """Write a page as hOCR and as text."""
        document = _read(input_file, options)
        output_hocr.write_bytes(write_document(document, "hocr"))
        output_text.write_bytes(write_document(document, "txt"))

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: OcrOptions) -> None:
        """Write a page as a PDF of invisible text, as large as its picture, and as text."""
        document = _read(input_file, options)
        output_pdf.write_bytes(write_text_pages(document, font_name=_SANDWICH_FONT))
        output_text.write_bytes(write_document(document, "txt"))


@hookimpl
def initialize(plugin_manager: PluginManager) -> None:
    """Do without Tesseract where it is not installed: OCRmyPDF would not start, though it is not asked to read.

    Its options stay, since OCRmyPDF looks at them whatever reads the pages.
    """
    if shutil.which("tesseract") is None:
        plugin_manager.set_blocked(tesseract_ocr.__name__)
        options = {name: getattr(tesseract_ocr, name) for name in ("add_options", "register_options")}
        plugin_manager.register(SimpleNamespace(**options), name=f"{_NAME}: options of Tesseract")


@hookimpl
def add_options(parser: ArgumentParser) -> None:
    """Add our options to those of the command line."""
    group = parser.add_argument_group(_NAME, "How e2eocr reads the pages")
    for name, about in _OPTIONS.items():
        group.add_argument(
            f"--{_NAME}-{name}",
            metavar=about.metavar,
            choices=about.choices or None,
            default=getattr(_DEFAULTS, name),
            help=about.help,
        )


@hookimpl
def register_options() -> dict[str, type[BaseModel]]:
    """Make our options known by their names."""
    return {_NAME: ReadingOptions}


@hookimpl
def check_options(options: OcrOptions) -> None:
    """Load the models before any page is touched, and lay our own text under the pages where no renderer is named.

    Raises:
        BadArgsError: If a model is unknown or broken.
    """
    if not _is_chosen(options):
        return
    try:
        _pipeline(options)
    except OCRError as error:
        raise BadArgsError(str(error)) from error
    if options.pdf_renderer == "auto":
        options.pdf_renderer = "sandwich"


@hookimpl
def get_ocr_engine(options: OcrOptions | None) -> OcrEngine | None:
    """Ours, unless `--ocr-engine` names another."""
    return E2EOCREngine() if options is None or _is_chosen(options) else None


def _is_chosen(options: OcrOptions) -> bool:
    return options.ocr_engine == "auto"


_loading = threading.Lock()


def _pipeline(options: OcrOptions) -> Pipeline:
    """The pipeline of these options: one a process, for all threads that read pages."""
    chosen: BaseModel = getattr(options, _NAME)
    with _loading:
        return _load(ReadSettings(**chosen.model_dump()))


@functools.lru_cache(maxsize=1)
def _load(settings: ReadSettings) -> Pipeline:
    cv2.setNumThreads(settings.threads)
    return load_pipeline(settings)


def _read(path: Path, options: OcrOptions) -> Document:
    """Read the picture of a page.

    Raises:
        InputFileError: If it cannot be read.
    """
    try:
        document = _pipeline(options).read(path)
    except OCRError as error:
        raise InputFileError(str(error)) from error
    if document.pages[0].error is not None:
        raise InputFileError(f"{path}: {document.pages[0].error}")
    return document


def _open_page(path: Path) -> PageImage:
    """The picture of a page.

    Raises:
        InputFileError: If it cannot be read.
    """
    try:
        with open_document(path) as opened:
            return opened.read_page(0)
    except OCRError as error:
        raise InputFileError(str(error)) from error
