"""Invisible text for PDF pages: the operators that lay each word on its place, in a font without glyphs."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from e2eocr.results import Line, Polygon
from e2eocr.writers.characters import one_line
from e2eocr.writers.layout import is_right_to_left, words_of
from e2eocr.writers.pdf_font import ADVANCE, DESCENT, UNITS, InvisibleFont

_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_MIN_SIDE = 0.01  # points
_TINY = 1e-6
_EXACTNESS = 50.0  # tenths of a point are exact enough where words are a tenth of this high, or more
_COARSE_STRETCH = 25.0  # from here on, whole hundredths are exact to one in fifty
_LEVEL_SHARE = 1 / 25  # of its size: text that is out of level by less goes on where it is
_SIZE_SHARE = 1 / 100  # text of a size that differs by less is of one size
_MAX_SHIFT = 4 * UNITS  # within a line
_MIN_FILLED, _MAX_FILLED = 0.4, 1.5  # of the gap between two words, by a space as wide as a letter
_ASLANT = math.radians(8)  # words that are less aslant than this are laid level
_SPACE_SHARE = 0.2  # of the line's height: a space where the next word leaves no room for one


def text_operators(lines: Sequence[Line], to_points: np.ndarray, font: InvisibleFont, resource: str) -> bytes:
    """The content that lays the words of a page invisibly on their places.

    Places are exact to a twenty-fifth of a word's height, or better: text must not weigh as much as its picture.

    Args:
        lines: In reading order.
        to_points: `(2, 3)` affine map from page pixels to the page's user space in points.
        font: What encodes the text.
        resource: Name of the font among the page's resources, with its slash.
    """
    placed = [_placed_words(line, to_points) for line in lines]
    heights = [_length(_up(quad)) for words in placed for _, quad, _ in words]
    pen = _Pen(font, resource, _decimals(float(np.median(heights)) if heights else 1.0))
    for line, words in zip(lines, placed, strict=True):
        for text, quad, gap in words:
            pen.write_word(text, quad, gap, leftwards=is_right_to_left(line.text))
    return b"q\nBT\n3 Tr\n" + b"".join(pen.parts) + b"ET\nQ\n"


def _placed_words(line: Line, to_points: np.ndarray) -> list[tuple[str, np.ndarray, float | None]]:
    """Each word as it is seen, with its quad `(4, 2)` in points and the gap to the next.

    The gap is 0 where the next word is glued to it, and None behind the last, whose space parts it from other lines.
    """
    words = [word for word in words_of(line) if one_line(word.text).strip()]
    quads = [_level(_map_corners(word.polygon, to_points)) for word in words]
    leftwards = is_right_to_left(line.text)
    glued = [word.glued for word in words[1:]]
    gaps = [
        0.0 if is_glued else _gap(quad, after, leftwards)
        for quad, after, is_glued in zip_longest(quads, quads[1:], glued)
    ]
    texts = [visual_order(one_line(word.text)) for word in words]
    return list(zip(texts, quads, gaps, strict=True))


class _Pen:
    """Writes text operators: no more of them than change something, and numbers as short as may be.

    Args:
        font: What encodes the text.
        resource: Name of the font among the page's resources, with its slash.
        decimals: Of a length in points.
    """

    def __init__(self, font: InvisibleFont, resource: str, decimals: int) -> None:
        self.parts: list[bytes] = []
        self._font, self._resource, self._decimals = font, resource, decimals
        self._size, self._stretch = 0.0, 100.0
        self._direction, self._place = (1.0, 0.0), np.zeros(2)
        self._reached = 0.0  # points from there, along the text

    def write_word(self, text: str, quad: np.ndarray, gap: float | None, *, leftwards: bool) -> None:
        """Write a word and the space behind it, in one piece where the gap is about as wide as a letter, or is none."""
        if gap == 0:
            self._write(text, quad)
            return
        advance = _length(_along(quad)) / len(text)
        if gap is not None and not _MIN_FILLED * gap <= advance <= _MAX_FILLED * gap:
            self._write(text, quad)
            self._write(" ", _beside(quad, gap, leftwards))
            return
        more = _unit(_along(quad)) * advance
        if leftwards:
            self._write(f" {text}", quad - np.outer([1, 0, 0, 1], more))
        else:
            self._write(f"{text} ", quad + np.outer([0, 1, 1, 0], more))

    def _write(self, text: str, quad: np.ndarray) -> None:
        """Stretch a text over a quad."""
        width = max(_length(_along(quad)), _MIN_SIDE)
        self._set_size(_length(_up(quad)))
        self._set_stretch(100 * width / (len(text) * self._size * ADVANCE / UNITS))
        shift = self._move(quad[3] + _up(quad) * (-DESCENT / UNITS), _unit(_along(quad)))
        self.parts.append(f"[{shift or ''}".encode("ascii") + self._font.encode(text) + b"]TJ\n")
        self._reached += (len(text) * ADVANCE - shift) * self._scale

    @property
    def _scale(self) -> float:
        """Points that a unit of the font is long, along the text."""
        return self._size * self._stretch / (100 * UNITS)

    def _set_size(self, size: float) -> None:
        size = max(round(size, self._decimals), 10.0**-self._decimals)
        if abs(size - self._size) > size * _SIZE_SHARE:
            self._add(f"{self._resource} {self._number(size)} Tf")
            self._size = size

    def _set_stretch(self, stretch: float) -> None:
        """In hundredths; a word is at most a fiftieth longer for the rounding, mostly a two-hundredth."""
        stretch = max(round(stretch, 0 if stretch >= _COARSE_STRETCH else 2), 0.01)
        if stretch != self._stretch:
            self._add(f"{_number(stretch, 2)} Tz")
            self._stretch = stretch

    def _move(self, place: np.ndarray, direction: np.ndarray) -> int:
        """Go to a place, in points; what rounding has left over before is made good.

        Returns:
            How far the text is to be shifted back from where the last one ended, in units of the font: another word of
            a line needs no more.
        """
        cosine, sine = (round(float(value), 4) + 0.0 for value in direction)
        if (cosine, sine) != self._direction:
            self._direction, self._reached = (cosine, sine), 0.0
            self._place = np.round(place, self._decimals)
            x, y = (self._number(value) for value in self._place)
            turned = " ".join(_number(value, 4) for value in (cosine, sine, -sine, cosine))
            self._add(f"{turned} {x} {y} Tm")
            return 0
        axes = np.array([[cosine, sine], [-sine, cosine]])
        along, across = axes @ (place - self._place)
        shift = 10 * round((self._reached - along) / self._scale / 10)
        if abs(across) <= self._size * _LEVEL_SHARE and abs(shift) <= _MAX_SHIFT:
            return shift
        step = np.round([along, across], self._decimals)
        self._place, self._reached = self._place + step @ axes, 0.0
        self._add(f"{self._number(step[0])} {self._number(step[1])} Td")
        return 0

    def _number(self, length: float) -> str:
        return _number(length, self._decimals)

    def _add(self, operator: str) -> None:
        self.parts.append(f"{operator}\n".encode("ascii"))


def _decimals(height: float) -> int:
    """How many decimals lengths need on a page whose words are so high, points."""
    return max(1, math.ceil(math.log10(_EXACTNESS / max(height, _MIN_SIDE))))


def _along(quad: np.ndarray) -> np.ndarray:
    """The lower side of a quad `(4, 2)`, from its left to its right."""
    side: np.ndarray = quad[2] - quad[3]
    return side


def _up(quad: np.ndarray) -> np.ndarray:
    """The left side of a quad `(4, 2)`, from its foot to its top."""
    side: np.ndarray = quad[0] - quad[3]
    return side


def _length(vector: np.ndarray) -> float:
    return float(np.hypot(*vector))


def _map_corners(polygon: Polygon, to_points: np.ndarray) -> np.ndarray:
    """`(4, 2)` corners in points."""
    return np.asarray(polygon, np.float64) @ to_points[:, :2].T + to_points[:, 2]


def _level(quad: np.ndarray) -> np.ndarray:
    """A word's quad `(4, 2)` laid along the nearest side of the page, unless it is far aslant.

    Poppler ends a word where its letters leave their level by half a point.
    """
    along, up = _along(quad), _up(quad)
    angle = math.atan2(along[1], along[0])
    nearest = round(angle / (math.pi / 2)) * math.pi / 2
    if abs(angle - nearest) > _ASLANT or not along.any():
        return quad
    width, height = _length(along), _length(up)
    across = np.array([round(math.cos(nearest)), round(math.sin(nearest))]) * (width / 2)
    upwards = np.array([-round(math.sin(nearest)), round(math.cos(nearest))]) * (height / 2)
    middle = quad.mean(axis=0)
    return np.array(
        [middle - across + upwards, middle + across + upwards, middle + across - upwards, middle - across - upwards]
    )


def _gap(quad: np.ndarray, following: np.ndarray | None, leftwards: bool) -> float | None:
    """Room between a word and the next, points; some where there is none, and None behind the last."""
    if following is None:
        return None
    room = quad[3] - following[2] if leftwards else following[3] - quad[2]
    return max(float(np.dot(room, _unit(_along(quad)))), _SPACE_SHARE * _length(_up(quad)))


def _beside(quad: np.ndarray, width: float, leftwards: bool) -> np.ndarray:
    """The quad `(4, 2)` of a space of a width behind a word."""
    top_left, top_right, bottom_right, bottom_left = quad
    more = _unit(_along(quad)) * width
    if leftwards:
        return np.array([top_left - more, top_left, bottom_left, bottom_left - more])
    return np.array([top_right, top_right + more, bottom_right + more, bottom_right])


def _unit(vector: np.ndarray) -> np.ndarray:
    """The direction of a vector; level where it has none."""
    length = _length(vector)
    return vector / length if length > _TINY else np.array([1.0, 0.0])


def _number(value: float, decimals: int) -> str:
    return f"{round(value, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")


def visual_order(text: str) -> str:
    """A word's characters from left to right as they stand on the page; those who extract text turn them back.

    Runs of right-to-left letters are turned, with their brackets as they look there; numbers and Latin letters within
    them are not. It is the part of the Unicode bidirectional algorithm that one word needs.
    """
    if not any(unicodedata.bidirectional(character) in ("R", "AL") for character in text):
        return text
    runs = _bidi_runs(text)
    if is_right_to_left(text):
        runs.reverse()
    return "".join(run[::-1].translate(_MIRRORED) if backwards else run for run, backwards in runs)


def _bidi_runs(text: str) -> list[tuple[str, bool]]:
    """Runs of a text, each with whether it runs from right to left; what has no direction goes as the text does."""
    base = is_right_to_left(text)
    runs: list[tuple[str, bool]] = []
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "EN", "AN"):
            backwards = False
        elif kind in ("R", "AL"):
            backwards = True
        elif kind in ("NSM", "BN", "CS", "ES", "ET") and runs:
            backwards = runs[-1][1]
        else:
            backwards = base
        if runs and runs[-1][1] == backwards:
            runs[-1] = (runs[-1][0] + character, backwards)
        else:
            runs.append((character, backwards))
    return runs
