"""Words that the end of a line parts, made whole again."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from e2eocr.page.keeping import keep_lines
from e2eocr.results import Document, Page

_SOFT = "\u00ad"
_HYPHENS = f"-\u2010{_SOFT}"


def close_hyphen(head: str, tail: str) -> str | None:
    """A line as it goes on in the next one without a space; None where its end parts no word.

    A hyphen between two small letters goes, since it stands there for the line's end; one before a capital or a digit
    stays, as in a double name.

    Args:
        head: The text of a line.
        tail: The text of the next, without spaces at its start.
    """
    if not tail or head[-1:] not in tuple(_HYPHENS) or not head[-2:-1].isalpha():
        return None
    if head[-1] == _SOFT or (head[-2].islower() and tail[0].islower()):
        return head[:-1]
    return head if tail[0].isalnum() else None


def join_parted_words(document: Document) -> Document:
    """The document with every word that a line's end parts whole at the end of the first line, within its block.

    Only texts are joined: boxes stay as they are, and a line that is left without text goes. Tables stay as they are.
    """
    return replace(document, pages=tuple(map(_join_page, document.pages)))


def _join_page(page: Page) -> Page:
    inside = {at for table in page.tables for cell in table.cells for at in cell.lines}
    texts: list[str | None] = [line.text for line in page.lines]
    for _, group in groupby(range(len(texts)), key=lambda at: page.lines[at].block):
        members = list(group)
        if not inside.intersection(members):
            _join_block(texts, members)
    kept = [at for at, text in enumerate(texts) if text is not None]
    whole = (replace(line, text=text or "") for line, text in zip(page.lines, texts, strict=True))
    return keep_lines(replace(page, lines=tuple(whole)), kept)


def _join_block(texts: list[str | None], members: list[int]) -> None:
    """Join the texts of the lines of a block; None is left of a line that held nothing but the rest of a word."""
    current = members[0]
    for at in members[1:]:
        head, tail = texts[current] or "", (texts[at] or "").lstrip()
        closed = close_hyphen(head.rstrip(), tail)
        if closed is None:
            current = at
            continue
        first, _, rest = tail.partition(" ")
        texts[current] = closed + first
        texts[at] = rest.lstrip() or None
        current = at if texts[at] else current
