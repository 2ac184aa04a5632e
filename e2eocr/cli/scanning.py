"""The commands about folders of documents: `scan` and `status`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from e2eocr.batch.settings import ScanSettings
from e2eocr.cli.options import (
    STREAM,
    FilePath,
    complain,
    given_options,
    read_options,
    say,
    setting_options,
    write_stdout,
)
from e2eocr.errors import ExitCode, OCRError, UsageError
from e2eocr.settings import ReadSettings, load_toml, options_of, resolve_paths, settings_from_mapping


@click.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, type=FilePath)
@setting_options(ScanSettings)
@click.option("--config", metavar="FILE", type=FilePath, help="TOML file with settings; options win over it.")
@click.option(
    "--files-from",
    metavar="FILE",
    type=FilePath,
    help="File with inputs, one a line or with NUL between; -: stdin.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be read, and read nothing.")
@read_options
def scan(config: Path | None, files_from: Path | None, dry_run: bool, **options: Any) -> int:
    """Read files, and folders with all that is in them.

    For each document OUT gets a file per format: a/b.pdf under an input folder becomes OUT/a/b.pdf.txt and
    OUT/a/b.pdf.json. With - for the input, or for OUT, one document is read from stdin or written to stdout.
    """
    given = given_options(options)
    if files_from is not None:
        given["inputs"] = (*given.get("inputs", ()), *_listed_inputs(files_from))
    if STREAM in given.get("inputs", ()) or given.get("output") == STREAM:
        return _scan_stream(given)
    settings = scan_settings(config, given)
    check_system()

    from e2eocr.batch.runner import plan_only
    from e2eocr.batch.runner import scan as run_scan
    from e2eocr.writers.characters import one_line

    try:
        if dry_run:
            for job in plan_only(settings).todo:
                say(one_line(job.name))
            return ExitCode.OK
        return run_scan(settings).exit_code
    except OCRError as error:
        return complain(str(error), error.exit_code, as_json=settings.log_format == "json")


@click.command()
@click.argument("inputs", metavar="FOLDER...", nargs=-1, type=FilePath)
@setting_options(ScanSettings)
@click.option("--config", metavar="FILE", type=FilePath, help="TOML file with settings; options win over it.")
@click.option("--poll", is_flag=True, help="Look for changes, as network shares need it, instead of being told.")
@read_options
def watch(config: Path | None, poll: bool, **options: Any) -> int:
    """Read what is in folders, and what comes into them, until a signal ends it.

    The options are those of scan. A file is read when it has not been written to for --settle seconds, 2 if not told
    otherwise.
    """
    settings = scan_settings(config, given_options(options))
    check_system()

    from e2eocr.batch.watching import DEFAULT_SETTLE
    from e2eocr.batch.watching import watch as run_watch

    if not settings.settle:
        settings = replace(settings, settle=DEFAULT_SETTLE)
    try:
        return run_watch(settings, poll=poll)
    except OCRError as error:
        return complain(str(error), error.exit_code, as_json=settings.log_format == "json")


def check_system() -> None:
    """Refuse a system without what workers and locks are made of.

    Raises:
        UsageError: On Windows.
    """
    if not hasattr(os, "setpgid"):
        raise UsageError(
            "`scan`, `watch` and `serve` need process groups and file locks, as Linux and macOS have them. On Windows "
            "use WSL; `e2eocr scan -` and the library read single documents there."
        )


def _listed_inputs(path: Path) -> tuple[Path, ...]:
    """The inputs that a file, or stdin, names."""
    try:
        data = sys.stdin.buffer.read() if path == STREAM else path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}. Check the path of --files-from.") from error
    parts = data.split(b"\0") if b"\0" in data else data.splitlines()
    return tuple(Path(os.fsdecode(part)) for part in parts if part)


def _scan_stream(given: dict[str, Any]) -> int:
    """Read one document, from stdin or a file, and write it to stdout."""
    inputs, formats = given.pop("inputs", ()), given.pop("formats", ("txt",))
    if len(inputs) != 1 or len(formats) != 1 or given.pop("output", STREAM) != STREAM:
        raise UsageError("`-` goes with one document and one format: e2eocr scan - --format txt < a.png > a.txt")
    if inputs[0].is_dir():
        raise UsageError(f"{inputs[0]}: is a folder, and `-` goes with one document. Name a folder by `-o OUT`.")
    writing = {name: given.pop(name) for name in ("dehyphenate", "page_furniture") if name in given}
    names = {each.name for each, _ in options_of(ReadSettings)}
    read = settings_from_mapping(ReadSettings, {name: given.pop(name) for name in names & set(given)}, "command line")
    if given:
        useless = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"{useless}: does not go with `-`. Leave it out.")

    from e2eocr.batch.stream import scan_stream

    source = sys.stdin.buffer if inputs == (STREAM,) else inputs[0]
    data, code = scan_stream(source, formats[0], read, **writing)
    write_stdout(data)
    return code


def scan_settings(config: Path | None, given: dict[str, Any]) -> ScanSettings:
    """Settings of a scan: those of the command line, over those of the file, over the defaults."""
    values = resolve_paths(ScanSettings, load_toml(config), config.parent) if config else {}
    names = {each.name for each, _ in options_of(ReadSettings)}
    of_reading = {name: given.pop(name) for name in list(given) if name in names}
    read = values.get("read", {})
    merged = {**values, **given, "read": {**read, **of_reading} if isinstance(read, dict) else read}
    if not merged.get("inputs"):
        raise UsageError("Nothing to scan. Name files or folders: e2eocr scan INPUT... -o OUT")
    if "output" not in merged:
        raise UsageError("No folder for the results. Name one: e2eocr scan INPUT... -o OUT")
    return settings_from_mapping(ScanSettings, merged, str(config or "command line"))


@click.command()
@click.argument("folder", metavar="OUT", type=FilePath)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.option("--forget-gone", is_flag=True, help="Forget documents that are gone; their results stay.")
@click.option("--prune", is_flag=True, help="Forget them, and set their results aside.")
def status(folder: Path, as_json: bool, forget_gone: bool, prune: bool) -> None:
    """Tell what scans into the folder OUT have done, also while one goes on.

    Shown are documents by status, failures with their reasons, documents that are gone, and the last run.
    """
    from e2eocr.batch import status as of_folder
    from e2eocr.batch.status import read_status, status_json, status_text

    if forget_gone or prune:
        of_folder.forget_gone(folder, prune=prune)
    found = read_status(folder)
    say(status_json(found) if as_json else status_text(found), end="")
