"""What an adapter gives, and what it may ask of the data set it reads."""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from e2eocr.documents import is_readable_suffix, open_document
from e2eocr.errors import DataError, DocumentError, NothingToReadError
from e2eocr.truth.adapters.elements import local_name
from e2eocr.truth.records import NO_PLACE, WRONG_DATA, LineTruth

log = logging.getLogger(__name__)

Known = TypeVar("Known")


@dataclass(frozen=True, eq=False, slots=True)
class KnownPicture:
    """A picture of a data set with its truth, as the set has it: nothing is checked yet.

    Attributes:
        name: Where it lies below the set, with `/` and without a suffix.
        picture: Its file, or its pixels, `(h, w)` or `(h, w, 3)` uint8.
        lines: What stands on it, in reading order. One line without a place makes it a line that is cut already.
        width: Width of the picture in the unit of the polygons; None when they are in its pixels.
        split: Part of the set that its makers put it into, such as `train`; empty where there is none.
        partial: Whether there is more text on it than the set tells.
    """

    name: str
    picture: Path | np.ndarray
    lines: tuple[LineTruth, ...]
    width: float | None = None
    split: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that cannot be used: what it is, and why."""

    name: str
    reason: str


NO_PICTURE = "its picture is missing"
UNREADABLE = "its picture cannot be read"
MALFORMED = "it is malformed"
NOT_TEXT = "it cannot be read, or is in another encoding (name it by --encoding)"


@dataclass(frozen=True)
class DataSource:
    """A data set on the disk.

    Attributes:
        root: Its folder.
        only: The file that was named instead of a folder.
        pictures: Further folders in which pictures are looked for.
        encoding: Of its text files; a byte order mark goes before it.
    """

    root: Path
    only: Path | None = None
    pictures: tuple[Path, ...] = ()
    encoding: str = "utf-8"
    _remembered: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def remember(self, key: str, build: Callable[[], Known]) -> Known:
        """What `build` gives, asked once for each key."""
        if key not in self._remembered:
            self._remembered[key] = build()
        known: Known = self._remembered[key]
        return known

    def find(self, *patterns: str) -> list[Path]:
        """The files whose names match a pattern, below the root, by name."""
        if self.only is not None:
            return [self.only] if any(self.only.match(pattern) for pattern in patterns) else []
        return sorted({path for pattern in patterns for path in self.root.rglob(pattern) if path.is_file()})

    def require(self, *patterns: str) -> list[Path]:
        """The same, where there must be one. A file that was named counts whatever its name, if its suffix is right.

        Raises:
            NothingToReadError: If there is none.
        """
        suffixes = {PurePosixPath(pattern).suffix for pattern in patterns} - {""}
        found = [self.only] if self.only and self.only.suffix in suffixes else self.find(*patterns)
        if not found:
            names = " or ".join(patterns)
            raise NothingToReadError(
                f"{self.only or self.root}: no {names}. Name the folder that holds it, or another format."
            )
        return found

    def text(self, path: Path) -> str:
        """A text file; its line ends are line feeds.

        Raises:
            DataError: If it cannot be read, or is in another encoding.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}. Check its permissions.") from error
        marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
        encoding = next((name for mark, name in marks if data.startswith(mark)), self.encoding)
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except (UnicodeDecodeError, LookupError) as error:
            raise DataError(f"{path}: is not text in {encoding}: {error}. Name its encoding by --encoding.") from error

    def json(self, path: Path) -> Any:
        """What a JSON file holds.

        Raises:
            DataError: If it cannot be read, or is no JSON.
        """
        try:
            return json.loads(self.text(path))
        except (RecursionError, ValueError) as error:
            raise DataError(f"{path}: is no JSON: {error}. Copy it again.") from error

    def xml(self, path: Path, root: str) -> Element:
        """The root of an XML file, whose name without its namespace must be this.

        Raises:
            ValueError: If it is no XML, or has another root.
        """
        try:
            found = ElementTree.fromstring(path.read_bytes())
        except (OSError, ElementTree.ParseError, LookupError, ValueError) as error:
            raise ValueError(f"{path} is no XML: {error}") from error
        if local_name(found) != root:
            raise ValueError(f"{path} holds {found.tag}, not {root}")
        return found

    def picture(self, name: str, beside: Path | None = None) -> Path | None:
        """The picture of a name, as it stands in a file of truth that lies in the folder `beside`; None without one.

        It may be a path from there, from the root or a folder of pictures, or from a place of another machine: then
        only its last part counts. Without a suffix, or with that of a picture that was converted since, its stem does.
        """
        relative = PurePosixPath(PureWindowsPath(name).as_posix())
        folders = [beside or self.root, self.root, *self.pictures]
        strays = relative.is_absolute() or ".." in relative.parts or ":" in name
        for folder in folders if relative.name and not strays and is_readable_suffix(Path(relative.name)) else ():
            if os.path.isfile(folder / relative):  # unlike that of paths, it takes names of any length
                return folder / relative
        named = self._by_name.get(relative.name, [])
        found = named or self._by_stem.get(relative.name, []) or self._by_stem.get(relative.stem, [])
        here = [path for path in found if path.parent == beside]
        return here[0] if here else found[0] if len(found) == 1 else None

    def name_of(self, path: Path) -> str:
        """Where a file lies below the root (or a folder of pictures), without its suffix."""
        for folder in (self.root, *self.pictures):
            if path.is_relative_to(folder):
                return path.relative_to(folder).with_suffix("").as_posix()
        return path.stem

    @cached_property
    def _all_pictures(self) -> list[Path]:
        folders = (self.root, *self.pictures)
        return sorted({path for folder in folders for path in folder.rglob("*") if is_readable_suffix(path)})

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        return _grouped(self._all_pictures, lambda path: path.name)

    @cached_property
    def _by_stem(self) -> dict[str, list[Path]]:
        return _grouped(self._all_pictures, lambda path: path.stem)


def _grouped(paths: list[Path], key: Callable[[Path], str]) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        groups[key(path)].append(path)
    return groups


# Reads a data set: every picture with its truth, and everything that cannot be used, in a fixed order.
# Raises DataError where nothing of it can be used, NothingToReadError where it holds nothing of this format.
ReadDataSet = Callable[[DataSource], Iterator[KnownPicture | LeftOut]]


ReadFile = Callable[[DataSource, Path], Iterator[KnownPicture | LeftOut]]


def read_files(
    source: DataSource, paths: Iterable[Path], read: ReadFile, kind: str
) -> Iterator[KnownPicture | LeftOut]:
    """Read a data set file by file: one that is malformed, or of another kind, costs what is told in it alone."""
    for path in paths:
        try:
            found = list(read(source, path))
        except DataError:
            found = [LeftOut(source.name_of(path), NOT_TEXT)]
        except WRONG_DATA as error:
            log.debug("%s: %r", path, error)
            found = [LeftOut(source.name_of(path), f"no file of {kind}, or a malformed one")]
        yield from found


def size_of(picture: Path) -> tuple[int, int] | None:
    """Width and height of a picture as a person sees it; None where it cannot be read."""
    try:
        with open_document(picture) as opened:
            size = opened.page_size(0)
    except DocumentError:
        return None
    return size.width, size.height


def whole_line(text: str, language: str = "") -> LineTruth:
    """What stands on a picture of one line."""
    return LineTruth(text, NO_PLACE, language, 0)
