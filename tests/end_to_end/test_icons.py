"""Icons with captions beneath them, as on screens and in brochures: the captions are read, whatever the icons are."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from e2eocr.documents import PageImage
from e2eocr.pipeline import load_pipeline

CAPTIONS = (
    "Settings", "Camera", "Network", "Battery", "Storage", "Printer", "Display", "Sounds", "Account", "Privacy",
    "Updates", "Language",
)  # fmt: skip
ACROSS, TILE, PITCH = 4, 140, (180, 200)  # tiles in a row, and pixels


def draw_icon(draw: ImageDraw.ImageDraw, kind: int, x: int, y: int, ink: str, ground: str) -> None:
    """A ring, a screen, a triangle, or bars, around a place."""
    if kind == 0:
        draw.ellipse((x - 38, y - 38, x + 38, y + 38), fill=ink)
        draw.ellipse((x - 14, y - 14, x + 14, y + 14), fill=ground)
    elif kind == 1:
        draw.rectangle((x - 40, y - 26, x + 40, y + 30), fill=ink)
        draw.rectangle((x - 30, y - 16, x + 30, y + 16), fill=ground)
    elif kind == 2:
        draw.polygon([(x, y - 42), (x + 40, y + 34), (x - 40, y + 34)], fill=ink)
    else:
        for bar in range(4):
            left = x - 40 + 22 * bar
            draw.rectangle((left, y + 34 - 18 * (bar + 1), left + 14, y + 34), fill=ink)


def draw_tiles(seed: int, size: int, ink: str, ground: str) -> PageImage:
    """Tiles with an icon and a caption each."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (760, 640), ground)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    for at, caption in enumerate(CAPTIONS):
        x, y = 40 + PITCH[0] * (at % ACROSS), 30 + PITCH[1] * (at // ACROSS)
        draw.rounded_rectangle((x, y, x + TILE, y + 150), 12, outline=ink, width=2)
        draw_icon(draw, int(rng.integers(4)), x + TILE // 2, y + 60, ink, ground)
        draw.text((x + TILE // 2, y + 128), caption, font=font, fill=ink, anchor="ms")
    return PageImage(0, np.asarray(image), 96.0)


@pytest.mark.slow
@pytest.mark.parametrize("size", [16, 20, 24])
@pytest.mark.parametrize("colours", [("#202020", "#fafafa"), ("#f5f5f5", "#0a0a0a")], ids=["dark", "light"])
def test_captions_are_read(size: int, colours: tuple[str, str]) -> None:
    pipeline = load_pipeline()
    read = [{line.text for line in pipeline.read_page(draw_tiles(seed, size, *colours)).lines} for seed in range(4)]
    assert sum(caption in lines for lines in read for caption in CAPTIONS) >= 0.95 * len(read) * len(CAPTIONS)
