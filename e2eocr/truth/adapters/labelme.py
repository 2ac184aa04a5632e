"""Labelme: a JSON beside each picture, with polygons and rectangles. The label of a shape is its text."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from e2eocr.truth.adapters.base import NO_PICTURE, DataSource, KnownPicture, LeftOut, read_files
from e2eocr.truth.adapters.shapes import box_around, numbers_of, outline
from e2eocr.truth.records import WRONG_DATA, LineTruth

IGNORED = "###"  # as data sets of text in the wild label what cannot be read
_POINTS = {"polygon": 3, "rectangle": 2, "oriented_rectangle": 4}


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each picture with a JSON; JSON files of other kinds are told."""
    return read_files(source, source.require("*.json"), _read_file, "Labelme")


def _read_file(source: DataSource, path: Path) -> Iterator[KnownPicture | LeftOut]:
    data, name = json.loads(source.text(path)), source.name_of(path)
    lines = []
    for number, shape in enumerate(data["shapes"], start=1):
        line = _line(shape, f"{name}, shape {number}")
        if isinstance(line, LeftOut):
            yield line
        else:
            lines.append(line)
    picture = source.picture(str(data.get("imagePath") or ""), path.parent)
    image = picture if picture is not None else _embedded(data.get("imageData"))
    if image is None:
        yield LeftOut(name, NO_PICTURE)
    else:
        yield KnownPicture(name, image, tuple(lines), float(data.get("imageWidth") or 0) or None)


def _line(shape: Any, name: str) -> LineTruth | LeftOut:
    try:
        kind, points = shape.get("shape_type", "polygon"), numbers_of(shape["points"]).reshape(-1, 2)
        text, group = shape.get("description") or shape["label"], shape.get("group_id")
    except WRONG_DATA:
        return LeftOut(name, "its shape is malformed")
    if len(points) < _POINTS.get(kind, len(points) + 1):
        return LeftOut(name, f"a {kind} has no outline")
    polygon = box_around([points]) if kind == "rectangle" else outline(points.ravel().tolist())
    block = group if isinstance(group, int) else 0
    return LineTruth(str(text), polygon, "", block, ignore=text == IGNORED)


def _embedded(data: Any) -> np.ndarray | None:
    """The picture that the JSON carries, `(h, w, 3)` uint8 RGB, None where it carries none."""
    try:
        encoded = np.frombuffer(base64.b64decode(data or "", validate=True), np.uint8)
    except (TypeError, binascii.Error):
        return None
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if len(encoded) else None
    return None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
