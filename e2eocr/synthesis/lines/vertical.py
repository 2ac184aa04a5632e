"""Columns of East Asian text, drawn and turned to the left by a quarter, as a column reaches a recognizer.

Its top is then the left end: Han, kana and Hangul lie on their backs, one to a cell, while Latin words, which run down
a column, stand level. Brackets, dashes and the sign of long vowels, which turn in a column, stand level too; commas and
full stops move to the upper right of their cell, small kana a little.
"""

from __future__ import annotations

import random
import re

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.mixing import Companion
from e2eocr.synthesis.fonts.opening import open_font
from e2eocr.synthesis.lines.style import LineStyle

_TURNED = frozenset("ー～…‥—–「」『』（）【】〔〕〖〗《》〈〉：；[](){}<>-=~→←“”‘’|")
_CORNERED = frozenset("、。，．")
_SMALL_KANA = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ")
_CORNER, _SMALL_SHIFT = 0.55, 0.1  # of the size
_BASELINE = 0.88  # of the size, from the top of a cell
_UPRIGHT_SHARE = 0.5  # of numbers of two digits, and of single letters
_TOKENS = re.compile(r"[ -~À-ɏ]+|.", re.DOTALL)


def draw_column(
    text: str, face: Face, style: LineStyle, rng: random.Random, companion: Companion | None = None
) -> np.ndarray | None:
    """Draw a column, turned to the left.

    Args:
        text: From top to bottom.
        face: Face to draw with.
        style: Its size, weight and tracking are used.
        rng: Source of the choice of what stands upright.
        companion: Characters that are set in another face.

    Returns:
        `(3 * size, w)` uint8 ink, the column's axis in the middle; None if it shows no ink.
    """
    size = style.size
    own = open_font(face, size, style.weight)
    other = own if companion is None else open_font(companion.face, max(round(size * companion.scale), 6))
    gap = max(style.tracking, 0.0) * size
    parts: list[np.ndarray] = []
    for token in _TOKENS.findall(text):
        font = other if companion is not None and token[:1] in companion.characters else own
        upright = len(token) == 1 or (len(token) == 2 and token.isdigit())
        if token.isspace():
            parts.append(np.zeros((3 * size, max(size // 2, 1)), np.uint8))
        elif token in _TURNED or (token[0] < "ɐ" and not (upright and rng.random() < _UPRIGHT_SHARE)):
            parts.append(_level(token, font, size))
        else:
            parts.append(_cell(token, font, size))
        parts.append(np.zeros((3 * size, round(gap)), np.uint8))
    ink = np.hstack(parts) if parts else np.zeros((1, 1), np.uint8)
    return np.pad(ink, ((0, 0), (size, size))) if ink.any() else None


def _cell(token: str, font: ImageFont.FreeTypeFont, size: int) -> np.ndarray:
    """An upright character, or two digits side by side, in a cell of its own; turned to the left: `(3 s, s)`."""
    canvas = Image.new("L", (3 * size, size))
    x = size + (size - font.getlength(token)) / 2
    y = _BASELINE * size
    shift = _CORNER if token in _CORNERED else _SMALL_SHIFT if token in _SMALL_KANA else 0.0
    ImageDraw.Draw(canvas).text((x + shift * size, y - shift * size), token, fill=255, font=font, anchor="ls")
    return np.rot90(np.asarray(canvas))


def _level(token: str, font: ImageFont.FreeTypeFont, size: int) -> np.ndarray:
    """What turns in a column, and so stands level here: `(3 s, w)`."""
    width = max(round(font.getlength(token)), 1)
    canvas = Image.new("L", (width, 3 * size))
    ImageDraw.Draw(canvas).text((0, (1 + _BASELINE) * size), token, fill=255, font=font, anchor="ls")
    return np.asarray(canvas)
