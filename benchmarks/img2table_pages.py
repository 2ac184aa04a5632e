"""Reads the tables of PDFs with img2table and Tesseract's words, one thread: a peer for tables.

    PYTHON benchmarks/img2table_pages.py OUT PDF...

PYTHON is one that has `img2table`, in an environment of its own; `tesseract` is on the path, with English. Pages are
drawn at 200 dpi and read as pictures, tables without rules too. Writes `OUT/NAME.pdf.json`, the pages and tables of
`e2eocr/1` alone, so that what scores our results scores these; names each document with its processor seconds,
and those on which it fails with its error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from img2table.document import PDF
from img2table.ocr import TesseractOCR

DPI = 200.0  # of the pictures that img2table draws


def main() -> int:
    out, engine = Path(sys.argv[1]), TesseractOCR(n_threads=1, lang="eng")
    out.mkdir(parents=True, exist_ok=True)
    for path in map(Path, sys.argv[2:]):
        before = sum(os.times()[:4])
        try:
            found = PDF(path, pdf_text_extraction=False).extract_tables(ocr=engine, borderless_tables=True)
        except TypeError as error:  # version 2.0.0 joins texts that are None
            print(f"{path.name}: {error}", flush=True)
            continue
        pages = [{"number": at + 1, "dpi": DPI, "tables": list(map(_table, found[at]))} for at in sorted(found)]
        (out / f"{path.name}.json").write_text(json.dumps({"pages": pages}), encoding="utf-8")
        print(f"{path.name}: {sum(os.times()[:4]) - before:.1f} s", flush=True)
    return 0


def _table(table: Any) -> dict[str, Any]:
    """A table; img2table gives a cell that is joined to others at each of its places."""
    places: dict[tuple[float, ...], list[tuple[int, int]]] = {}
    texts: dict[tuple[float, ...], str] = {}
    for row, cells in table.content.items():
        for column, cell in enumerate(cells):
            box = _box(cell.bbox)
            places.setdefault(box, []).append((row, column))
            texts[box] = cell.value or ""
    return {"bbox": _box(table.bbox), "cells": list(_cells(places, texts))}


def _cells(
    places: Mapping[tuple[float, ...], list[tuple[int, int]]], texts: Mapping[tuple[float, ...], str]
) -> Iterable[dict[str, Any]]:
    for box, taken in places.items():
        rows, columns = [row for row, _ in taken], [column for _, column in taken]
        yield {
            "row": min(rows),
            "column": min(columns),
            "row_span": max(rows) - min(rows) + 1,
            "column_span": max(columns) - min(columns) + 1,
            "text": texts[box],
            "bbox": box,
        }


def _box(box: Any) -> tuple[float, ...]:
    return float(box.x1), float(box.y1), float(box.x2), float(box.y2)


if __name__ == "__main__":
    sys.exit(main())
