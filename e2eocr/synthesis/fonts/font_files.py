"""What font files tell of their faces: names, weight, design, and the characters they draw with ink."""

from __future__ import annotations

import itertools
import logging
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2eocr.errors import MissingDependencyError

READER = 1  # raised whenever what `read_facts` tells of one and the same file changes
_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_WEB_SUFFIX = ".woff"  # mostly copies of fonts that are there in another form
_FIXED_PITCH_AT = slice(12, 16)  # bytes of the table `post`
_EMPTY_PROGRAM = 5  # bytes of a CFF glyph without ink: a width and its end


@dataclass(frozen=True, slots=True)
class FontFacts:
    """What a file tells of one of its faces.

    Attributes:
        family: Name of the family; empty where the file has none.
        subfamily: Name of the style within it.
        weight: 100–900.
        fixed_pitch: Whether all characters are said to be as wide.
        panose: Kind of family and style of serifs, as PANOSE numbers them.
        axes: Name, least and greatest value of each variable axis.
        runs: Code points drawn with ink: first and length of each run, one after the other.
    """

    family: str
    subfamily: str
    weight: int
    fixed_pitch: bool
    panose: tuple[int, int]
    axes: tuple[tuple[str, float, float], ...]
    runs: tuple[int, ...]

    def code_points(self) -> Iterator[int]:
        """The code points drawn with ink, in order."""
        for first, length in zip(self.runs[::2], self.runs[1::2], strict=True):
            yield from range(first, first + length)


def find_font_files(folders: Iterable[Path], *, web: bool = False) -> Iterator[Path]:
    """The font files below some folders, in an order that is the same on every run; of each name the first.

    Args:
        folders: Where to look.
        web: Whether fonts for web pages (`.woff`) count.
    """
    suffixes = _SUFFIXES | ({_WEB_SUFFIX} if web else set())
    seen: set[str] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in suffixes and path.name not in seen:
                seen.add(path.name)
                yield path


def read_facts(path: Path, index: int) -> FontFacts | None:
    """Read what a face is and covers; None where the file cannot be used for text.

    Args:
        path: Font file.
        index: Which face of a collection; 0 in others.

    Raises:
        MissingDependencyError: If fonttools is not installed.
    """
    try:
        from fontTools.ttLib import TTFont, TTLibError
    except ImportError as error:
        raise MissingDependencyError('Install what training needs: pip install "e2eocr[train]"') from error
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of odd dates in every other font
    try:
        with path.open("rb") as file, TTFont(file, fontNumber=index, lazy=True) as font:
            return _facts(font)
    except (TTLibError, OSError, KeyError, AttributeError, ValueError, AssertionError, IndexError, struct.error):
        return None  # damaged fonts are common on real machines; the others do


def _facts(font: Any) -> FontFacts:
    names, panose = font.get("name"), font["OS/2"].panose
    (fixed_pitch,) = struct.unpack(">L", font.reader["post"][_FIXED_PITCH_AT])
    axes = font["fvar"].axes if "fvar" in font else ()
    return FontFacts(
        family=str(names.getBestFamilyName() or "") if names else "",
        subfamily=str(names.getBestSubFamilyName() or "") if names else "",
        weight=int(font["OS/2"].usWeightClass),
        fixed_pitch=bool(fixed_pitch),
        panose=(panose.bFamilyType, panose.bSerifStyle),
        axes=tuple((axis.axisTag, axis.minValue, axis.maxValue) for axis in axes),
        runs=_runs(_inked_code_points(font)),
    )


def _inked_code_points(font: Any) -> list[int]:
    """Code points whose glyph is neither .notdef nor empty, in order."""
    # Glyphs are known by their numbers alone: to read their names takes four fifths of the time.
    font.setGlyphOrder([f"glyph{number:05}" for number in range(font["maxp"].numGlyphs)])
    has_ink = _ink_test(font)
    numbers = ((code, font.getGlyphID(glyph)) for code, glyph in (font.getBestCmap() or {}).items())
    return sorted(code for code, number in numbers if number and has_ink(number))


def _ink_test(font: Any) -> Callable[[int], bool]:
    """Tells whether the glyph of a number shows ink."""
    if "glyf" in font:
        locations = font["loca"].locations
        return lambda number: locations[number + 1] > locations[number]
    if "CFF " in font:
        programs = font["CFF "].cff[0].CharStrings.charStringsIndex
        return lambda number: len(programs[number].bytecode or b"long enough") > _EMPTY_PROGRAM
    return lambda number: True


def _runs(codes: list[int]) -> tuple[int, ...]:
    """First and length of each run of consecutive numbers."""
    runs: list[int] = []
    for _, group in itertools.groupby(enumerate(codes), lambda pair: pair[1] - pair[0]):
        members = [code for _, code in group]
        runs += (members[0], len(members))
    return tuple(runs)
