"""The way of settings in from TOML and other plain values."""

from __future__ import annotations

import dataclasses
import difflib
import sys
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from e2eocr.errors import UsageError
from e2eocr.settings.options import about_field

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Settings = TypeVar("Settings")


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
    about = about_field(each)
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
