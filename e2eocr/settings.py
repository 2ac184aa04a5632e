"""Settings: frozen dataclasses, checked once when they are made, and their way in from TOML.

A field made by `option` says all that there is to say of it: its default, what help tells of it, which values it takes
and whether they change what is read. The options of the command line, the checks and the fingerprint are made of that.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from e2eocr.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PDF_ENGINES = ("auto", "poppler", "pdfium")
# A slanted colour page of this size takes a worker of one thread up to 450 MiB, of which its decoding takes most.
DEFAULT_MAX_PIXELS = 50_000_000

Settings = TypeVar("Settings")
Effect = Literal["text", "model", "nothing"]
_OPTION = "option"


@dataclass(frozen=True, slots=True)
class Option:
    """What a field of settings is to people.

    Attributes:
        help: What `--help` says of it.
        effect: What another value changes: the `text` of a result, the `model`, which a result names beside its
            settings, or `nothing` in it.
        choices: The words that it may be; none where it may be any.
        low: The least number that it may be, and `high` the greatest; where both are infinite, any.
        unit: What its number counts, for messages.
        metavar: What stands for its value in help.
        name: What the command line calls it; by default the field's name.
        short: Its letter on the command line.
        word_for_none: The word that stands for no value, on the command line and in TOML.
        opens: Whether it concerns the opening of a document.
    """

    help: str
    effect: Effect = "nothing"
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    metavar: str | None = None
    name: str | None = None
    short: str | None = None
    word_for_none: str | None = None
    opens: bool = False


def option(help: str, default: Any = MISSING, *, secret: bool = False, **facts: Any) -> Any:
    """A field of settings that is an option too.

    Args:
        help: What `--help` says of it.
        default: Its default; without one it must be given.
        secret: Whether its value is kept out of messages, reports and `repr`.
        facts: The other attributes of `Option`.
    """
    return field(default=default, repr=not secret, metadata={_OPTION: Option(help, **facts)})


def options_of(kind: Any) -> Iterator[tuple[Field[Any], Option]]:
    """The fields of settings, or of their class, that are options, in order."""
    for each in dataclasses.fields(kind):
        if _OPTION in each.metadata:
            yield each, each.metadata[_OPTION]


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How documents are read.

    Attributes:
        detector: Name or folder of the bundle that finds lines, `projection` or `whole-image`.
        recognizer: Name or folder of the bundle that reads lines; `auto` chooses line by line among those that ship.
        scripts: Scripts that may occur, such as `latin,han`, to choose among; `any` for all.
        dpi: Resolution at which PDF pages are drawn, in pixels per inch.
        text_layer: `auto` takes the text a PDF page carries where it is what is seen, and reads the rest; `ignore`
            reads the picture of the page always; `keep` takes all text that is there.
        pdf_engine: What draws PDF pages; `auto` is poppler where it is installed, else PDFium.
        pages: Which pages of each document are read, such as `1-3,7` or `5-`, counted from 1; None for all.
        order: Whether columns or rows come first in the reading order.
        min_legibility: Least mean confidence of a line's characters, 0–1, for it to be kept; 0 keeps all. A page that
            would lose half of its lines or more keeps them if it can nearly be read: what was read is all there is.
        threads: Threads a worker may use for its models.
        passwords: Tried one after the other on PDFs that are locked.
        max_pixels: Pages with more pixels than this are reduced, or refused where even that takes too much memory.

    Raises:
        UsageError: If a value is out of its range.
    """

    detector: str = option(
        "What finds the lines; whole-image: each image is one line already cut.",
        "dbnet",
        effect="model",
        metavar="NAME|DIR|whole-image",
    )
    recognizer: str = option(
        "What reads the lines; auto: chosen line by line.", "auto", effect="model", metavar="auto|NAME|DIR"
    )
    scripts: str = option(
        "Scripts that may occur, such as latin,han, for auto to choose among.",
        "any",
        effect="model",
        metavar="NAME,...",
    )
    dpi: float = option("Resolution at which PDF pages are drawn.", 200.0, effect="text", low=50, high=1200, opens=True)
    text_layer: str = option(
        "Take the text that a PDF carries where it is what is seen, read its picture, or keep all its text.",
        "auto",
        effect="text",
        choices=("auto", "ignore", "keep"),
    )
    pdf_engine: str = option(
        "What draws PDF pages; auto: poppler where it is installed, else PDFium.",
        "auto",
        effect="text",
        choices=PDF_ENGINES,
        opens=True,
    )
    pages: str | None = option("Pages to read, such as 1-3,7 or 5-.", None, effect="text", metavar="PAGES")
    order: str = option(
        "Read columns first, or rows right across the page.", "columns", effect="text", choices=("columns", "rows")
    )
    min_legibility: float = option(
        "Leave lines out that are less legible, such as stamps and handwriting; 0: none.",
        0.65,
        effect="text",
        low=0,
        high=1,
        metavar="0-1",
    )
    threads: int = option("Threads for each worker.", 1, low=1, metavar="N")
    max_pixels: int = option(
        "Reduce pages with more pixels than this.",
        DEFAULT_MAX_PIXELS,
        effect="text",
        low=1,
        metavar="N",
        opens=True,
    )
    passwords: tuple[str, ...] = option(
        "Password for locked PDFs; repeat it to have several tried.",
        (),
        secret=True,
        name="password",
        metavar="TEXT",
        opens=True,
    )

    def __post_init__(self) -> None:
        check_options(self)
        choose_pages(self.pages, 0)

    def fingerprint_fields(self) -> dict[str, Any]:
        """The settings that change what is read, beside the models, as plain values in a fixed order.

        Passwords and threads are left out: they never change the text, and the first are secret.
        """
        values = {each.name: getattr(self, each.name) for each, about in options_of(self) if about.effect == "text"}
        return {name: value for name, value in values.items() if value is not None}

    def opening(self) -> dict[str, Any]:
        """The settings that concern the opening of a document, by name."""
        return {each.name: getattr(self, each.name) for each, about in options_of(self) if about.opens}


def choose_pages(pages: str | None, page_count: int) -> list[int]:
    """The indices of the pages that `1-3,7` or `5-` means, in order; all pages for None.

    Raises:
        UsageError: If the words are no pages.
    """
    if pages is None:
        return list(range(page_count))
    chosen: set[int] = set()
    for part in pages.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:(-)\s*(\d*))?\s*", part)
        first = int(match.group(1)) if match else 0
        last = int((match.group(3) or page_count) if match.group(2) else first) if match else 0
        if first < 1 or (match and match.group(3) and last < first):
            raise UsageError(f"Invalid `pages`. Expected pages such as 1-3,7 or 5-. Received: pages={pages!r}")
        chosen.update(range(first - 1, min(last, page_count)))
    return sorted(chosen)


def check_options(settings: Any) -> None:
    """Check the options of settings against what their fields say.

    Raises:
        UsageError: If a value is none of its choices, or out of its range.
    """
    for each, about in options_of(settings):
        value = getattr(settings, each.name)
        if about.choices:
            for word in value if isinstance(value, tuple) else (value,):
                check_choice(each.name, word, about.choices)
        elif isinstance(value, int | float):
            _check_range(each.name, value, about)


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise UsageError(f"Invalid `{name}`. Expected one of: {', '.join(choices)}. Received: {name}={value!r}")


def _check_range(name: str, value: float, about: Option) -> None:
    # No number at all compares false with every bound.
    if not about.low <= value <= about.high or value == math.inf:
        expected = f"{_range_text(value, about)} {about.unit}".rstrip()
        raise UsageError(f"Invalid `{name}`. Expected {expected}. Received: {name}={value:g}")


def _range_text(value: float, about: Option) -> str:
    more = f"a whole number of at least {about.low:g}" if isinstance(value, int) else f"{about.low:g} or more"
    return more if about.high == math.inf else f"{about.low:g} to {about.high:g}"


def load_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as plain values.

    Raises:
        UsageError: If the file cannot be opened or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}. Check the path of the settings file.") from error
    except ValueError as error:
        raise UsageError(f"{path}: is not valid TOML: {error}") from error


def resolve_paths(kind: Any, values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Take the paths among the values of a settings file as from the folder that the file is in.

    Args:
        kind: The settings class. Its fields that are settings themselves take tables.
        values: Values by field name; what is no path, or of the wrong type, is left as it is.
        folder: The folder.
    """
    hints = typing.get_type_hints(kind)
    return {name: _resolve(hints.get(name), value, folder) for name, value in values.items()}


def _resolve(hint: Any, value: Any, folder: Path) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return resolve_paths(hint, value, folder)
    if hint is not Path and Path not in typing.get_args(hint):
        # A name or a folder: only what is spelled as a path is one.
        is_path = hint is str and isinstance(value, str) and value.startswith(("./", "../"))
        return str(folder / value) if is_path else value
    if isinstance(value, list):
        return [_resolve(Path, each, folder) for each in value]
    return folder / value if isinstance(value, str) and value != "-" else value


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
    about = each.metadata.get(_OPTION)
    if about is not None and about.word_for_none is not None and value == about.word_for_none:
        return None
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
