"""Ours beside Tesseract and other programs on the same lines, cut out of labelled pages by their true outlines.

    python benchmarks/crops.py FOLDER... [--dpi N] [--fold-case SET]... [--recognizer NAME|DIR]
                               [--psm MODE]... [--peer NAME=COMMAND]... [--json FILE]

Each FOLDER is a labelled folder as `e2eocr evaluate` takes it, with outlines. Lines are cut as the pipeline cuts those
it has found: fitted to their ink, with its padding. All readers get the same pictures, one thread each, one after the
other.

Tesseract is the `tesseract` program on PATH: told the language of each document, or its script where it has no data
for the language, with `--psm 7` (a line) and `--psm 13` (a line, raw) unless told otherwise. Others are given with
`--peer`: COMMAND is run with a file behind it that names a picture a line, and prints the text of each, a line each.
For RapidOCR:

    --peer 'rapidocr=PYTHON benchmarks/rapidocr_lines.py'

A peer that is not installed is left out. Processor time of peers holds the loading of their models, once a set (and for
Tesseract once a language), ours does not.
"""

from __future__ import annotations

import argparse
import json
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from compare import installed_models, model_of, run_tesseract
from PIL import Image

from e2eocr.errors import MissingDependencyError, OCRError, UsageError
from e2eocr.models.loading import load_recognizer
from e2eocr.page.crops import LINE_PADDING
from e2eocr.settings import ReadSettings
from e2eocr.synthesis.text.languages import ALPHABETIC_SCRIPTS
from e2eocr.truth.labelled import LabelledDocument, find_labelled
from e2eocr.truth.metrics import DEFAULT_FOLDING, TextFolding, character_errors, script_count, word_count
from e2eocr.truth.pages import cut_page, read_page
from e2eocr.truth.scores import Scores
from recognizers.charset import script_of, scripts_of

DEFAULT_DPI = 300.0  # of pictures that do not tell theirs


@dataclass(frozen=True, slots=True)
class TrueLine:
    """A line cut by its true outline: `crop` `(h, w)` uint8 grey at `dpi`, its right `text`, and whose it is."""

    crop: np.ndarray
    text: str
    dpi: float
    group: str
    language: str
    script: str


# Reads lines: their texts, None where it cannot read a line's language.
# Raises MissingDependencyError if it is not there.
Reader = Callable[[Sequence[TrueLine]], list[str | None]]


def cut_folder(folder: Path, dpi: int) -> list[TrueLine]:
    """The labelled lines of a folder's documents that are mostly in a script that we read."""
    lines: list[TrueLine] = []
    for document in find_labelled(folder):
        script = script_of(" ".join(page.text for page in document.pages))
        if script in ALPHABETIC_SCRIPTS:
            lines += cut_document(document, script, dpi)
    return lines


def cut_document(document: LabelledDocument, script: str, dpi: int) -> list[TrueLine]:
    """The labelled lines of a document in our scripts alone, fitted to their ink and padded as the pipeline does it."""
    return [
        TrueLine(crop, line.text, page.dpi or DEFAULT_DPI, document.group, document.language, script)
        for page in (read_page(document, truth, dpi) for truth in document.pages if truth.placed)
        for line, crop in zip(*cut_page(page, LINE_PADDING), strict=True)
        if line.text.strip() and scripts_of(line.text) <= set(ALPHABETIC_SCRIPTS)
    ]


def our_reader(recognizer: str) -> Reader:
    """The recognizer of a bundle."""
    loaded = load_recognizer(recognizer)
    return lambda lines: [reading.text for reading in loaded.read([line.crop for line in lines])]


def tesseract_reader(mode: str) -> Reader:
    """Tesseract in a page segmentation mode, one process for all lines of a language."""

    def read(lines: Sequence[TrueLine]) -> list[str | None]:
        installed = installed_models()
        models = [model_of(line.language, installed, line.script) for line in lines]
        texts: list[str | None] = [None] * len(lines)
        for model in sorted({*models} - {""}):
            chosen = [index for index, each in enumerate(models) if each == model]
            with tempfile.TemporaryDirectory() as folder:
                pictures = write_pictures([lines[index] for index in chosen], Path(folder))
                pages = run_tesseract(pictures, model, mode, "txt").split("\f")
            if len(pages) < len(chosen):
                raise MissingDependencyError(f"it read {len(pages)} of {len(chosen)} pictures")
            for index, page in zip(chosen, pages, strict=False):  # an end of page may stand behind the last
                texts[index] = " ".join(page.split())
        return texts

    return read


def command_reader(command: str) -> Reader:
    """A program that reads the pictures of a list and prints a line for each."""

    def read(lines: Sequence[TrueLine]) -> list[str | None]:
        arguments = shlex.split(command)
        if shutil.which(arguments[0]) is None:
            raise MissingDependencyError(f"{arguments[0]} is not a program that can be run")
        with tempfile.TemporaryDirectory() as folder:
            pictures = write_pictures(lines, Path(folder))
            done = subprocess.run([*arguments, str(pictures)], capture_output=True, text=True, check=False)
        texts = done.stdout.split("\n")[: len(lines)]
        if done.returncode or len(texts) < len(lines):
            reason = (done.stderr.strip().splitlines() or ["it printed too few lines"])[-1]
            raise MissingDependencyError(f"{command} failed: {reason}")
        return list(texts)

    return read


def write_pictures(lines: Sequence[TrueLine], folder: Path) -> Path:
    """Write crops as PNG files that tell their resolution; returns a file that names them, one a line."""
    paths = [folder / f"{number:05d}.png" for number in range(len(lines))]
    for path, line in zip(paths, lines, strict=True):
        Image.fromarray(line.crop).save(path, dpi=(line.dpi, line.dpi))
    listing = folder / "pictures.txt"
    listing.write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    return listing


def measure(read: Reader, lines: Sequence[TrueLine], folding: TextFolding) -> dict[str, Scores]:
    """How a reader reads the lines of one set, by language and in `all`, which has the time; a line is a document."""
    start = processor_seconds()
    texts = read(lines)
    scores = {"all": Scores(seconds=processor_seconds() - start)}
    for line, text in zip(lines, texts, strict=True):
        if text is None:
            continue
        score = Scores(
            documents=1,
            characters=character_errors(line.text, text, folding),
            bag=word_count(line.text, text, folding),
            scripts=script_count(line.text, text, folding),
        )
        for key in ("all", line.language):
            scores[key] = scores.get(key, Scores()) + score
    return scores


def processor_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def row_of(group: str, language: str, reader: str, scores: Scores) -> dict[str, Any]:
    """A row of the table as plain values."""
    figures = scores.figures()
    return {
        "set": group,
        "language": language,
        "reader": reader,
        "lines": scores.documents,
        **{name: figures[name] for name in ("cer", "words_f1", "mixed_scripts", "wrong_script")},
        "of_words": scores.scripts.words,
        "ms_per_line": round(1000 * scores.seconds / scores.documents, 2) if scores.seconds else None,
    }


def compare_set(lines: Sequence[TrueLine], readers: dict[str, Reader], folding: TextFolding) -> list[dict[str, Any]]:
    """All readers on the lines of one set, one after the other; one that is not there costs a line of notice."""
    measured: dict[str, dict[str, Scores]] = {}
    for name, read in readers.items():
        try:
            measured[name] = measure(read, lines, folding)
        except MissingDependencyError as error:
            print(f"crops: {name} is left out: {error}", file=sys.stderr)
    languages = sorted({line.language for line in lines})
    return [
        row_of(lines[0].group, language, name, scores[language])
        for language in ("all", *(languages if len(languages) > 1 else ()))
        for name, scores in measured.items()
        if language in scores
    ]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Rows of figures as text, the names to the left and the figures to the right."""
    cells = [list(rows[0]), *([("-" if value is None else str(value)) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column < 3 else cell.rjust(width) for column, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in cells)
    )


def named_command(value: str) -> tuple[str, Reader]:
    """A `NAME=COMMAND` of the command line."""
    name, _, command = value.partition("=")
    if not name or not command.strip():
        raise UsageError(f"Invalid `--peer`. Expected NAME=COMMAND. Received: {value}")
    return name, command_reader(command)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--dpi", type=int, default=150, help="of PDF pages  [default: 150]")
    parser.add_argument("--fold-case", action="append", default=[], metavar="SET", help="case does not count there")
    parser.add_argument("--recognizer", default=ReadSettings().recognizer, metavar="NAME|DIR")
    parser.add_argument("--psm", action="append", metavar="MODE", help="of Tesseract  [default: 7 and 13]")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND", help="another program")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        readers = {"e2eocr": our_reader(options.recognizer)}
        readers |= {f"tesseract {mode}": tesseract_reader(mode) for mode in options.psm or ("7", "13")}
        readers |= dict(map(named_command, options.peer))
        rows: list[dict[str, Any]] = []
        for folder in options.folders:
            lines = cut_folder(folder, options.dpi)
            for group in sorted({line.group for line in lines}):
                folding = TextFolding(case=True) if group in options.fold_case else DEFAULT_FOLDING
                rows += compare_set([line for line in lines if line.group == group], readers, folding)
    except OCRError as error:
        print(f"crops: error: {error}", file=sys.stderr)
        return error.exit_code
    if not rows:
        print("crops: no line with an outline in a script that we read", file=sys.stderr)
        return 4
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
