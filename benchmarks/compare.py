"""Ours beside Tesseract and other programs on the same labelled documents, one thread each, in turns in one run.

    python benchmarks/compare.py FOLDER [--single-lines] [--fold-case] [--recognizer NAME|DIR]
                                 [--peer NAME=COMMAND]... [--json FILE]

FOLDER is a labelled folder as `e2eocr evaluate` takes it. Tesseract is the `tesseract` program on PATH, given the
language of each document; documents in a language it has no data for are read by none. It is run once a page, as
people run it, so its figures hold the loading of its model; what that costs on an empty page is told as well.

Others are given with `--peer`: COMMAND is started once, says that it is ready, takes the path of a picture a line from
stdin, and answers each with a line of JSON, a list of `[text, confidence, corners]`. For RapidOCR:

    --peer 'rapidocr=PYTHON benchmarks/rapidocr_pages.py'
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from e2eocr.documents import open_document
from e2eocr.errors import MissingDependencyError, OCRError
from e2eocr.pipeline import load_pipeline
from e2eocr.results import Document, Engine, Line, Page, Source
from e2eocr.settings import ReadSettings
from e2eocr.truth.evaluate import DocumentReader, evaluate_folder
from e2eocr.truth.labelled import LabelledDocument, find_labelled
from e2eocr.truth.metrics import DEFAULT_FOLDING, TextFolding
from e2eocr.truth.scores import Evaluation

# ISO 639-1 (and the codes of our labelled sets) to Tesseract's names.
TESSERACT_LANGUAGES = {
    "be": "bel", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng",
    "es": "spa", "et": "est", "eu": "eus", "fi": "fin", "fr": "fra", "gl": "glg", "grc": "ell", "hr": "hrv",
    "hu": "hun", "hy": "hye", "id": "ind", "it": "ita", "ka": "kat", "kk": "kaz", "la": "lat", "lt": "lit",
    "lv": "lav", "mk": "mkd", "mn": "mon", "ms": "msa", "nb": "nor", "nl": "nld", "no": "nor", "pl": "pol",
    "pt": "por", "pt-BR": "por", "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "sr": "srp", "sv": "swe",
    "tr": "tur", "uk": "ukr", "vi": "vie",
}  # fmt: skip
# Models for a whole script, which stand in for languages without one of their own.
TESSERACT_SCRIPTS = {
    "Latn": "Latin", "Cyrl": "Cyrillic", "Grek": "Greek", "Armn": "Armenian", "Geor": "Georgian",
}  # fmt: skip


class PeerReader(ABC):
    """Reads documents with another program, in the shape that `evaluate_folder` takes."""

    def __init__(self, name: str, settings: ReadSettings) -> None:
        self.name = name
        self.settings = settings

    def read(self, path: Path, name: str) -> Document:
        """Read every page of a document."""
        with open_document(path, dpi=self.settings.dpi) as opened:
            pages = tuple(
                self._read_page(opened.read_page(index).pixels, index, path) for index in range(opened.page_count)
            )
            source = Source(name, "", path.stat().st_size, opened.media_type)
        return Document(source, Engine("", self.name, (self.name,)), pages)

    def _read_page(self, pixels: np.ndarray, index: int, path: Path) -> Page:
        height, width = pixels.shape[:2]
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "page.png"
            cv2.imwrite(str(picture), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
            return Page(index, width, height, lines=self._read_picture(picture, path))

    @abstractmethod
    def _read_picture(self, picture: Path, path: Path) -> tuple[Line, ...]:
        """The lines of a picture, a page of the document at `path`."""


class TesseractReader(PeerReader):
    """Reads with the `tesseract` program, each document in its own language."""

    def __init__(self, documents: list[LabelledDocument], settings: ReadSettings, *, single_lines: bool) -> None:
        super().__init__("tesseract", settings)
        installed = installed_models()
        self._models = {document.path: model_of(document.language, installed) for document in documents}
        self._mode = "7" if single_lines else "3"

    def _read_picture(self, picture: Path, path: Path) -> tuple[Line, ...]:
        return lines_of(run_tesseract(picture, self._models[path], self._mode))


class CommandReader(PeerReader):
    """Reads with a program that is started once and answers for each picture; use it as a context manager."""

    def __init__(self, name: str, command: str, settings: ReadSettings) -> None:
        """Start the program.

        Raises:
            MissingDependencyError: If it cannot be started or is not ready.
        """
        super().__init__(name, settings)
        try:
            self._process = subprocess.Popen(
                shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        except OSError as error:
            raise MissingDependencyError(f"{name} cannot be started: {error}. Check the command.") from error
        self._answer()

    def __enter__(self) -> CommandReader:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()

    def _answer(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self._process.communicate()
            raise MissingDependencyError(
                f"{self.name} has ended with code {self._process.returncode}; see what it says."
            )
        return line

    def _read_picture(self, picture: Path, path: Path) -> tuple[Line, ...]:
        if self._process.stdin is not None:
            print(picture, file=self._process.stdin, flush=True)
        return tuple(
            Line(text, confidence, tuple((float(x), float(y)) for x, y in corners))
            for text, confidence, corners in json.loads(self._answer())
        )


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


def compare(
    folder: Path,
    read: ReadSettings,
    *,
    single_lines: bool,
    folding: TextFolding = DEFAULT_FOLDING,
    peers: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Evaluation]:
    """Evaluate all readers on the documents of a folder that Tesseract can read; `peers` maps names to commands."""
    installed = installed_models()
    documents = [each for each in find_labelled(folder) if model_of(each.language, installed)]

    def measure(reader: DocumentReader) -> Evaluation:
        return evaluate_folder(folder, pipeline=reader, documents=documents, folding=folding)

    results = {
        "e2eocr": measure(load_pipeline(read)),
        "tesseract": measure(TesseractReader(documents, read, single_lines=single_lines)),
    }
    for name, command in peers.items():
        with CommandReader(name, command, read) as reader:
            results[name] = measure(reader)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--single-lines", action="store_true", help="each picture is one line, already cut")
    parser.add_argument("--fold-case", action="store_true", help="small letters and capitals count as alike")
    parser.add_argument("--recognizer", default=ReadSettings().recognizer)
    parser.add_argument("--peer", metavar="NAME=COMMAND", action="append", default=[], help="another program")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    detector = "whole-image" if options.single_lines else ReadSettings().detector
    read = ReadSettings(detector=detector, recognizer=options.recognizer, text_layer="ignore")
    cv2.setNumThreads(1)
    try:
        results = compare(
            options.folder,
            read,
            single_lines=options.single_lines,
            folding=TextFolding(case=options.fold_case),
            peers=dict(peer.split("=", 1) for peer in options.peer),
        )
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
