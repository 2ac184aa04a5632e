"""What boards, banners and letters on pictures have in common: free places, paints that can be told apart, contours."""

from __future__ import annotations

import math

import cv2
import numpy as np

from e2eocr.synthesis.pages.canvas import Backing, Colour
from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.typesetting import Type, line_width, set_letters, set_words

ATTEMPTS = 12
Box = tuple[float, float, float, float]
Range = tuple[float, float]

_PAINTS = ((200, 20, 30), (250, 210, 20), (20, 60, 160), (10, 110, 60), (250, 250, 245), (20, 20, 20), (240, 120, 20))
_CONTRAST = 110.0  # how far the colours of a board and its letters are apart, at least,
_GREY_CONTRAST = 45.0  # and how far as grey: what only its colour tells is rare on boards
_BUSY = 22.0  # grey levels by which a ground varies on which letters need a contour
_KINDS = ("plain", "plain", "plain", "shadow", "contour", "both", "glow")


def free_box(scene: Scene, taken: list[Box], across: Range, down: Range) -> Box | None:
    """Left, top, right and bottom of a box that lies on no other; None if there is no room.

    Args:
        scene: What it stands on.
        taken: Boxes that there are.
        across: Least and greatest width, of the page's.
        down: Least and greatest height, of the page's.
    """
    rng, (width, height) = scene.rng, (scene.canvas.width, scene.canvas.height)
    for _ in range(ATTEMPTS):
        wide, high = rng.uniform(*across) * width, rng.uniform(*down) * height
        left, top = rng.uniform(0, width - wide), rng.uniform(0, height - high)
        box = left, top, left + wide, top + high
        if all(box[0] > each[2] or box[2] < each[0] or box[1] > each[3] or box[3] < each[1] for each in taken):
            return box
    return None


def paint(scene: Scene) -> Colour:
    """A colour as boards are painted."""
    return scene.rng.choice(_PAINTS) if scene.rng.random() < 0.6 else any_colour(scene.rng)


def far_from(scene: Scene, colour: Colour) -> Colour:
    """A paint that stands out from another, as colour and as grey."""
    while math.dist(found := paint(scene), colour) < _CONTRAST or abs(_grey(found) - _grey(colour)) < _GREY_CONTRAST:
        pass
    return found


def letters_on(scene: Scene, box: Box) -> tuple[Colour, list[Backing]]:
    """Ink that can be told from what the page shows in a box, and what stands below the letters: a contour or a glow
    where that is a picture with light and dark in it."""
    left, top, right, bottom = (round(each) for each in box)
    part = scene.canvas.pixels[top:bottom, left:right].reshape(-1, scene.canvas.pixels.shape[2])
    red, green, blue = (np.broadcast_to(part.mean(axis=0), 3) if len(part) else np.full(3, 255.0)).tolist()
    ground = (round(red), round(green), round(blue))
    ink = far_from(scene, ground)
    room = min(right - left, bottom - top)
    if len(part) and part.mean(axis=1).std() > _BUSY and scene.rng.random() < 0.85:
        return ink, backings(scene, far_from(scene, ink), ink, room, scene.rng.choice(("contour", "both", "halo")))
    return ink, backings(scene, ground, ink, room)


def backings(scene: Scene, ground: Colour, ink: Colour, room: float, kind: str = "") -> list[Backing]:
    """What stands below letters on a board.

    Args:
        scene: The page.
        ground: Colour of the board.
        ink: Colour of the letters.
        room: Pixels of the board's shorter side.
        kind: `plain` is nothing, `shadow`, `contour`, `both`, `glow` in a colour near the letters', `halo` in one far
            from it; by lot if not named, and then mostly nothing.
    """
    rng, reach = scene.rng, max(room * scene.rng.uniform(0.01, 0.05), 1.0)
    kind = kind or rng.choice(_KINDS)
    found = []
    if kind in ("shadow", "both"):
        moved = round(rng.choice((-1, 1)) * reach), round(rng.uniform(0.3, 1.0) * reach)
        soft = rng.choice((0.0, 0.3)) * reach
        found.append(Backing(_towards(ground, rng.choice(((0, 0, 0), any_colour(rng))), 0.6), 0, moved, soft))
    if kind in ("contour", "both"):
        found.append(Backing(far_from(scene, ink), max(round(rng.uniform(0.5, 1.2) * reach), 1)))
    if kind == "glow":
        found.append(Backing(_towards(ground, ink, 0.6), round(0.5 * reach), blurred=reach))
    if kind == "halo":
        found.append(Backing(far_from(scene, ink), max(round(reach), 1), blurred=0.5 * reach))
    return found


def fit(scene: Scene, text: str, width: float, height: float) -> Type:
    """The largest type in which a text is no wider and no higher than that, its letters spaced at times."""
    tracking = scene.rng.uniform(0.1, 0.9) if scene.rng.random() < 0.25 else 0.0
    type_ = scene.type(height / (1.25 * scene.body), tracking=tracking)
    set_width = line_width(set_words(text, type_, scene.text.script), type_.space)
    share = min(1.0, width / max(set_width, 1.0), height / type_.height)
    return scene.type(0.97 * share * type_.size / scene.body, tracking=tracking) if share < 1.0 else type_


def letter_upright(scene: Scene, box: Box, ink: Colour) -> None:
    """A name from top to bottom, letters of alphabets and Korean syllables each by itself as well."""
    left, top, right, bottom = box
    text = "".join(scene.text.phrase(1).split())[:8]
    size = min(0.86 * (right - left), 0.94 * (bottom - top) / (1.08 * max(len(text), 1)))
    type_ = scene.type(size / scene.body)
    words = set_letters(text, type_)
    spare = bottom - top - 1.08 * type_.size * len(words)
    scene.canvas.place_column(
        words, type_, (left + right) / 2, top + spare / 2, ink=ink, language=scene.text.language,
        block=scene.canvas.new_block(),
    )  # fmt: skip


def shaded(width: int, height: int, first: Colour, last: Colour) -> np.ndarray:
    """A picture `(height, width, 3)` uint8 that goes from one colour at its top to another at its foot."""
    ends = np.array([first, last], np.float32)[:, None]
    return cv2.resize(ends, (max(width, 1), max(height, 1)), interpolation=cv2.INTER_LINEAR).round().astype(np.uint8)


def _towards(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two."""
    red, green, blue = (round(low + share * (high - low)) for low, high in zip(first, second, strict=True))
    return red, green, blue


def _grey(colour: Colour) -> float:
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue
