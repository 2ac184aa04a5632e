"""Lines that are drawn as a recognizer's were, so that it keeps what it knows while it learns others."""

from __future__ import annotations

from pathlib import Path

from e2eocr.errors import DataError
from e2eocr.models.bundles import Bundle
from e2eocr.models.parts import load_charset
from e2eocr.synthesis.lines.synthesis import synth_lines
from e2eocr.synthesis.shard_rendering import ANY_SOURCES, Sources
from e2eocr.synthesis.text.alphabets import ALPHABETS, load_alphabet


def draw_kept(bundle: Bundle, out: Path, *, lines: int, sources: Sources = ANY_SOURCES) -> None:
    """Draw lines of the characters that a recognizer knows into a store.

    Args:
        bundle: The recognizer.
        out: The store's folder.
        lines: How many.
        sources: Text and fonts; by themselves word lists, and the fonts of the system.

    Raises:
        DataError: If the recognizer is of none of the alphabets that lines are drawn of, or no font or text is there.
    """
    characters = "".join(load_charset(bundle).characters)
    group = alphabet_of(characters)
    if group is None:
        raise DataError(f"{bundle.path} has an alphabet that no lines are drawn of. Name lines it knows by --keep.")
    synth_lines(out, lines=lines, sources=sources, charset=characters, group=group)


def alphabet_of(characters: str) -> str | None:
    """The name of the alphabet that begins with these characters, or with which they begin, as grown ones do."""
    for name in ALPHABETS:
        alphabet = load_alphabet(name)
        if alphabet.startswith(characters) or characters.startswith(alphabet):
            return name
    return None
