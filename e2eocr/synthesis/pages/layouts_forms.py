"""Layouts with cells: invoice, form, table, receipt."""

from __future__ import annotations

from e2eocr.synthesis.pages import cells
from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.layouts_prose import page_number, short_lines
from e2eocr.synthesis.pages.ornaments import (
    place_bars,
    place_box,
    place_code_square,
    place_logo,
    place_pen_strokes,
    place_stamp,
)
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.tables import Column, TableSetter, draw_look
from e2eocr.synthesis.pages.typesetting import Type
from e2eocr.synthesis.text.forms import to_upper


def invoice(scene: Scene) -> None:
    """Sender and receiver, fields, a table of goods with sums, terms, bank details."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, body = canvas.width - 2 * margin, scene.type()
    place_logo(scene, margin, 0.5 * margin, 2.5 * scene.body)
    head = scene.other_type(rng.uniform(1.5, 2.6))
    scene.line(
        scene.text.heading(2), head, margin + 0.5 * width, 0.6 * margin, 0.5 * width, align="right", kind="heading"
    )
    y = short_lines(scene, body, margin, margin + 2.5 * head.height, 0.45 * width, 4)
    fields(scene, margin + 0.55 * width, margin + 2.5 * head.height, 0.45 * width, rng.randint(3, 5))
    y = table_grid(scene, margin, y + 2.5 * body.height, width, rng.randint(3, 14))
    for _ in range(rng.randint(2, 4)):
        block = canvas.new_block()
        cells = [
            (scene.text.label(), margin + 0.55 * width, 0.22 * width, "left"),
            (scene.text.amount(), margin + 0.78 * width, 0.21 * width, "right"),
        ]
        scene.row(cells, body, y + 0.4 * body.height, block)
        y += 1.4 * body.height
    floor = canvas.height - margin
    y = scene.prose(margin, y + 2 * body.height, width, min(floor, y + 8 * body.height), align="left", gap=0.0)
    if rng.random() < 0.4 and y + 6 * scene.body < floor:
        place_code_square(scene, margin, y + scene.body, min(5 * scene.body, floor - y - scene.body))
    if rng.random() < 0.4:
        place_stamp(scene, (rng.uniform(0.3, 0.8) * canvas.width, 0.75 * canvas.height), 7 * scene.body)
    page_number(scene, canvas.height - 0.6 * margin)


def fields(scene: Scene, left: float, top: float, width: float, count: int) -> float:
    """Rows of a label and a value, each a line of its own where there is a gap between; returns where they end."""
    body, share = scene.type(), scene.rng.uniform(0.35, 0.5)
    for _ in range(count):
        block = scene.canvas.new_block()
        cells = [
            (scene.text.label(), left, share * width - scene.body, "left"),
            (scene.text.value(), left + share * width, (1 - share) * width, "left"),
        ]
        scene.row(cells, body, top, block)
        top += 1.3 * body.height
    return top


def table_grid(scene: Scene, left: float, top: float, width: float, rows: int) -> float:
    """A table with a head: text first, then numbers. Returns where it ends."""
    rng, text = scene.rng, scene.text
    shares = [rng.uniform(1.5, 4.0)] + [rng.uniform(0.8, 1.6) for _ in range(rng.randint(2, 6))]
    first = text.mark if rng.random() < 0.2 else lambda: text.phrase(4)
    makers = [first, *(cells.column(text, rng, short=rng.random() < 0.3) for _ in shares[1:])]
    columns = [
        Column(width * share / sum(shares), "right" if number else "left", make)
        for number, (share, make) in enumerate(zip(shares, makers, strict=True))
    ]
    setter = TableSetter(scene, left, top, columns, scene.type(), draw_look(scene))
    setter.fill_row([lambda: text.phrase(2).capitalize()] * len(columns))
    for _ in range(rows):
        if setter.bottom + setter.pitch > scene.canvas.height - scene.margin:
            break
        setter.fill_row()
    return setter.finish()


def table(scene: Scene) -> None:
    """A page of one or two tables with titles."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    y = margin
    for _ in range(rng.randint(1, 2)):
        head = scene.other_type(1.3)
        scene.line(scene.text.heading(8), head, margin, y, canvas.width - 2 * margin, align="centre", kind="caption")
        rows = rng.randint(6, 40)
        y = table_grid(scene, margin, y + 1.8 * head.height, canvas.width - 2 * margin, rows) + 2 * scene.body
        if y > 0.7 * canvas.height:
            break
    scene.prose(margin, y, canvas.width - 2 * margin, min(canvas.height - margin, y + 5 * scene.body), scene.type(0.8))


def form(scene: Scene) -> None:
    """Sections of labelled boxes, lines to write on, things to tick; some filled in by type or by hand."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, body = canvas.width - 2 * margin, scene.type()
    head = scene.other_type(rng.uniform(1.3, 1.9))
    scene.line(scene.text.heading(6), head, margin, margin, width, align=rng.choice(("left", "centre")), kind="heading")
    y = margin + 2 * head.height
    while y < canvas.height - margin - 4 * body.height:
        kind = rng.randrange(4)
        if kind == 0:
            y = _section_bar(scene, y, width)
        elif kind == 1:
            y = _boxes_row(scene, y, width)
        elif kind == 2:
            y = _ticks(scene, y, width)
        else:
            y = _write_line(scene, y, width)
        y += 0.5 * body.height
    if rng.random() < 0.5:
        place_bars(scene, margin + 0.6 * width, 0.3 * margin, 0.4 * width, 0.5 * margin)


def _section_bar(scene: Scene, top: float, width: float) -> float:
    """A dark bar with light text."""
    body, colour = scene.type(), any_colour(scene.rng, 0, 110)
    scene.canvas.fill(scene.margin, top, scene.margin + width, top + 1.5 * body.height, colour)
    scene.line(
        scene.text.heading(5),
        body,
        scene.margin + scene.body,
        top + 0.25 * body.height,
        width - 10,
        ink=(250, 250, 250),
        kind="heading",
    )
    return top + 1.5 * body.height


def _boxes_row(scene: Scene, top: float, width: float) -> float:
    """Boxes side by side with a small label in the corner of each, most of them filled in."""
    label, entry = scene.type(0.65), scene.type(fixed=scene.rng.random() < 0.5)
    count, height = scene.rng.randint(1, 4), label.height + 1.7 * entry.height
    for place in range(count):
        left, cell = scene.margin + width * place / count, width / count
        scene.canvas.frame(left, top, left + cell, top + height, scene.ink)
        block = scene.canvas.new_block()
        scene.line(scene.text.label(), label, left + 4, top + 3, cell - 8, block=block)
        at = top + 1.1 * label.height + 3
        if scene.rng.random() < 0.75:
            scene.line(scene.text.value(), entry, left + 8, at, cell - 16, block=block)
        elif scene.rng.random() < 0.5:
            place_pen_strokes(scene, left + 8, at, 0.5 * cell, 0.8 * entry.height, (30, 30, 120))
    return top + height


def _ticks(scene: Scene, top: float, width: float) -> float:
    body, count = scene.type(), scene.rng.randint(2, 4)
    for place in range(count):
        left = scene.margin + width * place / count
        place_box(scene, left, top + 0.1 * body.height, 0.7 * body.height)
        scene.line(scene.text.phrase(3), body, left + 1.2 * body.height, top, width / count - 1.6 * body.height)
    return top + 1.3 * body.height


def _write_line(scene: Scene, top: float, width: float) -> float:
    body = scene.type()
    line = scene.line(scene.text.label(), body, scene.margin, top, 0.5 * width)
    start = scene.margin if line is None else float(line.polygon[1, 0]) + 6
    dash = scene.rng.choice((0, 1, 2))
    baseline = top + body.ascent + 2
    scene.canvas.rule((start, baseline), (scene.margin + width, baseline), scene.ink, 1, dash)
    if scene.rng.random() < 0.5:
        room = scene.margin + width - start
        place_pen_strokes(scene, start + 4, top, 0.4 * room, body.height, (30, 30, 120))
    return top + 1.4 * body.height


def receipt(scene: Scene) -> None:
    """Shop, address, items with prices, sums between dashed rules, a greeting; on a roll or amid an empty sheet."""
    canvas, rng = scene.canvas, scene.rng
    roll = rng.random() < 0.55
    width = canvas.width * (rng.uniform(0.8, 0.95) if roll else rng.uniform(0.3, 0.7))
    left = (canvas.width - width) * (0.5 if roll else rng.random())
    wanted = width / (rng.uniform(30, 46) * 0.55)  # thirty to forty-six characters a line
    type_ = scene.type(wanted / scene.body, fixed=rng.random() < 0.7)
    y = scene.margin * rng.uniform(0.3, 1.0)
    if rng.random() < 0.3:
        place_logo(scene, left + 0.35 * width, y, 4 * type_.size)
        y += 4.5 * type_.size
    shop = scene.type(type_.size * rng.uniform(1.0, 1.9) / scene.body)
    scene.line(_capitals(scene, scene.text.phrase(3)), shop, left, y, width, align="centre")
    y += 1.3 * shop.height
    pitch = type_.height * rng.uniform(1.08, 1.5)
    for _ in range(rng.randint(3, 6)):
        text = rng.choice((scene.text.phrase(5), scene.text.value()))
        scene.line(_capitals(scene, text), type_, left, y, width, align="centre")
        y += pitch
    y = _items(scene, type_, left, y + 0.5 * pitch, width, pitch)
    for _ in range(rng.randint(1, 4)):
        scene.line(scene.text.phrase(5), type_, left, y, width, align="centre")
        y += pitch
    if rng.random() < 0.4 and y + 5 * pitch < canvas.height:
        place_bars(scene, left + 0.2 * width, y + 0.5 * pitch, 0.6 * width, 2 * pitch)


def _items(scene: Scene, type_: Type, left: float, top: float, width: float, pitch: float) -> float:
    """Fields, goods and sums, dashed or starred rules between the groups; returns where they end."""
    floor = scene.canvas.height - 6 * pitch
    for group in range(scene.rng.randint(3, 5)):
        _separator(scene, type_, left, top + 0.5 * pitch, width)
        top += pitch
        for _ in range(scene.rng.randint(1, 4) * (3 if group == 1 else 1)):
            if top > floor:
                return top
            _item(scene, type_, left, top, width)
            top += pitch
    return top + 0.5 * pitch


def _item(scene: Scene, type_: Type, left: float, top: float, width: float) -> None:
    name = _capitals(scene, scene.text.phrase(3) if scene.rng.random() < 0.7 else scene.text.label())
    cells = [(name, left, 0.55 * width, "left"), (scene.text.amount(), left + 0.72 * width, 0.28 * width, "right")]
    if scene.rng.random() < 0.45:
        cells.insert(1, (scene.text.mark(), left + 0.58 * width, 0.1 * width, "right"))
    scene.row(cells, type_, top, scene.canvas.new_block())


def _separator(scene: Scene, type_: Type, left: float, y: float, width: float) -> None:
    if scene.rng.random() < 0.5:
        scene.canvas.rule((left, y), (left + width, y), scene.ink, 1, scene.rng.choice((0, 2, 4)))
        return
    mark = type_.set_word(scene.rng.choice("-=*_"))
    if mark is not None:  # a row of dashes is a rule, not a line of text
        piece = mark.pieces[0][0]
        for place in range(int(width / max(piece.advance, 2.0))):
            scene.canvas.blit(piece.mask, left + place * piece.advance + piece.left, y + piece.top, scene.ink)


def _capitals(scene: Scene, text: str) -> str:
    return to_upper(text, scene.text.language) if scene.rng.random() < 0.7 else text
