"""Words amid drawings: captions beneath icons, values on bars, letters on buttons, digits beneath a barcode, one word
that fills a poster, check boxes of a form, words
under a marker, words that run up the margin or stand on their heads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from e2eocr.documents import PageImage
from e2eocr.pipeline import Pipeline, load_pipeline

CAPTIONS = (
    "Settings", "Camera", "Network", "Battery", "Storage", "Printer", "Display", "Sounds", "Account", "Privacy",
    "Updates", "Language",
)  # fmt: skip
Drawing = Callable[
    [np.random.Generator, int], tuple[Image.Image, list[str]]
]  # a size of letters to a page and its words
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


def draw_bars(rng: np.random.Generator, size: int) -> tuple[Image.Image, list[str]]:
    """A chart of six bars, each with a value above it and a name below."""
    image = Image.new("RGB", (1000, 700), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    texts = []
    for bar, name in enumerate(rng.choice(CAPTIONS, 6, replace=False).tolist()):
        x, height, value = 100 + 145 * bar, int(rng.integers(100, 480)), str(rng.integers(100, 999))
        draw.rectangle((x, 600 - height, x + 90, 600), fill="#5082be")
        draw.text((x + 45, 630), name, font=font, fill="black", anchor="mm")
        draw.text((x + 45, 584 - height), value, font=font, fill="black", anchor="mm")
        texts += [name, value]
    draw.line([(80, 80), (80, 600), (960, 600)], fill="black", width=2)
    return image, texts


def draw_buttons(rng: np.random.Generator, size: int) -> tuple[Image.Image, list[str]]:
    """Twelve buttons in colours, with white letters."""
    image = Image.new("RGB", (900, 600), "#f5f6f8")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    for at, text in enumerate(CAPTIONS):
        x, y = 50 + 210 * (at % ACROSS), 60 + 170 * (at // ACROSS)
        colour = str(rng.choice(["#c82828", "#1e6edc", "#28a050", "#783caa", "#3c3c3c"]))
        draw.rounded_rectangle((x, y, x + 180, y + 54), 10, fill=colour)
        draw.text((x + 90, y + 27), text, font=font, fill="white", anchor="mm")
    return image, list(CAPTIONS)


def draw_label(rng: np.random.Generator, size: int) -> tuple[Image.Image, list[str]]:
    """A product's label: its name in large letters, three words, and a barcode with its number beneath."""
    image = Image.new("RGB", (800, 720), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    name, *words = rng.choice(CAPTIONS, 4, replace=False).tolist()
    draw.text((400, 100), name, font=ImageFont.load_default(size=80), fill="black", anchor="mm")
    for row, word in enumerate(words):
        draw.text((60, 200 + 44 * row), word, font=font, fill="black")
    x = 80
    while x < 720:
        bar, gap = int(rng.choice([2, 3, 4, 6, 8])), int(rng.choice([2, 3, 4, 6]))
        draw.rectangle((x, 420, x + bar, 600), fill="black")
        x += bar + gap
    number = "".join(map(str, rng.integers(0, 10, 12)))
    draw.text((400, 630), number, font=font, fill="black", anchor="mm")
    return image, [name, *words, number]


def draw_poster(rng: np.random.Generator, size: int) -> tuple[Image.Image, list[str]]:
    """One word that is as high as a third of the page, and three small ones."""
    image = Image.new("RGB", (1000, 900), "#ffeecc")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    word, *words = rng.choice(["SALE", "Open", "NEW", "Jazz", "FREE", "EXIT"], 4, replace=False).tolist()
    large = ImageFont.load_default(size=min(400, int(380 * 900 / draw.textlength(word, ImageFont.load_default(380)))))
    draw.text((500, 250), word, font=large, fill="black", anchor="mm", stroke_width=int(rng.integers(16)))
    for row, small in enumerate(words):
        draw.text((60, 560 + 60 * row), small, font=font, fill="black")
    return image, [word, *words]


def draw_form(rng: np.random.Generator, size: int) -> tuple[Image.Image, list[str]]:
    """Twelve check boxes with a word each, some of them empty, some ticked, crossed or filled."""
    image = Image.new("RGB", (900, 500), "white")
    draw, font, side = ImageDraw.Draw(image), ImageFont.load_default(size=size), round(0.85 * size)
    texts = []
    for at, caption in enumerate(CAPTIONS):
        x, y = 60 + 280 * (at % 3), 80 + 90 * (at // 3)
        draw.rectangle((x, y - side, x + side, y), outline="black")
        strokes: tuple[tuple[tuple[float, float], ...], ...] = (
            (),
            (((0.15, 0.5), (0.4, 0.8), (1.0, 0.1)),),
            (((0.1, 0.1), (0.9, 0.9)), ((0.9, 0.1), (0.1, 0.9))),
            (((-0.2, -0.1), (1.2, 1.1)), ((1.1, -0.2), (-0.1, 1.2))),
        )[kind := int(rng.integers(4))]
        for stroke in strokes:
            draw.line([(x + side * right, y - side + side * down) for right, down in stroke], fill="black", width=2)
        draw.text((x + 1.5 * size, y), caption, font=font, fill="black", anchor="ls")
        texts += ["☐☑☒☒"[kind], caption]
    return image, texts


def draw_marked(rng: np.random.Generator, size: int) -> tuple[Image.Image, list[str]]:
    """Twelve words, each under a marker of its own colour."""
    image = Image.new("RGB", (900, 800), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    for at, caption in enumerate(CAPTIONS):
        place = 60 + 420 * (at % 2), 60 + 110 * (at // 2)
        left, top, right, bottom = draw.textbbox(place, caption, font=font)
        draw.rectangle(
            (left - 8, top - 6, right + 8, bottom + 6), fill=str(rng.choice(["#ffff60", "#a0ff80", "#ffb0e0"]))
        )
        draw.text(place, caption, font=font, fill="black")
    return image, list(CAPTIONS)


def draw_margin(rng: np.random.Generator, size: int) -> tuple[Image.Image, list[str]]:
    """Lines of words, and three words that run up the page beside them."""
    image = Image.new("RGB", (1000, 800), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    rows = [rng.choice(CAPTIONS, 4).tolist() for _ in range(9)]
    for at, row in enumerate(rows):
        draw.text((180, 60 + 80 * at), "  ".join(row), font=font, fill="black")
    beside = rng.choice(CAPTIONS, 3, replace=False).tolist()
    strip = Image.new("RGB", (600, 2 * size), "white")
    ImageDraw.Draw(strip).text((300, size), " ".join(beside), font=font, fill="black", anchor="mm")
    image.paste(strip.rotate(90, expand=True), (50, 90))
    return image, [*(word for row in rows for word in row), *beside]


def draw_puzzle(rng: np.random.Generator, size: int) -> tuple[Image.Image, list[str]]:
    """Lines of words, and two lines beneath them that stand on their heads."""
    image = Image.new("RGB", (1000, 800), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=size)
    rows = [rng.choice(CAPTIONS, 4).tolist() for _ in range(10)]
    for at, row in enumerate(rows[:8]):
        draw.text((100, 60 + 70 * at), "  ".join(row), font=font, fill="black")
    answers = Image.new("RGB", (900, 120), "white")
    for at, row in enumerate(rows[8:]):
        ImageDraw.Draw(answers).text((20, 10 + 50 * at), "  ".join(row), font=font, fill="black")
    image.paste(answers.rotate(180), (50, 660))
    return image, [word for row in rows for word in row]


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load_pipeline()


@pytest.mark.slow
@pytest.mark.parametrize("size", [16, 20, 24])
@pytest.mark.parametrize("colours", [("#202020", "#fafafa"), ("#f5f5f5", "#0a0a0a")], ids=["dark", "light"])
def test_captions_are_read(pipeline: Pipeline, size: int, colours: tuple[str, str]) -> None:
    read = [{line.text for line in pipeline.read_page(draw_tiles(seed, size, *colours)).lines} for seed in range(4)]
    assert sum(caption in lines for lines in read for caption in CAPTIONS) >= 0.95 * len(read) * len(CAPTIONS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "sizes"),
    [
        (draw_bars, (15, 18)),
        (draw_buttons, (15, 22)),
        (draw_label, (24, 28)),
        (draw_poster, (24, 32)),
        (draw_form, (18, 26)),
    ],
)
def test_words_of_drawings_are_read_once(pipeline: Pipeline, draw: Drawing, sizes: tuple[int, int]) -> None:
    wanted, found = Counter[str](), Counter[str]()
    for seed in range(6):
        image, texts = draw(np.random.default_rng(seed), sizes[seed % 2])
        page = pipeline.read_page(PageImage(0, np.asarray(image), 150.0))
        read = Counter(word for line in page.lines for word in line.text.split())
        wanted, found = wanted + Counter(texts), found + (read & Counter(texts))
        assert all(read[text] <= texts.count(text) for text in texts)
    assert found.total() >= 0.96 * wanted.total()
