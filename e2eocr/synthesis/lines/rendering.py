"""Drawing one line of text with Pillow, and cutting it out as a detector would."""

from __future__ import annotations

import random

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.mixing import Companion, Guest
from e2eocr.synthesis.fonts.opening import face_extent, open_font
from e2eocr.synthesis.lines.pieces import Piece, lay_out
from e2eocr.synthesis.lines.runs import lay_out_runs
from e2eocr.synthesis.lines.style import LineStyle, set_in_runs
from e2eocr.synthesis.lines.vertical import draw_column
from e2eocr.truth.records import LONGEST, STORED_HEIGHT

_RULE_ROOM = 10  # pixels that rules at both edges may add
_MAX_CANVAS_SIDE = 9000


def render_line(
    text: str,
    face: Face,
    style: LineStyle,
    rng: random.Random,
    guest: Guest | None = None,
    *,
    companion: Companion | None = None,
    joined: bool = False,
) -> np.ndarray | None:
    """Draw a line.

    Args:
        text: What to draw; the face must cover it.
        face: Face to draw with.
        style: How to draw and cut.
        rng: Source of the unevenness of type and of the neighbours' words.
        guest: Words that are set in another face, unless the line is tracked or typed.
        companion: Characters that are set in another face; then the line is not typed.
        joined: Whether its letters join, stack or move, so that it must be drawn in runs; see `set_in_runs`.

    Returns:
        `(h, w)` uint8 grey, h at most 48 and w at most 2,400; None if the line shows no ink.

    Raises:
        ValueError: If the face does not cover the text.
    """
    _check_covered(text, face, companion)
    font = open_font(face, style.size, style.weight)
    if joined or companion is not None:
        style = set_in_runs(style)
        pieces, length = lay_out_runs(text, face, style, companion, rng)
    else:
        pieces, length = lay_out(text, face, style, guest)
    if not 1 <= length <= _MAX_CANVAS_SIDE:
        return None
    ascent, descent = face_extent(face, style.size)
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
        _draw_neighbours(pen, "".join(filter(face.covers, text)), font, (side, above), style, rng)
    if not style.by_ink:
        box = (box[0], min(box[1], above - ascent), box[2], max(box[3], above + descent))
    return _finish(np.asarray(canvas), box, style, rng)


def render_column(
    text: str, face: Face, style: LineStyle, rng: random.Random, companion: Companion | None = None
) -> np.ndarray | None:
    """Draw a column of East Asian text, turned to the left; see `draw_column` and `render_line`."""
    _check_covered(text, face, companion)
    ink = draw_column(text, face, style, rng, companion)
    box = None if ink is None or ink.shape[1] > _MAX_CANVAS_SIDE else Image.fromarray(ink).getbbox()
    if ink is None or box is None or min(box[2] - box[0], box[3] - box[1]) < 2:
        return None
    if not style.by_ink:
        box = (box[0], min(box[1], style.size), box[2], max(box[3], 2 * style.size))
    return _finish(ink, box, style, rng)


def _check_covered(text: str, face: Face, companion: Companion | None) -> None:
    apart = frozenset() if companion is None else companion.characters
    if not face.covers("".join(character for character in text if character not in apart)):
        raise ValueError(f"Invalid `face`. Expected one that covers the text. Received: {face.path.name}, {text=}")


def _draw_pieces(
    pen: ImageDraw.ImageDraw,
    pieces: list[Piece],
    origin: tuple[int, int],
    style: LineStyle,
    rng: random.Random,
) -> None:
    x, y = origin
    if not style.typed:
        for piece in pieces:
            at = (x + piece.place, y + piece.drop)
            pen.text(at, piece.text, fill=255, font=piece.font, anchor="ls", direction=piece.direction)
        return
    shake = style.size * rng.uniform(0.0, 0.035)
    faintest = rng.randint(130, 240)
    glyphs: dict[str, tuple[Image.Image, int, int]] = {}
    for place, cluster, font, _, _ in pieces:
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
        words = text.split(" ") if " " in text else [text[len(text) // 2 :], text[: len(text) // 2]]
        rng.shuffle(words)
        place = (origin[0] - rng.uniform(0, style.size), origin[1] + side * pitch)
        pen.text(place, (" " if " " in text else "").join(words), fill=255, font=font, anchor="ls")


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
