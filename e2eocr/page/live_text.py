"""The live text of a document's pages: what of it is taken, and the page put together of it and what is read beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from e2eocr.documents.base import FORM_FIELD, LayerLine, TextLayer
from e2eocr.page.layer import (
    FontVerdict,
    are_trusted,
    choose_samples,
    draw_samples,
    has_bare_ink,
    hidden_lines,
    judge_lines,
    seen_lines,
)
from e2eocr.page.words import PageMapping
from e2eocr.results import Line, Page, PageOrigin
from recognizers.base import LineText, Recognizer

PAGES_TOGETHER = 8  # pages whose fonts are judged once; a page's verdicts never depend on who reads the ones before it
_PAINT_ROOM = 0.12  # of a word's height: what its strokes may reach beyond its box


@dataclass(frozen=True, slots=True)
class LiveText:
    """What is taken of a page's own text.

    Attributes:
        lines: In the PDF's own order.
        is_whole: Whether they explain all ink of the page that may be text.
    """

    lines: tuple[LayerLine, ...]
    is_whole: bool

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
        return LiveText(tuple(taken), bool(taken) and not has_bare_ink(layer, taken))

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
        samples = choose_samples(seen, self._verdicts)
        self._verdicts.update(judge_lines(samples, self._read(layer, samples)))

    def _trusted_hidden(self, layer: TextLayer) -> tuple[LayerLine, ...]:
        """Another program's reading of a scan where it is as good as ours."""
        hidden = hidden_lines(layer)
        samples = choose_samples(hidden, {})
        return hidden if are_trusted(samples, self._read(layer, samples)) else ()

    def _read(self, layer: TextLayer, samples: Sequence[LayerLine]) -> list[LineText]:
        return self._recognizer.read(draw_samples(layer, samples)) if samples else []


def place_lines(lines: Sequence[LayerLine], width: int, height: int) -> list[Line]:
    """Lines of a layer as lines of a page of this size, in pixels, none beyond its edges."""
    mapping = PageMapping(np.eye(3), width, height, padding=0.0)
    return [replace(mapping.place(each.line), origin="text-layer") for each in lines]


def paint_over(pixels: np.ndarray, lines: Sequence[Line]) -> None:
    """Paint the ground over the words of lines on a page, `(H, W, 3)` uint8 RGB, in place: what is left is others'."""
    for line in lines:
        for word in line.words:
            x0, y0, x1, y1 = word.bbox
            room = 1.0 + _PAINT_ROOM * (y1 - y0)
            top, left = max(0, int(y0 - room)), max(0, int(x0 - room))
            part = pixels[top : int(np.ceil(y1 + room)), left : int(np.ceil(x1 + room))]
            if part.size:
                part[:] = _ground_of(part)


def _ground_of(part: np.ndarray) -> np.ndarray:
    """The usual colour along the edges of a picture `(h, w, 3)`."""
    edges = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    return np.median(edges, axis=0).astype(np.uint8)


def merge_lines(read: Page, live: Sequence[Line]) -> Page:
    """A page whose rest was read, with the lines that it carries, in no order."""
    origin: PageOrigin = "mixed" if read.lines else "text-layer"
    return replace(read, rotation=0, skew=0.0, origin=origin, lines=(*live, *read.lines))
