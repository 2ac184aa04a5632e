"""Layouts of papers with formulas: displays with fractions, raised and lowered signs, numbers; marks of notes."""

from __future__ import annotations

import random

from e2eocr.synthesis.pages.layouts_prose import page_number
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.typesetting import SetWord, Type, set_words

_NAMES = tuple("abcdfghikmnpqrstuvwxyzABCEFLNPRSTVXYαβγδθλμπσφωΔΣΩ")
_JOINTS = tuple("+-−=×·≤≥≠≈/→<>")
_RAISED, _LOWERED = 0.42, 0.2  # of the size: by how much small signs stand off the baseline
_SMALL = 0.66


def formulas(scene: Scene) -> None:
    """Prose with displayed formulas between its paragraphs, each with a number at the margin at times."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, body, y = canvas.width - 2 * margin, scene.type(), margin
    while y + 4 * body.height < canvas.height - margin:
        stop = min(canvas.height - margin, y + rng.randint(1, 7) * body.height)
        y = scene.prose(margin, y, width, stop, gap=0.0, leading=1.2) + 0.6 * body.height
        for _ in range(rng.randint(1, 3)):
            if y + 3 * body.height > canvas.height - margin:
                break
            _display(scene, margin, y, width)
            y += 2.6 * body.height
    page_number(scene, canvas.height - 0.7 * margin)


def _display(scene: Scene, left: float, top: float, width: float) -> None:
    """A formula on a line of its own; a fraction in it is two lines and a rule."""
    rng, type_, block = scene.rng, scene.type(scene.rng.uniform(1.0, 1.25)), scene.canvas.new_block()
    x, baseline = left + rng.uniform(0.05, 0.35) * width, top + 0.6 * type_.height + type_.ascent
    x = _run(scene, type_, x, baseline, rng.randint(2, 6), block, ends="=" if rng.random() < 0.6 else "")
    if rng.random() < 0.5:
        x = _fraction(scene, type_, x + type_.space, baseline, block)
        if rng.random() < 0.5:
            _run(scene, type_, x + type_.space, baseline, rng.randint(1, 3), block, begins=True)
    if rng.random() < 0.5:
        number = rng.choice((f"({rng.randint(1, 99)})", f"({rng.randint(1, 9)}.{rng.randint(1, 40)})"))
        scene.line(number, type_, left, baseline - type_.ascent, width, align="right")


def _run(
    scene: Scene,
    type_: Type,
    x: float,
    baseline: float,
    terms: int,
    block: int,
    *,
    ends: str = "",
    begins: bool = False,
) -> float:
    """Terms and signs between them, with powers and indices, as one line; gives where it ends."""
    rng = scene.rng
    parts: list[str] = [rng.choice(_JOINTS)] if begins else []
    for number in range(terms):
        parts += [rng.choice(_JOINTS)] if number else []
        parts.append(rng.choice((rng.choice(_NAMES), str(rng.randint(0, 99)), rng.choice(_NAMES) + "(x)")))
    parts += [ends] if ends else []
    words, shifts = _with_scripts(scene, type_, parts)
    line = scene.canvas.place_line(
        words, type_, x, baseline, ink=scene.ink, language=scene.text.language, block=block, jitter=shifts
    )
    return x if line is None else float(line.polygon[1, 0])


def _with_scripts(scene: Scene, type_: Type, parts: list[str]) -> tuple[list[SetWord], list[float]]:
    """Words of a formula with small raised or lowered ones glued to them, and how low each piece stands."""
    rng, small = scene.rng, scene.type(_SMALL * type_.size / scene.body)
    words: list[SetWord] = []
    shifts: list[float] = []
    for part in parts:
        word = type_.set_word(part)
        if word is None:
            continue
        words.append(word)
        shifts += [0.0] * len(word.pieces)
        script = small.set_word(rng.choice(("2", "3", "n", "i", "0", "1", "k", "-1"))) if rng.random() < 0.35 else None
        if script is not None and part not in _JOINTS:
            words.append(SetWord(script.text, script.pieces, script.width, glued=True))
            low = -_RAISED * type_.size if rng.random() < 0.5 else _LOWERED * type_.size
            shifts += [low] * len(script.pieces)
    return words, shifts or [0.0]


def _fraction(scene: Scene, type_: Type, x: float, baseline: float, block: int) -> float:
    """A numerator and a denominator, each a line, with a rule between; gives where it ends."""
    middle = baseline - 0.3 * type_.size
    above, below = middle - 0.35 * type_.size, middle + 0.2 * type_.size + type_.ascent
    ends = [_run(scene, type_, x, row, scene.rng.randint(1, 3), block) for row in (above, below)]
    scene.canvas.rule((x, middle), (max(ends), middle), scene.ink, max(1, type_.size // 16))
    return max(ends)


def noted(scene: Scene) -> None:
    """A page with small raised marks in the text and beside the notes at its foot."""
    canvas, rng, margin = scene.canvas, scene.rng, scene.margin
    width, body = canvas.width - 2 * margin, scene.type()
    floor = canvas.height - margin - rng.uniform(0.1, 0.3) * canvas.height
    y, pitch, mark = margin, body.height * rng.uniform(1.1, 1.5), 1
    while y + body.height < floor:
        block = canvas.new_block()
        for _ in range(rng.randint(2, 9)):
            if y + body.height > floor:
                break
            mark += _noted_line(scene, body, margin, y, width, mark, block)
            y += pitch
        y += rng.choice((0.0, 0.5)) * pitch
    canvas.rule((margin, floor + 4), (margin + 0.3 * width, floor + 4), scene.ink)
    _notes(scene, margin, floor + 10, width)


def _noted_line(scene: Scene, type_: Type, left: float, top: float, width: float, mark: int, block: int) -> int:
    """A line of text, one in four with a mark behind a word; gives how many marks it took."""
    rng = scene.rng
    words = set_words(scene.text.running(round(2.0 * width / type_.size)), type_, scene.text.script)
    while words and sum(word.width + type_.space for word in words) > width - type_.size:
        words.pop()
    shifts = [0.0] * sum(len(word.pieces) for word in words)
    small = scene.type(0.6).set_word(_mark(mark, rng)) if rng.random() < 0.25 and words else None
    if small is not None:
        place = rng.randint(1, len(words))
        at = sum(len(word.pieces) for word in words[:place])
        words.insert(place, SetWord(small.text, small.pieces, small.width, glued=True))
        shifts[at:at] = [-_RAISED * type_.size] * len(small.pieces)
    scene.canvas.place_line(
        words, type_, left, top + type_.ascent, ink=scene.ink, language=scene.text.language, block=block,
        jitter=shifts or [0.0], kind="paragraph",
    )  # fmt: skip
    return int(small is not None)


def _mark(number: int, rng: random.Random) -> str:
    return rng.choice((str(number), str(number), "*", "†", f"[{number}]"))


def _notes(scene: Scene, left: float, top: float, width: float) -> None:
    """Notes in small print, the number of each standing by itself before its first line."""
    small, rng = scene.type(0.75), scene.rng
    number, bottom = 1, scene.canvas.height - 0.5 * scene.margin
    while top + small.height < bottom:
        scene.line(str(number), scene.type(rng.choice((0.5, 0.75))), left, top, 2 * small.size)
        text = scene.text.running(rng.randint(30, 200))
        end = scene.paragraph(text, small, left + 2.2 * small.size, top, width - 2.2 * small.size, bottom, leading=1.08)
        if end == top:
            return
        top, number = end, number + 1
