"""Labelled documents of a folder: each with its truth, the text that is right and where it stands.

Truth lies beside each document, in one of three ways. `<stem>.gt.json` names the `file` and holds `lines`
(`text`, `polygon` in page pixels, `ignore`), or `pages` of such lines with their `page` number and `width` in any
unit (PDF points, say), or only `text`; and may name the `language`, and say `partial`. `labels.tsv` has a
`file<TAB>text` a line. `<stem>.txt` is the text, a form feed between pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.documents import is_readable_suffix
from e2eocr.errors import DataError, NothingToReadError

UNKNOWN_LANGUAGE = "und"
TRUTH_SUFFIX = ".gt.json"
LABELS_NAME = "labels.tsv"


@dataclass(frozen=True, slots=True)
class TruthPage:
    """What is right for one page.

    Attributes:
        text: The lines in reading order.
        quads: `(n, 4, 2)` float32 corners of the lines, empty where they are not known.
        ignored: `(k, 4, 2)` float32 places that do not count.
        index: Page of the document, from 0; None when the text is that of the whole document.
        width: Width of the page in the unit of the quads; None when they are in pixels of the page.
        quad_texts: The text of each of the quads.
    """

    text: str
    quads: np.ndarray
    ignored: np.ndarray
    index: int | None = None
    width: float | None = None
    quad_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """A document with its truth. `name` is its path below the evaluated folder, `group` the folder it lies in."""

    path: Path
    name: str
    group: str
    language: str
    pages: tuple[TruthPage, ...]
    partial: bool = False


def find_labelled(folder: Path) -> list[LabelledDocument]:
    """Find the labelled documents of a folder and its subfolders, by name.

    Where a document has truth of several kinds, `.gt.json` goes before `labels.tsv`, and that before `.txt`.

    Raises:
        NothingToReadError: If there is none.
        DataError: If truth is malformed or names a file that is not there.
    """
    found: dict[Path, LabelledDocument] = {}
    for truth in sorted(folder.rglob("*" + TRUTH_SUFFIX)):
        document = _from_json(truth, folder)
        found.setdefault(document.path, document)
    for labels in sorted(folder.rglob(LABELS_NAME)):
        for path, text in _label_rows(labels, folder):
            found.setdefault(path, _plain_document(path, text, folder))
    for path in sorted(folder.rglob("*")):
        truth = path.with_suffix(".txt")
        if is_readable_suffix(path) and path not in found and truth.is_file():
            found[path] = _plain_document(path, _load_text(truth), folder)
    if not found:
        raise NothingToReadError(
            f"{folder}: no labelled documents. Put `<stem>{TRUTH_SUFFIX}` or `<stem>.txt` beside each picture, "
            f"or a `{LABELS_NAME}` with `file<TAB>text` lines."
        )
    return [found[path] for path in sorted(found)]


def _from_json(truth: Path, folder: Path) -> LabelledDocument:
    """The document that a `.gt.json` describes."""
    try:
        data = json.loads(_load_text(truth))
        path = truth.parent / data["file"]
        language = data.get("language") or UNKNOWN_LANGUAGE
        language = language if isinstance(language, str) else "+".join(language)
        pages = _json_pages(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{truth}: is not truth that can be used ({type(error).__name__}: {error}). "
            "Expected `file` with `lines`, `pages` or `text`."
        ) from error
    _check_there(path, truth, folder)
    return LabelledDocument(path, *_names(path, folder), language, pages, bool(data.get("partial")))


def _json_pages(data: dict[str, Any]) -> tuple[TruthPage, ...]:
    if "pages" in data:
        return tuple(
            _lines_page(page["lines"], index=int(page["page"]) - 1, width=float(page["width"]))
            for page in data["pages"]
        )
    return (_lines_page(data["lines"]),) if "lines" in data else _text_pages(data["text"])


def _lines_page(lines: list[dict[str, Any]], index: int | None = None, width: float | None = None) -> TruthPage:
    kept = [line for line in lines if not line.get("ignore")]
    ignored = [line for line in lines if line.get("ignore")]
    text = "\n".join(line["text"] for line in kept)
    quad_texts = tuple(line["text"] for line in kept if line.get("polygon"))
    return TruthPage(text, _quads(kept), _quads(ignored), index, width, quad_texts)


def _quads(lines: list[dict[str, Any]]) -> np.ndarray:
    return np.array([line["polygon"] for line in lines if line.get("polygon")], np.float32).reshape(-1, 4, 2)


def _text_pages(text: str) -> tuple[TruthPage, ...]:
    """Pages of a text with a form feed between them; without one the text is that of the whole document."""
    nothing = np.zeros((0, 4, 2), np.float32)
    pages = text.rstrip("\f\n").split("\f")
    if len(pages) == 1:
        return (TruthPage(pages[0], nothing, nothing),)
    return tuple(TruthPage(page, nothing, nothing, index) for index, page in enumerate(pages))


def _plain_document(path: Path, text: str, folder: Path) -> LabelledDocument:
    return LabelledDocument(path, *_names(path, folder), UNKNOWN_LANGUAGE, _text_pages(text))


def _label_rows(labels: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    for number, line in enumerate(_load_text(labels).splitlines(), start=1):
        if not line.strip():
            continue
        name, tab, text = line.partition("\t")
        if not tab:
            raise DataError(f"{labels}, line {number}: expected `file<TAB>text`. Received: {line[:60]!r}")
        path = labels.parent / name
        _check_there(path, labels, folder)
        yield path, text


def _check_there(path: Path, truth: Path, folder: Path) -> None:
    if ".." in path.relative_to(folder).parts or not path.is_file():
        raise DataError(f"{truth}: names {path.name}, which is not there. Put the file beside it, or take it out.")


def _load_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as UTF-8 text: {error}. Save it as UTF-8.") from error


def _names(path: Path, folder: Path) -> tuple[str, str]:
    """Name of a document below the evaluated folder, and the set it belongs to."""
    below = path.relative_to(folder)
    group = below.parent.as_posix()
    return below.as_posix(), group if group != "." else folder.resolve().name
