"""The files of an evaluation: its figures, and pictures of the worst pages."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from e2eocr.documents import open_document
from e2eocr.errors import DocumentError, OutputError
from e2eocr.files import check_replaceable
from e2eocr.settings import ReadSettings
from e2eocr.truth.scores import Evaluation, PageReading, picture_name

_GREEN, _RED = (40, 160, 40), (40, 40, 220)  # BGR
_OVERLAY_SIDE = 1600


_FIGURES, _TABLE = "evaluation.json", "evaluation.txt"


def check_place(output: Path) -> None:
    """Make sure that nothing but an earlier evaluation would be replaced in a folder.

    Raises:
        OutputError: If a file of somebody else has the name of one of ours.
    """
    check_replaceable(output / _FIGURES, lambda head: b'"rows"' in head, "evaluation")
    check_replaceable(output / _TABLE, lambda head: head.startswith(b"set "), "evaluation")


def write_evaluation(evaluation: Evaluation, output: Path, settings: ReadSettings) -> None:
    """Write `evaluation.json`, `evaluation.txt` and the pictures of the worst pages.

    Raises:
        OutputError: If the folder cannot be written.
    """
    try:
        (output / "worst").mkdir(parents=True, exist_ok=True)
        text = json.dumps(evaluation.to_json(), ensure_ascii=False, indent=1)
        (output / _FIGURES).write_text(text + "\n", encoding="utf-8")
        (output / _TABLE).write_text(evaluation.table() + "\n", encoding="utf-8")
        for rank, reading in enumerate(evaluation.worst, start=1):
            picture = _overlay(reading, settings)
            if picture is not None:
                (output / picture_name(rank, reading)).write_bytes(picture)
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
