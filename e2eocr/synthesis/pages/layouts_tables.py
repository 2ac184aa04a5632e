"""Pages of tables: of short cells, of sums as accountants set them, of times, of scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from e2eocr.synthesis.pages import cells
from e2eocr.synthesis.pages.ornaments import place_turned_note
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.tables import Column, TableSetter, draw_look
from e2eocr.synthesis.pages.typesetting import Type


def short_cells(scene: Scene) -> None:
    """A page of tables most of whose cells hold one to four characters, at any pitch, between captions and prose."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    y, width = margin, canvas.width - 2 * margin
    while y < 0.85 * canvas.height:
        body = scene.type(rng.uniform(0.75, 1.15))
        scene.line(scene.text.heading(8), body, margin, y, width, kind="caption", align=rng.choice(("left", "centre")))
        y = _table(scene, body, margin, y + 1.6 * body.height, width) + body.height
        if rng.random() < 0.4:
            y = scene.prose(margin, y, width, min(y + 6 * body.height, canvas.height - margin)) + body.height


def _table(scene: Scene, type_: Type, left: float, top: float, room: float) -> float:
    """A table with a head of one or two rows; gives where it ends."""
    rng = scene.rng
    setter = TableSetter(
        scene, left, top, _columns(scene, type_, room), type_, draw_look(scene, close=rng.random() < 0.4)
    )
    fill = setter.look.stripe if rng.random() < 0.25 else None
    if fill is not None:
        scene.canvas.fill(left, top, setter.sides(0, len(setter.columns))[1], top + setter.pitch, fill)
    if rng.random() < 0.3:
        _spanning_head(setter)
    head = [lambda: scene.text.phrase(1).capitalize()] * len(setter.columns)
    setter.fill_row(head)
    floor = min(scene.canvas.height - scene.margin, top + rng.choice((8, 20, 80)) * type_.height)
    while setter.bottom + 2 * setter.pitch < floor:
        if rng.random() < 0.03:
            setter.place(0, scene.text.heading(4), span=len(setter.columns), align=rng.choice(("left", "centre")))
            setter.end_row()
        setter.fill_row()
    return setter.finish()


def _spanning_head(setter: TableSetter) -> None:
    """A row of heads that each stand over some columns."""
    place, count = 1, len(setter.columns)
    while place < count:
        span = min(setter.scene.rng.randint(1, 3), count - place)
        setter.place(place, setter.scene.text.phrase(2).capitalize(), span=span, align="centre")
        place += span
    setter.end_row()


def _columns(scene: Scene, type_: Type, room: float) -> list[Column]:
    """A column of names, then short ones as many as there is room for, or few with much white between."""
    rng, em = scene.rng, type_.height
    first = rng.choice((0.0, rng.uniform(3, 9))) * em
    wide = rng.random() < 0.3
    aligns = rng.choice((("right",), ("centre",), ("left",), ("right", "right", "centre", "left")))
    columns = [Column(first, "left", lambda: scene.text.phrase(3))] if first else []
    used = first
    while len(columns) < rng.randint(4, 22):
        short = rng.random() < 0.75
        width = (
            em * (rng.uniform(1.5, 3.2) if short else rng.uniform(3.5, 6.5)) * (rng.uniform(1.2, 2.5) if wide else 1.0)
        )
        if used + width > room:
            break
        columns.append(Column(width, rng.choice(aligns), cells.column(scene.text, rng, short=short)))
        used += width
    if not columns or rng.random() < 0.4:
        return columns or [Column(room, "left", lambda: scene.text.phrase(4))]
    stretch = room / used  # over the whole width
    return [Column(column.width * stretch, column.align, column.make) for column in columns]


def statement(scene: Scene) -> None:
    """A financial statement: items in groups, notes, sums of two or three years, totals below rules."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, head = canvas.width - 2 * margin, scene.other_type(rng.uniform(1.1, 1.7))
    align = rng.choice(("left", "centre"))
    for row in range(rng.randint(1, 3)):
        scene.line(
            scene.text.heading(6), head, margin, margin + 1.3 * row * head.height, width, align=align, kind="heading"
        )
    body, years = scene.type(rng.uniform(0.8, 1.0)), rng.choice((2, 2, 3, 4))
    look = draw_look(scene, close=rng.random() < 0.3)
    setter = TableSetter(scene, margin, margin + 5 * head.height, _statement_columns(scene, width, years), body, look)
    year = rng.randint(1950, 2030)
    plain = len(setter.columns) - years * _parts_of(setter, years)
    for place in range(years):
        column = plain + place * _parts_of(setter, years) + _parts_of(setter, years) - 1
        setter.place(column, str(year - place), align="right")
    setter.end_row()
    while setter.bottom + 6 * setter.pitch < canvas.height - margin:
        _group(setter, plain)
    setter.finish()


def _parts_of(setter: TableSetter, years: int) -> int:
    """Columns for a year: the sum, and at times its currency before it."""
    return 2 if len(setter.columns) >= 1 + 2 * years else 1


def _statement_columns(scene: Scene, width: float, years: int) -> list[Column]:
    text, rng = scene.text, scene.rng
    notes, signs = rng.random() < 0.4, rng.random() < 0.4
    sums = 0.5 * width / years
    items = Column(width * (0.42 if notes else 0.5), "left", lambda: text.phrase(5).capitalize())
    note = [Column(0.08 * width, "centre", lambda: cells.digit(rng) if rng.random() < 0.5 else "")] if notes else []
    sign = rng.choice(("$", "€", "£", text.price()[:1]))
    shown = rng.choice((0.1, 1.0))
    year: list[Column] = [Column(0.2 * sums, "right", lambda: sign if rng.random() < shown else "")] if signs else []
    year.append(Column(sums * (0.8 if signs else 1.0), "right", lambda: _sum(scene)))
    return [items, *note, *year * years]


def _sum(scene: Scene) -> str:
    """A sum, at times negative, a dash, or small."""
    rng, kind = scene.rng, scene.rng.random()
    value = scene.text.amount() if rng.random() < 0.5 else f"{rng.randint(0, 999_999):,}"
    if kind < 0.12:
        return f"({value})"
    if kind < 0.2:
        return rng.choice(cells.MINUS_SIGNS) + value
    if kind < 0.28:
        return rng.choice(("-", "–", "—"))
    return cells.digit(rng) if kind < 0.34 else value


def _group(setter: TableSetter, plain: int) -> None:
    """A heading, items, and their total between rules."""
    scene, count = setter.scene, len(setter.columns)
    setter.place(0, scene.text.heading(4), span=plain)
    setter.end_row()
    for _ in range(scene.rng.randint(2, 7)):
        setter.fill_row()
    setter.rule(setter.row, first=plain)
    setter.place(0, scene.text.phrase(2).capitalize())
    for column in range(plain, count):
        setter.place(column, setter.columns[column].make())
    setter.end_row()
    setter.rule(setter.row, first=plain, double=scene.rng.random() < 0.4)
    if scene.rng.random() < 0.5:
        setter.end_row()


def timetable(scene: Scene) -> None:
    """Places down the side, journeys across: times, ticks, dots and letters for exceptions; heads may stand upright."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, body = canvas.width - 2 * margin, scene.type(rng.uniform(0.65, 0.9))
    head = scene.other_type(1.6)
    scene.line(scene.text.heading(5), head, margin, margin, width, kind="heading")
    names, pitch = rng.uniform(5, 9) * body.height, rng.uniform(2.3, 3.4) * body.height
    journeys = max(2, int((width - names) / pitch))
    columns = [Column(names, "left", lambda: scene.text.phrase(2).capitalize())]
    columns += [Column(pitch, rng.choice(("centre", "right")), lambda: _stop(scene))] * journeys
    top = margin + 1.8 * head.height
    if rng.random() < 0.4:
        top = _upright_heads(scene, margin + names, top, pitch, journeys)
    setter = TableSetter(scene, margin, top, columns, body, draw_look(scene, close=rng.random() < 0.6))
    setter.fill_row([scene.text.label, *[lambda: str(rng.randint(1, 9999))] * journeys])
    for _ in range(rng.randint(8, 60)):
        if setter.bottom + 2 * setter.pitch > canvas.height - margin:
            break
        setter.fill_row()
    setter.finish()


def _stop(scene: Scene) -> str:
    kind = scene.rng.random()
    if kind < 0.7:
        return cells.clock(scene.rng)
    return cells.dash(scene.rng) if kind < 0.85 else scene.rng.choice((cells.tick, cells.grade))(scene.rng)


def _upright_heads(scene: Scene, left: float, top: float, pitch: float, count: int) -> float:
    """Names over the columns that are read from the side; gives where the table may begin."""
    room = 7.0 * scene.body
    for number in range(count):
        centre = (left + (number + 0.5) * pitch, top + room / 2)
        place_turned_note(scene, centre, room, 270, scale=0.75)
    return top + room + 4


def score_sheet(scene: Scene) -> None:
    """A closely ruled grid with a character or two in its cells: marks, scores, a register, a calendar, a puzzle."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    body = scene.type(rng.uniform(0.7, 1.3))
    y = margin
    while y + 8 * body.height < canvas.height - margin:
        scene.line(scene.text.heading(5), scene.type(1.2), margin, y, canvas.width - 2 * margin, kind="caption")
        y = _score_grid(scene, body, margin, y + 1.8 * scene.body) + 2 * body.height


def _score_grid(scene: Scene, type_: Type, left: float, top: float) -> float:
    rng, side = scene.rng, type_.height * scene.rng.uniform(1.15, 2.0)
    names = rng.choice((0.0, rng.uniform(4, 9))) * type_.height
    room = scene.canvas.width - 2 * scene.margin - names
    makers: list[Callable[[], str]] = [
        partial(cells.digit, rng),
        lambda: str(rng.randint(1, 31)),
        partial(cells.tick, rng),
        lambda: cells.grade(rng)[:2],
    ]
    make, filled = rng.choice(makers), rng.choice((1.0, 0.8, 0.4))
    columns = [Column(names, "left", lambda: scene.text.phrase(2))] if names else []
    cell = Column(side, rng.choice(("centre", "centre", "left")), lambda: make() if rng.random() < filled else "")
    columns += [cell] * max(3, min(int(room / side), rng.randint(5, 40)))
    look = replace(draw_look(scene), rules=rng.choice(("grid", "grid", "columns", "bare")), pitch=side / type_.height)
    setter = TableSetter(scene, left, top, columns, type_, replace(look, pad=min(look.pad, 0.15)))
    for _ in range(rng.randint(4, 30)):
        if setter.bottom + side > scene.canvas.height - scene.margin:
            break
        setter.fill_row()
    return setter.finish()
