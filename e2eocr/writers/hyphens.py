"""Words that the end of a line parts, made whole again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from e2eocr.results import Document, Line
from e2eocr.writers.layout import blocks

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

    Only texts are joined: boxes stay as they are, and a line that is left without text goes.
    """
    pages = (
        replace(page, lines=tuple(line for lines in blocks(page) for line in _join_block(lines)))
        for page in document.pages
    )
    return replace(document, pages=tuple(pages))


def _join_block(lines: list[Line]) -> Iterator[Line]:
    current = lines[0]
    for line in lines[1:]:
        tail = line.text.lstrip()
        closed = close_hyphen(current.text.rstrip(), tail)
        if closed is None:
            yield current
            current = line
            continue
        first, _, rest = tail.partition(" ")
        current = replace(current, text=closed + first)
        if rest.strip():
            yield current
            current = replace(line, text=rest.lstrip())
    yield current
