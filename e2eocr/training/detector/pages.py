"""Pages to train and measure detectors on: drawn ones from a store, real ones from labelled folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from e2eocr.errors import DataError
from e2eocr.page.fit import fit_quads
from e2eocr.training.detector.recipe import PageSet
from e2eocr.truth.labelled import TRUTH_SUFFIX, LabelledDocument, find_labelled
from e2eocr.truth.page_shards import PageStore
from e2eocr.truth.records import quad_of


@dataclass(frozen=True, eq=False)
class TruePage:
    """A page with the lines on it.

    Attributes:
        image: `(H, W, 3)` uint8 RGB.
        outlines: Each line's outline, `(k, 2)` float32, pixels; of a straight line its corners.
        quads: `(n, 4, 2)` float32 corners of the lines, clockwise from the text's own top left.
        ignored: `(m, 4, 2)` float32 places where finding text is neither right nor wrong.
        turn: Quarter turns clockwise by which the page is turned; None where it is not known.
        partial: Whether some lines have no quad.
    """

    image: np.ndarray
    outlines: tuple[np.ndarray, ...]
    quads: np.ndarray
    ignored: np.ndarray
    turn: int | None = 0
    partial: bool = False


class PageSource(Protocol):
    """Pages by number."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> TruePage: ...


class LabelledPages:
    """Pictures of a folder with their `.gt.json`; upright as a person sees them."""

    def __init__(self, folder: Path) -> None:
        """Find the pages; pictures are read as they are asked for.

        Raises:
            DataError: If a document is no picture, or its truth has no outlines.
        """
        self._documents = find_labelled(folder)
        for document in self._documents:
            if not cv2.haveImageReader(str(document.path)) or len(document.pages) != 1:
                raise DataError(f"{document.path}: expected a picture with the outlines of its lines. Take it out.")

    def __len__(self) -> int:
        return len(self._documents)

    def __getitem__(self, index: int) -> TruePage:
        document: LabelledDocument = self._documents[index]
        truth = document.pages[0]
        image = cv2.imread(str(document.path), cv2.IMREAD_COLOR_RGB)
        if image is None:
            raise DataError(f"{document.path}: cannot be read as a picture. Take it out.")
        return TruePage(image, tuple(truth.quads), truth.quads, truth.ignored, 0, document.partial)


class DrawnPages:
    """The pages of a store that `synth pages` wrote."""

    def __init__(self, folder: Path) -> None:
        self._store = PageStore(folder)

    def __len__(self) -> int:
        return len(self._store)

    def __getitem__(self, index: int) -> TruePage:
        sample = self._store[index]
        known = [line.polygon for line in sample.lines if not line.ignore]
        ignored = [line.polygon for line in sample.lines if line.ignore]
        return TruePage(sample.rgb, tuple(known), _quads(known), _quads(ignored), sample.rotation // 90 % 4)


def _quads(polygons: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([quad_of(polygon) for polygon in polygons], np.float32).reshape(-1, 4, 2)


class FittedPages:
    """Pages whose outlines are fitted to the ink: people leave more or less room around a line, and a net learns it."""

    def __init__(self, source: PageSource) -> None:
        self._source = source

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int) -> TruePage:
        page = self._source[index]
        quads = fit_quads(page.image, page.quads)
        return replace(page, outlines=tuple(quads), quads=quads)


class SomePages:
    """Some pages of a source, evenly spread."""

    def __init__(self, source: PageSource, most: int) -> None:
        count = min(most, len(source))
        self._source = source
        self._indices = [number * len(source) // count for number in range(count)]

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> TruePage:
        return self._source[self._indices[index]]


def open_pages(pages: PageSet) -> PageSource:
    """Open a store of drawn pages or a folder of labelled pictures.

    Raises:
        DataError: If it is neither, or holds no page.
    """
    folder = Path(pages.path)
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder. Name a store of pages, or a folder of labelled pictures.")
    source: PageSource = LabelledPages(folder) if next(folder.rglob(f"*{TRUTH_SUFFIX}"), None) else DrawnPages(folder)
    if not len(source):
        raise DataError(f"{folder} holds no page. Draw some with `e2eocr synth pages`, or name another folder.")
    if pages.fit:
        source = FittedPages(source)
    return SomePages(source, pages.most) if pages.most else source


def usual_height(quads: np.ndarray) -> float:
    """Median height of lines, in their own unit: the shorter side of each quad `(n, 4, 2)`; 0 without lines."""
    if not len(quads):
        return 0.0
    sides = np.linalg.norm(quads - np.roll(quads, -1, axis=1), axis=2)  # (n, 4)
    return float(np.median(np.minimum(sides[:, 0] + sides[:, 2], sides[:, 1] + sides[:, 3]) / 2))


def transform_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Take points `(..., 2)` through a `(2, 3)` affine matrix; `(..., 2)` float32."""
    return (np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
