"""What an evaluation counts and tells: scores that add up, readings beside their truth, a table and plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from e2eocr.results import Origins
from e2eocr.truth.labelled import LabelledDocument
from e2eocr.truth.metrics import DetectionScore, ErrorCount, ScriptCount, WordCount

# The figures of a table, and what stands above each.
_HEADINGS = {
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
    origins: Origins = field(default_factory=Origins)

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
            self.origins + other.origins,
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
        cells = [["set", "language", *_HEADINGS.values()]]
        for (group, language), scores in self.rows.items():
            figures = scores.figures()
            cells.append([group, language, *(_cell(figures[name]) for name in _HEADINGS)])
        widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
        lines = [_table_line(row, widths) for row in cells]
        lines += [f"{self.total.origins}"] if str(self.total.origins) else []
        lines += [f"failed: {name}: {reason}" for name, reason in self.failed]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data."""
        return {
            "rows": [
                {"set": group, "language": language, **scores.figures(), "origins": scores.origins.to_plain()}
                for (group, language), scores in self.rows.items()
            ],
            "failed": [{"name": name, "reason": reason} for name, reason in self.failed],
            "worst": [
                {
                    "name": reading.document.name,
                    "page": reading.index + 1,
                    "cer": round(reading.characters.rate, 4),
                    "picture": picture_name(rank, reading),
                    "truth": reading.truth,
                    "found": reading.found,
                }
                for rank, reading in enumerate(self.worst, start=1)
            ],
        }


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _table_line(row: list[str], widths: list[int]) -> str:
    names = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
    figures = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*names, *figures])


def picture_name(rank: int, reading: PageReading) -> str:
    """What the picture of a page is called, below the folder of the evaluation; `rank` counts the worst from 1."""
    return f"worst/{rank:02d}-{reading.document.name.replace('/', '-')}-{reading.index + 1}.jpg"
