"""What of the text that a PDF page carries is the page's text: what a person sees, and what says what the picture says.

Text without ink in the drawn page is covered, white on white or cut off: it is left out. Text of a font that says
something else than the picture does is not believed. Ink that no text covers is for us to read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import cv2
import numpy as np

from e2eocr.documents.base import FORM_FIELD, LEADER_DOTS, LayerLine, TextLayer
from e2eocr.results import Box, Line, Word, bounding_box, join_words
from recognizers.base import LineText

_MIN_CONTRAST = 20  # grey levels in one channel between a word's ink and its ground in the preview
_INNER = 0.15  # of a word's height that is cut off its box, so that the edge of a bar over it is no ink
_THIN = 5.5  # pixels of the preview
_DOUBLE_SHIFT = 0.5  # of a word's height: the same word as near as that is its shadow
_MIN_INK = 30  # grey levels
_GROUND_WINDOW = 43  # pixels of the preview in which most are the ground; larger shapes are pictures and panels
_PANEL = (16, 30)  # pixels of the preview: ink that covers such a box is no letter, but may be the ground of some
_RULES = ((1, 60), (60, 1))  # pixels of the preview: a straight stroke as long as that is none of a mark
_WORD_ROOM = 0.3  # of a word's height around it that its own strokes and underlines may take
_MARK_HEIGHTS = (5, 56)  # pixels of the preview, of what may be a letter
_MIN_MARKS = 3
_BARE_ROOM = 40  # pixels of the preview around ink that is to be read
_MIN_COVERED = 2  # letters and digits
_MAX_FILL = 0.85  # of its box: a letter has white in it
MAX_SAMPLES = 6
_SAMPLE_LENGTHS = (3, 60)  # characters
_SAMPLE_PADDING = 0.2  # of the line's height
_MIN_LEGIBILITY = 0.95  # of clean print it is more; a script that we do not know came to 0.905
_MIN_LIKENESS = 0.5
_MIN_HIDDEN_LIKENESS = 0.97


def seen_lines(layer: TextLayer) -> tuple[LayerLine, ...]:
    """The lines of a layer that a person sees, each with those of its words that have ink, and no word twice.

    Lines that are hidden as a whole, another program's reading of a scan, are not among them, nor are those whose
    characters are not mapped to Unicode.
    """
    channels = cv2.split(layer.preview)
    shown: dict[str, list[Word]] = {}
    lines = []
    for each in layer.lines:
        if each.is_hidden:
            continue
        inked = [word for word in each.line.words if _has_ink(channels, word, layer.scale)]
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


def covered_words(layer: TextLayer, shown: Iterable[LayerLine] = ()) -> tuple[Word, ...]:
    """Words of a layer that nobody can see on the page, hidden lines among them: who copies the page gives them out.

    Marks and single letters are left out: a thin one may be too faint in the preview.

    Args:
        layer: The page's text and its preview.
        shown: Lines whose words are known to be seen.
    """
    channels = cv2.split(layer.preview)
    known = {id(word) for each in shown for word in each.line.words}
    words = (word for each in layer.lines if each.font != FORM_FIELD for word in each.line.words)
    words = (word for word in words if id(word) not in known)
    return tuple(
        word
        for word in words
        if sum(map(str.isalnum, word.text)) >= _MIN_COVERED and not _has_ink(channels, word, layer.scale)
    )


def bare_place(layer: TextLayer, lines: Iterable[LayerLine]) -> Box | None:
    """Where the drawn page shows marks that may be letters where none of the lines stands.

    Args:
        layer: The page's text and its preview.
        lines: The lines whose ink is explained.

    Returns:
        A box of whole pixels of the page around all of them with some room, as far as it is on the page; None where
        there are too few to be text.
    """
    grey = cv2.cvtColor(layer.preview, cv2.COLOR_RGB2GRAY)
    pieces = _bare_pieces(_ink(grey), word_boxes(each.line for each in lines) * layer.scale)
    if int(_are_marks(pieces).sum()) < _MIN_MARKS:
        return None
    large = pieces[pieces[:, cv2.CC_STAT_HEIGHT] >= _MARK_HEIGHTS[0]]
    starts, ends = large[:, :2].min(axis=0) - _BARE_ROOM, (large[:, :2] + large[:, 2:4]).max(axis=0) + _BARE_ROOM
    x0, y0, x1, y1 = np.clip([*starts, *ends], 0, (grey.shape[1], grey.shape[0]) * 2) / layer.scale
    right, bottom = min(math.ceil(x1), layer.size.width), min(math.ceil(y1), layer.size.height)
    return math.floor(x0), math.floor(y0), right, bottom


def _ink(grey: np.ndarray) -> np.ndarray:
    """What of a `(h, w)` uint8 picture differs from its ground, `(h, w)` uint8, 1 where it does."""
    usual = int(cv2.calcHist([grey], [0], None, [256], [0, 256]).argmax())
    ink = _differing(grey, np.full_like(grey, usual))
    if cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(_PANEL, np.uint8)).any():
        return _differing(grey, cv2.medianBlur(grey, _GROUND_WINDOW))
    return ink  # most pages have one ground, and need not wait for the other


def _differing(grey: np.ndarray, ground: np.ndarray) -> np.ndarray:
    return cv2.threshold(cv2.absdiff(grey, ground), _MIN_INK - 1, 1, cv2.THRESH_BINARY)[1]


def _bare_pieces(ink: np.ndarray, words: np.ndarray) -> np.ndarray:
    """The connected pieces of ink that are no rules and no words, `(n, 5)` int32: left, top, width, height, area.

    Args:
        ink: Of the preview, `(h, w)` uint8; what is explained is taken out of it.
        words: Boxes of the words, `(m, 4)` pixels of the preview.
    """
    across, down = (cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(side, np.uint8)) for side in _RULES)
    ink[cv2.bitwise_or(across, down) > 0] = 0
    for x0, y0, x1, y1 in words.tolist():
        room = max(1.0, _WORD_ROOM * (y1 - y0))
        left, top = max(0, int(x0 - room)), max(0, int(y0 - room))
        ink[top : int(y1 + room) + 2, left : int(x1 + room) + 2] = 0
    return cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]


def word_boxes(lines: Iterable[Line]) -> np.ndarray:
    """Boxes of the words of lines, `(n, 4)`, in a level line as high as it: scripts stack marks far from a letter."""
    boxes = [(word.bbox, line) for line in lines for word in line.words]
    return np.array([_as_high_as(box, line) for box, line in boxes], float).reshape(-1, 4)


def _as_high_as(box: Box, line: Line) -> Box:
    (_, left), (_, right) = line.polygon[:2]
    return (box[0], line.bbox[1], box[2], line.bbox[3]) if left == right else box


def _are_marks(pieces: np.ndarray) -> np.ndarray:
    """Which pieces of ink, `(n, 5)`, have the size and the shape of letters or of words of small print; `(n,)` bool."""
    widths, heights, areas = (pieces[:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    low, high = _MARK_HEIGHTS
    return (heights >= low) & (heights <= high) & (widths >= 2) & (areas <= _MAX_FILL * widths * heights)


def _has_ink(channels: Sequence[np.ndarray], word: Word, scale: float) -> bool:
    """Whether a word stands out from its ground in one of the channels of the preview, `(h, w)` uint8 each."""
    x0, y0, x1, y1 = (value * scale for value in word.bbox)
    # The edge of a bar over a word is no ink of it; a dash is as thin as an edge, and has room around it.
    margin = _INNER * (y1 - y0) if y1 - y0 >= _THIN else -1.0
    top, bottom = int(y0 + margin), math.ceil(y1 - margin)
    room = 0.0 if x1 - x0 >= _THIN else 1.0
    left, right = int(x0 - room), math.ceil(x1 + room)
    parts = (channel[max(0, top) : bottom, max(0, left) : right] for channel in channels)
    ranges = (cv2.minMaxLoc(part) for part in parts if part.size)
    return any(high - low >= _MIN_CONTRAST for low, high, _, _ in ranges)


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

    @property
    def is_clear(self) -> bool:
        """Whether no more need be asked: a line of text that is off agrees with its picture by no chance."""
        return self.alike > 0 and self.unlike == 0


def choose_samples(lines: Sequence[LayerLine]) -> list[list[LayerLine]]:
    """The lines that tell most about their fonts: one of each font, then another of each, and so on.

    Fonts with the most text come first; of each the longest lines that are not too long.
    """
    by_font: dict[str, list[LayerLine]] = {}
    for each in lines:
        if len(each.line.text) >= _SAMPLE_LENGTHS[0]:
            by_font.setdefault(each.font, []).append(each)
    queues = [sorted(members, key=_sample_worth, reverse=True) for members in by_font.values()]
    queues.sort(key=lambda members: -sum(len(each.line.text) for each in members))
    return [[members[turn] for members in queues if turn < len(members)] for turn in range(MAX_SAMPLES)]


def _sample_worth(each: LayerLine) -> int:
    length = len(each.line.text)
    return length if length <= _SAMPLE_LENGTHS[1] else _SAMPLE_LENGTHS[1] - length


def judge_lines(
    samples: Sequence[LayerLine], readings: Sequence[LineText], before: Mapping[str, FontVerdict]
) -> dict[str, FontVerdict]:
    """Hold lines of a layer against how their pictures read: a verdict for each font, the earlier ones among them."""
    verdicts = dict(before)
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
    """How alike two texts are, 0–1; spaces, case, and the leaders that a layer leaves out make no difference."""
    one, other = (_without_leaders("".join(text.split())).casefold() for text in (one, other))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _without_leaders(text: str) -> str:
    return "".join(character for character in text if character not in LEADER_DOTS)


def draw_samples(layer: TextLayer, samples: Sequence[LayerLine]) -> list[np.ndarray]:
    """The pictures of lines, `(h, w)` uint8 grey, upright boxes with a little room around them."""
    pictures = layer.draw([_padded(each.line.bbox) for each in samples]) if samples else []
    return [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures]


def _padded(box: Box) -> Box:
    x0, y0, x1, y1 = box
    margin = _SAMPLE_PADDING * (y1 - y0)
    return x0 - margin, y0 - margin, x1 + margin, y1 + margin
