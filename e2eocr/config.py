"""Settings: frozen dataclasses, checked once when they are made, and their way in from TOML."""

from __future__ import annotations

import dataclasses
import difflib
import sys
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from e2eocr.errors import UsageError
from e2eocr.writers import FORMATS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT_LAYER_CHOICES = ("auto", "ignore")
PDF_ENGINES = ("auto", "poppler", "pdfium")
READING_ORDERS = ("columns", "rows")
EXECUTORS = ("process", "serial", "ray")
LOG_FORMATS = ("text", "json")
DPI_RANGE = (50.0, 1200.0)
# A slanted colour page of this size takes a worker of one thread up to 450 MiB, of which its decoding takes most.
DEFAULT_MAX_PIXELS = 50_000_000

Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How documents are read.

    Attributes:
        detector: Name or folder of the bundle that finds lines, `projection` or `whole-image`.
        recognizer: Name or folder of the bundle that reads lines.
        dpi: Resolution at which PDF pages are drawn, in pixels per inch.
        text_layer: `auto` takes the text a PDF page carries, `ignore` reads the picture of the page always.
        pdf_engine: What draws PDF pages; `auto` is poppler where it is installed, else PDFium.
        order: Whether columns or rows come first in the reading order.
        min_legibility: Least mean confidence of a line's characters, 0–1, for it to be kept; 0 keeps all. A page that
            would lose half of its lines or more keeps them: what was read is all there is.
        threads: Threads a worker may use for its models.
        passwords: Tried one after the other on PDFs that are locked.
        max_pixels: Pages with more pixels than this are reduced, or refused where even that takes too much memory.

    Raises:
        UsageError: If a value is out of its range.
    """

    detector: str = "dbnet"
    recognizer: str = "alphabetic"
    dpi: float = 200.0
    text_layer: str = "auto"
    pdf_engine: str = "auto"
    order: str = "columns"
    min_legibility: float = 0.65
    threads: int = 1
    passwords: tuple[str, ...] = field(default=(), repr=False)
    max_pixels: int = DEFAULT_MAX_PIXELS

    def __post_init__(self) -> None:
        _check_choice("text_layer", self.text_layer, TEXT_LAYER_CHOICES)
        _check_choice("pdf_engine", self.pdf_engine, PDF_ENGINES)
        _check_choice("order", self.order, READING_ORDERS)
        _check_at_least_one("threads", self.threads)
        _check_at_least_one("max_pixels", self.max_pixels)
        if not 0 <= self.min_legibility <= 1:
            raise UsageError(f"Invalid `min_legibility`. Expected 0 to 1. Received: {self.min_legibility:g}")
        lowest, highest = DPI_RANGE
        if not lowest <= self.dpi <= highest:
            raise UsageError(f"Invalid `dpi`. Expected {lowest:g} to {highest:g}. Received: dpi={self.dpi:g}")

    def fingerprint_fields(self) -> dict[str, Any]:
        """The settings that change what is read, beside the models, as plain values in a fixed order.

        Passwords and threads are left out: they never change the text, and the first are secret.
        """
        names = ("dpi", "text_layer", "pdf_engine", "order", "min_legibility", "max_pixels")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """One run over files and folders.

    Attributes:
        inputs: Files, and folders that are walked with all their subfolders.
        output: Folder for the results; made if it is not there.
        formats: What to write for each document, names of `e2eocr.writers.FORMATS`.
        dehyphenate: Whether `txt` has words whole that the end of a line parts.
        workers: Documents read at the same time; None lets the runner choose by the machine.
        executor: `process` for worker processes, `serial` for this process alone, `ray` for a cluster.
        ray_address: Where the cluster is, as Ray names it; `auto` finds one that runs here.
        page_timeout: Seconds that a page may take; 0 for no limit.
        document_timeout: Seconds of work that a document may take; 0 for no limit.
        memory_limit: MiB that a worker may take; 0 for no limit.
        recycle_pages: Pages after which a worker is replaced by a fresh one; 0 for never.
        force: Whether to read again what an earlier run has finished.
        retry_failed: Whether to read again what, or pages of which, an earlier run could not read.
        settle: Seconds for which a file must not have been written to; others are left for the next run.
        wait: Seconds to wait for another run that holds the output folder.
        report: Where to write the report of the run, if anywhere beside the output folder's own.
        quiet: Whether to keep progress and summary off stderr.
        log_format: What stderr is for: `text` for people, `json` for programs, an object a line.
        read: How each document is read.

    Raises:
        UsageError: If a value is out of its range.
    """

    inputs: tuple[Path, ...]
    output: Path
    formats: tuple[str, ...] = ("txt", "json")
    dehyphenate: bool = False
    workers: int | None = None
    executor: str = "process"
    ray_address: str = "auto"
    page_timeout: float = 300.0
    document_timeout: float = 0.0
    memory_limit: int = 0
    recycle_pages: int = 1000
    force: bool = False
    retry_failed: bool = False
    settle: float = 0.0
    wait: float = 0.0
    report: Path | None = None
    quiet: bool = False
    log_format: str = "text"
    read: ReadSettings = field(default_factory=ReadSettings)

    def __post_init__(self) -> None:
        if not self.inputs:
            raise UsageError("Nothing to scan: name at least one file or folder.")
        if not self.formats:
            raise UsageError(f"Invalid `formats`. Expected at least one of: {', '.join(FORMATS)}. Received: none")
        for name in self.formats:
            _check_choice("formats", name, FORMATS)
        if self.workers is not None:
            _check_at_least_one("workers", self.workers)
        _check_choice("executor", self.executor, EXECUTORS)
        _check_choice("log_format", self.log_format, LOG_FORMATS)
        for name in ("settle", "wait", "page_timeout", "document_timeout"):
            _check_not_negative(name, getattr(self, name), "seconds")
        for name in ("memory_limit", "recycle_pages"):
            _check_not_negative(name, getattr(self, name))


def _check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise UsageError(f"Invalid `{name}`. Expected one of: {', '.join(choices)}. Received: {name}={value!r}")


def _check_not_negative(name: str, value: float, unit: str = "") -> None:
    if not 0.0 <= value < float("inf"):
        expected = f"0 or more {unit}".rstrip()
        raise UsageError(f"Invalid `{name}`. Expected {expected}. Received: {name}={value:g}")


def _check_at_least_one(name: str, value: int) -> None:
    if value < 1:
        raise UsageError(f"Invalid `{name}`. Expected a whole number of at least 1. Received: {name}={value}")


def load_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as plain values.

    Raises:
        UsageError: If the file cannot be opened or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}. Check the path of the settings file.") from error
    except ValueError as error:
        raise UsageError(f"{path}: is not valid TOML: {error}") from error


def settings_from_mapping(kind: type[Settings], values: Mapping[str, Any], where: str) -> Settings:
    """Make a settings dataclass from plain values such as a TOML table.

    Args:
        kind: The dataclass. A field that is a dataclass itself takes a table.
        values: Values by field name.
        where: What to call their origin in messages: a file's path, say.

    Raises:
        UsageError: If a key is unknown, a value has another type than its field, or a needed key is missing.
    """
    hints = typing.get_type_hints(kind)
    fields = [each for each in dataclasses.fields(typing.cast(Any, kind)) if each.init]
    names = [each.name for each in fields]
    for key in values:
        if key not in names:
            raise UsageError(_unknown_key(key, names, where))
    for each in fields:
        needed = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        if needed and each.name not in values:
            raise UsageError(f"{where}: `{each.name}` is missing.")
    given = [each for each in fields if each.name in values]
    return kind(**{each.name: _convert_field(each, hints[each.name], values[each.name], where) for each in given})


def _convert_field(each: dataclasses.Field[Any], hint: Any, value: Any, where: str) -> Any:
    """Bring a value to the type of its field; one that the field's `repr` keeps secret stays out of the error too."""
    try:
        return _convert(hint, value, f"{where}: `{each.name}`")
    except UsageError as error:
        if each.repr:
            raise
        raise UsageError(f"{str(error).partition('. Received: ')[0]}.") from None


def _unknown_key(key: str, names: list[str], where: str) -> str:
    near = difflib.get_close_matches(key, names, n=1)
    advice = f"Did you mean `{near[0]}`?" if near else f"Known keys: {', '.join(names)}."
    return f"{where}: unknown key `{key}`. {advice}"


def _convert(hint: Any, value: Any, where: str) -> Any:
    """Bring a plain value to the type of its field; the origin is named in the error."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, hint):
            return value
        if not isinstance(value, Mapping):
            raise UsageError(f"{where}: expected a table. Received: {value!r}")
        return settings_from_mapping(hint, value, where)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _convert(next(each for each in arguments if each is not type(None)), value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise UsageError(f"{where}: expected a list. Received: {value!r}")
        return tuple(_convert(arguments[0], item, where) for item in value)
    return _convert_plain(hint, value, where)


def _convert_plain(hint: type, value: Any, where: str) -> Any:
    if hint is Path and isinstance(value, str | Path):
        return Path(value)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise UsageError(f"{where}: expected {_PLAIN_NAMES.get(hint, hint.__name__)}. Received: {value!r}")


_PLAIN_NAMES = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
