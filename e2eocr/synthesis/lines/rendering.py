"""Drawing one line of text with Pillow, and cutting it out as a detector would."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.mixing import Guest
from e2eocr.truth.records import LONGEST, STORED_HEIGHT

_PROBE = "Hbdpgqy"
_PROBE_SIZE = 64
_RULE_ROOM = 10  # pixels that rules at both edges may add
_LARGEST_CANVAS = 9000
_OPEN_FONTS = 400
_OPENING_MARKS, _CLOSING_MARKS = "¿¡«", ";:!?,»"
_LOGO = re.compile(r"(?:LA)?TEX(?![A-Z])")
# Of each letter of the logos: room before it and how far below the baseline it stands, in units of the size, and its
# own size, after the definitions in the TeXbook (Knuth 1984) and in LaTeX (Lamport 1986).
_LOGO_LETTERS = {
    "TEX": ((0.0, 0.0, 1.0), (-0.1667, 0.215, 1.0), (-0.125, 0.0, 1.0)),
    "LATEX": ((0.0, 0.0, 1.0), (-0.36, -0.2, 0.7), (-0.15, 0.0, 1.0), (-0.1667, 0.215, 1.0), (-0.125, 0.0, 1.0)),
}
_AMPLE_WIDTH = 0.72  # of the size a character, in a text of some length; almost no face is as wide


@dataclass(frozen=True)
class LineStyle:
    """How one line is set, drawn and cut.

    Attributes:
        size: Font size in pixels it is drawn at.
        scale: Factor from drawn to stored pixels; under 1 the line is drawn larger, and so without hinting.
        stretch: Further factor on the width.
        tracking: Space added after each character, in units of the size.
        word_space: Factor on the width of spaces.
        mark_space: Space between a word and its marks as old books have it, in units of the size; no space of the text.
        typed: Uneven strokes of a typewriter.
        logos: Whether TEX and LATEX are set as the logos that they are.
        underline: Whether a rule runs under the text.
        neighbours: Whether lines stand above and below.
        rules: Edges at which a rule of a table stands, of `top bottom left right`.
        margins: Left, top, right, bottom, in units of the line's height; negative cuts into the ink.
        by_ink: Whether the cut follows the ink, or else the height of the face.
        ink: Grey of the text, 0–255.
        paper: Grey behind it.
        weight: Value of the variable weight axis, where there is one.
    """

    size: int
    scale: float
    stretch: float
    tracking: float
    word_space: float
    mark_space: float
    typed: bool
    logos: bool
    underline: bool
    neighbours: bool
    rules: tuple[str, ...]
    margins: tuple[float, float, float, float]
    by_ink: bool
    ink: int
    paper: int
    weight: float | None


def draw_style(face: Face, characters: int, rng: random.Random) -> LineStyle:
    """Draw how a line of so many characters is set in a face."""
    height = min(max(rng.lognormvariate(3.5, 0.27), 18.0), 60.0)  # the line's, pixels; median 33
    drawn_height = height * rng.choice((1.0, 1.0, 1.0, 1.25, 1.6))
    size = max(round(drawn_height / face_height(face)), 8)
    tight = rng.random() < 0.5
    least, most = (-0.03, 0.08) if tight else (0.0, 0.28)
    margins = tuple(rng.uniform(least, most) for _ in range(4))
    left, top, right, bottom = margins
    is_typewriter = face.style == "typewriter"
    tracked = rng.random() < (0.08 if is_typewriter or characters > 80 else 0.16)
    spaced_marks = not is_typewriter and rng.random() < 0.1
    inverse = rng.random() < 0.03
    ink, paper = rng.randint(0, 110) if rng.random() < 0.6 else rng.randint(0, 40), rng.randint(200, 255)
    weights = [(low, high) for tag, low, high in face.axes if tag == "wght"]
    return LineStyle(
        size=size,
        scale=height / drawn_height,
        stretch=rng.choice((1.0, 1.0, rng.uniform(0.85, 1.15))),
        tracking=rng.choice((rng.uniform(-0.03, 0.03), rng.uniform(0.02, 0.22))) if tracked else 0.0,
        word_space=_draw_word_space(rng, spaced_marks),
        mark_space=rng.uniform(0.06, 0.28) if spaced_marks else 0.0,
        typed=is_typewriter and rng.random() < 0.65,
        logos=rng.random() < 0.85,
        underline=rng.random() < 0.03,
        neighbours=rng.random() < 0.15,
        rules=tuple(edge for edge in ("top", "bottom", "left", "right") if rng.random() < 0.02),
        margins=(max(left, 0.0), top, max(right, 0.0), bottom),
        by_ink=rng.random() < 0.6,
        ink=paper if inverse else ink,
        paper=ink if inverse else paper,
        weight=round(rng.uniform(*weights[0]), -2) if weights else None,
    )


def _draw_word_space(rng: random.Random, spaced_marks: bool) -> float:
    if spaced_marks:
        return rng.uniform(1.1, 1.9)  # or a mark would stand as far off as a word
    return 1.0 if rng.random() < 0.45 else rng.choice((rng.uniform(0.7, 1.0), rng.uniform(1.0, 1.9)))


def render_line(
    text: str, face: Face, style: LineStyle, rng: random.Random, guest: Guest | None = None
) -> np.ndarray | None:
    """Draw a line.

    Args:
        text: What to draw; the face must cover it.
        face: Face to draw with.
        style: How to draw and cut.
        rng: Source of the unevenness of type and of the neighbours' words.
        guest: Words that are set in another face, unless the line is tracked or typed.

    Returns:
        `(h, w)` uint8 grey, h at most 48 and w at most 2,400; None if the line shows no ink.

    Raises:
        ValueError: If the face does not cover the text.
    """
    if not face.covers(text):
        raise ValueError(f"Invalid `face`. Expected one that covers the text. Received: {face.path.name}, {text=}")
    font = open_font(face, style.size, style.weight)
    pieces, length = _lay_out(text, face, style, guest)
    if not 1 <= length <= _LARGEST_CANVAS:
        return None
    ascent, descent = _extent(face, style.size)
    side, above = style.size, ascent + style.size * 2
    canvas = Image.new("L", (int(length) + 2 * side, above + descent + style.size * 2))
    pen = ImageDraw.Draw(canvas)
    _draw_pieces(pen, pieces, (side, above), style, rng)
    box = canvas.getbbox()
    if box is None or box[3] - box[1] < 2 or box[2] == canvas.width:
        return None
    if style.underline:
        drop = above + max(2, round(style.size * rng.uniform(0.08, 0.18)))
        pen.line((box[0], drop, box[2], drop), fill=255, width=max(1, style.size // 18))
    if style.neighbours:
        _draw_neighbours(pen, text, font, (side, above), style, rng)
    if not style.by_ink:
        box = (box[0], min(box[1], above - ascent), box[2], max(box[3], above + descent))
    return _finish(np.asarray(canvas), box, style, rng)


@lru_cache(maxsize=_OPEN_FONTS)
def open_font(face: Face, size: int, weight: float | None = None) -> ImageFont.FreeTypeFont:
    """Open a face at a size in pixels; the last few hundred stay open."""
    font = ImageFont.truetype(str(face.path), size, index=face.index)
    if weight is not None:
        defaults = [axis["default"] or 0 for axis in font.get_variation_axes()]
        font.set_variation_by_axes(
            [weight if axis[0] == "wght" else value for axis, value in zip(face.axes, defaults, strict=True)]
        )
    return font


@cache
def _probe(face: Face) -> tuple[float, float]:
    """Ascent and descent of the ink of letters, in units of the size."""
    sample = "".join(character for character in _PROBE if character in face.characters) or "".join(
        sorted(face.characters)[:40]
    )
    _, top, _, bottom = open_font(face, _PROBE_SIZE).getbbox(sample, anchor="ls")
    return max(-top / _PROBE_SIZE, 0.2), max(bottom / _PROBE_SIZE, 0.05)


def face_height(face: Face) -> float:
    """From the top of ascenders to the foot of descenders, in units of the size."""
    return sum(_probe(face))


def _extent(face: Face, size: int) -> tuple[int, int]:
    ascent, descent = _probe(face)
    return round(ascent * size), round(descent * size)


class _Piece(NamedTuple):
    """Some characters of a line: where they begin, in pixels from its left, and how far below its baseline."""

    place: float
    text: str
    font: ImageFont.FreeTypeFont
    drop: float = 0.0


def _lay_out(text: str, face: Face, style: LineStyle, guest: Guest | None) -> tuple[list[_Piece], float]:
    """The pieces of a line, and how much room it needs in pixels."""
    font = open_font(face, style.size, style.weight)
    if style.typed or style.tracking:
        return _lay_out_characters(text, font, style)
    logos = style.logos and _LOGO.search(text) is not None
    if style.word_space == 1.0 and not style.mark_space and guest is None and not logos:
        # To measure costs as much as to draw: give ample room.
        return [_Piece(0.0, text, font)], style.size * (len(text) * _AMPLE_WIDTH + 1)
    space = font.getlength(" ") * style.word_space
    pieces: list[_Piece] = []
    place = 0.0
    for number, word in enumerate(text.split(" ")):
        own = font
        if guest is not None and number in guest.words:
            own = open_font(guest.face, _guest_size(guest, face, style.size))
        for part_number, part in enumerate(_split_marks(word) if style.mark_space else [word]):
            place += style.mark_space * style.size if part_number else 0.0
            set_part = _set_logos(part, own, place) if logos else [_Piece(place, part, own)]
            pieces += set_part
            place = set_part[-1].place + set_part[-1].font.getlength(set_part[-1].text)
        place += space
    return pieces, place


def _guest_size(guest: Guest, face: Face, size: int) -> int:
    return max(round(size * face_height(face) / face_height(guest.face) * guest.scale), 6)


def _set_logos(word: str, font: ImageFont.FreeTypeFont, place: float) -> list[_Piece]:
    """A word whose TEX and LATEX are logos."""
    pieces: list[_Piece] = []

    def add(text: str, font: ImageFont.FreeTypeFont, drop: float = 0.0) -> None:
        nonlocal place
        if text:
            pieces.append(_Piece(place, text, font, drop))
            place += font.getlength(text)

    end = 0
    for match in _LOGO.finditer(word):
        add(word[end : match.start()], font)
        for letter, (room, drop, scale) in zip(match.group(), _LOGO_LETTERS[match.group()], strict=True):
            place += room * font.size
            add(
                letter,
                font if scale == 1.0 else font.font_variant(size=max(round(font.size * scale), 4)),
                drop * font.size,
            )
        end = match.end()
    add(word[end:], font)
    return pieces or [_Piece(place, word, font)]


def _split_marks(word: str) -> list[str]:
    """A word without the marks before and behind it, and those."""
    inner = word.lstrip(_OPENING_MARKS)
    stem = inner.rstrip(_CLOSING_MARKS)
    return [piece for piece in (word[: len(word) - len(inner)], stem, inner[len(stem) :]) if piece]


def _lay_out_characters(text: str, font: ImageFont.FreeTypeFont, style: LineStyle) -> tuple[list[_Piece], float]:
    gap = style.tracking * style.size
    space = font.getlength(" ") * style.word_space
    lengths: dict[str, float] = {" ": max(space + gap, space * 0.6)}
    pieces: list[_Piece] = []
    place = 0.0
    for cluster in _clusters(text):
        if cluster not in lengths:
            lengths[cluster] = font.getlength(cluster)
        if cluster != " ":
            pieces.append(_Piece(place, cluster, font))
        place += lengths[cluster] + gap
    return pieces, place + style.size


def _clusters(text: str) -> list[str]:
    """Characters, each with the combining marks that stand on it."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.combining(character):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _draw_pieces(
    pen: ImageDraw.ImageDraw,
    pieces: list[_Piece],
    origin: tuple[int, int],
    style: LineStyle,
    rng: random.Random,
) -> None:
    x, y = origin
    if not style.typed and not style.tracking:
        for piece in pieces:
            pen.text((x + piece.place, y + piece.drop), piece.text, fill=255, font=piece.font, anchor="ls")
        return
    shake = style.size * rng.uniform(0.0, 0.035) if style.typed else 0.0
    faintest = rng.randint(130, 240) if style.typed else 255
    glyphs: dict[str, tuple[Image.Image, int, int]] = {}
    for place, cluster, font, _ in pieces:
        if cluster not in glyphs:
            # A worn type is always off by the same.
            glyphs[cluster] = _draw_glyph(cluster, font, style.size, rng.gauss(0, shake))
        glyph, left, top = glyphs[cluster]
        at = (x + left + round(place + rng.gauss(0, shake / 2)), y + top + round(rng.gauss(0, shake / 3)))
        pen.bitmap(at, glyph, fill=rng.randint(faintest, 255))


def _draw_glyph(cluster: str, font: ImageFont.FreeTypeFont, size: int, offset: float) -> tuple[Image.Image, int, int]:
    """A character with its marks, and where its picture lies from the pen's place on the baseline."""
    glyph = Image.new("L", (4 * size, 4 * size))
    ImageDraw.Draw(glyph).text((size, 2 * size + offset), cluster, fill=255, font=font, anchor="ls")
    left, top, right, bottom = glyph.getbbox() or (0, 0, 1, 1)
    return glyph.crop((left, top, right, bottom)), left - size, top - 2 * size


def _draw_neighbours(
    pen: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont,
    origin: tuple[int, int],
    style: LineStyle,
    rng: random.Random,
) -> None:
    """Lines above and below, of the same words in another order: their face covers them."""
    pitch = style.size * rng.uniform(1.0, 1.35)
    for side in (-1, 1):
        words = text.split(" ")
        rng.shuffle(words)
        place = (origin[0] - rng.uniform(0, style.size), origin[1] + side * pitch)
        pen.text(place, " ".join(words), fill=255, font=font, anchor="ls")


def _finish(canvas: np.ndarray, box: tuple[int, int, int, int], style: LineStyle, rng: random.Random) -> np.ndarray:
    """Cut the box and its margins out of the drawn ink, scale it, and turn it into grey."""
    height = box[3] - box[1]
    left, top, right, bottom = (round(margin * height) for margin in style.margins)
    x0, y0 = max(box[0] - left, 0), max(box[1] - top, 0)
    x1, y1 = min(box[2] + right, canvas.shape[1]), min(box[3] + bottom, canvas.shape[0])
    ink = canvas[y0:y1, x0:x1]
    scale = min(style.scale, (STORED_HEIGHT - (_RULE_ROOM if style.rules else 0)) / ink.shape[0])
    wide = min(ink.shape[1] * scale * style.stretch, LONGEST - _RULE_ROOM)
    size = (max(round(wide), 2), max(round(ink.shape[0] * scale), 4))
    if size != (ink.shape[1], ink.shape[0]):
        enlarging = size[0] > ink.shape[1]
        ink = cv2.resize(ink, size, interpolation=cv2.INTER_LINEAR if enlarging else cv2.INTER_AREA)
    if style.rules:
        ink = _with_rules(ink, style.rules, rng)
    if style.typed and rng.random() < 0.5:
        ink = _with_uneven_ribbon(ink, rng)
    greys = np.linspace(style.paper, style.ink, 256).round().astype(np.uint8)
    return cv2.LUT(ink, greys)


def _with_rules(ink: np.ndarray, edges: tuple[str, ...], rng: random.Random) -> np.ndarray:
    """Rules at some edges, outside the ink so that no accent is hidden."""
    thickness, gap = rng.randint(1, 3), rng.randint(0, 2)
    outer = {edge: gap + thickness if edge in edges else 0 for edge in ("top", "bottom", "left", "right")}
    ink = np.pad(ink, ((outer["top"], outer["bottom"]), (outer["left"], outer["right"])))
    for edge in edges:
        view = ink.T if edge in ("left", "right") else ink
        view[slice(thickness) if edge in ("top", "left") else slice(-thickness, None)] = 255
    return ink


def _with_uneven_ribbon(ink: np.ndarray, rng: random.Random) -> np.ndarray:
    """Ink that comes and goes along the line."""
    points = max(ink.shape[1] // 60, 2)
    levels = np.array([[rng.uniform(0.55, 1.0) for _ in range(points)]], dtype=np.float32)
    along = cv2.resize(levels, (ink.shape[1], 1), interpolation=cv2.INTER_LINEAR)
    return (ink * along).astype(np.uint8)
