"""How a line is set, drawn and cut."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.fonts.opening import face_height


@dataclass(frozen=True)
class LineStyle:
    """How one line is set, drawn and cut.

    Attributes:
        size: Font size in pixels it is drawn at.
        scale: Factor from drawn to stored pixels; under 1 the line is drawn larger, and so without hinting.
        stretch: Further factor on the width.
        tracking: Space added after each character, in units of the size.
        word_space: Factor on the width of spaces.
        mark_space: Space between a word and its marks as old books have it, in units of the size; no space of the text.
        typed: Uneven strokes of a typewriter.
        logos: Whether TEX and LATEX are set as the logos that they are.
        underline: Whether a rule runs under the text.
        neighbours: Whether lines stand above and below.
        rules: Edges at which a rule of a table stands, of `top bottom left right`.
        margins: Left, top, right, bottom, in units of the line's height; negative cuts into the ink.
        by_ink: Whether the cut follows the ink, or else the height of the face.
        ink: Grey of the text, 0–255.
        paper: Grey behind it.
        weight: Value of the variable weight axis, where there is one.
        small_caps: Size of all but the first letter of words in capitals, in units of the size; 0: as large as that.
    """

    size: int
    scale: float
    stretch: float
    tracking: float
    word_space: float
    mark_space: float
    typed: bool
    logos: bool
    underline: bool
    neighbours: bool
    rules: tuple[str, ...]
    margins: tuple[float, float, float, float]
    by_ink: bool
    ink: int
    paper: int
    weight: float | None
    small_caps: float = 0.0


def draw_style(face: Face, characters: int, rng: random.Random) -> LineStyle:
    """Draw how a line of so many characters is set in a face."""
    height = min(max(rng.lognormvariate(3.5, 0.27), 18.0), 60.0)  # the line's, pixels; median 33
    drawn_height = height * rng.choice((1.0, 1.0, 1.0, 1.25, 1.6))
    size = max(round(drawn_height / face_height(face)), 8)
    tight = rng.random() < 0.5
    least, most = (-0.03, 0.08) if tight else (0.0, 0.28)
    margins = tuple(rng.uniform(least, most) for _ in range(4))
    left, top, right, bottom = margins
    is_typewriter = face.style == "typewriter"
    tracked = rng.random() < (0.08 if is_typewriter or characters > 80 else 0.16)
    spaced_marks = not is_typewriter and rng.random() < 0.1
    inverse = rng.random() < 0.03
    ink, paper = rng.randint(0, 110) if rng.random() < 0.6 else rng.randint(0, 40), rng.randint(200, 255)
    weights = [(low, high) for tag, low, high in face.axes if tag == "wght"]
    return LineStyle(
        size=size,
        scale=height / drawn_height,
        stretch=rng.choice((1.0, 1.0, rng.uniform(0.85, 1.15))),
        tracking=rng.choice((rng.uniform(-0.03, 0.03), rng.uniform(0.02, 0.22))) if tracked else 0.0,
        word_space=_draw_word_space(rng, spaced_marks),
        mark_space=rng.uniform(0.06, 0.28) if spaced_marks else 0.0,
        typed=is_typewriter and rng.random() < 0.65,
        logos=rng.random() < 0.85,
        underline=rng.random() < 0.03,
        neighbours=rng.random() < 0.15,
        rules=tuple(edge for edge in ("top", "bottom", "left", "right") if rng.random() < 0.02),
        margins=(max(left, 0.0), top, max(right, 0.0), bottom),
        by_ink=rng.random() < 0.6,
        ink=paper if inverse else ink,
        paper=ink if inverse else paper,
        weight=round(rng.uniform(*weights[0]), -2) if weights else None,
        small_caps=rng.uniform(0.68, 0.86) if rng.random() < 0.15 else 0.0,
    )


def _draw_word_space(rng: random.Random, spaced_marks: bool) -> float:
    if spaced_marks:
        return rng.uniform(1.1, 1.9)  # or a mark would stand as far off as a word
    return 1.0 if rng.random() < 0.45 else rng.choice((rng.uniform(0.7, 1.0), rng.uniform(1.0, 1.9)))


def set_in_runs(style: LineStyle) -> LineStyle:
    """A style for lines that are drawn in runs: no typewriter, no logos and no room before marks."""
    return replace(style, mark_space=0.0, typed=False, logos=False)
