"""Labelled documents of a folder: each with its truth, the text that is right and where it stands.

Truth lies beside each document, in one of three ways: `<stem>.gt.json` (see `ground_truth`), a row of `labels.tsv` (see
`labels`), or `<stem>.txt`, the text, a form feed between pages.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from e2eocr.documents import is_readable_suffix
from e2eocr.errors import DataError, NothingToReadError
from e2eocr.truth.adapters.checking import CheckedPicture, Findings
from e2eocr.truth.adapters.opening import DataSet, named_data_set, open_data_set, warn_of
from e2eocr.truth.ground_truth import TRUTH_SUFFIX, UNKNOWN_LANGUAGE, load_text, load_truth, text_pages
from e2eocr.truth.labels import LABELS_NAME, load_labels
from e2eocr.truth.records import PageTruth, encode_png


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """A document with its truth. `name` is its path below the evaluated folder, `group` the folder it lies in."""

    path: Path
    name: str
    group: str
    language: str
    pages: tuple[PageTruth, ...]
    partial: bool = False


def find_labelled(folder: Path) -> list[LabelledDocument]:
    """Find the labelled documents of a folder and its subfolders, or of a data set `FORMAT:PATH`, by name.

    Where a document has truth of several kinds, `.gt.json` goes before `labels.tsv`, and that before `.txt`.

    Raises:
        NothingToReadError: If there is none.
        DataError: If truth is malformed or names a file that is not there.
    """
    data_set = named_data_set(folder)
    if data_set is not None:
        return _of_data_set(data_set)
    found: dict[Path, LabelledDocument] = {}
    for path in sorted(folder.rglob("*" + TRUTH_SUFFIX)):
        truth = load_truth(path)
        named = _named_file(path, truth.file, folder)
        found.setdefault(named, _document(named, folder, truth.language, truth.pages, truth.partial))
    for path in sorted(folder.rglob(LABELS_NAME)):
        for row in load_labels(path):
            named = _named_file(path, row.file, folder)
            found.setdefault(named, _plain(named, folder, row.text, row.language))
    for path in sorted(folder.rglob("*")):
        text = path.with_suffix(".txt")
        if is_readable_suffix(path) and path not in found and text.is_file():
            found[path] = _plain(path, folder, load_text(text))
    if not found:
        raise NothingToReadError(
            f"{folder}: no labelled documents. Put `<stem>{TRUTH_SUFFIX}` or `<stem>.txt` beside each picture, "
            f"or a `{LABELS_NAME}` with `file<TAB>text` lines."
        )
    return [found[path] for path in sorted(found)]


def _of_data_set(data_set: DataSet) -> list[LabelledDocument]:
    """The documents of a data set; what was left out is logged. Its pictures stay where they are."""
    findings = Findings()
    documents: list[LabelledDocument] = []
    folder = Path(_held.enter_context(tempfile.TemporaryDirectory(prefix="e2eocr-")))
    for picture in _held.enter_context(open_data_set(data_set, findings)):
        path = _kept_file(picture, folder / f"{len(documents)}.png")
        languages = sorted({line.language for line in picture.lines if line.language})
        language = "+".join(languages) or UNKNOWN_LANGUAGE
        group = picture.split or data_set.format
        pages = (PageTruth(picture.lines),)
        name = f"{group}/{picture.name}{path.suffix}"
        documents.append(LabelledDocument(path, name, group, language, pages, picture.partial))
    warn_of(findings, data_set)
    if not documents:
        raise NothingToReadError(f"{data_set}: holds nothing that can be used. `e2eocr import --check` tells why.")
    return sorted(documents, key=lambda document: document.name)


# Folders of pictures that a data set holds in archives and arrays: documents are read from files.
_held = ExitStack()
atexit.register(_held.close)


def _kept_file(picture: CheckedPicture, path: Path) -> Path:
    """The file of a picture; one that is there in memory alone is written to a path."""
    if isinstance(picture.picture, Path):
        return picture.picture
    path.write_bytes(encode_png(picture.picture))
    return path


def _plain(path: Path, folder: Path, text: str, language: str = "") -> LabelledDocument:
    language = language or UNKNOWN_LANGUAGE
    return _document(path, folder, language, text_pages(text, language))


def _document(
    path: Path, folder: Path, language: str, pages: tuple[PageTruth, ...], partial: bool = False
) -> LabelledDocument:
    """A document with its name below the evaluated folder, and the set it belongs to."""
    below = path.relative_to(folder)
    group = below.parent.as_posix()
    group = group if group != "." else folder.resolve().name
    return LabelledDocument(path, below.as_posix(), group, language, pages, partial)


def _named_file(truth: Path, file: str, folder: Path) -> Path:
    """The document that a file of truth names; it must be there, below the folder."""
    path = truth.parent / file
    if not path.is_relative_to(folder) or ".." in path.relative_to(folder).parts or not os.path.isfile(path):
        raise DataError(f"{truth}: names {file}, which is not there. Put the file beside it, or take it out.")
    return path
