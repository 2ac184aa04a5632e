"""Markdown: a block a paragraph, its lines joined; a rule between pages."""

from __future__ import annotations

import re
import unicodedata

from e2eocr.results import Document, Line, Page
from e2eocr.writers.characters import one_line
from e2eocr.writers.hyphens import close_hyphen
from e2eocr.writers.layout import blocks
from e2eocr.writers.source import SourceFile

_INLINE = re.compile(r"([\\`*_\[\]<>&|~$])")
_LIST_OR_HEADING = re.compile(r"^(\s*)([#+\-=]|\d{1,9}(?=[.)]))")
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR", "FULLWIDTH")


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
    return head + tail if _is_unspaced(head[-1]) and _is_unspaced(tail[0]) else f"{head} {tail}"


def _is_unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNSPACED)


def _page(page: Page) -> str:
    return "\n\n".join(_paragraph(lines) for lines in blocks(page))


def _paragraph(lines: list[Line]) -> str:
    escaped = _INLINE.sub(r"\\\1", join_lines([one_line(line.text) for line in lines]))
    return _LIST_OR_HEADING.sub(_escape_start, escaped)


def _escape_start(match: re.Match[str]) -> str:
    """Keep what opens a heading or a list from doing so: a number by escaping what follows it."""
    space, mark = match.groups()
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"
