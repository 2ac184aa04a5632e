"""The `e2eocr` command: it parses, and calls the library. Its exit codes are those of `e2eocr.errors.ExitCode`.

What a command needs is imported inside it, so that help and a wrong option answer at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from e2eocr import __version__
from e2eocr.batch.settings import EXECUTORS, LOG_FORMATS, ScanSettings
from e2eocr.cli.training import export, synth, train
from e2eocr.errors import ExitCode, OCRError, UsageError
from e2eocr.settings import (
    PDF_ENGINES,
    READING_ORDERS,
    TEXT_LAYER_CHOICES,
    ReadSettings,
    load_toml,
    settings_from_mapping,
)
from e2eocr.writers import FORMATS

PROGRAM = "e2eocr"
AUTO = "auto"
FilePath = click.Path(path_type=Path)
Command = TypeVar("Command", bound=Callable[..., Any])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and tell its exit code.

    Args:
        arguments: What stands after the program's name; `sys.argv` when not given.
    """
    try:
        result = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _complain("interrupted", ExitCode.INTERRUPTED)
    except OCRError as error:
        return _complain(str(error), error.exit_code)
    return int(result or ExitCode.OK)


def _complain(message: str, code: ExitCode) -> int:
    click.echo(f"{PROGRAM}: error: {message}", err=True)
    return int(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 100})
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """Read the text of scans, photos and PDFs."""


for _command in (synth, train, export):
    cli.add_command(_command)


class WorkersOption(click.ParamType):
    """A whole number, or `auto`."""

    name = "workers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == AUTO else click.INT.convert(value, param, ctx)


def read_options(command: Command) -> Command:
    """Add the options that every command shares that reads documents; they fill `ReadSettings`."""
    for option in reversed(_READ_OPTIONS):
        command = option(command)
    return command


_PASSWORD_OPTION = click.option(
    "--password",
    "passwords",
    metavar="TEXT",
    multiple=True,
    help="Password for locked PDFs; repeat it to have several tried.",
)
_PASSWORD_FILE_OPTION = click.option(
    "--password-file", metavar="FILE", type=FilePath, help="File with passwords, one a line."
)
_DEFAULTS = ReadSettings()
_READ_OPTIONS = [
    click.option(
        "--detector",
        metavar="NAME|DIR|whole-image",
        default=_DEFAULTS.detector,
        help="What finds the lines; whole-image: each image is one line already cut.",
    ),
    click.option("--recognizer", metavar="NAME|DIR", default=_DEFAULTS.recognizer, help="What reads the lines."),
    click.option("--dpi", type=float, default=_DEFAULTS.dpi, help="Resolution at which PDF pages are drawn."),
    click.option(
        "--text-layer",
        type=click.Choice(TEXT_LAYER_CHOICES),
        default=_DEFAULTS.text_layer,
        help="Take the text that a PDF carries, or read its picture all the same.",
    ),
    click.option(
        "--pdf-engine",
        type=click.Choice(PDF_ENGINES),
        default=_DEFAULTS.pdf_engine,
        help="What draws PDF pages; auto: poppler where it is installed, else PDFium.",
    ),
    click.option(
        "--order",
        type=click.Choice(READING_ORDERS),
        default=_DEFAULTS.order,
        help="Read columns first, or rows right across the page.",
    ),
    click.option(
        "--min-legibility",
        metavar="0-1",
        type=float,
        default=_DEFAULTS.min_legibility,
        help="Leave lines out that are less legible, such as stamps and handwriting; 0: none.",
    ),
    click.option("--threads", metavar="N", type=int, default=_DEFAULTS.threads, help="Threads for each worker."),
    click.option(
        "--max-pixels",
        metavar="N",
        type=int,
        default=_DEFAULTS.max_pixels,
        help="Reduce pages with more pixels than this.",
    ),
    _PASSWORD_OPTION,
    _PASSWORD_FILE_OPTION,
]


def limit_options(command: Command) -> Command:
    """Add the options that bound what a worker may take."""
    for option in reversed(_LIMIT_OPTIONS):
        command = option(command)
    return command


_LIMIT_OPTIONS = [
    click.option(
        "--page-timeout",
        metavar="SECONDS",
        type=float,
        default=300.0,
        help="Give a page up after so long; 0: never.",
    ),
    click.option(
        "--document-timeout",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="Give a document up after so much work; 0: never.",
    ),
    click.option(
        "--memory-limit",
        metavar="MIB",
        type=int,
        default=0,
        help="End a worker that takes more memory than this; 0: never.",
    ),
    click.option(
        "--recycle-pages",
        metavar="N",
        type=int,
        default=1000,
        help="Replace a worker by a fresh one after so many pages; 0: never.",
    ),
]


_DEHYPHENATE_OPTION = click.option(
    "--dehyphenate", is_flag=True, help="In txt, make words whole that the end of a line parts."
)


@cli.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, type=FilePath)
@click.option("-o", "--output", metavar="OUT", type=FilePath, help="Folder for the results.")
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    default=("txt", "json"),
    help="What to write for each document; repeat it for several.",
)
@_DEHYPHENATE_OPTION
@click.option(
    "--workers",
    metavar="N|auto",
    type=WorkersOption(),
    default="auto",
    help="Documents read at the same time; auto: by the machine.",
)
@click.option("--executor", type=click.Choice(EXECUTORS), default="process", help="What the workers are.")
@click.option("--ray-address", metavar="ADDRESS", default="auto", help="The Ray cluster for --executor ray.")
@limit_options
@click.option("--force", is_flag=True, help="Read again what an earlier scan has finished.")
@click.option("--retry-failed", is_flag=True, help="Read again what an earlier scan could not read.")
@click.option(
    "--settle",
    metavar="SECONDS",
    type=float,
    default=0.0,
    help="Leave files for the next scan that were written to less than this ago.",
)
@click.option(
    "--wait",
    metavar="SECONDS",
    type=float,
    default=0.0,
    help="Wait so long for another scan that holds the output folder.",
)
@click.option("--report", metavar="FILE", type=FilePath, help="Write a report of the run to this file.")
@click.option("--config", metavar="FILE", type=FilePath, help="TOML file with settings; options win over it.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
@click.option(
    "--log-format",
    type=click.Choice(LOG_FORMATS),
    default="text",
    help="What goes to stderr; json: an object a line, for programs.",
)
@read_options
def scan(config: Path | None, **options: Any) -> int:
    """Read files, and folders with all that is in them.

    For each document OUT gets a file per format: a/b.pdf under an input folder becomes OUT/a/b.pdf.txt and
    OUT/a/b.pdf.json.
    """
    settings = scan_settings(config, given_options(options))

    from e2eocr.batch.runner import scan as run_scan

    try:
        return run_scan(settings).exit_code
    except OCRError as error:
        if settings.log_format == "text":
            raise

        from e2eocr.batch.progress import Log

        Log(settings.log_format).fail(str(error))
        return error.exit_code


@cli.command()
@click.argument("folder", metavar="OUT", type=FilePath)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def status(folder: Path, as_json: bool) -> None:
    """Tell what scans into the folder OUT have done, also while one goes on.

    Shown are documents by status, failures with their reasons, documents that are gone, and the last run.
    """
    from e2eocr.batch.status import read_status, status_json, status_text

    found = read_status(folder)
    click.echo(status_json(found) if as_json else status_text(found), nl=False)


@cli.command()
@click.argument("folder", metavar="FOLDER", type=FilePath)
@click.option("-o", "--output", metavar="OUT", type=FilePath, help="Folder for report and pictures of the worst pages.")
@click.option(
    "--worst", metavar="N", type=click.IntRange(min=0), default=10, help="How many of the worst pages to keep."
)
@read_options
def evaluate(folder: Path, output: Path | None, worst: int, **options: Any) -> int:
    """Measure how well the labelled documents of a folder are read."""
    read = settings_from_mapping(ReadSettings, given_options(options), "command line")

    from e2eocr.truth.evaluate import evaluate_folder

    evaluation = evaluate_folder(folder, output, read, worst=worst)
    click.echo(evaluation.table())
    return ExitCode.SOME_FAILED if evaluation.failed else ExitCode.OK


@cli.command()
@click.argument("results", metavar="RESULT...", nargs=-1, required=True, type=FilePath)
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    required=True,
    help="What to write for each result; repeat it for several.",
)
@_DEHYPHENATE_OPTION
@click.option("-o", "--output", metavar="OUT", type=FilePath, help="File or folder.  [default: beside each result]")
@click.option("--source", metavar="FILE|DIR", type=FilePath, help="The document, or the folder that was scanned.")
@_PASSWORD_OPTION
@_PASSWORD_FILE_OPTION
def convert(results: tuple[Path, ...], **options: Any) -> int:
    """Make more formats of JSON results, without reading the documents again.

    A RESULT is a JSON file that `scan` has written, or a folder of them. Formats that show pages (pdf, html, overlay)
    need the documents too.
    """
    given = given_options(options)

    from e2eocr.writers.convert import convert as run_convert

    code = ExitCode.OK
    for conversion in run_convert(results, tuple(dict.fromkeys(given.pop("formats"))), **given):
        if conversion.message is not None:
            code = ExitCode(_complain(conversion.message, ExitCode.SOME_FAILED))
    return code


@cli.command()
def models() -> None:
    """List the detectors and recognizers that can be named."""
    from e2eocr.models.bundles import list_bundles

    rows = [(bundle.name, bundle.kind, bundle.description) for bundle in list_bundles()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, kind, description in rows:
        click.echo(f"{name:<{widths[0]}}  {kind:<{widths[1]}}  {description}".rstrip())


def given_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options that the command line sets, without those left at their default, by setting name."""
    context = click.get_current_context()
    default = ParameterSource.DEFAULT
    given = {name: value for name, value in options.items() if context.get_parameter_source(name) is not default}
    password_file = given.pop("password_file", None)
    if password_file is not None:
        given["passwords"] = (*given.get("passwords", ()), *_load_passwords(password_file))
    return given


def scan_settings(config: Path | None, given: dict[str, Any]) -> ScanSettings:
    """Settings of a scan: those of the command line, over those of the file, over the defaults."""
    values = load_toml(config) if config else {}
    of_reading = {name: given.pop(name) for name in list(given) if name in ReadSettings.__dataclass_fields__}
    read = values.get("read", {})
    merged = {**values, **given, "read": {**read, **of_reading} if isinstance(read, dict) else read}
    if merged.get("workers") == AUTO:
        merged["workers"] = None
    if not merged.get("inputs"):
        raise UsageError("Nothing to scan. Name files or folders: e2eocr scan INPUT... -o OUT")
    if "output" not in merged:
        raise UsageError("No folder for the results. Name one: e2eocr scan INPUT... -o OUT")
    return settings_from_mapping(ScanSettings, merged, str(config or "command line"))


def _load_passwords(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{path}: passwords cannot be read: {reason}. Check the path of --password-file.") from error
    return tuple(line for line in lines if line)
