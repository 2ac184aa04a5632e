"""Data sets at the door: what cannot be used is left out or mended, counted by reason, and never dropped silently."""

from __future__ import annotations

import logging
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from e2eocr.documents import open_document
from e2eocr.errors import DocumentError
from e2eocr.truth.adapters.base import UNREADABLE, KnownPicture, LeftOut
from e2eocr.truth.records import LineTruth, PageTruth

log = logging.getLogger(__name__)

NO_TEXT = "it has no text"
ODD_TEXT = "its text has characters that mean nothing (U+FFFD, private use)"
OUTSIDE = "its box lies outside the picture"
NO_AREA = "its box has no area"
NO_LINES = "nothing on it can be used"
CUT_OFF = "its box reaches out of the picture: cut off at the edge"
KEPT_AS_IGNORED = "its place is kept and ignored"
RENAMED = "another one has its name: numbered"

_REACH = 2.0  # pixels by which a box may stand out without a word
_MIN_AREA = 4.0  # square pixels
_ODD = ("Co", "Cn", "Cs")  # private use, not assigned, halves of pairs
_MAX_NAME_LENGTH = 150  # characters; file systems take 255 bytes
_NAMED = 3  # examples of a reason in a summary


@dataclass
class Findings:
    """What was taken, and what was not, by reason.

    Attributes:
        pictures: Pictures that were taken, those of single lines among them.
        lines: Lines of text on them.
        cut: Pictures that are single lines.
        splits: Pictures by split.
        left_out: Names of what was left out, by reason.
        mended: Names of what was taken after a change, by reason.
    """

    pictures: int = 0
    lines: int = 0
    cut: int = 0
    splits: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    mended: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, name: str, reason: str) -> None:
        self.left_out.setdefault(reason, []).append(name)

    def mend(self, name: str, reason: str) -> None:
        self.mended.setdefault(reason, []).append(name)

    def add(self, picture: CheckedPicture) -> None:
        self.pictures += 1
        self.cut += picture.cut
        self.lines += sum(not line.ignore for line in picture.lines)
        self.splits[picture.split] += 1

    def summary(self) -> list[str]:
        """What was left out or mended, a line for each reason."""
        rows = [("left out", self.left_out), ("taken, but", self.mended)]
        return [
            f"{kind}: {len(names)}: {reason} ({_some(names)})"
            for kind, reasons in rows
            for reason, names in reasons.items()
        ]


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


@dataclass(frozen=True, eq=False, slots=True)
class CheckedPicture:
    """A picture that can be used.

    Attributes:
        name: Where it goes, with `/` and without a suffix; no other one has it.
        picture: Its file, or its pixels, `(h, w)` or `(h, w, 3)` uint8 RGB.
        lines: With polygons in pixels of the picture.
        split: Part of the set it belongs to.
        partial: Whether there is more text on it.
    """

    name: str
    picture: Path | np.ndarray
    lines: tuple[LineTruth, ...]
    split: str
    partial: bool

    @property
    def cut(self) -> bool:
        """Whether it is the picture of a single line."""
        return len(self.lines) == 1 and not self.lines[0].placed


def check_pictures(
    found: Iterable[KnownPicture | LeftOut], findings: Findings, *, split: str = "", language: str = ""
) -> Iterator[CheckedPicture]:
    """Check what an adapter gives, picture by picture.

    Args:
        found: What the adapter gives.
        findings: Counts it.
        split: The one to take; empty for all.
        language: Of lines that do not tell theirs.
    """
    taken: set[str] = set()
    for each in found:
        if isinstance(each, KnownPicture) and split not in ("", each.split):
            continue
        checked = _check(each, findings, language) if isinstance(each, KnownPicture) else each
        if isinstance(checked, LeftOut):
            findings.leave_out(checked.name, checked.reason)
            continue
        named = _named_apart(checked, taken)
        if named is not checked:
            findings.mend(checked.name, RENAMED)
        findings.add(named)
        yield named


def _named_apart(picture: CheckedPicture, taken: set[str]) -> CheckedPicture:
    """The picture under a name that no other one has, in any case of its letters: some file systems do not tell it."""
    named, number = picture, 1
    while f"{named.split}/{named.name}".casefold() in taken:
        number += 1
        named = replace(picture, name=f"{picture.name}-{number}")
    taken.add(f"{named.split}/{named.name}".casefold())
    return named


def _check(found: KnownPicture, findings: Findings, language: str) -> CheckedPicture | LeftOut:
    try:
        height, width = _size(found.picture)
    except DocumentError as error:
        log.debug("%s", error)
        return LeftOut(found.name, UNREADABLE)
    with np.errstate(over="ignore", invalid="ignore"):  # a width that cannot be gives places that are left out
        truth = PageTruth(found.lines, width=found.width).scaled_to(width)
    single = len(truth.lines) == 1 and not truth.lines[0].placed
    lines = []
    for number, line in enumerate(truth.lines, start=1):
        name = found.name if single else f"{found.name}, line {number}"
        checked = _check_line(line, name, (width, height), findings, language)
        if isinstance(checked, LeftOut) and single:
            return checked
        if isinstance(checked, LeftOut):
            findings.leave_out(checked.name, checked.reason)
        else:
            lines.append(checked)
    if truth.lines and not lines:
        return LeftOut(found.name, NO_LINES)
    name = safe_name(found.name) or "picture"
    return CheckedPicture(name, found.picture, tuple(lines), safe_name(found.split), found.partial)


def safe_name(name: str) -> str:
    """A name that stays below its folder and can stand in a list: no way up, no control characters."""
    parts = (part[:_MAX_NAME_LENGTH] for part in name.split("/"))
    parts = ("".join(c if c.isprintable() and c not in '<>:"|?*\\' else "_" for c in part) for part in parts)
    return "/".join(part for part in parts if part.strip(". "))


def _size(picture: Path | np.ndarray) -> tuple[int, int]:
    """Height and width of a picture, as a person sees it; it is decoded whole.

    Raises:
        DocumentError: If it cannot be read.
    """
    if isinstance(picture, Path):
        with open_document(picture) as opened:
            picture = opened.read_page(0).pixels
    return picture.shape[0], picture.shape[1]


def _check_line(
    line: LineTruth, name: str, size: tuple[int, int], findings: Findings, language: str
) -> LineTruth | LeftOut:
    text = clean_text(line.text)
    reason = "" if line.ignore else _reason_against(text)
    if reason and not line.placed:
        return LeftOut(name, reason)
    if reason:
        findings.mend(name, f"{reason}: {KEPT_AS_IGNORED}")
    line = replace(line, text=text, language=line.language or language, ignore=line.ignore or bool(reason))
    return _check_place(line, name, size, findings) if line.placed else line


def clean_text(text: str) -> str:
    """A text in NFC, with single spaces and without control characters."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(character for character in spaced if unicodedata.category(character) != "Cc")


def _reason_against(text: str) -> str:
    if not text:
        return NO_TEXT
    odd = any(character == "\ufffd" or unicodedata.category(character) in _ODD for character in text)
    return ODD_TEXT if odd else ""


def _check_place(line: LineTruth, name: str, size: tuple[int, int], findings: Findings) -> LineTruth | LeftOut:
    """The line with its polygon inside the picture `(width, height)`."""
    if not np.isfinite(line.polygon).all():
        return LeftOut(name, NO_AREA)
    inside = np.clip(line.polygon, 0, size).astype(np.float32)
    if abs(cv2.contourArea(line.polygon)) < _MIN_AREA:
        return LeftOut(name, NO_AREA)
    if abs(cv2.contourArea(inside)) < _MIN_AREA:
        return LeftOut(name, OUTSIDE)
    if np.abs(inside - line.polygon).max() > _REACH:
        findings.mend(name, CUT_OFF)
    return replace(line, polygon=inside)
