"""Labelled documents of a folder: each with its truth, the text that is right and where it stands.

Truth lies beside each document, in one of three ways: `<stem>.gt.json` (see `ground_truth`), a row of `labels.tsv` (see
`labels`), or `<stem>.txt`, the text, a form feed between pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2eocr.documents import is_readable_suffix
from e2eocr.errors import DataError, NothingToReadError
from e2eocr.truth.ground_truth import TRUTH_SUFFIX, UNKNOWN_LANGUAGE, load_text, load_truth, text_pages
from e2eocr.truth.labels import LABELS_NAME, load_labels
from e2eocr.truth.records import PageTruth


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
    """Find the labelled documents of a folder and its subfolders, by name.

    Where a document has truth of several kinds, `.gt.json` goes before `labels.tsv`, and that before `.txt`.

    Raises:
        NothingToReadError: If there is none.
        DataError: If truth is malformed or names a file that is not there.
    """
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
    if not path.is_relative_to(folder) or ".." in path.relative_to(folder).parts or not path.is_file():
        raise DataError(f"{truth}: names {file}, which is not there. Put the file beside it, or take it out.")
    return path
