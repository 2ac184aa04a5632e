"""What stands on the samples beside their text: signatures, a logo, a stamp. Places are in millimetres."""

from __future__ import annotations

from sample_sheet import Sheet


def draw_signature(sheet: Sheet, x: float, y: float) -> None:
    """An invented signature: loops that spell nothing."""
    shape = [(0, 0), (4, -9), (6, -3), (3, 3), (9, -2), (12, 1), (15, -3), (17, 1), (21, -8), (22, 2), (27, -2)]
    tail = [(30, 0), (34, -3), (37, 0), (30, 4), (6, 5)]
    sheet.stroke([(x + dx, y + dy) for dx, dy in shape + tail], width=round(sheet.dpi / 55))


def draw_second_signature(sheet: Sheet, x: float, y: float) -> None:
    """Another hand, wide and flat."""
    shape = [(0, 2), (2, -8), (8, -10), (9, -4), (1, -2), (10, 1), (13, -3), (16, 1), (19, -2), (25, 0), (44, -4)]
    sheet.stroke([(x + dx, y + dy) for dx, dy in shape], width=round(sheet.dpi / 60))


def draw_shelf_logo(sheet: Sheet, x: float, y: float) -> None:
    """The joiner's mark: three boards between two posts."""
    for number in range(3):
        left, top = sheet.pixels(x), sheet.pixels(y + 7 * number)
        sheet.draw.rectangle([left, top, left + sheet.pixels(18), top + sheet.pixels(2.2)], fill=70)
    for post in (x + 1.5, x + 14.5):
        box = [sheet.pixels(value) for value in (post, y - 3, post + 2, y + 19)]
        sheet.draw.rectangle(box, fill=110)


def draw_round_stamp(sheet: Sheet, x: float, y: float) -> None:
    """A round rubber stamp without words: two rings, a tree on a hill."""
    middle = (sheet.pixels(x), sheet.pixels(y))
    for millimetres, width in ((15, 5), (12.5, 2)):
        radius = sheet.pixels(millimetres)
        box = [middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius]
        sheet.draw.ellipse(box, outline=90, width=width)
    sheet.draw.chord([middle[0] - 80, middle[1] + 20, middle[0] + 80, middle[1] + 120], 180, 360, fill=90)
    sheet.draw.rectangle([middle[0] - 6, middle[1] - 20, middle[0] + 6, middle[1] + 30], fill=90)
    sheet.draw.ellipse([middle[0] - 38, middle[1] - 70, middle[0] + 38, middle[1]], fill=90)
