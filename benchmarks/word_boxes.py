"""How well the boxes of words lie on them: readings of drawn pages against the places of their words.

    python benchmarks/word_boxes.py STORE [--detector NAME|DIR] [--recognizer NAME|DIR] [--json FILE]

STORE is a folder of `e2eocr synth pages`. Lines are cut by their true corners, or found by a detector where one is
named. A word counts where it was read as it stands. The figure is the intersection over union of its quad and the true
one, by how the line runs on the page.
"""

from __future__ import annotations

import argparse
import difflib
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from e2eocr.documents import PageImage
from e2eocr.models.loading import load_recognizer
from e2eocr.page.crops import LINE_PADDING, cut_lines
from e2eocr.page.words import PageMapping
from e2eocr.pipeline import Pipeline, load_pipeline
from e2eocr.results import Word
from e2eocr.settings import ReadSettings
from e2eocr.truth.page_shards import PageStore
from e2eocr.truth.records import LineTruth, PageSample
from recognizers.base import Recognizer

SLANT = 0.5  # degrees from which a line counts as slanted


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how well the boxes of words lie on them.")
    parser.add_argument("store", type=Path, help="folder of `e2eocr synth pages`")
    parser.add_argument("--detector", help="name or folder of a bundle; without it lines are cut by their true corners")
    parser.add_argument("--recognizer", default="alphabetic", help="name or folder of a bundle")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    if arguments.detector:
        pipeline = load_pipeline(ReadSettings(detector=arguments.detector, recognizer=arguments.recognizer))
        measure = partial(found_overlaps, pipeline=pipeline)
    else:
        measure = partial(cut_overlaps, recognizer=load_recognizer(arguments.recognizer))
    overlaps: dict[str, list[float]] = defaultdict(list)
    store = PageStore(arguments.store)
    for index in range(len(store)):
        for run, overlap in measure(store[index]):
            overlaps[run].append(overlap)
    figures = {run: summary(found) for run, found in sorted(overlaps.items())}
    figures["all"] = summary([overlap for found in overlaps.values() for overlap in found])
    for run, row in figures.items():
        print(f"{run:10} {row['words']:7.0f} words  median {row['median']:.3f}  a tenth below {row['tenth']:.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def summary(overlaps: list[float]) -> dict[str, float]:
    """How many words there are, the median of their overlaps, and what a tenth of them stays below."""
    if not overlaps:
        return {"words": 0, "median": math.nan, "tenth": math.nan}
    median, tenth = np.percentile(overlaps, (50, 10))
    return {"words": len(overlaps), "median": round(float(median), 4), "tenth": round(float(tenth), 4)}


def cut_overlaps(page: PageSample, recognizer: Recognizer) -> Iterator[tuple[str, float]]:
    """Each word that is read as it stands in a true line: how the line runs, and how far its quad is the true one."""
    image, lines = page.rgb, _straight_lines(page)
    quads = np.array([line.polygon for line in lines], np.float32).reshape(-1, 4, 2)
    readings = recognizer.read(cut_lines(image, quads, padding=LINE_PADDING))
    mapping = PageMapping(np.eye(3), image.shape[1], image.shape[0], LINE_PADDING)
    for line, quad, reading in zip(lines, quads, readings, strict=True):
        for found, place in _matches(mapping.words(quad, reading), line):
            yield how_it_runs(quad), quad_overlap(np.array(found.polygon), place)


def found_overlaps(page: PageSample, pipeline: Pipeline) -> Iterator[tuple[str, float]]:
    """The same for the words that a pipeline finds; a true word goes with the one of its text that it overlaps most."""
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for line in pipeline.read_page(PageImage(0, page.rgb, page.dpi or None)).lines:
        for word in line.words:
            found[word.text].append(np.array(word.polygon))
    for truth in _straight_lines(page):
        for true in truth.words:
            if len(true.polygon) == 4:
                overlap = max((quad_overlap(quad, true.polygon) for quad in found[true.text]), default=0.0)
                if overlap > 0:
                    yield how_it_runs(truth.polygon), overlap


def _straight_lines(page: PageSample) -> list[LineTruth]:
    return [line for line in page.lines if len(line.polygon) == 4 and not line.ignore and not line.vertical]


def how_it_runs(quad: np.ndarray) -> str:
    """`level`, `slanted`, `down`, `up`, or `upside down`: which way the text of a quad `(4, 2)` runs on the page."""
    along = quad[1] - quad[0]
    angle = math.degrees(math.atan2(along[1], along[0]))
    quarter = round(angle / 90) % 4
    if quarter == 0:
        return "level" if abs(angle) < SLANT else "slanted"
    return ("down", "upside down", "up")[quarter - 1]


def quad_overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two convex quads `(4, 2)`."""
    one, other = one.astype(np.float32), other.astype(np.float32)
    shared, _ = cv2.intersectConvexConvex(one, other)
    union = cv2.contourArea(one) + cv2.contourArea(other) - shared
    return float(shared / union) if union > 0 else 0.0


def _matches(words: tuple[Word, ...], line: LineTruth) -> Iterator[tuple[Word, np.ndarray]]:
    """Words that were read as they stand, each with its true place `(4, 2)`, in the order of the line."""
    read, true = [word.text for word in words], [word.text for word in line.words]
    for block in difflib.SequenceMatcher(None, read, true, autojunk=False).get_matching_blocks():
        for at in range(block.size):
            place = line.words[block.b + at].polygon
            if len(place) == 4:
                yield words[block.a + at], place


if __name__ == "__main__":
    main()
