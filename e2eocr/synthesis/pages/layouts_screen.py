"""Layouts of screens and walls: slide, screenshot, poster; and pages without text."""

from __future__ import annotations

from e2eocr.synthesis.pages.canvas import Colour
from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.ornaments import place_box, place_logo, place_picture, place_turned_note
from e2eocr.synthesis.pages.scene import Scene


def contrasting(scene: Scene) -> tuple[Colour, Colour]:
    """A ground and an ink that can be told from it."""
    dark, light = any_colour(scene.rng, 0, 90), any_colour(scene.rng, 190, 255)
    return (dark, light) if scene.rng.random() < 0.5 else (light, dark)


def slide(scene: Scene) -> None:
    """A title, bullet points of two ranks, at times a picture or a panel beside them."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    ground, scene.ink = contrasting(scene) if rng.random() < 0.6 else ((255, 255, 255), (20, 20, 20))
    canvas.fill(0, 0, canvas.width, canvas.height, ground)
    aside = rng.random() < 0.4
    width = (0.55 if aside else 1.0) * (canvas.width - 2 * margin)
    title, body = scene.other_type(rng.uniform(1.6, 2.6)), scene.type()
    y = scene.paragraph(scene.text.heading(7), title, margin, margin, canvas.width - 2 * margin, 0.3 * canvas.height,
                        align=rng.choice(("left", "centre")), kind="heading")  # fmt: skip
    y += title.height
    while y < canvas.height - margin - 3 * body.height:
        indent, type_ = rng.choice(((0.0, body), (0.0, body), (2.0 * body.size, scene.type(0.85))))
        left = margin + indent
        _bullet(scene, left, y + 0.6 * type_.ascent, 0.18 * type_.size)
        text = scene.text.running(rng.randint(20, 110))
        floor = canvas.height - margin
        y = scene.paragraph(text, type_, left + 1.2 * body.size, y, width - indent - 1.2 * body.size, floor,
                            align="left")  # fmt: skip
        y += rng.uniform(0.2, 1.2) * body.height
    if aside:
        side = 0.36 * (canvas.width - 2 * margin)
        place_picture(
            scene, canvas.width - margin - side, 0.3 * canvas.height, side, rng.uniform(0.2, 0.55) * canvas.height
        )
    scene.line(scene.text.phrase(6), scene.type(0.6), margin, canvas.height - 0.7 * margin, 0.6 * width)
    scene.line(str(rng.randint(1, 80)), scene.type(0.6), margin, canvas.height - 0.7 * margin,
               canvas.width - 2 * margin, align="right")  # fmt: skip


def _bullet(scene: Scene, x: float, y: float, radius: float) -> None:
    if scene.rng.random() < 0.8:
        scene.canvas.fill(x - radius, y - radius, x + radius, y + radius, scene.ink)


def screenshot(scene: Scene) -> None:
    """A window: title bar, menu, side bar with entries, content in panels, buttons, a status line."""
    canvas, rng = scene.canvas, scene.rng
    ground, scene.ink = contrasting(scene) if rng.random() < 0.4 else (any_colour(rng, 235, 255), (30, 30, 30))
    canvas.fill(0, 0, canvas.width, canvas.height, ground)
    body, pad = scene.type(), 0.6 * scene.body
    bar, bar_ink = contrasting(scene)
    height = 1.7 * body.height
    canvas.fill(0, 0, canvas.width, height, bar)
    scene.line(scene.text.phrase(5), body, pad, 0.35 * body.height, 0.6 * canvas.width, ink=bar_ink)
    x = pad
    for _ in range(rng.randint(3, 8)):
        line = scene.line(scene.text.phrase(1), body, x, height + 0.3 * body.height, canvas.width - x - pad)
        x = (float(line.polygon[1, 0]) if line is not None else x) + 1.5 * scene.body
    top = height + 1.8 * body.height
    side = rng.uniform(0.15, 0.28) * canvas.width
    _side_bar(scene, top, side)
    while top < canvas.height - 6 * body.height:
        top = _panel(scene, side + scene.body, top, canvas.width - side - 2 * scene.body)
    scene.line(scene.text.phrase(5), scene.type(0.85), pad, canvas.height - 1.3 * body.height, 0.5 * canvas.width)


def _side_bar(scene: Scene, top: float, width: float) -> None:
    body, y = scene.type(), top + scene.body
    scene.canvas.rule((width, top), (width, scene.canvas.height), (128, 128, 128))
    while y < scene.rng.uniform(0.5, 0.9) * scene.canvas.height:
        if scene.rng.random() < 0.5:
            place_logo(scene, 4, y, 0.8 * body.height)
        scene.line(scene.text.phrase(2), body, 3.2 * scene.body, y, width - 3.6 * scene.body)
        y += 1.6 * body.height


def _panel(scene: Scene, left: float, top: float, width: float) -> float:
    """A heading with text, a row of buttons, ticks, or a picture; returns where it ends."""
    rng, body, kind = scene.rng, scene.type(), scene.rng.randrange(4)
    if kind == 0:
        head = scene.type(rng.uniform(1.2, 1.9))
        scene.line(scene.text.heading(6), head, left, top, width, kind="heading")
        stop = min(top + head.height + rng.randint(2, 9) * body.height, scene.canvas.height - 2 * body.height)
        return scene.prose(left, top + 1.5 * head.height, width, stop, align="left") + body.height
    if kind == 1:
        return _buttons(scene, left, top, width)
    if kind == 2:
        for _ in range(rng.randint(1, 3)):
            place_box(scene, left, top + 2, 0.75 * body.height)
            scene.line(scene.text.phrase(6), body, left + 1.5 * body.height, top, width - 2 * body.height)
            top += 1.6 * body.height
        return top
    height = min(rng.uniform(3, 9) * body.height, scene.canvas.height - top - 2 * body.height)
    place_picture(scene, left, top, width * rng.uniform(0.3, 0.9), height)
    return top + height + body.height


def _buttons(scene: Scene, left: float, top: float, width: float) -> float:
    body, x = scene.type(), left
    while x < left + 0.7 * width:
        ground, ink = contrasting(scene)
        room = scene.rng.uniform(5, 11) * scene.body
        if x + room > left + width:
            break
        scene.canvas.fill(x, top, x + room, top + 1.7 * body.height, ground)
        scene.line(scene.text.phrase(2), body, x + 6, top + 0.35 * body.height, room - 12, align="centre", ink=ink)
        x += room + scene.body
    return top + 2.6 * body.height


def poster(scene: Scene) -> None:
    """A huge headline, coloured panels, a picture, a slanting line, and small print at the foot."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    ground, scene.ink = contrasting(scene)
    canvas.fill(0, 0, canvas.width, canvas.height, ground)
    width = canvas.width - 2 * margin
    head = scene.other_type(rng.uniform(5.0, 11.0))
    y = scene.paragraph(scene.text.heading(4), head, margin, margin, width, 0.55 * canvas.height,
                        align=rng.choice(("left", "centre")), leading=rng.uniform(0.95, 1.2),
                        kind="heading")  # fmt: skip
    if rng.random() < 0.6:
        height = rng.uniform(0.15, 0.3) * canvas.height
        place_picture(scene, margin, y, width, height)
        y += height + scene.body
    panel, ink = contrasting(scene)
    middle = scene.type(rng.uniform(1.2, 2.5))
    stop = min(y + rng.randint(2, 6) * middle.height, 0.88 * canvas.height)
    canvas.fill(margin, y, margin + width, stop, panel)
    text = scene.text.running(160)
    scene.paragraph(text, middle, margin + scene.body, y + 0.3 * middle.height, width - 2 * scene.body, stop, ink=ink,
                    align="centre")  # fmt: skip
    if rng.random() < 0.4:
        place_turned_note(scene, (canvas.width / 2, (stop + canvas.height) / 2), 0.5 * width, rng.uniform(-12, 12))
    else:
        scene.prose(margin, max(stop + scene.body, 0.8 * canvas.height), width, canvas.height - 0.4 * margin,
                    scene.type(0.6), align="left", leading=1.1)  # fmt: skip


def blank(scene: Scene) -> None:
    """An empty sheet, with a fold or a hair at most."""
    canvas, rng = scene.canvas, scene.rng
    if rng.random() < 0.3:
        y = rng.uniform(0.2, 0.8) * canvas.height
        canvas.rule((0, y), (canvas.width, y + rng.uniform(-9, 9)), (190, 190, 190))


def photograph(scene: Scene) -> None:
    """A picture over the whole page, without text."""
    place_picture(scene, 0, 0, scene.canvas.width, scene.canvas.height)
