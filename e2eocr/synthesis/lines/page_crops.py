"""Lines cut out of pages, drawn or labelled, as the pipeline cuts those it has found: to train recognizers on.

Labels of some sets are in capitals whatever is printed. A recognizer that reads most of a line tells the case of its
letters; and where it reads something else altogether, the label is of another line.
"""

from __future__ import annotations

import difflib
import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from e2eocr.synthesis.shard_rendering import check_without_shards
from e2eocr.truth.line_shards import ShardWriter, write_manifest
from e2eocr.truth.metrics import character_errors
from e2eocr.truth.pages import LabelledPages, bounded, cut_page, open_pages
from e2eocr.truth.records import LineSample, LineTruth, PageSample
from recognizers.base import Recognizer

_MIN_SIDE = 8  # pixels of a crop
_MARGINS = (0.05, 0.15)  # of a line's height; drawn for each page
_FAR = 0.5  # errors a character from which on a reading is of another text
_FEW_SMALL = 0.08  # share of small letters in a reading at which they may be misread capitals


class LeftOut(enum.Enum):
    """Why a line is not written."""

    SMALL = "too small"
    FAR = "read for another text"
    CASE = "case not known"


def cut_pages(
    folders: Sequence[Path], out: Path, *, seed: int = 0, dpi: float = 200.0, recognizer: Recognizer | None = None
) -> Counter[LeftOut | None]:
    """Cut the lines of pages into a folder of shards.

    Args:
        folders: Stores of `synth pages`, and labelled folders as `evaluate` takes them.
        out: Folder to write; it must hold no shards yet.
        seed: Of the room that is left around lines.
        dpi: At which pages of PDFs are drawn.
        recognizer: Tells the case of labels in capitals, and which labels are of other lines; None takes all as
            they are.

    Returns:
        How many lines were written (`None`), and how many were left out for each reason.

    Raises:
        OutputError: If the folder holds shards or cannot be written.
        DataError: If pages cannot be used.
        DocumentError: If a labelled document cannot be read.
    """
    check_without_shards(out)
    rng = np.random.default_rng(seed)
    counts: Counter[LeftOut | None] = Counter()
    with ShardWriter(out, manifest=False) as writer:
        for folder in folders:
            for page in _pages_with_lines(folder, dpi):
                lines, crops = cut_page(page, float(rng.uniform(*_MARGINS)))
                counts[LeftOut.SMALL] += sum(not line.vertical for line in page.placed) - len(lines)
                for crop, line, label in zip(crops, lines, _labels(lines, crops, recognizer), strict=True):
                    counts[label if isinstance(label, LeftOut) else None] += 1
                    if isinstance(label, str):
                        writer.write(LineSample(bounded(crop), label, line.language, folder.name))
    write_manifest(out, seed=seed, settings={"cut_from": [folder.name for folder in folders]})
    return +counts


def _pages_with_lines(folder: Path, dpi: float) -> Iterator[PageSample]:
    """The pages of a store or a labelled folder; those of documents on which no line has a place are not opened."""
    source = open_pages(folder, dpi)
    for index in range(len(source)):
        if not isinstance(source, LabelledPages) or source.pages[index][1].placed:
            yield source[index]


def _labels(
    lines: Sequence[LineTruth], crops: Sequence[np.ndarray], recognizer: Recognizer | None
) -> Iterable[str | LeftOut]:
    """The label of each line of a page, or why it is left out."""
    texts = [" ".join(line.text.split()) for line in lines]
    capitals = all(text == text.upper() for text in texts)
    readings = texts if recognizer is None else [reading.text for reading in recognizer.read(crops)]
    for text, reading, crop in zip(texts, readings, crops, strict=True):
        small = min(crop.shape) < _MIN_SIDE or not text
        yield LeftOut.SMALL if small else check_label(text, reading, case_unknown=capitals)


def check_label(label: str, reading: str, *, case_unknown: bool) -> str | LeftOut:
    """A line's label, or why it cannot be used.

    Args:
        label: What is said to stand there.
        reading: What a recognizer reads.
        case_unknown: Whether the label is in capitals whatever is printed: then the reading tells the case.
    """
    errors = character_errors(label.upper(), reading.upper())
    if errors.rate > _FAR:
        return LeftOut.FAR
    if not case_unknown or reading == reading.upper():
        return label
    letters = [character for character in reading if character.isalpha()]
    if errors.errors and sum(map(str.islower, letters)) < _FEW_SMALL * len(letters):
        return label
    return _restore_case(label, reading) or LeftOut.CASE


def _restore_case(label: str, reading: str) -> str | None:
    """A label in capitals with the case of the reading's letters; None where those of a word do not tell."""
    if len(reading.upper()) != len(reading):
        return None
    small: list[bool | None] = [None] * len(label)
    matcher = difflib.SequenceMatcher(None, label, reading.upper(), autojunk=False)
    for start, read_start, length in matcher.get_matching_blocks():
        for offset in range(length):
            small[start + offset] = reading[read_start + offset].islower()
    restored = []
    for at, character in enumerate(label):
        is_small = small[at]
        if is_small is None and character.isalpha():
            is_small = _case_of_neighbours(label, small, at)
            if is_small is None:
                return None
        restored.append(character.lower() if is_small else character)
    return "".join(restored)


def _case_of_neighbours(label: str, small: Sequence[bool | None], at: int) -> bool | None:
    """Whether a letter that was misread is small, by the nearest letters of its word that were read."""
    known = []
    for step in (-1, 1):
        place = at + step
        while 0 <= place < len(label) and label[place].isalpha():
            if small[place] is not None:
                known.append(small[place])
                break
            place += step
    begins = at == 0 or not label[at - 1].isalpha()
    if not known or (begins and any(known)):  # a word in small letters may begin with a capital
        return None
    return any(known)
