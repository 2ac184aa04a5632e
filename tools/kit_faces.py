"""Faces cut to what the lines of a kit need: of Chinese, Japanese and Korean a whole font is as large as a kit."""

from __future__ import annotations

import io
import json
import lzma
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import uharfbuzz
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

from e2eocr.synthesis.fonts.faces import Face

# What a list of faces calls these scripts.
EAST_ASIAN = {"Hans": "gb2312", "Hant": "big5_1", "Jpan": "jis1", "Hang": "ks2350"}
_COMMON = 0.99  # of the characters of a text
_WHOLE_FACES = 2  # of each East Asian script, with all characters of the alphabet
_EM = 256  # units of East Asian faces: at the heights of lines a fifth of a pixel, and half the bytes
# All that drawing a small face takes; others are often broken.
_TABLES = frozenset({"head", "hhea", "hmtx", "maxp", "cmap", "name", "OS/2", "post", "glyf", "loca", "CFF "})
_AT_A_TIME = 32  # faces cut before their sizes are counted


@dataclass(frozen=True)
class Need:
    """Characters that lines are drawn with.

    Attributes:
        charset: All of them.
        counts: How often each stands in the texts of a script.
    """

    charset: frozenset[str]
    counts: Mapping[str, Counter[str]]

    @cached_property
    def common(self) -> dict[str, frozenset[str]]:
        """Of each East Asian script the characters that nearly all of its text has."""
        return {script: _most_of(self.counts[script]) for script in EAST_ASIAN if script in self.counts}

    def of(self, face: Face, *, whole: bool) -> frozenset[str]:
        """The characters that a face should keep."""
        scripts = face.scripts & EAST_ASIAN.keys()
        if whole or not scripts:
            return self.charset
        few = frozenset(character for character in self.charset if not _is_of_many(character))
        return few.union(*(self.common[script] for script in scripts if script in self.common))


def _most_of(counts: Counter[str]) -> frozenset[str]:
    left, kept = _COMMON * counts.total(), []
    for character, count in counts.most_common():
        if left <= 0:
            break
        kept.append(character)
        left -= count
    return frozenset(kept)


def _is_of_many(character: str) -> bool:
    """Whether a character is Han or Hangul, of which there are thousands."""
    return "\u3400" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" or character >= "\U00020000"


def pack_faces(faces: Sequence[Face], need: Need, folder: Path, megabytes: float) -> Path:
    """Cut faces of as many families as fit into a folder, a face or two of each first.

    Args:
        faces: To choose from.
        need: What they are to draw.
        folder: Where the fonts go.
        megabytes: Of all fonts, packed.

    Returns:
        The list of the faces, beside the folder, as `find_faces` reads it.
    """
    folder.mkdir()
    left, rows, misses = megabytes * 1e6, [], 0
    for face, font in _cut_all(faces, need):
        size = len(lzma.compress(font))
        misses = 0 if size <= left else misses + 1
        if misses == _AT_A_TIME:  # hardly any room is left
            break
        if font and size <= left:
            name = f"{face.path.stem}-{face.index}.ttf"
            (folder / name).write_bytes(font)
            rows.append(_row(face, name))
            left -= size
    listed = folder.with_name("faces.jsonl")
    listed.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return listed


def _row(face: Face, name: str) -> dict[str, object]:
    """A face as a list of faces has it."""
    tags = [EAST_ASIAN.get(script, script.lower()) for script in sorted(face.scripts)]
    slant = "Italic" if face.slanted else "Regular"
    mono = face.style == "mono"
    return {"file": name, "fam": face.family, "sub": slant, "weight": face.weight, "mono": mono, "scripts": tags}


def _cut_all(faces: Sequence[Face], need: Need) -> Iterator[tuple[Face, bytes]]:
    """The cut fonts in the order in which they should be taken."""
    whole = _whole_faces(faces, need)
    ordered = [*whole, *(face for face in _by_family(faces) if face not in whole)]
    with ProcessPoolExecutor() as pool:
        for first in range(0, len(ordered), _AT_A_TIME):
            some = ordered[first : first + _AT_A_TIME]
            kept = ["".join(sorted(need.of(face, whole=face in whole))) for face in some]
            paths, indices = [str(face.path) for face in some], [face.index for face in some]
            east = [bool(face.scripts & EAST_ASIAN.keys()) for face in some]
            yield from zip(some, pool.map(_try_to_cut, paths, indices, kept, east), strict=True)


def _whole_faces(faces: Sequence[Face], need: Need) -> list[Face]:
    """Of each East Asian script in the texts, plain faces with most of the alphabet, each of another family."""
    chosen: dict[Face, None] = {}
    for script in need.common:
        best: dict[str, Face] = {}
        plain = [face for face in faces if script in face.scripts and 350 <= face.weight <= 500]
        for face in sorted(plain, key=lambda face: -len(face.characters & need.charset)):
            best.setdefault(face.family, face)
        chosen |= dict.fromkeys(list(best.values())[:_WHOLE_FACES])
    return list(chosen)


def _by_family(faces: Sequence[Face]) -> Iterator[Face]:
    """Faces, one of each family in turn; always in the same order."""
    rng = random.Random(1)
    families: dict[str, list[Face]] = defaultdict(list)
    for face in faces:
        families[face.family].append(face)
    names = sorted(families)
    rng.shuffle(names)
    while names:
        for name in names:
            yield families[name].pop(rng.randrange(len(families[name])))
        names = [name for name in names if families[name]]


def _try_to_cut(path: str, index: int, kept: str, small_em: bool) -> bytes:
    """As `cut`; empty where the font has tables that cannot be read, of which each library tells in its own way."""
    try:
        return cut(path, index, kept, small_em)
    except Exception as error:
        print(f"{path} is left out: {error!r}", file=sys.stderr)
        return b""


def cut(path: str, index: int, kept: str, small_em: bool) -> bytes:
    """A font with some of a face's characters.

    Args:
        path: Font file.
        index: Which face of a collection.
        kept: The characters.
        small_em: Whether outlines are rounded to a small em and rules of layout left out.
    """
    wish = uharfbuzz.SubsetInput()
    wish.unicode_set.update(map(ord, kept))
    wish.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.DESUBROUTINIZE
    if small_em:
        wish.layout_feature_tag_set.clear()
    font = uharfbuzz.subset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path), index), wish).blob.data
    if not small_em:
        return bytes(font)
    scaled, out = TTFont(io.BytesIO(font)), io.BytesIO()
    for table in set(scaled.keys()) - _TABLES - {"GlyphOrder"}:
        del scaled[table]
    if scaled["head"].unitsPerEm > _EM:
        scale_upem(scaled, _EM)
    scaled.save(out)
    return out.getvalue()
