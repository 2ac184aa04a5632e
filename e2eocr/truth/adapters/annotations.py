"""`{"annotations": [{"filename": …, "text": …, "bbox": [x1, y1, x2, y2]}]}`: one JSON for all pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from e2eocr.errors import NothingToReadError
from e2eocr.truth.adapters.base import MALFORMED, NO_PICTURE, DataSource, KnownPicture, LeftOut
from e2eocr.truth.adapters.shapes import upright_box
from e2eocr.truth.records import NO_PLACE, WRONG_DATA, LineTruth


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """The pictures that the JSON names, in the order in which it does. A text without a box is the whole picture's."""
    lists = [(path, rows) for path in source.require("*.json") if (rows := _annotations(source, path)) is not None]
    if not lists:
        raise NothingToReadError(f"{source.root}: no JSON holds `annotations`. Name the file, or another format.")
    for path, rows in lists:
        lines: dict[str, list[LineTruth]] = {}
        for number, row in enumerate(rows, start=1):
            try:
                lines.setdefault(str(row["filename"]), []).append(_line(row))
            except WRONG_DATA:
                yield LeftOut(f"{path.name}, annotation {number}", MALFORMED)
        for name, known in lines.items():
            picture = source.picture(name, path.parent)
            if picture is None:
                yield LeftOut(name, NO_PICTURE)
            else:
                yield KnownPicture(source.name_of(picture), picture, tuple(known))


def _annotations(source: DataSource, path: Path) -> list[Any] | None:
    data = source.json(path)
    rows = data.get("annotations") if isinstance(data, dict) else None
    return rows if isinstance(rows, list) else None


def _line(row: dict[str, Any]) -> LineTruth:
    box = row.get("bbox")
    left, top, right, bottom = map(float, box) if box else (0.0,) * 4
    polygon = upright_box(left, top, right, bottom) if box else NO_PLACE
    return LineTruth(str(row["text"]), polygon, str(row.get("language") or ""), 0)
