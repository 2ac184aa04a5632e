"""Pages to train and measure detectors on: all of a source or some, their outlines fitted to the ink or as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from e2eocr.documents import open_document
from e2eocr.errors import DataError, DocumentError, NothingToReadError
from e2eocr.page.fit import fit_quads
from e2eocr.training.detector.recipe import PageSet
from e2eocr.truth import pages as known
from e2eocr.truth.adapters.opening import named_data_set
from e2eocr.truth.labelled import LabelledDocument
from e2eocr.truth.pages import LabelledPages, PageSource
from e2eocr.truth.records import LineTruth, PageSample, PageTruth, quad_of


class FittedPages:
    """Pages whose outlines are fitted to the ink: people leave more or less room around a line, and a net learns it."""

    def __init__(self, source: PageSource) -> None:
        self._source = source

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int) -> PageSample:
        page = self._source[index]
        fitted = iter(fit_quads(page.rgb, page.quads))
        kept = [line.placed and not line.ignore for line in page.lines]
        lines = zip(page.lines, kept, strict=True)
        return replace(page, lines=tuple(replace(line, polygon=next(fitted)) if fits else line for line, fits in lines))


class SomePages:
    """Some pages of a source, evenly spread."""

    def __init__(self, source: PageSource, most: int) -> None:
        count = min(most, len(source))
        self._source = source
        self._indices = [number * len(source) // count for number in range(count)]

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> PageSample:
        return self._source[self._indices[index]]


def open_pages(pages: PageSet) -> PageSource:
    """Open a store of drawn pages or a folder of labelled pictures.

    Raises:
        DataError: If it is neither, nor a data set, holds no page, or one whose lines are known without their places.
    """
    folder = Path(pages.path)
    if not folder.is_dir() and named_data_set(folder) is None:
        raise DataError(f"{folder} is no folder. Name a store of pages, or a folder of labelled pictures.")
    source = _open_known(folder)
    if not len(source):
        raise DataError(f"{folder} holds no page. Draw some with `e2eocr synth pages`, or name another folder.")
    if pages.fit:
        source = FittedPages(source)
    return SomePages(source, pages.max_pages) if pages.max_pages else source


def _open_known(folder: Path) -> PageSource:
    try:
        source = known.open_pages(folder)
    except NothingToReadError as error:
        raise DataError(str(error)) from error
    for document, truth in source.pages if isinstance(source, LabelledPages) else ():
        _check_page(document, truth)
    return source


def _check_page(document: LabelledDocument, truth: PageTruth) -> None:
    if truth.lines and not any(line.placed for line in truth.lines):
        raise DataError(f"{document.path}: expected a page with the outlines of its lines. Take it out.")
    try:
        with open_document(document.path):
            return
    except DocumentError as error:
        raise DataError(f"{error} Or take it out.") from error


def outline_along(line: LineTruth) -> np.ndarray:
    """The outline of a line, `(2 m, 2)` float32: half of it along the text, which runs down in a column, then back."""
    outline = line.polygon if len(line.polygon) % 2 == 0 else quad_of(line.polygon)
    if not line.vertical:
        return outline
    count = len(outline) // 2
    return outline[[count - 1, count, -1, 0]]


def usual_height(quads: np.ndarray) -> float:
    """Median height of lines, in their own unit: the shorter side of each quad `(n, 4, 2)`; 0 without lines."""
    if not len(quads):
        return 0.0
    sides = np.linalg.norm(quads - np.roll(quads, -1, axis=1), axis=2)  # (n, 4)
    return float(np.median(np.minimum(sides[:, 0] + sides[:, 2], sides[:, 1] + sides[:, 3]) / 2))


def transform_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Take points `(..., 2)` through a `(2, 3)` affine matrix; `(..., 2)` float32."""
    return (np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
