"""Layouts of close print: lines that touch, dictionaries in narrow columns, contents, an index, newspapers."""

from __future__ import annotations

from e2eocr.synthesis.pages.chance import any_colour
from e2eocr.synthesis.pages.layouts_prose import page_number
from e2eocr.synthesis.pages.ornaments import place_picture
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.typesetting import Type
from e2eocr.synthesis.text.forms import roman, to_upper


def close_lines(scene: Scene) -> None:
    """A page whose lines touch: single-spaced typing, cheap editions, contracts; initials, and marks of notes."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    fixed = rng.random() < 0.5
    type_ = scene.type(rng.uniform(0.8, 1.1), fixed=fixed)
    width, y = canvas.width - 2 * margin, margin
    leading = rng.uniform(0.84, 1.03)
    while y + 6 * type_.height < canvas.height - margin:
        y = _opening(scene, type_, margin, y, width, leading) if rng.random() < 0.3 else y
        stop = min(canvas.height - margin, y + rng.randint(4, 60) * type_.height)
        y = scene.prose(margin, y, width, stop, type_, leading=leading, gap=0.0, align=rng.choice(("left", "justify")))
        y += rng.choice((0.0, 0.5, 1.2)) * type_.height
    page_number(scene, canvas.height - 0.7 * margin)


def _opening(scene: Scene, type_: Type, left: float, top: float, width: float, leading: float) -> float:
    """A paragraph that begins with an initial two to four lines high; gives where it ends."""
    rows = scene.rng.randint(2, 4)
    pitch = leading * type_.height
    large = scene.type(rows * pitch / type_.height * type_.size / scene.body * 0.95)
    letter = to_upper(scene.text.phrase(1)[:1], scene.text.language)
    initial = scene.line(letter, large, left, top + rows * pitch - large.height, width)
    if initial is None:
        return top
    beside = float(initial.polygon[1, 0]) - left + 0.3 * type_.size
    block = scene.canvas.new_block()
    for row in range(rows):
        text = scene.text.running(round(2.2 * (width - beside) / type_.size))
        scene.line(text, type_, left + beside, top + row * pitch, width - beside, block=block)
    return top + rows * pitch


def dictionary(scene: Scene) -> None:
    """Narrow columns of small print with little between them: entries with a head word, a head line on top."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    count, body = rng.randint(2, 5), scene.type(rng.uniform(0.55, 0.85))
    gutter, leading = rng.uniform(0.5, 1.1) * body.size, rng.uniform(0.92, 1.15)
    width = (canvas.width - 2 * margin - (count - 1) * gutter) / count
    head, ruled = scene.type(0.9), rng.random() < 0.4
    thirds = (("left", scene.text.phrase(1)), ("centre", str(rng.randint(1, 999))), ("right", scene.text.phrase(1)))
    for align, text in thirds:
        scene.line(
            text, head, margin, margin - 1.6 * head.height, canvas.width - 2 * margin, align=align, kind="header"
        )
    for column in range(count):
        left = margin + column * (width + gutter)
        if ruled and column:
            scene.canvas.rule((left - gutter / 2, margin), (left - gutter / 2, canvas.height - margin), scene.ink)
        y = margin
        while y + 2 * body.height < canvas.height - margin:
            text = scene.text.running(rng.randint(20, 220))
            end = scene.paragraph(text, body, left, y, width, canvas.height - margin, leading=leading)
            y = end if end > y else canvas.height


def contents(scene: Scene) -> None:
    """Contents: numbers, titles, leaders of dots or none, page numbers at the right edge."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, head = canvas.width - 2 * margin, scene.other_type(rng.uniform(1.2, 2.0))
    scene.line(scene.text.heading(2), head, margin, margin, width, align=rng.choice(("left", "centre")), kind="heading")
    body, leader = scene.type(rng.uniform(0.8, 1.1)), rng.choice((".", ".", ". ", " .", "·", "", "_", ". . "))
    y, pitch, page, numbered = margin + 2.4 * head.height, body.height * rng.uniform(1.0, 1.7), 1, rng.random() < 0.7
    roman_pages = rng.random() < 0.2
    while y + body.height < canvas.height - margin:
        level = rng.choice((0, 0, 1, 1, 2))
        page += rng.randint(0, 12)
        number = roman(min(page, 300)).lower() if roman_pages else str(page)
        label = f"{rng.randint(1, 12)}{f'.{rng.randint(1, 9)}' * level} " if numbered else ""
        left = margin + level * 1.5 * body.size
        _contents_row(
            scene, body, left, y, margin + width - left, label + scene.text.phrase(7).capitalize(), number, leader
        )
        y += pitch * (1.6 if level == 0 and rng.random() < 0.3 else 1.0)


def _contents_row(
    scene: Scene, type_: Type, left: float, top: float, width: float, title: str, number: str, leader: str
) -> None:
    """A title, dots up to the number, the number: with dots one line, as a reader sees it; else two."""
    block = scene.canvas.new_block()
    mark = type_.set_word(leader.strip()[:1]) if leader.strip() else None
    line = scene.line(title, type_, left, top, 0.8 * width, block=block, kind="list")
    end = scene.line(number, type_, left, top, width, align="right", block=block, kind="list")
    if mark is None or line is None or end is None:
        return
    step = mark.width + type_.space * 0.5 * leader.count(" ")
    x, stop = float(line.polygon[1, 0]) + step, float(end.polygon[0, 0]) - step
    while x < stop:  # leaders belong to no line: title and number are found apart
        piece, start = mark.pieces[0]
        scene.canvas.blit(piece.mask, x + start + piece.left, top + type_.ascent + piece.top, scene.ink)
        x += max(step, 2.0)


def index_page(scene: Scene) -> None:
    """An index: words with page numbers in two to four ragged columns."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    count, body = rng.randint(2, 4), scene.type(rng.uniform(0.6, 0.85))
    gutter = rng.uniform(0.8, 2.0) * body.size
    width = (canvas.width - 2 * margin - (count - 1) * gutter) / count
    pitch = body.height * rng.uniform(0.95, 1.25)
    for column in range(count):
        y, block = margin, canvas.new_block()
        while y + body.height < canvas.height - margin:
            pages = ", ".join(str(rng.randint(1, 600)) for _ in range(rng.randint(1, 4)))
            indent = rng.choice((0.0, 0.0, 1.2 * body.size))
            text = f"{scene.text.phrase(2)}, {pages}"
            scene.line(
                text, body, margin + column * (width + gutter) + indent, y, width - indent, block=block, kind="list"
            )
            y += pitch * (2.0 if rng.random() < 0.05 else 1.0)


def press(scene: Scene) -> None:
    """A newspaper: huge headlines over columns of tiny print, pictures with captions, advertisements, small ads."""
    canvas, rng, margin = scene.canvas, scene.rng, 0.4 * scene.margin
    width = canvas.width - 2 * margin
    mast = scene.other_type(rng.uniform(3.0, 6.0))
    scene.line(scene.text.heading(3), mast, margin, margin, width, align="centre", kind="header")
    y = margin + 1.15 * mast.height
    small = scene.type(0.5)
    canvas.rule((margin, y), (margin + width, y), scene.ink, 2)
    for align in ("left", "centre", "right"):
        scene.line(scene.text.value(), small, margin, y + 3, width, align=align, kind="header")
    y += 2.2 * small.height
    columns = rng.randint(4, 8)
    while y + 0.1 * canvas.height < canvas.height - margin:
        depth = min(rng.uniform(0.18, 0.5) * canvas.height, canvas.height - margin - y)
        _press_row(scene, margin, y, width, depth, columns)
        y += depth + 0.5 * scene.body
        canvas.rule((margin, y - 0.25 * scene.body), (margin + width, y - 0.25 * scene.body), scene.ink)


def _press_row(scene: Scene, left: float, top: float, width: float, depth: float, columns: int) -> None:
    """Articles and advertisements side by side, each some columns wide."""
    gutter = scene.rng.uniform(0.25, 0.7) * scene.body
    step, place = (width + gutter) / columns, 0
    ruled = scene.rng.random() < 0.4
    while place < columns:
        span = min(scene.rng.randint(1, 4), columns - place)
        x = left + place * step
        if ruled and place:
            scene.canvas.rule((x - gutter / 2, top), (x - gutter / 2, top + depth), scene.ink)
        fill = scene.rng.choice((_article, _article, _article, _advertisement, _small_ads))
        fill(scene, x, top, span * step - gutter, depth, span, gutter)
        place += span


def _article(scene: Scene, left: float, top: float, width: float, depth: float, span: int, gutter: float) -> None:
    rng, body = scene.rng, scene.type(_body_scale(scene))
    head = scene.other_type(rng.uniform(0.9, 1.2 + 0.8 * span))
    bottom = top + depth
    text = scene.text.heading(rng.randint(3, 9))
    top = scene.paragraph(text, head, left, top, width, bottom, align="left", leading=1.0, kind="heading")
    top += 0.3 * body.height
    if rng.random() < 0.3 and top + 0.5 * width < bottom:
        height = min(rng.uniform(0.3, 0.6) * width, 0.5 * (bottom - top))
        place_picture(scene, left, top, width, height)
        caption = scene.text.running(70)
        top = scene.paragraph(caption, body, left, top + height + 2, width, bottom, align="left", kind="caption") + 2
    column = (width - (span - 1) * gutter) / span
    for number in range(span):
        x = left + number * (column + gutter)
        scene.prose(x, top, column, bottom, body, leading=rng.uniform(0.95, 1.12), gap=0.0)


def _body_scale(scene: Scene) -> float:
    """How large a newspaper's body is beside that of other pages: mostly near half."""
    return scene.rng.uniform(0.42, 0.62)


def _advertisement(scene: Scene, left: float, top: float, width: float, depth: float, span: int, gutter: float) -> None:
    """A box with a slogan, a picture, prices and an address, each in a size and place of its own."""
    rng, canvas, y = scene.rng, scene.canvas, top + 0.05 * depth
    ground = any_colour(rng, 190, 255) if rng.random() < 0.4 else (255, 255, 255)
    canvas.fill(left, top, left + width, top + depth, ground)
    canvas.frame(left, top, left + width, top + depth, scene.ink, rng.choice((1, 2, 4)))
    inset = 0.06 * width
    while y + 0.12 * depth < top + depth:
        if rng.random() < 0.2:
            height = min(0.3 * depth, top + depth - y - 4)
            place_picture(scene, left + inset, y, width - 2 * inset, height)
            y += height + 4
            continue
        type_ = scene.other_type(rng.choice((0.5, 0.6, 1.0, 1.6, 2.4)))
        text = rng.choice((scene.text.heading(4), scene.text.price(), scene.text.value(), scene.text.phrase(6)))
        y = scene.paragraph(
            text, type_, left + inset, y, width - 2 * inset, top + depth - 2, align="centre", leading=1.05
        )
        y += rng.uniform(0.1, 0.6) * type_.height


def _small_ads(scene: Scene, left: float, top: float, width: float, depth: float, span: int, gutter: float) -> None:
    """Notices of a few lines of the smallest print, set off by rules or by their first word in capitals."""
    body, column = scene.type(0.42), (width - (span - 1) * gutter) / span
    for number in range(span):
        x, y = left + number * (column + gutter), top
        while y + 2 * body.height < top + depth:
            text = (
                to_upper(scene.text.phrase(1), scene.text.language)
                + " "
                + scene.text.running(scene.rng.randint(30, 140))
            )
            end = scene.paragraph(text, body, x, y, column, top + depth, leading=scene.rng.uniform(0.92, 1.05))
            if end == y:
                break
            y = end + 0.35 * body.height
            if scene.rng.random() < 0.6:
                scene.canvas.rule((x, y - 0.2 * body.height), (x + column, y - 0.2 * body.height), scene.ink)
