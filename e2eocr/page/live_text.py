"""The live text of a document's pages: what of it is taken, and the page put together of it and what is read beside."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from e2eocr.documents.base import FORM_FIELD, LayerLine, TextLayer
from e2eocr.page.directions import direction_of
from e2eocr.page.layer import (
    MAX_SAMPLES,
    FontVerdict,
    are_trusted,
    bare_place,
    choose_samples,
    draw_samples,
    hidden_lines,
    judge_lines,
    seen_lines,
    word_boxes,
)
from e2eocr.results import Box, Line, Page, Polygon, Unread, bounding_box
from recognizers.base import LineText, Recognizer
from recognizers.charset import script_of

PAGES_TOGETHER = 8  # pages whose fonts are judged once; a page's verdicts never depend on who reads the ones before it
_FRAGMENT_ROOM, _MAX_FRAGMENT = 0.4, 0.7  # of a word's height: around it, and how tall what it leaves out may be
_MIN_PICTURE = 3.0  # times the usual height of words, from which what was read as one letter is none
_TURNS = 3  # of lines that are read of a font whose verdict is not clear
_PAINT_ROOM = 0.12  # of a word's height: what its strokes may reach beyond its box


@dataclass(frozen=True, slots=True)
class LiveText:
    """What is taken of a page's own text.

    Attributes:
        lines: In the PDF's own order.
        bare: A box around all ink of the page that may be text and that they do not explain; None where there is none.
    """

    lines: tuple[LayerLine, ...]
    bare: Box | None = None

    @property
    def has_order(self) -> bool:
        """Whether the PDF draws all of it in some order; what is written in fields stands in none."""
        return all(each.font != FORM_FIELD for each in self.lines)


class LayerJudge:
    """Says what of the text that the pages of one document carry is taken.

    A few lines of each font are read from the picture and compared. The verdict on a font holds for `PAGES_TOGETHER`
    pages; it is made on the first of them that shows the font, whichever is asked for first.
    """

    def __init__(self, recognizer: Recognizer, layer_at: Callable[[int], TextLayer | None]) -> None:
        self._recognizer, self._layer_at = recognizer, layer_at
        self._verdicts: dict[str, FontVerdict] = {}
        self._next_page = 0

    def take(self, index: int, layer: TextLayer) -> LiveText:
        """What is taken of the text of a page, by its index from 0."""
        seen = seen_lines(layer)
        verdicts = self._verdicts_for(index, layer, seen)
        taken = [each for each in seen if verdicts.get(each.font, FontVerdict()).is_believed]
        taken += self._trusted_hidden(layer)
        return LiveText(tuple(taken), bare_place(layer, taken) if taken else None)

    def _verdicts_for(self, index: int, layer: TextLayer, seen: Sequence[LayerLine]) -> Mapping[str, FontVerdict]:
        first = index - index % PAGES_TOGETHER
        if not first <= self._next_page <= index:
            self._verdicts, self._next_page = {}, first
        for earlier in range(self._next_page, index):
            if (other := self._layer_at(earlier)) is not None:
                self._judge(other, seen_lines(other))
        self._judge(layer, seen)
        self._next_page = index + 1
        return self._verdicts

    def _judge(self, layer: TextLayer, seen: Sequence[LayerLine]) -> None:
        """Read lines of fonts that have no verdict yet, until it is clear; at most six of a page."""
        verdicts: dict[str, FontVerdict] = {}
        left = MAX_SAMPLES
        for samples in choose_samples([each for each in seen if each.font not in self._verdicts])[:_TURNS]:
            asked = [each for each in samples if not verdicts.get(each.font, FontVerdict()).is_clear][:left]
            left -= len(asked)
            verdicts = judge_lines(asked, self._read(layer, asked), verdicts)
        self._verdicts.update(verdicts)

    def _trusted_hidden(self, layer: TextLayer) -> tuple[LayerLine, ...]:
        """Another program's reading of a scan where it is as good as ours."""
        hidden = hidden_lines(layer)
        samples = [each for turn in choose_samples(hidden) for each in turn][:MAX_SAMPLES]
        return hidden if are_trusted(samples, self._read(layer, samples)) else ()

    def _read(self, layer: TextLayer, samples: Sequence[LayerLine]) -> list[LineText]:
        return self._recognizer.read(draw_samples(layer, samples)) if samples else []


def live_lines(lines: Sequence[LayerLine]) -> list[Line]:
    """Lines of a layer as lines of their page."""
    return [_live_line(each.line) for each in lines]


def _live_line(line: Line) -> Line:
    script = script_of(line.text)
    direction = direction_of(line.text, script, line.polygon)
    return replace(line, script=script, direction=direction, origin="text-layer")


def paint_over(pixels: np.ndarray, lines: Sequence[Line], box: Box) -> None:
    """Paint the ground over the words of lines, in place: what is left is others'.

    Args:
        pixels: What of a page is in the box, `(h, w, 3)` uint8 RGB.
        lines: Of the page.
        box: Its left and top are whole pixels.
    """
    for line in lines:
        for word in line.words:
            x0, x1 = (x - box[0] for x in (word.bbox[0], word.bbox[2]))
            y0, y1 = (y - box[1] for y in (word.bbox[1], word.bbox[3]))
            room = 1.0 + _PAINT_ROOM * (y1 - y0)
            top, left = max(0, int(y0 - room)), max(0, int(x0 - room))
            part = pixels[top : max(0, math.ceil(y1 + room)), left : max(0, math.ceil(x1 + room))]
            if part.size:
                part[:] = _ground_of(part)


def _ground_of(part: np.ndarray) -> np.ndarray:
    """The usual colour along the edges of a picture `(h, w, 3)`."""
    edges = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    return np.median(edges, axis=0).astype(np.uint8)


def moved_page(part: Page, box: Box, width: int, height: int) -> Page:
    """What was read in a box of a page, on the page of this size."""
    left, top = box[:2]

    def moved(polygon: Polygon) -> Polygon:
        return tuple((round(x + left, 1), round(y + top, 1)) for x, y in polygon)

    def moved_line(line: Line) -> Line:
        words = tuple(replace(word, polygon=moved(word.polygon)) for word in line.words)
        return replace(line, polygon=moved(line.polygon), words=words, outline=moved(line.outline))

    return replace(
        part,
        width=width,
        height=height,
        lines=tuple(map(moved_line, part.lines)),
        illegible=tuple(map(moved, part.illegible)),
        unread=tuple(replace(each, polygon=moved(each.polygon)) for each in part.unread),
    )


def merge_lines(read: Page, live: Sequence[Line]) -> Page:
    """A page whose rest was read, with the lines that it carries, in no order.

    Crumbs of these are no lines, and neither are pictures that were taken for one letter: they are told as unread.
    """
    words = word_boxes(live)
    whole = [line for line in read.lines if not _is_fragment(line.bbox, words)]
    largest = _MIN_PICTURE * float(np.median(words[:, 3] - words[:, 1])) if len(words) else np.inf
    pictures = [line for line in whole if len(line.text) == 1 and line.bbox[3] - line.bbox[1] > largest]
    lines = tuple(line for line in whole if line not in pictures)
    unread = [each for each in read.unread if not _is_fragment(each.bbox, words)]
    return replace(
        read,
        rotation=0,
        skew=0.0,
        origin="mixed" if lines else "text-layer",
        lines=(*live, *lines),
        illegible=tuple(each for each in read.illegible if not _is_fragment(bounding_box(each), words)),
        unread=(*unread, *(Unread(line.polygon, "no-text-found") for line in pictures)),
    )


def _is_fragment(box: Box, words: np.ndarray) -> bool:
    """Whether what was read is a mark that a word's box leaves out, as of letters with several accents.

    Args:
        box: Of what was read.
        words: `(n, 4)` boxes of the words that the page carries.
    """
    x, y, height = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[3] - box[1]
    heights = words[:, 3] - words[:, 1]
    room = _FRAGMENT_ROOM * heights
    beside = (words[:, 0] - room <= x) & (x <= words[:, 2] + room)
    within = (words[:, 1] - room <= y) & (y <= words[:, 3] + room)
    return bool((beside & within & (height < _MAX_FRAGMENT * heights)).any())
