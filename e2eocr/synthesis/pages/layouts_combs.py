"""Layouts of forms whose characters stand one to a box: combs, grids to tick, boxes numbered for machines."""

from __future__ import annotations

from e2eocr.synthesis.pages import cells
from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.ornaments import place_box
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.typesetting import Type
from e2eocr.synthesis.text.forms import to_upper


def comb_form(scene: Scene) -> None:
    """Numbered questions, combs filled or empty, choices to tick, sums in boxes with fixed decimals."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, body = canvas.width - 2 * margin, scene.type()
    scene.line(scene.text.heading(6), scene.other_type(1.5), margin, margin, width, kind="heading")
    if rng.random() < 0.4:
        canvas.fill(
            margin, margin + 2.6 * body.height, margin + width, canvas.height - margin, any_colour(rng, 215, 250)
        )
    y, number = margin + 3 * body.height, 1
    while y + 4 * body.height < canvas.height - margin:
        row = rng.choice((_comb_row, _comb_row, _choices, _sums, _small_text))
        y = row(scene, y, width, number) + rng.uniform(0.3, 1.0) * body.height
        number += 1


def _comb_row(scene: Scene, top: float, width: float, number: int) -> float:
    """A label, and below or beside it one or two combs."""
    body = scene.type()
    beside = scene.rng.random() < 0.4
    scene.line(f"{number}  {scene.text.label()}", body, scene.margin, top, (0.3 if beside else 1.0) * width)
    left = scene.margin + (0.32 * width if beside else 0.0)
    y = top if beside else top + 1.25 * body.height
    room = width - (left - scene.margin)
    for place in range(scene.rng.randint(1, 2)):
        _comb(scene, left + place * room / 2, y, room / 2 - scene.body)
    return y + 1.8 * body.height


def _comb(scene: Scene, left: float, top: float, width: float) -> None:
    """Boxes side by side, or a line with teeth, a character in each; they are one line, as a reader sees them."""
    rng, entry = scene.rng, scene.type(_entry_scale(scene), fixed=True)
    step, height = entry.height * rng.uniform(0.8, 1.25), 1.35 * entry.height
    count = max(2, min(int(width / step), rng.randint(2, 24)))
    teeth = rng.random() < 0.4
    colour = scene.ink if rng.random() < 0.6 else any_colour(rng, 100, 200)
    for place in range(count + 1):
        x = left + place * step
        scene.canvas.rule((x, top + (0.6 * height if teeth else 0)), (x, top + height), colour)
    edges = (top + height,) if teeth else (top, top + height)
    for y in edges:
        scene.canvas.rule((left, y), (left + count * step, y), colour)
    if rng.random() < 0.7:
        _fill_comb(scene, left, top + 0.18 * entry.height, step, count, entry)


def _entry_scale(scene: Scene) -> float:
    """How large entries are beside the print of their form."""
    return scene.rng.uniform(0.9, 1.3)


def _fill_comb(scene: Scene, left: float, top: float, step: float, count: int, type_: Type) -> None:
    text = to_upper(scene.text.phrase(3), scene.text.language) if scene.rng.random() < 0.5 else scene.text.code()
    block, first = scene.canvas.new_block(), len(scene.canvas.lines)
    for place, character in enumerate(text[:count]):
        scene.line(character, type_, left + place * step, top, step, align="centre", block=block)
    scene.canvas.join_lines(first)


def _choices(scene: Scene, top: float, width: float, number: int) -> float:
    """A question, then boxes with a word or a letter each."""
    body, rng = scene.type(), scene.rng
    scene.line(f"{number}  {scene.text.phrase(7)}", body, scene.margin, top, width)
    count, y = rng.randint(2, 6), top + 1.3 * body.height
    for place in range(count):
        x = scene.margin + place * width / count
        place_box(scene, x, y + 0.1 * body.height, 0.75 * body.height)
        text = rng.choice((scene.text.phrase(1), cells.grade(rng), cells.digit(rng)))
        scene.line(text, body, x + 1.1 * body.height, y, width / count - 1.3 * body.height)
    return y + 1.3 * body.height


def _sums(scene: Scene, top: float, width: float, number: int) -> float:
    """Lines of a tax form: number, text, the line's number again, a box with a sum."""
    body, rng = scene.type(0.9), scene.rng
    for row in range(rng.randint(1, 5)):
        y = top + row * 1.5 * body.height
        box = scene.margin + 0.72 * width
        name = f"{number}{'abcdefgh'[row]}"
        scene.line(name, body, scene.margin, y, 3 * body.size)
        scene.line(scene.text.phrase(8), body, scene.margin + 3 * body.size, y, 0.6 * width)
        scene.line(name, body, box - 2.6 * body.size, y, 2.4 * body.size, align="centre")
        scene.canvas.frame(box, y - 0.15 * body.height, scene.margin + width, y + 1.25 * body.height, scene.ink)
        if rng.random() < 0.7:
            text = rng.choice((scene.text.amount(), cells.digit(rng), cells.signed(rng), cells.dash(rng)))
            scene.line(text, body, box, y, scene.margin + width - box - 0.4 * body.size, align="right")
    return top + (row + 1) * 1.5 * body.height


def _small_text(scene: Scene, top: float, width: float, number: int) -> float:
    """Instructions in the smallest print, in two columns."""
    small = scene.type(0.62)
    stop = top + scene.rng.randint(2, 6) * small.height
    for place in range(2):
        scene.prose(scene.margin + place * width / 2, top, width / 2 - scene.body, stop, small, gap=0.0, leading=1.05)
    return stop
