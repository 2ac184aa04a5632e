"""What stands between text: pictures, stamps, pen strokes, bar codes, frames."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from e2eocr.synthesis.pages.canvas import WHITE, Canvas, Colour
from e2eocr.synthesis.pages.chance import numpy_rng
from e2eocr.synthesis.pages.pictures import draw_shape
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.truth.records import LineTruth, box_polygon


def place_picture(scene: Scene, left: float, top: float, width: float, height: float) -> None:
    """A picture on the page, sometimes framed."""
    scene.canvas.paste(scene.pictures.draw(round(width), round(height), scene.rng), left, top)
    if scene.rng.random() < 0.3:
        scene.canvas.frame(left, top, left + width, top + height, scene.ink, scene.rng.randint(1, 3))


def place_logo(scene: Scene, left: float, top: float, size: float) -> None:
    """A sign of some company: shapes on one another."""
    mark = np.full((max(round(size), 8), max(round(size * scene.rng.uniform(1.0, 2.5)), 8), 3), 255, np.uint8)
    for _ in range(scene.rng.randint(1, 4)):
        draw_shape(mark, scene.rng)
    scene.canvas.paste(mark, left, top)


def place_pen_strokes(scene: Scene, left: float, top: float, width: float, height: float, colour: Colour) -> None:
    """Strokes like a signature or a note by hand; they carry no label."""
    count = scene.rng.randint(8, 26)
    phase = scene.rng.uniform(0, 6)
    points = []
    for place in range(count * 6):
        share = place / (count * 6)
        wave = math.sin(phase + share * count * 2.2) * scene.rng.uniform(0.5, 1.0) * (1.1 - share)
        loop = math.cos(phase + share * count * 2.2) * 0.6 / count
        points.append([left + width * (share + loop), top + height * (0.5 + 0.5 * wave)])
    scene.canvas.curve(np.array(points), colour, max(1, round(height / 22)))


def place_bars(scene: Scene, left: float, top: float, width: float, height: float) -> None:
    """A bar code, with its number below at times."""
    x, unit = left, max(1, round(width / 110))
    while x < left + width:
        bar = unit * scene.rng.choice((1, 1, 2, 3))
        scene.canvas.fill(x, top, x + bar, top + height, (0, 0, 0))
        x += bar + unit * scene.rng.choice((1, 1, 2, 3))
    if scene.rng.random() < 0.6:
        digits = "".join(scene.rng.choice("0123456789") for _ in range(13))
        scene.line(digits, scene.type(0.8), left, top + height + 2, width, align="centre")


def place_code_square(scene: Scene, left: float, top: float, size: float) -> None:
    """A block like a QR code."""
    cells = scene.rng.choice((21, 25, 29, 33))
    bits = (numpy_rng(scene.rng).random((cells, cells)) < 0.5).astype(np.uint8) * 255
    for row, column in ((0, 0), (0, cells - 7), (cells - 7, 0)):
        bits[row : row + 7, column : column + 7] = 0
        bits[row + 1 : row + 6, column + 1 : column + 6] = 255
        bits[row + 2 : row + 5, column + 2 : column + 5] = 0
    side = max(round(size / cells), 1) * cells
    large = cv2.resize(bits, (side, side), interpolation=cv2.INTER_NEAREST)
    scene.canvas.paste(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB), left, top)


def place_stamp(scene: Scene, centre: tuple[float, float], size: float) -> None:
    """A rubber stamp: a tilted word in a frame, which is text, or a round one, which nobody is asked to read."""
    ink = scene.rng.choice(((150, 30, 40), (30, 40, 140), (60, 60, 70), (40, 110, 60)))
    if scene.rng.random() < 0.5:
        _place_round_stamp(scene, centre, size, ink)
    else:
        _place_framed_stamp(scene, centre, size, ink)


def _place_framed_stamp(scene: Scene, centre: tuple[float, float], size: float, ink: Colour) -> None:
    type_ = scene.other_type(scene.rng.uniform(1.2, 2.2))
    pad = 0.3 * type_.size
    small = Canvas(round(size * 2), round(2.4 * type_.height + 2 * pad), (0, 0, 0))
    inner = _on(scene, small)
    inner.line(scene.text.heading(3), type_, pad, pad, small.width - 2 * pad, ink=WHITE, align="centre")
    if scene.rng.random() < 0.5:
        inner.line(scene.text.date(), type_, pad, pad + 1.2 * type_.height, small.width - 2 * pad, ink=WHITE)
    if scene.rng.random() < 0.7:
        small.frame(1, 1, small.width - 2, small.height - 2, WHITE, max(1, round(size / 50)))
    scene.canvas.place_turned(small, centre, scene.rng.uniform(-25, 25), ink)


def _place_round_stamp(scene: Scene, centre: tuple[float, float], size: float, ink: Colour) -> None:
    side = round(size)
    radius, stroke = side / 2 - 2, max(1, side // 50)
    mask: np.ndarray = np.zeros((side, side), np.uint8)
    for share in (1.0, 0.62):
        cv2.circle(mask, (side // 2, side // 2), round(radius * share), 255, stroke, cv2.LINE_AA)
    type_ = scene.type(0.17 * size / scene.body)
    letters = [piece for word in scene.text.heading(9) if (piece := type_.set_word(word)) is not None]
    for place, letter in enumerate(letters[:18]):
        angle = -2.6 + 5.2 * place / 18
        glyph = letter.pieces[0][0].mask
        turn = cv2.getRotationMatrix2D((glyph.shape[1] / 2, glyph.shape[0] / 2), -math.degrees(angle), 1.0)
        turn[:, 2] += (
            side / 2 + 0.8 * radius * math.sin(angle) - glyph.shape[1] / 2,
            side / 2 - 0.8 * radius * math.cos(angle) - glyph.shape[0] / 2,
        )
        mask = cv2.max(mask, cv2.warpAffine(glyph, turn, (side, side)))
    left, top = centre[0] - side / 2, centre[1] - side / 2
    if left < 0 or top < 0 or left + side > scene.canvas.width or top + side > scene.canvas.height:
        return
    scene.canvas.blit(mask // 4 * 3, left, top, ink)
    polygon = box_polygon(left, top, left + side, top + side)
    text = scene.text
    scene.canvas.lines.append(LineTruth("", polygon, text.language, scene.canvas.new_block(), ignore=True))


def _on(scene: Scene, canvas: Canvas) -> Scene:
    """The same scene on another canvas."""
    return replace(scene, canvas=canvas, margin=0.0)


def place_turned_note(
    scene: Scene,
    centre: tuple[float, float],
    length: float,
    degrees: float,
    *,
    text: str | None = None,
    scale: float | None = None,
    align: str = "left",
) -> bool:
    """A line of text that stands at an angle, as in margins, on posters and at axes; gives whether there was room."""
    type_ = scene.type(scene.rng.uniform(0.7, 1.3) if scale is None else scale)
    small = Canvas(max(round(length), 8), round(1.5 * type_.height), (0, 0, 0))
    text = scene.text.running(20) if text is None else text
    _on(scene, small).line(text, type_, 2, 0.2 * type_.height, length - 4, ink=WHITE, align=align)
    return scene.canvas.place_turned(small, centre, degrees, scene.ink)


def place_frame(scene: Scene, inset: float) -> None:
    """Rules around the page, as old books have: one or two, thick and thin."""
    canvas = scene.canvas
    for gap, thickness in ((0, scene.rng.randint(1, 4)), (6, 1))[: scene.rng.randint(1, 2)]:
        edge = inset + gap
        canvas.frame(edge, edge, canvas.width - edge, canvas.height - edge, scene.ink, thickness)


def place_box(scene: Scene, left: float, top: float, size: float) -> None:
    """A box to tick, ticked or not."""
    scene.canvas.frame(left, top, left + size, top + size, scene.ink)
    if scene.rng.random() < 0.4:
        scene.canvas.rule((left, top), (left + size, top + size), scene.ink, max(1, round(size / 8)))
        scene.canvas.rule((left + size, top), (left, top + size), scene.ink, max(1, round(size / 8)))
