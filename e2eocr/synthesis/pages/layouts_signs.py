"""Layouts of streets and shops: boards with large letters amid what is no text."""

from __future__ import annotations

import math

from e2eocr.synthesis.pages.canvas import Backing, Colour
from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.ornaments import place_picture
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.typesetting import Type, line_width, set_words

UPRIGHT_SCRIPTS = ("Jpan", "Hans", "Hant", "Hang")
_PAINTS = ((200, 20, 30), (250, 210, 20), (20, 60, 160), (10, 110, 60), (250, 250, 245), (20, 20, 20), (240, 120, 20))
_CONTRAST = 110.0  # how far the colours of a board and its letters are apart, at least
_ATTEMPTS = 12
_Box = tuple[float, float, float, float]


def street(scene: Scene) -> None:
    """Boards above shops, level or upright, each with a name in large letters and at times a line below it."""
    canvas, rng = scene.canvas, scene.rng
    place_picture(scene, 0, 0, canvas.width, canvas.height)
    boards: list[_Box] = []
    wanted = rng.choice((1, 1, 2, 3, 5, 8))
    for number in range(wanted + _ATTEMPTS):
        if number >= wanted and canvas.lines:
            return
        upright = scene.text.script in UPRIGHT_SCRIPTS and rng.random() < 0.35
        box = _free_box(scene, boards, upright)
        if box is None:
            continue
        boards.append(box)
        ground, ink = _paints(scene)
        if rng.random() < 0.85:  # else the letters are fixed to the wall
            canvas.fill(*box, ground)
        if rng.random() < 0.4:
            canvas.frame(*box, any_colour(rng), rng.randint(1, 8))
        canvas.backings = _backings(scene, ground, ink, min(box[2] - box[0], box[3] - box[1]))
        (_letter_upright if upright else _letter_level)(scene, box, ink)
        canvas.backings = ()


def _free_box(scene: Scene, taken: list[_Box], upright: bool) -> _Box | None:
    """Left, top, right and bottom of a board that lies on no other; None if there is no room."""
    rng, (width, height) = scene.rng, (scene.canvas.width, scene.canvas.height)
    for _ in range(_ATTEMPTS):
        across, down = (0.06, 0.2) if upright else (0.2, 0.96), (0.25, 0.9) if upright else (0.06, 0.45)
        wide, high = rng.uniform(*across) * width, rng.uniform(*down) * height
        left, top = rng.uniform(0, width - wide), rng.uniform(0, height - high)
        box = left, top, left + wide, top + high
        if all(box[0] > each[2] or box[2] < each[0] or box[1] > each[3] or box[3] < each[1] for each in taken):
            return box
    return None


def _paints(scene: Scene) -> tuple[Colour, Colour]:
    """Colours of a board and of its letters, which may be as dark as it."""
    ground = _paint(scene)
    return ground, _far_from(scene, ground)


def _paint(scene: Scene) -> Colour:
    return scene.rng.choice(_PAINTS) if scene.rng.random() < 0.6 else any_colour(scene.rng)


def _far_from(scene: Scene, colour: Colour) -> Colour:
    """A paint that stands out from another."""
    while math.dist(paint := _paint(scene), colour) < _CONTRAST:
        pass
    return paint


def _backings(scene: Scene, ground: Colour, ink: Colour, room: float) -> list[Backing]:
    """What stands below letters on a board: nothing mostly, else a shadow, a contour or a glow; `room` in pixels."""
    rng, reach = scene.rng, max(room * scene.rng.uniform(0.01, 0.05), 1.0)
    kind = rng.choice(("plain", "plain", "plain", "shadow", "contour", "both", "glow"))
    backings = []
    if kind in ("shadow", "both"):
        moved = round(rng.choice((-1, 1)) * reach), round(rng.uniform(0.3, 1.0) * reach)
        soft = rng.choice((0.0, 0.3)) * reach
        backings.append(Backing(_towards(ground, rng.choice(((0, 0, 0), any_colour(rng))), 0.6), 0, moved, soft))
    if kind in ("contour", "both"):
        backings.append(Backing(_far_from(scene, ink), max(round(0.6 * reach), 1)))
    if kind == "glow":
        backings.append(Backing(_towards(ground, ink, 0.6), round(0.5 * reach), blurred=reach))
    return backings


def _towards(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two."""
    red, green, blue = (round(low + share * (high - low)) for low, high in zip(first, second, strict=True))
    return red, green, blue


def _letter_level(scene: Scene, box: _Box, ink: Colour) -> None:
    """A name as large as the board lets it be, a line of small letters below it at times."""
    rng, (left, top, right, bottom) = scene.rng, box
    width, height = right - left, bottom - top
    second = rng.random() < 0.4
    share = rng.uniform(0.45, 0.66) if second else rng.uniform(0.55, 0.95)
    type_ = _fit(scene, text := scene.text.heading(rng.choice((1, 1, 1, 2)))[:14], 0.92 * width, share * height)
    y = top + (0.04 if second else 0.5) * height - (0.0 if second else 0.5 * type_.height)
    scene.line(text, type_, left + 0.04 * width, y, 0.94 * width, align="centre", ink=ink, kind="heading")
    if second:
        small = _fit(scene, text := _small_print(scene), 0.9 * width, rng.uniform(0.5, 0.85) * (0.92 - share) * height)
        y = bottom - 0.03 * height - small.height
        scene.line(text, small, left + 0.04 * width, y, 0.92 * width, align=rng.choice(("left", "centre")), ink=ink)


def _small_print(scene: Scene) -> str:
    digits = "".join(scene.rng.choice("0123456789") for _ in range(4))
    return scene.rng.choice((scene.text.phrase(5), scene.text.phrase(3), f"{digits[:2]}-{digits}-{digits[::-1]}"))


def _fit(scene: Scene, text: str, width: float, height: float) -> Type:
    """The largest type in which a text is no wider and no higher than that, its letters spaced at times."""
    tracking = scene.rng.uniform(0.1, 0.9) if scene.rng.random() < 0.25 else 0.0
    type_ = scene.type(height / (1.25 * scene.body), tracking=tracking)
    set_width = line_width(set_words(text, type_, scene.text.script), type_.space)
    fit = min(1.0, width / max(set_width, 1.0), height / type_.height)
    return scene.type(0.97 * fit * type_.size / scene.body, tracking=tracking) if fit < 1.0 else type_


def _letter_upright(scene: Scene, box: _Box, ink: Colour) -> None:
    """A name from top to bottom."""
    left, top, right, bottom = box
    words = set_words(scene.text.phrase(1), scene.type(), scene.text.script)[:8]
    size = min(0.86 * (right - left), 0.94 * (bottom - top) / (1.08 * max(len(words), 1)))
    type_ = scene.type(size / scene.body)
    words = set_words("".join(word.text for word in words), type_, scene.text.script)
    spare = bottom - top - 1.08 * type_.size * len(words)
    scene.canvas.place_column(
        words, type_, (left + right) / 2, top + spare / 2, ink=ink, language=scene.text.language,
        block=scene.canvas.new_block(),
    )  # fmt: skip
