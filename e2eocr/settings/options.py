"""Fields of settings that say all that there is to say of them, and the checks that are made of that."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, dataclass, field
from typing import Any, Literal

from e2eocr.errors import UsageError

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


def about_field(each: Field[Any]) -> Option | None:
    """What a field is to people; None where it is no option."""
    about: Option | None = each.metadata.get(_OPTION)
    return about


def options_of(kind: Any) -> Iterator[tuple[Field[Any], Option]]:
    """The fields of settings, or of their class, that are options, in order."""
    for each in dataclasses.fields(kind):
        about = about_field(each)
        if about is not None:
            yield each, about


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
