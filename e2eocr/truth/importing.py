"""Data sets of others made labelled folders of ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from e2eocr.errors import NothingToReadError
from e2eocr.files import fill_folder
from e2eocr.truth.adapters.checking import CheckedPicture, Findings
from e2eocr.truth.adapters.opening import DataSet, open_data_set
from e2eocr.truth.ground_truth import TRUTH_SUFFIX, format_truth
from e2eocr.truth.labels import LABELS_NAME, LabelRow, format_labels
from e2eocr.truth.records import encode_png

REPORT_NAME = "import.json"


def check_data_set(data_set: DataSet) -> Findings:
    """Look through a data set without writing anything.

    Raises:
        NothingToReadError: If it holds nothing of its format, or nothing that can be used.
        DataError: If an archive or a list of it cannot be read.
    """
    findings = Findings()
    with open_data_set(data_set, findings) as pictures:
        for _ in pictures:
            pass
    return _something(findings, data_set)


def import_data_set(data_set: DataSet, output: Path) -> Findings:
    """Write a data set as a labelled folder: pictures with a `.gt.json`, single lines with a row of `labels.tsv`.

    Each split gets a folder. `import.json` tells what was taken and what was not. The folder is written under another
    name and renamed: one that is there is whole.

    Raises:
        UsageError: If the folder is there and not empty.
        OutputError: If it cannot be written.
        NothingToReadError: If the data set holds nothing of its format, or nothing that can be used.
        DataError: If an archive or a list of it cannot be read.
    """
    findings = Findings()
    with fill_folder(output, _is_empty, "empty folder") as folder:
        with open_data_set(data_set, findings) as pictures:
            _write_pictures(pictures, folder)
        _something(findings, data_set)
        (folder / REPORT_NAME).write_bytes(_report(findings, data_set))
    return findings


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and next(folder.iterdir(), None) is None


def _something(findings: Findings, data_set: DataSet) -> Findings:
    if not findings.pictures:
        why = "; ".join(findings.summary()) or "nothing of this format and split"
        raise NothingToReadError(f"{data_set}: holds nothing that can be used. {why}")
    return findings


def _write_pictures(pictures: Iterable[CheckedPicture], folder: Path) -> None:
    rows: dict[str, list[LabelRow]] = {}
    for picture in pictures:
        path = folder / picture.split / picture.name
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _write_picture(picture, path)
        if picture.cut:
            (line,) = picture.lines
            below = file.relative_to(folder / picture.split).as_posix()
            rows.setdefault(picture.split, []).append(LabelRow(below, line.text, line.language))
        else:
            facts = {"partial": True} if picture.partial else {}
            truth = format_truth(file.name, picture.lines, facts=facts)
            path.with_name(f"{path.name}{TRUTH_SUFFIX}").write_bytes(truth)
    for split, labels in rows.items():
        (folder / split / LABELS_NAME).write_bytes(format_labels(labels))


def _write_picture(picture: CheckedPicture, path: Path) -> Path:
    """Write the picture of a data set under a name without suffix; returns its file."""
    if isinstance(picture.picture, Path):
        file = path.with_name(path.name + picture.picture.suffix.lower())
        shutil.copyfile(picture.picture, file)
    else:
        file = path.with_name(path.name + ".png")
        file.write_bytes(encode_png(picture.picture))
    return file


def _report(findings: Findings, data_set: DataSet) -> bytes:
    report: dict[str, Any] = {
        "format": data_set.format,
        "pictures": findings.pictures,
        "lines": findings.lines,
        "cut": findings.cut,
        "splits": dict(findings.splits),
        "left_out": findings.left_out,
        "mended": findings.mended,
    }
    return (json.dumps(report, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
