"""Measure a pipeline on a folder of labelled documents: figures by set and language, and pictures of the worst."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from e2eocr.errors import DocumentError
from e2eocr.pipeline import load_pipeline
from e2eocr.results import Document, Page, count_origins
from e2eocr.settings import ReadSettings
from e2eocr.truth.evaluation_files import check_place, write_evaluation
from e2eocr.truth.labelled import LabelledDocument, find_labelled
from e2eocr.truth.metrics import (
    DEFAULT_FOLDING,
    DetectionScore,
    TextFolding,
    WordCount,
    character_errors,
    match_detections,
    script_count,
    word_count,
    word_errors,
)
from e2eocr.truth.records import PageTruth
from e2eocr.truth.scores import Evaluation, PageReading, Scores


class DocumentReader(Protocol):
    """What can be evaluated: our pipeline, or another program in its shape."""

    settings: ReadSettings

    def read(self, path: Path, name: str) -> Document:
        """Read all pages of one file; raises DocumentError where it cannot."""
        ...


def evaluate_folder(
    folder: str | Path,
    output: str | Path | None = None,
    read: ReadSettings | None = None,
    *,
    worst: int = 10,
    iou: float = 0.5,
    folding: TextFolding = DEFAULT_FOLDING,
    pipeline: DocumentReader | None = None,
    documents: Sequence[LabelledDocument] | None = None,
) -> Evaluation:
    """Read the labelled documents of a folder and its subfolders, and compare with their truth.

    Args:
        folder: Where the documents and their truth lie.
        output: Folder for `evaluation.json`, `evaluation.txt` and the worst pages as pictures (`worst/`: truth
            green, found red); nothing is written when it is not given.
        read: How to read; `text_layer` is best `ignore` for PDFs that carry their text.
        worst: How many of the worst pages to keep.
        iou: Least overlap at which a line counts as found.
        folding: Which differences between texts do not count.
        pipeline: What reads, when it is loaded already; `read` is then not used.
        documents: The labelled documents to read, when not all of the folder's.

    Raises:
        NothingToReadError: If there is no labelled document.
        DataError: If truth is malformed or names a file that is not there.
        OutputError: If the output folder cannot be written, or a file in it that is not ours would be replaced.
    """
    if output is not None:
        check_place(Path(output))
    documents = find_labelled(Path(folder)) if documents is None else documents
    pipeline = pipeline or load_pipeline(read or ReadSettings())
    rows: dict[tuple[str, str], Scores] = {}
    failed: list[tuple[str, str]] = []
    readings: list[PageReading] = []
    for labelled in documents:
        document, reason, seconds = _read_timed(pipeline, labelled)
        scores, pages = _score_document(labelled, document, folding, iou)
        scores += Scores(documents=1, failed=int(bool(reason)), seconds=seconds)
        readings = sorted([*readings, *pages], key=lambda page: -page.characters.rate)[:worst]
        if reason:
            failed.append((labelled.name, reason))
        # A set, too, may be called `all`: no document counts twice in a row.
        for key in {("all", "all"), (labelled.group, "all"), (labelled.group, labelled.language)}:
            rows[key] = rows.get(key, Scores()) + scores
    evaluation = Evaluation(_in_order(rows), tuple(failed), tuple(readings))
    if output is not None:
        write_evaluation(evaluation, Path(output), pipeline.settings)
    return evaluation


def _read_timed(pipeline: DocumentReader, labelled: LabelledDocument) -> tuple[Document | None, str, float]:
    """Read a document: what was read if anything, why it failed if it did, and the seconds it took."""
    start = time.perf_counter()
    try:
        document = pipeline.read(labelled.path, labelled.name)
    except DocumentError as error:
        return None, str(error), time.perf_counter() - start
    reasons = [f"page {page.index + 1}: {page.error}" for page in document.pages if page.status == "failed"]
    return document, "; ".join(reasons), time.perf_counter() - start


def _score_document(
    labelled: LabelledDocument, document: Document | None, folding: TextFolding, iou: float
) -> tuple[Scores, list[PageReading]]:
    """Scores of a document (time and failure left out), and its pages for the choice of the worst."""
    pages = document.pages if document else ()
    scores, readings = Scores(pages=len(pages), origins=count_origins(pages)), []
    for truth in labelled.pages:
        shown = [page for page in pages if truth.index in (None, page.index)]
        reading, ignored = _beside(labelled, truth, shown, folding)
        bag = word_count(reading.truth, reading.found, folding)
        scripts = script_count(reading.truth, reading.found, folding)
        lines = DetectionScore()
        if len(reading.truth_quads):
            lines = match_detections(
                reading.truth_quads, reading.found_quads, iou, ignored_quads=ignored, partial=labelled.partial
            )
        if labelled.partial:
            scores += Scores(bag=WordCount(bag.shared, bag.truth, bag.shared), scripts=scripts, lines=lines)
            continue
        words = word_errors(reading.truth, reading.found, folding)
        scores += Scores(characters=reading.characters, words=words, bag=bag, scripts=scripts, lines=lines)
        readings.append(reading)
    return scores, readings


def _beside(
    labelled: LabelledDocument, truth: PageTruth, pages: list[Page], folding: TextFolding
) -> tuple[PageReading, np.ndarray]:
    """A reading beside its truth, and the ignored quads, all in pixels of the first of the pages."""
    found = "\n".join(line.text for page in pages for line in page.lines)
    truth = truth.scaled_to(pages[0].width) if pages else truth
    polygons = [line.polygon for line in pages[0].lines] if pages else []
    reading = PageReading(
        labelled,
        truth.index or 0,
        truth.text,
        found,
        character_errors(truth.text, found, folding),
        truth.quads,
        np.array(polygons, np.float32).reshape(-1, 4, 2),
    )
    return reading, truth.ignored


def _in_order(rows: dict[tuple[str, str], Scores]) -> dict[tuple[str, str], Scores]:
    """Rows by set and language, each set's sum before its languages, the sum of all at the end."""
    keys = sorted(rows, key=lambda key: (key == ("all", "all"), key[0], key[1] != "all", key[1]))
    return {key: rows[key] for key in keys}
