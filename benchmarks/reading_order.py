"""How often the reading order is right: the lines of drawn pages, in the order in which they were set.

    python benchmarks/reading_order.py STORE [--pages N] [--layout NAME]... [--flat] [--worst N] [--json FILE]

STORE is a folder of `e2eocr synth pages`. The lines lie where they are known to be and say what is known, on the page
as it stands upright: neither detector nor recognizer has a part in it, but tables are found as on any page. The figure
is the share of lines, but for the first of each page, that are read right after the line that was set before them. In
forms and invoices a label stands beside its value or above it in one box, and a person reads either across the row or
box by box: there a line may also follow the one on its left.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from e2eocr.page.structure import structure_page
from e2eocr.results import Line, Page, Polygon, Word
from e2eocr.truth.page_shards import PageStore
from e2eocr.truth.records import LineTruth, PageSample, WordTruth
from recognizers.charset import script_of

PARALLEL = 0.3  # degrees
BY_ROW = ("form", "invoice")
SAME_ROW = 0.4  # heights of a line


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how often the reading order is right.")
    parser.add_argument("store", type=Path, help="folder of `e2eocr synth pages`")
    parser.add_argument("--pages", type=int, help="how many pages to look at; without it all")
    parser.add_argument("--layout", action="append", help="only pages of this layout; repeat it for several")
    parser.add_argument("--flat", action="store_true", help="only pages that were not photographed aslant or curled")
    parser.add_argument("--worst", type=int, default=0, help="name so many of the worst pages")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    store = PageStore(arguments.store)
    results: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for index in range(min(arguments.pages or len(store), len(store))):
        page = store[index]
        if (not arguments.layout or page.layout in arguments.layout) and (not arguments.flat or is_flat(page)):
            results[page.layout].append((*count_right(page), index))
    figures = {layout: _share(found) for layout, found in sorted(results.items())}
    figures["all"] = _share([each for found in results.values() for each in found])
    for layout, share in figures.items():
        print(f"{layout:18} {len(results[layout]) or sum(map(len, results.values())):5} pages  {share:.4f}")
    wrong = sorted(((total - right, index, layout) for layout in results for right, total, index in results[layout]))
    for count, index, layout in wrong[::-1][: arguments.worst]:
        print(f"page {index} ({layout}): {count} lines follow another line than they should")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _share(found: list[tuple[int, int, int]]) -> float:
    right, total = sum(each[0] for each in found), sum(each[1] for each in found)
    return round(right / total, 4) if total else 1.0


def count_right(page: PageSample) -> tuple[int, int]:
    """How many lines of a page are read right after the one that was set before them, and how many could be."""
    lines = [line for line in page.lines if not line.ignore]
    quads = upright_quads(lines, page.image.shape[:2], page.rotation)
    right = set(pairwise(range(len(lines))))
    if page.layout in BY_ROW:
        right |= set(pairwise(row_by_row(quads)))
    return len(right & set(pairwise(read_order(page, lines, quads)))), max(len(lines) - 1, 0)


def read_order(page: PageSample, lines: list[LineTruth], quads: np.ndarray) -> list[int]:
    """In which order the lines of a page are read; a line that cells part stands where its first part does."""
    shape = page.image.shape[:2]
    owners: dict[Word, int] = {}  # the line of each word: parts of lines keep their words
    made = []
    for at, line in enumerate(lines):
        places = upright_quads(line.words, shape, page.rotation)
        words = tuple(Word(word.text, 1.0, _polygon(quad)) for word, quad in zip(line.words, places, strict=True))
        words = words or (Word(line.text, 1.0, _polygon(quads[at])),)
        owners |= dict.fromkeys(words, at)
        made.append(Line(line.text, 1.0, _polygon(quads[at]), script_of(line.text), words=words))
    picture = np.ascontiguousarray(np.rot90(page.image, page.rotation // 90))
    read = structure_page(Page(0, picture.shape[1], picture.shape[0], lines=tuple(made)), picture)
    return list(dict.fromkeys(owners[line.words[0]] for line in read.lines))


def row_by_row(quads: np.ndarray) -> list[int]:
    """Lines `(n, 4, 2)` from top to bottom, those on one row from left to right, once their usual slope is undone."""
    quads = level_quads(quads)
    tops, bottoms, lefts = quads[:, :, 1].min(axis=1), quads[:, :, 1].max(axis=1), quads[:, :, 0].min(axis=1)
    middles = (tops + bottoms) / 2
    rows: list[list[int]] = []
    for at in np.argsort(middles, kind="stable").tolist():
        first = rows[-1][0] if rows else at
        if rows and middles[at] - middles[first] < SAME_ROW * min(bottoms[at] - tops[at], bottoms[first] - tops[first]):
            rows[-1].append(at)
        else:
            rows.append([at])
    return [at for row in rows for at in sorted(row, key=lambda at: float(lefts[at]))]


def level_quads(quads: np.ndarray) -> np.ndarray:
    """Lines `(n, 4, 2)` turned about the origin, so that they are level as a rule."""
    along = quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]
    angle = float(np.median(np.arctan2(along[:, 1], along[:, 0]))) if len(quads) else 0.0
    return quads @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _polygon(quad: np.ndarray) -> Polygon:
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in quad)


def is_flat(page: PageSample) -> bool:
    """Whether the lines of a page are straight and run one way, as on a scan."""
    lines = [line for line in page.lines if not line.ignore]
    if any(len(line.polygon) > 4 for line in lines):
        return False
    quads = upright_quads(lines, page.image.shape[:2], page.rotation)
    along = quads[:, 1] - quads[:, 0]
    angles = np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    return not len(angles) or float(np.percentile(np.abs(angles - np.median(angles)), 90)) < PARALLEL


def upright_quads(lines: Sequence[LineTruth | WordTruth], shape: tuple[int, ...], rotation: int) -> np.ndarray:
    """The corners of lines, `(n, 4, 2)`, once the page is turned upright; of a curved line, those of its ends."""
    height, width = shape
    quads = np.array([_ends(line.polygon) for line in lines], np.float32).reshape(-1, 4, 2)
    x, y = quads[:, :, 0], quads[:, :, 1]
    turned = {0: (x, y), 90: (y, width - x), 180: (width - x, height - y), 270: (height - y, x)}[rotation]
    return np.stack(turned, axis=2)


def _ends(polygon: np.ndarray) -> np.ndarray:
    """The four corners of a polygon whose first half is the upper edge of a line and whose second is the lower."""
    half = len(polygon) // 2
    return polygon[[0, half - 1, half, -1]]


if __name__ == "__main__":
    main()
