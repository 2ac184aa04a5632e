"""Markdown: headings, paragraphs, lists and tables, the lines of each text joined; a rule between pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from e2eocr.results import Document, Line, Page, Table
from e2eocr.writers.characters import one_line
from e2eocr.writers.hyphens import close_hyphen
from e2eocr.writers.layout import Section, keeps_lines, sections, side_by_side, table_rows
from e2eocr.writers.source import SourceFile
from recognizers.spacing import join_texts

_INLINE = re.compile(r"([\\`*_\[\]<>&|~$])")
_LIST_OR_HEADING = re.compile(r"^(\s*)([#+\-=]|\d{1,9}(?=[.)]))")
_ITEM = re.compile(r"^\s*([•●▪■◦○➢❖✓✔☐☑☒](?=\s*)|(?:[*·–—\-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])(?=\s|$))\s*")
_TICKS = "☐☑☒✓✔"
_MAX_HEADING_LEVEL = 6


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write the text of a document as Markdown, as UTF-8. A page without text leaves its rule."""
    return ("\n\n---\n\n".join(_page(page) for page in document.pages).strip("\n") + "\n").encode("utf-8")


def join_lines(texts: list[str]) -> str:
    """The lines of a paragraph as one; words that a line end has parted are whole again.

    Scripts that are written without spaces are joined without.
    """
    joined = ""
    for text in (text.strip() for text in texts):
        if joined and text:
            joined = _join(joined, text)
        else:
            joined = joined or text
    return joined


def _join(head: str, tail: str) -> str:
    closed = close_hyphen(head, tail)
    if closed is not None:
        return closed + tail
    return join_texts((head, tail))


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: the mark or number before it, and its text."""

    mark: str
    text: str

    @property
    def is_bullet(self) -> bool:
        """Whether its mark says nothing: numbers and ticks do."""
        return len(self.mark) <= 1 and self.mark not in _TICKS


def list_items(lines: list[str]) -> list[Item]:
    """The items of a list, their lines joined; lines before the first mark are an item without one."""
    items: list[tuple[str, list[str]]] = []
    for line in lines:
        match = _ITEM.match(line)
        if match:
            items.append((match.group(1), [line[match.end() :]]))
        elif items:
            items[-1][1].append(line)
        else:
            items.append(("", [line]))
    return [Item(mark, join_lines(texts)) for mark, texts in items]


def _page(page: Page) -> str:
    return "\n\n".join(_section(section) for section in sections(page))


def _section(section: Section) -> str:
    texts = [one_line(line.text) for line in section.lines]
    if section.table is not None:
        return _table(section.table)
    if section.kind == "heading":
        return "#" * min(max(section.level, 1), _MAX_HEADING_LEVEL) + " " + _escape(join_lines(texts))
    if section.kind == "list":
        return "\n".join(_item(item) for item in list_items(texts))
    return _paragraph(section.lines)


def _paragraph(lines: Sequence[Line]) -> str:
    """Lines as a paragraph; rows of several, as in a form, keep lines of their own, and so does an address."""
    rows = [[one_line(line.text) for line in row] for row in side_by_side(lines)]
    if any(len(row) > 1 for row in rows) or keeps_lines(lines):
        return "\\\n".join(_escape_line(" ".join(row)) for row in rows)
    return _escape_line(join_lines([row[0] for row in rows]))


def _item(item: Item) -> str:
    text = _escape(item.text)
    if item.is_bullet:
        return f"- {text}"
    if item.mark[-1] in ".)" and item.mark[:-1].isdigit():
        return f"{item.mark} {text}"
    return f"- {_escape(item.mark)} {text}"


def _table(table: Table) -> str:
    """A table with pipes. Its head is one row of texts, the lines of each column joined; empty where there is none."""
    rows = [[_escape(one_line(text)) for text in row] for row in table_rows(table)]
    head = [" ".join(filter(None, texts)) for texts in zip(*rows[: table.head_rows], strict=True)]
    rows = [head or [""] * table.columns, ["---"] * table.columns, *rows[table.head_rows :]]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _escape(text: str) -> str:
    return _INLINE.sub(r"\\\1", text)


def _escape_line(text: str) -> str:
    return _LIST_OR_HEADING.sub(_escape_start, _escape(text))


def _escape_start(match: re.Match[str]) -> str:
    """Keep what opens a heading or a list from doing so: a number by escaping what follows it."""
    space, mark = match.groups()
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"
