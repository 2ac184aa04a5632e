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

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT_LAYER_CHOICES = ("auto", "ignore")
PDF_ENGINES = ("auto", "poppler", "pdfium")
READING_ORDERS = ("columns", "rows")
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
        check_choice("text_layer", self.text_layer, TEXT_LAYER_CHOICES)
        check_choice("pdf_engine", self.pdf_engine, PDF_ENGINES)
        check_choice("order", self.order, READING_ORDERS)
        check_at_least_one("threads", self.threads)
        check_at_least_one("max_pixels", self.max_pixels)
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


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise UsageError(f"Invalid `{name}`. Expected one of: {', '.join(choices)}. Received: {name}={value!r}")


def check_not_negative(name: str, value: float, unit: str = "") -> None:
    if not 0.0 <= value < float("inf"):
        expected = f"0 or more {unit}".rstrip()
        raise UsageError(f"Invalid `{name}`. Expected {expected}. Received: {name}={value:g}")


def check_at_least_one(name: str, value: int) -> None:
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
