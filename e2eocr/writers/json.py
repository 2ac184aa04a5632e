"""JSON, format `e2eocr/1`: everything that was read. `docs/formats.md` explains it, a JSON Schema beside it checks it.

Keys stand in a fixed order and numbers are rounded, so the same document gives the same bytes.
"""

from __future__ import annotations

import json
from typing import Any

from e2eocr.page.directions import direction_of
from e2eocr.results import (
    Block,
    Box,
    Cell,
    Document,
    Engine,
    Line,
    Page,
    Polygon,
    Source,
    Table,
    Unread,
    Word,
    hull_quad,
)
from e2eocr.writers.characters import one_line, valid_unicode
from e2eocr.writers.source import SourceFile

FORMAT = "e2eocr/1"
_MAX_PLACES = 1_000_000  # of a table
_CORNERS = 4  # of a line that does not bend


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write a document as UTF-8 JSON, one line with a line break at its end.

    Raises:
        ValueError: If a number of the document is not finite.
    """
    plain = document_to_plain(document)
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def read_json(data: bytes) -> Document:
    """Read back what `write` wrote.

    Raises:
        ValueError: If the data is not JSON of format `e2eocr/1`.
    """
    plain = json.loads(data)
    name = plain.get("format") if isinstance(plain, dict) else None
    if name != FORMAT:
        raise ValueError(f"Invalid `data`. Expected JSON of format {FORMAT!r}. Received: format={name!r}")
    try:
        return Document(
            source=_read_source(plain["source"]),
            engine=_read_engine(plain["engine"]),
            pages=tuple(_read_page(page) for page in plain["pages"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"Invalid `data`. Expected JSON of format {FORMAT!r}. Received: {error!r}") from error


def document_to_plain(document: Document) -> dict[str, Any]:
    """A document as plain dicts and lists, in the order in which they are written."""
    source, engine = document.source, document.engine
    return {
        "format": FORMAT,
        "source": {
            "path": valid_unicode(source.path),
            "sha256": source.sha256,
            "bytes": source.size,
            "media_type": source.media_type,
        },
        "engine": {
            "version": engine.version,
            "detector": valid_unicode(engine.detector),
            "recognizers": [valid_unicode(name) for name in engine.recognizers],
            "settings": dict(sorted(engine.settings.items())),
        },
        "status": document.status,
        "pages": [_page_to_plain(page) for page in document.pages],
    }


def _page_to_plain(page: Page) -> dict[str, Any]:
    return {
        "number": page.index + 1,
        "width": page.width,
        "height": page.height,
        "dpi": None if page.dpi is None else _rounded(page.dpi, 2),
        "rotation": page.rotation,
        "skew": _rounded(page.skew, 2),
        "status": page.status,
        "error": None if page.error is None else one_line(page.error),
        "origin": page.origin,
        "lines": [_line_to_plain(line) for line in page.lines],
        "illegible": [_polygon_to_plain(polygon) for polygon in page.illegible],
        "unread": [_unread_to_plain(unread) for unread in page.unread],
        "blocks": [_block_to_plain(block) for block in page.blocks],
        "tables": [_table_to_plain(table) for table in page.tables],
    }


def _line_to_plain(line: Line) -> dict[str, Any]:
    return {
        "text": one_line(line.text),
        "confidence": _rounded(line.confidence, 4),
        "script": line.script,
        "block": line.block,
        "origin": line.origin,
        "bbox": _box_to_plain(line.bbox),
        "polygon": _polygon_to_plain(line.outline or line.polygon),
        "words": [_word_to_plain(word) for word in line.words],
        "direction": line.direction,
    }


def _word_to_plain(word: Word) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "text": one_line(word.text),
        "confidence": _rounded(word.confidence, 4),
        "bbox": _box_to_plain(word.bbox),
        "polygon": _polygon_to_plain(word.polygon),
    }
    return plain | {"glued": True} if word.glued else plain


def _unread_to_plain(unread: Unread) -> dict[str, Any]:
    return {
        "bbox": _box_to_plain(unread.bbox),
        "polygon": _polygon_to_plain(unread.polygon),
        "reason": unread.reason,
    }


def _block_to_plain(block: Block) -> dict[str, Any]:
    return {
        "kind": block.kind,
        "level": block.level,
        "bbox": _box_to_plain(block.bbox),
        "lines": list(block.lines),
    }


def _table_to_plain(table: Table) -> dict[str, Any]:
    return {
        "bbox": _box_to_plain(table.bbox),
        "head_rows": table.head_rows,
        "continues": table.continues,
        "cells": [_cell_to_plain(cell) for cell in table.cells],
    }


def _cell_to_plain(cell: Cell) -> dict[str, Any]:
    return {
        "row": cell.row,
        "column": cell.column,
        "row_span": cell.row_span,
        "column_span": cell.column_span,
        "text": one_line(cell.text),
        "bbox": _box_to_plain(cell.bbox),
        "lines": list(cell.lines),
    }


def _box_to_plain(box: Box) -> list[float]:
    return [_rounded(value, 1) for value in box]


def _polygon_to_plain(polygon: Polygon) -> list[list[float]]:
    return [[_rounded(x, 1), _rounded(y, 1)] for x, y in polygon]


def _rounded(value: float, digits: int) -> float:
    # Adding zero turns -0.0, which a tiny negative number is rounded to, into 0.0.
    return round(float(value), digits) + 0.0


def _read_source(plain: dict[str, Any]) -> Source:
    return Source(plain["path"], plain["sha256"], plain["bytes"], plain["media_type"])


def _read_engine(plain: dict[str, Any]) -> Engine:
    return Engine(plain["version"], plain["detector"], tuple(plain["recognizers"]), plain["settings"])


def _read_page(plain: dict[str, Any]) -> Page:
    page = Page(
        index=plain["number"] - 1,
        width=plain["width"],
        height=plain["height"],
        dpi=plain["dpi"],
        rotation=plain["rotation"],
        skew=plain["skew"],
        status=plain["status"],
        error=plain["error"],
        origin=plain["origin"],
        lines=tuple(_read_line(line, plain) for line in plain["lines"]),
        illegible=tuple(_read_polygon(polygon) for polygon in plain.get("illegible", ())),
        unread=tuple(Unread(_read_polygon(each["polygon"]), each["reason"]) for each in plain.get("unread", ())),
        blocks=tuple(_read_block(block) for block in plain.get("blocks", ())),
        tables=tuple(_read_table(table) for table in plain.get("tables", ())),
    )
    _check_places(page)
    for table in page.tables:
        _check_table(table, page.index + 1)
    return page


def _check_table(table: Table, page: int) -> None:
    """Raise ValueError where cells do not cover the places of their table once, or are as many as no page holds."""
    rows, columns = {cell.row for cell in table.cells}, {cell.column for cell in table.cells}
    areas = sum(cell.row_span * cell.column_span for cell in table.cells)
    is_whole = len(rows) == table.rows and len(columns) == table.columns and areas == table.rows * table.columns
    if is_whole and areas <= _MAX_PLACES:
        taken = {
            (row, column)
            for cell in table.cells
            for row in range(cell.row, cell.row + cell.row_span)
            for column in range(cell.column, cell.column + cell.column_span)
        }
        if len(taken) == areas:
            return
    raise ValueError(f"Invalid `data`. The cells of a table on page {page} do not cover each of its places once.")


def _check_places(page: Page) -> None:
    """Raise ValueError where a block or cell names a line that the page has not."""
    cells = [cell.lines for table in page.tables for cell in table.cells]
    for places in [*(block.lines for block in page.blocks), *cells]:
        for at in places:
            if not 0 <= at < len(page.lines):
                raise ValueError(f"Invalid `data`. Page {page.index + 1} has no line {at}, which a part of it names.")


def _read_line(plain: dict[str, Any], page: dict[str, Any]) -> Line:
    """A line; where an older version wrote no origin, it is that of its page, and its direction is told anew."""
    outline = _read_polygon(plain["polygon"])
    polygon = outline if len(outline) == _CORNERS else hull_quad(outline, page["width"], page["height"])
    return Line(
        text=plain["text"],
        confidence=plain["confidence"],
        polygon=polygon,
        script=plain["script"],
        block=plain["block"],
        origin=plain.get("origin", page["origin"]),
        direction=plain.get("direction") or direction_of(plain["text"], plain["script"], polygon),
        words=tuple(_read_word(word) for word in plain["words"]),
        outline=() if len(outline) == _CORNERS else outline,
    )


def _read_word(plain: dict[str, Any]) -> Word:
    return Word(plain["text"], plain["confidence"], _read_polygon(plain["polygon"]), bool(plain.get("glued", False)))


def _read_block(plain: dict[str, Any]) -> Block:
    return Block(plain["kind"], _read_box(plain["bbox"]), tuple(plain["lines"]), plain["level"])


def _read_table(plain: dict[str, Any]) -> Table:
    cells = tuple(_read_cell(cell) for cell in plain["cells"])
    return Table(_read_box(plain["bbox"]), cells, plain["head_rows"], plain["continues"])


def _read_cell(plain: dict[str, Any]) -> Cell:
    return Cell(
        row=plain["row"],
        column=plain["column"],
        text=plain["text"],
        bbox=_read_box(plain["bbox"]),
        lines=tuple(plain["lines"]),
        row_span=plain["row_span"],
        column_span=plain["column_span"],
    )


def _read_box(plain: list[float]) -> Box:
    x0, y0, x1, y1 = plain
    return x0, y0, x1, y1


def _read_polygon(plain: list[list[float]]) -> Polygon:
    return tuple((x, y) for x, y in plain)
