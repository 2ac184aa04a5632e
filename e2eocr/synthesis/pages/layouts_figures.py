"""Layouts of figures: charts with slanted labels, pictures with text on them, characters that stand alone."""

from __future__ import annotations

import math

import numpy as np

from e2eocr.synthesis.pages import cells
from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.layouts_screen import contrasting
from e2eocr.synthesis.pages.ornaments import place_picture, place_turned_note
from e2eocr.synthesis.pages.scene import Scene


def charts(scene: Scene) -> None:
    """A report's page with charts: axes, ticks, labels at 0, 30 to 60 or 90 degrees, a legend, values at the bars."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    y, width = margin, canvas.width - 2 * margin
    while y + 14 * scene.body < canvas.height - margin:
        height = min(rng.uniform(0.22, 0.45) * canvas.height, canvas.height - margin - y)
        count = rng.choice((1, 1, 2))
        for place in range(count):
            _chart(scene, margin + place * width / count, y, width / count - scene.body, height)
        y += height + scene.body
        if rng.random() < 0.5:
            y = scene.prose(margin, y, width, min(y + 7 * scene.body, canvas.height - margin)) + scene.body


def _chart(scene: Scene, left: float, top: float, width: float, height: float) -> None:
    """One chart in a box: bars, a curve or points, their axes with labels."""
    rng, label = scene.rng, scene.type(scene.rng.uniform(0.6, 0.85))
    scene.line(
        scene.text.heading(5), scene.type(rng.uniform(0.9, 1.3)), left, top, width, align="centre", kind="caption"
    )
    count = rng.randint(3, 12)
    slant = rng.choice((0.0, 0.0, rng.uniform(30, 60), rng.uniform(-60, -30), 90.0, -90.0))
    room = label.height * (1.6 if slant == 0 else rng.uniform(4, 6.5))
    x0, y0 = left + 4.2 * label.size, top + height - room - 1.4 * label.height
    x1, y1 = left + width - 0.5 * label.size, top + 2.2 * scene.body
    if y0 - y1 < 4 * label.height or x1 - x0 < 6 * label.height:
        return
    scene.canvas.rule((x0, y0), (x1, y0), scene.ink)
    scene.canvas.rule((x0, y0), (x0, y1), scene.ink)
    _level_labels(scene, left, x0, x1, y0, y1)
    values = [rng.random() for _ in range(count)]
    _draw_values(scene, (x0, y0, x1, y1), values)
    step = (x1 - x0) / count
    for number in range(count):
        _category(scene, x0 + (number + 0.5) * step, y0, slant, step, room)
    if rng.random() < 0.5:
        place_turned_note(scene, (left + 0.5 * label.height, (y0 + y1) / 2), 0.8 * (y0 - y1), 270,
                          text=scene.text.phrase(3), scale=0.7, align="centre")  # fmt: skip
    if rng.random() < 0.6:
        scene.line(scene.text.phrase(3), label, x0, y0 + room, x1 - x0, align="centre")
    if rng.random() < 0.5:
        _legend(scene, x0 + 0.6 * (x1 - x0), y1, 0.4 * (x1 - x0))


def _level_labels(scene: Scene, left: float, x0: float, x1: float, y0: float, y1: float) -> None:
    """Numbers at the upright axis, with or without lines across the chart."""
    type_, count, gridded = scene.type(0.65), scene.rng.randint(2, 7), scene.rng.random() < 0.5
    unit = scene.rng.choice((1, 2, 5, 10, 20, 25, 100, 0.1, 0.25))
    percent, low = scene.rng.choice(("", "", "%", "k")), scene.rng.choice((0, 0, -count // 2))
    for number in range(count + 1):
        y = y0 + (y1 - y0) * number / count
        value = (number + low) * unit
        text = (f"{value:g}").replace("-", scene.rng.choice(cells.MINUS_SIGNS)) + percent
        scene.line(text, type_, left, y - type_.height / 2, x0 - left - 0.4 * type_.size, align="right")
        scene.canvas.rule((x0, y), (x1 if gridded else x0 + 4, y), (190, 190, 190) if gridded else scene.ink)


def _draw_values(scene: Scene, box: tuple[float, float, float, float], values: list[float]) -> None:
    """Bars, at times with their values above; a curve; or points."""
    x0, y0, x1, y1 = box
    step, kind = (x1 - x0) / len(values), scene.rng.choice(("bars", "bars", "curve", "points"))
    colour = any_colour(scene.rng, 0, 200)
    tops = [(x0 + (number + 0.5) * step, y0 + (y1 - y0) * 0.85 * value) for number, value in enumerate(values)]
    if kind == "curve":
        scene.canvas.curve(np.array(tops), colour, scene.rng.randint(1, 3))
    shown, small = scene.rng.random() < 0.5, scene.type(0.6)
    for (x, y), value in zip(tops, values, strict=True):
        if kind == "bars":
            scene.canvas.fill(x - 0.35 * step, y, x + 0.35 * step, y0, colour)
        elif kind == "points":
            scene.canvas.fill(x - 3, y - 3, x + 3, y + 3, colour)
        if shown and kind == "bars":
            scene.line(f"{100 * value:.0f}", small, x - step / 2, y - 1.1 * small.height, step, align="centre")


def _category(scene: Scene, x: float, y: float, slant: float, step: float, room: float) -> None:
    """The label of a category, which ends, or hangs, at its tick."""
    rng = scene.rng
    text = rng.choice((scene.text.phrase(1), str(rng.randint(1900, 2030)), scene.text.phrase(2)))
    if slant == 0.0:
        type_ = scene.type(0.65)
        scene.line(text, type_, x - step / 2, y + 0.3 * type_.height, step, align="centre")
        return
    reach = room / max(abs(math.sin(math.radians(slant))), 0.6)
    angle = math.radians(slant)
    side = 1 if slant > 0 else -1  # text that rises ends at the tick, text that falls begins there
    centre = (x + side * math.cos(angle) * reach / 2, y + abs(math.sin(angle)) * reach / 2 + 4)
    place_turned_note(scene, centre, reach, slant, text=text, scale=0.62, align="left" if slant > 0 else "right")


def _legend(scene: Scene, left: float, top: float, width: float) -> None:
    type_ = scene.type(0.62)
    for row in range(scene.rng.randint(2, 4)):
        y = top + row * 1.3 * type_.height
        scene.canvas.fill(left, y + 3, left + type_.size, y + type_.size, any_colour(scene.rng))
        scene.line(scene.text.phrase(2), type_, left + 1.5 * type_.size, y, width - 1.5 * type_.size)


def labelled_pictures(scene: Scene) -> None:
    """Pictures with text upon them: captions in bars, labels with pointers, a slogan over the whole."""
    canvas, rng = scene.canvas, scene.rng
    rows, columns = rng.choice(((1, 1), (1, 2), (2, 2), (3, 2)))
    for row in range(rows):
        for column in range(columns):
            width, height = canvas.width / columns, canvas.height / rows
            left, top = column * width + 4, row * height + 4
            place_picture(scene, left, top, width - 8, height - 8)
            _label_picture(scene, left, top, width - 8, height - 8)


def _label_picture(scene: Scene, left: float, top: float, width: float, height: float) -> None:
    rng = scene.rng
    for _ in range(rng.randint(1, 6)):
        ground, ink = contrasting(scene)
        type_ = scene.other_type(rng.choice((0.7, 1.0, 1.0, 1.6, 3.0)))
        text = rng.choice((scene.text.phrase(3), scene.text.heading(3), str(rng.randint(0, 99)), scene.text.phrase(1)))
        x, y = left + rng.uniform(0.02, 0.6) * width, top + rng.uniform(0.03, 0.85) * height
        if _is_taken(scene, x, y, width / 2, type_.height):
            continue
        line = scene.line(text, type_, x, y, min(0.5 * width, left + width - x), ink=ink)
        if line is None:
            continue
        if rng.random() < 0.75:  # on a ground of its own; the text is set again upon it
            scene.canvas.lines.pop()
            low, high = line.polygon.min(axis=0) - 4, line.polygon.max(axis=0) + 4
            scene.canvas.fill(low[0], low[1], high[0], high[1], ground)
            scene.line(text, type_, x, y, min(0.5 * width, left + width - x), ink=ink)
        else:
            _outline_again(scene, text, (x, y), min(0.5 * width, left + width - x), (type_, ground, ink))


def _is_taken(scene: Scene, x: float, y: float, width: float, height: float) -> bool:
    """Whether a line stands where one is to come."""
    boxes = ((line.polygon.min(axis=0), line.polygon.max(axis=0)) for line in scene.canvas.lines)
    return any(
        low[0] < x + width and high[0] > x and low[1] < y + 1.3 * height and high[1] > y - 0.3 * height
        for low, high in boxes
    )


def _outline_again(scene: Scene, text: str, at: tuple[float, float], width: float, look: tuple) -> None:
    """Text with an edge or shadow of another colour, as on posters and in films."""
    type_, ground, ink = look
    line = scene.canvas.lines.pop()
    for shift_x, shift_y in ((-1, -1), (1, -1), (-1, 1), (1, 1), (0, 2))[: scene.rng.choice((1, 5))]:
        if scene.line(text, type_, at[0] + shift_x, at[1] + shift_y, width, ink=ground) is not None:
            scene.canvas.lines.pop()
    if scene.line(text, type_, at[0], at[1], width, ink=ink) is None:
        scene.canvas.lines.append(line)


def lone_characters(scene: Scene) -> None:
    """A picture that is a number, a letter or a word, as large as can be, at times with a small line below."""
    canvas, rng = scene.canvas, scene.rng
    if rng.random() < 0.4:
        ground, scene.ink = contrasting(scene)
        canvas.fill(0, 0, canvas.width, canvas.height, ground)
    count = rng.choice((1, 1, 1, 2, 4, 9))
    side = math.isqrt(count - 1) + 1
    for number in range(count):
        row, column = divmod(number, side)
        box = canvas.width / side, canvas.height / side
        text = rng.choice(
            (cells.digit(rng), cells.count(rng), cells.grade(rng), scene.text.phrase(1)[:1], scene.text.phrase(1))
        )
        scale = rng.uniform(0.35, 0.95) * min(box[1], 1.6 * box[0] / max(len(text), 1)) / scene.body
        type_ = scene.type(round(max(scale, 1.0), 1))
        top = row * box[1] + max((box[1] - type_.height) / 2, 0)
        scene.line(text, type_, column * box[0], top, box[0], align="centre", kind="heading")
    if rng.random() < 0.3:
        small = scene.type(1.0)
        scene.line(scene.text.phrase(4), small, 4, canvas.height - 1.4 * small.height, canvas.width - 8)
