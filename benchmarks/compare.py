"""Ours beside Tesseract on the same labelled documents, one after the other in one run, one thread each.

    python benchmarks/compare.py FOLDER [--single-lines] [--recognizer NAME|DIR] [--json FILE]

FOLDER is a labelled folder as `e2eocr evaluate` takes it. Tesseract is the `tesseract` program on PATH, given the
language of each document; documents in a language it has no data for are read by neither. It is run once a page, as
people run it, so its figures hold the loading of its model; what that costs on an empty page is told as well.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from e2eocr.config import ReadSettings
from e2eocr.documents import open_document
from e2eocr.errors import MissingDependencyError, OCRError
from e2eocr.evaluate import Evaluation, evaluate_folder
from e2eocr.labelled import LabelledDocument, find_labelled
from e2eocr.pipeline import load_pipeline
from e2eocr.results import Document, Engine, Line, Page, Source

# ISO 639-1 (and the codes of our labelled sets) to Tesseract's names.
TESSERACT_LANGUAGES = {
    "be": "bel", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng",
    "es": "spa", "et": "est", "eu": "eus", "fi": "fin", "fr": "fra", "gl": "glg", "grc": "ell", "hr": "hrv",
    "hu": "hun", "id": "ind", "it": "ita", "kk": "kaz", "la": "lat", "lt": "lit", "lv": "lav", "mk": "mkd",
    "mn": "mon", "ms": "msa", "nb": "nor", "nl": "nld", "no": "nor", "pl": "pol", "pt": "por", "pt-BR": "por",
    "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "sr": "srp", "sv": "swe", "tr": "tur", "uk": "ukr",
    "vi": "vie",
}  # fmt: skip
# Models for a whole script, which stand in for languages without one of their own.
TESSERACT_SCRIPTS = {"Latn": "Latin", "Cyrl": "Cyrillic", "Grek": "Greek"}


class TesseractReader:
    """Reads documents with the `tesseract` program, in the shape that `evaluate_folder` takes."""

    def __init__(self, documents: list[LabelledDocument], settings: ReadSettings, *, single_lines: bool) -> None:
        installed = installed_models()
        self.settings = settings
        self._models = {document.path: model_of(document.language, installed) for document in documents}
        self._mode = "7" if single_lines else "3"

    def read(self, path: Path, name: str) -> Document:
        """Read every page of a document in its own language."""
        model = self._models[path]
        with open_document(path, dpi=self.settings.dpi) as opened:
            pages = tuple(
                self._read_page(opened.read_page(index).pixels, index, model) for index in range(opened.page_count)
            )
            source = Source(name, "", path.stat().st_size, opened.media_type)
        return Document(source, Engine("", "tesseract", ("tesseract",)), pages)

    def _read_page(self, pixels: np.ndarray, index: int, model: str) -> Page:
        height, width = pixels.shape[:2]
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "page.png"
            cv2.imwrite(str(picture), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
            table = run_tesseract(picture, model, self._mode)
        return Page(index, width, height, lines=lines_of(table))


def installed_models() -> frozenset[str]:
    """The languages and scripts that Tesseract has data for.

    Raises:
        MissingDependencyError: If it is not installed.
    """
    if shutil.which("tesseract") is None:
        raise MissingDependencyError("The program tesseract is not installed: apt-get install tesseract-ocr")
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True).stdout
    return frozenset(listed.splitlines()[1:])


def model_of(language: str, installed: frozenset[str], script: str = "") -> str:
    """What Tesseract's `-l` is to be for a document: its languages, else its script; empty where it has neither."""
    names = [TESSERACT_LANGUAGES.get(each, "") for each in re.split("[+,]", language)]
    known = [name for name in dict.fromkeys(names) if name in installed]
    if known:
        return "+".join(known)
    name = TESSERACT_SCRIPTS.get(script, "")
    return next((each for each in (name, f"script/{name}") if each in installed), "")


def run_tesseract(picture: Path, model: str, mode: str, kind: str = "tsv") -> str:
    """What Tesseract writes of a picture, or of those that a text file names, as `tsv` or `txt`."""
    command = ["tesseract", str(picture), "stdout", "-l", model, "--psm", mode, kind]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


def lines_of(table: str) -> tuple[Line, ...]:
    """The lines of Tesseract's TSV table, in its order."""
    words: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == "5" and row["text"].strip():
            words.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(row)
    return tuple(_line(rows) for rows in words.values())


def _line(rows: list[dict[str, str]]) -> Line:
    left, top = (min(int(row[key]) for row in rows) for key in ("left", "top"))
    right = max(int(row["left"]) + int(row["width"]) for row in rows)
    bottom = max(int(row["top"]) + int(row["height"]) for row in rows)
    polygon = tuple((float(x), float(y)) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)))
    return Line(" ".join(row["text"] for row in rows), sum(float(row["conf"]) for row in rows) / len(rows), polygon)


def seconds_to_load(model: str = "eng") -> float:
    """What Tesseract needs for an empty page: the start of its process and the loading of its model."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "empty.png"
        cv2.imwrite(str(picture), np.full((32, 64), 255, np.uint8))
        start = time.perf_counter()
        run_tesseract(picture, model, "3")
        return time.perf_counter() - start


def compare(folder: Path, read: ReadSettings, *, single_lines: bool) -> dict[str, Evaluation]:
    """Evaluate both on the documents of a folder that both can read."""
    installed = installed_models()
    documents = [each for each in find_labelled(folder) if model_of(each.language, installed)]
    ours = load_pipeline(read)
    peer = TesseractReader(documents, read, single_lines=single_lines)
    return {
        "e2eocr": evaluate_folder(folder, pipeline=ours, documents=documents),
        "tesseract": evaluate_folder(folder, pipeline=peer, documents=documents),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--single-lines", action="store_true", help="each picture is one line, already cut")
    parser.add_argument("--recognizer", default=ReadSettings().recognizer)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    detector = "whole-image" if options.single_lines else ReadSettings().detector
    read = ReadSettings(detector=detector, recognizer=options.recognizer, text_layer="ignore")
    cv2.setNumThreads(1)
    try:
        results = compare(options.folder, read, single_lines=options.single_lines)
    except OCRError as error:
        print(f"compare: error: {error}", file=sys.stderr)
        return error.exit_code
    for name, evaluation in results.items():
        print(f"{name}\n{evaluation.table()}\n")
    print(f"tesseract needs {seconds_to_load():.2f} s for an empty page")
    if options.json:
        figures = {name: evaluation.to_json()["rows"] for name, evaluation in results.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
