"""What a layout works with: a canvas, text, type and chance, and the ways to set paragraphs, rows and headings."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from e2eocr.errors import DataError
from e2eocr.synthesis.fonts.choosing import FaceChooser
from e2eocr.synthesis.fonts.faces import Face
from e2eocr.synthesis.pages.canvas import BLACK, Canvas, Colour, centred
from e2eocr.synthesis.pages.pictures import DRAWN_PICTURES, Pictures
from e2eocr.synthesis.pages.text import PageText
from e2eocr.synthesis.pages.typesetting import Type, break_lines, line_width, set_words
from e2eocr.synthesis.text.languages import RIGHT_TO_LEFT
from e2eocr.truth.records import LineTruth

_FIXED_STYLES = ("typewriter", "mono", "dots")
_DIGITS = "0123456789.,:-"
_ATTEMPTS = 8
_MAX_STRETCH = 2.5  # of the spaces of a justified row; wider ones would look like the gap between two columns


class FaceCase:
    """The faces of a synthesis: all, and those of typewriters, terminals and tills."""

    def __init__(self, faces: Sequence[Face]) -> None:
        fixed = [face for face in faces if face.style in _FIXED_STYLES]
        self._any, self._fixed = FaceChooser(faces), FaceChooser(fixed)

    def choose(self, text: PageText, rng: random.Random, *, fixed: bool = False) -> Face:
        """A face for a page's text, with digits if there is one.

        Raises:
            DataError: If no face covers text of its script.
        """
        choosers = (self._fixed, self._any) if fixed else (self._any,)
        for chooser in choosers:
            for sample in (text.phrase(5) + _DIGITS, *(text.phrase(2) for _ in range(_ATTEMPTS))):
                face = chooser.choose(sample, text.script, rng)
                if face is not None:
                    return face
        raise DataError(f"No face covers the text of {text.language}. Install fonts for it, or name fewer languages.")


@dataclass
class Scene:
    """A page that a layout fills.

    Attributes:
        canvas: Where it is drawn; lines are placed in reading order.
        text: What is written.
        case: Which faces there are.
        rng: Source of all choices.
        body: Font size of the body text, pixels.
        margin: White at the edges, pixels.
        ink: Colour of the body text.
        pictures: What is shown beside text, or stands behind it.
    """

    canvas: Canvas
    text: PageText
    case: FaceCase
    rng: random.Random
    body: int
    margin: float
    ink: Colour = BLACK
    pictures: Pictures = DRAWN_PICTURES
    _types: dict[tuple[int, bool, float], Type] = field(default_factory=dict)
    _faces: dict[bool, Face] = field(default_factory=dict)

    def face(self, *, fixed: bool = False) -> Face:
        """The page's face; `fixed`: that of its typewriter or till."""
        if fixed not in self._faces:
            self._faces[fixed] = self.case.choose(self.text, self.rng, fixed=fixed)
        return self._faces[fixed]

    def type(self, scale: float = 1.0, *, fixed: bool = False, tracking: float = 0.0) -> Type:
        """The page's face at `scale` times the size of the body."""
        size = max(6, round(self.body * scale))
        if (size, fixed, tracking) not in self._types:
            self._types[size, fixed, tracking] = self._make_type(self.face(fixed=fixed), size, fixed, tracking)
        return self._types[size, fixed, tracking]

    def other_type(self, scale: float = 1.0) -> Type:
        """Another face, as headings have half the time."""
        if self.rng.random() < 0.5:
            return self.type(scale)
        return self._make_type(self.case.choose(self.text, self.rng), max(6, round(self.body * scale)))

    def _make_type(self, face: Face, size: int, typed: bool = False, tracking: float = 0.0) -> Type:
        phrases = [self.text.phrase(6) for _ in range(_ATTEMPTS)]
        sample = next((each for each in phrases if face.covers(each)), "") + ("Hdpg" if face.covers("Hdpg") else "")
        weights = [(low, high) for tag, low, high in face.axes if tag == "wght"]
        weight = round(self.rng.uniform(*weights[0]), -2) if weights else None
        by_character = typed and face.style == "typewriter"
        return Type(face, size, sample, by_character=by_character, tracking=tracking, weight=weight)

    def line(
        self,
        text: str,
        type_: Type,
        left: float,
        top: float,
        width: float,
        *,
        align: str = "left",
        ink: Colour | None = None,
        block: int | None = None,
        kind: str = "paragraph",
    ) -> LineTruth | None:
        """Set a single line in a box, its ascenders at `top`; words that do not fit are left out."""
        words = set_words(text, type_, self.text.script)
        while words and line_width(words, type_.space) > width:
            words.pop()
        return self.canvas.place_line(
            words,
            type_,
            centred(words, type_, left, width, align),
            top + type_.ascent,
            ink=self.ink if ink is None else ink,
            language=self.text.language,
            block=self.canvas.new_block() if block is None else block,
            kind=kind,
        )

    def paragraph(
        self,
        text: str,
        type_: Type,
        left: float,
        top: float,
        width: float,
        bottom: float,
        *,
        align: str = "justify",
        leading: float = 1.2,
        indent: float = 0.0,
        ink: Colour | None = None,
        jitter: Sequence[float] = (),
        kind: str = "paragraph",
    ) -> float:
        """Set a paragraph as far as it fits above `bottom`.

        Returns:
            Where the next may begin, pixels from the top.
        """
        words = set_words(text, type_, self.text.script)
        block, pitch = self.canvas.new_block(), leading * type_.height
        rows = break_lines(words, type_, width, indent=indent)
        for number, row in enumerate(rows):
            if top + type_.height > bottom:
                break
            shift = indent if number == 0 and align != "centre" else 0.0
            space, gaps = type_.space, sum(not word.glued for word in row[1:])
            if align == "justify" and number < len(rows) - 1 and gaps:
                space = min(space + (width - shift - line_width(row, space)) / gaps, _MAX_STRETCH * space)
            spare = width - shift - line_width(row, space)
            self.canvas.place_line(
                row,
                type_,
                left + (spare / 2 if align == "centre" else self._start(spare, shift)),
                top + type_.ascent,
                ink=self.ink if ink is None else ink,
                language=self.text.language,
                block=block,
                space=space,
                jitter=jitter,
                kind=kind,
            )
            top += pitch
        return top

    def _start(self, spare: float, shift: float) -> float:
        """Where a line begins whose text starts at its side's edge: left, or right in Arabic and Hebrew."""
        return spare if self.text.script in RIGHT_TO_LEFT else shift

    def prose(
        self,
        left: float,
        top: float,
        width: float,
        bottom: float,
        type_: Type | None = None,
        *,
        align: str = "justify",
        leading: float | None = None,
        gap: float | None = None,
        jitter: Sequence[float] = (),
    ) -> float:
        """Fill a box with paragraphs, `gap` pixels between them; returns where they end."""
        type_ = type_ or self.type()
        leading = self.rng.uniform(1.06, 1.5) if leading is None else leading
        gap = self.rng.choice((0.0, 0.4, 1.0)) * type_.height if gap is None else gap
        indent = self.rng.choice((0.0, 1.5 * type_.size, 3.0 * type_.size))
        per_line = max(width / (0.5 * type_.size), 4.0)
        while top + type_.height <= bottom:
            text = self.text.running(round(per_line * self.rng.randint(2, 9)))
            before = top
            top = self.paragraph(
                text, type_, left, top, width, bottom, align=align, leading=leading, indent=indent, jitter=jitter
            )
            if top == before:
                break
            top += gap
        return top

    def row(self, cells: Sequence[tuple[str, float, float, str]], type_: Type, top: float, block: int) -> None:
        """Set a row of cells `(text, left, width, align)`, each a line of its own."""
        for text, left, width, align in cells:
            self.line(text, type_, left, top, width, align=align, block=block)
