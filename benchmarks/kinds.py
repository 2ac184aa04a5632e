"""Kinds of text that are easily lost, drawn anew: how much of each is found.

    python benchmarks/kinds.py [--pages N] [--kind NAME]... [--fonts DIR]... [--seed N] [--json FILE]

A page holds one kind, in a face, a size and a resolution drawn at random: single digits in the columns of a table,
amounts with their minus signs, a large character alone, a table of contents with leaders, labels of a chart on the
slant, a form with a box for each character. What counts is each string of the page that is read as it was drawn; of
amounts also the signs, whichever dash they and whatever the digits were read as. Faces whose digits look hardly like
those of most faces are ornaments, and are left out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from e2eocr.documents import PageImage
from e2eocr.page.lookalikes import DASHES
from e2eocr.pipeline import Pipeline, load_pipeline
from e2eocr.settings import ReadSettings
from e2eocr.synthesis.fonts.faces import find_faces

MINUS = "\u2212"
SIGNS = ("-", MINUS)
NEEDED = "0123456789-.ABCDEFGHKLMNPRSTUVWXYZabcdefghiklmnoprstuvwyz"
SIZES = (8, 9, 10, 11, 12)  # points
RESOLUTIONS = (150, 200, 250, 300)  # dots an inch
DIGITS = "0123456789"
GLYPH_SIZE = (24, 32)  # pixels, width and height at which digits are compared,
DRAWN_SIZE = 64  # and size at which they are drawn
MIN_LIKENESS = 0.5  # mean correlation of a face's digits with those of most faces
WORDS = ("Results", "Methods", "Summary", "Region", "Income", "Energy", "Traffic", "Harvest", "Export", "Budget")
Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page, the strings that stand on it, and how many of them begin with a minus."""

    image: PageImage
    strings: Counter[str]
    signs: int = 0


@dataclass
class Found:
    """How many strings there were of a kind and how many were found, and the same of signs."""

    strings: int = 0
    found: int = 0
    signs: int = 0
    signs_kept: int = 0
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, drawn: DrawnPage, read: Counter[str]) -> None:
        kept = sum(count for word, count in read.items() if len(word) > 1 and word[0] in DASHES and word[1].isdigit())
        self.strings += drawn.strings.total()
        self.found += (drawn.strings & read).total()
        self.signs += drawn.signs
        self.signs_kept += min(kept, drawn.signs)
        self.lost += drawn.strings - read


def draw_digits(rng: np.random.Generator, font: Font, dpi: float) -> DrawnPage:
    """Twelve rows of six single digits."""
    cells = [[str(digit) for digit in row] for row in rng.integers(0, 10, (12, 6))]
    return _draw_table(cells, font, dpi, float(rng.choice([1.3, 1.6, 2.0])))


def draw_amounts(rng: np.random.Generator, font: Font, dpi: float) -> DrawnPage:
    """Twelve rows of four negative amounts, with a hyphen or a true minus where the face has one."""
    sign = str(rng.choice(SIGNS)) if _has(font, MINUS) else SIGNS[0]
    cells = [[f"{sign}{amount:.2f}" for amount in row] for row in rng.uniform(1, 2000, (12, 4))]
    return _draw_table(cells, font, dpi, float(rng.choice([1.3, 1.6, 2.0])))


def draw_lone(rng: np.random.Generator, font: Font, dpi: float) -> DrawnPage:
    """A picture that is one character, 60 to 240 points high."""
    character = str(rng.choice(list("23456789ABDEFGHKMNRT")))
    large = font.font_variant(size=float(rng.uniform(60, 240)) * dpi / 72)
    left, top, right, bottom = large.getbbox(character)
    margin = int((bottom - top) * rng.uniform(0.2, 1.0))
    image = Image.new("L", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin), 255)
    ImageDraw.Draw(image).text((margin - left, margin - top), character, fill=0, font=large)
    return DrawnPage(_page(image, dpi), Counter([character]))


def draw_leaders(rng: np.random.Generator, font: Font, dpi: float) -> DrawnPage:
    """A table of contents: titles, dots and page numbers; the strings are the titles and the numbers."""
    pixels = round(font.size)
    width, pitch, strings = 36 * pixels, round(1.6 * pixels), []
    image = Image.new("L", (width + 4 * pixels, 14 * pitch + 4 * pixels), 255)
    pen, dot = ImageDraw.Draw(image), font.getlength(".") * float(rng.uniform(1.0, 2.5))
    for row in range(14):
        title, number, y = str(rng.choice(WORDS)), str(rng.integers(1, 400)), 2 * pixels + row * pitch
        end = 2 * pixels + width - font.getlength("999")
        pen.text((2 * pixels, y), title, fill=0, font=font)
        pen.text((2 * pixels + width, y), number, fill=0, font=font, anchor="ra")
        for x in np.arange(3 * pixels + font.getlength(title), end - pixels / 2, dot):
            pen.text((x, y), ".", fill=0, font=font)
        strings += [title, number]
    return DrawnPage(_page(image, dpi), Counter(strings))


def draw_slanted(rng: np.random.Generator, font: Font, dpi: float) -> DrawnPage:
    """Labels below the columns of a chart, at 30 to 60 degrees."""
    pixels, degrees = round(font.size), float(rng.uniform(30, 60))
    labels = [f"{word} {year}" for word, year in zip(rng.permutation(WORDS), range(2010, 2020), strict=True)]
    step, length = 4 * pixels, round(max(map(font.getlength, labels)) + 2 * pixels)
    page = np.full((2 * length + 12 * pixels, step * len(labels) + length + 4 * pixels), 255, np.uint8)
    for at, label in enumerate(labels):
        x, y = length + at * step, 12 * pixels
        page[y - int(rng.integers(2, 10)) * pixels : y - pixels, x : x + 2 * pixels] = 140
        _stamp(page, label, font, (x + pixels, y), degrees)
    return DrawnPage(_page(Image.fromarray(page), dpi), Counter(word for label in labels for word in label.split()))


def draw_boxes(rng: np.random.Generator, font: Font, dpi: float) -> DrawnPage:
    """A form: eight rows of boxes with a name, a number or a date in each, closed or open above, black or grey."""
    pixels, boxes, strings = round(font.size), 24, []
    pitch, high = round(pixels * rng.uniform(1.3, 2.0)), round(pixels * rng.uniform(1.5, 2.0))
    image = Image.new("L", (pitch * boxes + 4 * pixels, 8 * 2 * high + 4 * pixels), 255)
    pen, grey, rule = ImageDraw.Draw(image), int(rng.choice((0, 0, 120))), max(1, round(dpi / 150))
    gap, lids = int(rng.choice((0, 0, pitch // 5))), bool(rng.random() < 0.75)
    for row in range(8):
        words = [str(rng.choice(WORDS)).upper(), str(rng.integers(10**4, 10**8))][:: int(rng.choice((-1, 1)))]
        strings += words
        top = 2 * pixels + 2 * row * high
        for place, character in enumerate(" ".join(words).ljust(boxes)):
            left = 2 * pixels + place * pitch
            right, foot = left + pitch - gap, top + high
            if lids:
                pen.rectangle((left, top, right, foot), outline=grey, width=rule)
            else:
                pen.line([(left, foot - high // 3), (left, foot), (right, foot), (right, foot - high // 3)], grey, rule)
            pen.text(((left + right) / 2, (top + foot) / 2), character, fill=0, font=font, anchor="mm")
    return DrawnPage(_page(image, dpi), Counter(strings))


KINDS: dict[str, Callable[[np.random.Generator, Font, float], DrawnPage]] = {
    "digits": draw_digits,
    "amounts": draw_amounts,
    "lone characters": draw_lone,
    "leaders": draw_leaders,
    "slanted labels": draw_slanted,
    "boxes": draw_boxes,
}


def measure(pipeline: Pipeline, kind: str, pages: int, fonts: list[Path], seed: int) -> Found:
    """Draw and read so many pages of a kind."""
    found = Found()
    for page in range(pages):
        rng = np.random.default_rng([seed, page])
        dpi = float(rng.choice(RESOLUTIONS))
        font = ImageFont.truetype(str(fonts[int(rng.integers(len(fonts)))]), float(rng.choice(SIZES)) * dpi / 72)
        drawn = KINDS[kind](rng, font, dpi)
        found.add(drawn, read_words(pipeline, drawn.image))
    return found


def read_words(pipeline: Pipeline, page: PageImage) -> Counter[str]:
    """The words of a page; leaders part words as spaces do."""
    texts = (line.text.replace("…", " ") for line in pipeline.read_page(page).lines)
    return Counter(word.strip(".") or word for text in texts for word in text.replace("..", " ").split())


def usable_fonts(folders: list[Path]) -> list[Path]:
    """Upright faces of ordinary weight that have all characters, a family once."""
    faces = find_faces((), folders, charset=frozenset(NEEDED))
    plain = [each for each in faces if each.covers(NEEDED) and not each.slanted and each.weight == 400]
    families = {each.family: each.path for each in plain if each.style in ("sans", "serif") and not each.index}
    fonts = list(families.values())
    return [font for font, likeness in zip(fonts, _likeness(fonts), strict=True) if likeness >= MIN_LIKENESS]


def _likeness(fonts: list[Path]) -> list[float]:
    """How much the digits of each face look like those of most of these faces: mean correlation, up to 1."""
    drawn = [ImageFont.truetype(str(path), DRAWN_SIZE) for path in fonts]
    glyphs = np.array([[_glyph(font, digit) for digit in DIGITS] for font in drawn])  # (faces, 10, pixels)
    correlations = (_standard(glyphs) * _standard(np.median(glyphs, axis=0))).sum(axis=2)
    likeness: list[float] = correlations.mean(axis=1).tolist()
    return likeness


def _glyph(font: Font, character: str) -> np.ndarray:
    """A character that fills its picture, as one row of pixels, float32."""
    left, top, right, bottom = font.getbbox(character)
    image = Image.new("L", (round(right - left) + 2, round(bottom - top) + 2), 0)
    ImageDraw.Draw(image).text((1 - left, 1 - top), character, fill=255, font=font)
    return cv2.resize(np.asarray(image, np.float32), GLYPH_SIZE, interpolation=cv2.INTER_AREA).ravel()


def _standard(glyphs: np.ndarray) -> np.ndarray:
    """Pictures `(..., pixels)` of mean 0 and length 1, whose products are correlations."""
    centred = glyphs - glyphs.mean(axis=-1, keepdims=True)
    scaled: np.ndarray = centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-6)
    return scaled


def _draw_table(cells: list[list[str]], font: Font, dpi: float, leading: float) -> DrawnPage:
    pixels = round(font.size)
    pitch, step = round(leading * pixels), 9 * pixels
    image = Image.new("L", (step * (len(cells[0]) + 1) + 4 * pixels, pitch * len(cells) + 6 * pixels), 255)
    pen = ImageDraw.Draw(image)
    for row, texts in enumerate(cells):
        y = 3 * pixels + row * pitch
        pen.text((2 * pixels, y), WORDS[row % len(WORDS)], fill=0, font=font)
        for column, text in enumerate(texts):
            pen.text((step * (column + 2), y), text, fill=0, font=font, anchor="ra")
    strings = Counter(text for texts in cells for text in texts)
    return DrawnPage(_page(image, dpi), strings, sum(text[0] in SIGNS for text in strings.elements()))


def _stamp(page: np.ndarray, text: str, font: Font, end: tuple[int, int], degrees: float) -> None:
    """Draw a text onto a page so that it ends at a place, rising to the right."""
    high, wide = round(1.6 * font.size), round(font.getlength(text)) + 4
    strip = Image.new("L", (wide, high), 255)
    ImageDraw.Draw(strip).text((2, 0.2 * font.size), text, fill=0, font=font)
    turn = cv2.getRotationMatrix2D((wide, high / 2), degrees, 1.0)
    turn[0, 2] += end[0] - wide
    turn[1, 2] += end[1] - high / 2
    ink = cv2.warpAffine(255 - np.asarray(strip), turn, page.shape[::-1], flags=cv2.INTER_LINEAR)
    np.minimum(page, 255 - ink, out=page)


def _has(font: Font, character: str) -> bool:
    missing = font.getmask("\uffff")
    mask = font.getmask(character)
    return mask.size != missing.size or bytes(mask) != bytes(missing)


def _page(image: Image.Image, dpi: float) -> PageImage:
    return PageImage(0, np.asarray(image.convert("RGB")), dpi)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how much of what is easily lost is found.")
    parser.add_argument("--pages", type=int, default=20, help="of each kind")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="default: all")
    parser.add_argument("--fonts", type=Path, action="append", default=[], help="folder of fonts, beside the system's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    pipeline, fonts, figures = load_pipeline(ReadSettings(threads=1)), usable_fonts(arguments.fonts), {}
    print(f"{len(fonts)} faces")
    for kind in arguments.kind or KINDS:
        found = measure(pipeline, kind, arguments.pages, fonts, arguments.seed)
        signs = f", signs {found.signs_kept} of {found.signs}" if found.signs else ""
        print(f"{kind:16} {found.found} of {found.strings}{signs}; lost {dict(found.lost.most_common(12))}", flush=True)
        figures[kind] = {name: getattr(found, name) for name in ("strings", "found", "signs", "signs_kept")}
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
