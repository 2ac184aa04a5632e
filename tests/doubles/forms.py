"""Rows of boxes of forms, drawn."""

from __future__ import annotations

from PIL import ImageDraw, ImageFont


def draw_comb(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    boxes: int,
    *,
    pitch: int = 40,
    height: int = 44,
    gap: int = 0,
    lids: bool = True,
    size: float = 26,
) -> tuple[int, int]:
    """Draw so many boxes with the characters of a text in them; without lids, only their lower sides stand.

    Returns:
        The right and the lower end of the row.
    """
    font = ImageFont.load_default(size=size)
    left, top = at
    bottom, right = top + height, left
    for place in range(boxes):
        x0, right = left + place * (pitch + gap), left + place * (pitch + gap) + pitch
        if lids:
            draw.rectangle((x0, top, right, bottom), outline="black", width=2)
        else:
            for x in (x0, right):
                draw.line((x, bottom - round(0.36 * height), x, bottom), fill="black", width=2)
            draw.line((x0, bottom, right, bottom), fill="black", width=2)
        if place < len(text):
            draw.text(((x0 + right) / 2, (top + bottom) / 2), text[place], fill="black", font=font, anchor="mm")
    return right, bottom
