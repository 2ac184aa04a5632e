"""The options that commands share, made of the settings that they fill."""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from e2eocr.errors import ExitCode, OutputError, UsageError
from e2eocr.files import give_up, output_error
from e2eocr.settings import Option, ReadSettings, options_of

PROGRAM = "e2eocr"
STREAM = Path("-")  # stands for stdin and stdout
FilePath = click.Path(path_type=Path)
Command = TypeVar("Command", bound=Callable[..., Any])
_TYPES: dict[Any, click.ParamType] = {str: click.STRING, int: click.INT, float: click.FLOAT, Path: FilePath}


def complain(message: str, code: ExitCode, *, as_json: bool = False) -> int:
    """Say on stderr what ends a command, and give its exit code."""
    with lenient():
        if as_json:
            from e2eocr.batch.progress import Log

            Log("json").fail(message)
        else:
            click.echo(f"{PROGRAM}: error: {message}", err=True)
    return int(code)


@contextmanager
def lenient() -> Iterator[None]:
    """Let a stderr that nobody reads take what comes: the exit code tells it too."""
    try:
        yield
    except (OSError, ValueError):
        give_up("stderr")


_OTHERS_OPTIONS = {
    ("-l", "--lang", "--language", "--languages"): "No language is named: a recognizer reads all that it knows. "
    "`e2eocr models` lists them, `--recognizer NAME` chooses one.",
    ("-j", "--jobs", "--threads-per-core"): "Use `--workers N`.",
    ("-f", "--output-format", "--output-type"): "Use `--format FORMAT`.",
    ("-r", "--recursive"): "Folders are always read with all that is in them.",
    ("--output-dir", "--outdir"): "Use `-o OUT`.",
    ("--psm", "--oem", "--deskew", "--rotate-pages", "--clean"): "Pages are straightened and laid out without being "
    "told; leave it out.",
    ("--redo-ocr", "--force-ocr"): "Use `--text-layer ignore`.",
    ("--skip-text",): "That is what `--text-layer auto` does.",
}


def advised(error: click.ClickException) -> click.ClickException:
    """The error, with our option named where one was given that other programs have."""
    if isinstance(error, click.NoSuchOption):
        for names, advice in _OTHERS_OPTIONS.items():
            if error.option_name in names:
                return click.UsageError(f"No such option: {error.option_name}. {advice}", error.ctx)
    return error


def wants_json(arguments: Sequence[str] | None) -> bool:
    """Whether stderr is for programs; asked of the bare words, since they may be what is wrong."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return "--log-format=json" in words or ("--log-format", "json") in pairwise(words)


class OrWord(click.ParamType):
    """A value of a type, or the one word that stands for none."""

    def __init__(self, kind: click.ParamType, word: str) -> None:
        self.name, self._kind, self._word = kind.name, kind, word

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == self._word else self._kind.convert(value, param, ctx)


class WordList(click.Choice[str]):
    """One of some words, or several with commas between, in capitals or not."""

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(choices, case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        words = value.split(",") if isinstance(value, str) else value
        return tuple(super(WordList, self).convert(word.strip(), param, ctx) for word in words)


def flatten(_context: click.Context, _parameter: click.Parameter, given: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """The words of a `WordList` that was given several times, each once."""
    return tuple(dict.fromkeys(chain.from_iterable(given)))


def write_stdout(data: bytes) -> None:
    """Write a file to stdout.

    Raises:
        OutputError: If it takes none: the disk beneath is full, or it was closed.
    """
    with _writable_stdout():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def say(text: str, *, end: str = "\n") -> None:
    """Write an answer to stdout; errors are those of `write_stdout`."""
    with _writable_stdout():
        click.echo(text + end, nl=False)


def say_progress(text: str) -> None:
    """Write a line about long work to stdout, which goes on whether anybody can read it or not."""
    try:
        say(text)
    except (OutputError, BrokenPipeError):
        give_up("stdout")


@contextmanager
def _writable_stdout() -> Iterator[None]:
    if sys.stdout is None:
        raise OutputError("stdout is closed: the answer cannot be written.")
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read has had enough: click ends the command without a word
    except OSError as error:
        give_up("stdout")
        raise output_error(Path("stdout"), error) from error


def setting_options(kind: type, *names: str) -> Callable[[Command], Command]:
    """Add the options of a settings class to a command, in the order of its fields.

    Args:
        kind: A dataclass with fields made by `e2eocr.settings.option`.
        names: Those fields alone; all without.
    """
    hints = typing.get_type_hints(kind)
    made = [
        _make_option(each, about, hints[each.name])
        for each, about in options_of(kind)
        if not names or each.name in names
    ]
    return add_options(made)


def add_options(options: Iterable[Callable[[Any], Any]]) -> Callable[[Command], Command]:
    """Add options to a command; help tells them in the order given."""
    listed = list(options)

    def add(command: Command) -> Command:
        for each in reversed(listed):
            command = each(command)
        return command

    return add


def _make_option(each: dataclasses.Field[Any], about: Option, hint: Any) -> Callable[[Any], Any]:
    words = [f"-{about.short}"] if about.short else []
    words.append(f"--{(about.name or each.name).replace('_', '-')}")
    default = about.word_for_none if each.default is None else each.default
    facts: dict[str, Any] = {"help": about.help, "metavar": about.metavar, "envvar": _variable(about, each.name)}
    if default is not dataclasses.MISSING:
        facts["default"] = default
    if hint is bool:
        return click.option(*words, each.name, is_flag=True, help=about.help, envvar=facts["envvar"])
    if _is_tuple(hint) and about.choices:
        facts["callback"] = flatten
    return click.option(*words, each.name, type=_click_type(about, hint), multiple=_is_tuple(hint), **facts)


def _variable(about: Option, name: str) -> str:
    """The environment variable that sets an option: `E2EOCR_MAX_PIXELS` for `--max-pixels`."""
    return f"{PROGRAM}_{about.name or name}".upper().replace("-", "_")


def _is_tuple(hint: Any) -> bool:
    return typing.get_origin(hint) is tuple


def _click_type(about: Option, hint: Any) -> click.ParamType:
    if about.choices:
        return WordList(about.choices) if _is_tuple(hint) else click.Choice(about.choices, case_sensitive=False)
    if _is_tuple(hint) or typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(each for each in typing.get_args(hint) if each not in (type(None), ...))
    kind = _TYPES[hint]
    return kind if about.word_for_none is None else OrWord(kind, about.word_for_none)


_PASSWORD_FILE = click.option("--password-file", metavar="FILE", type=FilePath, help="File with passwords, one a line.")
password_options = add_options([setting_options(ReadSettings, "passwords"), _PASSWORD_FILE])
read_options = add_options([setting_options(ReadSettings), _PASSWORD_FILE])


def given_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options that the command line sets, without those left at their default, by setting name."""
    context = click.get_current_context()
    default = ParameterSource.DEFAULT
    given = {name: value for name, value in options.items() if context.get_parameter_source(name) is not default}
    password_file = given.pop("password_file", None)
    if password_file is not None:
        given["passwords"] = (*given.get("passwords", ()), *_load_passwords(password_file))
    return given


def _load_passwords(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{path}: passwords cannot be read: {reason}. Check the path of --password-file.") from error
    return tuple(line for line in lines if line)
