"""What of the text that a PDF page carries is the page's text: what a person sees, and what says what the picture says.

Text without ink in the drawn page is covered, white on white or cut off: it is left out. Text of a font that says
something else than the picture does is not believed. Ink that no text covers is for us to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import cv2
import numpy as np

from e2eocr.documents.base import FORM_FIELD, LayerLine, TextLayer
from e2eocr.results import Box, Line, Word, bounding_box, join_words
from recognizers.base import LineText

_MIN_CONTRAST = 20  # grey levels in one channel between a word's ink and its ground in the preview
_INNER = 0.15  # of a word's height that is cut off its box, so that the edge of a bar over it is no ink
_THIN = 5.5  # pixels of the preview
_DOUBLE_SHIFT = 0.5  # of a word's height: the same word as near as that is its shadow
_MIN_INK = 30  # grey levels
_GROUND_WINDOW = 43  # pixels of the preview in which most are the ground; larger shapes are pictures and panels
_WORD_ROOM = 0.3  # of a word's height around it that its own strokes and underlines may take
_MARK_HEIGHTS = (5, 56)  # pixels of the preview, of what may be a letter
_MIN_MARKS = 3
_MIN_COVERED = 2  # letters and digits
_MAX_FILL = 0.85  # of its box: a letter has white in it
MAX_SAMPLES = 6
_SAMPLE_LENGTHS = (3, 60)  # characters
_SAMPLE_PADDING = 0.2  # of the line's height
_MIN_LEGIBILITY = 0.9
_MIN_LIKENESS = 0.5
_MIN_HIDDEN_LIKENESS = 0.97


def seen_lines(layer: TextLayer) -> tuple[LayerLine, ...]:
    """The lines of a layer that a person sees, each with those of its words that have ink, and no word twice.

    Lines that are hidden as a whole, another program's reading of a scan, are not among them, nor are those whose
    characters are not mapped to Unicode.
    """
    grey = layer.preview
    shown: dict[str, list[Word]] = {}
    lines = []
    for each in layer.lines:
        if each.is_hidden:
            continue
        inked = [word for word in each.line.words if _has_ink(grey, word, layer.scale)]
        if inked and each.font == FORM_FIELD:  # whose words' places are a guess
            inked = list(each.line.words)
        words = [word for word in inked if not _is_double(word, shown.setdefault(word.text, []))]
        for word in words:
            shown[word.text].append(word)
        if words:
            lines.append(replace(each, line=_with_words(each, words)))
    return tuple(each for each in lines if each.is_sane)


def hidden_lines(layer: TextLayer) -> tuple[LayerLine, ...]:
    """The lines of a layer that are another program's reading of a scan, as far as they are mapped to Unicode."""
    return tuple(each for each in layer.lines if each.is_hidden and each.is_sane)


def covered_words(layer: TextLayer) -> tuple[Word, ...]:
    """Words of a layer that nobody can see on the page, hidden lines among them: who copies the page gives them out.

    Marks and single letters are left out: a thin one may be too faint in the preview.
    """
    words = (word for each in layer.lines if each.font != FORM_FIELD for word in each.line.words)
    return tuple(
        word
        for word in words
        if sum(map(str.isalnum, word.text)) >= _MIN_COVERED and not _has_ink(layer.preview, word, layer.scale)
    )


def has_bare_ink(layer: TextLayer, lines: Iterable[LayerLine]) -> bool:
    """Whether the drawn page shows marks that may be letters where none of the lines stands.

    Args:
        layer: The page's text and its preview.
        lines: The lines whose ink is explained.
    """
    ink = _stroke_ink(cv2.cvtColor(layer.preview, cv2.COLOR_RGB2GRAY))
    for each in lines:
        for word in each.line.words:
            x0, y0, x1, y1 = (value * layer.scale for value in word.bbox)
            room = max(1.0, _WORD_ROOM * (y1 - y0))
            left, top = max(0, int(x0 - room)), max(0, int(y0 - room))
            ink[top : int(y1 + room) + 2, left : int(x1 + room) + 2] = 0
    return _count_marks(ink) >= _MIN_MARKS


def _stroke_ink(grey: np.ndarray) -> np.ndarray:
    """What differs from the ground around it in a `(h, w)` uint8 picture, as `(h, w)` uint8, 1 where it does."""
    return (cv2.absdiff(grey, cv2.medianBlur(grey, _GROUND_WINDOW)) >= _MIN_INK).astype(np.uint8)


def _count_marks(ink: np.ndarray) -> int:
    """How many connected pieces of ink have the size and the shape of letters or of words of small print."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    widths, heights, areas = (stats[1:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    low, high = _MARK_HEIGHTS
    is_mark = (heights >= low) & (heights <= high) & (widths >= 2) & (areas <= _MAX_FILL * widths * heights)
    return int(is_mark.sum())


def _has_ink(preview: np.ndarray, word: Word, scale: float) -> bool:
    x0, y0, x1, y1 = (value * scale for value in word.bbox)
    # The edge of a bar over a word is no ink of it; a dash is as thin as an edge, and has room around it.
    margin = _INNER * (y1 - y0) if y1 - y0 >= _THIN else -1.0
    top, bottom = int(y0 + margin), int(np.ceil(y1 - margin))
    room = 0.0 if x1 - x0 >= _THIN else 1.0
    left, right = int(x0 - room), int(np.ceil(x1 + room))
    part = preview[max(0, top) : bottom, max(0, left) : right].reshape(-1, 3)
    return bool(part.size) and int((part.max(axis=0) - part.min(axis=0)).max()) >= _MIN_CONTRAST


def _is_double(word: Word, shown: Sequence[Word]) -> bool:
    x0, y0, _, y1 = word.bbox
    limit = _DOUBLE_SHIFT * (y1 - y0)
    return any(abs(x0 - other.bbox[0]) <= limit and abs(y0 - other.bbox[1]) <= limit for other in shown)


def _with_words(each: LayerLine, words: Sequence[Word]) -> Line:
    """A line with some of its words; the very line where these are all."""
    if len(words) == len(each.line.words):
        return each.line
    x0, y0, x1, y1 = bounding_box(tuple(corner for word in words for corner in word.polygon))
    polygon = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return replace(each.line, text=join_words(words), words=tuple(words), polygon=polygon)


@dataclass(frozen=True, slots=True)
class FontVerdict:
    """What comparing lines of a layer with their picture came to: how many say the same, and how many do not.

    Lines that we cannot read surely have no say.
    """

    alike: int = 0
    unlike: int = 0

    @property
    def is_believed(self) -> bool:
        """Whether the text is to be taken: what nothing speaks against is."""
        return self.alike >= self.unlike


def choose_samples(lines: Sequence[LayerLine], verdicts: Mapping[str, FontVerdict]) -> list[LayerLine]:
    """The lines that tell most about the fonts that have no verdict yet, at most six a page.

    Fonts take turns, those with the most text first; of each the longest lines that are not too long.
    """
    by_font: dict[str, list[LayerLine]] = {}
    for each in lines:
        known = verdicts.get(each.font)
        if known is None and len(each.line.text) >= _SAMPLE_LENGTHS[0]:
            by_font.setdefault(each.font, []).append(each)
    queues = [sorted(members, key=_sample_worth, reverse=True) for members in by_font.values()]
    queues.sort(key=lambda members: -sum(len(each.line.text) for each in members))
    turns = [members[turn] for turn in range(MAX_SAMPLES) for members in queues if turn < len(members)]
    return turns[:MAX_SAMPLES]


def _sample_worth(each: LayerLine) -> int:
    length = len(each.line.text)
    return length if length <= _SAMPLE_LENGTHS[1] else _SAMPLE_LENGTHS[1] - length


def judge_lines(samples: Sequence[LayerLine], readings: Sequence[LineText]) -> dict[str, FontVerdict]:
    """Hold lines of a layer against how their pictures read; a verdict for each font that has one."""
    verdicts: dict[str, FontVerdict] = {}
    for each, reading in zip(samples, readings, strict=True):
        if reading.legibility < _MIN_LEGIBILITY or not reading.text:
            continue
        alike = likeness(each.line.text, reading.text) >= _MIN_LIKENESS
        known = verdicts.get(each.font, FontVerdict())
        verdicts[each.font] = FontVerdict(known.alike + alike, known.unlike + (not alike))
    return verdicts


def are_trusted(samples: Sequence[LayerLine], readings: Sequence[LineText]) -> bool:
    """Whether another program's reading of a scan says what we read, so nearly that ours would be no better."""
    if not samples:
        return False
    alike = [likeness(each.line.text, reading.text) for each, reading in zip(samples, readings, strict=True)]
    return sum(alike) / len(alike) >= _MIN_HIDDEN_LIKENESS


def likeness(one: str, other: str) -> float:
    """How alike two texts are, 0–1, spaces and case left out."""
    one, other = ("".join(text.split()).casefold() for text in (one, other))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def draw_samples(layer: TextLayer, samples: Sequence[LayerLine]) -> list[np.ndarray]:
    """The pictures of lines, `(h, w)` uint8 grey, upright boxes with a little room around them."""
    pictures = layer.draw([_padded(each.line.bbox) for each in samples]) if samples else []
    return [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures]


def _padded(box: Box) -> Box:
    x0, y0, x1, y1 = box
    margin = _SAMPLE_PADDING * (y1 - y0)
    return x0 - margin, y0 - margin, x1 + margin, y1 + margin
