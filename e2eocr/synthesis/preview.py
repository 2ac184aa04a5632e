"""What drawn data look like, on one sheet: lines beside what training sees of them, pages with their lines."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from e2eocr.errors import OutputError
from e2eocr.synthesis.effects.lines import degrade
from e2eocr.truth.line_shards import ShardReader
from e2eocr.truth.page_shards import PageStore
from e2eocr.truth.records import PageSample, encode_png

_LINES, _PAGES = 40, 12  # on a sheet
_LINE_HEIGHT, _LINE_WIDTH = 32, 600  # pixels
_PAGE_WIDTH, _PAGE_HEIGHT, _PAGES_ACROSS = 400, 540, 4
_GAP = 8
_PAPER, _OUTLINE = (230, 230, 230), (200, 40, 40)  # RGB


def preview_lines(store: ShardReader, *, seed: int = 1) -> np.ndarray:
    """A sheet of lines from all over a store: at the left as they were drawn, at the right as training degrades them.

    Returns:
        `(H, W, 3)` uint8 RGB.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for index in _spread(len(store), _LINES):
        image = store[index].image
        pair = [_fit(each, _LINE_WIDTH, _LINE_HEIGHT) for each in (image, degrade(image, rng))]
        rows.append(_join(pair, axis=1))
    return _join(rows, axis=0)


def preview_pages(store: PageStore) -> np.ndarray:
    """A sheet of pages from all over a store, with the outlines of their lines; `(H, W, 3)` uint8 RGB."""
    pages = [_fit(_outlined(store[index]), _PAGE_WIDTH, _PAGE_HEIGHT) for index in _spread(len(store), _PAGES)]
    pages += [_ground(_PAGE_HEIGHT, _PAGE_WIDTH)] * (-len(pages) % _PAGES_ACROSS)
    rows = [pages[start : start + _PAGES_ACROSS] for start in range(0, len(pages), _PAGES_ACROSS)]
    return _join([_join(row, axis=1) for row in rows], axis=0)


def write_preview(sheet: np.ndarray, path: Path) -> None:
    """Write a sheet, `(H, W, 3)` uint8 RGB, as PNG.

    Raises:
        OutputError: If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(sheet))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}. Choose another name.") from error


def _spread(count: int, wanted: int) -> list[int]:
    """Indices from all over `count` things, at most `wanted`."""
    return [int(index) for index in np.linspace(0, count - 1, min(count, wanted)).round()]


def _outlined(page: PageSample) -> np.ndarray:
    image = page.image if page.image.ndim == 3 else cv2.cvtColor(page.image, cv2.COLOR_GRAY2RGB)
    outlines = [np.rint(line.polygon).astype(np.int32) for line in page.lines]
    return cv2.polylines(image.copy(), outlines, True, _OUTLINE, max(1, image.shape[0] // 400), cv2.LINE_AA)


def _fit(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """A grey or RGB picture made as large as a place, `(height, width, 3)`, and laid at its top left."""
    image = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    scale = min(width / image.shape[1], height / image.shape[0])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    place = _ground(height, width)
    place[: size[1], : size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    return place


def _ground(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), _PAPER, np.uint8)


def _join(parts: list[np.ndarray], axis: int) -> np.ndarray:
    """Pictures of one size below or beside each other, with gaps."""
    height, width = parts[0].shape[:2]
    gap = _ground(_GAP, width) if axis == 0 else _ground(height, _GAP)
    return np.concatenate([piece for part in parts for piece in (part, gap)][:-1], axis=axis)
