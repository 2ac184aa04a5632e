"""Pages whose text is known, opened: drawn ones from a store, real ones from labelled folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from e2eocr.documents import open_document
from e2eocr.page.crops import LINE_PADDING, cut_lines
from e2eocr.page.fit import fit_quads
from e2eocr.truth.labelled import LabelledDocument, find_labelled
from e2eocr.truth.page_shards import PageStore
from e2eocr.truth.records import LONGEST, STORED_HEIGHT, LineTruth, PageSample, PageTruth, quad_of, quads_of
from e2eocr.truth.shards import is_store

DRAWN_DPI = 200.0  # at which pages of PDFs are drawn


class PageSource(Protocol):
    """Pages by number, each with polygons in pixels of its picture."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> PageSample: ...


class LabelledPages:
    """Pages of labelled documents, upright as a person sees them; they are read as they are asked for."""

    def __init__(self, documents: Sequence[LabelledDocument], dpi: float = DRAWN_DPI) -> None:
        self.pages = [(document, truth) for document in documents for truth in document.pages]
        self._dpi = dpi

    def __len__(self) -> int:
        return len(self.pages)

    def __getitem__(self, index: int) -> PageSample:
        return read_page(*self.pages[index], self._dpi)


def open_pages(folder: Path, dpi: float = DRAWN_DPI) -> PageSource:
    """Open a store of drawn pages, or the documents of a labelled folder.

    Args:
        folder: What `synth pages` wrote, or a folder as `evaluate` takes it.
        dpi: At which pages of PDFs are drawn.

    Raises:
        NothingToReadError: If it is neither.
        DataError: If its truth is malformed.
    """
    return PageStore(folder) if is_store(folder) else LabelledPages(find_labelled(folder), dpi)


def read_page(document: LabelledDocument, truth: PageTruth, dpi: float = DRAWN_DPI) -> PageSample:
    """Read a page of a labelled document, its lines in pixels of the picture.

    Raises:
        DocumentError: If it cannot be read.
    """
    with open_document(document.path, dpi=dpi) as opened:
        page = opened.read_page(truth.index or 0)
    lines = truth.scaled_to(page.pixels.shape[1]).lines
    placed = all(line.placed for line in lines if not line.ignore)
    return PageSample(page.pixels, lines, truth.rotation, dpi=page.dpi or 0.0, partial=document.partial or not placed)


def cut_page(page: PageSample, padding: float = LINE_PADDING) -> tuple[list[LineTruth], list[np.ndarray]]:
    """The lines of a page that run sideways and whose places are known, fitted to their ink, as a recognizer gets them.

    Returns:
        The lines, and a `(h, w)` uint8 grey crop of each. Lines whose outline has no area are not among them.
    """
    lines = [line for line in page.placed if not line.vertical and cv2.contourArea(quad_of(line.polygon)) > 0]
    return lines, cut_lines(page.rgb, fit_quads(page.rgb, quads_of(lines)), padding=padding) if lines else []


def bounded(crop: np.ndarray) -> np.ndarray:
    """A crop `(h, w)` uint8, no larger than lines are stored."""
    scale = min(1.0, STORED_HEIGHT / crop.shape[0], LONGEST / crop.shape[1])
    if scale == 1.0:
        return crop
    size = max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale))
    return cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
