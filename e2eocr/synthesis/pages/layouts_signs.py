"""Layouts of streets and shops: boards with large letters amid what is no text, pictures with what a shop writes on
them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from e2eocr.synthesis.pages.boards import (
    ATTEMPTS,
    Box,
    Range,
    backings,
    far_from,
    fit,
    free_box,
    letter_upright,
    letters_on,
    paint,
    shaded,
)
from e2eocr.synthesis.pages.canvas import WHITE, Canvas, Colour
from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.ornaments import place_picture
from e2eocr.synthesis.pages.scene import Scene

UPRIGHT_SCRIPTS = ("Jpan", "Hans", "Hant", "Hang")
_LEVEL: tuple[Range, Range] = ((0.2, 0.96), (0.06, 0.45))  # width and height of a board, of the page's
_UPRIGHT: tuple[Range, Range] = ((0.06, 0.2), (0.25, 0.9))


def street(scene: Scene) -> None:
    """Boards above shops, level or upright, each with a name in large letters and at times a line below it."""
    canvas, rng = scene.canvas, scene.rng
    place_picture(scene, 0, 0, canvas.width, canvas.height)
    boards: list[Box] = []
    wanted = rng.choice((1, 1, 2, 3, 5, 8))
    for number in range(wanted + ATTEMPTS):
        if number >= wanted and canvas.lines:
            return
        upright = scene.text.script in UPRIGHT_SCRIPTS and rng.random() < 0.35
        box = free_box(scene, boards, *(_UPRIGHT if upright else _LEVEL))
        if box is None:
            continue
        boards.append(box)
        ink = _paint_or_not(scene, box, painted=0.85)
        (letter_upright if upright else _letter_level)(scene, box, ink)
        canvas.backings = ()


def _paint_or_not(scene: Scene, box: Box, *, painted: float) -> Colour:
    """Paint a board at times, else let the letters be fixed to the wall; gives their ink."""
    if scene.rng.random() < painted:
        return _paint_board(scene, box)
    ink, scene.canvas.backings = letters_on(scene, box)
    return ink


def _paint_board(scene: Scene, box: Box) -> Colour:
    """Paint a board, and give the ink of its letters."""
    canvas, rng, ground = scene.canvas, scene.rng, paint(scene)
    ink = far_from(scene, ground)
    canvas.fill(*box, ground)
    if rng.random() < 0.4:
        canvas.frame(*box, any_colour(rng), rng.randint(1, 8))
    canvas.backings = backings(scene, ground, ink, min(box[2] - box[0], box[3] - box[1]))
    return ink


def _letter_level(scene: Scene, box: Box, ink: Colour) -> None:
    """A name as large as the board lets it be, a line of small letters below it at times."""
    rng, (left, top, right, bottom) = scene.rng, box
    width, height = right - left, bottom - top
    second = rng.random() < 0.4
    share = rng.uniform(0.45, 0.66) if second else rng.uniform(0.55, 0.95)
    type_ = fit(scene, text := scene.text.heading(rng.choice((1, 1, 1, 2)))[:14], 0.92 * width, share * height)
    y = top + (0.04 if second else 0.5) * height - (0.0 if second else 0.5 * type_.height)
    scene.line(text, type_, left + 0.04 * width, y, 0.94 * width, align="centre", ink=ink, kind="heading")
    if second:
        small = fit(scene, text := _small_print(scene), 0.9 * width, rng.uniform(0.5, 0.85) * (0.92 - share) * height)
        y = bottom - 0.03 * height - small.height
        scene.line(text, small, left + 0.04 * width, y, 0.92 * width, align=rng.choice(("left", "centre")), ink=ink)


def _small_print(scene: Scene) -> str:
    digits = "".join(scene.rng.choice("0123456789") for _ in range(4))
    return scene.rng.choice((scene.text.phrase(5), scene.text.phrase(3), f"{digits[:2]}-{digits}-{digits[::-1]}"))


def promotion(scene: Scene) -> None:
    """What is sold, as a picture or on a plain ground, and what a shop writes there: headlines, banners, badges,
    captions, columns, each in paints and sizes of its own."""
    canvas, rng = scene.canvas, scene.rng
    if rng.random() < 0.65:
        place_picture(scene, 0, 0, canvas.width, canvas.height)
    else:
        first = paint(scene)
        last = first if rng.random() < 0.5 else paint(scene)
        canvas.paste(shaded(canvas.width, canvas.height, first, last), 0, 0)
    taken: list[Box] = []
    parts = [part for part in _PARTS if part is not _column or scene.text.script in UPRIGHT_SCRIPTS]
    wanted = rng.choice((2, 3, 4, 6, 9, 12))
    for number in range(wanted + ATTEMPTS):
        if number >= wanted and canvas.lines:
            return
        part = rng.choices(parts, [_PARTS[each][0] for each in parts])[0]
        box = free_box(scene, taken, *_PARTS[part][1:])
        if box is not None:
            taken.append(box)
            part(scene, box)
            canvas.backings = ()


def _headline(scene: Scene, box: Box) -> None:
    """Letters on the picture, as large as their place; on the slant at times."""
    canvas, rng, (left, top, right, bottom) = scene.canvas, scene.rng, box
    ink, canvas.backings = letters_on(scene, box)
    text = scene.text.heading(rng.choice((1, 1, 2, 3)))[:16]
    slant = rng.uniform(-14, 14) if rng.random() < 0.3 else 0.0
    if not slant:
        _set_in(scene, text, box, ink)
        return
    width, height = 0.94 * (right - left), 0.6 * (bottom - top)
    small = Canvas(round(width), round(1.3 * height), (0, 0, 0))
    on_small = Scene(small, scene.text, scene.case, rng, scene.body, 0.0)
    _set_in(on_small, text, (0, 0, width, 1.3 * height), WHITE)
    canvas.place_turned(small, ((left + right) / 2, (top + bottom) / 2), slant, ink)


def _set_in(scene: Scene, text: str, box: Box, ink: Colour) -> None:
    """A line in the middle of a box, as large as that lets it be."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    type_ = fit(scene, text, 0.92 * width, 0.8 * height)
    y = top + 0.5 * (height - type_.height)
    scene.line(text, type_, left + 0.04 * width, y, 0.94 * width, align="centre", ink=ink, kind="heading")


def _banner(scene: Scene, box: Box) -> None:
    """A panel of one colour or two, with one to three rows."""
    rng, ground = scene.rng, paint(scene)
    last = ground if rng.random() < 0.6 else any_colour(rng)
    left, top, right, bottom = box
    scene.canvas.paste(shaded(round(right - left), round(bottom - top), ground, last), left, top)
    ink, scene.canvas.backings = letters_on(scene, box)
    rows = rng.choice((1, 1, 2, 3))
    pitch = (bottom - top) / rows
    for row in range(rows):
        text = rng.choice((scene.text.heading(4), scene.text.phrase(5), scene.text.price()))
        _set_in(scene, text, (left, top + row * pitch, right, top + (row + 1) * pitch), ink)


def _badge(scene: Scene, box: Box) -> None:
    """A round or pointed patch with a word, a price or a number."""
    rng, (left, top, right, bottom) = scene.rng, box
    width, height = round(right - left), round(bottom - top)
    mask: np.ndarray = np.zeros((height, width), np.uint8)
    points = rng.choice((0, 0, 12, 16, 24))
    angles = np.arange(max(2 * points, 48)) * (2 * np.pi / max(2 * points, 48))
    reach = np.where(np.arange(len(angles)) % 2 == 0, 1.0, rng.uniform(0.8, 0.92)) if points else np.ones(len(angles))
    middle = np.array([width / 2, height / 2])
    outline = middle + np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None] * (middle - 1)
    cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255, cv2.LINE_AA)
    ground = paint(scene)
    scene.canvas.blit(mask, left, top, ground)
    ink = far_from(scene, ground)
    rows = rng.choice((1, 1, 2))
    for row in range(rows):
        digits = f"{rng.choice(('', '-', '+'))}{rng.randint(1, 99)}{rng.choice(('', '%', '°', '+', '折', 'x'))}"
        text = rng.choice((digits, scene.text.price(), scene.text.heading(1)[:6]))
        inner = top + (0.22 + row * 0.56 / rows) * height
        _set_in(scene, text, (left + 0.14 * width, inner, right - 0.14 * width, inner + 0.56 * height / rows), ink)


def _caption(scene: Scene, box: Box) -> None:
    """A few rows of the page's usual letters, on the picture as it is."""
    rng, (left, top, right, bottom) = scene.rng, box
    ink, scene.canvas.backings = letters_on(scene, box)
    type_ = scene.type(rng.uniform(0.5, 1.4))
    align, leading = rng.choice(("left", "left", "centre", "right")), rng.uniform(1.15, 1.8)
    while top + type_.height < bottom:
        text = rng.choice((scene.text.phrase(4), scene.text.phrase(8), scene.text.value()))
        scene.line(text, type_, left, top, right - left, align=align, ink=ink)
        top += leading * type_.height


def _column(scene: Scene, box: Box) -> None:
    """A name from top to bottom, on the picture or on a board."""
    letter_upright(scene, box, _paint_or_not(scene, box, painted=0.5))


def _inset(scene: Scene, box: Box) -> None:
    """Another picture."""
    left, top, right, bottom = box
    place_picture(scene, left, top, right - left, bottom - top)


_Part = Callable[[Scene, Box], None]
# How often each comes, and least and greatest width and height of its place.
_PARTS: dict[_Part, tuple[float, Range, Range]] = {
    _headline: (4, (0.25, 0.96), (0.06, 0.26)),
    _banner: (3, (0.2, 1.0), (0.05, 0.2)),
    _badge: (2, (0.1, 0.3), (0.08, 0.25)),
    _caption: (3, (0.2, 0.6), (0.05, 0.25)),
    _column: (1.5, (0.05, 0.16), (0.25, 0.8)),
    _inset: (1.5, (0.15, 0.5), (0.15, 0.5)),
}
