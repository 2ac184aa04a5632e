"""`<stem>.gt.json`, the truth of one document: read and written here alone.

It names the `file` and holds `lines` (`text`, `polygon`, and perhaps `ignore`, `vertical`, `block`, `language`), or
`pages` of such lines with their `page` number from 1, or only `text`. Polygons have at least four corners and are in
pixels of the page, unless a `width` beside the lines says how wide the page is in their unit (PDF points, say, or
pixels of a larger scan). It may name the `language`, the `rotation`, and say that it is `partial`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.errors import DataError
from e2eocr.truth.records import NO_PLACE, WRONG_DATA, LineTruth, PageTruth, quad_of

TRUTH_SUFFIX = ".gt.json"
UNKNOWN_LANGUAGE = "und"


@dataclass(frozen=True, slots=True)
class DocumentTruth:
    """What a `.gt.json` says: which file it is of, and what is right for its pages."""

    file: str
    language: str
    pages: tuple[PageTruth, ...]
    partial: bool


def load_truth(path: Path) -> DocumentTruth:
    """Read a `.gt.json`.

    Raises:
        DataError: If it is malformed.
    """
    try:
        data = json.loads(load_text(path))
        language = data.get("language") or UNKNOWN_LANGUAGE
        language = language if isinstance(language, str) else "+".join(language)
        return DocumentTruth(str(data["file"]), language, _parse_pages(data, language), bool(data.get("partial")))
    except WRONG_DATA as error:
        raise DataError(
            f"{path}: is not truth that can be used ({type(error).__name__}: {error}). "
            "Expected `file` with `lines`, `pages` or `text`."
        ) from error


def load_text(path: Path) -> str:
    """Read a text file as UTF-8, with or without a byte order mark.

    Raises:
        DataError: If it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as UTF-8 text: {error}. Save it as UTF-8.") from error


def text_pages(text: str, language: str) -> tuple[PageTruth, ...]:
    """Pages of a text with a form feed between them; without one the text is that of the whole document."""
    pages = text.rstrip("\f\n").split("\f")
    known = [tuple(LineTruth(line, NO_PLACE, language, 0) for line in page.split("\n")) for page in pages]
    if len(known) == 1:
        return (PageTruth(known[0]),)
    return tuple(PageTruth(lines, index) for index, lines in enumerate(known))


def _parse_pages(data: dict[str, Any], language: str) -> tuple[PageTruth, ...]:
    if "pages" in data:
        return tuple(_parse_page(page, language, int(page["page"]) - 1) for page in data["pages"])
    return (_parse_page(data, language, None),) if "lines" in data else text_pages(data["text"], language)


def _parse_page(page: dict[str, Any], language: str, index: int | None) -> PageTruth:
    lines = tuple(_parse_line(line, language) for line in page["lines"])
    width = float(page["width"]) if page.get("width") else None
    return PageTruth(lines, index, width, int(page.get("rotation", 0)) % 360)


def _parse_line(line: dict[str, Any], language: str) -> LineTruth:
    polygon = np.array(line.get("polygon") or NO_PLACE, np.float32)
    if polygon.ndim != 2 or polygon.shape[1] != 2 or 0 < len(polygon) < 4:
        raise ValueError(f"polygon {line['polygon']} has not at least four corners")
    ignore = bool(line.get("ignore"))
    text = line.get("text", "") if ignore else line["text"]
    about = (line.get("language") or language, line.get("block") or 0)
    return LineTruth(str(text), polygon, *about, (), bool(line.get("vertical")), ignore)


def format_truth(
    file: str, lines: Iterable[LineTruth], *, language: str | None = None, facts: Mapping[str, Any] | None = None
) -> bytes:
    """A `.gt.json` of one page. Curved lines are written as the narrowest quads around them.

    Args:
        file: Name of the picture, which lies beside it.
        lines: Lines in reading order.
        language: Of the page; by default the languages of its lines.
        facts: What else is to be said: `partial`, `rotation`, `source`, `width`.
    """
    lines = list(lines)
    found = sorted({line.language for line in lines if line.language and line.language != UNKNOWN_LANGUAGE})
    named = language or (found[0] if len(found) == 1 else found) or UNKNOWN_LANGUAGE
    truth = {"file": file, "language": named, **(facts or {}), "lines": [_format_line(line) for line in lines]}
    return (json.dumps(truth, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _format_line(line: LineTruth) -> dict[str, Any]:
    record: dict[str, Any] = {"text": line.text}
    if line.placed:
        record["polygon"] = [[round(float(x), 2), round(float(y), 2)] for x, y in quad_of(line.polygon)]
    record["block"] = line.block
    return record | {flag: True for flag in ("vertical", "ignore") if getattr(line, flag)}
