"""More formats of documents that were read before: JSON results in, files out, nothing read again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2eocr.errors import DocumentError, OCRError, OutputError, PlaceTakenError, UsageError
from e2eocr.files import digest_file, replace_files
from e2eocr.results import Document
from e2eocr.writers import FORMATS, KEEP, SourceFile, read_json, write_document

_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of one result.

    Attributes:
        path: The JSON file.
        written: The files that were made of it.
        message: Why there are none, for people; None if all went well.
    """

    path: Path
    written: tuple[Path, ...] = ()
    message: str | None = None


def convert(
    results: Sequence[Path],
    formats: Sequence[str],
    *,
    output: Path | None = None,
    source: Path | None = None,
    dehyphenate: bool = False,
    page_furniture: str = KEEP,
    force: bool = False,
    **source_options: Any,
) -> Iterator[Conversion]:
    """Write results in further formats. One that cannot be converted does not keep the others from it.

    A file that is there already, and is not just what would be written, is kept: that result is not converted.

    Args:
        results: JSON files as `scan` writes them, and folders that are searched for them.
        formats: Keys of `FORMATS`.
        output: A folder for the files; for one result in one format, also the file itself. Without it they are
            written beside each result.
        source: The document that was read, or the folder that was scanned, for formats that show pages. Without it,
            documents are looked for by their path from the current folder.
        dehyphenate: Whether `txt` has words whole that the end of a line parts.
        page_furniture: Whether `txt`, `md` and `docx` `keep` headers, footers and page numbers, or `leave-out` those.
        force: Whether to replace files all the same.
        source_options: `passwords`, `signed` and `pdf_images` of `SourceFile`.

    Yields:
        One outcome for each result, in order.

    Raises:
        UsageError: If an input is not there, or files would overwrite each other.
        OutputError: If a file cannot be written.
    """
    writing: dict[str, Any] = {"dehyphenate": dehyphenate, "page_furniture": page_furniture}
    places = _find_results(results)
    targets = _plan(places, formats, output)
    for path in places:
        try:
            document = _parse(read_result(path), path)
            origin = _find_source(document, formats, source, source_options)
            contents = {targets[path, name]: write_document(document, name, origin, **writing) for name in formats}
            replace_files(_not_there(contents, force))
        except OutputError:
            raise
        except OCRError as error:
            of_result = isinstance(error, DocumentError) and error.path == path
            yield Conversion(path, message=str(error) if of_result else f"{path}: {error}")
        else:
            yield Conversion(path, tuple(targets[path, name] for name in formats))


def _not_there(contents: dict[Path, bytes], force: bool) -> dict[Path, bytes]:
    """The files that are to be written: those that are not there yet.

    Raises:
        PlaceTakenError: If another file has the name of one.
    """
    lacking = {}
    for path, data in contents.items():
        # What is no file is not read either: a pipe that nobody writes to would never end.
        if os.path.lexists(path) and not path.is_file():
            raise PlaceTakenError(path, "is there already, and is no file. Choose another place.")
        try:
            there = path.read_bytes() == data
        except OSError:  # it is not there, or writing tells what is wrong with it
            there = False
        if not there and path.is_file() and not force:
            raise PlaceTakenError(path, "is there already, with other content. Move it away, or give `--force`.")
        if not there:
            lacking[path] = data
    return lacking


def _find_results(results: Sequence[Path]) -> dict[Path, Path]:
    """The JSON files, each with its place below the folder it was found in."""
    places: dict[Path, Path] = {}
    for given in results:
        if given.is_dir():
            found = sorted(path for path in given.rglob(f"*{_SUFFIX}") if path.is_file())
            places.update({path: path.relative_to(given) for path in found})
        elif given.exists():
            places[given] = Path(given.name)
        else:
            raise UsageError(f"{given}: there is no such file. Name JSON results of a scan, or a folder of them.")
    if not places:
        raise UsageError("Nothing to convert: no JSON results. Scan with `--format json` first.")
    return places


def _plan(places: dict[Path, Path], formats: Sequence[str], output: Path | None) -> dict[tuple[Path, str], Path]:
    """Where each result goes in each format."""
    if output is not None and len(places) == len(formats) == 1 and not _is_folder(output):
        return {(next(iter(places)), formats[0]): output}
    targets: dict[tuple[Path, str], Path] = {}
    owners: dict[Path, Path] = {}
    for path, place in places.items():
        base = path if output is None else output / place
        for name in formats:
            target = base.with_name(f"{base.name.removesuffix(_SUFFIX)}.{FORMATS[name].suffix}")
            other = owners.setdefault(target, path)
            if other != path:
                raise UsageError(f"{other} and {path} would both become {target}: convert them into separate folders.")
            targets[path, name] = target
    return targets


def _is_folder(output: Path) -> bool:
    """Whether an output is meant as a folder: it is one, or its name says nothing of a file."""
    return output.is_dir() or not output.suffix


def convert_data(
    data: bytes,
    path: Path,
    format: str,
    *,
    source: Path | None = None,
    dehyphenate: bool = False,
    page_furniture: str = KEEP,
    **source_options: Any,
) -> bytes:
    """One JSON result in another format; arguments and errors are those of `convert`. `path` is for messages."""
    document = _parse(data, path)
    origin = _find_source(document, (format,), source, source_options)
    return write_document(document, format, origin, dehyphenate=dehyphenate, page_furniture=page_furniture)


def read_result(path: Path) -> bytes:
    """The bytes of a JSON result.

    Raises:
        DocumentError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(path, f"cannot be read: {error.strerror}. Check its permissions.") from error


def _parse(data: bytes, path: Path) -> Document:
    try:
        return read_json(data)
    except (ValueError, RecursionError) as error:
        raise DocumentError(path, f"is no result of a scan: {error}. Scan the document again.") from error


def _find_source(
    document: Document, formats: Sequence[str], source: Path | None, options: dict[str, Any]
) -> SourceFile | None:
    """The file of a document, if a format needs it; it must be the very file that was read."""
    if not any(FORMATS[name].needs_source for name in formats):
        return None
    path = Path(document.source.path) if source is None else source
    if source is not None and source.is_dir():
        path = source / document.source.path
    if not path.is_file():
        raise UsageError(
            f"{document.source.path}: its pages are needed, and {path} is not there. Name the document, or the folder "
            "that was scanned, by `--source`."
        )
    if digest_file(path)[0] != document.source.sha256:
        raise UsageError(f"{path}: is not the file that was read, or has changed since. Scan it again.")
    return SourceFile(path, **options)
