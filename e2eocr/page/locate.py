"""Where the lines of a page are: one way for each kind of detector, and the page as its lines are cut from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np

from detectors.base import SURE_SCORE, Detections, Detector, Layout
from e2eocr.page.combs import Comb, cut_comb, find_combs, without_combs
from e2eocr.page.crops import LINE_PADDING, cut_lines
from e2eocr.page.ends import open_ends
from e2eocr.page.faint_ends import reach_faint_marks
from e2eocr.page.fit import fit_quads
from e2eocr.page.joining import join_pieces, join_quads
from e2eocr.page.leaning import level_words
from e2eocr.page.orientation import (
    Orientation,
    common_skew,
    find_on_end,
    find_orientation,
    run_on_end,
    try_turns,
    turn_sideways,
)
from e2eocr.page.panels import even_panels
from e2eocr.page.straighten import Straightened, map_points, straighten, turn_page
from e2eocr.page.strips import cut_strip, fit_strip
from e2eocr.page.uprights import part_at_rules
from recognizers.base import LineText, Recognizer

OUTLINE_MARGIN = 0.125


@dataclass(frozen=True, slots=True)
class LocatedLines:
    """The lines of a page, where they were found.

    Attributes:
        upright: The page as its lines are cut from it.
        quads: `(n, 4, 2)` float32 pixels of that page, clockwise from the top left of the lines' text.
        scores: `(n,)` float32, how sure the detector is of each; under `SURE_SCORE` its reading must prove it.
        padding: Margin with which crops are cut, as a fraction of the line's height.
        margin: Room between a quad and the outline that results give for its line, likewise: a quad that was fitted to
            the ink lies closer than a person would draw it.
        outlines: Of the lines that bend, by their place among the quads: `(2 m, 2)` float32, the points of the upper
            edge in reading direction, then of the lower edge back.
        boxes: Of the lines whose characters stand in boxes of a form, likewise: `(m, 4, 2)` float32, what is cut of
            each.
        combs: `(k, 4, 2)` float32, corners of all rows of such boxes.
    """

    upright: Straightened
    quads: np.ndarray
    scores: np.ndarray
    padding: float = LINE_PADDING
    margin: float = 0.0
    outlines: Mapping[int, np.ndarray] = field(default_factory=dict)
    boxes: Mapping[int, np.ndarray] = field(default_factory=dict)
    combs: np.ndarray = field(default_factory=lambda: np.zeros((0, 4, 2), np.float32))

    def cut(self) -> list[np.ndarray]:
        """The lines as upright pictures, `(h, w)` uint8 grey, in the order of the quads."""
        pixels, padding = self.upright.pixels, self.padding
        straight = [at for at in range(len(self.quads)) if at not in self.outlines and at not in self.boxes]
        crops = dict(zip(straight, cut_lines(pixels, self.quads[straight], padding=padding), strict=True))
        crops |= {at: cut_strip(pixels, outline, padding=padding) for at, outline in self.outlines.items()}
        crops |= {at: cut_comb(pixels, parts, padding=padding) for at, parts in self.boxes.items()}
        return [crops[at] for at in range(len(self.quads))]

    def cut_again(self, page: np.ndarray, quads: Sequence[np.ndarray] | np.ndarray) -> list[np.ndarray]:
        """Other lines, their quads `(4, 2)` on the upright page, cut out of the page `(H, W, 3)` as `cut` does."""
        return cut_lines(page, map_points(np.array(quads, np.float32), self.upright.to_page), padding=self.padding)

    def without_copy(self, page: np.ndarray) -> LocatedLines:
        """The same with the page `(H, W, 3)` itself in place of its straightened copy, which can be let go."""
        return replace(self, upright=replace(self.upright, pixels=page))


class LineFinder(Protocol):
    """Finds the lines of pages, `(H, W, 3)` uint8 RGB; a recognizer tells which way they run."""

    def find(self, pixels: np.ndarray) -> LocatedLines:
        """The lines of a page, and the page as they are cut from it."""
        ...

    def find_upright(self, pixels: np.ndarray) -> np.ndarray:
        """The quads `(n, 4, 2)` float32 of the lines of a part of an upright page."""
        ...

    def orientation(self, pixels: np.ndarray) -> Orientation:
        """How a page lies."""
        ...


class LevelFinder:
    """For detectors that find level lines alone: the page is straightened first, and turned to see how it lies."""

    def __init__(self, detector: Detector, recognizer: Recognizer) -> None:
        self._detector, self._recognizer = detector, recognizer

    def find(self, pixels: np.ndarray) -> LocatedLines:
        upright = straighten(pixels)
        found = self._detector.detect(upright.pixels)
        return LocatedLines(upright, found.quads, np.ones(len(found), np.float32))

    def find_upright(self, pixels: np.ndarray) -> np.ndarray:
        return self._detect(pixels)

    def orientation(self, pixels: np.ndarray) -> Orientation:
        return try_turns(pixels, self._detect, partial(_read_lines, self._recognizer))

    def _detect(self, pixels: np.ndarray) -> np.ndarray:
        return self._detector.detect(pixels).quads


class AnyAngleFinder:
    """For detectors that find lines whichever way they run: the page is turned by whole quarters if at all."""

    def __init__(self, detector: Detector, recognizer: Recognizer) -> None:
        self._detector, self._read = detector, partial(_read_lines, recognizer)

    def find(self, pixels: np.ndarray) -> LocatedLines:
        pixels = even_panels(pixels)
        found = self._detector.detect(pixels)
        turn = self._orientation(pixels, _sure(found)).turn
        upright = turn_page(pixels, turn) if turn else Straightened(pixels)
        if turn:
            # Detectors know level lines best.
            found = self._detector.detect(upright.pixels)
        combs = find_combs(upright.pixels)
        found = part_at_rules(upright.pixels, without_combs(found, combs))
        quads = level_words(turn_sideways(found.quads, partial(self._read, upright.pixels)))
        upright = replace(upright, skew=common_skew(quads))
        outlines = _fit_outlines(upright.pixels, found.outlines)
        straight = [at for at in range(len(quads)) if at not in outlines]
        quads = quads.copy()
        quads[straight] = open_ends(reach_faint_marks(upright.pixels, fit_quads(upright.pixels, quads[straight])))
        located = LocatedLines(upright, quads, found.scores, margin=OUTLINE_MARGIN, outlines=outlines)
        located = _with_pieces_joined(located, [at for at in straight if located.scores[at] >= SURE_SCORE])
        return _with_combs(located, combs)

    def find_upright(self, pixels: np.ndarray) -> np.ndarray:
        return fit_quads(pixels, turn_sideways(self._detect(pixels), partial(self._read, pixels)))

    def orientation(self, pixels: np.ndarray) -> Orientation:
        return self._orientation(pixels, self._detect(pixels))

    def _orientation(self, pixels: np.ndarray, quads: np.ndarray) -> Orientation:
        """How a page lies whose lines are `quads`: where these tell nothing but run on end, by another look."""
        told = find_orientation(quads, partial(self._read, pixels))
        if told.evidence or not run_on_end(quads):
            return told
        return find_on_end(pixels, self._detect, self._read)

    def _detect(self, pixels: np.ndarray) -> np.ndarray:
        return _sure(self._detector.detect(pixels))


class CutLineFinder:
    """For pictures that are lines already, cut by someone: they stay as they are."""

    def __init__(self, detector: Detector, recognizer: Recognizer) -> None:
        self._detector = detector

    def find(self, pixels: np.ndarray) -> LocatedLines:
        found = self._detector.detect(pixels)
        return LocatedLines(Straightened(pixels), found.quads, found.scores, padding=0.0)

    def find_upright(self, pixels: np.ndarray) -> np.ndarray:
        return np.zeros((0, 4, 2), np.float32)

    def orientation(self, pixels: np.ndarray) -> Orientation:
        return Orientation()


_FINDERS: dict[Layout, Callable[[Detector, Recognizer], LineFinder]] = {
    "level": LevelFinder,
    "any-angle": AnyAngleFinder,
    "cut-line": CutLineFinder,
}


def line_finder(detector: Detector, recognizer: Recognizer) -> LineFinder:
    """What finds the lines of a page with this detector, by the layout that the detector declares."""
    return _FINDERS[detector.layout](detector, recognizer)


def _fit_outlines(pixels: np.ndarray, outlines: np.ndarray | None) -> dict[int, np.ndarray]:
    """The outlines of those lines that bend, fitted to their ink, by the lines' places."""
    if outlines is None:
        return {}
    bent = np.flatnonzero(np.isfinite(outlines).all(axis=(1, 2)))
    return {at: fit_strip(pixels, outlines[at]) for at in bent.tolist()}


def _with_pieces_joined(located: LocatedLines, found: list[int]) -> LocatedLines:
    """The same, each of some lines in one piece, that is as sure as the surest of its pieces.

    Args:
        located: The lines of a page.
        found: Those that may be pieces: they do not bend, and need not prove by themselves that they are text.
    """
    chains = join_pieces(located.upright.pixels, located.quads[found])
    if len(chains) == len(found):
        return located
    others = sorted({*range(len(located.quads))} - {*found})
    pieces = sorted([[found[at] for at in chain] for chain in chains] + [[at] for at in others])
    return replace(
        located,
        quads=np.array([join_quads(located.quads[chain]) for chain in pieces], np.float32),
        scores=np.array([located.scores[chain].max() for chain in pieces], np.float32),
        outlines={to: located.outlines[chain[0]] for to, chain in enumerate(pieces) if chain[0] in located.outlines},
    )


def _with_combs(located: LocatedLines, combs: Sequence[Comb]) -> LocatedLines:
    """The same with a line more for each comb of the page."""
    if not combs:
        return located
    first = len(located.quads)
    return replace(
        located,
        quads=np.concatenate([located.quads, [comb.line for comb in combs]]).astype(np.float32),
        scores=np.concatenate([located.scores, np.ones(len(combs))]).astype(np.float32),
        boxes={first + at: comb.parts for at, comb in enumerate(combs)},
        combs=np.array([comb.frame for comb in combs], np.float32),
    )


def _sure(found: Detections) -> np.ndarray:
    """The quads, `(n, 4, 2)`, of lines whose outlines tell which way they run."""
    return found.quads[found.scores >= SURE_SCORE]


def _read_lines(recognizer: Recognizer, pixels: np.ndarray, quads: np.ndarray) -> list[LineText]:
    return recognizer.read(cut_lines(pixels, quads, padding=LINE_PADDING))
