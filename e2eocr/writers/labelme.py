"""Labelme, to correct what was read: a ZIP with a JSON for each page, and its picture."""

from __future__ import annotations

import json
from typing import Any

from e2eocr.results import Document, Page, Polygon
from e2eocr.writers.archive import zip_pages
from e2eocr.writers.characters import one_line
from e2eocr.writers.source import SourceFile, required

_VERSION = "5.5.0"  # of Labelme, whose files have these keys
_UNREAD = "###"  # the label of places whose text is not known


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write a document for Labelme: lines are polygons, their texts the labels, their blocks the groups.

    Raises:
        UsageError: If there is no source.
        DocumentError: If the source cannot be opened.
    """
    return zip_pages(document, required(source, document, "labelme"), ".json", _describe)


def _describe(page: Page, picture: str) -> bytes:
    shapes = [_shape(line.text, line.polygon, line.block) for line in page.lines]
    shapes += [_shape(_UNREAD, polygon, None) for polygon in page.illegible]
    data: dict[str, Any] = {"version": _VERSION, "flags": {}, "shapes": shapes, "imagePath": picture, "imageData": None}
    data |= {"imageHeight": page.height, "imageWidth": page.width}
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _shape(text: str, polygon: Polygon, block: int | None) -> dict[str, Any]:
    points = [[round(x, 2), round(y, 2)] for x, y in polygon]
    shape = {"label": one_line(text), "points": points, "group_id": block, "description": ""}
    return shape | {"shape_type": "polygon", "flags": {}, "mask": None}
