"""The text that a PDF page carries, as lines with words and quads.

Whether it is the page's text is not decided here: each line tells its font, whether its characters are mapped to
Unicode, and whether they are drawn at all. `e2eocr.page.layer` holds that against the picture of the page.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from pypdfium2 import PdfPage

from e2eocr.documents.base import LEADER_DOTS, LayerLine
from e2eocr.documents.form_fields import read_fields
from e2eocr.documents.glyphs import Glyphs, PageMap, is_printable, map_page, read_glyphs
from e2eocr.results import Line, Polygon, Word, join_words
from recognizers.spacing import word_ranges

_SANE_SHARE = 0.7
_GAP_IN_HEIGHTS = 3.0  # a wider gap parts two columns or table cells
_STEP_IN_HEIGHTS = 0.7  # a larger step across the line begins a new one; superscripts step less
_SAME_WAY = 0.9  # cosine between the directions of two characters of one line
_HEIGHTS_REMEMBERED = 8
_MIN_LEADER = 4  # dots in a row that are no ellipsis
_MAX_STEP = 12.0  # of a dot's height, to the next of a leader; entries of a table stand farther apart
_STOP_ROOM = 1.2  # of the height of the letters beside it: more than a full stop needs
_MIN_LONE_LETTERS = 4  # that stand alone where letters are taken for ones set apart
_MAX_SPACING = 0.5  # of the line's height: the widest usual gap between letters set apart
_SPACING_SPREAD = 0.12  # of the line's height: how much wider than usual such a gap may be


def read_text_layer(page: PdfPage, scale: float) -> tuple[LayerLine, ...]:
    """Read a page's text in its own order; the caller holds the PDFium lock.

    Leaders, the rows of dots that lead the eye to a page number, are no text and left out. Letters that are set with
    spaces between them are one word. What is written in the fields of a form comes behind all else.

    Args:
        page: An open page.
        scale: Pixels a point.

    Returns:
        Its lines; empty where it carries no text.
    """
    page_map = map_page(page, scale)
    typeset = _Typeset(read_glyphs(page, page_map), page_map)
    parts = (part for run in _split_runs(typeset) for part in _split_at_gaps(typeset, run))
    kept = (_drop_leaders(typeset, part) for part in _drop_lone_dots(typeset, parts))
    lines = (_build_line(typeset, _join_spaced_letters(typeset, part)) for part in kept)
    return tuple(line for line in [*lines, *read_fields(page, page_map)] if line is not None)


class _Typeset:
    """The characters of a page with what is asked of each over and over.

    Attributes:
        is_space: Whether it is one, or the dot that stands for a whole leader.
        is_base: Whether it stands on the line by itself; accents and vowel points float over or under others.
        heights: How far it reaches across its line, pixels.
        starts: Where it begins along its line, pixels.
        ends: Where it ends along its line, pixels.
        is_on_page: Whether its middle is on the page.
        boxes: What of it is on the page: left, top, right, bottom, to a tenth of a pixel.
    """

    def __init__(self, glyphs: Glyphs, page_map: PageMap) -> None:
        self.glyphs = glyphs
        self.is_space = [text.isspace() for text in glyphs.texts]
        self.is_base = [
            not space and unicodedata.category(text) not in ("Mn", "Me", "Mc")
            for text, space in zip(glyphs.texts, self.is_space, strict=True)
        ]
        along, across = glyphs.directions, glyphs.directions[:, ::-1] * (-1, 1)
        corners = _corners(glyphs.boxes)  # (n, 4, 2)
        reach, rise = ((corners * axis[:, None]).sum(axis=2) for axis in (along, across))  # (n, 4) each
        self.starts, self.ends = reach.min(axis=1).tolist(), reach.max(axis=1).tolist()
        self.heights = (rise.max(axis=1) - rise.min(axis=1)).tolist()
        middles = (glyphs.boxes[:, :2] + glyphs.boxes[:, 2:]) / 2
        self.is_on_page = ((middles >= 0) & (middles <= (page_map.width, page_map.height))).all(axis=1).tolist()
        self.boxes = page_map.on_page(glyphs.boxes).tolist()
        self.origins, self.directions = glyphs.origins.tolist(), glyphs.directions.tolist()

    def marks(self, run: Sequence[int]) -> list[int]:
        """The characters of a run that are no spaces."""
        return [at for at in run if not self.is_space[at]]


def _corners(boxes: np.ndarray) -> np.ndarray:
    """Boxes `(n, 4)` -> their corners `(n, 4, 2)`."""
    return boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)


def _split_runs(typeset: _Typeset) -> Iterator[list[int]]:
    """Cut the page's characters into lines: at line ends, and where the text steps aside or turns."""
    glyphs = typeset.glyphs
    run: list[int] = []
    last: int | None = None  # the last character that stands on the line by itself
    for at, text in enumerate(glyphs.texts):
        if typeset.is_base[at]:
            if last is not None and _steps_aside(typeset, run, last, at):
                yield run
                run = []
            last = at
        if text not in "\r\n" and (typeset.is_space[at] or typeset.is_on_page[at]):
            run.append(at)
        if glyphs.ends_line[at]:
            yield run
            run, last = [], None
    yield run


def _steps_aside(typeset: _Typeset, run: Sequence[int], last: int, at: int) -> bool:
    """Whether a character stands on another line than the last one before it."""
    (along, across), (x, y) = typeset.directions[last], typeset.directions[at]
    if along * x + across * y < _SAME_WAY:
        return True
    (last_x, last_y), (here_x, here_y) = typeset.origins[last], typeset.origins[at]
    step = (here_y - last_y) * along - (here_x - last_x) * across
    if abs(step) <= _STEP_IN_HEIGHTS:
        return False
    # Small marks such as points do not tell the size of the text: the largest character of the line does.
    height = max([typeset.heights[other] for other in run[-_HEIGHTS_REMEMBERED:]] + [typeset.heights[at], 1.0])
    return abs(step) > _STEP_IN_HEIGHTS * height


def _drop_lone_dots(typeset: _Typeset, runs: Iterable[Sequence[int]]) -> Iterator[Sequence[int]]:
    """Runs that have characters, without those that are leaders of which each dot was drawn by itself."""
    filled = (run for run in runs if typeset.marks(run))
    for level, group in itertools.groupby(filled, key=lambda run: _level_of_dots(typeset, run)):
        members = list(group)
        if level is None or not _is_leader(typeset, [at for run in members for at in typeset.marks(run)]):
            yield from members


def _level_of_dots(typeset: _Typeset, run: Sequence[int]) -> int | None:
    """Where a run that is nothing but dots stands across its direction, pixels; None of another run."""
    marks = typeset.marks(run)
    if any(typeset.glyphs.texts[at] not in LEADER_DOTS for at in marks):
        return None
    (x, y), (along, across) = typeset.origins[marks[0]], typeset.directions[marks[0]]
    return round(y * along - x * across)


def _is_leader(typeset: _Typeset, dots: Sequence[int]) -> bool:
    starts = sorted(typeset.starts[at] for at in dots)
    steps = [after - before for before, after in itertools.pairwise(starts)]
    return len(dots) >= _MIN_LEADER and max(steps) <= _MAX_STEP * max(typeset.heights[at] for at in dots)


def _drop_leaders(typeset: _Typeset, run: Sequence[int]) -> Sequence[int]:
    """A run without its rows of dots; one that is nothing else keeps nothing."""
    texts = typeset.glyphs.texts
    if sum([texts[at] in LEADER_DOTS for at in run]) < _MIN_LEADER:
        return run
    groups = itertools.groupby(run, key=lambda at: texts[at] in LEADER_DOTS or typeset.is_space[at])
    parts = [(is_dots, list(group)) for is_dots, group in groups]
    kept: list[int] = []
    for (is_dots, members), (_, after) in itertools.zip_longest(parts, parts[1:], fillvalue=(False, [])):
        if is_dots and len(typeset.marks(members)) >= _MIN_LEADER:
            points = _points_between(typeset, kept, typeset.marks(members), after)
            if not points:
                typeset.is_space[members[-1]] = True  # an entry and its page are two words
            kept += points or members[-1:]
        else:
            kept += members
    return kept


def _points_between(typeset: _Typeset, before: Sequence[int], dots: Sequence[int], after: Sequence[int]) -> list[int]:
    """The one dot that fills the place between two characters: a leader over `example.com` is told with its own."""
    if not before or not after:
        return []
    start, end = typeset.ends[before[-1]], typeset.starts[after[0]]
    room = _STOP_ROOM * max(typeset.heights[before[-1]], typeset.heights[after[0]])
    between = [at for at in dots if start <= typeset.starts[at] and typeset.ends[at] <= end]
    return between if len(between) == 1 and end - start < room else []


def _split_at_gaps(typeset: _Typeset, run: Sequence[int]) -> Sequence[Sequence[int]]:
    """Part a line where nothing is drawn over a wide gap; each part keeps its logical order."""
    marks = typeset.marks(run)
    if len(marks) < 2:
        return [run]
    height = max(1.0, *(typeset.heights[at] for at in marks))
    reach, cuts = -math.inf, []
    for start, end in sorted((typeset.starts[at], typeset.ends[at]) for at in marks):
        if math.isfinite(reach) and start - reach > _GAP_IN_HEIGHTS * height:
            cuts.append((start + reach) / 2)
        reach = max(reach, end)
    return _group_by_cuts(typeset, run, cuts) if cuts else [run]


def _group_by_cuts(typeset: _Typeset, run: Sequence[int], cuts: Sequence[float]) -> list[list[int]]:
    parts: dict[int, list[int]] = {}
    part = 0
    for at in run:
        if not typeset.is_space[at]:  # a space stays with the character before it
            part = sum((typeset.starts[at] + typeset.ends[at]) / 2 > cut for cut in cuts)
        parts.setdefault(part, []).append(at)
    return list(parts.values())


def _join_spaced_letters(typeset: _Typeset, run: Sequence[int]) -> Sequence[int]:
    """A run without the spaces that PDFium puts between letters set apart: `T a l` is one word, `see p. 4` three."""
    glyphs = typeset.glyphs
    if sum([glyphs.is_made[at] for at in run]) < _MIN_LONE_LETTERS - 1:
        return run
    joined: list[int] = []
    for _, group in itertools.groupby(run, key=lambda at: typeset.is_space[at] and not glyphs.is_made[at]):
        members = list(group)
        idle = _idle_spaces(typeset, members)
        joined += [at for at in members if at not in idle]
    return joined


def _idle_spaces(typeset: _Typeset, members: Sequence[int]) -> set[int]:
    """Of the spaces that PDFium put into a stretch of text, those no wider than the usual gap between its letters."""
    texts = typeset.glyphs.texts
    spaces = {at for at in members if typeset.is_space[at]}
    words = [list(group) for is_space, group in itertools.groupby(members, lambda at: at in spaces) if not is_space]
    lone = [word for word in words if len(word) == 1 and texts[word[0]].isalpha()]
    if len(lone) < _MIN_LONE_LETTERS or 2 * len(lone) < len(words):
        return set()
    marks = [at for at in members if typeset.is_base[at]]
    gaps = [typeset.starts[after] - typeset.ends[before] for before, after in itertools.pairwise(marks)]
    usual, height = sorted(gaps)[len(gaps) // 2], max(typeset.heights[at] for at in marks)
    if not 0 < usual < _MAX_SPACING * height:
        return set()
    limit = usual + _SPACING_SPREAD * height
    narrow = [pair for pair, gap in zip(itertools.pairwise(marks), gaps, strict=True) if gap <= limit]
    return {at for before, after in narrow for at in range(before + 1, after) if at in spaces}


def _build_line(typeset: _Typeset, run: Sequence[int]) -> LayerLine | None:
    """One line with its words; None if there is nothing but space."""
    groups = itertools.groupby(run, key=lambda at: typeset.is_space[at])
    words = [word for is_space, group in groups if not is_space for word in _build_words(typeset, list(group))]
    if not words:
        return None
    glyphs, marks = typeset.glyphs, typeset.marks(run)
    return LayerLine(
        line=Line(join_words(words), 1.0, _quad_around(typeset, marks), words=tuple(words)),
        font=Counter(glyphs.fonts[at] for at in marks).most_common(1)[0][0],
        is_sane=sum(glyphs.is_sane[at] for at in marks) >= _SANE_SHARE * len(marks),
        is_hidden=2 * sum(glyphs.is_hidden[at] for at in marks) > len(marks),
    )


def _build_words(typeset: _Typeset, members: Sequence[int]) -> Iterator[Word]:
    """What stands between two spaces: one word, or several in a script without spaces."""
    texts = [typeset.glyphs.texts[at] for at in members]
    ends = {end for _, end in word_ranges("".join(texts))}
    start, glued = 0, False
    for place, reached in enumerate(itertools.accumulate(map(len, texts)), start=1):
        if reached in ends:
            word = _build_word(typeset, members[start:place])
            if word.text:
                yield replace(word, glued=glued)
                glued = True
            start = place


def _build_word(typeset: _Typeset, members: Sequence[int]) -> Word:
    text = "".join([typeset.glyphs.texts[at] for at in members])
    if not text.isprintable():
        text = "".join(character for character in text if is_printable(character) or character == "\ufffd")
        # A character beyond the BMP may come as two surrogate halves: joined here; a lone half is lost.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Word(unicodedata.normalize("NFC", text), 1.0, _quad_around(typeset, members))


def _quad_around(typeset: _Typeset, members: Sequence[int]) -> Polygon:
    """The quad around characters, along the first one's direction, clockwise from the text's own top left."""
    x, y = typeset.directions[members[0]]
    if y == 0 and x > 0:  # level, as nearly all text is
        lefts, tops, rights, bottoms = zip(*[typeset.boxes[at] for at in members], strict=True)
        left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
        return (left, top), (right, top), (right, bottom), (left, bottom)
    axes = np.array([[x, y], [-y, x]])  # along the text, and down from it
    places = _corners(np.array([typeset.boxes[at] for at in members])).reshape(-1, 2) @ axes.T
    (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
    corners = (np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ axes).tolist()
    return tuple((round(corner[0], 1), round(corner[1], 1)) for corner in corners)
