"""Measure a pipeline on a folder of labelled documents: figures by set and language, and pictures of the worst."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from e2eocr.documents import open_document
from e2eocr.errors import DocumentError, OutputError
from e2eocr.pipeline import load_pipeline
from e2eocr.results import Document, Page
from e2eocr.settings import ReadSettings
from e2eocr.truth.labelled import LabelledDocument, TruthPage, find_labelled
from e2eocr.truth.metrics import (
    DEFAULT_FOLDING,
    DetectionScore,
    ErrorCount,
    ScriptCount,
    TextFolding,
    WordCount,
    character_errors,
    match_detections,
    script_count,
    word_count,
    word_errors,
)

_GREEN, _RED = (40, 160, 40), (40, 40, 220)  # BGR
_OVERLAY_SIDE = 1600


class DocumentReader(Protocol):
    """What can be evaluated: our pipeline, or another program in its shape."""

    settings: ReadSettings

    def read(self, path: Path, name: str) -> Document:
        """Read all pages of one file; raises DocumentError where it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Scores:
    """Counts of one or many documents; they add up with `+`. `lines` counts documents with known polygons only."""

    documents: int = 0
    failed: int = 0
    pages: int = 0
    seconds: float = 0.0
    characters: ErrorCount = field(default_factory=ErrorCount)
    words: ErrorCount = field(default_factory=ErrorCount)
    bag: WordCount = field(default_factory=WordCount)
    scripts: ScriptCount = field(default_factory=ScriptCount)
    lines: DetectionScore = field(default_factory=DetectionScore)

    def __add__(self, other: Scores) -> Scores:
        return Scores(
            self.documents + other.documents,
            self.failed + other.failed,
            self.pages + other.pages,
            self.seconds + other.seconds,
            self.characters + other.characters,
            self.words + other.words,
            self.bag + other.bag,
            self.scripts + other.scripts,
            self.lines + other.lines,
        )

    def figures(self) -> dict[str, float | int | None]:
        """The figures by name; None where nothing could be measured."""
        has_lines = self.lines.truth > 0
        return {
            "documents": self.documents,
            "failed": self.failed,
            "pages": self.pages,
            "characters": self.characters.length,
            "cer": round(self.characters.rate, 4) if self.characters.length else None,
            "wer": round(self.words.rate, 4) if self.words.length else None,
            "words_f1": round(self.bag.f1, 4) if self.bag.truth else None,
            "mixed_scripts": self.scripts.mixed,
            "wrong_script": self.scripts.wrong,
            "precision": round(self.lines.precision, 4) if has_lines else None,
            "recall": round(self.lines.recall, 4) if has_lines else None,
            "h_mean": round(self.lines.h_mean, 4) if has_lines else None,
            "pages_per_second": round(self.pages / self.seconds, 2) if self.seconds > 0 else None,
        }


@dataclass(frozen=True, slots=True)
class PageReading:
    """One page (or a document whose text is not known by page) as it was read, beside its truth.

    `truth_quads` `(n, 4, 2)` and `found_quads` `(m, 4, 2)` are in pixels of the page.
    """

    document: LabelledDocument
    index: int
    truth: str
    found: str
    characters: ErrorCount
    truth_quads: np.ndarray
    found_quads: np.ndarray


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        rows: Scores by `(set, language)`; `all` stands for every language of a set, and for all sets.
        failed: Name and reason of each document that was not read, or not read whole. They count as read empty.
        worst: The pages with the highest character error rate, the worst first.
    """

    rows: dict[tuple[str, str], Scores]
    failed: tuple[tuple[str, str], ...]
    worst: tuple[PageReading, ...]

    @property
    def total(self) -> Scores:
        """Scores of all documents together."""
        return self.rows["all", "all"]

    def table(self) -> str:
        """The figures as a text table, a row for each set and language, then the failed documents."""
        names = {
            "documents": "docs",
            "failed": "failed",
            "pages": "pages",
            "characters": "chars",
            "cer": "CER",
            "wer": "WER",
            "words_f1": "words F1",
            "mixed_scripts": "mixed",
            "wrong_script": "wrong script",
            "precision": "found P",
            "recall": "found R",
            "h_mean": "found H",
            "pages_per_second": "pages/s",
        }
        cells = [["set", "language", *names.values()]]
        for (group, language), scores in self.rows.items():
            figures = scores.figures()
            cells.append([group, language, *(_cell(figures[name]) for name in names)])
        widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
        lines = [_table_line(row, widths) for row in cells]
        lines += [f"failed: {name}: {reason}" for name, reason in self.failed]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data."""
        return {
            "rows": [
                {"set": group, "language": language, **scores.figures()}
                for (group, language), scores in self.rows.items()
            ],
            "failed": [{"name": name, "reason": reason} for name, reason in self.failed],
            "worst": [
                {
                    "name": reading.document.name,
                    "page": reading.index + 1,
                    "cer": round(reading.characters.rate, 4),
                    "picture": _picture_name(rank, reading),
                    "truth": reading.truth,
                    "found": reading.found,
                }
                for rank, reading in enumerate(self.worst, start=1)
            ],
        }


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
        OutputError: If the output folder cannot be written.
    """
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
        _write(evaluation, Path(output), pipeline.settings)
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
    scores, readings = Scores(pages=len(document.pages) if document else 0), []
    for truth in labelled.pages:
        pages = [page for page in document.pages if truth.index in (None, page.index)] if document else []
        reading, ignored = _beside(labelled, truth, pages, folding)
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
    labelled: LabelledDocument, truth: TruthPage, pages: list[Page], folding: TextFolding
) -> tuple[PageReading, np.ndarray]:
    """A reading beside its truth, and the ignored quads, all in pixels of the first of the pages."""
    found = "\n".join(line.text for page in pages for line in page.lines)
    scale = pages[0].width / truth.width if pages and truth.width and pages[0].width else 1.0
    polygons = [line.polygon for line in pages[0].lines] if pages else []
    reading = PageReading(
        labelled,
        truth.index or 0,
        truth.text,
        found,
        character_errors(truth.text, found, folding),
        truth.quads * np.float32(scale),
        np.array(polygons, np.float32).reshape(-1, 4, 2),
    )
    return reading, truth.ignored * np.float32(scale)


def _in_order(rows: dict[tuple[str, str], Scores]) -> dict[tuple[str, str], Scores]:
    """Rows by set and language, each set's sum before its languages, the sum of all at the end."""
    keys = sorted(rows, key=lambda key: (key == ("all", "all"), key[0], key[1] != "all", key[1]))
    return {key: rows[key] for key in keys}


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _table_line(row: list[str], widths: list[int]) -> str:
    names = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
    figures = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*names, *figures])


def _picture_name(rank: int, reading: PageReading) -> str:
    return f"worst/{rank:02d}-{reading.document.name.replace('/', '-')}-{reading.index + 1}.jpg"


def _write(evaluation: Evaluation, output: Path, settings: ReadSettings) -> None:
    """Write figures and pictures."""
    try:
        (output / "worst").mkdir(parents=True, exist_ok=True)
        text = json.dumps(evaluation.to_json(), ensure_ascii=False, indent=1)
        (output / "evaluation.json").write_text(text + "\n", encoding="utf-8")
        (output / "evaluation.txt").write_text(evaluation.table() + "\n", encoding="utf-8")
        for rank, reading in enumerate(evaluation.worst, start=1):
            picture = _overlay(reading, settings)
            if picture is not None:
                (output / _picture_name(rank, reading)).write_bytes(picture)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror}. Choose another output folder.") from error


def _overlay(reading: PageReading, settings: ReadSettings) -> bytes | None:
    """The page as a JPEG, truth outlined in green and what was found in red; None if it cannot be opened."""
    try:
        with open_document(
            reading.document.path,
            dpi=settings.dpi,
            pdf_engine=settings.pdf_engine,
            passwords=settings.passwords,
            max_pixels=settings.max_pixels,
        ) as opened:
            pixels = opened.read_page(reading.index).pixels
    except DocumentError:
        return None  # Why it cannot be opened stands among the failed documents already.
    image = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    thickness = max(1, round(max(image.shape[:2]) / 1000))
    for quads, colour in ((reading.truth_quads, _GREEN), (reading.found_quads, _RED)):
        cv2.polylines(image, list(np.rint(quads).astype(np.int32)), True, colour, thickness, cv2.LINE_AA)
    scale = min(1.0, _OVERLAY_SIDE / max(image.shape[:2]))
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
