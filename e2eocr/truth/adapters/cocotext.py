"""COCO-Text: one JSON of annotations, on pictures of MS COCO (Veit et al. 2016)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.errors import NothingToReadError
from e2eocr.truth.adapters.base import MALFORMED, NO_PICTURE, DataSource, KnownPicture, LeftOut
from e2eocr.truth.adapters.shapes import outline, upright_box
from e2eocr.truth.records import WRONG_DATA, LineTruth

_LANGUAGES = {"english": "en"}


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each picture that has annotations. Words that are not legible are places to be ignored."""
    lists = [(path, data) for path in source.require("*.json") if (data := _load(source, path)) is not None]
    if not lists:
        raise NothingToReadError(f"{source.root}: no JSON holds `anns` and `imgs`. Name the file of COCO-Text.")
    for path, data in lists:
        words: dict[str, list[LineTruth]] = {}
        for key, annotation in data["anns"].items():
            try:
                words.setdefault(str(annotation["image_id"]), []).append(_word(annotation))
            except WRONG_DATA:
                yield LeftOut(f"{path.name}, annotation {key}", MALFORMED)
        for key, lines in words.items():
            yield _picture(source, path, key, data["imgs"].get(key), lines)


def _load(source: DataSource, path: Path) -> dict[str, Any] | None:
    data = source.json(path)
    known = isinstance(data, dict) and isinstance(data.get("anns"), dict) and isinstance(data.get("imgs"), dict)
    return data if known else None


def _picture(source: DataSource, path: Path, key: str, about: Any, lines: list[LineTruth]) -> KnownPicture | LeftOut:
    if not isinstance(about, dict) or "file_name" not in about:
        return LeftOut(f"{path.name}, picture {key}", "no entry tells its file")
    picture = source.picture(str(about["file_name"]), path.parent)
    if picture is None:
        return LeftOut(str(about["file_name"]), NO_PICTURE)
    try:
        width = float(about.get("width") or 0) or None
    except WRONG_DATA:
        return LeftOut(str(about["file_name"]), MALFORMED)
    return KnownPicture(Path(picture).stem, picture, tuple(lines), width, str(about.get("set") or ""))


def _word(annotation: dict[str, Any]) -> LineTruth:
    text = str(annotation.get("utf8_string") or "")
    corners = annotation.get("polygon") or annotation.get("mask")
    polygon = outline(np.array(corners, np.float64).ravel().tolist()) if corners else _box(annotation["bbox"])
    language = _LANGUAGES.get(str(annotation.get("language")), "")
    return LineTruth(text, polygon, language, 0, ignore=annotation.get("legibility") != "legible" or not text)


def _box(box: Any) -> np.ndarray:
    left, top, width, height = map(float, box)
    return upright_box(left, top, left + width, top + height)
