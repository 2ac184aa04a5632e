"""Layouts of running text: letter, article, book, typescript, title page, newspaper, notes in margins, columns."""

from __future__ import annotations

import numpy as np

from e2eocr.synthesis.pages.ornaments import (
    place_frame,
    place_logo,
    place_pen_strokes,
    place_picture,
    place_stamp,
    place_turned_note,
)
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.typesetting import SetWord, Type, set_letters
from e2eocr.synthesis.text.forms import roman

MIN_COLUMN = 8.0  # times the size of the type: about the longest words, and the narrowest columns of newspapers


def letter(scene: Scene) -> None:
    """Letterhead, address, date, subject, paragraphs, signature, a footer in small print."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width = canvas.width - 2 * margin
    head, body = scene.other_type(rng.uniform(1.1, 2.0)), scene.type()
    if rng.random() < 0.5:
        place_logo(scene, margin, 0.4 * margin, 0.6 * margin)
    align = rng.choice(("left", "centre", "right"))
    scene.line(scene.text.heading(4), head, margin, margin, width, align=align, kind="header")
    y = margin + 2.2 * head.height
    y = short_lines(scene, body, margin, y, 0.45 * width, rng.randint(3, 5))
    aside = rng.uniform(0.55, 0.7) * width
    short_lines(scene, body, margin + aside, y, width - aside, rng.randint(1, 2))
    y += 3 * body.height
    scene.line(scene.text.heading(8), scene.type(1.1), margin, y, width, kind="heading")
    floor = canvas.height - 1.6 * margin
    stop = rng.uniform(0.55, 1.0) * (floor - y - 5 * body.height) + y
    y = scene.prose(margin, y + 2.2 * body.height, width, stop, align=rng.choice(("left", "left", "justify")))
    place_pen_strokes(scene, margin, y + 0.6 * body.height, 0.25 * width, 2.4 * body.height, (30, 30, 110))
    scene.line(scene.text.phrase(3), body, margin, min(y + 3.4 * body.height, floor - body.height), width)
    foot = scene.type(0.7)
    for row in range(rng.randint(0, 3)):
        at = floor + row * 1.2 * foot.height
        scene.line(scene.text.running(70), foot, margin, at, width, align="centre", kind="footer")
    if rng.random() < 0.3:
        place_stamp(
            scene, (rng.uniform(0.6, 0.8) * canvas.width, rng.uniform(0.2, 0.8) * canvas.height), 7 * scene.body
        )


def short_lines(scene: Scene, type_: Type, left: float, top: float, width: float, count: int) -> float:
    """Lines of an address and the like, one block; returns where they end."""
    block = scene.canvas.new_block()
    for row in range(count):
        text = scene.text.value() if row else scene.text.phrase(4)
        scene.line(text, type_, left, top, width, block=block)
        top += 1.2 * type_.height
    return top


def article(scene: Scene) -> None:
    """Title, authors, abstract, then two or three columns with headings, figures and captions."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width = canvas.width - 2 * margin
    title = scene.other_type(rng.uniform(1.5, 2.4))
    floor = canvas.height / 3
    y = scene.paragraph(scene.text.heading(12), title, margin, margin, width, floor, align="centre", kind="heading")
    scene.line(scene.text.phrase(6), scene.type(), margin, y + 0.5 * title.height, width, align="centre")
    y += 2.2 * title.height
    if rng.random() < 0.6:
        inset = 0.12 * width
        y = scene.paragraph(scene.text.running(400), scene.type(0.9), margin + inset, y, width - 2 * inset, y + 200)
        y += scene.type().height
    columns(scene, y, canvas.height - margin, rng.choice((2, 2, 2, 3)))
    page_number(scene, canvas.height - 0.6 * margin)


def columns(scene: Scene, top: float, bottom: float, count: int, *, ruled: bool = False) -> None:
    """Fill the page's width with columns of text, now and then with a figure or a heading.

    There are fewer of them where so many would be too narrow for words: nobody prints, or could read, such columns.
    """
    gutter = scene.rng.uniform(1.0, 2.4) * scene.body
    room = scene.canvas.width - 2 * scene.margin + gutter
    count = max(min(count, int(room / (MIN_COLUMN * scene.body + gutter))), 1)
    width = (scene.canvas.width - 2 * scene.margin - (count - 1) * gutter) / count
    leading = scene.rng.uniform(1.06, 1.3)
    for column in range(count):
        left = scene.margin + column * (width + gutter)
        if ruled and column:
            scene.canvas.rule((left - gutter / 2, top), (left - gutter / 2, bottom), scene.ink)
        y = top
        while y + 3 * scene.type().height < bottom:
            y = _column_piece(scene, left, y, width, bottom, leading)


def _column_piece(scene: Scene, left: float, top: float, width: float, bottom: float, leading: float) -> float:
    """A heading, a figure with its caption, or paragraphs; returns where they end."""
    kind, body = scene.rng.random(), scene.type()
    if kind < 0.2:
        head = scene.other_type(scene.rng.uniform(1.0, 1.5))
        scene.line(scene.text.heading(5), head, left, top + 0.5 * head.height, width, kind="heading")
        return top + 2.0 * head.height
    if kind < 0.35 and top + 0.7 * width < bottom:
        height = width * scene.rng.uniform(0.4, 0.65)
        place_picture(scene, left, top, width, height)
        caption = scene.type(0.85)
        text = scene.text.running(90)
        top += height + 0.4 * body.height
        end = scene.paragraph(text, caption, left, top, width, bottom, align="left", kind="caption")
        return end + body.height
    stop = min(bottom, top + body.height * scene.rng.randint(6, 40))
    return scene.prose(left, top, width, stop, leading=leading, gap=0.0) + 0.5 * body.height


def page_number(scene: Scene, top: float) -> None:
    """A page's number, plain, Roman or between dashes."""
    number = scene.rng.randint(1, scene.rng.choice((9, 99, 600)))
    text = scene.rng.choice(
        (str(number), str(number), f"{number}.", f"- {number} -", roman(number).lower(), f"[{number}]")
    )
    align = scene.rng.choice(("centre", "centre", "left", "right"))
    width = scene.canvas.width - 2 * scene.margin
    scene.line(text, scene.type(), scene.margin, top, width, align=align, kind="page-number")


def book(scene: Scene) -> None:
    """Running head with the page's number, text, at times a chapter's beginning and footnotes."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, y = canvas.width - 2 * margin, margin
    small = scene.type(0.85)
    if rng.random() < 0.2:
        place_frame(scene, 0.5 * margin)
    if rng.random() < 0.75:
        number_left = rng.random() < 0.5
        number, head = str(rng.randint(2, 700)), scene.text.heading(5)
        if number_left:
            scene.line(number, scene.type(), margin, y, width, kind="page-number")
        scene.line(head, small, margin + 0.1 * width, y, 0.8 * width, align="centre", kind="header")
        if not number_left:
            scene.line(number, scene.type(), margin, y, width, align="right", kind="page-number")
        y += 1.4 * scene.type().height
        if rng.random() < 0.4:
            canvas.rule((margin, y), (margin + width, y), scene.ink)
        y += 0.6 * scene.type().height
    if rng.random() < 0.3:
        y = _chapter(scene, y + rng.uniform(0.0, 0.12) * canvas.height, width)
    notes = rng.random() < 0.3
    floor = canvas.height - margin - (rng.uniform(0.08, 0.22) * canvas.height if notes else 0.0)
    y = scene.prose(margin, y, width, floor, gap=0.0)
    if notes:
        canvas.rule((margin, y + 4), (margin + 0.3 * width, y + 4), scene.ink)
        scene.prose(margin, y + 10, width, canvas.height - margin, scene.type(0.75), leading=1.1)
    if rng.random() < 0.4:
        page_number(scene, canvas.height - 0.8 * margin)


def _chapter(scene: Scene, top: float, width: float) -> float:
    head = scene.other_type(scene.rng.uniform(1.2, 2.2))
    number = scene.rng.randint(1, 40)
    text = scene.rng.choice((roman(number) + ".", str(number), scene.text.heading(2)))
    scene.line(text, head, scene.margin, top, width, align="centre", kind="heading")
    top += 1.6 * head.height
    scene.line(scene.text.heading(6), scene.type(1.2), scene.margin, top, width, align="centre", kind="heading")
    if scene.rng.random() < 0.5:
        middle, reach = scene.canvas.width / 2, scene.rng.uniform(0.03, 0.12) * width
        at = top + 2.2 * scene.body
        scene.canvas.rule((middle - reach, at), (middle + reach, at), scene.ink, scene.rng.randint(1, 3))
    return top + 3.0 * scene.type().height


def typescript(scene: Scene) -> None:
    """Typewritten page: single or double spaced, ragged, uneven, with words struck out and headings underlined."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    tracking = 0.0 if rng.random() < 0.8 else rng.uniform(0.02, 0.1)
    type_ = scene.type(fixed=True, tracking=tracking)
    width, pitch = canvas.width - margin - 0.5 * margin, type_.height * rng.choice((1.15, 1.6, 2.1))
    jitter = tuple(rng.gauss(0.0, 0.03 * type_.size * rng.random()) for _ in range(97))
    y = margin
    if rng.random() < 0.4:
        page_number(scene, 0.5 * margin)
    if rng.random() < 0.5:
        title = scene.text.heading(5)
        spaced = " ".join(title.split()[0]) if rng.random() < 0.3 else title
        line = scene.line(spaced, type_, margin, y, width, align=rng.choice(("centre", "left")), kind="heading")
        if line is not None and rng.random() < 0.6:
            left, right = line.polygon[3], line.polygon[2]
            canvas.rule((left[0], left[1]), (right[0], right[1]), scene.ink, max(1, type_.size // 16))
        y += 3 * type_.height
    first = len(canvas.lines)
    scene.prose(
        margin,
        y,
        width,
        canvas.height - margin * rng.uniform(0.6, 3.0),
        type_,
        align="left",
        leading=pitch / type_.height,
        gap=rng.choice((0.0, 0.0, pitch)),
        jitter=jitter,
    )
    for line in canvas.lines[first:]:
        if rng.random() < 0.05:
            _strike_out(scene, line.words[rng.randrange(len(line.words))].polygon, type_)
    if rng.random() < 0.3:
        place_pen_strokes(scene, 0.2 * margin, rng.uniform(0.1, 0.9) * canvas.height, 0.7 * margin, 20, (60, 60, 120))
    if rng.random() < 0.25:
        place_stamp(
            scene, (rng.uniform(0.6, 0.8) * canvas.width, rng.uniform(0.05, 0.2) * canvas.height), 6 * scene.body
        )


def _strike_out(scene: Scene, polygon: np.ndarray, type_: Type) -> None:
    """Strike a word out with a row of x, dashes or strokes over it; the word below stays its label."""
    (left, top), (right, bottom) = polygon[0], polygon[2]
    mark = type_.set_word(scene.rng.choice("xXm-"))
    if mark is None:
        scene.canvas.rule((left, (top + bottom) / 2), (right, (top + bottom) / 2), scene.ink, 2)
        return
    piece = mark.pieces[0][0]
    baseline = top + type_.ascent
    pen = left
    while pen + piece.mask.shape[1] < right:
        scene.canvas.blit(piece.mask, pen + piece.left, baseline + piece.top, scene.ink)
        pen += max(piece.advance, 2.0)


def title_page(scene: Scene) -> None:
    """A few centred lines of very different size, an ornament, an imprint at the foot."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, y = canvas.width - 2 * margin, canvas.height * rng.uniform(0.06, 0.2)
    if rng.random() < 0.35:
        place_frame(scene, 0.4 * margin)
    for _ in range(rng.randint(3, 8)):
        type_ = scene.other_type(rng.choice((0.8, 1.0, 1.3, 2.0, 3.0)))
        y = scene.paragraph(
            scene.text.heading(6), type_, margin, y, width, 0.7 * canvas.height, align="centre", leading=1.15,
            kind="heading",
        )  # fmt: skip
        y += rng.uniform(0.4, 2.0) * type_.height
        if rng.random() < 0.25:
            reach = rng.uniform(0.05, 0.2) * width
            canvas.rule((canvas.width / 2 - reach, y), (canvas.width / 2 + reach, y), scene.ink, rng.randint(1, 3))
            y += 0.5 * type_.height
    if y < 0.68 * canvas.height and rng.random() < 0.6:
        side = min(0.14 * canvas.height, 0.4 * width)
        place_picture(scene, (canvas.width - side) / 2, y, side, side)
    for row in range(rng.randint(1, 4)):
        top = 0.86 * canvas.height + row * 1.4 * scene.type().height
        scene.line(scene.text.heading(4), scene.type(), margin, top, width, align="centre")


def newspaper(scene: Scene) -> None:
    """Masthead, headlines of mixed sizes, narrow columns between rules, pictures."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width = canvas.width - 2 * margin
    mast = scene.other_type(rng.uniform(2.5, 5.0))
    scene.line(scene.text.heading(3), mast, margin, margin, width, align="centre", kind="header")
    y = margin + 1.2 * mast.height
    canvas.rule((margin, y), (margin + width, y), scene.ink, 2)
    block = canvas.new_block()
    third = width / 3
    cells = [(scene.text.value(), margin + third * place, third, align) for place, align in _ENDS]
    scene.row(cells, scene.type(0.9), y + 4, block)
    y += 2 * scene.type().height
    while y < canvas.height - 0.25 * canvas.height:
        head = scene.other_type(rng.uniform(1.5, 4.0))
        floor = canvas.height - margin
        y = scene.paragraph(scene.text.heading(9), head, margin, y, width, floor, align="left", kind="heading")
        stop = min(canvas.height - margin, y + canvas.height * rng.uniform(0.2, 0.6))
        columns(scene, y + 0.4 * scene.body, stop, rng.randint(3, 5), ruled=rng.random() < 0.5)
        y = stop + scene.body


_ENDS = ((0, "left"), (1, "centre"), (2, "right"))


def marginalia(scene: Scene) -> None:
    """A text block with notes in smaller type beside it, and one that stands on its side."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width = canvas.width - 2 * margin
    aside = width * rng.uniform(0.18, 0.28)
    on_left = rng.random() < 0.5
    left = margin + (aside + scene.body if on_left else 0.0)
    scene.prose(left, margin, width - aside - scene.body, canvas.height - margin)
    notes, y = margin if on_left else margin + width - aside, margin
    while y < canvas.height - 2 * margin:
        y += rng.uniform(0.02, 0.15) * canvas.height
        text = scene.text.running(rng.randint(20, 120))
        y = scene.paragraph(text, scene.type(0.72), notes, y, aside, canvas.height - margin, align="left", leading=1.1)
    if rng.random() < 0.5:
        edge = 0.45 * margin if rng.random() < 0.5 else canvas.width - 0.45 * margin
        place_turned_note(scene, (edge, canvas.height / 2), 0.6 * canvas.height, rng.choice((90, 270)))


def vertical_columns(scene: Scene) -> None:
    """Columns read from top to bottom and from right to left, with a horizontal page number."""
    canvas, margin, body = scene.canvas, scene.margin, scene.type()
    right, top, bottom = canvas.width - margin, margin, canvas.height - 1.5 * margin
    pitch = body.size * scene.rng.uniform(1.4, 2.2)
    rows = max(1, int((bottom - top) / (1.08 * body.size)) - 1)
    head = set_letters(scene.text.heading(2), scene.type(1.6))
    x = right - 0.9 * scene.body
    _place_column(scene, head[: rows // 2], scene.type(1.6), x, top)
    x -= 2 * pitch
    while x > margin:
        block, paragraph = canvas.new_block(), set_letters(scene.text.running(rows * 4), body)
        for start in range(0, len(paragraph), rows):
            if x <= margin:
                break
            _place_column(scene, paragraph[start : start + rows], body, x, top, block)
            x -= pitch
    page_number(scene, canvas.height - margin)


def _place_column(
    scene: Scene, words: list[SetWord], type_: Type, x: float, top: float, block: int | None = None
) -> None:
    number = scene.canvas.new_block() if block is None else block
    scene.canvas.place_column(words, type_, x, top, ink=scene.ink, language=scene.text.language, block=number)
