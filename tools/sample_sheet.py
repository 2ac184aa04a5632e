"""A clean page to draw on, which remembers each printed line: the picture and its right text come from one place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/share/texmf/fonts"))
_SOFT_HYPHEN = "\u00ad"


@cache
def find_font(file_name: str) -> Path:
    """Where a font file lies, by its name."""
    for folder in _FONT_FOLDERS:
        for path in sorted(folder.rglob(file_name)):
            return path
    raise FileNotFoundError(f"{file_name} is not installed; tools/make_samples.py names the Debian packages.")


class Sheet:
    """A white page measured in millimetres, its ink black, with the text of every line that was printed on it."""

    def __init__(self, width: float, height: float, dpi: int) -> None:
        self.dpi = dpi
        self.lines: list[str] = []
        self.image = Image.new("L", (self.pixels(width), self.pixels(height)), 255)
        self.draw = ImageDraw.Draw(self.image)

    def pixels(self, millimetres: float) -> int:
        """A length in pixels."""
        return round(millimetres / 25.4 * self.dpi)

    def font(self, file_name: str, points: float, index: int = 0) -> ImageFont.FreeTypeFont:
        """A font at a size in points; `index` is its place in a collection."""
        return ImageFont.truetype(find_font(file_name), round(points / 72 * self.dpi), index)

    def ink(self) -> np.ndarray:
        """The page as `(H, W)` float32, 1 where there is no ink."""
        return np.asarray(self.image, np.float32) / 255

    def gap(self) -> None:
        """End a block of text."""
        self.lines.append("")

    def text(
        self, x: float, y: float, text: str, font: ImageFont.FreeTypeFont, *, anchor: str = "ls", fill: int = 0
    ) -> None:
        """Print a line whose baseline is at `y` mm; `anchor` as Pillow has it (`ls` left, `ms` middle, `rs` right)."""
        self.row(y, [(x, text, anchor)], font, fill=fill)

    def row(
        self, y: float, cells: Sequence[tuple[float, str, str]], font: ImageFont.FreeTypeFont, *, fill: int = 0
    ) -> None:
        """Print a row of cells `(x mm, text, anchor)`; its text is theirs, with spaces between."""
        for x, text, anchor in cells:
            self.draw.text((self.pixels(x), self.pixels(y)), text, fill, font, anchor)
        self.lines.append(" ".join(text for _, text, _ in cells))

    def rule(self, x0: float, y0: float, x1: float, y1: float, *, width: int = 2, fill: int = 0) -> None:
        """Draw a straight rule between two points in mm, `width` pixels wide."""
        self.draw.line([self.pixels(x0), self.pixels(y0), self.pixels(x1), self.pixels(y1)], fill, width)

    def table(
        self,
        rows: Sequence[Sequence[str]],
        columns: Sequence[tuple[float, str]],
        edges: Sequence[float],
        *,
        top: float,
        step: float,
        baseline: float,
        fonts: tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont],
    ) -> float:
        """Print a ruled table, its `columns` as `(x mm, anchor)`, its heads in the first font; gives its lower edge."""
        for number, cells in enumerate(rows):
            places = [(x, cell, anchor) for (x, anchor), cell in zip(columns, cells, strict=True)]
            self.row(top + baseline + step * number, places, fonts[min(number, 1)])
        return self._grid(edges, top, step, len(rows))

    def _grid(self, edges: Sequence[float], top: float, step: float, rows: int) -> float:
        """Rule a table of `rows` rows, `step` mm high, between upright rules at `edges`; gives its lower edge."""
        bottom = top + step * rows
        for number in range(rows + 1):
            self.rule(edges[0], top + step * number, edges[-1], top + step * number, fill=60)
        for x in edges:
            self.rule(x, top, x, bottom, fill=60)
        return bottom

    def blocks(
        self,
        blocks: Sequence[Sequence[str]],
        font: ImageFont.FreeTypeFont,
        *,
        x: float,
        top: float,
        leading: float,
        anchor: str = "ls",
    ) -> float:
        """Print blocks of lines, the first baseline at `top` mm; gives the place of the next block."""
        for lines in blocks:
            self.gap()
            for line in lines:
                self.text(x, top, line, font, anchor=anchor)
                top += leading
            top += 0.4 * leading
        return top

    def paragraph(
        self,
        text: str,
        font: ImageFont.FreeTypeFont,
        *,
        left: float,
        top: float,
        width: float,
        leading: float,
        justify: bool = True,
        indent: float = 0.0,
    ) -> float:
        """Set a paragraph, its first baseline at `top` mm, and give back the baseline after its last."""
        lines = self.broken(text, font, width, indent)
        for number, words in enumerate(lines):
            x = left + (indent if number == 0 else 0)
            room = left + width - x if justify and number < len(lines) - 1 else None
            self._set_line(words, font, x, top + number * leading, room)
        return top + len(lines) * leading

    def flow(
        self,
        paragraphs: tuple[str, ...],
        font: ImageFont.FreeTypeFont,
        columns: list[tuple[float, float]],
        *,
        width: float,
        leading: float,
        bottom: float,
        indent: float,
    ) -> None:
        """Pour justified paragraphs into columns, given by left edge and first baseline in mm, down to `bottom`."""
        waiting = list(columns)
        left, y = waiting.pop(0)
        for count, paragraph in enumerate(paragraphs):
            first = indent if count else 0.0
            lines = self.broken(paragraph, font, width, first)
            for number, words in enumerate(lines):
                if y > bottom:
                    left, y = waiting.pop(0)
                    self.gap()
                x = left + (first if number == 0 else 0.0)
                self._set_line(words, font, x, y, left + width - x if number < len(lines) - 1 else None)
                y += leading

    def broken(self, text: str, font: ImageFont.FreeTypeFont, width: float, indent: float = 0.0) -> list[list[str]]:
        """Break a text into lines of words that fit `width` mm, at soft hyphens where that helps."""
        lines: list[list[str]] = [[]]
        for word in text.split(" "):
            room = self.pixels(width - (indent if len(lines) == 1 else 0))
            whole = word.replace(_SOFT_HYPHEN, "")
            if font.getlength(" ".join([*lines[-1], whole])) <= room:
                lines[-1].append(whole)
                continue
            head, tail = _hyphenated(word, " ".join([*lines[-1], ""]), font, room)
            if head:
                lines[-1].append(head)
            lines.append([tail])
        return lines

    def _set_line(self, words: list[str], font: ImageFont.FreeTypeFont, x: float, y: float, room: float | None) -> None:
        start = self.pixels(x)
        space = font.getlength(" ")
        if room is not None and len(words) > 1:
            space = (self.pixels(room) - sum(font.getlength(word) for word in words)) / (len(words) - 1)
        position = float(start)
        for word in words:
            self.draw.text((position, self.pixels(y)), word, 0, font, "ls")
            position += font.getlength(word) + space
        self.lines.append(" ".join(words))

    def typed(
        self, x: float, y: float, text: str, font: ImageFont.FreeTypeFont, generator: np.random.Generator
    ) -> None:
        """Type a line: letters stand a little high or low, and are struck with uneven force."""
        pitch = font.getlength("0")
        for column, letter in enumerate(text):
            # A type bar that sits high sits high every time: the shift belongs to the letter, the force to the stroke.
            lift = ((ord(letter) * 7919) % 5 - 2) * self.dpi / 300 * 0.7
            place = (self.pixels(x) + column * pitch, self.pixels(y) + lift + generator.normal(0, 0.3))
            self.draw.text(place, letter, int(np.clip(generator.normal(20, 28), 0, 100)), font, "ls")
        self.lines.append(" ".join(text.split()))

    def stroke(self, points: list[tuple[float, float]], *, width: int = 4, fill: int = 40) -> None:
        """Draw a pen stroke through points in mm, smooth and of changing width: a signature."""
        track = _smooth(np.array([(self.pixels(x), self.pixels(y)) for x, y in points], float))
        for number, (x, y) in enumerate(track):
            radius = width / 2 * (0.7 + 0.3 * np.sin(number / 23))
            self.draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill)


def _hyphenated(word: str, before: str, font: ImageFont.FreeTypeFont, room: int) -> tuple[str, str]:
    """Split a word at the last soft hyphen whose head still fits after `before`: `(head-, tail)`, or no head."""
    pieces = word.split(_SOFT_HYPHEN)
    for count in range(len(pieces) - 1, 0, -1):
        head = "".join(pieces[:count]) + "-"
        if font.getlength(before + head) <= room:
            return head, "".join(pieces[count:])
    return "", "".join(pieces)


def _smooth(points: np.ndarray) -> np.ndarray:
    """A dense Catmull-Rom curve through `(n, 2)` points."""
    padded = np.vstack([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 60, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        pieces.append(0.5 * curve)
    return np.vstack(pieces)
