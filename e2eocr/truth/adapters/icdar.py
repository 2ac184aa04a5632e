"""ICDAR's robust reading competitions: `gt_<picture>.txt`, or `<picture>.txt`, with a line of text in each row.

2015 and 2019 (receipts): eight coordinates and the text. 2017 and 2019 (MLT): the script between them. 2013: four
coordinates and the text in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from e2eocr.errors import NothingToReadError
from e2eocr.truth.adapters.base import MALFORMED, NO_PICTURE, DataSource, KnownPicture, LeftOut, read_files
from e2eocr.truth.adapters.shapes import outline, upright_box
from e2eocr.truth.records import LineTruth

# The scripts of MLT, with the language where a script is of one.
SCRIPTS = {
    "Arabic": "ar",
    "Bangla": "bn",
    "Chinese": "zh",
    "Hindi": "hi",
    "Japanese": "ja",
    "Korean": "ko",
    "Latin": "",
    "Mixed": "",
    "None": "",
    "Symbols": "",
}
_PREFIX = "gt_"
_UNREAD = "###"
_NUMBER = r"\s*(-?\d+(?:\.\d+)?)\s*"
_QUAD = re.compile(",".join([_NUMBER] * 8) + r"(?:,(.*))?$")
_BOX = re.compile(r"[, ]".join([_NUMBER] * 4) + r"[, ]\s*\"(.*)\"\s*$")


def read(source: DataSource) -> Iterator[KnownPicture | LeftOut]:
    """Each text file with its picture."""
    beside = (path for path in source.find("*.txt") if source.picture(path.stem, path.parent))
    paths = source.find(f"{_PREFIX}*.txt") or list(beside)
    if not paths:
        raise NothingToReadError(f"{source.root}: no {_PREFIX}*.txt, nor a .txt beside a picture. Name their folder.")
    return read_files(source, paths, _read_file, "ICDAR")


def _read_file(source: DataSource, path: Path) -> Iterator[KnownPicture | LeftOut]:
    picture = source.picture(path.stem.removeprefix(_PREFIX), path.parent)
    if picture is None:
        yield LeftOut(source.name_of(path), NO_PICTURE)
        return
    rows = [(number, row) for number, row in enumerate(source.text(path).split("\n"), start=1) if row.strip()]
    with_script = all(_script(row) for _, row in rows)
    lines = []
    for number, row in rows:
        line = _line(row, with_script=with_script)
        if line is None:
            yield LeftOut(f"{source.name_of(path)}, row {number}", MALFORMED)
        else:
            lines.append(line)
    yield KnownPicture(source.name_of(picture), picture, tuple(lines))


def _script(row: str) -> str:
    """The script that a row tells between coordinates and text; empty where it tells none."""
    match = _QUAD.match(row)
    script, comma, _ = (match.group(9) or "").partition(",") if match else ("", "", "")
    return script if comma and script in SCRIPTS else ""


def _line(row: str, *, with_script: bool) -> LineTruth | None:
    """A row as a line. What follows the coordinates is the text, its commas too."""
    quad, box = _QUAD.match(row), _BOX.match(row)
    if quad:
        script, _, text = (quad.group(9) or "").partition(",") if with_script else ("", "", quad.group(9) or "")
        polygon = outline([float(value) for value in quad.groups()[:8]])
        return LineTruth(text, polygon, SCRIPTS.get(script, ""), 0, ignore=text == _UNREAD)
    if box:
        left, top, right, bottom = (float(value) for value in box.groups()[:4])
        return LineTruth(box.group(5), upright_box(left, top, right, bottom), "", 0, ignore=box.group(5) == _UNREAD)
    return None
